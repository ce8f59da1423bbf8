//! MPO as policy iteration, with exact values.

use crate::evaluation::{StationaryPolicyValues, change, check_dense, solve_policy};
use crate::mpo_e_step::check_states;
use crate::problem::{check_positive, check_stationary, discounted};
use crate::{Error, Finish, MpoMStep, Progress, mpo_e_step, mpo_m_step};
use kinglet_envs::TabularMdp;
use kinglet_trust_region::{EStep, solve_temperature};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use std::ops::ControlFlow;

/// What keeps MPO's E-step near the policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MpoEStep {
    /// A price on the divergence: q ∝ π exp(Q / α).
    Soft {
        /// α ≥ 0, in units of reward.
        temperature: f64,
    },
    /// A bound on E_μ KL(q ‖ π): the price follows from it.
    Hard {
        /// ε > 0, nats.
        kl_bound: f64,
    },
}

/// How [`mpo_policy_iteration`] improves, and when it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mpo {
    /// The E-step.
    pub e_step: MpoEStep,
    /// The M-step.
    pub m_step: MpoMStep,
    /// Ends when no value changes by as much as this in a round, in units of reward.
    pub tolerance: f64,
    /// The most rounds.
    pub rounds: u64,
}

/// Where MPO came to. Made by [`mpo_policy_iteration`].
#[derive(Debug, Clone, PartialEq)]
pub struct MpoRun {
    /// The last policy, `[S, A]`.
    pub policy: Array2<f64>,
    /// Its action values, `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// V(s) of each policy, the first one's first; no entry ever falls.
    pub history: Vec<Array1<f64>>,
    /// The temperature of each E-step.
    pub temperatures: Vec<f64>,
    /// The largest change of V in the last round.
    pub residual: f64,
    /// Why the iteration ended: [`Finish::Stopped`] also after the last round.
    pub finish: Finish,
}

/// MPO as policy iteration on a discounted problem, with exact values. Catalogue: MPO-16.
///
/// ```text
/// evaluate:  Q of πᵢ, by a linear solve
/// E-step:    q ∝ πᵢ exp(Q / η)            η given, or found for E_μ KL(q ‖ πᵢ) ≤ ε
/// M-step:    πᵢ₊₁ fitted to q             with or without a trust region of its own
/// ```
///
/// In every state q, and each mixture of it with πᵢ, has at least the E\[Q\] of πᵢ, so no value ever
/// falls. The best policy is reached as long as no round rules out an action that it takes. Under a
/// bound ε that no longer binds, η is 0 and q greedy by the values of πᵢ, which need not be those
/// to come: with [`MpoMStep::MaximumLikelihood`] what is not best then has probability 0 for ever.
/// A trust region on the M-step keeps every action.
///
/// # Shapes
/// `start` (π₀): `[S, A]`; an action that it rules out is never found. `states` (μ): `[S]`.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::PolicyRow`]; [`Error::NoDistribution`] for the states;
/// [`Error::Temperature`]; [`Error::NotPositive`] for the tolerance; [`Error::TrustRegion`] for a bound; [`Error::TooManyStates`].
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, maximum a posteriori policy optimisation, its policy iteration.
/// # Example
/// ```
/// use kinglet_objectives::{Finish, MpoEStep, MpoMStep, Mpo, mpo_policy_iteration};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use std::ops::ControlFlow;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let settings = Mpo {
///     e_step: MpoEStep::Hard { kl_bound: 0.1 }, m_step: MpoMStep::MaximumLikelihood,
///     tolerance: 1e-12, rounds: 100,
/// };
/// let (start, states) = (array![[0.5, 0.5]], array![1.0]);
/// let go_on = &mut |_| ControlFlow::Continue(());
/// let run = mpo_policy_iteration(&mdp, start.view(), states.view(), &settings, go_on)?;
/// assert_eq!((run.policy, run.finish), (array![[0.0, 1.0]], Finish::Converged));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mpo_policy_iteration(
    mdp: &TabularMdp,
    start: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    settings: &Mpo,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<MpoRun, Error> {
    discounted(mdp)?;
    check_dense(mdp)?;
    check_stationary(mdp, start)?;
    check_states(states, mdp.n_states())?;
    check_positive("tolerance", settings.tolerance)?;
    let mut run = MpoRun::new(start, solve_policy(mdp, start, 0.0));
    for done in 1..=settings.rounds {
        let (target, temperature) = settings.improve(run.q.view(), run.policy.view(), states)?;
        let policy = mpo_m_step(target.view(), run.policy.view(), states, settings.m_step)?;
        let values = solve_policy(mdp, policy.view(), 0.0);
        run.temperatures.push(temperature);
        run.advance(policy, values);
        let report = Progress {
            done,
            total: Some(settings.rounds),
            residual: run.residual,
        };
        let stopped = progress(report).is_break();
        if run.residual < settings.tolerance {
            run.finish = Finish::Converged;
            break;
        } else if stopped {
            break;
        }
    }
    Ok(run)
}

