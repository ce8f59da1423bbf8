//! A rollout in which every trajectory is as frequent as it is probable, so that its means are expectations.

use kinglet_envs::{Actions, End, Horizon, Rewards, Sparse, TabularMdp, Trajectory, Transitions};
use kinglet_objectives::{PolicyGradient, policy_gradient};
use ndarray::{Array3, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::samples::Appraisal;
use crate::{Agent, Batch, Config, Diagnostics, Memory};

/// Rewards of this size leave gradients of the size of Adam's ε, so that its first step tells them apart.
pub(super) const SMALL: f64 = 1e-5;

/// The policy's logits by state: π(1 | s) is ½, ¼ and ¾.
fn logits(s: usize) -> [f64; 2] {
    [0.0, [0.0, -3f64.ln(), 3f64.ln()][s]]
}

/// Three states, two actions; probabilities are quarters.
fn mdp(steps: usize) -> TabularMdp {
    let rows = [
        vec![(0, 0.5), (1, 0.25), (2, 0.25)],
        vec![(1, 0.25), (2, 0.75)],
        vec![(0, 1.0)],
        vec![(0, 0.25), (1, 0.5), (2, 0.25)],
        vec![(0, 0.25), (1, 0.75)],
        vec![(0, 0.5), (2, 0.5)],
    ];
    TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(3, 2, rows).unwrap()),
        Rewards::StateAction(array![[-0.4, -1.9], [-2.6, 0.7], [1.2, -0.1]]),
        array![0.25, 0.5, 0.25],
        Horizon::Finite(steps),
    )
    .unwrap()
}

/// Every trajectory of the problem, as often as its probability says.
pub(super) struct Everything {
    mdp: TabularMdp,
    steps: usize,
    /// What rewards are multiplied by.
    scale: f64,
    paths: Vec<Trajectory>,
}

/// What an update did.
pub(super) struct Learnt {
    /// By how much each of the policy's parameters moved.
    pub(super) moved: Vec<f64>,
    pub(super) diagnostics: Diagnostics,
}

impl Everything {
    pub(super) fn new(steps: usize, scale: f64) -> Self {
        let mdp = mdp(steps);
        let all: Vec<Trajectory> = mdp.trajectories(1000).unwrap().collect();
        let quarters = 4f64.powi(2 * steps as i32);
        let paths = all.into_iter().flat_map(|path| {
            let chosen = path.states.iter().zip(&path.actions);
            let chosen: f64 = chosen.map(|(s, a)| probabilities(*s)[*a]).product();
            let count = path.dynamics_probability * chosen * quarters;
            assert!((count - count.round()).abs() < 1e-6);
            std::iter::repeat_n(path, count.round() as usize)
        });
        let paths: Vec<Trajectory> = paths.collect();
        assert_eq!(paths.len(), quarters as usize);
        Self {
            mdp,
            steps,
            scale,
            paths,
        }
    }

    /// π(· | s).
    pub(super) fn policy(&self, s: usize) -> [f64; 2] {
        probabilities(s)
    }

    /// The share of the steps taken in each state.
    pub(super) fn frequencies(&self) -> [(f64, usize); 3] {
        let all = || self.paths.iter().flat_map(|path| &path.states);
        let n = all().count() as f64;
        [0, 1, 2].map(|s| (all().filter(|state| **state == s).count() as f64 / n, s))
    }

