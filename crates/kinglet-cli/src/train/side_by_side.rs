//! Several runs within a budget of threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::error::Error;
use crate::pool::in_pool;

/// Does `count` things, as many at once as there are threads, and shares the threads out among them: each runs in a
/// rayon pool of its own. What comes of them is in their order.
pub(crate) fn side_by_side<T: Send>(
    count: usize,
    threads: usize,
    each: impl Fn(usize) -> Result<T, Error> + Sync,
) -> Vec<Result<T, Error>> {
    let workers = threads.min(count).max(1);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for worker in 0..workers {
            let own = threads / workers + usize::from(worker < threads % workers);
            let (next, done, each) = (&next, &done, &each);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let end = in_pool(own, || each(number));
                    done.lock().expect("no holder panics").push((number, end));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no holder panics");
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, end)| end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_are_shared_out() {
        for (count, threads, expected) in [(1, 5, vec![5]), (2, 5, vec![2, 3]), (5, 2, vec![1; 5])]
        {
            let found = side_by_side(count, threads, |i| Ok((i, rayon::current_num_threads())));
            let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
            assert!(found.iter().map(|(i, _)| *i).eq(0..count));
            let mut shares: Vec<_> = found.iter().map(|(_, n)| *n).collect();
            shares.sort();
            assert!(count == 2 || shares == expected, "{shares:?}");
            // One worker may have taken both.
            assert!(
                shares.iter().all(|share| expected.contains(share)),
                "{shares:?}"
            );
        }
    }
}
