//! The gradient of a minibatch's whole loss, against differences of the loss, whose formula is written out here.

use kinglet_envs::Actions;
use rand::RngExt;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::ppo::clipped_loss;
use crate::ppo_kl::penalised_loss;
use crate::samples::tests::gathered;
use crate::{Config, Init};

const ROWS: usize = 40;
const INPUTS: usize = 3;
const WIDTH: f64 = 0.1;
const COEFFICIENT: f64 = 0.7;

const PASSES: Passes = Passes {
    epochs: 1,
    minibatch: ROWS,
    learning_rate: 0.0,
    entropy_coefficient: 0.3,
    value_coefficient: 0.8,
    max_gradient_norm: f64::INFINITY,
    kl_limit: f64::INFINITY,
};

/// The surrogate of one sample, by ρ and Â, and β of the divergence's mean.
type Surrogate = (fn(f64, f64) -> f64, f64);

/// A minibatch that the old policy gathered, and a policy that has moved since.
struct Case {
    agent: Agent<f64>,
    minibatches: Minibatches<f64>,
}

impl Case {
    fn new(actions: &Actions) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let mut config = Config::default();
        (config.policy.hidden, config.critic.hidden) = (vec![4], vec![5]);
        config.policy.init = Init::Lecun;
        let mut agent = Agent::new(&config, INPUTS, actions, &mut rng).unwrap();
        let mut minibatches = Minibatches::new(&agent);
        let mut numbers =
            |n: usize| -> Vec<f64> { (0..n).map(|_| rng.random_range(-2.0..2.0)).collect() };
        minibatches.observations = numbers(ROWS * INPUTS);
        minibatches.returns = numbers(ROWS);
        minibatches.rows.advantages = numbers(ROWS);
        let moves = numbers(agent.params.len());
        let shape = (ROWS, INPUTS);
        let x = ArrayView2::from_shape(shape, &minibatches.observations).unwrap();
        let (policy, memory, rows) = (&agent.policy, &mut agent.memory, &mut minibatches.rows);
        let n = policy.n_params();
        rows.laws = policy.forward(&agent.params[..n], x, memory).to_vec();
        rows.actions = vec![0.0; ROWS * policy.n_action()];
        let actions = rows.actions.chunks_mut(policy.n_action());
        let draws = actions.enumerate();
        rows.log_probs = draws
            .map(|(row, action)| policy.draw(row, memory, action, &mut rng))
            .collect();
        let pairs = agent.params.iter_mut().zip(moves);
        pairs.for_each(|(param, by)| *param += 0.1 * by);
        Self { agent, minibatches }
    }

    /// The loss at other parameters, as the papers write it.
    fn loss(&mut self, params: &[f64], (surrogate, coefficient): Surrogate) -> f64 {
        let Self { agent, minibatches } = self;
        let (policy, memory, rows) = (&agent.policy, &mut agent.memory, &minibatches.rows);
        let x = ArrayView2::from_shape((ROWS, INPUTS), &minibatches.observations).unwrap();
        policy.forward(&params[..policy.n_params()], x, memory);
        let [mut log_probs, mut entropies, mut kls] = [const { [0.0; ROWS] }; 3];
        policy.log_probs(&rows.actions, memory, &mut log_probs);
        policy.entropies(memory, &mut entropies);
        policy.kls(&rows.laws, memory, &mut kls);
        let critic = &params[policy.n_params()..];
        let values = agent.critic.forward(critic, x, &mut agent.cache);
        let each = (0..ROWS).map(|i| {
            let ratio = (log_probs[i] - rows.log_probs[i]).exp();
            let error = values[[i, 0]] - minibatches.returns[i];
            coefficient * kls[i] - surrogate(ratio, rows.advantages[i]) - 0.3 * entropies[i]
                + 0.8 * error * error
        });
        each.sum::<f64>() / ROWS as f64
    }

    /// Compares the gradient, and gives what the actor saw.
    fn check(
        mut self,
        surrogate: Surrogate,
        mut actor: impl FnMut(&Policy, &mut Rows<f64>, &mut Memory<f64>) -> Seen + Send,
    ) -> (Seen, Vec<f64>) {
        let (agent, own) = (&mut self.agent, &mut self.minibatches);
        let (seen, squares) = own.differentiate(agent, Baseline::Critic, PASSES, &mut actor);
        let (gradient, params) = (own.gradient.clone(), agent.params.clone());
        let ratios = own.rows.ratios.clone();
        for (i, found) in gradient.iter().enumerate() {
            let mut at = |h: f64| {
                let mut params = params.clone();
                params[i] += h;
                self.loss(&params, surrogate)
            };
            let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
            assert!((found - expected).abs() < 1e-7, "{i}: {found} {expected}");
        }
        // The loss that is told is the actor's alone; its divergence is an estimate of the one descended.
        let values: f64 = 0.8 * squares / ROWS as f64;
        let without = self.loss(&params, (surrogate.0, 0.0));
        let entropies = {
            let mut entropies = [0.0; ROWS];
            self.agent
                .policy
                .entropies(&self.agent.memory, &mut entropies);
            0.3 * entropies.iter().sum::<f64>() / ROWS as f64
        };
        let told = seen.loss - surrogate.1 * seen.kl + values - entropies;
        assert!((told - without).abs() < 1e-12, "{told} {without}");
        (seen, ratios)
    }
}

