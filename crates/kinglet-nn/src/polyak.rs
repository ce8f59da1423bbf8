//! Target networks that follow slowly.

use crate::Scalar;
use crate::widest::{Loop, with_widest};

/// Polyak averaging: moves a target's parameters a little towards a network's.
///
/// ```text
/// θ̄ ← θ̄ + τ (θ − θ̄)
/// ```
///
/// # Shapes
/// `target`, `params`: `[n]`.
/// # Panics
/// If the lengths differ.
/// # Source
/// Polyak & Juditsky 1992; as a target of temporal differences, Lillicrap et al. 2016, algorithm 1.
/// # Example
/// ```
/// let mut target = [0.0, 1.0];
/// kinglet_nn::polyak(&mut target, &[1.0, 1.0], 0.25);
/// assert_eq!(target, [0.25, 1.0]);
/// ```
pub fn polyak<S: Scalar>(target: &mut [S], params: &[S], rate: S) {
    let (left, right) = (target.len(), params.len());
    assert_eq!(left, right, "lengths of target (left) and params (right)");
    with_widest(Follow {
        target,
        params,
        rate,
    });
}

struct Follow<'a, S> {
    target: &'a mut [S],
    params: &'a [S],
    rate: S,
}

impl<S: Scalar> Loop for Follow<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (target, params) in self.target.iter_mut().zip(self.params) {
            *target += self.rate * (*params - *target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of the distance shrinks by 1 − τ each time, in each place.
    #[test]
    fn the_distance_shrinks_geometrically() {
        let params: Vec<f64> = (0..37).map(|i| f64::from(i).sin()).collect();
        let start: Vec<f64> = (0..37).map(|i| f64::from(i).cos()).collect();
        let mut target = start.clone();
        for steps in 1..=20 {
            polyak(&mut target, &params, 0.05);
            let left = 0.95f64.powi(steps);
            for ((target, params), start) in target.iter().zip(&params).zip(&start) {
                assert!((target - (params + left * (start - params))).abs() < 1e-14);
            }
        }
    }
}
