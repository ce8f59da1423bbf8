//! VIREL's variational objective: the E-step's target, and why the M-step has another.

use crate::Error;
use crate::max_entropy::entropy;
use crate::problem::{check_distribution, check_positive, check_rows};
use crate::soft::log_sum_exp;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

/// The evidence lower bound of VIREL's policy, without its normaliser.
/// Catalogue: VIREL-10, VIREL-11, VIREL-12.
///
/// ```text
/// L(π, Q) = E_d[ E_π[Q(s, a)] / ε + H(π(· | s)) ],
/// −E_d KL(π ‖ π_ω) = L − E_d[ log Σ exp(Q(s, ·) / ε) ]
/// ```
///
/// In π the second line is the objective, since the normaliser does not depend on π: times ε it is
/// what a soft actor maximises at temperature ε, and π_ω, the [`virel_policy`](crate::virel_policy),
/// attains it.
///
/// # Shapes
/// `q`, `policy`: `[S, A]`; `states`: d, `[S]`. Units: nats.
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::PolicyRow`]; [`Error::NoDistribution`].
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Fellows 2019, eq. (4).
/// # Example
/// ```
/// use kinglet_objectives::virel_elbo;
/// use ndarray::array;
/// let (q, policy) = (array![[3.0, 1.0]], array![[0.5, 0.5]]);
/// let bound = virel_elbo(q.view(), policy.view(), array![1.0].view(), 0.5)?;
/// assert!((bound - (2.0 / 0.5 + 2f64.ln())).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_elbo(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check(q, policy, states, temperature)?;
    let rows = q.outer_iter().zip(policy.outer_iter()).zip(states);
    Ok(rows
        .map(|((q, policy), d)| d * (policy.dot(&q) / temperature + entropy(policy)))
        .sum())
}

/// The divergence of a policy from VIREL's Boltzmann policy. Catalogue: VIREL-10.
///
/// ```text
/// E_d KL(π ‖ π_ω) = E_d E_π[ log π(a | s) − Q(s, a) / ε + log Σ exp(Q(s, ·) / ε) ]
/// ```
///
/// # Shapes
/// As [`virel_elbo`]. Units: nats.
/// # Errors
/// As [`virel_elbo`].
/// # Panics
/// As [`virel_elbo`].
/// # Source
/// Fellows 2019, section 3.2.
/// # Example
/// ```
/// use kinglet_objectives::{virel_divergence, virel_policy};
/// use ndarray::array;
/// let (q, states) = (array![[3.0, 1.0]], array![1.0]);
/// let best = virel_policy(q.view(), 0.5)?;
/// assert!(virel_divergence(q.view(), best.view(), states.view(), 0.5)?.abs() < 1e-15);
/// let uniform = array![[0.5, 0.5]];
/// assert!(virel_divergence(q.view(), uniform.view(), states.view(), 0.5)? > 1.0);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_divergence(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check(q, policy, states, temperature)?;
    let rows = q.outer_iter().zip(policy.outer_iter()).zip(states);
    Ok(rows
        .map(|((q, policy), d)| {
            let soft = log_sum_exp(q.iter().copied(), temperature);
            let regret: f64 = policy.iter().zip(q).map(|(p, q)| p * (soft - q)).sum();
            d * (regret / temperature - entropy(policy))
        })
        .sum())
}

