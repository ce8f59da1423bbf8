//! A posterior over policies: the law q_φ, a few policies drawn from it, and the way from their gradients to φ's.

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;

use std::ops::Range;

use kinglet_nn::Scalar;
use ndarray::ArrayView2;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{Memory, Policy};

/// Where the noise of a law over policies enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// Into every parameter of the policy: θ = μ + σ ξ with φ = (μ, ln σ), a Bayesian network of independent normals.
    Parameters,
    /// Into the policy's body, afresh in every state; φ are the policy's parameters.
    States,
}

/// Policies drawn from q_φ, one for each shard of environments, with their noise held until the next draw.
///
/// An update passes each member's rows through its policy, lets the algorithm at hand put its loss for that policy, a
/// mean over those rows, into the member's memory, and pulls the gradients back to φ. Catalogue: XU-08, XU-12, XU-16,
/// XU-21.
///
/// ```text
/// θₖ = h_φ(ξₖ),   ∇_φ = Σₖ (Bₖ/B) Jₖᵀ ∇_θₖ + w ∂/∂φ ( ln |det ∂h_φ/∂ξ| + E ln p₀(θ) ),   Jₖ = ∂θₖ/∂φ
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Members<S> {
    over: Over,
    /// Parameters of one policy, P.
    n: usize,
    /// ξ, `[K, P]`; nothing where it lies in the observations.
    noise: Vec<S>,
    /// σ, `[P]`.
    std: Vec<S>,
    /// θ, `[P]` each.
    pub(crate) thetas: Vec<Vec<S>>,
    memories: Vec<Memory<S>>,
    /// How many rows each had in the last forward pass.
    counts: Vec<usize>,
    /// A gradient by θ, and a tangent.
    d_theta: Vec<S>,
    t_theta: Vec<S>,
}

