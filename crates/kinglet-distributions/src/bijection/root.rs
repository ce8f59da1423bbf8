//! The root of an increasing function.

use num_traits::Float;

use crate::scalar::{constant, plain};

/// Most steps; halving alone takes a bracket down to rounding in fewer.
const MAX_STEPS: usize = 200;

/// Where an increasing function is 0, from its value and slope: Newton's steps, and halving where they leave the bracket.
///
/// The search runs on plain numbers. One more step of Newton, on the scalar itself, gives a dual number the derivative
/// of the root by whatever the function depends on.
pub(super) fn increasing_root<S: Float>(
    function: impl Fn(S) -> (S, S),
    mut low: f64,
    mut high: f64,
) -> S {
    let mut at = 0.5 * (low + high);
    for _ in 0..MAX_STEPS {
        let (value, slope) = function(constant(at));
        if plain(value) > 0.0 {
            high = at;
        } else {
            low = at;
        }
        let newton = at - plain(value) / plain(slope);
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        if next == at || plain(value) == 0.0 {
            break;
        }
        at = next;
    }
    let at: S = constant(at);
    let (value, slope) = function(at);
    at - value / slope
}
