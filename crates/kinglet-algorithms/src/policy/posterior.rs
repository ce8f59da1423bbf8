//! What a random θ(s, ξ) adds to a loss: its log-determinant and its prior.

use kinglet_nn::Scalar;

use super::{Memory, Policy, check};

impl Policy {
    /// ln |det ∂θ/∂ξ| + ln p₀(θ(s, ξ)) of each row, with the prior p₀ = N(0, s²) on each of θ's d numbers, but for the
    /// prior's constant. 0 where the body is without noise. Catalogue: XU-16, XU-17.
    ///
    /// ```text
    /// Σᵢ₌₁ᵈ ln σᵢ(s) − θᵢ²/2s²
    /// ```
    ///
    /// Without a prior, s = ∞.
    ///
    /// # Shapes
    /// `out`: `[B]`. Units: nats.
    /// # Panics
    /// If the length does not fit.
    /// # Source
    /// Xu 2018, eq. (8), whose sum starts at 0, and section 3.2, whose gradient lacks the prior.
    pub fn posteriors<S: Scalar>(&self, prior_std: f64, memory: &Memory<S>, out: &mut [S]) {
        check("out", out.len(), memory.rows);
        out.fill(S::zero());
        let (theta, log_std) = memory.cache.theta_and_log_std();
        let (d, half) = (self.body.n_noise(), S::from_f64(0.5 * prior_std.powi(-2)));
        for (i, (theta, log_std)) in theta.iter().zip(log_std).enumerate().take(d * out.len()) {
            out[i / d] += *log_std - half * *theta * *theta;
        }
    }

    /// L += Σ wᵢ of [`posteriors`](Self::posteriors). It moves θ(s, ξ) alone: what stands behind θ, the parameters Ψ of
    /// an auxiliary network, has no part in it.
    ///
    /// # Shapes
    /// `weights`: `[B]`.
    /// # Panics
    /// If the length does not fit.
    pub fn weigh_posteriors<S: Scalar>(
        &self,
        prior_std: f64,
        weights: &[S],
        memory: &mut Memory<S>,
    ) {
        check("weights", weights.len(), memory.rows);
        let (d, precision) = (self.body.n_noise(), S::from_f64(prior_std.powi(-2)));
        let (theta, _) = memory.cache.theta_and_log_std();
        let forces = memory
            .forces
            .theta
            .iter_mut()
            .zip(&mut memory.forces.log_std);
        for (i, ((by_theta, by_log_std), theta)) in forces.zip(theta).enumerate() {
            let w = weights[i / d];
            *by_theta -= w * precision * *theta;
            *by_log_std += w;
        }
    }

    /// The mean of σ(s) over the rows and over the numbers of θ; 0 where the body is without noise.
    pub(crate) fn mean_scale<S: Scalar>(&self, memory: &Memory<S>) -> f64 {
        let n = memory.rows * self.body.n_noise();
        let (_, log_std) = memory.cache.theta_and_log_std();
        let stds = log_std[..n]
            .iter()
            .map(|x| x.exp().to_f64().unwrap_or(f64::NAN));
        stds.sum::<f64>() / n.max(1) as f64
    }
}
