//! Adam.

use crate::Scalar;
use crate::clip::{global_norm, shortening};
use crate::widest::{Loop, with_widest};

/// Adam: steps of about the learning rate, whatever the gradient's scale.
///
/// ```text
/// m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
/// θ ← θ − α m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ)
/// ```
///
/// It descends. All fields are public: the first four to be set, between steps too; the last three are its state.
///
/// # Source
/// Kingma & Ba 2015, algorithm 1, whose values are the defaults but for the learning rate.
/// # Example
/// ```
/// use kinglet_nn::Adam;
/// let mut adam = Adam::new(2, 0.1);
/// let mut params = [1.0, -1.0];
/// adam.step(&mut params, &[1e-3, -50.0]); // the first step is the learning rate, against the gradient
/// assert!((params[0] - 0.9f64).abs() < 1e-5);
/// assert!((params[1] + 0.9f64).abs() < 1e-5);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<S> {
    /// α.
    pub learning_rate: S,
    /// β₁, the decay of the mean.
    pub beta1: S,
    /// β₂, the decay of the square.
    pub beta2: S,
    /// ε, what is added to the root.
    pub epsilon: S,
    /// m, the decaying mean of the gradient.
    pub mean: Vec<S>,
    /// v, the decaying mean of its square.
    pub square: Vec<S>,
    /// t, the steps done.
    pub steps: u64,
}

impl<S: Scalar> Adam<S> {
    /// For `n` parameters, with β₁ = .9, β₂ = .999, ε = 10⁻⁸.
    pub fn new(n: usize, learning_rate: S) -> Self {
        Self {
            learning_rate,
            beta1: S::from_f64(0.9),
            beta2: S::from_f64(0.999),
            epsilon: S::from_f64(1e-8),
            mean: vec![S::zero(); n],
            square: vec![S::zero(); n],
            steps: 0,
        }
    }

    /// One step against the gradient.
    ///
    /// # Shapes
    /// `params`, `gradient`: `[n]`.
    /// # Panics
    /// If a length is not n.
    pub fn step(&mut self, params: &mut [S], gradient: &[S]) {
        self.descend(params, gradient, S::one());
    }

    /// [`clip_global_norm`](crate::clip_global_norm), then [`step`](Self::step), in one pass; `gradient` itself stays.
    /// Returns how long the gradient was.
    ///
    /// # Shapes
    /// `params`, `gradient`: `[n]`.
    /// # Panics
    /// If a length is not n.
    /// # Example
    /// ```
    /// use kinglet_nn::{Adam, clip_global_norm};
    /// let (mut one, mut two) = (Adam::new(2, 0.1), Adam::new(2, 0.1));
    /// let (mut x, mut y, mut gradient) = ([1.0f32, 2.0], [1.0, 2.0], [3.0, -4.0]);
    /// assert_eq!(one.clipped_step(&mut x, &gradient, 0.5), 5.0);
    /// clip_global_norm(&mut gradient, 0.5);
    /// two.step(&mut y, &gradient);
    /// assert_eq!((x, one), (y, two)); // to the bit
    /// ```
    pub fn clipped_step(&mut self, params: &mut [S], gradient: &[S], max_norm: f64) -> f64 {
        let norm = global_norm(gradient);
        let factor = shortening(norm, max_norm).unwrap_or(S::one());
        self.descend(params, gradient, factor);
        norm
    }

    /// One step against `factor` times the gradient.
    fn descend(&mut self, params: &mut [S], gradient: &[S], factor: S) {
        let n = self.mean.len();
        assert_eq!(
            (params.len(), gradient.len()),
            (n, n),
            "lengths of params and gradient (left), n (right)"
        );
        self.steps += 1;
        with_widest(Descent {
            rate: self.learning_rate / self.remaining(self.beta1),
            scale: self.remaining(self.beta2).sqrt().recip(),
            adam: self,
            params,
            gradient,
            factor,
        });
    }

