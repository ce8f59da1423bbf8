//! Reward networks against finite differences, exact tables and the sampling error of demonstrations.

mod recovery;
mod refusals;

use std::ops::ControlFlow;

use kinglet_distributions::Estimate;
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_nn::{Activation, Mlp};
use kinglet_objectives::{
    CausalIrl, FeatureReward, IrlModel, MaxEntIrl, RewardTable, irl_likelihood, policy_visits,
};
use ndarray::Array2;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::cliff::{cliff, expert, seen, visitation};
use super::*;
use crate::Rate;

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn go_on<P>() -> impl FnMut(P) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// Settings for N demonstrations: a standard normal prior for each parameter.
fn settings(n: usize, steps: u64, inner: InnerLoop) -> TabularIrl {
    let reward = RewardConfig {
        hidden: vec![32],
        weight_decay: 1.0 / n as f64,
        learning_rate: Rate::linear(2e-2, 0.0),
        ..RewardConfig::default()
    };
    TabularIrl {
        reward,
        steps,
        inner,
        ..TabularIrl::default()
    }
}

fn random_reward(mdp: &TabularMdp, seed: u64) -> Array2<f64> {
    let mut rng = generator(seed);
    let shape = (mdp.n_states(), mdp.n_actions());
    Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    let mut rng = generator(1);
    let net = Mlp::new(&[3, 5, 2], Activation::Tanh).unwrap();
    let params = net.init(&mut rng).to_vec();
    let mut reward = RewardNetwork::new(net, params);
    let mut uniform = |n| Array2::from_shape_simple_fn((4, n), || rng.random_range(-1.0..1.0));
    let (observations, weights): (Array2<f64>, Array2<f64>) = (uniform(3), uniform(2));
    let mut gradient = vec![0.0; reward.params.len()];
    reward.rewards(observations.view());
    reward.add_gradient(weights.view(), &mut gradient);
    for (i, slope) in gradient.iter().enumerate() {
        let at = |by: f64| {
            let mut moved = reward.clone();
            moved.params[i] += by;
            (&weights * &moved.rewards(observations.view())).sum()
        };
        let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((slope - difference).abs() < 1e-9, "{slope}, {difference}");
    }
}

/// What each parameter of a linear network adds to each r(s, a), `[S A, n_params]`.
fn features(n_states: usize, n_actions: usize) -> Array2<f64> {
    let shape = (n_states * n_actions, (n_states + 1) * n_actions);
    Array2::from_shape_fn(shape, |(i, k)| {
        let of_all = k >= n_states * n_actions && k % n_actions == i % n_actions;
        f64::from(u8::from(k == i || of_all))
    })
}

/// The gradient of a linear network over trajectories of the inner loop's law, one by one, against an exact model's.
fn compare(mdp: &TabularMdp, inner: &mut Inner, model: impl IrlModel) {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut rng = generator(2);
    let net = Mlp::new(&[n_states, n_actions], Activation::Tanh).unwrap();
    let params: Vec<f64> = net.init(&mut rng).to_vec();
    let mut model = FeatureReward::new(model, features(n_states, n_actions));
    let mut exact = vec![0.0; params.len()];
    model.normaliser(&params, &mut exact);
    let mut network = RewardNetwork::new(net, params);
    let reward = network.table();
    let law = inner.follow(mdp, reward, &mut rng).unwrap();
    let samples: Vec<Vec<f64>> = (0..4000)
        .map(|_| {
            let mut gradient = vec![0.0; exact.len()];
            let visits = law.sampled_visits(mdp, 1, &mut rng);
            network.add_gradient(visits.view(), &mut gradient);
            gradient
        })
        .collect();
    for (k, exact) in exact.iter().enumerate() {
        let estimate = Estimate::from_samples(samples.iter().map(|sample| sample[k])).unwrap();
        let off = (estimate.mean - exact).abs();
        assert!(
            off < 1e-12 || off < 4.0 * estimate.standard_error,
            "{k}: {estimate:?}, {exact}"
        );
    }
}

#[test]
fn cs285_16_the_sampled_gradient_of_a_linear_network_has_the_exact_one_for_its_mean() {
    for mdp in [tab(), tabdet(), cliff(0.3).unwrap()] {
        let table = RewardTable::StateAction;
        let causal = CausalIrl::new(&mdp, table).unwrap();
        compare(&mdp, &mut Inner::SoftValues, causal);
        let posterior = MaxEntIrl::new(&mdp, table).unwrap();
        compare(&mdp, &mut Inner::Posterior, posterior);
    }
}

/// The expert's own reward is where the causal gradient vanishes, and the posterior's does not but without luck.
#[test]
fn cs285_17_the_posteriors_gradient_at_the_experts_reward() {
    for (slip, biased) in [(0.0, false), (0.3, true)] {
        let mdp = cliff(slip).unwrap();
        let reward = Array2::from_shape_fn((12, 4), |(s, a)| mdp.reward(s, a));
        let counts = policy_visits(&mdp, expert(&mdp).unwrap().view()).unwrap();
        let slope = |model: &mut dyn FnMut(&mut [f64]) -> f64| {
            let mut gradient = [0.0; 48];
            model(&mut gradient);
            gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()))
        };
        let (counts, reward) = (counts.as_slice().unwrap(), reward.as_slice().unwrap());
        let mut causal = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
        let mut posterior = MaxEntIrl::new(&mdp, RewardTable::StateAction).unwrap();
        assert!(slope(&mut |g| irl_likelihood(&mut causal, counts, reward, g)) < 1e-12);
        let off = slope(&mut |g| irl_likelihood(&mut posterior, counts, reward, g));
        assert!(if biased { off > 0.1 } else { off < 1e-12 }, "{off}");
    }
}

#[test]
fn demonstrations_are_drawn_from_the_policy() {
    let mdp = cliff(0.3).unwrap();
    let policy = expert(&mdp).unwrap();
    let drawn = Demonstrations::draw(&mdp, policy.view(), 4000, &mut generator(3)).unwrap();
    let exact = visitation(&mdp, &policy).unwrap();
    for ((at, share), p) in seen(&drawn, exact.dim())
        .unwrap()
        .indexed_iter()
        .zip(&exact)
    {
        let error = (p * (1.0 - p) / 4000.0).sqrt();
        assert!((share - p).abs() <= 4.5 * error, "{at:?}: {share}, {p}");
    }
}
