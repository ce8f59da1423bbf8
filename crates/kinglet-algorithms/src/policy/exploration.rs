//! Generalised state-dependent exploration: noise that is a linear function of the network's features.
//!
//! The parts of the noise that the features h weigh have log-scales λ, parameters `[H, n]`; a constant part keeps the
//! law proper where h is 0. Number j of the action is normal with
//!
//! ```text
//! a = μ(s) + θᵀ (h, 1),   θₖⱼ ~ N(0, e^(2 λₖⱼ)) or N(0, 10⁻⁶) for the constant,
//! var = Σₖ hₖ² e^(2 λₖⱼ) + 10⁻⁶,   ∂ ln σ/∂λₖⱼ = hₖ² e^(2 λₖⱼ) / var
//! ```
//!
//! The variances are an affine layer of h² with weights e^(2 λ). No gradient goes from the scale into h.

#[cfg(test)]
mod tests;

use kinglet_nn::{Linear, Scalar};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{LogStd, Memory, Policy, check};

/// The variance of the constant part: Stable-Baselines3's.
const CONSTANT: f64 = 1e-6;

/// What the variances of a batch are made of, and their gradients.
#[derive(Clone, Debug, Default)]
pub(super) struct Variances<S> {
    /// h², `[B, H]`.
    squares: Vec<S>,
    /// e^(2 λ), `[H, n]`, then the constant, `[n]`.
    weights: Vec<S>,
    /// A gradient of the variances, `[B, n]`.
    d: Vec<S>,
    /// A gradient or a tangent of the weights.
    d_weights: Vec<S>,
}

impl<S: Scalar> Variances<S> {
    /// ln σ of each row behind its means.
    pub(super) fn settle(&mut self, layer: Linear, features: &[S], log_std: &[S], laws: &mut [S]) {
        let Self {
            squares,
            weights,
            d: variances,
            ..
        } = self;
        squares.clear();
        squares.extend(features.iter().map(|h| *h * *h));
        weights.clear();
        weights.extend(log_std.iter().map(|x| *x + *x));
        S::exp_all(weights);
        weights.resize(layer.n_params(), S::from_f64(CONSTANT));
        variances.resize(laws.len() / 2, S::zero());
        layer.forward(weights, squares, variances);
        S::ln_all(variances);
        let (half, n) = (S::from_f64(0.5), layer.outputs);
        for (law, ln) in laws.chunks_exact_mut(2 * n).zip(variances.chunks_exact(n)) {
            law[n..]
                .iter_mut()
                .zip(ln)
                .for_each(|(x, ln)| *x = half * *ln);
        }
    }

    /// From the gradient by the laws to that by λ, which is added; 1/σ stands in `inverse`.
    pub(super) fn back(&mut self, layer: Linear, inverse: &[S], d_laws: &[S], d_log_std: &mut [S]) {
        let n = layer.outputs;
        self.d.resize(inverse.len(), S::zero());
        let rows = d_laws.chunks_exact(2 * n).zip(inverse.chunks_exact(n));
        for (d, (d_law, inverse)) in self.d.chunks_exact_mut(n).zip(rows) {
            for ((d, d_law), inverse) in d.iter_mut().zip(&d_law[n..]).zip(inverse) {
                *d = *d_law * *inverse * *inverse;
            }
        }
        self.d_weights.clear();
        self.d_weights.resize(layer.n_params(), S::zero());
        let d_weights = &mut self.d_weights;
        layer.vjp(&self.weights, &self.squares, &self.d, d_weights, None);
        let parts = d_weights.iter().zip(&self.weights);
        for (d_log_std, (d, weight)) in d_log_std.iter_mut().zip(parts) {
            *d_log_std += *d * *weight;
        }
    }

    /// How ln σ of each row moves as λ moves along `t_log_std`.
    pub(super) fn tangent(
        &mut self,
        layer: Linear,
        inverse: &[S],
        t_log_std: &[S],
        t_laws: &mut [S],
    ) {
        let (n, t) = (layer.outputs, &mut self.d_weights);
        t.clear();
        t.extend(t_log_std.iter().zip(&self.weights).map(|(t, w)| *t * *w));
        t.resize(layer.n_params(), S::zero());
        self.d.resize(inverse.len(), S::zero());
        layer.jvp(&self.weights, &self.squares, t, None, &mut self.d);
        let rows = self.d.chunks_exact(n).zip(inverse.chunks_exact(n));
        for (t_law, (d, inverse)) in t_laws.chunks_exact_mut(2 * n).zip(rows) {
            for ((t, d), inverse) in t_law[n..].iter_mut().zip(d).zip(inverse) {
                *t = *d * *inverse * *inverse;
            }
        }
    }
}

