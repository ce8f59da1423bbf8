//! Splitting the states among threads.

/// States in a shard: fixed, so that what is computed does not depend on who computes it. Large
/// enough for the halo of a gridworld's rows to count little, small enough for the second cache.
pub(super) const SHARD: usize = 16384;

/// Calls `sweep(shard, out)` for each shard of `out`; returns the largest result.
#[cfg(not(target_family = "wasm"))]
pub(super) fn for_each_shard(
    out: &mut [f64],
    sweep: impl Fn(usize, &mut [f64]) -> f64 + Sync,
) -> f64 {
    use rayon::prelude::*;
    if out.len() <= SHARD {
        return sweep(0, out);
    }
    let shards = out.par_chunks_mut(SHARD).enumerate();
    shards
        .map(|(shard, out)| sweep(shard, out))
        .reduce(|| 0.0, f64::max)
}

/// Calls `sweep(shard, out)` for each shard of `out`; returns the largest result.
#[cfg(target_family = "wasm")]
pub(super) fn for_each_shard(out: &mut [f64], sweep: impl Fn(usize, &mut [f64]) -> f64) -> f64 {
    let shards = out.chunks_mut(SHARD).enumerate();
    shards
        .map(|(shard, out)| sweep(shard, out))
        .fold(0.0, f64::max)
}
