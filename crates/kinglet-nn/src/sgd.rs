//! Stochastic gradient descent.

use crate::Scalar;
use crate::widest::{Loop, with_widest};

/// Gradient descent with momentum.
///
/// ```text
/// v ← μ v + g,   θ ← θ − α v
/// ```
///
/// It descends. All fields are public: the first two to be set, between steps too; the last is its state. A momentum of
/// 0 is plain gradient descent; one of μ takes steps 1/(1 − μ) times as long where the gradient does not change.
///
/// # Source
/// Polyak 1964; in this form Sutskever, Martens, Dahl & Hinton 2013, equations (1) and (2), with α taken out of v.
/// # Example
/// ```
/// use kinglet_nn::Sgd;
/// let mut sgd = Sgd::new(1, 0.5, 0.25);
/// let mut params = [1.0];
/// sgd.step(&mut params, &[1.0]);
/// assert_eq!(params, [0.5]);
/// sgd.step(&mut params, &[1.0]); // v = ¼ + 1
/// assert_eq!(params, [0.5 - 0.625]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sgd<S> {
    /// α.
    pub learning_rate: S,
    /// μ.
    pub momentum: S,
    /// v.
    pub velocity: Vec<S>,
}

impl<S: Scalar> Sgd<S> {
    /// For `n` parameters.
    pub fn new(n: usize, learning_rate: S, momentum: S) -> Self {
        Self {
            learning_rate,
            momentum,
            velocity: vec![S::zero(); n],
        }
    }

    /// One step against the gradient.
    ///
    /// # Shapes
    /// `params`, `gradient`: `[n]`.
    /// # Panics
    /// If a length is not n.
    pub fn step(&mut self, params: &mut [S], gradient: &[S]) {
        let n = self.velocity.len();
        assert_eq!(
            (params.len(), gradient.len()),
            (n, n),
            "lengths of params and gradient (left), n (right)"
        );
        with_widest(Descent {
            sgd: self,
            params,
            gradient,
        });
    }
}

struct Descent<'a, S> {
    sgd: &'a mut Sgd<S>,
    params: &'a mut [S],
    gradient: &'a [S],
}

impl<S: Scalar> Loop for Descent<'_, S> {
    #[inline(always)]
    fn run(self) {
        let (rate, momentum) = (self.sgd.learning_rate, self.sgd.momentum);
        let moves = self.gradient.iter().zip(&mut self.sgd.velocity);
        for (theta, (g, v)) in self.params.iter_mut().zip(moves) {
            *v = momentum * *v + *g;
            *theta -= rate * *v;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On ½ c θ² the steps are powers of the matrix [[1 − α c, −α μ], [c, μ]] of (θ, v).
    #[test]
    fn on_a_quadratic_the_steps_are_powers_of_a_matrix() {
        let (c, alpha, mu) = (3.0, 0.1, 0.8f64);
        let mut sgd = Sgd::new(1, alpha, mu);
        let (mut params, mut expected) = ([2.0f64], [2.0, 0.0]);
        for step in 0..100 {
            let gradient = [c * params[0]];
            sgd.step(&mut params, &gradient);
            let [theta, v] = expected;
            expected = [
                (1.0 - alpha * c) * theta - alpha * mu * v,
                c * theta + mu * v,
            ];
            assert!((params[0] - expected[0]).abs() < 1e-14, "step {step}");
        }
        assert!(params[0].abs() < 1e-3);
    }
}