impl Policy {
    /// Numbers of the exploration noise θ of [`LogStd::OfFeatures`]; 0 under the other laws, of which each action is
    /// drawn by itself.
    pub fn n_exploration(&self) -> usize {
        self.exploration_layer().map_or(0, Linear::n_params)
    }

    /// Whether the exploration noise is to be drawn anew before step `t` of a rollout.
    pub fn renews_exploration(&self, t: usize) -> bool {
        match self.head.log_std() {
            Some(LogStd::OfFeatures { sample_every, .. }) => {
                t == 0 || sample_every.is_some_and(|every| t.is_multiple_of(every.get()))
            }
            _ => false,
        }
    }

    /// Draws the exploration noise θ for [`explore`](Self::explore).
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `noise`: `[n_exploration]`, `[H, n]` row by row, then the constant part, `[n]`.
    /// # Panics
    /// If a length does not fit.
    pub fn draw_exploration<S: Scalar, R: Rng + ?Sized>(
        &self,
        params: &[S],
        noise: &mut [S],
        rng: &mut R,
    ) {
        check("noise", noise.len(), self.n_exploration());
        let (_, log_std) = self.split(params);
        if noise.is_empty() {
            return;
        }
        let (own, constant) = noise.split_at_mut(log_std.len());
        own.copy_from_slice(log_std);
        S::exp_all(own);
        constant.fill(S::from_f64(CONSTANT.sqrt()));
        for theta in noise {
            let standard: f64 = StandardNormal.sample(rng);
            *theta *= S::from_f64(standard);
        }
    }

    /// The action of row `row` of the last forward pass under this noise, and its log-probability: a smooth function of
    /// the state while θ is held. Over θ the action follows the row's law.
    ///
    /// ```text
    /// a = μ(s) + θᵀ (h(s), 1)
    /// ```
    ///
    /// # Shapes
    /// `noise`: `[n_exploration]`, of [`draw_exploration`](Self::draw_exploration); `action`: `[n_action]`.
    /// # Panics
    /// If there is no such row, a length differs, or the scale is not of the features.
    /// # Source
    /// Raffin, Kober & Stulp 2021, section 3.
    /// # Example
    /// ```
    /// use kinglet_algorithms::{Head, LogStd, Memory, Policy};
    /// use kinglet_nn::{Activation, Mlp};
    /// use ndarray::array;
    /// let head = Head::Normal(LogStd::OfFeatures { start: 0.0, sample_every: None });
    /// let policy = Policy::new(Mlp::new(&[1, 1], Activation::Tanh)?, head)?; // h is s itself
    /// let params = [2.0, 0.5, /* λ */ 0.0]; // μ = 2 s + ½
    /// let (mut memory, mut action) = (Memory::default(), [0.0f64]);
    /// policy.forward(&params, array![[3.0]].view(), &mut memory);
    /// let log_prob = policy.explore(0, &memory, &[-0.2, /* constant */ 0.0], &mut action);
    /// assert!((action[0] - (2.0 * 3.0 + 0.5 - 0.2 * 3.0)).abs() < 1e-12);
    /// let variance: f64 = 3.0 * 3.0 + 1e-6;
    /// let ln_2_pi = (2.0 * std::f64::consts::PI).ln();
    /// assert!((log_prob + 0.5 * (0.36 / variance + variance.ln() + ln_2_pi)).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explore<S: Scalar>(
        &self,
        row: usize,
        memory: &Memory<S>,
        noise: &[S],
        action: &mut [S],
    ) -> S {
        check("action", action.len(), self.n_action());
        check("noise", noise.len(), self.n_exploration());
        let layer = self.exploration_layer().expect("a scale of the features");
        let (law, beside) = self.row(row, memory);
        let features = self.body.features(&memory.cache);
        let own = &features[row * layer.inputs..(row + 1) * layer.inputs];
        layer.forward(noise, own, action);
        for (a, mean) in action.iter_mut().zip(law) {
            *a += *mean;
        }
        self.log_prob(law, beside, action)
    }

    /// From the features to the noise of an action, and from their squares to its variance.
    pub(super) fn exploration_layer(&self) -> Option<Linear> {
        let of_features = matches!(self.head.log_std(), Some(LogStd::OfFeatures { .. }));
        of_features.then(|| Linear {
            inputs: self.body.n_features(),
            outputs: self.n_law / 2,
        })
    }
}
