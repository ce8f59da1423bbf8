//! Threads.

use rayon::ThreadPoolBuilder;

use crate::error::Error;

/// Does something with so many threads.
pub(crate) fn in_pool<T: Send>(
    threads: usize,
    what: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(what)
}
