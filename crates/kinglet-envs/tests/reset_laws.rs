//! The laws of first states and of random actions, against statrs.

use kinglet_envs::{
    Acrobot, Bounds, CartPole, Discrete, Env, MountainCar, MountainCarContinuous, Pendulum, Space,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use statrs::distribution::{ChiSquared, ContinuousCDF, Uniform};
use std::f64::consts::PI;

const N: usize = 1_000_000;

/// Asserts that the components are uniform on the bounds, each by Kolmogorov and Smirnov's
/// distance at the level 0.001, or constant where the bounds meet.
fn assert_uniform<const D: usize>(
    name: &str,
    bounds: Bounds<D>,
    mut draw: impl FnMut() -> [f64; D],
) {
    let draws: Vec<[f64; D]> = (0..N).map(|_| draw()).collect();
    for i in 0..D {
        let (low, high) = (bounds.low[i], bounds.high[i]);
        let component = draws.iter().map(|x| x[i]);
        if low == high {
            assert!(component.clone().all(|x| x == low), "{name}, component {i}");
            continue;
        }
        let distance = distance(component.collect(), &Uniform::new(low, high).unwrap());
        let critical = 1.95 / (N as f64).sqrt();
        assert!(
            distance < critical,
            "{name}, component {i}: {distance} ≥ {critical}"
        );
    }
}

/// sup |Fₙ(x) − F(x)|.
fn distance(mut sample: Vec<f64>, law: &Uniform) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gaps = sample.iter().enumerate().map(|(i, &x)| {
        let cdf = law.cdf(x);
        (cdf - i as f64 / n).max((i + 1) as f64 / n - cdf)
    });
    gaps.fold(0.0, f64::max)
}

fn box_of<const D: usize>(low: [f64; D], high: [f64; D]) -> Bounds<D> {
    Bounds { low, high }
}

#[test]
fn first_states_are_uniform() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let small = box_of([-0.05; 4], [0.05; 4]);
    assert_uniform("CartPole", small, || CartPole::default().reset(&mut rng));

    let hanging = box_of([-0.1; 4], [0.1; 4]);
    assert_uniform("Acrobot", hanging, || Acrobot::default().reset(&mut rng));

    let anywhere = box_of([-PI, -1.0], [PI, 1.0]);
    assert_uniform("Pendulum", anywhere, || Pendulum::default().reset(&mut rng));

    let valley = box_of([-0.6, 0.0], [-0.4, 0.0]);
    assert_uniform("MountainCar", valley, || {
        MountainCar::default().reset(&mut rng)
    });
    assert_uniform("MountainCarContinuous", valley, || {
        let s = MountainCarContinuous::default().reset(&mut rng);
        [s.position, s.velocity]
    });
}

#[test]
fn first_states_of_acrobot_are_singles() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    for _ in 0..1000 {
        let state = Acrobot::default().reset(&mut rng);
        assert!(state.iter().all(|&x| f64::from(x as f32) == x));
    }
}

#[test]
fn random_numbers_are_uniform() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let space = box_of([-2.0, 1.0], [2.0, 1.5]);
    assert_uniform("Bounds", space, || space.sample(&mut rng));
}

#[test]
fn random_indices_are_uniform() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut counts = [0.0; 7];
    for _ in 0..N {
        counts[Discrete(7).sample(&mut rng)] += 1.0;
    }
    let expected = N as f64 / 7.0;
    let statistic: f64 = counts
        .iter()
        .map(|n| (n - expected).powi(2) / expected)
        .sum();
    let p_value = ChiSquared::new(6.0).unwrap().sf(statistic);
    assert!(p_value > 0.001, "χ² = {statistic}, p = {p_value}");
}
