//! The hot loop: its two forms, its threads, its numbers.

use crate::problems::{generator, go_on, grid, random_mdp};
use kinglet_envs::{Horizon, Rewards, Slip, TabularMdp, Transitions};
use kinglet_objectives::{Sweep, action_values, soft_sweep, soft_value_iteration, soft_values};
use ndarray::{Array1, ArrayView1};
use rand::{Rng, RngExt};

/// A sweep as one would write it down.
fn plain(mdp: &TabularMdp, temperature: f64, v: &[f64]) -> Vec<f64> {
    let q = |s: usize, a: usize| {
        let ahead: f64 = mdp.successors(s, a).map(|(next, p)| p * v[next]).sum();
        mdp.reward(s, a) + mdp.discount() * ahead
    };
    let soft = |s: usize| {
        let row: Vec<f64> = (0..mdp.n_actions()).map(|a| q(s, a)).collect();
        let top = row.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x));
        if temperature == 0.0 {
            return top;
        }
        top + temperature
            * row
                .iter()
                .map(|x| ((x - top) / temperature).exp())
                .sum::<f64>()
                .ln()
    };
    (0..mdp.n_states()).map(soft).collect()
}

fn swept(mdp: &TabularMdp, temperature: f64, v: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; v.len()];
    soft_sweep(mdp, temperature, v, &mut out).unwrap();
    out
}

/// Largest difference, relative to the largest value.
fn off(x: &[f64], y: &[f64]) -> f64 {
    let scale = y.iter().fold(0.0, |m: f64, y| m.max(y.abs()));
    x.iter()
        .zip(y)
        .fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()))
        / scale
}

fn random_values<R: Rng>(n: usize, spread: f64, rng: &mut R) -> Vec<f64> {
    (0..n)
        .map(|_| spread * rng.random_range(-1.0..1.0))
        .collect()
}

/// A walker whose successors lie anywhere.
fn random_slip<R: Rng>(n: usize, n_actions: usize, slip: f64, rng: &mut R) -> TabularMdp {
    let next = (0..n * n_actions)
        .map(|_| rng.random_range(0..n as u32))
        .collect();
    let transitions = Transitions::Slip(Slip::new(n_actions, next, slip).unwrap());
    let reward = Array1::from(random_values(n, 1.0, rng));
    let initial = Array1::from_elem(n, 1.0 / n as f64);
    TabularMdp::new(
        transitions,
        Rewards::State(reward),
        initial,
        Horizon::Discounted(0.9),
    )
    .unwrap()
}

#[test]
fn cs285_09_both_forms_are_the_plain_sweep() {
    let mut rng = generator(60);
    let mut problems = vec![
        grid(20, 20, 0.1),
        grid(7, 30, 0.0),
        grid(9, 9, 1.0),
        grid(1, 3, 0.3),
    ];
    problems.extend([1, 2, 4, 5, 9].map(|n_actions| random_slip(50, n_actions, 0.2, &mut rng)));
    for mdp in problems {
        for temperature in [1e-2, 0.1, 1.0, 50.0] {
            // Spreads for which the factored form is safe, nearly so, and not.
            for spread in [0.0, 0.1, 2.0, 290.0 * temperature, 310.0 * temperature, 1e6] {
                let v = random_values(mdp.n_states(), spread, &mut rng);
                let expected = plain(&mdp, temperature, &v);
                assert!(off(&swept(&mdp, temperature, &v), &expected) < 1e-12);
                assert!(off(&swept(&mdp.to_sparse(), temperature, &v), &expected) < 1e-12);
            }
        }
    }
}

#[test]
fn cs285_09_values_far_from_the_first_are_swept_as_well() {
    // All values but the first lie `exponent` units of α / γ off it: up to the edge of what the
    // factored form can hold and beyond.
    let (mdp, temperature) = (grid(8, 8, 0.0), 0.1);
    for exponent in [
        590.0, 599.9, 600.1, 650.0, 700.0, 710.0, 740.0, 790.0, 1e3, 1e6,
    ] {
        for sign in [-1.0, 1.0] {
            let mut v = vec![sign * exponent * temperature / 0.95; 64];
            v[0] = 0.0;
            let expected = plain(&mdp, temperature, &v);
            assert!(
                off(&swept(&mdp, temperature, &v), &expected) < 1e-14,
                "{sign} {exponent}"
            );
        }
    }
}

#[test]
fn the_residual_is_the_largest_change_of_either_sign() {
    let mdp = grid(3, 9, 0.1);
    let mut out = vec![0.0; 27];
    for (at, value) in [(0, 100.0), (13, -100.0), (26, 100.0), (25, -100.0)] {
        let mut v = vec![0.0; 27];
        v[at] = value;
        let residual = soft_sweep(&mdp, 0.1, &v, &mut out).unwrap();
        let largest = v
            .iter()
            .zip(&out)
            .fold(0.0, |m: f64, (v, w)| m.max((w - v).abs()));
        assert_eq!(residual, largest);
    }
    // Worlds where everything falls, of a whole number of registers and not.
    for n in [8, 9] {
        let mut out = vec![0.0; 3 * n];
        let residual = soft_sweep(&grid(3, n, 0.1), 0.1, &vec![100.0; 3 * n], &mut out).unwrap();
        assert_eq!(residual, out.iter().fold(0.0, |m: f64, w| m.max(100.0 - w)));
        assert!(residual > 4.0, "{residual}");
    }
}

