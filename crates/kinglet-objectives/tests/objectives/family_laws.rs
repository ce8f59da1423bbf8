//! The members of the family that hold a law over the parameters of a policy.

use kinglet_distributions::Bijection;
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::family::{
    Direction, Law, Member, PPO_VPG, Prior, SAC, SVPG, TRPO_VPG, TrustRegion, VPG, sweep_law,
};
use kinglet_objectives::{
    DiagonalTransport, Error, Noise, Transport, discounted_occupancy, discounted_policy_gradient,
    evaluate_soft_policy, median_width, soft_policy, svgd_direction, vpg_gradient_with_prior,
};
use ndarray::{Array1, Array2, Axis, array};

/// Two states, two actions: four logits, so that a product of small rules is exact enough.
fn small() -> TabularMdp {
    let transition = array![[[0.8, 0.2], [0.1, 0.9]], [[0.5, 0.5], [0.3, 0.7]]];
    let (reward, initial) = (array![[1.0, -0.5], [0.2, 0.7]], array![0.6, 0.4]);
    let horizon = Horizon::Discounted(0.6);
    TabularMdp::from_dense(transition.view(), reward.view(), initial.view(), horizon).unwrap()
}

const PARAMS: [f64; 8] = [0.4, -0.2, 0.1, 0.3, 0.8, 0.5, 1.1, 0.7];
const FAMILY: DiagonalTransport = DiagonalTransport { dim: 4 };

fn noise() -> Noise {
    Noise::quadrature(3, 4)
}

fn after(member: &Member) -> Vec<f64> {
    let (params, noise) = (PARAMS.to_vec(), noise());
    match sweep_law(&small(), member, &Law::Map { params, noise }).unwrap() {
        Law::Map { params, .. } => params,
        Law::Particles(_) => panic!("a map becomes a map"),
    }
}

fn table(theta: &[f64]) -> Array2<f64> {
    Array2::from_shape_vec((2, 2), theta.to_vec()).unwrap()
}

fn policy(theta: &[f64]) -> Array2<f64> {
    soft_policy(table(theta).view(), 1.0).unwrap()
}

/// E_ξ of f(θ, θ_old).
fn mean(params: &[f64], f: impl Fn(&[f64], &[f64]) -> f64) -> f64 {
    let (new, old) = (FAMILY.map(params).unwrap(), FAMILY.map(&PARAMS).unwrap());
    noise().mean(|xi| f(&new.forward(&xi.to_vec()), &old.forward(&xi.to_vec())))
}

/// ln |det| + ln p₀, with p₀ = N(0, 1).
fn spread(params: &[f64]) -> f64 {
    let log_det: f64 = params[4..].iter().map(|s| s.ln()).sum();
    log_det
        - mean(params, |theta, _| {
            0.5 * theta.iter().map(|t| t * t).sum::<f64>()
        })
}

/// L of a θ about its old one: the return, its states and advantages as they were.
fn surrogate(theta: &[f64], old: &[f64]) -> f64 {
    let values = evaluate_soft_policy(&small(), policy(old).view(), 0.0).unwrap();
    let states = discounted_occupancy(&small(), policy(old).view()).unwrap();
    let advantage = values.q - values.v.insert_axis(Axis(1));
    states.dot(&(policy(theta) * advantage).sum_axis(Axis(1)))
}

/// KL(π_old ‖ π_θ) under the discounted law of the states, summing to 1 / (1 − γ).
fn kl(theta: &[f64], old: &[f64]) -> f64 {
    let states = discounted_occupancy(&small(), policy(old).view()).unwrap();
    let (new, old) = (policy(theta), policy(old));
    states.dot(&(&old * &(&old / &new).mapv(f64::ln)).sum_axis(Axis(1)))
}

fn differences(params: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let slope = |i: usize| {
        let at = |step: f64| {
            let mut moved = params.to_vec();
            moved[i] += step;
            f(&moved)
        };
        (at(1e-5) - at(-1e-5)) / 2e-5
    };
    (0..params.len()).map(slope).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    for (x, y) in found.iter().zip(expected) {
        assert!(
            (x - y).abs() < tolerance,
            "{found:?}, expected {expected:?}"
        );
    }
}

