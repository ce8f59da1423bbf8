//! The first step of each algorithm from sampled rollouts against the enumeration of all trajectories: environments,
//! rollouts, advantages and learners in one.

use kinglet_algorithms::{
    Algorithm, Baseline, Config, MaxentPg, NaturalPg, Ppo, PpoKl, Rate, Reinforce, Training,
};
use kinglet_envs::{Episode, Horizon, Rewards, TabularMdp, fixtures};
use kinglet_objectives::{Credit, PolicyGradient, policy_gradient};
use kinglet_tests::z_score::{assert_unbiased, mean_and_error};
use kinglet_trust_region::{DenseFisher, natural_gradient_dense, trust_region_step};
use ndarray::{Array1, Array2, Array3};

const SEEDS: u64 = 24;

/// The temperature, in units of TAB's rewards.
const TEMPERATURE: f64 = 0.7;

/// TAB with its rewards multiplied: by 1e-5, Adam's first step tells gradients of different size apart.
fn tab(scale: f64) -> TabularMdp {
    let tab = fixtures::tab();
    let rewards = Array2::from_shape_fn((3, 2), |(s, a)| scale * tab.reward(s, a));
    let (transitions, initial) = (tab.transitions().clone(), tab.initial().to_owned());
    let rewards = Rewards::StateAction(rewards);
    TabularMdp::new(transitions, rewards, initial, Horizon::Finite(3)).unwrap()
}

/// The logit of action 1 in each state.
const LOGITS: [f64; 3] = [0.3, -0.8, 1.1];

fn logits() -> Array3<f64> {
    Array3::from_shape_fn((3, 3, 2), |(_, s, a)| LOGITS[s] * a as f64)
}

/// By how much the first update moves the weights, from 2000 episodes.
fn moved(algorithm: &Algorithm, scale: f64, seed: u64) -> Vec<f64> {
    let mut config = Config::of(algorithm.clone());
    config.rollout.environments = 2000;
    config.rollout.steps = 3;
    config.policy.hidden.clear();
    config.advantage.baseline = Baseline::None;
    config.advantage.lambda = 1.0;
    config.advantage.discount = 1.0;
    config.advantage.normalise = false;
    config.advantage.temperature = Rate::Constant(TEMPERATURE * scale);
    let mdp = tab(scale);
    let make = |rng: &mut _| Episode::new(mdp.clone(), Some(3), rng);
    let mut training: Training<_, f64> = Training::new(&config, 6000, seed, make).unwrap();
    let weights = LOGITS.iter().flat_map(|logit| [0.0, *logit]);
    let before: Vec<f64> = weights.chain([0.0, 0.0]).collect();
    training.agent.params[..8].copy_from_slice(&before);
    training.update().unwrap();
    let pairs = training.agent.params.iter().zip(&before);
    pairs.map(|(after, before)| after - before).collect()
}

/// The exact gradient of the mean over steps by the weights and biases of a linear policy, at TAB's own scale.
fn exact() -> Vec<f64> {
    let choice = PolicyGradient {
        credit: Credit::RewardToGo,
        ..PolicyGradient::reinforce(TEMPERATURE)
    };
    let by_logits = policy_gradient(&tab(1.0), logits().view(), &choice).unwrap();
    let mut gradient = vec![0.0; 8];
    for ((_, s, a), g) in by_logits.mean.indexed_iter() {
        gradient[2 * s + a] += g / 3.0;
        gradient[6 + a] += g / 3.0;
    }
    gradient
}

/// The columns of rows, each as mean and standard error.
fn columns(rows: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<f64>>();
    (0..8).map(|i| mean_and_error(&column(i))).collect()
}

#[test]
fn deck_07_deck_22_sampled_first_gradients_are_the_enumerated_one_in_the_mean() {
    const SCALE: f64 = 1e-5;
    let learning_rate = Rate::Constant(0.01);
    let (epochs, minibatch, max_gradient_norm) = (1, 6000, f64::INFINITY);
    let exact = exact();
    for algorithm in [
        Algorithm::Reinforce(Reinforce {
            learning_rate,
            ..Reinforce::default()
        }),
        Algorithm::MaxentPg(MaxentPg {
            learning_rate,
            ..MaxentPg::default()
        }),
        Algorithm::Ppo(Ppo {
            epochs,
            minibatch,
            learning_rate,
            max_gradient_norm,
            ..Ppo::default()
        }),
        Algorithm::PpoKl(PpoKl {
            epochs,
            minibatch,
            learning_rate,
            max_gradient_norm,
            ..PpoKl::default()
        }),
    ] {
        // Adam's first step is 0.01 g / (|g| + 1e-5).
        let gradient = |s: f64| 1e-5 * s / (0.01 - s.abs()) / SCALE;
        let steps = (0..SEEDS).map(|seed| moved(&algorithm, SCALE, seed));
        let gradients: Vec<Vec<f64>> = steps
            .map(|step| step.into_iter().map(gradient).collect())
            .collect();
        for (i, found) in columns(&gradients).into_iter().enumerate() {
            let what = format!("{}, parameter {i}", algorithm.name());
            assert!(found.1 < 0.02, "{what}: {found:?}");
            assert_unbiased(&what, found, exact[i]);
        }
    }
}

/// F, by enumeration: the mean over steps of each state's F_s.
fn fisher() -> Array2<f64> {
    let mdp = tab(1.0);
    let policy = |s: usize| {
        [
            1.0 / (1.0 + LOGITS[s].exp()),
            1.0 / (1.0 + (-LOGITS[s]).exp()),
        ]
    };
    let mut f = Array2::zeros((8, 8));
    for path in mdp.trajectories(216).unwrap() {
        let chosen = path.states.iter().zip(&path.actions);
        let chosen: f64 = chosen.map(|(s, a)| policy(*s)[*a]).product();
        for s in &path.states {
            let p = policy(*s);
            let mut score = Array1::<f64>::zeros(8);
            for i in [2 * s, 6] {
                (score[i], score[i + 1]) = (-1.0, 1.0); // p₀ p₁ of it, twice over
            }
            let column = score.insert_axis(ndarray::Axis(1));
            let share = path.dynamics_probability * chosen / 3.0 * p[0] * p[1];
            f.scaled_add(share, &column.dot(&column.t()));
        }
    }
    f
}

/// The natural step is no linear function of the rollout; at 2000 episodes its bias is below the error of 24 seeds.
#[test]
fn deck_13_sampled_natural_steps_are_the_enumerated_one_in_the_mean() {
    let (damping, kl_bound) = (0.1, 0.01);
    let (matrix, gradient) = (fisher(), Array1::from(exact()));
    let natural = natural_gradient_dense(&DenseFisher { matrix }, gradient.view(), damping);
    let natural = natural.unwrap();
    let expected =
        &natural.direction * trust_region_step(kl_bound, natural.squared_length).unwrap();
    let algorithm = Algorithm::Npg(NaturalPg {
        kl_bound,
        damping,
        ..NaturalPg::default()
    });
    let steps: Vec<Vec<f64>> = (0..SEEDS)
        .map(|seed| moved(&algorithm, 1.0, seed))
        .collect();
    for (i, found) in columns(&steps).into_iter().enumerate() {
        assert!(found.1 < 0.02 && expected[i].abs() > found.1, "{found:?}");
        assert_unbiased(&format!("npg, parameter {i}"), found, expected[i]);
    }
}
