//! The two programs of control, over any environment.

use kinglet_envs::fixtures::tab;
use kinglet_envs::{CartPole, CellRewards, Exit, GridRules, Gridworld, Horizon, Moves};
use kinglet_nn::{Activation, Mlp};
use kinglet_objectives::{elbo, soft_value_iteration_finite};
use kinglet_svi::direction::Pointing;
use kinglet_svi::{
    Baseline, ControlGuide, ControlModel, Credit, Elbo, Error, GaussianNetwork, Gradient, Name,
    Params, Policy, Program, Scalar, SoftmaxTable, Svi, Trace,
};
use ndarray::Array3;

use crate::measure::rng;

fn table_of(svi: &Svi, shape: (usize, usize, usize)) -> Array3<f64> {
    let logits = svi.params().get("logits").unwrap();
    let mut table = Array3::from_shape_vec(shape, logits).unwrap();
    for mut row in table.rows_mut() {
        row.mapv_inplace(f64::exp);
        let sum = row.sum();
        row /= sum;
    }
    table
}

/// log p − log q is Σ (r − log q) − T log A: dynamics and first state cancel.
#[test]
fn deck_16_transitions_cancel() {
    let (mdp, horizon) = (tab(), 3);
    let model = ControlModel { env: &mdp, horizon };
    let policy = SoftmaxTable {
        states: 3,
        times: 3,
    };
    let guide = ControlGuide {
        env: &mdp,
        horizon,
        policy,
    };
    for seed in 0..20 {
        let trace = Trace::<f64>::of(&model, &guide, &Params::default(), &mut rng(seed)).unwrap();
        let rewards = (0..3)
            .map(|t| trace.log_prob(("O", t)).unwrap())
            .sum::<f64>();
        let log_q = 3.0 * 0.5f64.ln();
        assert!((trace.log_q() - log_q).abs() < 1e-14);
        assert!((trace.log_p() - (rewards + log_q)).abs() < 1e-14);
        assert!(trace.log_prob(("O", 3)).is_none());
        assert_eq!(trace.values().len(), 3 + 4);
    }
}

/// The estimator's ELBO and gradient on TAB have the exact ones for their means.
#[test]
fn deck_16_the_estimate_is_the_exact_bound_of_the_policy() {
    let (mdp, horizon) = (tab(), 3);
    let model = ControlModel { env: &mdp, horizon };
    let policy = SoftmaxTable {
        states: 3,
        times: 3,
    };
    let guide = ControlGuide {
        env: &mdp,
        horizon,
        policy,
    };
    for credit in [Credit::Whole, Credit::Dependencies] {
        let estimator = Elbo {
            credit,
            ..Elbo::default()
        };
        let found = crate::measure::sample(&model, &guide, estimator, 20_000);
        let prior = -3.0 * 2f64.ln();
        let bound = |theta: &[f64]| {
            let mut table = Array3::from_shape_vec((3, 3, 2), theta.to_vec()).unwrap();
            for mut row in table.rows_mut() {
                row.mapv_inplace(f64::exp);
                let sum = row.sum();
                row /= sum;
            }
            elbo(&mdp, table.view(), 1.0).unwrap() + prior
        };
        let zero = vec![0.0; 18];
        let slope = |i: usize| {
            let at = |h: f64| {
                let mut theta = zero.clone();
                theta[i] = h;
                bound(&theta)
            };
            (at(1e-4) - at(-1e-4)) / 2e-4
        };
        let exact: Vec<f64> = (0..18).map(slope).collect();
        for (i, exact) in exact.iter().enumerate() {
            let error = (found.variance[i] / found.n as f64).sqrt();
            let off = (found.mean[i] - exact).abs();
            assert!(off < 4.0 * error + 1e-7, "{credit:?} {i}: {off} ± {error}");
        }
        let error = (found.elbo.1 / found.n as f64).sqrt();
        assert!((found.elbo.0 - bound(&zero)).abs() < 4.0 * error);
    }
}

/// A small gridworld with slips: the bound rises to near the best one.
#[test]
fn deck_16_a_gridworld_is_learnt() {
    let rules = GridRules {
        moves: Moves::Four,
        slip: 0.1,
        rewards: CellRewards {
            step: -0.5,
            cliff: -3.0,
            goal: 0.0,
        },
        after_goal: Exit::Absorbing,
        after_cliff: Exit::Free,
        horizon: Horizon::Finite(8),
    };
    let world = Gridworld::from_map("S..\n.C.\n..G", rules).unwrap();
    let (mdp, horizon) = (&world.mdp, 8);
    let states = mdp.n_states();
    let model = ControlModel { env: mdp, horizon };
    let policy = SoftmaxTable {
        states,
        times: horizon,
    };
    let guide = ControlGuide {
        env: mdp,
        horizon,
        policy,
    };
    let estimator = Elbo {
        particles: 16,
        credit: Credit::Dependencies,
        baseline: Baseline::LeaveOneOut,
        ..Elbo::default()
    };
    let best = soft_value_iteration_finite(mdp, 1.0).unwrap();
    let best = best.v.row(0).dot(&mdp.initial());
    let gains: Vec<f64> = (0..3)
        .map(|seed| {
            let mut svi = Svi::new(estimator, 0.05);
            let mut generator = rng(seed);
            svi.estimate(&model, &guide, &mut generator).unwrap();
            let value = |svi: &Svi| {
                let policy = table_of(svi, (horizon, states, 4));
                elbo(mdp, policy.view(), 1.0).unwrap()
            };
            let before = value(&svi);
            for _ in 0..600 {
                svi.step(&model, &guide, &mut generator).unwrap();
            }
            let after = value(&svi);
            assert!(
                after < best && best - after < 0.15 * (best - before),
                "{before} {after} {best}"
            );
            after - before
        })
        .collect();
    assert_rises(&gains);
}

