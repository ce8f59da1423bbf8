//! Stopping a long loop from outside.

use std::{env, path::PathBuf, sync::OnceLock};

/// Whether the user has asked the running cell to stop.
///
/// The kernel answers an interrupt by creating the file that `KINGLET_INTERRUPT` names, and
/// removes it when the cell has ended; a loop that asks here can stop and keep its variables.
/// Elsewhere the answer is always no. It costs one look at the file system.
pub fn interrupted() -> bool {
    static REQUEST: OnceLock<Option<PathBuf>> = OnceLock::new();
    REQUEST
        .get_or_init(|| env::var_os("KINGLET_INTERRUPT").map(PathBuf::from))
        .as_ref()
        .is_some_and(|path| path.exists())
}
