//! What the tests of policies compare with: the same laws in dual numbers, from the densities of
//! `kinglet-distributions`.

use std::num::NonZeroUsize;

use autodiff::F1;
use kinglet_distributions::{Categorical, Distribution, Entropy, Kl, Normal, TanhNormal};
use kinglet_nn::{Activation, Mlp};
use ndarray::Array2;
use num_traits::Float;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;

pub(super) const ROWS: usize = 5;
pub(super) const INPUTS: usize = 2;
pub(super) const HIDDEN: usize = 3;

pub(super) const OF_FEATURES: LogStd = LogStd::OfFeatures {
    start: -0.2,
    sample_every: NonZeroUsize::new(4),
};

/// Every head, over two numbers or three categories.
pub(super) fn policies() -> Vec<Policy> {
    let scales = [
        LogStd::Fixed(-0.4),
        LogStd::Learned(-0.3),
        LogStd::OfState,
        OF_FEATURES,
    ];
    let normals = scales.into_iter().map(Head::Normal);
    let squashed = scales.into_iter().map(Head::TanhNormal);
    let heads = normals.chain(squashed).chain([Head::Categorical]);
    heads.map(policy).collect()
}

pub(super) fn policy(head: Head) -> Policy {
    let outputs = match head.log_std() {
        None => 3,
        Some(LogStd::OfState) => 4,
        Some(_) => 2,
    };
    let network = Mlp::new(&[INPUTS, HIDDEN, outputs], Activation::Tanh).unwrap();
    Policy::new(network, head).unwrap()
}

pub(super) fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(8)
}

/// Parameters, observations, actions, weights and laws of another policy of the same shape.
pub(super) struct Case {
    pub(super) policy: Policy,
    pub(super) params: Vec<f64>,
    pub(super) x: Array2<f64>,
    pub(super) actions: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) old: Vec<f64>,
}

pub(super) fn cases() -> impl Iterator<Item = Case> {
    policies().into_iter().map(|policy| {
        let mut rng = generator();
        let mut uniform =
            |n: usize| -> Vec<f64> { (0..n).map(|_| 1.6 * rng.random::<f64>() - 0.8).collect() };
        let params = uniform(policy.n_params());
        let earlier = uniform(policy.n_params());
        let x = Array2::from_shape_vec((ROWS, INPUTS), uniform(ROWS * INPUTS)).unwrap();
        let weights = uniform(ROWS);
        let mut memory = Memory::default();
        let old = policy.forward(&earlier, x.view(), &mut memory).to_vec();
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
            old,
        }
    })
}

/// The law of one observation, written a second time. The scale takes its features from `fixed`, parameters that no
/// derivative is by.
pub(super) fn law<S: Float>(policy: &Policy, params: &[S], fixed: &[f64], x: &[f64]) -> Vec<S> {
    let number = |x: f64| S::from(x).unwrap();
    let n = policy.body.n_outputs();
    let (mut law, _) = outputs_and_features(n, params, x);
    let extra = &params[policy.body.n_params()..];
    match policy.head.log_std() {
        Some(LogStd::Fixed(log_std)) => law.extend([number(log_std); 2]),
        Some(LogStd::Learned(_)) => law.extend(extra),
        Some(LogStd::OfState) => {}
        Some(LogStd::OfFeatures { .. }) => {
            let (_, h) = outputs_and_features(n, fixed, x);
            let part = |j: usize, k: usize| (extra[k * n + j].exp() * number(h[k])).powi(2);
            law.extend((0..n).map(|j| {
                let variance = (0..HIDDEN).fold(number(1e-6), |sum, k| sum + part(j, k));
                variance.sqrt().ln()
            }));
        }
        None => law = log_softmax(&law),
    }
    law
}

fn outputs_and_features<S: Float>(n: usize, params: &[S], x: &[f64]) -> (Vec<S>, Vec<S>) {
    let (w1, rest) = params.split_at(INPUTS * HIDDEN);
    let (b1, rest) = rest.split_at(HIDDEN);
    let (w2, rest) = rest.split_at(HIDDEN * n);
    let b2 = &rest[..n];
    let layer = |x: &[S], w: &[S], b: &[S]| -> Vec<S> {
        (0..b.len())
            .map(|j| (0..x.len()).fold(b[j], |y, i| y + x[i] * w[i * b.len() + j]))
            .collect()
    };
    let x: Vec<S> = x.iter().map(|x| S::from(*x).unwrap()).collect();
    let h: Vec<S> = layer(&x, w1, b1).into_iter().map(S::tanh).collect();
    (layer(&h, w2, b2), h)
}

pub(super) fn log_softmax<S: Float>(logits: &[S]) -> Vec<S> {
    let categorical = Categorical::from_logits(logits).unwrap();
    categorical.log_probabilities().to_vec()
}

