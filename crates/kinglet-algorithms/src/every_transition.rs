//! A tabular problem as an off-policy learner sees it that has seen everything.

use kinglet_envs::{Actions, TabularMdp};
use kinglet_objectives::soft_policy;
use ndarray::{Array2, ArrayView2};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::{Agent, Algorithm, Config, Minibatch};

/// Rows of each pair; every probability is a multiple of a twentieth.
const ROWS: usize = 20;

/// States as unit vectors: a linear network without a bias is a table.
pub(crate) struct EveryTransition {
    pub(crate) mdp: TabularMdp,
    /// Every transition, as often as it is likely after a pair that all are likely alike.
    pub(crate) minibatch: Minibatch<f64>,
    pub(crate) config: Config,
    pub(crate) agent: Agent<f64>,
}

impl EveryTransition {
    pub(crate) fn new(mdp: TabularMdp, algorithm: Algorithm) -> Self {
        let mut config = Config::of(algorithm);
        (config.policy.hidden, config.critic.hidden) = (vec![], vec![]);
        config.advantage.discount = mdp.discount();
        config.replay.shards = 3;
        let actions = Actions::Discrete(mdp.n_actions());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let mut agent = Agent::new(&config, mdp.n_states(), &actions, &mut rng).unwrap();
        agent.params.fill(0.0);
        Self {
            minibatch: every_transition(&mdp),
            mdp,
            config,
            agent,
        }
    }

    /// Some table.
    pub(crate) fn table(&self, seed: f64) -> Array2<f64> {
        let shape = (self.mdp.n_states(), self.mdp.n_actions());
        Array2::from_shape_fn(shape, |(s, a)| {
            2.0 * (seed + 1.7 * s as f64 + 2.3 * a as f64).sin()
        })
    }

    /// d, the law of the pairs in the minibatch.
    pub(crate) fn law(&self) -> Array2<f64> {
        let shape = (self.mdp.n_states(), self.mdp.n_actions());
        Array2::from_elem(shape, 1.0 / (shape.0 * shape.1) as f64)
    }

    /// The place of a table among the parameters: 0 for the logits, 1 and 2 for the critics.
    fn place(&self, which: usize) -> std::ops::Range<usize> {
        let (states, actions) = (self.mdp.n_states(), self.mdp.n_actions());
        let first = which * (states + 1) * actions; // biases lie behind each table
        first..first + states * actions
    }

    /// Writes the logits, and a table for each critic.
    pub(crate) fn set(&mut self, tables: &[ArrayView2<'_, f64>]) {
        for (which, table) in tables.iter().enumerate() {
            let place = self.place(which);
            for (to, from) in self.agent.params[place].iter_mut().zip(table) {
                *to = *from;
            }
        }
    }

    /// π(a|s), `[S, A]`.
    pub(crate) fn policy(&self) -> Array2<f64> {
        soft_policy(self.network(0).view(), 1.0).unwrap()
    }

    /// The logits, or a critic's values, `[S, A]`.
    pub(crate) fn network(&self, which: usize) -> Array2<f64> {
        table(
            &self.agent.params[self.place(which).start..],
            self.mdp.n_states(),
            self.mdp.n_actions(),
        )
    }
}

/// What a linear network gives of each state.
///
/// # Shapes
/// `params`: `[S A + A]`, what lies behind is passed over. Returns `[S, A]`.
pub(crate) fn table(params: &[f64], states: usize, actions: usize) -> Array2<f64> {
    let bias = &params[states * actions..];
    Array2::from_shape_fn((states, actions), |(s, a)| {
        params[s * actions + a] + bias[a]
    })
}

/// γ² E Var Q(s′, a′), a′ ~ π: what one action at the successor adds to a squared Bellman error.
///
/// # Shapes
/// `q`, `policy`, `law`: `[S, A]`.
pub(crate) fn action_spread(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    law: ArrayView2<'_, f64>,
) -> f64 {
    let moment = |s: usize, power| -> f64 {
        let terms = policy.row(s).into_iter().zip(q.row(s));
        terms.map(|(p, q)| p * q.powi(power)).sum()
    };
    let spread = |s: usize| moment(s, 2) - moment(s, 1).powi(2);
    let of_pair = |((s, a), d): ((usize, usize), &f64)| -> f64 {
        let successors = mdp.successors(s, a);
        successors.map(|(next, p)| d * p * spread(next)).sum()
    };
    mdp.discount().powi(2) * law.indexed_iter().map(of_pair).sum::<f64>()
}

fn every_transition(mdp: &TabularMdp) -> Minibatch<f64> {
    let (states, actions) = (mdp.n_states(), mdp.n_actions());
    let rows = states * actions * ROWS;
    let mut minibatch = Minibatch {
        sequences: rows,
        length: 1,
        obs_dim: states,
        n_action: 1,
        ends: vec![None; rows],
        lengths: vec![1; rows],
        log_probs: vec![0.0; rows],
        ..Minibatch::default()
    };
    let unit = |state: usize| (0..states).map(move |s| f64::from(u8::from(s == state)));
    for (s, a) in (0..states).flat_map(|s| (0..actions).map(move |a| (s, a))) {
        for (next, probability) in mdp.successors(s, a) {
            for _ in 0..(probability * ROWS as f64).round() as usize {
                minibatch.observations.extend(unit(s));
                minibatch.next_observations.extend(unit(next));
                minibatch.actions.push(a as f64);
                minibatch.rewards.push(mdp.reward(s, a));
            }
        }
    }
    assert_eq!(minibatch.rows(), rows, "probabilities in twentieths");
    minibatch
}
