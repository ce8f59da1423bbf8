//! Continuous actions, on a made-up minibatch.

use kinglet_envs::{Actions, End};
use kinglet_objectives::{Estimate, soft_q_target};
use ndarray::{ArrayView2, s};
use rand::RngExt;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::{Memory, Scale};

const ROWS: usize = 7;

/// Observations of three numbers, actions of two.
struct Case {
    agent: Agent<f64>,
    minibatch: Minibatch<f64>,
    both: ActorCritic<f64>,
    input: ActionInput,
}

impl Case {
    fn new(squash: bool, hidden: &[usize]) -> Self {
        let mut config = Config::of(Algorithm::Sac(Sac::default()));
        (config.policy.hidden, config.critic.hidden) = (vec![4], hidden.to_vec());
        (config.policy.squash, config.policy.scale) = (squash, Scale::OfState);
        config.replay.shards = 2;
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(11);
        let actions = Actions::Box {
            low: vec![-30.0, -20.0],
            high: vec![10.0, 20.0],
        };
        let agent: Agent<f64> = Agent::new(&config, 3, &actions, rng).unwrap();
        let mut numbers =
            |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        let mut minibatch = Minibatch {
            sequences: ROWS,
            length: 1,
            obs_dim: 3,
            n_action: 2,
            observations: numbers(3 * ROWS),
            next_observations: numbers(3 * ROWS),
            actions: numbers(2 * ROWS),
            log_probs: numbers(ROWS),
            rewards: numbers(ROWS),
            ends: vec![None; ROWS],
            lengths: vec![1; ROWS],
        };
        (minibatch.ends[2], minibatch.ends[4]) = (Some(End::Terminated), Some(End::Truncated));
        let mut both = ActorCritic::new(&config, &agent, 0.5);
        // Targets that are not the critics.
        both.critics
            .targets
            .iter_mut()
            .for_each(|x| *x = 1.5 * *x + 0.1);
        both.shake(&minibatch, rng);
        let input = ActionInput::new(&agent.policy, &actions).unwrap();
        let mut case = Self {
            agent,
            minibatch,
            both,
            input,
        };
        case.level();
        case
    }

    /// Moves the second critic's last bias, so that each critic is the smaller in some rows.
    fn level(&mut self) {
        let (states, actor) = (self.minibatch.observations(), self.agent.actor());
        let (actions, _) = self.act(actor, states, 0);
        let (one, two) = self
            .agent
            .critic_params()
            .split_at(self.agent.critic.n_params());
        let (one, two) = (self.q(one, states, &actions), self.q(two, states, &actions));
        let off = one.iter().zip(two).map(|(one, two)| one - two).sum::<f64>() / ROWS as f64;
        *self.agent.params.last_mut().expect("a bias") += off;
    }

    /// Each row's action of one of the two noises, and its log-probability.
    fn act(
        &self,
        actor: &[f64],
        states: ArrayView2<'_, f64>,
        noise: usize,
    ) -> (Vec<f64>, Vec<f64>) {
        let policy = &self.agent.policy;
        let mut memory = Memory::default();
        let laws = policy.forward(actor, states, &mut memory).to_vec();
        let rows = laws
            .chunks_exact(4)
            .zip(self.both.noise[noise].chunks_exact(2));
        let actions = rows.flat_map(|(law, xi)| [0, 1].map(|j| law[j] + law[2 + j].exp() * xi[j]));
        let (actions, mut log_probs) = (actions.collect::<Vec<_>>(), vec![0.0; ROWS]);
        policy.log_probs(&actions, &memory, &mut log_probs);
        (actions, log_probs)
    }

    /// q(s, a) of each row, by one critic.
    fn q(&self, params: &[f64], states: ArrayView2<'_, f64>, actions: &[f64]) -> Vec<f64> {
        let mut seen = vec![0.0; actions.len()];
        self.input.see(actions, &mut seen);
        let mut x = Array2::zeros((ROWS, 5));
        x.slice_mut(s![.., ..3]).assign(&states);
        let seen = ArrayView2::from_shape((ROWS, 2), &seen).unwrap();
        x.slice_mut(s![.., 3..]).assign(&seen);
        let critic = &self.agent.critic;
        critic
            .forward(params, x.view(), &mut kinglet_nn::Cache::default())
            .iter()
            .copied()
            .collect()
    }

    /// The smaller critic's q(s, a) of each row.
    fn smaller(&self, params: &[f64], states: ArrayView2<'_, f64>, actions: &[f64]) -> Vec<f64> {
        let (one, two) = params.split_at(params.len() / 2);
        let (one, two) = (self.q(one, states, actions), self.q(two, states, actions));
        one.iter().zip(two).map(|(one, two)| one.min(two)).collect()
    }

    /// y of each row.
    fn targets(&self, temperature: f64) -> Vec<f64> {
        let next = self.minibatch.next_observations();
        let (actions, log_probs) = self.act(self.agent.actor(), next, 1);
        let q = self.smaller(&self.both.critics.targets, next, &actions);
        let target = |row: usize| {
            let discount = if row == 2 { 0.0 } else { 0.99 };
            let reward = self.minibatch.rewards[row];
            soft_q_target(reward, discount, q[row], log_probs[row], temperature)
        };
        (0..ROWS).map(target).collect()
    }
}

