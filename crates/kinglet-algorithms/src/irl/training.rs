//! Inverse reinforcement learning in a training run.

use std::path::Path;

use kinglet_envs::EnvName;
use kinglet_nn::Scalar;
use ndarray::{Array2, Axis, concatenate};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reward::RewardAscent;
use super::{Demonstrations, RewardConfig};
use crate::action_input::discrete;
use crate::config::{at_least_one, fraction, positive, rate};
use crate::critics::index;
use crate::learner::{load_adam, save_adam};
use crate::soft_q::SoftQLearner;
use crate::{
    Agent, Checkpoint, Config, Diagnostics, Element, Error, Minibatch, OffPolicyLearner, Rate,
    Replay, SoftQ,
};

/// Inverse reinforcement learning: a reward network is learnt from demonstrations, and between its steps soft Q-learning
/// follows it. Catalogue: CS285-16, CS285-17.
///
/// ```text
/// ψ ← ψ + η (E_demonstrations[Σ ∇r_ψ(sₜ, aₜ)] − E_policy[Σ ∇r_ψ(sₜ, aₜ)] − λ ψ),   sums over an episode
/// y = r_ψ(s, a) + γ ln Σ exp q̄(s′, ·)
/// ```
///
/// The policy is the causal form's. Its mean is over the newest transitions, by how many episodes end among them; the
/// reward is in units of the temperature. Rewards of the environment are not looked at: what the metrics say of returns is
/// for whoever reads them. The actions are discrete.
///
/// # Source
/// Ziebart, Bagnell & Dey 2010; by samples and with a network, Finn, Levine & Abbeel 2016, equation (3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Irl {
    /// A file of demonstrations, `.csv` or `.jsonl`; empty for those of an expert, which the gridworld has.
    pub demonstrations: String,
    /// The expert of the gridworld, where there is no file.
    pub expert: ExpertConfig,
    /// The reward, and its steps.
    pub reward: RewardConfig,
    /// Updates of q from one step of the reward to the next; at least 1.
    pub updates: usize,
    /// The newest transitions that a step of the reward sees; several episodes' worth.
    pub window: usize,
    /// Adam's learning rate, of q.
    pub learning_rate: Rate,
    /// τ, the share of the way that q's target goes towards q with each update.
    pub target_rate: f64,
}

/// The soft-optimal expert of the gridworld's own reward, whose episodes are drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ExpertConfig {
    /// How many episodes; at least 1.
    pub episodes: usize,
    /// What draws them; the run's own seed does not.
    pub seed: u64,
    /// α, the temperature: what a nat of its entropy is worth to the expert, in units of the reward; above 0.
    pub temperature: f64,
}

impl Default for Irl {
    fn default() -> Self {
        Self {
            demonstrations: String::new(),
            expert: ExpertConfig::default(),
            reward: RewardConfig {
                hidden: Vec::new(),
                weight_decay: 1e-2,
                ..RewardConfig::default()
            },
            updates: 8,
            window: 1000,
            learning_rate: Rate::Constant(1e-3),
            target_rate: 0.01,
        }
    }
}

impl Default for ExpertConfig {
    fn default() -> Self {
        Self {
            episodes: 100,
            seed: 0,
            temperature: 0.5,
        }
    }
}

impl Irl {
    pub(crate) fn check(&self) -> Result<(), Error> {
        at_least_one("algorithm.expert.episodes", self.expert.episodes)?;
        positive("algorithm.expert.temperature", self.expert.temperature)?;
        self.reward.check("algorithm.reward")?;
        at_least_one("algorithm.updates", self.updates)?;
        at_least_one("algorithm.window", self.window)?;
        rate("algorithm.learning_rate", self.learning_rate)?;
        fraction("algorithm.target_rate", self.target_rate)
    }

    /// The demonstrations of the file, or those of the expert.
    fn demonstrations(&self, obs_dim: usize, n_actions: usize) -> Result<Demonstrations, Error> {
        if !self.demonstrations.is_empty() {
            return Demonstrations::load(Path::new(&self.demonstrations), obs_dim, n_actions);
        }
        let (world, limit) = (EnvName::gridworld(), EnvName::GRIDWORLD_TIME_LIMIT);
        if (obs_dim, n_actions) != (world.mdp.n_states(), world.mdp.n_actions()) {
            return Err(Error::Combination {
                key: "algorithm.demonstrations",
                reason: "it is empty, and only the gridworld has an expert: give a file of demonstrations",
            });
        }
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.expert.seed);
        let ExpertConfig {
            episodes,
            temperature,
            ..
        } = self.expert;
        Demonstrations::of_gridworld(&world, limit, temperature, episodes, &mut rng)
    }
}