    /// The agent of a config, with the weights that give the policy: 2 s + a for the logit of a in s, then two biases.
    pub(super) fn agent(&self, config: &Config) -> Agent<f64> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let mut agent = Agent::new(config, 3, &Actions::Discrete(2), &mut rng).unwrap();
        for s in 0..3 {
            agent.params[2 * s..2 * s + 2].copy_from_slice(&logits(s));
        }
        agent.params[6..8].fill(0.0);
        for (i, param) in agent.params[8..].iter_mut().enumerate() {
            *param = self.scale * (1.0 + 3.0 * i as f64).sin();
        }
        agent
    }

    fn batch(&self, agent: &Agent<f64>) -> Batch<f64> {
        let steps = self.steps;
        let mut batch = Batch::new(self.paths.len(), steps, &agent.policy).unwrap();
        for (n, path) in self.paths.iter().enumerate() {
            for t in 0..steps {
                let (row, s, a) = (n * steps + t, path.states[t], path.actions[t]);
                batch.observations[[row, s]] = 1.0;
                batch.actions[row] = a as f64;
                batch.rewards[row] = self.scale * self.mdp.reward(s, a);
                batch.times[row] = t;
                batch.ends[row] = (t + 1 == steps).then_some(End::Terminated);
            }
        }
        let mut memory = Memory::default();
        let policy = &agent.policy;
        policy.forward(agent.actor(), batch.observations.view(), &mut memory);
        policy.log_probs(&batch.actions, &memory, &mut batch.log_probs);
        batch
    }

    /// One update from everything.
    pub(super) fn learn(&self, config: &Config) -> Learnt {
        let mut agent = self.agent(config);
        let batch = self.batch(&agent);
        let before = agent.actor().to_vec();
        let mut appraisal = Appraisal::new(&config.advantage).unwrap();
        let mut learner = config.algorithm.on_policy(&agent);
        let temperature = config.advantage.temperature.at(0.0);
        let samples = appraisal.appraise(&mut agent, &batch, temperature);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
        let learnt = learner.learn(&mut agent, &samples.unwrap(), 0.0, &mut rng);
        let pairs = agent.actor().iter().zip(&before);
        Learnt {
            moved: pairs.map(|(after, before)| after - before).collect(),
            diagnostics: learnt.unwrap(),
        }
    }

    /// The exact gradient of the mean over steps, by the agent's parameters, of scaled rewards.
    pub(super) fn gradient(&self, choice: &PolicyGradient) -> Vec<f64> {
        let logits = Array3::from_shape_fn((self.steps, 3, 2), |(_, s, a)| logits(s)[a]);
        let exact = policy_gradient(&self.mdp, logits.view(), choice).unwrap();
        let mut gradient = vec![0.0; 8];
        for ((_, s, a), g) in exact.mean.indexed_iter() {
            gradient[2 * s + a] += self.scale * g / self.steps as f64;
            gradient[6 + a] += self.scale * g / self.steps as f64;
        }
        gradient
    }

    /// π(· | s) after a move.
    pub(super) fn policy_after(&self, moved: &[f64], s: usize) -> [f64; 2] {
        let old = logits(s);
        let new = [0, 1].map(|a| (old[a] + moved[2 * s + a] + moved[6 + a]).exp());
        new.map(|weight| weight / (new[0] + new[1]))
    }

    /// Of the policy after a move: the gain in the surrogate, E[π/π_old Â] with Â the reward to go, in units of the scaled
    /// reward, and E[KL(π_old ‖ π)].
    pub(super) fn compare(&self, moved: &[f64]) -> (f64, f64) {
        let n = (self.paths.len() * self.steps) as f64;
        let (mut gain, mut kl) = (0.0, 0.0);
        for path in &self.paths {
            for t in 0..self.steps {
                let (s, a) = (path.states[t], path.actions[t]);
                let (old, new) = (probabilities(s), self.policy_after(moved, s));
                let later = t..self.steps;
                let reward = |t: usize| self.mdp.reward(path.states[t], path.actions[t]);
                let to_go: f64 = later.map(reward).sum();
                gain += self.scale * (new[a] / old[a] - 1.0) * to_go / n;
                kl += (0..2).map(|a| old[a] * (old[a] / new[a]).ln()).sum::<f64>() / n;
            }
        }
        (gain, kl)
    }
}

fn probabilities(s: usize) -> [f64; 2] {
    [[0.5, 0.5], [0.75, 0.25], [0.25, 0.75]][s]
}
