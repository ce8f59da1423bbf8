//! VIREL's Boltzmann policy, whose temperature is how wrong Q still is.

use crate::Error;
use crate::backup::improve;
use crate::problem::{check_positive, check_rows};
use crate::soft::{boltzmann, check_temperature};
use ndarray::{Array2, ArrayView1, ArrayView2};

/// The least temperature of [`virel_policy`]: below it, rounding would decide between two actions
/// that are equally good.
pub const TEMPERATURE_FLOOR: f64 = 1e-12;

/// VIREL's Boltzmann policy. Catalogue: VIREL-06, VIREL-08, VIREL-11.
///
/// ```text
/// π_ω(a | s) = exp(Q(s, a) / ε) / Σ exp(Q(s, ·) / ε),   ε ≥ 10⁻¹²
/// ```
///
/// The temperature is the [`residual_temperature`](crate::residual_temperature), or a multiple of
/// it. It stands inside the exponent, in numerator and normaliser; outside it would cancel. As ε
/// falls to its floor, the policy becomes the greedy one; equally good actions share.
///
/// # Shapes
/// `q`: `[S, A]`. Returns `[S, A]`.
/// # Errors
/// [`Error::Temperature`].
/// # Source
/// Fellows 2019, eq. (3).
/// # Example
/// ```
/// use kinglet_objectives::virel_policy;
/// use ndarray::array;
/// let q = array![[1.4, 0.6, 0.0]];
/// let first = |residual| Ok::<_, kinglet_objectives::Error>(virel_policy(q.view(), residual)?[[0, 0]]);
/// assert!((first(1.0)? - 0.590).abs() < 5e-4);
/// assert!((first(10.0)? - 0.358).abs() < 5e-4);
/// assert_eq!(first(0.0)?, 1.0);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_policy(q: ArrayView2<'_, f64>, residual: f64) -> Result<Array2<f64>, Error> {
    check_temperature(residual)?;
    Ok(improve(q, residual.max(TEMPERATURE_FLOOR)))
}

/// VIREL's Boltzmann policy over an action prior. Catalogue: VIREL-14.
///
/// ```text
/// q(a | s) = π_old(a | s) exp(Q(s, a) / ε) / Z(s)
/// ```
///
/// The best policy of E\[Q\]/ε − KL(π ‖ π_old), where [`virel_policy`] is that of E\[Q\]/ε + H(π). With
/// the old policy as prior it is MPO's E-step, and ε is its temperature η.
///
/// # Shapes
/// `q`, `prior`: `[S, A]`. Returns `[S, A]`.
/// # Errors
/// [`Error::Temperature`]; [`Error::PolicyRow`] for the prior.
/// # Panics
/// When the shapes differ.
/// # Source
/// Fellows 2019, on its relation to MPO; Abdolmaleki 2018, E-step.
/// # Example
/// ```
/// use kinglet_objectives::virel_policy_from_prior;
/// use ndarray::array;
/// let (q, prior) = (array![[3f64.ln(), 0.0]], array![[0.25, 0.75]]);
/// let policy = virel_policy_from_prior(q.view(), prior.view(), 1.0)?;
/// assert!((policy[[0, 0]] - 0.5).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_policy_from_prior(
    q: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    residual: f64,
) -> Result<Array2<f64>, Error> {
    check_temperature(residual)?;
    assert_eq!(
        q.dim(),
        prior.dim(),
        "shapes of q (left), the prior (right)"
    );
    check_rows(prior)?;
    let temperature = residual.max(TEMPERATURE_FLOOR);
    let tilted = &q + &prior.mapv(|p| temperature * p.ln());
    Ok(improve(tilted.view(), temperature))
}

/// How fast the entropy of a Boltzmann policy rises with its temperature. Catalogue: VIREL-15.
///
/// ```text
/// dH(π_ε)/dε = Var_{π_ε}(Q) / ε³ ≥ 0
/// ```
///
/// So a larger Bellman error always means more exploration, and none is left at ε = 0.
///
/// # Shapes
/// `q`: `[A]`. Units: nats per unit of temperature.
/// # Errors
/// [`Error::NotPositive`] for the temperature.
/// # Panics
/// When `q` is empty.
/// # Example
/// ```
/// use kinglet_objectives::exploration_slope;
/// use ndarray::array;
/// // Q = (log 3, 0) at ε = 1: π = (¾, ¼), Var = 3/16 · log²3.
/// let slope = exploration_slope(array![3f64.ln(), 0.0].view(), 1.0)?;
/// assert!((slope - 3.0 / 16.0 * 3f64.ln().powi(2)).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn exploration_slope(q: ArrayView1<'_, f64>, temperature: f64) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    let policy = boltzmann(q, temperature)?;
    let mean = policy.dot(&q);
    let variance: f64 = policy
        .iter()
        .zip(q)
        .map(|(p, q)| p * (q - mean).powi(2))
        .sum();
    Ok(variance / temperature.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::max_entropy::entropy;
    use ndarray::array;

    #[test]
    fn rounding_does_not_choose_between_equals() {
        let nearly = array![[1.0, 1.0 + 2.0 * f64::EPSILON, 0.5]];
        let policy = virel_policy(nearly.view(), 0.0).unwrap();
        assert!((policy[[0, 0]] - 0.5).abs() < 1e-3 && policy[[0, 2]] == 0.0);
    }

    #[test]
    fn a_uniform_prior_changes_nothing_and_an_excluded_action_stays_out() {
        let q = array![[1.0, 0.2, -0.5], [0.0, 2.0, 1.0]];
        let plain = virel_policy(q.view(), 0.3).unwrap();
        let uniform = Array2::from_elem((2, 3), 1.0 / 3.0);
        let same = virel_policy_from_prior(q.view(), uniform.view(), 0.3).unwrap();
        assert!((plain - same).iter().all(|off| off.abs() < 1e-15));
        let prior = array![[0.0, 0.5, 0.5], [0.4, 0.0, 0.6]];
        let policy = virel_policy_from_prior(q.view(), prior.view(), 0.3).unwrap();
        assert_eq!((policy[[0, 0]], policy[[1, 1]]), (0.0, 0.0));
        assert!((policy[[0, 1]] / policy[[0, 2]] - (0.7_f64 / 0.3).exp()).abs() < 1e-12);
    }

    #[test]
    fn the_entropy_rises_as_the_formula_says() {
        let q = array![1.0, 0.2, -0.5, 0.9];
        for temperature in [0.1, 0.7, 5.0] {
            let h = |t: f64| entropy(boltzmann(q.view(), t).unwrap().view());
            let step = 1e-4 * temperature;
            let difference = (h(temperature + step) - h(temperature - step)) / (2.0 * step);
            let slope = exploration_slope(q.view(), temperature).unwrap();
            assert!(
                (slope - difference).abs() < 1e-7 * slope.max(1.0),
                "{temperature}"
            );
        }
    }
}