#[test]
fn no_temperature_is_the_maximum_bit_for_bit() {
    let mut rng = generator(62);
    let problems = [
        grid(12, 40, 0.3),
        grid(12, 40, 0.3).to_sparse(),
        random_mdp((40, 4, 6), Horizon::Discounted(0.9), &mut rng),
    ];
    for mdp in problems {
        let v = random_values(mdp.n_states(), 3.0, &mut rng);
        let q = action_values(&mdp, ArrayView1::from(&v));
        let hard = soft_values(q.view(), 0.0).unwrap();
        assert_eq!(swept(&mdp, 0.0, &v), hard.to_vec());
        assert!(off(hard.as_slice().unwrap(), &plain(&mdp, 0.0, &v)) < 1e-15);
        for temperature in [5e-324, 1e-308, 1e-100, 1e-12] {
            assert!(off(&swept(&mdp, temperature, &v), hard.as_slice().unwrap()) < 1e-11);
        }
    }
}

#[test]
fn peer_numbers_of_the_twenty_by_twenty_world() {
    for mdp in [grid(20, 20, 0.1), grid(20, 20, 0.1).to_sparse()] {
        let best = soft_value_iteration(&mdp, 0.1, 1e-8, &mut go_on()).unwrap();
        assert_eq!(best.sweeps, 362);
        assert!((best.v[0] - 3.7454053449417017).abs() < 1e-12);
        assert!((best.v[399] - 21.27982591621503).abs() < 1e-12);
    }
}

#[test]
fn cs285_09_rewards_of_actions_and_of_states_agree() {
    let mut rng = generator(63);
    let mdp = grid(15, 21, 0.25);
    let rewards = ndarray::Array2::from_shape_fn((315, 5), |(s, a)| mdp.reward(s, a));
    let by_action = mdp
        .clone()
        .with_rewards(Rewards::StateAction(rewards))
        .unwrap();
    let v = random_values(315, 1.0, &mut rng);
    assert!(off(&swept(&by_action, 0.1, &v), &swept(&mdp, 0.1, &v)) < 1e-14);
}

#[test]
fn rewards_in_any_layout_are_read_right() {
    let mdp = random_mdp((30, 3, 4), Horizon::Discounted(0.9), &mut generator(64));
    let v = random_values(30, 1.0, &mut generator(65));
    let expected = plain(&mdp, 0.5, &v);
    let Rewards::StateAction(rewards) = mdp.rewards().clone() else {
        panic!("by action")
    };
    let turned = rewards
        .t()
        .as_standard_layout()
        .into_owned()
        .reversed_axes();
    assert!(!turned.is_standard_layout());
    let mdp = mdp.with_rewards(Rewards::StateAction(turned)).unwrap();
    assert!(off(&swept(&mdp, 0.5, &v), &expected) < 1e-14);
    let mut backwards = Array1::from_shape_fn(30, |s| (29 - s) as f64);
    backwards.invert_axis(ndarray::Axis(0));
    let mdp = mdp.with_rewards(Rewards::State(backwards)).unwrap();
    assert!(off(&swept(&mdp, 0.5, &v), &plain(&mdp, 0.5, &v)) < 1e-14);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut rng = generator(66);
    // Several shards: rows longer and shorter than a shard, and successors that lie anywhere.
    let problems = [
        grid(300, 200, 0.1),
        grid(3, 20_000, 0.1),
        random_slip(50_000, 3, 0.2, &mut rng),
        grid(200, 200, 0.1).to_sparse(),
    ];
    for mdp in problems {
        let v = random_values(mdp.n_states(), 1.0, &mut rng);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let mut sweep = Sweep::new(&mdp, 0.1).unwrap();
                let mut out = vec![0.0; v.len()];
                let residual = sweep.apply(&v, &mut out);
                (out, residual)
            })
        };
        let one = run(1);
        assert!(off(&one.0, &plain(&mdp, 0.1, &v)) < 1e-12);
        let largest = v
            .iter()
            .zip(&one.0)
            .fold(0.0, |m: f64, (v, w)| m.max((w - v).abs()));
        assert_eq!(one.1, largest);
        for threads in [2, 8] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }
}

#[test]
fn a_sweep_keeps_no_trace_of_the_one_before() {
    let mdp = grid(20, 20, 0.1);
    let mut sweep = Sweep::new(&mdp, 0.1).unwrap();
    let mut rng = generator(67);
    let (near, far) = (
        random_values(400, 1.0, &mut rng),
        random_values(400, 1e4, &mut rng),
    );
    let mut out = [vec![0.0; 400], vec![0.0; 400]];
    sweep.apply(&near, &mut out[0]);
    sweep.apply(&far, &mut out[1]);
    assert_eq!(out[1], swept(&mdp, 0.1, &far));
    sweep.apply(&near, &mut out[1]);
    assert_eq!(out[0], out[1]);
}
