//! Two algorithms that are one in a limit.

use kinglet_envs::{Actions, CartPole, Episode};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::everything::{Everything, SMALL};
use super::{assert_close, config, gradient_algorithms};
use crate::{
    Agent, Algorithm, Baseline, Batch, Config, Memory, NaturalPg, PpoKl, Rate, Samples, Scale,
    Training, Trpo,
};

/// Forty random states, what a policy did there, and what that is taken to have been worth.
struct Seen {
    agent: Agent<f64>,
    batch: Batch<f64>,
    advantages: Vec<f64>,
}

impl Seen {
    fn new(config: &Config, actions: &Actions) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let mut agent: Agent<f64> = Agent::new(config, 3, actions, &mut rng).unwrap();
        let mut any = || rng.random_range(-1.0..1.0);
        agent
            .params
            .iter_mut()
            .for_each(|param| *param = 0.8 * any());
        let mut batch = Batch::new(40, 1, &agent.policy).unwrap();
        batch.observations.iter_mut().for_each(|x| *x = any());
        let advantages = (0..40).map(|_| SMALL * any()).collect();
        let (policy, mut memory) = (&agent.policy, Memory::default());
        policy.forward(agent.actor(), batch.observations.view(), &mut memory);
        for (row, action) in batch.actions.chunks_mut(policy.n_action()).enumerate() {
            policy.draw(row, &memory, action, &mut rng);
        }
        policy.log_probs(&batch.actions, &memory, &mut batch.log_probs);
        Self {
            agent,
            batch,
            advantages,
        }
    }

    /// By how much an update moves the policy's parameters.
    fn learn(&self, algorithm: &Algorithm) -> Vec<f64> {
        let mut agent = self.agent.clone();
        let samples = Samples {
            batch: &self.batch,
            advantages: &self.advantages,
            values: &self.advantages,
            returns: &self.advantages,
            weights: None,
            baseline: Baseline::None,
            normalise: false,
        };
        let mut learner = algorithm.on_policy(&agent);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(12);
        learner.learn(&mut agent, &samples, 0.0, &mut rng).unwrap();
        let pairs = agent.actor().iter().zip(self.agent.actor());
        pairs.map(|(after, before)| after - before).collect()
    }
}

/// The gradient that Adam's first step of rate 0.01 went up.
fn gradient(step: &[f64]) -> Vec<f64> {
    step.iter().map(|s| 1e-5 * s / (0.01 - s.abs())).collect()
}

/// Whatever acts: categories; normals of fixed, learnt and state-dependent scale, squashed or not; noise in features.
#[test]
fn deck_22_xu_20_the_first_gradient_of_ppo_and_trpo_is_the_policy_gradient() {
    let reals = Actions::Box {
        low: vec![-1.0; 2],
        high: vec![1.0; 2],
    };
    let scales = [
        Scale::Fixed,
        Scale::Learned,
        Scale::OfState,
        Scale::OfFeatures,
    ];
    let cases = scales
        .iter()
        .flat_map(|scale| [(&reals, *scale, false), (&reals, *scale, true)]);
    for (actions, scale, squash) in cases.chain([(&Actions::Discrete(4), Scale::Fixed, false)]) {
        let mut config = config(Algorithm::default());
        config.policy.hidden = vec![5];
        (config.policy.scale, config.policy.squash) = (scale, squash);
        let seen = Seen::new(&config, actions);
        let [reinforce, _, ppo, ppo_kl] = gradient_algorithms().map(|each| seen.learn(&each));
        let what = format!("{actions:?} {scale:?} {squash}");
        let policy_gradient = gradient(&reinforce);
        let size = policy_gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!(size > 1e-8, "{what}: {size}");
        assert_close(&gradient(&ppo), &policy_gradient, 1e-10 * size, &what);
        assert_close(&gradient(&ppo_kl), &policy_gradient, 1e-10 * size, &what);
        // Where the metric is all damping, TRPO's direction is its gradient.
        let trpo = seen.learn(&Algorithm::Trpo(Trpo {
            damping: 1e10,
            ..Trpo::default()
        }));
        let length = trpo.iter().map(|s| s * s).sum::<f64>().sqrt();
        let direction: Vec<f64> = trpo.iter().map(|s| s * size / length).collect();
        assert_close(&direction, &policy_gradient, 1e-6 * size, &what);
    }
}

/// max L − β KL stops where the trust region of size gᵀF⁻¹g / 2β² does, up to O(1/β²) in the logits, while both go as 1/β.
#[test]
fn deck_21_xu_25_a_penalty_and_the_trust_region_of_its_size_agree_to_second_order() {
    let everything = Everything::new(1, 1.0);
    let npg = |kl_bound: f64| {
        everything.learn(&config(Algorithm::Npg(NaturalPg {
            kl_bound,
            damping: 0.0,
            ..NaturalPg::default()
        })))
    };
    let squared_length = npg(0.01).diagnostics.gradient_norm.unwrap().powi(2);
    let logit = |moved: &[f64], s: usize| {
        let p = everything.policy_after(moved, s);
        (p[1] / p[0]).ln()
    };
    let mut gaps = Vec::new();
    for beta in [16.0, 32.0, 64.0] {
        let penalised = everything.learn(&config(Algorithm::PpoKl(PpoKl {
            epochs: 20_000,
            minibatch: 1000,
            learning_rate: Rate::Constant(2e-5),
            kl_coefficient: beta,
            max_gradient_norm: f64::INFINITY,
            ..PpoKl::default()
        })));
        let kl_bound = squared_length / (2.0 * beta * beta);
        let bounded = npg(kl_bound);
        let off = (0..3).map(|s| (logit(&penalised.moved, s) - logit(&bounded.moved, s)).abs());
        gaps.push(off.fold(0.0, f64::max));
        let ratio = penalised.diagnostics.kl.unwrap() / kl_bound;
        assert!((ratio - 1.0).abs() < 2.0 / beta, "β = {beta}: {ratio}");
    }
    for pair in gaps.windows(2) {
        let slope = (pair[0] / pair[1]).log2();
        assert!((1.8..2.2).contains(&slope), "{gaps:?}");
    }
}

#[test]
fn deck_04_at_temperature_zero_the_maximum_entropy_gradient_is_reinforce_to_the_bit() {
    let trained = |algorithm: &str, temperature: f64| {
        let text = format!("name = {algorithm:?}");
        let mut config = Config::of(toml::from_str(&text).unwrap());
        config.advantage = Config::default().advantage;
        config.advantage.temperature = Rate::Constant(temperature);
        config.rollout.steps = 64;
        let make = |rng: &mut _| Episode::new(CartPole::default(), Some(500), rng);
        let mut training: Training<_> = Training::new(&config, 2048, 3, make).unwrap();
        while !training.is_done() {
            training.update().unwrap();
        }
        training.agent.params
    };
    let reinforce = trained("reinforce", 0.0);
    assert_eq!(trained("maxent-pg", 0.0), reinforce);
    assert_ne!(trained("maxent-pg", 0.1), reinforce);
    assert_eq!(trained("maxent-pg", 0.1), trained("reinforce", 0.1));
}
