//! The actor of soft actor-critic with a Gaussian policy, and its gradients.

use crate::Error;
use crate::problem::check_positive;
use kinglet_distributions::{Distribution, Entropy, Normal, Reparameterised, Score};
use num_traits::Float;

/// One sample of the actor's objective, as a function of the policy's parameters.
/// Catalogue: CS285-14.
///
/// ```text
/// J = E_{a ~ π}[ Q(a) − β log π(a) ],   a = h(ξ)
/// ```
///
/// For any reparameterised policy and any scalar: with dual numbers its derivative is the pathwise
/// gradient.
///
/// # Units
/// Reward; β, the temperature, too.
/// # Source
/// Haarnoja 2018b, eq. (7).
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Normal};
/// use kinglet_objectives::actor_objective;
/// let policy = Normal::new(1.0, 2.0)?;
/// let value = actor_objective(|a: &f64| -a * a, &policy, &0.5, 0.1); // a = 1 + 2 · 0.5
/// assert!((value - (-4.0 - 0.1 * policy.log_prob(&2.0))).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub fn actor_objective<S: Float, D: Reparameterised<S>>(
    q: impl Fn(&D::Event) -> S,
    policy: &D,
    noise: &D::Noise,
    temperature: S,
) -> S {
    let action = policy.transform(noise);
    q(&action) - temperature * policy.log_prob(&action)
}

/// The pathwise gradient of the actor's objective, from one noise. Catalogue: CS285-14.
///
/// ```text
/// ∂J/∂μ = E[Q′(a)],   ∂J/∂ln σ = E[Q′(a) σ ξ] + β,   a = μ + σ ξ
/// ```
///
/// −log π(a) at a = μ + σ ξ is ln σ and a constant, so the entropy's part has no noise at all.
/// `q_slope` is Q′(a).
///
/// # Shapes
/// By μ and by ln σ. Units: reward per unit of the parameter.
/// # Source
/// Haarnoja 2018b, eq. (9), for a Gaussian policy.
/// # Example
/// ```
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::actor_gradient_pathwise;
/// let policy = Normal::new(1.0, 2.0)?;
/// let gradient = actor_gradient_pathwise(|a| -2.0 * a, &policy, 0.5, 0.1); // Q = −a², a = 2
/// assert_eq!(gradient, [-4.0, -3.9]);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub fn actor_gradient_pathwise(
    q_slope: impl Fn(f64) -> f64,
    policy: &Normal,
    noise: f64,
    temperature: f64,
) -> [f64; 2] {
    let slope = q_slope(policy.transform(&noise));
    [slope, slope * policy.std() * noise + temperature]
}

/// The score-function gradient of the actor's objective, from one action. Catalogue: CS285-14.
///
/// ```text
/// ∇J = E[ ∇log π(a) ( Q(a) − β log π(a) − b ) ]
/// ```
///
/// It needs no derivative of Q, and pays with variance. Any constant b may be subtracted; the −β
/// that differentiating −β log π gives is such a constant, and is left out.
///
/// # Shapes
/// By μ and by ln σ. Units: reward per unit of the parameter.
/// # Source
/// Williams 1992, for the maximum-entropy objective.
/// # Example
/// ```
/// use kinglet_distributions::{Distribution, Normal};
/// use kinglet_objectives::actor_gradient_score;
/// let policy = Normal::new(1.0, 2.0)?;
/// let gradient = actor_gradient_score(|a| -a * a, &policy, 5.0, 0.0, -26.0);
/// assert_eq!(gradient, [1.0, 3.0]); // the score (1, 3), times −25 + 26
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
pub fn actor_gradient_score(
    q: impl Fn(f64) -> f64,
    policy: &Normal,
    action: f64,
    temperature: f64,
    baseline: f64,
) -> [f64; 2] {
    let weight = q(action) - temperature * policy.log_prob(&action) - baseline;
    policy.score(&action).map(|score| score * weight)
}

/// A critic that is a parabola, for which everything is known: Q(a) = −½ h (a − m)².
/// Catalogue: CS285-14.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuadraticCritic {
    /// m, the best action.
    pub peak: f64,
    /// h > 0, in reward per squared unit of action.
    pub curvature: f64,
}

impl QuadraticCritic {
    /// Q(a).
    pub fn value<S: Float>(&self, action: S) -> S {
        let scalar = |x: f64| S::from(x).expect("a scalar holds every f64");
        let off = action - scalar(self.peak);
        scalar(-0.5 * self.curvature) * off * off
    }

    /// Q′(a).
    pub fn slope(&self, action: f64) -> f64 {
        -self.curvature * (action - self.peak)
    }

    /// The actor's objective in closed form. Catalogue: CS285-14.
    ///
    /// ```text
    /// J(μ, σ) = −½ h ((μ − m)² + σ²) + β H(N(μ, σ²))
    /// ```
    pub fn objective<S: Float>(&self, policy: &Normal<S>, temperature: S) -> S {
        let half = S::from(0.5 * self.curvature).expect("a scalar holds every f64");
        self.value(policy.mean()) - half * policy.variance() + temperature * policy.entropy()
    }

