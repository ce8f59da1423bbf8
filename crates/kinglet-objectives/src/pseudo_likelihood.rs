//! Pseudo-likelihood methods: EM on the evidence of optimality, which moves the policy onto the
//! posterior.

use crate::problem::{check_policy, check_positive, check_row};
use crate::soft::{log_sum_exp, weighted_log_sum_exp};
use crate::{Error, soft_policy};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView3, Axis};

/// The policy after a round of EM, and the evidence before it. Made by [`pseudo_likelihood_round`].
#[derive(Debug, Clone, PartialEq)]
pub struct PseudoLikelihood {
    /// The posterior p(aₜ | sₜ, O), which is the next policy, `[T, S, A]`.
    pub policy: Array3<f64>,
    /// log p_π(O) of the policy that came in, in nats.
    pub log_evidence: f64,
}

/// A round of EM on a bandit: the policy, reweighted by the likelihood. Catalogue: VIREL-01,
/// VIREL-03.
///
/// ```text
/// E: q(a) = p_π(a | O) = π(a) L(a) / p_π(O),   p_π(O) = Σ π(a) L(a),
/// M: π ← argmax E_q[log π(a)] = q
/// ```
///
/// `likelihood` is L(a) = E\[p(O | outcome) | a\]. Where it is the mean of an exponentiated return,
/// repeated rounds end at the arm of the largest E\[exp r\]: luck counts, and a risky arm wins. Where
/// it is proportional to the return itself they end at the largest E\[r\].
///
/// # Shapes
/// `policy`, `likelihood`: `[A]`. Returns `[A]`, and p_π(O).
/// # Errors
/// [`Error::PolicyRow`]; [`Error::OutOfRange`] for a negative likelihood, and when no possible
/// action has any.
/// # Panics
/// When the shapes differ.
/// # Source
/// Dayan 1997, eqs. (3), (4).
/// # Example
/// ```
/// use kinglet_objectives::reward_weighted;
/// use ndarray::array;
/// let (next, evidence) = reward_weighted(array![0.5, 0.5].view(), array![1.0, 3.0].view())?;
/// assert_eq!((next, evidence), (array![0.25, 0.75], 2.0));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn reward_weighted(
    policy: ArrayView1<'_, f64>,
    likelihood: ArrayView1<'_, f64>,
) -> Result<(Array1<f64>, f64), Error> {
    assert_eq!(
        policy.dim(),
        likelihood.dim(),
        "shapes of the policy (left), the likelihood (right)"
    );
    check_row(policy, || "one state".to_owned())?;
    let (name, interval) = ("likelihood", "[0, ∞)");
    if let Some(&value) = likelihood.iter().find(|l| !(l.is_finite() && **l >= 0.0)) {
        return Err(Error::OutOfRange {
            name,
            value,
            interval,
        });
    }
    let evidence = policy.dot(&likelihood);
    if evidence == 0.0 {
        let (name, value, interval) = ("evidence", evidence, "(0, ∞)");
        return Err(Error::OutOfRange {
            name,
            value,
            interval,
        });
    }
    Ok((&policy * &likelihood / evidence, evidence))
}