impl<S: Scalar> Members<S> {
    /// So many members, all with noise 0. Over states there is one, whose noise is not its own.
    pub(crate) fn new(over: Over, policy: &Policy, members: usize) -> Self {
        let n = policy.n_params();
        let members = match over {
            Over::Parameters => members,
            Over::States => 1,
        };
        let noise = match over {
            Over::Parameters => vec![S::zero(); members * n],
            Over::States => Vec::new(),
        };
        Self {
            over,
            n,
            noise,
            std: Vec::new(),
            thetas: vec![vec![S::zero(); n]; members],
            memories: vec![Memory::default(); members],
            counts: vec![0; members],
            d_theta: vec![S::zero(); n],
            t_theta: vec![S::zero(); n],
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.memories.len()
    }

    /// φ that is centred at these parameters, with this σ for each.
    pub(crate) fn start(&self, theta: &[S], std: f64) -> Vec<S> {
        let mut phi = theta.to_vec();
        if self.over == Over::Parameters {
            phi.resize(2 * self.n, S::from_f64(std.ln()));
        }
        phi
    }

    /// The parameters of the posterior's mean.
    pub(crate) fn mean<'a>(&self, phi: &'a [S]) -> &'a [S] {
        &phi[..self.n]
    }

    /// Draws ξ ~ N(0, I) for each member, and places it.
    pub(crate) fn draw<R: Rng + ?Sized>(&mut self, phi: &[S], rng: &mut R) {
        for xi in &mut self.noise {
            let drawn: f64 = StandardNormal.sample(rng);
            *xi = S::from_f64(drawn);
        }
        self.place(phi);
    }

    /// θ of each member at this φ, the noise as it is.
    pub(crate) fn place(&mut self, phi: &[S]) {
        let (mean, log_std) = phi.split_at(self.n);
        if self.over == Over::States {
            self.thetas[0].copy_from_slice(mean);
            return;
        }
        self.scale(log_std);
        for k in 0..self.len() {
            self.place_one(k, mean);
        }
    }

    /// θ of member k at this φ; the others have no rows until their next forward pass.
    pub(crate) fn place_alone(&mut self, k: usize, phi: &[S]) {
        self.counts.fill(0);
        if self.over == Over::States {
            self.place(phi);
            return;
        }
        let (mean, log_std) = phi.split_at(self.n);
        self.scale(log_std);
        self.place_one(k, mean);
    }

    fn scale(&mut self, log_std: &[S]) {
        self.std.clear();
        self.std.extend_from_slice(log_std);
        S::exp_all(&mut self.std);
    }

    fn place_one(&mut self, k: usize, mean: &[S]) {
        let noise = &self.noise[k * self.n..][..self.n];
        let parts = mean.iter().zip(&self.std).zip(noise);
        for (theta, ((mean, std), xi)) in self.thetas[k].iter_mut().zip(parts) {
            *theta = *mean + *std * *xi;
        }
    }

    /// The rows of each member in a batch of so many, which lie behind each other: `per_member` for each, the last perhaps
    /// fewer.
    pub(crate) fn rows(&self, batch: usize, per_member: usize) -> Vec<Range<usize>> {
        let per_member = match self.over {
            Over::Parameters => per_member,
            Over::States => batch,
        };
        let starts = (0..batch).step_by(per_member);
        starts
            .map(|start| start..(start + per_member).min(batch))
            .collect()
    }

    /// Passes observations through member k's policy; what comes out is in its memory.
    pub(crate) fn forward(
        &mut self,
        k: usize,
        policy: &Policy,
        observations: ArrayView2<'_, S>,
    ) -> &mut Memory<S> {
        self.counts[k] = observations.nrows();
        policy.forward(&self.thetas[k], observations, &mut self.memories[k]);
        &mut self.memories[k]
    }

    /// What is in member k's memory since its last forward pass.
    pub(crate) fn memory(&mut self, k: usize) -> &mut Memory<S> {
        &mut self.memories[k]
    }

    /// `d_phi` += the gradient by φ of the mean loss in the members' memories, and of `weight` times
    /// [`posterior`](Self::posterior); the losses are zero after it.
    pub(crate) fn pull_back(
        &mut self,
        policy: &Policy,
        phi: &[S],
        prior_std: f64,
        weight: f64,
        d_phi: &mut [S],
    ) {
        if self.over == Over::States {
            let rows = self.counts[0];
            let weights = vec![S::from_f64(weight / rows as f64); rows];
            policy.weigh_posteriors(prior_std, &weights, &mut self.memories[0]);
            policy.vjp(phi, &mut self.memories[0], d_phi);
            return;
        }
        for k in (0..self.len()).filter(|k| self.counts[*k] > 0) {
            self.d_theta.fill(S::zero());
            policy.vjp(&self.thetas[k], &mut self.memories[k], &mut self.d_theta);
            self.add_pulled(k, d_phi);
        }
        self.push_apart(phi, prior_std, weight, d_phi);
    }

    /// `d_phi` += (Bₖ/B) Jₖᵀ d_theta,  Jₖ = (I, diag σ ξₖ).
    fn add_pulled(&self, k: usize, d_phi: &mut [S]) {
        let all: usize = self.counts.iter().sum();
        let share = S::from_f64(self.counts[k] as f64 / all as f64);
        let (d_mean, d_log_std) = d_phi.split_at_mut(self.n);
        let noise = &self.noise[k * self.n..][..self.n];
        for (i, d) in self.d_theta.iter().enumerate() {
            let d = share * *d;
            d_mean[i] += d;
            d_log_std[i] += d * self.std[i] * noise[i];
        }
    }

    /// `d_phi` += w ∂/∂φ Σ [ ln σ − (μ² + σ²)/2s² ], the expectation of the prior in its closed form.
    fn push_apart(&self, phi: &[S], prior_std: f64, weight: f64, d_phi: &mut [S]) {
        let weight = S::from_f64(weight);
        let precision = S::from_f64(prior_std.powi(-2));
        let (d_mean, d_log_std) = d_phi.split_at_mut(self.n);
        for (i, mean) in self.mean(phi).iter().enumerate() {
            let variance = self.std[i] * self.std[i];
            d_mean[i] -= weight * precision * *mean;
            d_log_std[i] += weight * (S::one() - precision * variance);
        }
    }

    /// ln |det ∂h_φ/∂ξ| + E ln p₀(θ), but for the prior's constant: over states, the mean of the last forward pass.
    pub(crate) fn posterior(&self, policy: &Policy, phi: &[S], prior_std: f64) -> f64 {
        let number = |x: &S| x.to_f64().unwrap_or(f64::NAN);
        if self.over == Over::States {
            let mut each = vec![S::zero(); self.counts[0]];
            policy.posteriors(prior_std, &self.memories[0], &mut each);
            return each.iter().map(number).sum::<f64>() / each.len() as f64;
        }
        let (mean, log_std) = phi.split_at(self.n);
        let half = 0.5 * prior_std.powi(-2);
        let term = |(mean, log_std): (&S, &S)| {
            let (mean, log_std) = (number(mean), number(log_std));
            log_std - half * (mean * mean + (2.0 * log_std).exp())
        };
        mean.iter().zip(log_std).map(term).sum()
    }

    /// `out` = H_φ v at the last forward pass, the curvature of the mean KL over members and rows. Catalogue: XU-21.
    ///
    /// ```text
    /// H_φ = E_ξ[ Jᵀ H(θ) J ],   J = ∂θ/∂φ
    /// ```
    pub(crate) fn fisher_product(&mut self, policy: &Policy, v: &[S], out: &mut [S]) {
        if self.over == Over::States {
            policy.fisher_product(&self.thetas[0], v, &mut self.memories[0], out);
            return;
        }
        out.fill(S::zero());
        let (v_mean, v_log_std) = v.split_at(self.n);
        for k in 0..self.len() {
            let noise = &self.noise[k * self.n..][..self.n];
            for (i, t) in self.t_theta.iter_mut().enumerate() {
                *t = v_mean[i] + self.std[i] * noise[i] * v_log_std[i];
            }
            let (memory, d) = (&mut self.memories[k], &mut self.d_theta);
            policy.fisher_product(&self.thetas[k], &self.t_theta, memory, d);
            self.add_pulled(k, out);
        }
    }

    /// The mean of σ over the parameters; over states, over the last forward pass.
    pub(crate) fn mean_std(&self, policy: &Policy) -> f64 {
        if self.over == Over::States {
            return policy.mean_scale(&self.memories[0]);
        }
        let std = self.std.iter().map(|x| x.to_f64().unwrap_or(f64::NAN));
        std.sum::<f64>() / self.n as f64
    }
}