#[test]
fn xu_08_xu_16_a_sweep_of_vpg_is_a_step_of_its_gradient() {
    let reward = |theta: &[f64]| {
        let slope = discounted_policy_gradient(&small(), table(theta).view(), 0.0).unwrap();
        slope.iter().copied().collect()
    };
    let prior = |theta: &[f64]| theta.iter().map(|t| -t / 4.0).collect();
    let slope = vpg_gradient_with_prior(&FAMILY, &PARAMS, &noise(), 0.5, reward, prior).unwrap();
    let expected: Vec<f64> = (PARAMS.iter().zip(&slope))
        .map(|(p, g)| p + 0.1 * g)
        .collect();
    let member = Member {
        prior: Prior::Parameters { std: 2.0 },
        ..VPG
    };
    assert_close(&after(&member), &expected, 1e-13);
}

#[test]
fn xu_25_a_sweep_of_ppo_vpg_climbs_the_penalised_surrogate() {
    let objective = |params: &[f64]| {
        let gain = mean(params, |new, old| surrogate(new, old) - 3.0 * kl(new, old));
        gain / 0.5 + spread(params)
    };
    let mut params = PARAMS.to_vec();
    for _ in 0..10 {
        let slope = differences(&params, objective);
        params = (params.iter().zip(slope))
            .map(|(p, g)| p + 0.1 * g)
            .collect();
    }
    let member = Member {
        trust_region: TrustRegion::Penalty {
            coefficient: 3.0,
            direction: Direction::Forward,
        },
        ..PPO_VPG
    };
    assert_close(&after(&member), &params, 1e-7);
}

#[test]
fn xu_20_xu_21_a_sweep_of_trpo_vpg_is_the_best_step_of_its_length() {
    let kl_of = |params: &[f64]| mean(params, kl) * 0.4; // a mean over states: times 1 − γ
    let objective = |params: &[f64]| mean(params, surrogate) / 0.5 + spread(params);
    let kl_bound = 1e-6;
    let member = Member {
        trust_region: TrustRegion::LineSearch { kl_bound },
        ..TRPO_VPG
    };
    let found = after(&member);
    let reached = kl_of(&found);
    assert!(reached <= kl_bound && objective(&found) > objective(&PARAMS));
    // Damping counts as divergence: the step maximises g·x for this length, and no other beats it.
    let step: Vec<f64> = found.iter().zip(&PARAMS).map(|(a, b)| a - b).collect();
    let length = |step: &[f64]| {
        let moved: Vec<f64> = step.iter().zip(&PARAMS).map(|(s, p)| p + s).collect();
        kl_of(&moved) + 0.5e-3 * step.iter().map(|s| s * s).sum::<f64>()
    };
    let gradient = differences(&PARAMS, objective);
    let gain = |step: &[f64]| -> f64 { step.iter().zip(&gradient).map(|(s, g)| s * g).sum() };
    for i in 0..8 {
        for turn in [0.3, -0.3] {
            let mut other = step.clone();
            other[i] += turn * step.iter().map(|s| s * s).sum::<f64>().sqrt();
            let scale = (length(&step) / length(&other)).sqrt();
            other.iter_mut().for_each(|s| *s *= scale);
            assert!(gain(&other) < gain(&step), "turned by {turn} along {i}");
        }
    }
}

#[test]
fn xu_04_a_sweep_of_svpg_is_a_step_of_steins_direction() {
    let particles = Array2::from_shape_fn((5, 4), |(n, i)| ((3 * n + 2 * i) as f64).sin());
    let returns = |theta: &[f64]| {
        let values = evaluate_soft_policy(&small(), policy(theta).view(), 0.0).unwrap();
        values.v.dot(&small().initial()) / 0.5 - 0.5 * theta.iter().map(|t| t * t).sum::<f64>()
    };
    let mut scores = Array2::zeros((5, 4));
    for (theta, mut score) in particles.outer_iter().zip(scores.outer_iter_mut()) {
        score.assign(&Array1::from(differences(&theta.to_vec(), returns)));
    }
    let width = median_width(particles.view());
    let expected = &particles + &(0.1 * svgd_direction(particles.view(), scores.view(), width));
    let found = sweep_law(&small(), &SVPG, &Law::Particles(particles)).unwrap();
    let Law::Particles(found) = found else {
        panic!("particles become particles")
    };
    assert!((found - expected).iter().all(|off| off.abs() < 1e-9));
}

#[test]
fn a_law_of_another_kind_is_refused() {
    let particles = Law::Particles(Array2::zeros((2, 4)));
    for member in [VPG, SAC] {
        let error = sweep_law(&small(), &member, &particles).unwrap_err();
        assert!(matches!(error, Error::NoSweep { .. }), "{error}");
    }
    let improper = Member {
        prior: Prior::Parameters { std: -1.0 },
        ..SVPG
    };
    let error = sweep_law(&small(), &improper, &particles).unwrap_err();
    assert!(matches!(error, Error::NotPositive { .. }));
}
