//! The dual of the bounded E-step: one convex function of the temperature.

use crate::check::positive;
use crate::tilt::tilt;
use crate::{EStep, Error};
use ndarray::Zip;

/// The dual function at a temperature, with its first two derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// g(η), in units of reward.
    pub value: f64,
    /// g'(η) = ε − KL, nats.
    pub slope: f64,
    /// g''(η) = E_μ Var_q(Q) / η³ ≥ 0.
    pub curvature: f64,
    /// E_μ KL(q ‖ π) of q ∝ π exp(Q/η), nats.
    pub kl: f64,
}

/// The dual of a bounded E-step at a temperature η > 0. Catalogue: MPO-11, MPO-18.
///
/// ```text
/// g(η)   = η ε + η E_μ log E_π exp(Q/η)
/// g'(η)  = ε − E_μ KL(q_η ‖ π)              q_η(a|s) = π(a|s) exp(Q(s,a)/η) / Z(s)
/// g''(η) = E_μ Var_{q_η}(Q) / η³
/// ```
///
/// g is convex and bounds the primal value from above. The multiplier of a state's normalisation is
/// γ(s) = η log Z(s) − η, so that exp(−(η + γ)/η) = 1/Z(s).
///
/// # Errors
/// When η or ε is not positive, a row or the states are no distribution, or Q is not finite.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, on the E-step's hard constraint.
/// # Example
/// ```
/// use kinglet_trust_region::{EStep, temperature_dual};
/// use ndarray::array;
///
/// let (q, policy, states) = (array![[3.0_f64.ln(), 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let step = EStep { q: q.view(), policy: policy.view(), states: states.view(), kl_bound: 0.1 };
/// let dual = temperature_dual(step, 1.0)?;
/// assert!((dual.value - (0.1 + 2.0_f64.ln())).abs() < 1e-15); // E_π e^Q = (3 + 1) / 2
/// assert!((dual.kl - (0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln())).abs() < 1e-15);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn temperature_dual(step: EStep<'_>, temperature: f64) -> Result<Dual, Error> {
    step.check()?;
    positive("temperature", temperature)?;
    Ok(step.dual(temperature))
}

impl EStep<'_> {
    /// The dual at a temperature above 0, nothing checked.
    pub(crate) fn dual(&self, temperature: f64) -> Dual {
        let mut dual = Dual {
            value: 0.0,
            slope: 0.0,
            curvature: 0.0,
            kl: 0.0,
        };
        for ((q, policy), &weight) in self
            .q
            .rows()
            .into_iter()
            .zip(self.policy.rows())
            .zip(self.states)
        {
            let tilted = tilt(q, policy, temperature);
            let mean = tilted.policy.dot(&q);
            let variance = Zip::from(&tilted.policy)
                .and(&q)
                .fold(0.0, |sum, p, q| sum + p * (q - mean) * (q - mean));
            dual.value += weight * tilted.value;
            dual.kl += weight * tilted.kl;
            dual.curvature += weight * variance / temperature.powi(3);
        }
        dual.value += temperature * self.kl_bound;
        dual.slope = self.kl_bound - dual.kl;
        dual
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e_step_fixture::Fixture;
    use crate::solve_temperature;

    #[test]
    fn mpo_11_value_slope_and_curvature_are_those_of_the_definition() {
        let fixture = Fixture::new();
        for eta in [0.4, 1.3, 5.0] {
            let dual = temperature_dual(fixture.step(0.1), eta).unwrap();
            let g = |eta| fixture.g(0.1, eta);
            assert!((dual.value - g(eta)).abs() < 1e-13);
            let h = 1e-5;
            assert!((dual.slope - (g(eta + h) - g(eta - h)) / (2.0 * h)).abs() < 1e-8);
            let slope = |eta| temperature_dual(fixture.step(0.1), eta).unwrap().slope;
            assert!((dual.curvature - (slope(eta + h) - slope(eta - h)) / (2.0 * h)).abs() < 1e-8);
            assert!((dual.slope - (0.1 - dual.kl)).abs() < 1e-15);
        }
    }

    #[test]
    fn mpo_18_the_lagrangian_is_stationary_and_the_printed_multiplier_is_not() {
        let fixture = Fixture::new();
        let improved = solve_temperature(fixture.step(0.1)).unwrap();
        let eta = improved.temperature;
        for s in 0..3 {
            let z: f64 = (0..4)
                .map(|a| fixture.policy[[s, a]] * (fixture.q[[s, a]] / eta).exp())
                .sum();
            let gamma = eta * z.ln() - eta;
            assert!(((-(eta + gamma) / eta).exp() * z - 1.0).abs() < 1e-12);
            for a in 0..4 {
                // ∂/∂q of q Q − η q log(q/π) − γ q.
                let slope = |gamma: f64| {
                    let log_ratio = (improved.policy[[s, a]] / fixture.policy[[s, a]]).ln();
                    fixture.q[[s, a]] - eta * log_ratio - (eta + gamma)
                };
                assert!(slope(gamma).abs() < 1e-11);
                assert!(slope(-gamma).abs() > 0.1);
            }
        }
    }
}
