//! Random bodies beside finite differences and the formulas of the paper, the noise held fixed.

use kinglet_nn::{Activation, Mlp};
use ndarray::{Array2, array};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;
use crate::{Error, Head, LogStd, Memory, Policy};

const ROWS: usize = 5;
const STATE: usize = 3;

fn net(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

fn perturbed(link: Link, d: usize) -> Perturbed {
    Perturbed::new(net(&[STATE, 4, d]), net(&[STATE, 3, d]), link, 0.4).unwrap()
}

fn auxiliary(outputs: usize) -> Auxiliary {
    Auxiliary::new(perturbed(Link::Exp, 2), net(&[2 + STATE, 3, outputs])).unwrap()
}

/// A policy, parameters, observations with their noise, actions and a weight for each.
struct Case {
    policy: Policy,
    params: Vec<f64>,
    x: Array2<f64>,
    actions: Vec<f64>,
    weights: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let heads = [Head::Categorical, Head::Normal(LogStd::Learned(-0.3))];
    let bodies = |head| {
        let n = if head == Head::Categorical { 3 } else { 2 };
        let bodies: [Body; 3] = [
            perturbed(Link::Exp, n).into(),
            perturbed(Link::Sigmoid, n).into(),
            auxiliary(n).into(),
        ];
        bodies.map(|body| case(Policy::new(body, head).unwrap()))
    };
    heads.into_iter().flat_map(bodies).collect()
}

fn case(policy: Policy) -> Case {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
    let mut uniform =
        |n: usize| -> Vec<f64> { (0..n).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect() };
    let params = uniform(policy.n_params());
    let inputs = policy.body().n_inputs();
    let x = Array2::from_shape_vec((ROWS, inputs), uniform(ROWS * inputs)).unwrap();
    let weights = uniform(ROWS);
    let mut memory = Memory::default();
    policy.forward(&params, x.view(), &mut memory);
    let mut actions = vec![0.0; ROWS * policy.n_action()];
    for (row, action) in actions.chunks_mut(policy.n_action()).enumerate() {
        policy.draw(row, &memory, action, &mut rng);
    }
    Case {
        policy,
        params,
        x,
        actions,
        weights,
    }
}

type Values = fn(&Case, &Memory<f64>, &mut [f64]);
type Weigh = fn(&Case, &mut Memory<f64>);

/// The gradient of Σ wᵢ valuesᵢ by central differences.
fn differences(case: &Case, values: Values) -> Vec<f64> {
    let at = |params: &[f64]| -> f64 {
        let (mut memory, mut out) = (Memory::default(), [0.0; ROWS]);
        case.policy.forward(params, case.x.view(), &mut memory);
        values(case, &memory, &mut out);
        out.iter().zip(&case.weights).map(|(y, w)| y * w).sum()
    };
    let slope = |i: usize| {
        let (mut up, mut down, h) = (case.params.clone(), case.params.clone(), 1e-6);
        up[i] += h;
        down[i] -= h;
        (at(&up) - at(&down)) / (2.0 * h)
    };
    (0..case.params.len()).map(slope).collect()
}

fn gradient(case: &Case, weigh: Weigh) -> Vec<f64> {
    let (mut memory, mut out) = (Memory::default(), vec![0.0; case.params.len()]);
    case.policy
        .forward(&case.params, case.x.view(), &mut memory);
    weigh(case, &mut memory);
    case.policy.vjp(&case.params, &mut memory, &mut out);
    out
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        let off = (x - y).abs() / y.abs().max(1.0);
        assert!(off < tolerance, "number {i}: {x}, expected {y}");
    }
}

#[test]
fn xu_16_gradients_are_the_finite_differences() {
    let terms: [(Values, Weigh); 3] = [
        (
            |case, memory, out| case.policy.log_probs(&case.actions, memory, out),
            |case, memory| (case.policy).weigh_log_probs(&case.actions, &case.weights, memory),
        ),
        (
            |case, memory, out| case.policy.entropies(memory, out),
            |case, memory| case.policy.weigh_entropies(&case.weights, memory),
        ),
        (
            |case, memory, out| case.policy.posteriors(0.7, memory, out),
            |case, memory| case.policy.weigh_posteriors(0.7, &case.weights, memory),
        ),
    ];
    for case in cases() {
        for (values, weigh) in terms {
            let (found, expected) = (gradient(&case, weigh), differences(&case, values));
            assert_close(&found, &expected, 1e-8);
        }
    }
}