/// The gradient of [`virel_elbo`] with respect to the logits of a softmax policy.
/// Catalogue: VIREL-10, VIREL-11.
///
/// ```text
/// ∂L/∂θ(s, a) = d(s) π(a | s) [ A(s, a) − E_π A(s, ·) ],   A = Q / ε − log π
/// ```
///
/// It is the gradient of −KL(π_θ ‖ π_ω) too, and zero at π_ω.
///
/// # Shapes
/// As [`virel_elbo`]; returns `[S, A]`. Units: nats.
/// # Errors
/// As [`virel_elbo`].
/// # Panics
/// As [`virel_elbo`].
/// # Source
/// Fellows 2019, eq. (6), for the softmax policy.
/// # Example
/// ```
/// use kinglet_objectives::virel_policy_gradient;
/// use ndarray::array;
/// let (q, policy) = (array![[3.0, 1.0]], array![[0.5, 0.5]]);
/// let gradient = virel_policy_gradient(q.view(), policy.view(), array![1.0].view(), 0.5)?;
/// assert_eq!(gradient, array![[1.0, -1.0]]); // ½ (6 − 4), ½ (2 − 4)
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_policy_gradient(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<Array2<f64>, Error> {
    check(q, policy, states, temperature)?;
    let mut gradient = Array2::zeros(q.dim());
    let rows = q.outer_iter().zip(policy.outer_iter()).zip(states);
    for (mut out, ((q, policy), d)) in gradient.outer_iter_mut().zip(rows) {
        let mean = policy.dot(&q) / temperature + entropy(policy);
        for ((out, &q), &p) in out.iter_mut().zip(q).zip(policy) {
            let weight = if p == 0.0 {
                0.0
            } else {
                p * (q / temperature - p.ln() - mean)
            };
            *out = d * weight;
        }
    }
    Ok(gradient)
}

/// The gradient of [`virel_elbo`] with respect to Q, through its temperature too.
/// Catalogue: VIREL-12.
///
/// ```text
/// ∂L/∂Q(s, a) = d(s) π(a | s) / ε − E_d E_π[Q] · ∂ε/∂Q(s, a) / ε²
/// ```
///
/// Near ε = 0 the second term rules, and it lowers ε only while E\[Q\] > 0: where Q is negative the
/// bound is raised by *raising* the Bellman error. An M-step therefore goes down
/// [`residual_gradient`](crate::residual_gradient) itself.
///
/// # Shapes
/// As [`virel_elbo`]; `temperature_gradient`: ∂ε/∂Q, `[S, A]`. Returns `[S, A]`. Units: nats per
/// reward.
/// # Errors
/// As [`virel_elbo`].
/// # Panics
/// As [`virel_elbo`].
/// # Source
/// Fellows 2019, eq. (7).
/// # Example
/// ```
/// use kinglet_objectives::virel_critic_gradient;
/// use ndarray::array;
/// // E[Q] = −2: the bound rises with ε, although ε = 0 is what is wanted.
/// let (q, one, slope) = (array![[-2.0]], array![[1.0]], array![[0.5]]);
/// let gradient =
///     virel_critic_gradient(q.view(), one.view(), array![1.0].view(), 0.1, slope.view())?;
/// assert!((gradient[[0, 0]] - (10.0 + 2.0 * 0.5 * 100.0)).abs() < 1e-12);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn virel_critic_gradient(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    temperature: f64,
    temperature_gradient: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, Error> {
    check(q, policy, states, temperature)?;
    assert_eq!(
        temperature_gradient.dim(),
        q.dim(),
        "shapes of the temperature's gradient (left), q (right)"
    );
    let joint = &policy * &states.insert_axis(Axis(1));
    let mean = (&joint * &q).sum();
    Ok(joint / temperature - &temperature_gradient * (mean / temperature.powi(2)))
}

fn check(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    temperature: f64,
) -> Result<(), Error> {
    check_positive("temperature", temperature)?;
    assert_eq!(
        q.dim(),
        policy.dim(),
        "shapes of q (left), the policy (right)"
    );
    assert_eq!(
        q.nrows(),
        states.len(),
        "states of q (left), of their law (right)"
    );
    check_rows(policy)?;
    check_distribution("the law of states", states.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{soft_policy, virel_policy};
    use ndarray::{Array1, array};

    fn case() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        (
            array![[1.0, 0.2, -0.5], [-2.0, 0.3, 0.1]],
            array![[0.4, -0.3, 0.9], [0.1, 0.8, -1.2]],
            array![0.7, 0.3],
        )
    }

    #[test]
    fn virel_10_divergence_is_normaliser_less_bound() {
        let (q, logits, d) = case();
        let policy = soft_policy(logits.view(), 1.0).unwrap();
        for t in [0.05, 0.6, 4.0] {
            let bound = virel_elbo(q.view(), policy.view(), d.view(), t).unwrap();
            let kl = virel_divergence(q.view(), policy.view(), d.view(), t).unwrap();
            let rows = q.outer_iter().zip(&d);
            let normaliser: f64 = rows
                .map(|(q, d)| d * q.mapv(|q| (q / t).exp()).sum().ln())
                .sum();
            assert!((kl + bound - normaliser).abs() < 1e-12, "ε = {t}");
            let best = virel_policy(q.view(), t).unwrap();
            let gradient = virel_policy_gradient(q.view(), best.view(), d.view(), t).unwrap();
            assert!(gradient.iter().all(|g| g.abs() < 1e-14));
        }
    }

    #[test]
    fn virel_10_policy_gradient_is_the_difference_quotient() {
        let (q, logits, d) = case();
        let policy = |logits: &Array2<f64>| soft_policy(logits.view(), 1.0).unwrap();
        let gradient =
            virel_policy_gradient(q.view(), policy(&logits).view(), d.view(), 0.6).unwrap();
        for (index, slope) in gradient.indexed_iter() {
            let at = |step: f64| {
                let mut moved = logits.clone();
                moved[index] += step;
                virel_divergence(q.view(), policy(&moved).view(), d.view(), 0.6).unwrap()
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope + difference).abs() < 1e-9, "{index:?}");
        }
    }

    #[test]
    fn virel_12_critic_gradient_is_the_difference_quotient() {
        let (q, logits, d) = case();
        let policy = soft_policy(logits.view(), 1.0).unwrap();
        // Any positive function of Q serves as the temperature.
        let temperature = |q: &Array2<f64>| 0.1 + (q * q).sum();
        let slope = 2.0 * &q;
        let gradient = virel_critic_gradient(
            q.view(),
            policy.view(),
            d.view(),
            temperature(&q),
            slope.view(),
        )
        .unwrap();
        for (index, slope) in gradient.indexed_iter() {
            let at = |step: f64| {
                let mut moved = q.clone();
                moved[index] += step;
                virel_elbo(moved.view(), policy.view(), d.view(), temperature(&moved)).unwrap()
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - difference).abs() < 1e-9, "{index:?}");
        }
    }

    #[test]
    fn an_impossible_action_has_no_slope() {
        let (q, policy) = (array![[3.0, 1.0, 2.0]], array![[0.5, 0.5, 0.0]]);
        let gradient =
            virel_policy_gradient(q.view(), policy.view(), array![1.0].view(), 0.5).unwrap();
        assert_eq!(gradient, array![[1.0, -1.0, 0.0]]);
    }
}
