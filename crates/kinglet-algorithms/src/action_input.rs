//! Continuous actions as a critic sees them.

use kinglet_envs::Actions;
use kinglet_nn::Scalar;

use crate::{Error, Head, Policy};

/// How a critic sees the numbers of a continuous action: as the environment does, its bounds brought to −1 and 1.
///
/// A squashed normal's number u is seen as tanh u; another's as it is, clipped to the bounds and scaled.
///
/// # Example
/// ```
/// use kinglet_algorithms::{ActionInput, Head, LogStd, Policy};
/// use kinglet_envs::Actions;
/// use kinglet_nn::{Activation, Mlp};
/// let actions = Actions::Box { low: vec![-2.0], high: vec![2.0] };
/// let policy = Policy::new(Mlp::new(&[3, 1], Activation::Tanh)?, Head::Normal(LogStd::Fixed(0.0)))?;
/// let input = ActionInput::new(&policy, &actions).expect("continuous");
/// let mut seen = [0.0; 3];
/// input.see(&[1.0, -5.0, 2.5], &mut seen);
/// assert_eq!(seen, [0.5, -1.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ActionInput {
    squashed: bool,
    /// The middle of each number's bounds, and half their distance.
    scales: Vec<(f64, f64)>,
}

impl ActionInput {
    /// How the critics of a policy see its actions; `None` where they are discrete.
    pub fn new(policy: &Policy, actions: &Actions) -> Option<Self> {
        let Actions::Box { low, high } = actions else {
            return None;
        };
        let bounds = low.iter().zip(high);
        Some(Self {
            squashed: matches!(policy.head(), Head::TanhNormal(_)),
            scales: bounds
                .map(|(low, high)| (0.5 * (low + high), 0.5 * (high - low)))
                .collect(),
        })
    }

    /// Numbers of an action.
    pub fn n_action(&self) -> usize {
        self.scales.len()
    }

    /// Whether the policy squashes its actions.
    pub fn is_squashed(&self) -> bool {
        self.squashed
    }

    /// Actions as a critic sees them.
    ///
    /// # Shapes
    /// `actions`, `seen`: `[B, n_action]` row by row.
    /// # Panics
    /// If the lengths differ.
    pub fn see<S: Scalar>(&self, actions: &[S], seen: &mut [S]) {
        seen.copy_from_slice(actions);
        if self.squashed {
            S::tanh_all(seen);
            return;
        }
        for row in seen.chunks_exact_mut(self.n_action()) {
            for (a, (middle, half)) in row.iter_mut().zip(&self.scales) {
                let scaled = (*a - S::from_f64(*middle)) / S::from_f64(*half);
                *a = scaled.max(-S::one()).min(S::one());
            }
        }
    }

    /// From a gradient by what is seen to that by the actions, in place.
    ///
    /// # Shapes
    /// `seen`, what [`see`](Self::see) gave, and `d`: `[B, n_action]` row by row.
    pub fn back<S: Scalar>(&self, seen: &[S], d: &mut [S]) {
        let (one, n) = (S::one(), self.n_action());
        for (seen, d) in seen.chunks_exact(n).zip(d.chunks_exact_mut(n)) {
            for ((seen, d), (_, half)) in seen.iter().zip(d).zip(&self.scales) {
                *d *= if self.squashed {
                    one - *seen * *seen
                } else if seen.abs() < one {
                    S::from_f64(half.recip())
                } else {
                    S::zero()
                };
            }
        }
    }
}

/// How many actions a discrete set has, for an algorithm that knows no other.
pub(crate) fn discrete(algorithm: &'static str, actions: &Actions) -> Result<usize, Error> {
    match actions {
        Actions::Discrete(n) => Ok(*n),
        Actions::Box { .. } => Err(Error::Actions {
            algorithm,
            wanted: "chooses among the actions of a discrete set",
            actions: actions.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use kinglet_nn::{Activation, Mlp};

    use super::*;
    use crate::LogStd;

    /// The gradient is that of what is seen, by central differences, for both kinds of policy.
    #[test]
    fn the_gradient_is_that_of_what_is_seen() {
        let actions = Actions::Box {
            low: vec![-1.0, 0.0],
            high: vec![3.0, 1.0],
        };
        let heads = [
            Head::Normal(LogStd::Fixed(0.0)),
            Head::TanhNormal(LogStd::Fixed(0.0)),
        ];
        for head in heads {
            let net = Mlp::new(&[1, 2], Activation::Tanh).unwrap();
            let policy = Policy::new(net, head).unwrap();
            let input = ActionInput::new(&policy, &actions).unwrap();
            let u = [0.3, 0.8, 5.0, -0.7];
            let (mut seen, mut d) = ([0.0; 4], [1.0; 4]);
            input.see(&u, &mut seen);
            input.back(&seen, &mut d);
            for i in 0..4 {
                let at = |shift: f64| {
                    let (mut moved, mut seen) = (u, [0.0; 4]);
                    moved[i] += shift;
                    input.see(&moved, &mut seen);
                    seen[i]
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((d[i] - slope).abs() < 1e-8, "{head:?} {i}");
            }
        }
    }
}