pub(super) fn log_prob<S: Float>(head: Head, law: &[S], action: &[f64]) -> S {
    let (mean, log_std) = law.split_at(law.len() / 2);
    let numbers = |f: &dyn Fn(usize, S) -> S| {
        (0..action.len()).fold(S::zero(), |sum, i| sum + f(i, S::from(action[i]).unwrap()))
    };
    match head {
        Head::Categorical => law[action[0] as usize],
        Head::Normal(_) => numbers(&|i, a| Normal::from_log_std(mean[i], log_std[i]).log_prob(&a)),
        Head::TanhNormal(_) => {
            numbers(&|i, u| TanhNormal::from_log_std(mean[i], log_std[i]).log_prob_of_pre_tanh(&u))
        }
    }
}

pub(super) fn entropy<S: Float>(head: Head, law: &[S]) -> S {
    if head == Head::Categorical {
        return law.iter().fold(S::zero(), |sum, x| sum - x.exp() * *x);
    }
    let (mean, log_std) = law.split_at(law.len() / 2);
    let pairs = mean.iter().zip(log_std);
    pairs.fold(S::zero(), |sum, (mean, log_std)| {
        let one = match head {
            Head::TanhNormal(_) => squashed_entropy(*mean, *log_std),
            _ => Normal::from_log_std(*mean, *log_std).entropy(),
        };
        sum + one
    })
}

/// −∫ p ln p over u by a fine grid that does not move with the law.
pub(super) fn squashed_entropy<S: Float>(mean: S, log_std: S) -> S {
    let (law, step) = (TanhNormal::from_log_std(mean, log_std), 0.01);
    let grid = (-3000..=3000).map(|k| S::from(f64::from(k) * step).unwrap());
    grid.fold(S::zero(), |sum, u| {
        let density = law.normal().log_prob(&u).exp();
        sum - S::from(step).unwrap() * density * law.log_prob_of_pre_tanh(&u)
    })
}

pub(super) fn kl<S: Float>(head: Head, old: &[f64], law: &[S]) -> S {
    let old: Vec<S> = old.iter().map(|x| S::from(*x).unwrap()).collect();
    if head == Head::Categorical {
        let (p, q) = (
            Categorical::from_logits(&old),
            Categorical::from_logits(law),
        );
        return p.unwrap().kl(&q.unwrap());
    }
    let n = law.len() / 2;
    let normal = |law: &[S], i: usize| Normal::from_log_std(law[i], law[n + i]);
    (0..n).fold(S::zero(), |sum, i| {
        sum + normal(&old, i).kl(&normal(law, i))
    })
}

/// f(row i, law of row i), and the gradient of Σ wᵢ f by the parameters, with dual numbers.
pub(super) fn referee(case: &Case, f: impl Fn(usize, &[F1]) -> F1) -> (Vec<f64>, Vec<f64>) {
    referee_at(case, &case.params, f)
}

/// The same at other parameters, the features of the scale where they were.
pub(super) fn referee_at(
    case: &Case,
    params: &[f64],
    f: impl Fn(usize, &[F1]) -> F1,
) -> (Vec<f64>, Vec<f64>) {
    let mut values = Vec::new();
    let gradient = (0..params.len()).map(|j| {
        let dual = |(i, x): (usize, &f64)| if i == j { F1::var(*x) } else { F1::cst(*x) };
        let dual: Vec<F1> = params.iter().enumerate().map(dual).collect();
        let at = |i: usize| {
            let x = case.x.row(i).to_vec();
            f(i, &law(&case.policy, &dual, &case.params, &x))
        };
        let rows: Vec<F1> = (0..ROWS).map(at).collect();
        values = rows.iter().map(|y| y.value()).collect();
        rows.iter()
            .zip(&case.weights)
            .map(|(y, w)| w * y.deriv())
            .sum()
    });
    let gradient = gradient.collect();
    (values, gradient)
}

pub(super) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        let off = (x - y).abs() / y.abs().max(0.1);
        assert!(off < tolerance, "{what}, number {i}: {x}, expected {y}");
    }
}

/// What the policy makes of a case: the values, then the gradient of their weighted sum.
pub(super) fn found(
    case: &Case,
    values: impl Fn(&Memory<f64>, &mut [f64]),
    weigh: impl Fn(&mut Memory<f64>),
) -> (Vec<f64>, Vec<f64>) {
    let (mut memory, mut out) = (Memory::default(), vec![f64::NAN; ROWS]);
    let mut gradient = vec![0.0; case.params.len()];
    case.policy
        .forward(&case.params, case.x.view(), &mut memory);
    values(&memory, &mut out);
    weigh(&mut memory);
    case.policy.vjp(&case.params, &mut memory, &mut gradient);
    // L is zero again, and so is what it adds.
    let before = gradient.clone();
    case.policy.vjp(&case.params, &mut memory, &mut gradient);
    assert_eq!(gradient, before);
    (out, gradient)
}
