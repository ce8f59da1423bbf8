//! How the policy follows the reward.

use kinglet_envs::{Rewards, TabularMdp};
use kinglet_objectives::{ExactInference, exact_inference, soft_value_iteration_finite};
use ndarray::{Array1, Array2, Array3};
use rand::{Rng, RngExt};

use super::finite_soft_q::{FiniteSoftQ, FiniteSoftQLearner};
use crate::Error;

/// How the trajectories of the present reward are found.
#[derive(Clone, Debug, PartialEq)]
pub enum InnerLoop {
    /// Those of the soft-optimal policy, by soft value iteration in the known dynamics: the causal form.
    SoftValues,
    /// Those of the posterior p(τ | O, ψ), by exact inference in the known dynamics, luck included: the trajectory form.
    Posterior,
    /// Those of a policy that soft Q-learning keeps improving from samples of the dynamics: the causal form.
    SoftQ(FiniteSoftQ),
}

/// An inner loop at work.
#[derive(Debug)]
pub(super) enum Inner {
    SoftValues,
    Posterior,
    SoftQ(Box<FiniteSoftQLearner>),
}

/// A law of trajectories of finite horizon.
#[derive(Clone, Debug)]
pub(super) struct Law {
    /// p(s₁), `[S]`.
    initial: Array1<f64>,
    /// p(aₜ | sₜ), `[T, S, A]`.
    pub(super) policy: Array3<f64>,
    /// Whose dynamics are not the problem's.
    posterior: Option<ExactInference>,
}

impl Inner {
    pub(super) fn new<R: Rng + ?Sized>(
        settings: &InnerLoop,
        mdp: &TabularMdp,
        steps: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        Ok(match settings {
            InnerLoop::SoftValues => Self::SoftValues,
            InnerLoop::Posterior => Self::Posterior,
            InnerLoop::SoftQ(settings) => Self::SoftQ(Box::new(FiniteSoftQLearner::new(
                settings, mdp, steps, rng,
            )?)),
        })
    }

    /// The law of trajectories under a reward; what is learnt goes on from where it stood.
    ///
    /// # Shapes
    /// `reward`: `[S, A]`.
    pub(super) fn follow<R: Rng + ?Sized>(
        &mut self,
        mdp: &TabularMdp,
        reward: Array2<f64>,
        rng: &mut R,
    ) -> Result<Law, Error> {
        let initial = mdp.initial().to_owned();
        if let Self::SoftQ(learner) = self {
            learner.learn(mdp, reward.view(), rng);
            return Ok(Law {
                initial,
                policy: learner.policy(),
                posterior: None,
            });
        }
        let rewarded = mdp.clone().with_rewards(Rewards::StateAction(reward))?;
        if let Self::Posterior = self {
            let posterior = exact_inference(&rewarded, 1.0)?;
            return Ok(Law {
                initial: posterior.initial(mdp),
                policy: posterior.policy(),
                posterior: Some(posterior),
            });
        }
        Ok(Law {
            initial,
            policy: soft_value_iteration_finite(&rewarded, 1.0)?.policy,
            posterior: None,
        })
    }
}

impl Law {
    /// Draws one trajectory and calls `visit(t, s, a)` at each step.
    pub(super) fn walk<R: Rng + ?Sized>(
        &self,
        mdp: &TabularMdp,
        mut visit: impl FnMut(usize, usize, usize),
        rng: &mut R,
    ) {
        let pairs = |law: ndarray::ArrayView1<'_, f64>| law.to_vec().into_iter().enumerate();
        let mut state = draw(pairs(self.initial.view()), rng);
        let steps = self.policy.dim().0;
        for (t, rows) in self.policy.outer_iter().enumerate() {
            let action = draw(pairs(rows.row(state)), rng);
            visit(t, state, action);
            if t + 1 == steps {
                return;
            }
            state = match &self.posterior {
                Some(luck) => draw(luck.dynamics(mdp, t, state, action).into_iter(), rng),
                None => mdp.transitions().sample(state, action, rng),
            };
        }
    }

    /// The mean number of visits of so many trajectories to each state and action, `[S, A]`.
    pub(super) fn sampled_visits<R: Rng + ?Sized>(
        &self,
        mdp: &TabularMdp,
        trajectories: usize,
        rng: &mut R,
    ) -> Array2<f64> {
        let mut visits = Array2::zeros((mdp.n_states(), mdp.n_actions()));
        for _ in 0..trajectories {
            self.walk(mdp, |_, s, a| visits[[s, a]] += 1.0, rng);
        }
        visits / trajectories as f64
    }
}

/// Draws from pairs (what, probability) that sum to one up to rounding.
pub(super) fn draw<R: Rng + ?Sized>(law: impl Iterator<Item = (usize, f64)>, rng: &mut R) -> usize {
    let mut remaining = rng.random::<f64>();
    let mut last = 0;
    for (what, p) in law.filter(|&(_, p)| p > 0.0) {
        last = what;
        if remaining < p {
            break;
        }
        remaining -= p;
    }
    last
}