/// Log-determinant and prior reach φ only, and are forgotten after one pass back.
#[test]
fn xu_16_psi_has_no_part_in_the_posterior() {
    let case = case(Policy::new(auxiliary(3), Head::Categorical).unwrap());
    let n_phi = perturbed(Link::Exp, 2).n_params();
    let found = gradient(&case, |case, memory| {
        case.policy.weigh_posteriors(0.7, &case.weights, memory);
    });
    assert!(found[..n_phi].iter().all(|g| *g != 0.0));
    assert!(found[n_phi..].iter().all(|g| *g == 0.0));
    let twice = gradient(&case, |case, memory| {
        case.policy.weigh_posteriors(0.7, &case.weights, memory);
        let mut first = vec![0.0; case.params.len()];
        case.policy.vjp(&case.params, memory, &mut first);
    });
    assert!(twice.iter().all(|g| *g == 0.0));
}

#[test]
fn xu_21_the_fisher_product_is_the_curvature_of_kl() {
    for case in cases() {
        let (policy, n, h) = (&case.policy, case.params.len(), 1e-5);
        let v: Vec<f64> = (0..n).map(|i| (1.0 + i as f64).sin()).collect();
        let mut memory = Memory::default();
        let old = (policy.forward(&case.params, case.x.view(), &mut memory)).to_vec();
        let mut found = vec![f64::NAN; n];
        // A force in the memory is no part of the product.
        policy.weigh_posteriors(0.7, &case.weights, &mut memory);
        policy.fisher_product(&case.params, &v, &mut memory, &mut found);
        let mut slope = |h: f64| {
            let moved: Vec<f64> = case.params.iter().zip(&v).map(|(x, v)| x + h * v).collect();
            let mut gradient = vec![0.0; n];
            policy.forward(&moved, case.x.view(), &mut memory);
            policy.weigh_kls(&old, &[1.0 / ROWS as f64; ROWS], &mut memory);
            policy.vjp(&moved, &mut memory, &mut gradient);
            gradient
        };
        let pairs = slope(h).into_iter().zip(slope(-h));
        let expected: Vec<f64> = pairs.map(|(up, down)| (up - down) / (2.0 * h)).collect();
        assert_close(&found, &expected, 1e-7);
    }
}

/// σ = 1/(1 + e^(−wᵀs)): the gradient of ln σ by w is (1 − σ) s, with one ln σᵢ for each of d numbers.
#[test]
fn xu_17_xu_18_the_sigmoids_log_determinant() {
    let scale = |d: usize| net(&[2, d]);
    for d in [1, 2] {
        let body = Perturbed::new(scale(d), scale(d), Link::Sigmoid, 0.5).unwrap();
        let policy = Policy::new(body, Head::Normal(LogStd::Fixed(0.0))).unwrap();
        let mut params = vec![0.0; policy.n_params()];
        let half = params.len() / 2; // the mean's weights and biases, then the scale's
        let w = [0.7, -1.9]; // the same for each number
        (0..2 * d).for_each(|k| params[half + k] = w[k / d]);
        let s = [0.6, 1.1];
        let x = Array2::from_shape_fn((1, 2 + d), |(_, i)| if i < 2 { s[i] } else { 0.3 });
        let mut memory = Memory::default();
        policy.forward(&params, x.view(), &mut memory);
        let std = 1.0 / (1.0 + f64::exp(-(w[0] * s[0] + w[1] * s[1])));
        let mut value = [0.0];
        policy.posteriors(f64::INFINITY, &memory, &mut value);
        assert!((value[0] - d as f64 * std.ln()).abs() < 1e-14);
        policy.weigh_posteriors(f64::INFINITY, &[1.0], &mut memory);
        let mut found = vec![0.0; params.len()];
        policy.vjp(&params, &mut memory, &mut found);
        assert!(found[..half].iter().all(|g| *g == 0.0));
        for k in 0..2 * d {
            assert!((found[half + k] - (1.0 - std) * s[k / d]).abs() < 1e-14);
        }
    }
}

