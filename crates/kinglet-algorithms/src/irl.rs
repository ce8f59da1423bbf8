//! Inverse reinforcement learning: a reward network from demonstrations.

#[cfg(test)]
mod cliff;
mod demonstrations;
mod expert;
mod finite_soft_q;
mod inner_loop;
mod reward;
#[cfg(test)]
mod tests;
mod training;
#[cfg(test)]
mod training_tests;

use std::ops::ControlFlow;

use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::demonstration_visits;
use ndarray::{Array2, Array3};
use rand::Rng;

use crate::Error;
use crate::config::at_least_one;

pub use demonstrations::{Demonstration, Demonstrations};
pub use expert::soft_expert;
pub use finite_soft_q::FiniteSoftQ;
pub use inner_loop::InnerLoop;
pub use reward::{RewardConfig, RewardNetwork};
pub(crate) use training::IrlLearner;
pub use training::{ExpertConfig, Irl};

use inner_loop::Inner;
use reward::RewardAscent;

/// How [`irl`] learns.
#[derive(Clone, Debug, PartialEq)]
pub struct TabularIrl {
    /// The reward, and its steps.
    pub reward: RewardConfig,
    /// Steps of the reward.
    pub steps: u64,
    /// Trajectories of the present policy that each step sees.
    pub trajectories: usize,
    /// How the policy follows the reward between its steps.
    pub inner: InnerLoop,
}

impl Default for TabularIrl {
    fn default() -> Self {
        Self {
            reward: RewardConfig::default(),
            steps: 1000,
            trajectories: 64,
            inner: InnerLoop::SoftValues,
        }
    }
}

/// Where [`irl`] stands after a step of the reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RewardStep {
    /// Steps done.
    pub done: u64,
    /// Those that it is to take.
    pub steps: u64,
    /// By how much the reward of a demonstration is above that of a trajectory of the policy, in the mean. Units: the
    /// temperature.
    pub gap: f64,
    /// The length of the gradient, that of the weight decay within.
    pub gradient_norm: f64,
}

/// A reward learnt from demonstrations. Made by [`irl`].
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The reward.
    pub reward: RewardNetwork<f64>,
    /// The policy of the inner loop at its end, `[T, S, A]`.
    pub policy: Array3<f64>,
    /// Steps of the reward done.
    pub steps: u64,
}

/// Maximum-entropy inverse reinforcement learning with a reward network, in a tabular problem of finite horizon.
/// Catalogue: CS285-16, CS285-17.
///
/// ```text
/// ∇L = (1/N) Σᵢ Σₜ ∇r_ψ(sᵢₜ, aᵢₜ) − (1/M) Σⱼ Σₜ ∇r_ψ(sⱼₜ, aⱼₜ) − λ ψ
/// ```
///
/// The first mean is over the demonstrations; the second over M trajectories of the present reward, drawn anew for each
/// step, as the [`InnerLoop`] has them: a policy that maximises reward and entropy in the dynamics as they are, or the
/// posterior p(τ | O, ψ). Only where dynamics and first state are certain are these one; elsewhere the reward of a
/// soft-optimal expert is no fixed point of the posterior's gradient, however many demonstrations there are.
///
/// The rewards of the problem itself are not looked at. `progress` sees each step of the reward, and may break off.
///
/// # Errors
/// [`Error::Setting`]; [`Error::NoDemonstrations`], [`Error::Demonstration`] or [`Error::Objectives`] for demonstrations
/// that are not of this problem; [`Error::Diverged`] where the reward is no longer finite.
/// # Source
/// Ziebart, Bagnell & Dey 2010; by samples and with a network, Finn, Levine & Abbeel 2016, equation (3).
/// # Example
/// ```
/// use kinglet_algorithms::{Demonstrations, TabularIrl, irl};
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{policy_visits, soft_value_iteration_finite};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// use std::ops::ControlFlow;
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let expert = soft_value_iteration_finite(&tab(), 1.0)?.policy;
/// let demonstrations = Demonstrations::draw(&tab(), expert.view(), 1000, &mut rng)?;
/// let settings = TabularIrl { steps: 400, ..TabularIrl::default() };
/// let learnt = irl(&tab(), &demonstrations, &settings, &mut rng, &mut |_| ControlFlow::Continue(()))?;
/// let of = |policy: &ndarray::Array3<f64>| policy_visits(&tab(), policy.view());
/// let off = (of(&learnt.policy)? - of(&expert)?).mapv(f64::abs).sum() / 6.0; // total variation: 3 steps, both sides
/// assert!(off < 0.05, "{off}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn irl<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    demonstrations: &Demonstrations,
    settings: &TabularIrl,
    rng: &mut R,
    progress: &mut impl FnMut(RewardStep) -> ControlFlow<()>,
) -> Result<Recovered, Error> {
    settings.check()?;
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    demonstrations.check(n_states, n_actions)?;
    let demonstrated = demonstration_visits(mdp, &demonstrations.paths()?)?;
    let Horizon::Finite(horizon) = mdp.horizon() else {
        unreachable!("visits are counted over a finite horizon");
    };
    let states = Array2::eye(n_states);
    let mut ascent = RewardAscent::new(&settings.reward, n_states, n_actions, rng)?;
    let mut inner = Inner::new(&settings.inner, mdp, horizon, rng)?;
    let mut done = 0;
    let policy = loop {
        let reward = ascent.network.rewards(states.view()).to_owned();
        let law = inner.follow(mdp, reward.clone(), rng)?;
        if done == settings.steps {
            break law.policy;
        }
        let visits = law.sampled_visits(mdp, settings.trajectories, rng);
        let excess = &demonstrated - &visits;
        let before = done as f64 / settings.steps as f64;
        let gradient_norm = ascent.step(states.view(), excess.view(), before);
        done += 1;
        finite(gradient_norm, done)?;
        let step = RewardStep {
            done,
            steps: settings.steps,
            gap: (&excess * &reward).sum(),
            gradient_norm,
        };
        if progress(step).is_break() {
            break law.policy;
        }
    };
    Ok(Recovered {
        reward: ascent.network,
        policy,
        steps: done,
    })
}

impl TabularIrl {
    fn check(&self) -> Result<(), Error> {
        self.reward.check("reward")?;
        at_least_one("trajectories", self.trajectories)?;
        match &self.inner {
            InnerLoop::SoftValues | InnerLoop::Posterior => Ok(()),
            InnerLoop::SoftQ(settings) => settings.check(),
        }
    }
}

fn finite(gradient_norm: f64, step: u64) -> Result<(), Error> {
    if gradient_norm.is_finite() {
        return Ok(());
    }
    Err(Error::Diverged {
        what: "gradient of the reward".to_owned(),
        step,
        value: gradient_norm,
    })
}