impl Mpo {
    /// The E-step's policy and its temperature.
    fn improve(
        &self,
        q: ArrayView2<'_, f64>,
        policy: ArrayView2<'_, f64>,
        states: ArrayView1<'_, f64>,
    ) -> Result<(Array2<f64>, f64), Error> {
        match self.e_step {
            MpoEStep::Soft { temperature } => {
                Ok((mpo_e_step(q, policy, temperature)?.policy, temperature))
            }
            MpoEStep::Hard { kl_bound } => {
                let improved = solve_temperature(EStep {
                    q,
                    policy,
                    states,
                    kl_bound,
                })?;
                Ok((improved.policy, improved.temperature))
            }
        }
    }
}

impl MpoRun {
    fn new(start: ArrayView2<'_, f64>, values: StationaryPolicyValues) -> Self {
        Self {
            policy: start.to_owned(),
            q: values.q,
            history: vec![values.v],
            temperatures: Vec::new(),
            residual: f64::INFINITY,
            finish: Finish::Stopped,
        }
    }

    fn advance(&mut self, policy: Array2<f64>, values: StationaryPolicyValues) {
        let before = self
            .history
            .last()
            .expect("it holds the first policy's values");
        self.residual = change(before.view(), values.v.view());
        self.policy = policy;
        self.q = values.q;
        self.history.push(values.v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate_soft_policy, soft_value_iteration};
    use kinglet_envs::fixtures::disc;
    use ndarray::array;

    fn run(e_step: MpoEStep, m_step: MpoMStep, rounds: u64) -> MpoRun {
        let settings = Mpo {
            e_step,
            m_step,
            tolerance: 1e-11,
            rounds,
        };
        let start = Array2::from_elem((4, 3), 1.0 / 3.0);
        let states = array![0.4, 0.3, 0.2, 0.1];
        let go_on = &mut |_| ControlFlow::Continue(());
        mpo_policy_iteration(&disc(), start.view(), states.view(), &settings, go_on).unwrap()
    }

    fn best() -> Array1<f64> {
        let go_on = &mut |_| ControlFlow::Continue(());
        soft_value_iteration(&disc(), 0.0, 1e-13, go_on).unwrap().v
    }

    #[test]
    fn mpo_16_values_rise_to_the_best() {
        let hard = MpoEStep::Hard { kl_bound: 0.1 };
        let soft = MpoEStep::Soft { temperature: 0.5 };
        for (e_step, m_step) in [
            (hard, MpoMStep::MaximumLikelihood),
            (hard, MpoMStep::Penalised { coefficient: 1.0 }),
            (soft, MpoMStep::MaximumLikelihood),
            (soft, MpoMStep::Bounded { kl_bound: 0.05 }),
        ] {
            let run = run(e_step, m_step, 500);
            for pair in run.history.windows(2) {
                let falls = (&pair[1] - &pair[0]).iter().any(|rise| *rise < -1e-12);
                assert!(!falls, "{e_step:?} {m_step:?}");
            }
            let off = run.history.last().unwrap() - &best();
            assert!(
                off.iter().all(|off| off.abs() < 1e-8),
                "{e_step:?} {m_step:?} {off}"
            );
            assert_eq!(run.finish, Finish::Converged);
        }
    }

    #[test]
    fn mpo_16_a_free_bound_is_policy_iteration() {
        let run = run(
            MpoEStep::Hard { kl_bound: 50.0 },
            MpoMStep::MaximumLikelihood,
            20,
        );
        assert!(run.history.len() <= 6, "{}", run.history.len());
        assert!(run.temperatures.iter().all(|&eta| eta == 0.0));
        assert!(run.policy.iter().all(|&p| p == 0.0 || p == 1.0));
    }

    #[test]
    fn mpo_16_values_are_those_of_the_fitted_policy() {
        let m_step = MpoMStep::Penalised { coefficient: 3.0 };
        let run = run(MpoEStep::Hard { kl_bound: 0.1 }, m_step, 3);
        let values = evaluate_soft_policy(&disc(), run.policy.view(), 0.0).unwrap();
        assert!((&run.q - &values.q).iter().all(|off| off.abs() < 1e-13));
        let last = run.history.last().unwrap();
        assert!((last - &values.v).iter().all(|off| off.abs() < 1e-13));
    }

    #[test]
    fn mpo_16_a_tight_bound_is_kept_and_takes_longer() {
        let after = |kl_bound| {
            let e_step = MpoEStep::Hard { kl_bound };
            run(e_step, MpoMStep::MaximumLikelihood, 4)
        };
        let (tight, loose) = (after(0.01), after(0.2));
        assert_eq!(tight.history.len(), 5);
        assert!(tight.history[4].sum() < loose.history[4].sum() - 0.1);
        assert!(tight.temperatures[0] > 3.0 * loose.temperatures[0]);
        assert_eq!(tight.finish, Finish::Stopped);
    }

    #[test]
    fn a_callback_stops_it_with_what_was_reached() {
        let settings = Mpo {
            e_step: MpoEStep::Soft { temperature: 1.0 },
            m_step: MpoMStep::MaximumLikelihood,
            tolerance: 1e-9,
            rounds: 100,
        };
        let start = Array2::from_elem((4, 3), 1.0 / 3.0);
        let states = Array1::from_elem(4, 0.25);
        let stop = &mut |p: Progress| match p.done {
            0..3 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let run =
            mpo_policy_iteration(&disc(), start.view(), states.view(), &settings, stop).unwrap();
        assert_eq!((run.history.len(), run.finish), (4, Finish::Stopped));
    }
}
