//! The learner against tables, differences and the library's own estimators.

mod continuous;
mod discrete;

use kinglet_envs::{Actions, End};
use ndarray::{ArrayView1, Axis};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::{Mpo, MpoLearner};
use crate::{Agent, Algorithm, Config, Diagnostics, Minibatch, OffPolicyLearner, Replay};

/// Numbers of an observation.
const STATES: usize = 4;

/// A learner in the middle of a run that has no environment.
struct Case {
    agent: Agent<f64>,
    learner: MpoLearner<f64>,
    minibatch: Minibatch<f64>,
    rng: Xoshiro256PlusPlus,
}

impl Case {
    /// Over sequences whose observations are one-hot, and of which some ended sooner than others.
    fn new(settings: Mpo, actions: &Actions, hidden: &[usize]) -> Self {
        let mut config = Config::of(Algorithm::Mpo(settings.clone()));
        config.policy.hidden = hidden.to_vec();
        config.critic.hidden = hidden.to_vec();
        config.replay.shards = 3;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
        let mut agent = Agent::new(&config, STATES, actions, &mut rng).unwrap();
        let learner = MpoLearner::new(settings.clone(), &config, &agent);
        // What learns is no longer what it was.
        for x in &mut agent.params {
            *x += rng.random_range(-0.1..0.1);
        }
        let minibatch = minibatch(&agent, settings.sequence, &mut rng);
        Self {
            agent,
            learner,
            minibatch,
            rng,
        }
    }

    fn evaluate(&mut self) {
        let Self {
            agent,
            learner,
            minibatch,
            rng,
        } = self;
        learner.evaluate(agent, minibatch, rng);
    }

    fn learn(&mut self) -> Diagnostics {
        let replay = Replay::new(1, 1, STATES, 1).unwrap();
        let Self {
            agent,
            learner,
            minibatch,
            rng,
        } = self;
        let learnt = learner.learn(agent, minibatch, &replay, 0.0, rng);
        learnt.unwrap()
    }

    /// The rows of the minibatch that are steps.
    fn rows(&self) -> Vec<usize> {
        let Minibatch {
            length, lengths, ..
        } = &self.minibatch;
        let each = lengths.iter().enumerate();
        each.flat_map(|(b, steps)| b * length..b * length + steps)
            .collect()
    }

    /// The state that a row leads to, or its own where nothing follows.
    fn next(&self, row: usize) -> usize {
        let one_hot = match self.minibatch.ends[row] {
            Some(End::Terminated) => self.minibatch.observations(),
            _ => self.minibatch.next_observations(),
        };
        state(one_hot.index_axis(Axis(0), row))
    }

    /// Against central differences of a loss by parameters.
    fn assert_gradient(
        &mut self,
        gradient: &[f64],
        params: fn(&mut Self) -> &mut [f64],
        mut loss: impl FnMut(&mut Self) -> f64,
    ) {
        assert!(gradient.iter().any(|d| d.abs() > 1e-3));
        for (i, d) in gradient.iter().enumerate() {
            let mut at = |shift: f64| {
                params(self)[i] += shift;
                let loss = loss(self);
                params(self)[i] -= shift;
                loss
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((d - slope).abs() < 1e-7, "{i}: {d} {slope}");
        }
    }
}

fn state(one_hot: ArrayView1<'_, f64>) -> usize {
    one_hot.iter().position(|x| *x == 1.0).unwrap()
}

fn minibatch(agent: &Agent<f64>, length: usize, rng: &mut Xoshiro256PlusPlus) -> Minibatch<f64> {
    let sequences = 10;
    let rows = sequences * length;
    let mut states = Vec::new();
    let mut minibatch = Minibatch {
        sequences,
        length,
        obs_dim: STATES,
        n_action: agent.policy.n_action(),
        ..Minibatch::default()
    };
    for row in 0..rows {
        let chained = row % length > 0;
        let s = if chained {
            states[row - 1]
        } else {
            rng.random_range(0..STATES)
        };
        let next = rng.random_range(0..STATES);
        states.push(next);
        let one_hot = |s: usize| (0..STATES).map(move |k| f64::from(u8::from(k == s)));
        minibatch.observations.extend(one_hot(s));
        minibatch.next_observations.extend(one_hot(next));
        for _ in 0..minibatch.n_action {
            minibatch.actions.push(match agent.actions {
                Actions::Discrete(n) => rng.random_range(0..n) as f64,
                Actions::Box { .. } => rng.random_range(-1.5..1.5),
            });
        }
        minibatch.log_probs.push(rng.random_range(-2.0..-0.5));
        minibatch.rewards.push(rng.random_range(-1.0..1.0));
        minibatch.ends.push(None);
    }
    for sequence in 0..sequences {
        let steps = 1 + sequence % length;
        minibatch.lengths.push(steps);
        let ends = [None, Some(End::Terminated), Some(End::Truncated)];
        minibatch.ends[sequence * length + steps - 1] = ends[sequence % 3];
    }
    minibatch
}