    /// Its gradient by μ and by ln σ. Catalogue: CS285-14.
    ///
    /// ```text
    /// ∂J/∂μ = −h (μ − m),   ∂J/∂ln σ = β − h σ²
    /// ```
    ///
    /// # Example
    /// ```
    /// use kinglet_distributions::Normal;
    /// use kinglet_objectives::QuadraticCritic;
    /// let critic = QuadraticCritic { peak: 1.0, curvature: 2.0 }; // Q = −(a − 1)²
    /// let [mean, log_std] = critic.gradient(&Normal::new(0.2, 0.6)?, 0.3);
    /// assert!((mean - 1.6).abs() < 1e-15 && (log_std / 0.6 + 0.7).abs() < 1e-15);
    /// # Ok::<(), kinglet_distributions::Error>(())
    /// ```
    pub fn gradient(&self, policy: &Normal, temperature: f64) -> [f64; 2] {
        let spread = temperature - self.curvature * policy.variance();
        [self.slope(policy.mean()), spread]
    }

    /// The best Gaussian policy: N(m, β/h). Catalogue: CS285-14.
    ///
    /// It is the best policy of all, since exp(Q/β) is Gaussian too.
    ///
    /// # Errors
    /// [`Error::NotPositive`] for the temperature and the curvature.
    /// # Example
    /// ```
    /// let critic = kinglet_objectives::QuadraticCritic { peak: 1.0, curvature: 2.0 };
    /// let best = critic.best_policy(0.3)?; // Q = −(a − 1)²: σ² = β/2
    /// assert!(best.mean() == 1.0 && (best.variance() - 0.15).abs() < 1e-15);
    /// # Ok::<(), kinglet_objectives::Error>(())
    /// ```
    pub fn best_policy(&self, temperature: f64) -> Result<Normal, Error> {
        check_positive("temperature", temperature)?;
        check_positive("curvature", self.curvature)?;
        let log_variance = (temperature / self.curvature).ln();
        Ok(Normal::from_log_std(self.peak, 0.5 * log_variance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gauss_hermite;
    use autodiff::F1;

    const CRITIC: QuadraticCritic = QuadraticCritic {
        peak: 1.0,
        curvature: 2.0,
    };

    #[test]
    fn cs285_14_closed_gradient_is_the_derivative() {
        let (mean, log_std, beta) = (0.2, 0.6_f64.ln(), 0.3);
        let at = |mean, log_std| {
            CRITIC
                .objective(&Normal::from_log_std(mean, log_std), F1::cst(beta))
                .dx
        };
        let exact = CRITIC.gradient(&Normal::from_log_std(mean, log_std), beta);
        assert!((at(F1::var(mean), F1::cst(log_std)) - exact[0]).abs() < 1e-14);
        assert!((at(F1::cst(mean), F1::var(log_std)) - exact[1]).abs() < 1e-14);
    }

    /// The pathwise gradient is the derivative of one sample, for a critic that is no parabola.
    #[test]
    fn cs285_14_pathwise_gradient_is_the_derivative_of_a_sample() {
        let (mean, log_std, noise, beta) = (0.2, -0.5, 1.3, 0.3);
        let at = |mean: F1, log_std: F1| {
            let policy = Normal::from_log_std(mean, log_std);
            actor_objective(|a: &F1| a.sin(), &policy, &noise, F1::cst(beta)).dx
        };
        let policy = Normal::from_log_std(mean, log_std);
        let pathwise = actor_gradient_pathwise(f64::cos, &policy, noise, beta);
        assert!((at(F1::var(mean), F1::cst(log_std)) - pathwise[0]).abs() < 1e-14);
        assert!((at(F1::cst(mean), F1::var(log_std)) - pathwise[1]).abs() < 1e-14);
    }

    #[test]
    fn cs285_14_both_estimators_have_the_gradient_as_mean() {
        let (policy, beta) = (Normal::new(0.2, 0.6).unwrap(), 0.3);
        let exact = CRITIC.gradient(&policy, beta);
        let rule = gauss_hermite(40);
        for (i, exact) in exact.into_iter().enumerate() {
            let pathwise =
                rule.mean(|xi| actor_gradient_pathwise(|a| CRITIC.slope(a), &policy, xi, beta)[i]);
            let score = |b: f64| {
                rule.mean(|xi| {
                    let action = policy.transform(&xi);
                    actor_gradient_score(|a| CRITIC.value(a), &policy, action, beta, b)[i]
                })
            };
            assert!((pathwise - exact).abs() < 1e-13);
            assert!((score(0.0) - exact).abs() < 1e-13);
            assert!((score(-7.0) - exact).abs() < 1e-12);
        }
    }

    #[test]
    fn cs285_14_nothing_is_better_than_the_best_policy() {
        let best = CRITIC.best_policy(0.3).unwrap();
        assert!(CRITIC.gradient(&best, 0.3).iter().all(|g| g.abs() < 1e-15));
        let value = CRITIC.objective(&best, 0.3);
        // β log ∫ exp(Q/β) da bounds every policy.
        let bound = 0.5 * 0.3 * (std::f64::consts::PI * 2.0 * 0.3 / 2.0).ln();
        assert!((value - bound).abs() < 1e-14);
        assert!(CRITIC.best_policy(0.0).is_err());
    }
}