fn actions() -> [Actions; 2] {
    let (low, high) = (vec![-1.0; 2], vec![1.0; 2]);
    [Actions::Discrete(3), Actions::Box { low, high }]
}

#[test]
fn deck_22_ppo_descends_its_clipped_loss() {
    let clipped = |ratio: f64, advantage: f64| {
        let clipped = ratio.clamp(1.0 - WIDTH, 1.0 + WIDTH);
        (ratio * advantage).min(clipped * advantage)
    };
    for actions in actions() {
        let case = Case::new(&actions);
        let advantages = case.minibatches.rows.advantages.clone();
        let (seen, ratios) = case.check((clipped, 0.0), |policy, rows, memory| {
            clipped_loss(policy, rows, memory, WIDTH)
        });
        let pairs = ratios.iter().zip(&advantages);
        let gone =
            |ratio: f64, a: f64| a > 0.0 && ratio > 1.0 + WIDTH || a < 0.0 && ratio < 1.0 - WIDTH;
        let flat = pairs.filter(|(ratio, a)| gone(**ratio, **a)).count();
        assert!(flat > 2 && flat < ROWS - 2, "{flat}");
        assert_eq!(seen.clip_fraction, flat as f64 / ROWS as f64);
        let terms = ratios.iter().map(|ratio| ratio - 1.0 - ratio.ln());
        let kl = terms.sum::<f64>() / ROWS as f64;
        assert!((seen.kl - kl).abs() < 1e-14 && kl > 0.0);
    }
}

#[test]
fn deck_21_ppo_with_a_penalty_descends_its_penalised_loss() {
    for actions in actions() {
        let case = Case::new(&actions);
        let surrogate = (|ratio: f64, advantage: f64| ratio * advantage) as fn(f64, f64) -> f64;
        case.check((surrogate, COEFFICIENT), |policy, rows, memory| {
            penalised_loss(policy, rows, memory, COEFFICIENT)
        });
    }
}

#[test]
fn a_pass_tells_the_mean_over_its_minibatches_and_normalises_in_each() {
    let (mut agent, batch, mut appraisal) = gathered(&Config::default());
    let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
    let mut minibatches = Minibatches::new(&agent);
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
    let passes = Passes {
        minibatch: 100,
        ..PASSES
    };
    let (mut sum, mut counts) = (0.0, Vec::new());
    let passed = minibatches.run(&mut agent, &samples, None, passes, rng, |_, rows, _| {
        let count = rows.advantages.len() as f64;
        let mean = rows.advantages.iter().sum::<f64>() / count;
        let squares: f64 = rows.advantages.iter().map(|a| a * a).sum();
        assert!(mean.abs() < 1e-12 && (squares / (count - 1.0) - 1.0).abs() < 1e-6);
        counts.push(count);
        sum += count * count;
        Seen {
            loss: count,
            ..Seen::default()
        }
    });
    assert_eq!(counts, [100.0, 100.0, 56.0]);
    assert!((passed.seen.loss - sum / 256.0).abs() < 1e-12);
}

#[test]
fn a_gradient_is_cut_to_its_greatest_length_and_the_passes_end_at_the_limit() {
    let (mut agent, batch, mut appraisal) = gathered(&Config::default());
    let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
    let passes = Passes {
        epochs: 5,
        minibatch: 256,
        max_gradient_norm: 1e-3,
        ..PASSES
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut run = |passes: Passes, kl: f64| {
        let (mut minibatches, mut count) = (Minibatches::new(&agent), 0);
        let passed = minibatches.run(&mut agent, &samples, None, passes, &mut rng, |_, _, _| {
            count += 1;
            Seen {
                kl,
                ..Seen::default()
            }
        });
        let norm = minibatches.gradient.iter().map(|g| g * g).sum::<f64>();
        (norm.sqrt(), passed.gradient_norm, count)
    };
    let (cut, told, count) = run(passes, 0.3);
    assert!((cut - 1e-3).abs() < 1e-12 && told > 0.01, "{cut} {told}");
    assert_eq!(count, 5);
    let limited = |kl_limit| Passes { kl_limit, ..passes };
    assert_eq!(run(limited(0.2), 0.3).2, 1);
    assert_eq!(run(limited(0.4), 0.3).2, 5);
}