/// Inverse reinforcement learning in the middle of a run.
#[derive(Debug)]
pub(crate) struct IrlLearner<S> {
    settings: Irl,
    reward: RewardAscent<S>,
    q: SoftQLearner<S>,
    /// What was observed in the demonstrations, and how often an episode does each action there.
    demonstrated: (Array2<S>, Array2<S>),
    /// A minibatch, with the rewards of the present network.
    valued: Minibatch<S>,
    newest: Minibatch<S>,
    /// Updates of q since the run's beginning.
    done: u64,
}

impl<S: Scalar + Element> IrlLearner<S> {
    pub(crate) fn new(settings: Irl, config: &Config, agent: &Agent<S>) -> Result<Self, Error> {
        let n_actions = discrete("irl", &agent.actions)?;
        let obs_dim = agent.policy.body().n_inputs();
        let demonstrations = settings.demonstrations(obs_dim, n_actions)?;
        let q = SoftQ {
            learning_rate: settings.learning_rate,
            temperature: Rate::Constant(1.0),
            target_rate: settings.target_rate,
        };
        // Near zero, and the same in every run.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        Ok(Self {
            reward: RewardAscent::new(&settings.reward, obs_dim, n_actions, &mut rng)?,
            q: SoftQLearner::new(q, config, agent)?,
            demonstrated: visits(&demonstrations, n_actions),
            valued: Minibatch::default(),
            newest: Minibatch::default(),
            done: 0,
            settings,
        })
    }

    /// The minibatch with r_ψ in place of the environment's rewards.
    fn value(&mut self, minibatch: &Minibatch<S>) {
        self.valued.clone_from(minibatch);
        let rewards = self.reward.network.rewards(minibatch.observations());
        let rows = self.valued.rewards.iter_mut().zip(&minibatch.actions);
        for ((reward, action), known) in rows.zip(rewards.outer_iter()) {
            *reward = known[index(*action)];
        }
    }

    /// One step of the reward; gives the length of its gradient.
    fn step(&mut self, replay: &Replay<S>, progress: f64) -> f64 {
        replay.newest(self.settings.window, &mut self.newest);
        let newest = &self.newest;
        let episodes = newest.ends.iter().flatten().count().max(1);
        let share = S::from_f64((episodes as f64).recip());
        let (observations, demonstrated) = &self.demonstrated;
        let mut policys = Array2::zeros((newest.rows(), demonstrated.ncols()));
        for (mut row, action) in policys.outer_iter_mut().zip(&newest.actions) {
            row[index(*action)] = -share;
        }
        let both = "rows of the same length";
        let observations =
            concatenate(Axis(0), &[observations.view(), newest.observations()]).expect(both);
        let excess = concatenate(Axis(0), &[demonstrated.view(), policys.view()]).expect(both);
        self.reward
            .step(observations.view(), excess.view(), progress)
    }
}

/// The observations of demonstrations, and how often one of them does each action there.
fn visits<S: Scalar>(demonstrations: &Demonstrations, n_actions: usize) -> (Array2<S>, Array2<S>) {
    let episodes = &demonstrations.episodes;
    let share = S::from_f64((episodes.len() as f64).recip());
    let observations: Vec<_> = episodes.iter().map(|e| e.observations.view()).collect();
    let observations = concatenate(Axis(0), &observations).expect("rows of the same length");
    let mut counts = Array2::zeros((observations.nrows(), n_actions));
    let actions = episodes.iter().flat_map(|episode| &episode.actions);
    for (mut row, &action) in counts.outer_iter_mut().zip(actions) {
        row[action] = share;
    }
    (observations.mapv(S::from_f64), counts)
}

impl<S: Scalar + Element> OffPolicyLearner<S> for IrlLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        replay: &Replay<S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        self.value(minibatch);
        let followed = self.q.learn(agent, &self.valued, replay, progress, rng)?;
        self.done += 1;
        let due = self.done.is_multiple_of(self.settings.updates as u64);
        let gradient_norm = due.then(|| self.step(replay, progress));
        Ok(Diagnostics {
            gradient_norm,
            step_size: due.then(|| self.settings.reward.learning_rate.at(progress)),
            ..followed
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.q.save(checkpoint);
        checkpoint.insert_slice("reward", &self.reward.network.params);
        save_adam(&self.reward.adam, "reward-adam", checkpoint);
        checkpoint.insert_slice("updates", &[self.done]);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.q.load(checkpoint)?;
        checkpoint.copy_to("reward", &mut self.reward.network.params)?;
        load_adam(&mut self.reward.adam, "reward-adam", checkpoint)?;
        self.done = checkpoint.number("updates")?;
        Ok(())
    }
}
