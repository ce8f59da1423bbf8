//! The first step of each variational algorithm, in expectation, and what is left of them without variance.

use kinglet_envs::{Actions, TabularMdp, Trajectory, fixtures::tab};
use kinglet_objectives::{Credit, PolicyGradient, policy_gradient};
use ndarray::Array3;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::{
    Algorithm, Baseline, Batch, Config, PpoKl, PpoVpg, Rate, Reinforce, Trpo, TrpoVpg, Vpg,
};

const T: usize = 3;
const S: usize = 3;
const A: usize = 2;
const PATHS: usize = 216;

/// A law over linear policies of one-hot states, without a prior's or an entropy's pull.
fn posterior(parameterisation: Parameterisation) -> Posterior {
    Posterior {
        parameterisation,
        temperature: Rate::Constant(0.0),
        std: 0.4,
        prior_std: 0.8,
        latent: 1,
    }
}

fn agent(algorithm: Algorithm) -> Agent<f64> {
    let mut config = Config::of(algorithm);
    config.policy.hidden.clear();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let mut agent = Agent::new(&config, S, &Actions::Discrete(A), &mut rng).unwrap();
    for (i, param) in agent.params.iter_mut().enumerate() {
        *param = 0.7 * (1.0 + 2.0 * i as f64).sin();
    }
    agent
}

fn vpg(posterior: Posterior) -> Algorithm {
    Algorithm::Vpg(Vpg {
        posterior,
        ..Vpg::default()
    })
}

/// Every trajectory of the problem for each member, weighed by its probability: a batch whose mean is an expectation.
struct Everything {
    batch: Batch<f64>,
    advantages: Vec<f64>,
    weights: Vec<f64>,
}

impl Everything {
    /// `see(t, s)` is what a policy sees of a state at a time.
    fn new(
        agent: &Agent<f64>,
        thetas: &[Vec<f64>],
        see: impl Fn(usize, usize) -> Vec<f64>,
    ) -> Self {
        let (mdp, policy) = (tab(), &agent.policy);
        let mut batch = Batch::new(thetas.len() * PATHS, T, policy).unwrap();
        let (mut advantages, mut weights) = (Vec::new(), Vec::new());
        let mut memory = Memory::default();
        for (k, theta) in thetas.iter().enumerate() {
            for (number, path) in mdp.trajectories(PATHS).unwrap().enumerate() {
                let rows = (k * PATHS + number) * T..(k * PATHS + number + 1) * T;
                for (row, t) in rows.clone().zip(0..) {
                    let seen = ndarray::Array1::from(see(t, path.states[t]));
                    batch.observations.row_mut(row).assign(&seen);
                    batch.actions[row] = path.actions[t] as f64;
                }
                let own = batch.observations.slice(s![rows.clone(), ..]);
                policy.forward(theta, own, &mut memory);
                let log_probs = &mut batch.log_probs[rows.clone()];
                policy.log_probs(&batch.actions[rows], &memory, log_probs);
                let log_prob: f64 = log_probs.iter().sum();
                weights.extend([path.dynamics_probability * log_prob.exp() * PATHS as f64; T]);
                advantages.extend(rewards_to_go(&mdp, &path));
            }
        }
        Self {
            batch,
            advantages,
            weights,
        }
    }

    fn samples(&self) -> Samples<'_, f64> {
        Samples {
            batch: &self.batch,
            advantages: &self.advantages,
            values: &self.advantages,
            returns: &self.advantages,
            weights: Some(&self.weights),
            baseline: Baseline::None,
            normalise: false,
        }
    }
}

fn rewards_to_go(mdp: &TabularMdp, path: &Trajectory) -> Vec<f64> {
    let reward = |t: usize| mdp.reward(path.states[t], path.actions[t]);
    (0..T).map(|t| (t..T).map(reward).sum()).collect()
}

fn one_hot(state: usize) -> Vec<f64> {
    (0..S).map(|s| f64::from(u8::from(s == state))).collect()
}

/// The gradient of the mean reward of a step by the logits of each time, state and action, by enumeration.
fn by_logits(logits: impl Fn(usize, usize, usize) -> f64) -> Array3<f64> {
    let logits = Array3::from_shape_fn((T, S, A), |(t, s, a)| logits(t, s, a));
    let choice = PolicyGradient {
        credit: Credit::RewardToGo,
        ..PolicyGradient::reinforce(0.0)
    };
    policy_gradient(&tab(), logits.view(), &choice)
        .unwrap()
        .mean
        / T as f64
}

/// From logits to the weights and biases of a linear network of one-hot states.
fn by_linear(by_logits: &Array3<f64>) -> Vec<f64> {
    let mut out = vec![0.0; S * A + A];
    for ((_, s, a), g) in by_logits.indexed_iter() {
        out[s * A + a] += g;
        out[S * A + a] += g;
    }
    out
}

fn logit(theta: &[f64], s: usize, a: usize) -> f64 {
    theta[s * A + a] + theta[S * A + a]
}

fn exact(theta: &[f64]) -> Vec<f64> {
    by_linear(&by_logits(|_, s, a| logit(theta, s, a)))
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        assert!((x - y).abs() < tolerance, "number {i}: {x}, expected {y}");
    }
}