#[test]
fn the_first_scale_is_the_one_asked_for_in_every_state() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for link in [Link::Exp, Link::Sigmoid] {
        let policy = Policy::new(perturbed(link, 2), Head::Normal(LogStd::Fixed(0.0))).unwrap();
        let params = policy
            .init_orthogonal::<f64, _>(1.0, 1.0, &mut rng)
            .to_vec();
        let x = array![[0.3, -2.0, 1.0, 1.0, 0.0], [9.0, 0.0, -1.0, 0.0, 1.0]];
        let still = &x * &array![1.0, 1.0, 1.0, 0.0, 0.0];
        let mut memory = Memory::default();
        let mut laws = |x: &Array2<f64>| policy.forward(&params, x.view(), &mut memory).to_vec();
        let (moved, mean) = (laws(&x), laws(&still));
        let spread: Vec<f64> = moved.iter().zip(&mean).map(|(a, b)| a - b).collect();
        assert_close(&spread, &[0.4, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0], 1e-12);
        assert_ne!(mean[0], mean[4]);
    }
}

/// One row, a small batch after a large one, and a network after a random body: no trace of what was before.
#[test]
fn passes_do_not_depend_on_those_before() {
    for case in cases() {
        let (policy, mut memory) = (&case.policy, Memory::default());
        let all = policy
            .forward(&case.params, case.x.view(), &mut memory)
            .to_vec();
        let n = policy.n_law();
        let (row, mut rng) = (case.x.row(2).to_vec(), Xoshiro256PlusPlus::seed_from_u64(1));
        let mut action = vec![0.0; policy.n_action()];
        let log_prob = policy.act(&case.params, &row, &mut memory, &mut action, &mut rng);
        let mut again = [0.0];
        policy.forward(
            &case.params,
            case.x.slice(ndarray::s![2..3, ..]),
            &mut memory,
        );
        policy.log_probs(&action, &memory, &mut again);
        assert_eq!(log_prob, again[0]);
        let rows = policy.forward(
            &case.params,
            case.x.slice(ndarray::s![1..3, ..]),
            &mut memory,
        );
        assert_close(rows, &all[n..3 * n], 1e-15);

        let plain = Policy::new(net(&[1, 2]), Head::Categorical).unwrap();
        plain.forward(&[0.0; 4], array![[1.0]].view(), &mut memory);
        plain.weigh_posteriors(1.0, &[1.0], &mut memory);
        let (mut gradient, mut value) = ([0.0; 4], [1.0]);
        plain.posteriors(1.0, &memory, &mut value);
        plain.vjp(&[0.0; 4], &mut memory, &mut gradient);
        assert_eq!((gradient, value), ([0.0; 4], [0.0]));
    }
}

#[test]
fn refuses_networks_that_do_not_belong_together() {
    let refused = Perturbed::new(net(&[3, 2]), net(&[3, 1]), Link::Exp, 1.0);
    let (mean, scale) = ([3, 2], [3, 1]);
    assert_eq!(refused, Err(Error::MeanAndScale { mean, scale }));
    let start = |link, value| Perturbed::new(net(&[1, 1]), net(&[1, 1]), link, value);
    for (link, value) in [
        (Link::Exp, 0.0),
        (Link::Exp, -1.0),
        (Link::Exp, f64::INFINITY),
        (Link::Sigmoid, 1.0),
        (Link::Sigmoid, f64::NAN),
    ] {
        let Err(Error::StartScale { link: found, .. }) = start(link, value) else {
            panic!("{link:?} starts at {value}");
        };
        assert_eq!(found, link);
    }
    assert!(start(Link::Sigmoid, 0.99).is_ok());
    let refused = Auxiliary::new(perturbed(Link::Exp, 2), net(&[STATE, 1]));
    let (inputs, expected) = (STATE, STATE + 2);
    assert_eq!(refused, Err(Error::AuxiliaryInputs { inputs, expected }));
}
