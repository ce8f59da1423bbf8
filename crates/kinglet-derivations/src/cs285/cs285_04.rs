//! CS285-04: the dynamics cancel.

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{Error, elbo, elbo_enumerated};
use ndarray::Array3;

use crate::outcome::Computed;
use crate::paths::{LIMIT, action_probability, probability};
use crate::policies::tab_policy;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-04",
    title: "A q that keeps the dynamics cancels them from the bound",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_04,
};

/// The variational family keeps the dynamics, and they cancel. Catalogue: CS285-04.
///
/// ```text
/// q(s, a) = p(s₁) Π p(sₜ₊₁ | sₜ, aₜ) q(aₜ | sₜ)
/// log p(τ, O) − log q(τ) = Σₜ [log p(Oₜ | sₜ, aₜ) − log q(aₜ | sₜ)]
/// ```
///
/// On TAB: the difference of the logarithms with all factors and without the ones that cancel,
/// trajectory by trajectory, in the mean, and with the state after the last step.
pub fn cs285_04() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (mdp, policy) = (tab(), tab_policy());
    Ok(Outcome {
        checks: vec![
            Check::exact(
                "log p(τ, O) − log q(τ) less Σ (r − log q): the largest of 216 trajectories",
                [
                    (
                        "all factors against those that stay",
                        largest_rest(&mdp, &policy)?,
                    ),
                    ("no difference", 0.0),
                ],
            ),
            Check::exact(
                "the ELBO of a softmax policy on TAB",
                [
                    (
                        "E_q[log p(τ, O) − log q(τ)], all factors",
                        elbo_enumerated(&mdp, policy.view(), 1.0)?,
                    ),
                    (
                        "E_q[Σ (r − log q)], what stays",
                        elbo(&mdp, policy.view(), 1.0)?,
                    ),
                    ("with s₄ in p and in q", with_last_state(&mdp, &policy)?),
                ],
            ),
        ],
        notes: vec![
            "The sum of the log dynamics should stop at T − 1: as written it holds a state \
             s_{T+1} that is not in the trajectory. It cancels with the same factor of q.",
            "\"The environment dynamics p(s_t)\" means the law of the first state, p(s₁).",
            "The action prior is uniform and silent, with a weight of one for each action.",
        ],
        ..Outcome::default()
    })
}

/// maxτ |log p(τ, O) − log q(τ) − Σ (r − log q)|.
fn largest_rest(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<f64, Error> {
    let rests = mdp.trajectories(LIMIT)?.map(|path| {
        let log_joint = path.dynamics_probability.ln() + path.total_reward;
        let all = log_joint - probability(&path, policy).ln();
        let stays = path.total_reward - action_probability(&path, policy).ln();
        (all - stays).abs()
    });
    Ok(rests.fold(0.0, f64::max))
}

/// The ELBO over trajectories that hold the state after the last step too.
fn with_last_state(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<f64, Error> {
    let mut sum = 0.0;
    for path in mdp.trajectories(LIMIT)? {
        let (s, a) = (path.states[2], path.actions[2]);
        for (_, p) in mdp.successors(s, a) {
            let q = probability(&path, policy) * p;
            let log_joint = (path.dynamics_probability * p).ln() + path.total_reward;
            sum += q * (log_joint - q.ln());
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_04_the_dynamics_cancel_in_every_trajectory() {
        assert_eq!(cs285_04().verdict(), Verdict::Holds);
        assert!(largest_rest(&tab(), &tab_policy()).unwrap() < 1e-13);
    }

    #[test]
    fn cs285_04_they_would_not_if_q_had_its_own() {
        let (mdp, policy) = (tab(), tab_policy());
        let other = tab().with_rewards(mdp.rewards().clone()).unwrap();
        let kept = with_last_state(&other, &policy).unwrap();
        assert!((kept - elbo(&mdp, policy.view(), 1.0).unwrap()).abs() < 1e-12);
        // Uniform dynamics inside log q cost the bound their divergence from the true ones.
        let uniform: f64 = mdp
            .trajectories(LIMIT)
            .unwrap()
            .map(|path| {
                let log_joint = path.dynamics_probability.ln() + path.total_reward;
                let log_q = 3.0 * (1.0_f64 / 3.0).ln() + action_probability(&path, &policy).ln();
                probability(&path, &policy) * (log_joint - log_q)
            })
            .sum();
        assert!((uniform - kept).abs() > 0.1, "{uniform} and {kept}");
    }
}
