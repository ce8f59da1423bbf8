//! An update of soft actor-critic: two critics and their targets 23-256-256-1, a policy 17-256-256-12 of means and
//! log-scales, ReLU, a batch of 256 in two shards; and one of MPO, with one critic, and 20 actions a state.

use kinglet_algorithms::{
    Agent, Algorithm, Batch, Config, Minibatch, Mpo, OffPolicyLearner, Replay, Sac,
};
use kinglet_envs::Actions;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::policy::draws;

const STATE: usize = 17;
const ACTION: usize = 6;
const ROWS: usize = 256;

/// Multiply-adds of the products of one update.
pub(crate) fn multiply_adds() -> u64 {
    let hidden = 256 * 256;
    let policy = STATE * 256 + hidden + 256 * 2 * ACTION;
    let critic = (STATE + ACTION) * 256 + hidden + 256;
    let critic_back = hidden + 256;
    let forward = 2 * policy + 6 * critic;
    let to_critics = 2 * (critic + critic_back);
    let through_smaller = critic_back + 256 * ACTION;
    let to_policy = policy + hidden + 256 * 2 * ACTION;
    (ROWS * (forward + to_critics + through_smaller + to_policy)) as u64
}

/// The learner that `kinglet train` has, and one minibatch.
pub(crate) struct Learning {
    agent: Agent<f32>,
    learner: Box<dyn OffPolicyLearner<f32>>,
    replay: Replay<f32>,
    minibatch: Minibatch<f32>,
    rng: Xoshiro256PlusPlus,
}

impl Learning {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut config = Config::of(algorithm);
        config.policy.hidden = vec![256, 256];
        config.critic.hidden = vec![256, 256];
        let (low, high) = (vec![-1.0; ACTION], vec![1.0; ACTION]);
        let actions = Actions::Box { low, high };
        let agent = Agent::new(&config, STATE, &actions, &mut rng).expect("sizes");
        let mut batch = Batch::new(1, 1000, &agent.policy).expect("rows");
        let numbers = draws(1000 * STATE, &mut rng);
        batch.observations = ndarray::Array2::from_shape_vec((1000, STATE), numbers).expect("rows");
        batch.actions = draws(1000 * ACTION, &mut rng);
        batch.rewards = draws(1000, &mut rng);
        let mut replay = Replay::new(1000, 1, STATE, ACTION).expect("rows");
        replay.push(&batch);
        let mut minibatch = Minibatch::default();
        replay.sample(ROWS, 1, &mut minibatch, &mut rng);
        let learner = config.algorithm.off_policy_learner(&config, &agent);
        Self {
            learner: learner.expect("it learns from a replay"),
            agent,
            replay,
            minibatch,
            rng,
        }
    }

    pub(crate) fn sac() -> Self {
        Self::new(Algorithm::Sac(Sac::default()))
    }

    pub(crate) fn mpo() -> Self {
        Self::new(Algorithm::Mpo(Mpo {
            sequence: 1,
            ..Mpo::default()
        }))
    }

    pub(crate) fn update(&mut self) {
        let (agent, minibatch) = (&mut self.agent, &self.minibatch);
        let learnt = self
            .learner
            .learn(agent, minibatch, &self.replay, 0.5, &mut self.rng);
        learnt.expect("finite numbers");
    }

    pub(crate) fn params(&self) -> &[f32] {
        &self.agent.params
    }
}