    /// 1 − βᵗ, in f64.
    fn remaining(&self, beta: S) -> S {
        let beta = beta.to_f64().unwrap_or(f64::NAN);
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        S::from_f64(1.0 - beta.powi(steps))
    }
}

/// A step whose corrections for t are known: α / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
struct Descent<'a, S> {
    adam: &'a mut Adam<S>,
    rate: S,
    scale: S,
    params: &'a mut [S],
    gradient: &'a [S],
    factor: S,
}

impl<S: Scalar> Loop for Descent<'_, S> {
    #[inline(always)]
    fn run(self) {
        let Adam {
            beta1,
            beta2,
            epsilon,
            mean,
            square,
            ..
        } = self.adam;
        let (beta1, beta2, epsilon) = (*beta1, *beta2, *epsilon);
        let moments = mean.iter_mut().zip(square);
        for ((theta, g), (m, v)) in self.params.iter_mut().zip(self.gradient).zip(moments) {
            let g = self.factor * *g;
            *m = beta1 * *m + (S::one() - beta1) * g;
            *v = beta2 * *v + (S::one() - beta2) * (g * g);
            *theta -= self.rate * *m / (v.sqrt() * self.scale + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Algorithm 1 of the paper, line by line, for one parameter.
    fn reference(
        [alpha, beta1, beta2, epsilon]: [f64; 4],
        gradient: impl Fn(f64) -> f64,
        theta: f64,
        steps: i32,
    ) -> f64 {
        let (mut theta, mut m, mut v) = (theta, 0.0, 0.0);
        for t in 1..=steps {
            let g: f64 = gradient(theta);
            m = beta1 * m + (1.0 - beta1) * g;
            v = beta2 * v + (1.0 - beta2) * g.powi(2);
            let m_hat = m / (1.0 - beta1.powi(t));
            let v_hat = v / (1.0 - beta2.powi(t));
            theta -= alpha * m_hat / (v_hat.sqrt() + epsilon);
        }
        theta
    }

    #[test]
    fn steps_are_those_of_the_paper() {
        let curvature = [1.0, 30.0, 0.01];
        let start = [2.0, -1.0, 0.5];
        let mut adam = Adam::new(3, 0.05);
        (adam.beta1, adam.beta2, adam.epsilon) = (0.8, 0.95, 1e-4);
        let mut params = start;
        for steps in 1..=50 {
            let gradient = [0, 1, 2].map(|i| curvature[i] * params[i]);
            adam.step(&mut params, &gradient);
            for i in 0..3 {
                let expected = reference(
                    [0.05, 0.8, 0.95, 1e-4],
                    |x| curvature[i] * x,
                    start[i],
                    steps,
                );
                assert!(
                    (params[i] - expected).abs() < 1e-13,
                    "step {steps}, parameter {i}"
                );
            }
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_paper_in_either_precision() {
        let (mut single, mut double) = (Adam::new(1, 1e-3f32), Adam::new(1, 1e-3f64));
        let (mut x, mut y) = ([1f32], [1f64]);
        for _ in 0..1000 {
            let (g, h) = ([x[0]], [y[0]]);
            single.step(&mut x, &g);
            double.step(&mut y, &h);
        }
        assert!(
            (f64::from(x[0]) - y[0]).abs() < 1e-5,
            "{} and {}",
            x[0],
            y[0]
        );
        let expected = reference([1e-3, 0.9, 0.999, 1e-8], |x| x, 1.0, 1000);
        assert!((y[0] - expected).abs() < 1e-13, "{} and {expected}", y[0]);
    }

    #[test]
    fn a_quadratic_is_minimised() {
        let mut adam = Adam::new(2, 0.05);
        let mut x = [3.0, -2.0];
        for _ in 0..2000 {
            let gradient = [2.0 * (x[0] - 1.0), 20.0 * (x[1] + 1.0)];
            adam.step(&mut x, &gradient);
        }
        assert!(
            (x[0] - 1.0f64).abs() < 1e-6 && (x[1] + 1.0f64).abs() < 1e-6,
            "{x:?}"
        );
    }
}