/// Against central differences of a loss in each of its parameters.
#[track_caller]
fn assert_slopes(gradient: &[f64], at: &[f64], loss: impl Fn(&[f64]) -> f64) {
    for (i, slope) in gradient.iter().enumerate() {
        let moved = |shift: f64| {
            let mut moved = at.to_vec();
            moved[i] += shift;
            loss(&moved)
        };
        let difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        assert!(
            (slope - difference).abs() < 1e-7,
            "{i}: {slope} {difference}"
        );
    }
}

#[test]
fn cs285_13_the_critics_gradient_is_that_of_the_squared_distance_to_the_sampled_target() {
    for squash in [true, false] {
        let mut case = Case::new(squash, &[5]);
        case.both.critics_back(&case.agent, &case.minibatch, 0.3);
        let targets = case.targets(0.3);
        let n = case.agent.critic.n_params();
        for k in [0, 1] {
            let [one, other] = &case.both.critics.fits[..] else {
                panic!("two shards")
            };
            let found = one[k].targets.iter().chain(&other[k].targets);
            for (found, expected) in found.zip(&targets) {
                assert!((found - expected).abs() < 1e-12);
            }
            let gradient = one[k].gradient.iter().zip(&other[k].gradient);
            let gradient: Vec<f64> = gradient.map(|(one, other)| one + other).collect();
            let params = &case.agent.critic_params()[k * n..(k + 1) * n];
            assert_slopes(&gradient, params, |params| {
                let (states, actions) = (case.minibatch.observations(), &case.minibatch.actions);
                let errors = case.q(params, states, actions).into_iter().zip(&targets);
                errors.map(|(q, y)| (q - y).powi(2)).sum::<f64>() / ROWS as f64
            });
        }
    }
}

#[test]
fn cs285_14_the_policys_gradient_is_that_of_the_loss_along_the_path() {
    for squash in [true, false] {
        let mut case = Case::new(squash, &[5]);
        case.both.actor_back(&case.agent, &case.minibatch, 0.3);
        let gradient = case.both.shards[0].d_actor.clone();
        let chosen: Vec<usize> = case
            .both
            .shards
            .iter()
            .map(|s| s.smaller[0].len())
            .collect();
        let first: usize = chosen.iter().sum();
        assert!(
            0 < first && first < ROWS,
            "both critics are the smaller somewhere"
        );
        let loss = |actor: &[f64]| {
            let states = case.minibatch.observations();
            let (actions, log_probs) = case.act(actor, states, 0);
            let q = case.smaller(case.agent.critic_params(), states, &actions);
            let terms = log_probs
                .iter()
                .zip(q)
                .map(|(log_prob, q)| 0.3 * log_prob - q);
            terms.sum::<f64>() / ROWS as f64
        };
        assert!((case.both.shards[0].loss - loss(case.agent.actor())).abs() < 1e-12);
        assert_slopes(&gradient, case.agent.actor(), loss);
    }
}

#[test]
fn virel_07_the_residual_is_of_two_actions_at_the_successor_or_of_one() {
    let mut case = Case::new(true, &[5]);
    let (states, next) = (
        case.minibatch.observations(),
        case.minibatch.next_observations(),
    );
    let params = case.agent.critic_params();
    let taken = case.smaller(params, states, &case.minibatch.actions);
    let values = [0, 1].map(|noise| {
        let (actions, _) = case.act(case.agent.actor(), next, noise);
        case.smaller(params, next, &actions)
    });
    let error = |row: usize, noise: usize| {
        let discount = if row == 2 { 0.0 } else { 0.99 };
        case.minibatch.rewards[row] + discount * values[noise][row] - taken[row]
    };
    for (estimator, other) in [(TwoActions, 1), (OneSample, 0)] {
        let product = |row| error(row, 0) * error(row, other);
        let expected = (0..ROWS).map(product).sum::<f64>() / ROWS as f64;
        let both = &mut case.both;
        let found = both.residual(&case.agent, &case.minibatch, estimator);
        assert!((found - expected).abs() < 1e-12);
    }
}

/// Where critics are linear in the action, the error's mean over actions is the error at the mean action.
#[test]
fn virel_07_what_two_actions_differ_by_adds_nothing_to_the_residual() {
    let mut case = Case::new(false, &[]);
    let n = case.agent.critic.n_params();
    let actor = case.agent.policy.n_params();
    for i in 0..n {
        case.agent.params[actor + n + i] = case.agent.params[actor + i];
    }
    let (states, next) = (
        case.minibatch.observations(),
        case.minibatch.next_observations(),
    );
    let params = case.agent.critic_params();
    let noise = std::mem::replace(&mut case.both.noise, [vec![0.0; 2 * ROWS], vec![]]);
    let (middle, _) = case.act(case.agent.actor(), next, 0);
    case.both.noise = noise;
    let values = case.q(&params[..n], next, &middle);
    let taken = case.q(&params[..n], states, &case.minibatch.actions);
    let square = |row: usize| {
        let discount = if row == 2 { 0.0 } else { 0.99 };
        (case.minibatch.rewards[row] + discount * values[row] - taken[row]).powi(2)
    };
    let expected = (0..ROWS).map(square).sum::<f64>() / ROWS as f64;
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(2);
    let mut draw = || {
        case.both.shake(&case.minibatch, rng);
        case.both.residual(&case.agent, &case.minibatch, TwoActions)
    };
    let estimate = Estimate::from_samples((0..4000).map(|_| draw())).unwrap();
    assert!(estimate.z(expected).abs() < 4.0, "{estimate:?} {expected}");
    assert!(
        estimate.standard_error < 0.1 * expected,
        "{estimate:?} {expected}"
    );
}