/// The step of VPG and TRPO-VPG, and the first of PPO-VPG: eq. (4) with the exact ∂R/∂θ of each member.
#[test]
fn xu_08_xu_27_the_first_step_is_the_enumerated_one() {
    let settings = posterior(Parameterisation::BayesianNetwork);
    let agent = agent(vpg(settings.clone()));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let mut law = Variational::new(settings, &agent);
    let thetas = law.behaviours(&agent, 3, &mut rng).unwrap().to_vec();
    let everything = Everything::new(&agent, &thetas, |_, s| one_hot(s));
    let n = agent.policy.n_params();
    for temperature in [0.0, 0.3] {
        let mut expected = vec![0.0; 2 * n];
        for theta in &thetas {
            for (i, g) in exact(theta).into_iter().enumerate() {
                expected[i] += g / 3.0;
                expected[n + i] += g / 3.0 * (theta[i] - law.phi[i]); // σ ξ
            }
        }
        for i in 0..n {
            expected[i] -= temperature * law.phi[i] / 0.64;
            expected[n + i] += temperature * (1.0 - 0.16 / 0.64);
        }
        let mut found = vec![f64::NAN; 2 * n];
        law.ascend(&agent, &everything.samples(), temperature, &mut found);
        assert_close(&found, &expected, 1e-13);
    }
}

/// The simple policy with noise for each time and state: its logits are a table of μ(s) + ξ σ(s).
#[test]
fn xu_14_the_simple_policys_first_step_is_the_enumerated_one() {
    let settings = posterior(Parameterisation::Simple);
    let agent = agent(vpg(settings.clone()));
    let xi =
        |t: usize, s: usize, a: usize| (1.0 + t as f64 + 3.0 * s as f64 + 7.0 * a as f64).sin();
    let see = |t, s| [one_hot(s), (0..A).map(|a| xi(t, s, a)).collect()].concat();
    let everything = Everything::new(&agent, &[agent.actor().to_vec()], see);
    let (mean, scale) = agent.actor().split_at(S * A + A);
    let spread = |t, s, a| xi(t, s, a) * logit(scale, s, a).exp();
    let by_theta = by_logits(|t, s, a| logit(mean, s, a) + spread(t, s, a));
    let mut by_scale = by_theta.clone();
    by_scale
        .indexed_iter_mut()
        .for_each(|((t, s, a), g)| *g *= spread(t, s, a));
    let expected = [by_linear(&by_theta), by_linear(&by_scale)].concat();
    let mut found = vec![f64::NAN; expected.len()];
    let mut law = Variational::new(settings, &agent);
    law.ascend(&agent, &everything.samples(), 0.0, &mut found);
    assert_close(&found, &expected, 1e-13);
}

/// The policy's parameters after one update from every trajectory.
fn learnt(algorithm: Algorithm) -> Vec<f64> {
    let mut agent = agent(algorithm.clone());
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut learner = algorithm.on_policy(&agent);
    learner.behaviours(&agent, 1, &mut rng);
    let everything = Everything::new(&agent, &[agent.actor().to_vec()], |_, s| one_hot(s));
    let before = agent.actor().to_vec();
    let samples = everything.samples();
    learner.learn(&mut agent, &samples, 0.5, &mut rng).unwrap();
    assert_ne!(agent.actor(), before);
    agent.actor().to_vec()
}

/// With σ → 0 and α = 0, each is the algorithm that it came from.
#[test]
fn xu_08_xu_20_xu_25_without_variance_they_are_reinforce_trpo_and_ppo() {
    let posterior = Posterior {
        std: 1e-40,
        ..posterior(Parameterisation::BayesianNetwork)
    };
    let reinforce = learnt(Algorithm::Reinforce(Reinforce::default()));
    assert_close(&learnt(vpg(posterior.clone())), &reinforce, 1e-13);

    let trpo = learnt(Algorithm::Trpo(Trpo::default()));
    let variational = TrpoVpg {
        posterior: posterior.clone(),
        ..TrpoVpg::default()
    };
    assert_close(&learnt(Algorithm::TrpoVpg(variational)), &trpo, 1e-10);

    let (minibatch, kl_coefficient) = (10_000, 3.0);
    let ppo = learnt(Algorithm::PpoKl(PpoKl {
        minibatch,
        kl_coefficient,
        entropy_coefficient: 0.1,
        ..PpoKl::default()
    }));
    let variational = PpoVpg {
        posterior,
        minibatch,
        kl_coefficient,
        entropy_coefficient: 0.1,
        ..PpoVpg::default()
    };
    assert_close(&learnt(Algorithm::PpoVpg(variational)), &ppo, 1e-12);
}

/// TRPO-VPG keeps E_ξ KL within its bound, and its step is the natural one of the variational gradient.
#[test]
fn xu_21_a_step_stays_in_the_trust_region() {
    for parameterisation in [
        Parameterisation::BayesianNetwork,
        Parameterisation::Auxiliary,
    ] {
        let algorithm = Algorithm::TrpoVpg(TrpoVpg {
            posterior: Posterior {
                temperature: Rate::Constant(0.01),
                ..posterior(parameterisation)
            },
            ..TrpoVpg::default()
        });
        let mut agent = agent(algorithm.clone());
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut learner = algorithm.on_policy(&agent);
        let drawn = learner.behaviours(&agent, 3, &mut rng);
        let thetas = drawn.map_or_else(|| vec![agent.actor().to_vec(); 3], <[_]>::to_vec);
        let noise = agent.policy.body().n_noise();
        let see = |t, s| [one_hot(s), vec![0.3 * t as f64 - 0.2; noise]].concat();
        let everything = Everything::new(&agent, &thetas, see);
        let samples = everything.samples();
        let found = learner.learn(&mut agent, &samples, 0.0, &mut rng).unwrap();
        let kl = found.kl.unwrap();
        assert!(kl > 0.002 && kl <= 0.01, "{parameterisation:?}: {kl}");
    }
}