/// A round of EM on the evidence of optimality, over trajectories. Catalogue: VIREL-01.
///
/// ```text
/// E: q(τ) = p_π(τ | O) ∝ p(s₁) Π π(aₜ | sₜ) p(sₜ₊₁ | sₜ, aₜ) exp(r(sₜ, aₜ) / α)
/// M: πₜ(a | s) ← q(aₜ = a | sₜ = s), the argmax of E_q[log p_π(τ)]
/// ```
///
/// By backward messages with the policy as action prior. The evidence never falls. The M-step fits
/// π to q, not q to π: it covers whatever luck made likely, so it seeks risk.
///
/// # Shapes
/// `policy`: `[T, S, A]`. Units of α: reward.
/// # Errors
/// [`Error::NotPositive`] for the temperature; [`Error::NeedsFiniteHorizon`]; [`Error::PolicyRow`].
/// # Panics
/// When the policy has another shape.
/// # Source
/// Toussaint 2006, on EM for control.
/// # Example
/// ```
/// use kinglet_objectives::pseudo_likelihood_round;
/// use kinglet_envs::fixtures::lot;
/// use ndarray::Array3;
/// let lottery = lot(10.0)?;
/// let uniform = Array3::from_elem((2, 4, 2), 0.5);
/// let next = pseudo_likelihood_round(&lottery, uniform.view(), 1.0)?;
/// assert!((next.policy[[0, 0, 1]] - 0.987863).abs() < 1e-6); // it buys the ticket
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pseudo_likelihood_round(
    mdp: &TabularMdp,
    policy: ArrayView3<'_, f64>,
    temperature: f64,
) -> Result<PseudoLikelihood, Error> {
    check_positive("temperature", temperature)?;
    let steps = check_policy(mdp, policy)?;
    let mut posterior = Array3::zeros(policy.dim());
    let mut v = Array1::zeros(mdp.n_states());
    for t in (0..steps).rev() {
        let prior = policy.index_axis(Axis(0), t);
        let tilted = Array2::from_shape_fn(prior.dim(), |(s, a)| {
            let ahead = mdp.successors(s, a).map(|(next, p)| (v[next], p));
            let ahead = weighted_log_sum_exp(ahead.collect::<Vec<_>>().into_iter(), temperature);
            mdp.reward(s, a) + ahead + temperature * prior[[s, a]].ln()
        });
        v = tilted.map_axis(Axis(1), |row| log_sum_exp(row.iter().copied(), temperature));
        let rows = soft_policy(tilted.view(), temperature)?;
        posterior.index_axis_mut(Axis(0), t).assign(&rows);
    }
    let start = v.iter().copied().zip(mdp.initial().into_iter().copied());
    let possible: Vec<_> = start.filter(|&(_, p)| p > 0.0).collect();
    Ok(PseudoLikelihood {
        policy: posterior,
        log_evidence: weighted_log_sum_exp(possible.into_iter(), temperature) / temperature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exact_inference, log_evidence_enumerated};
    use kinglet_envs::fixtures::tab;
    use ndarray::array;

    /// With a uniform policy the messages are those of unit action weights, less log A a step.
    #[test]
    fn a_uniform_policy_gives_exact_inference() {
        let mdp = tab();
        let uniform = Array3::from_elem((3, 3, 2), 0.5);
        let round = pseudo_likelihood_round(&mdp, uniform.view(), 0.7).unwrap();
        let exact = exact_inference(&mdp, 0.7).unwrap();
        let off = &round.policy - &exact.policy();
        assert!(off.iter().all(|off| off.abs() < 1e-14));
        let evidence = log_evidence_enumerated(&mdp, 0.7, 1000).unwrap() / 0.7;
        assert!((round.log_evidence + 3.0 * 2_f64.ln() - evidence).abs() < 1e-12);
    }

    #[test]
    fn the_evidence_never_falls() {
        let mdp = tab();
        let mut policy = Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
            let first = 0.2 + 0.15 * ((t + 2 * s) % 5) as f64;
            if a == 0 { first } else { 1.0 - first }
        });
        let mut before = f64::NEG_INFINITY;
        for _ in 0..20 {
            let round = pseudo_likelihood_round(&mdp, policy.view(), 1.0).unwrap();
            assert!(round.log_evidence > before);
            (policy, before) = (round.policy, round.log_evidence);
        }
        assert!(policy.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn an_action_that_was_impossible_stays_so() {
        let mdp = tab();
        let mut policy = Array3::from_elem((3, 3, 2), 0.5);
        policy
            .slice_mut(ndarray::s![1, 2, ..])
            .assign(&array![0.0, 1.0]);
        let round = pseudo_likelihood_round(&mdp, policy.view(), 1.0).unwrap();
        assert_eq!(round.policy[[1, 2, 0]], 0.0);
    }

    #[test]
    fn what_is_impossible_gets_nothing() {
        let (next, evidence) =
            reward_weighted(array![0.2, 0.8].view(), array![0.0, 0.5].view()).unwrap();
        assert_eq!((next, evidence), (array![0.0, 1.0], 0.4));
    }

    #[test]
    fn a_likelihood_must_be_one() {
        let policy = array![0.5, 0.5];
        for wrong in [array![-1.0, 1.0], array![f64::NAN, 1.0], array![0.0, 0.0]] {
            assert!(
                reward_weighted(policy.view(), wrong.view()).is_err(),
                "{wrong}"
            );
        }
    }
}
