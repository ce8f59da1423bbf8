//! MPO's E-step with a price on divergence: its optimum, in closed form.

use crate::Error;
use crate::problem::{check_distribution, check_rows};
use crate::soft::{check_temperature, tilt, weighted_log_sum_exp};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Zip};

/// An improved policy and what it is worth. Made by [`mpo_e_step`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tilted {
    /// q(a | s), `[S, A]`.
    pub policy: Array2<f64>,
    /// α log E_π\[exp(Q / α)\], `[S]`, in units of reward.
    pub values: Array1<f64>,
}

/// MPO's E-step with a soft constraint: the old policy, tilted by its values. Catalogue: MPO-10.
///
/// ```text
/// max_q { E_q[Q(s, a)] − α KL(q ‖ π) } = α log E_π[exp(Q(s, a) / α)],   q ∝ π exp(Q / α)
/// ```
///
/// The states do not compete: the optimum is the same for every law μ(s) of positive weights. An
/// action that π never takes stays so. At temperature 0, q is π restricted to its best actions.
/// Where a bound on the divergence is wanted instead of its price, `solve_temperature` of
/// `kinglet-trust-region` finds the α that belongs to it.
///
/// # Shapes
/// `q`, `prior` (π): `[S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::PolicyRow`] for a row of `prior` that is no distribution.
/// # Panics
/// When the shapes differ.
/// # Source
/// Abdolmaleki 2018, the E-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::mpo_e_step;
/// use ndarray::array;
/// let (q, prior) = (array![[3f64.ln(), 0.0]], array![[0.5, 0.5]]);
/// let tilted = mpo_e_step(q.view(), prior.view(), 1.0)?;
/// assert!((tilted.policy[[0, 0]] - 0.75).abs() < 1e-15); // 3 against 1
/// assert!((tilted.values[0] - 2f64.ln()).abs() < 1e-15); // (3 + 1) / 2
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_e_step(
    q: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<Tilted, Error> {
    check_temperature(temperature)?;
    check_table(q, prior)?;
    let mut policy = prior.to_owned();
    let mut values = Array1::zeros(q.nrows());
    let rows = q.rows().into_iter().zip(policy.rows_mut());
    for ((q, mut row), value) in rows.zip(&mut values) {
        let possible = q.iter().zip(&row).filter(|(_, p)| **p > 0.0);
        *value = weighted_log_sum_exp(possible.map(|(&q, &p)| (q, p)), temperature);
        let best = top(q, row.view());
        row.zip_mut_with(&q, |p, &q| {
            if *p > 0.0 {
                *p *= tilt(q - best, temperature);
            }
        });
        let sum = row.sum();
        row /= sum;
    }
    Ok(Tilted { policy, values })
}

/// What MPO's E-step maximises. Catalogue: MPO-10.
///
/// ```text
/// J(q) = E_μ[ E_q[Q(s, a)] − α KL(q(· | s) ‖ π(· | s)) ]
/// ```
///
/// At temperature 0 it is the primal value E_μ E_q\[Q\] of the E-step under a hard bound.
///
/// # Shapes
/// `q`, `prior` (π), `candidate` (q): `[S, A]`; `states` (μ): `[S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::PolicyRow`]; [`Error::NoDistribution`] for the states.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, the E-step of maximum a posteriori policy optimisation.
/// # Example
/// ```
/// use kinglet_objectives::mpo_e_step_objective;
/// use ndarray::array;
/// let (q, prior, states) = (array![[1.0, 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let greedy = array![[1.0, 0.0]];
/// let j = mpo_e_step_objective(q.view(), prior.view(), states.view(), greedy.view(), 1.0)?;
/// assert!((j - (1.0 - 2f64.ln())).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_e_step_objective(
    q: ArrayView2<'_, f64>,
    prior: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    candidate: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<f64, Error> {
    check_temperature(temperature)?;
    check_table(q, prior)?;
    check_table(q, candidate)?;
    check_states(states, q.nrows())?;
    let values = (&candidate * &q).sum_axis(ndarray::Axis(1));
    Ok(states.dot(&values) - price(temperature, states.dot(&divergences(candidate, prior))))
}

/// α KL, and nothing at temperature 0 even where the divergence is infinite.
pub(crate) fn price(temperature: f64, kl: f64) -> f64 {
    if temperature == 0.0 {
        0.0
    } else {
        temperature * kl
    }
}

/// Every row of a table of policies is a distribution, and the table has the shape of the values.
pub(crate) fn check_table(
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
) -> Result<(), Error> {
    assert_eq!(
        q.dim(),
        policy.dim(),
        "shapes of the values (left) and of the policy (right) differ"
    );
    check_rows(policy)
}

/// The law of the states is a distribution over as many states as there are.
pub(crate) fn check_states(states: ArrayView1<'_, f64>, n_states: usize) -> Result<(), Error> {
    assert_eq!(
        states.len(),
        n_states,
        "the states' law (left) is not of S states (right)"
    );
    check_distribution("the law of the states", states.iter().copied())
}

/// KL(q(· | s) ‖ p(· | s)) of each state; +∞ where p rules out what q does.
pub(crate) fn divergences(q: ArrayView2<'_, f64>, p: ArrayView2<'_, f64>) -> Array1<f64> {
    let rows = q.rows().into_iter().zip(p.rows());
    rows.map(|(q, p)| divergence(q, p)).collect()
}

/// Σ q log(q / p).
pub(crate) fn divergence(q: ArrayView1<'_, f64>, p: ArrayView1<'_, f64>) -> f64 {
    let term = |q: f64, p: f64| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
    Zip::from(q)
        .and(p)
        .fold(0.0, |sum, &q, &p| sum + term(q, p))
}

/// The largest value of an action that the policy takes.
fn top(q: ArrayView1<'_, f64>, policy: ArrayView1<'_, f64>) -> f64 {
    Zip::from(q).and(policy).fold(
        f64::NEG_INFINITY,
        |m, &q, &p| if p > 0.0 { m.max(q) } else { m },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn tables() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        (
            array![[1.0, -0.5, 2.0], [0.0, 4.0, -1.0]],
            array![[0.4, 0.5, 0.1], [0.25, 0.05, 0.7]],
            array![0.3, 0.7],
        )
    }

    #[test]
    fn mpo_10_the_optimum_attains_its_value_and_no_other_policy_does() {
        let (q, prior, states) = tables();
        for temperature in [0.9, 2.0, 7.0] {
            let tilted = mpo_e_step(q.view(), prior.view(), temperature).unwrap();
            let at = |policy: &Array2<f64>| {
                let (q, prior) = (q.view(), prior.view());
                mpo_e_step_objective(q, prior, states.view(), policy.view(), temperature).unwrap()
            };
            let best = at(&tilted.policy);
            assert!((best - states.dot(&tilted.values)).abs() < 1e-14);
            // Mass moved between any two actions of a state costs, to second order.
            for (s, a, b) in [(0, 0, 1), (0, 2, 1), (1, 0, 2), (1, 1, 0)] {
                for step in [1e-3, -1e-3] {
                    let mut moved = tilted.policy.clone();
                    moved[[s, a]] += step * moved[[s, b]];
                    moved[[s, b]] *= 1.0 - step;
                    let loss = best - at(&moved);
                    assert!(loss > 0.0 && loss < 1e-3, "{loss}");
                }
            }
        }
    }

    #[test]
    fn mpo_10_a_large_temperature_keeps_the_prior_and_a_small_one_takes_the_best() {
        let (q, prior, _) = tables();
        let warm = mpo_e_step(q.view(), prior.view(), 1e9).unwrap();
        assert!((&warm.policy - &prior).iter().all(|off| off.abs() < 1e-8));
        let mean = (&q * &prior).sum_axis(ndarray::Axis(1));
        assert!((&warm.values - &mean).iter().all(|off| off.abs() < 1e-6));
        for temperature in [0.0, 1e-300] {
            let cold = mpo_e_step(q.view(), prior.view(), temperature).unwrap();
            assert_eq!(cold.policy, array![[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
            assert_eq!(cold.values, array![2.0, 4.0]);
        }
    }

    #[test]
    fn mpo_10_an_action_never_taken_stays_so_and_ties_share_as_before() {
        let (q, prior) = (array![[5.0, 1.0, 1.0]], array![[0.0, 0.75, 0.25]]);
        for temperature in [0.0, 1.0] {
            let tilted = mpo_e_step(q.view(), prior.view(), temperature).unwrap();
            assert_eq!(tilted.policy, prior);
            assert!((tilted.values[0] - 1.0).abs() < 1e-15);
        }
        let states = array![1.0];
        let outside = array![[1.0, 0.0, 0.0]];
        let at = |temperature| {
            let (q, prior, outside) = (q.view(), prior.view(), outside.view());
            mpo_e_step_objective(q, prior, states.view(), outside, temperature)
        };
        assert_eq!(at(1.0), Ok(f64::NEG_INFINITY));
        assert_eq!(at(0.0), Ok(5.0));
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        let (q, prior, states) = tables();
        let wrong = &prior * 1.1;
        let error = mpo_e_step(q.view(), wrong.view(), 1.0).unwrap_err();
        assert!(matches!(error, Error::PolicyRow { .. }));
        assert!(mpo_e_step(q.view(), prior.view(), -1.0).is_err());
        let (q, prior) = (q.view(), prior.view());
        let twice = &states * 2.0;
        assert!(mpo_e_step_objective(q, prior, twice.view(), prior, 1.0).is_err());
    }
}
