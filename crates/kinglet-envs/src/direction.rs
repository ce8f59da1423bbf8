//! The direction task.

use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use crate::arithmetic::clip;
use crate::env::{End, Env, Step};
use crate::space::Bounds;

/// Which way does the reward point? Nothing is to be seen; the action is a point of the plane. Catalogue: DECK-27.
///
/// ```text
/// rₜ = −‖aₜ − d‖²,   a ∈ [−side, side]²
/// ```
///
/// The observation is the constant 1, so that a linear policy has a weight and a bias. The state is the number of steps
/// taken; the episode terminates after `steps`. An action outside the square is clipped to it.
///
/// # Source
/// The deck, "SVI tests", whose r is a squared vector; the norm is meant.
///
/// # Example
/// ```
/// use kinglet_envs::{Direction, End, Env};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let step = Direction::default().step(&0, &[0.2, 0.4], &mut rng);
/// assert!((step.reward + 0.8 * 0.8 + 1.4 * 1.4).abs() < 1e-15);
/// assert_eq!(step.end, Some(End::Terminated));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Direction {
    /// Where the reward is largest, d.
    pub target: [f64; 2],
    /// Half the side of the square that the actions are from.
    pub side: f64,
    /// How many steps an episode has.
    pub steps: usize,
}

/// The deck's values, one step an episode.
impl Default for Direction {
    fn default() -> Self {
        Self {
            target: [1.0, -1.0],
            side: 100.0,
            steps: 1,
        }
    }
}

impl Env for Direction {
    type State = usize;
    type Actions = Bounds<2>;

    fn actions(&self) -> Bounds<2> {
        Bounds {
            low: [-self.side; 2],
            high: [self.side; 2],
        }
    }

    fn obs_dim(&self) -> usize {
        1
    }

    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> usize {
        0
    }

    fn step<R: Rng + ?Sized>(&self, s: &usize, a: &[f64; 2], _rng: &mut R) -> Step<usize> {
        let [dx, dy] = [0, 1].map(|i| clip(a[i], -self.side, self.side) - self.target[i]);
        let next = s + 1;
        Step {
            next,
            reward: -(dx * dx + dy * dy),
            end: (next >= self.steps).then_some(End::Terminated),
        }
    }

    fn observe(&self, _s: &usize, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(&[1.0]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    #[test]
    fn ends_after_its_steps_and_clips_to_the_square() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let task = Direction {
            steps: 3,
            ..Direction::default()
        };
        let mut state = task.reset(&mut rng);
        for end in [None, None, Some(End::Terminated)] {
            let step = task.step(&state, &[250.0, -1.0], &mut rng);
            assert_eq!((step.reward, step.end), (-99.0 * 99.0, end));
            state = step.next;
        }
        let nan = task.step(&0, &[f64::NAN, 0.0], &mut rng);
        assert!(nan.reward.is_nan());
    }
}