/// Each gain is exact or the mean of many runs; three seeds agree within a quarter.
fn assert_rises(gains: &[f64]) {
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let variance = gains.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (n - 1.0);
    assert!(
        mean > 4.0 * (variance / n).sqrt() && mean > 0.0,
        "{gains:?}"
    );
}

/// The simplified direction environment: targets come by chance, an episode ends by chance, and a network must point.
#[test]
fn deck_16_the_direction_environment_is_learnt_by_a_network() {
    let env = Pointing { ends: 0.2 };
    let horizon = 6;
    let model = ControlModel { env: &env, horizon };
    let gains: Vec<f64> = (0..3)
        .map(|seed| {
            let policy = GaussianNetwork {
                net: Mlp::new(&[2, 16, 2], Activation::Tanh).unwrap(),
                std: 0.5,
                baseline: Some(Mlp::new(&[2, 16, 1], Activation::Tanh).unwrap()),
            };
            let guide = ControlGuide {
                env: &env,
                horizon,
                policy,
            };
            let estimator = Elbo {
                particles: 20,
                gradient: Gradient::Score,
                credit: Credit::Dependencies,
                ..Elbo::default()
            };
            let mut svi = Svi::new(estimator, 0.01);
            let mut generator = rng(seed);
            let mut bounds = Vec::new();
            for _ in 0..1000 {
                bounds.push(svi.step(&model, &guide, &mut generator).unwrap());
            }
            let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
            mean(&bounds[900..]) - mean(&bounds[..30])
        })
        .collect();
    assert_rises(&gains);
    assert!(gains.iter().all(|&gain| gain > 1.0), "{gains:?}");
}

/// Episodes have different lengths, in both programs the same.
#[test]
fn deck_16_an_episode_ends_in_both_programs() {
    struct Coin;
    impl Policy<CartPole> for Coin {
        fn act<S: Scalar>(
            &self,
            trace: &mut Trace<S>,
            site: Name,
            _: &CartPole,
            _: &<CartPole as kinglet_envs::Env>::State,
            _: usize,
        ) -> Result<usize, Error> {
            let law = kinglet_distributions::Categorical::from_logits(&[S::zero(); 2])?;
            trace.sample(site, law)
        }
    }
    let (env, horizon) = (CartPole::default(), 200);
    let model = ControlModel { env: &env, horizon };
    let guide = ControlGuide {
        env: &env,
        horizon,
        policy: Coin,
    };
    let lengths: Vec<usize> = (0..10)
        .map(|seed| {
            let trace = Trace::<f64>::of(&model, &guide, &Params::default(), &mut rng(seed));
            let trace = trace.unwrap();
            let length = (0..200)
                .take_while(|&t| trace.value(("a", t)).is_some())
                .count();
            assert!((trace.log_p() - trace.log_q() - length as f64).abs() < 1e-9);
            length
        })
        .collect();
    assert!(lengths.iter().any(|&n| n != lengths[0]) && lengths.iter().all(|&n| n < 200));
}

/// A run depends on its seed only.
#[test]
fn the_same_seed_gives_the_same_bits() {
    let mdp = tab();
    let model = ControlModel {
        env: &mdp,
        horizon: 3,
    };
    let policy = SoftmaxTable {
        states: 3,
        times: 1,
    };
    let guide = ControlGuide {
        env: &mdp,
        horizon: 3,
        policy,
    };
    let run = || {
        let mut svi = Svi::new(Elbo::default(), 0.1);
        let mut generator = rng(9);
        for _ in 0..50 {
            svi.step(&model, &guide, &mut generator).unwrap();
        }
        svi.params().unconstrained.clone()
    };
    assert_eq!(run(), run());
    let _: &dyn Fn() -> Vec<f64> = &run;
}

/// Programs may be handed over by reference.
#[test]
fn a_reference_is_a_program_too() {
    fn runs(program: impl Program) -> bool {
        Trace::<f64>::of(&program, &program, &Params::default(), &mut rng(1)).is_err()
    }
    let mdp = tab();
    // A model alone is no pair with itself: it weighs, which a guide may not.
    assert!(runs(&ControlModel {
        env: &mdp,
        horizon: 3
    }));
}
