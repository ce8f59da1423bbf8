//! MPO put together: sampled E-step and M-step on a problem whose optimum is known.

use crate::problems::generator;
use kinglet_distributions::{Distribution, Normal};
use kinglet_objectives::{
    KlPrices, decoupled_gaussian_fit, mpo_sampled_e_step, weighted_gaussian_fit,
};
use kinglet_trust_region::{
    DecoupledBounds, Gaussian, bounded_gaussian_fit, decoupled_kl_parts, gaussian_kl_parts,
};
use ndarray::{Array1, Array2, array};
use rand_xoshiro::Xoshiro256PlusPlus;

const OPTIMUM: [f64; 2] = [1.5, -0.7];

/// −|a − a*|² with a slope of its own in each direction.
fn value(a: &[f64; 2]) -> f64 {
    -(a[0] - OPTIMUM[0]).powi(2) - 3.0 * (a[1] - OPTIMUM[1]).powi(2)
}

fn draw(policy: &Gaussian, n: usize, rng: &mut Xoshiro256PlusPlus) -> Array2<f64> {
    let std = |i: usize| policy.covariance[[i, i]].sqrt();
    let sides = [0, 1].map(|i| Normal::new(policy.mean[i], std(i)).unwrap());
    Array2::from_shape_fn((n, 2), |(_, i)| sides[i].sample(rng))
}

/// The drawn actions and their weights.
fn improve(
    policy: &Gaussian,
    kl_bound: f64,
    rng: &mut Xoshiro256PlusPlus,
) -> (Array2<f64>, Array1<f64>) {
    let actions = draw(policy, 400, rng);
    let q = Array2::from_shape_fn((1, 400), |(_, j)| {
        value(&[actions[[j, 0]], actions[[j, 1]]])
    });
    let improved = mpo_sampled_e_step(q.view(), array![1.0].view(), kl_bound).unwrap();
    (actions, improved.policy.row(0).to_owned())
}

fn start() -> Gaussian {
    Gaussian {
        mean: array![0.0, 0.0],
        covariance: Array2::eye(2),
    }
}

#[test]
fn mpo_20_bounded_steps_find_the_optimum_of_a_quadratic() {
    let mut rng = generator(20);
    let bounds = DecoupledBounds {
        mean: 0.05,
        covariance: 0.005,
    };
    let mut policy = start();
    for _ in 0..150 {
        let (actions, weights) = improve(&policy, 0.1, &mut rng);
        let fit = bounded_gaussian_fit(actions.view(), weights.view(), &policy, bounds).unwrap();
        let parts = decoupled_kl_parts(&policy, &fit.gaussian).unwrap();
        assert!(parts.mean <= bounds.mean + 1e-9);
        assert!(parts.covariance <= bounds.covariance + 1e-9);
        // The axes are drawn apart, so their correlation is dropped.
        policy = Gaussian {
            covariance: Array2::from_diag(&fit.gaussian.covariance.diag()),
            ..fit.gaussian
        };
    }
    let off = &policy.mean - &Array1::from_iter(OPTIMUM);
    assert!(off.iter().all(|off| off.abs() < 0.05), "{}", policy.mean);
    assert!(
        policy
            .covariance
            .diag()
            .iter()
            .all(|variance| *variance < 0.1)
    );
}

/// Of a Gaussian tilted by a quadratic everything is known: precision and mean add up.
#[test]
fn mpo_13_the_fit_to_many_samples_is_the_tilted_gaussian() {
    let mut rng = generator(13);
    let actions = draw(&start(), 100_000, &mut rng);
    let q = Array2::from_shape_fn((1, actions.nrows()), |(_, j)| {
        value(&[actions[[j, 0]], actions[[j, 1]]])
    });
    let improved = mpo_sampled_e_step(q.view(), array![1.0].view(), 0.3).unwrap();
    let fit = weighted_gaussian_fit(actions.view(), improved.policy.row(0)).unwrap();
    let eta = improved.temperature;
    for (i, slope) in [1.0, 3.0].into_iter().enumerate() {
        let precision = 1.0 + 2.0 * slope / eta;
        let mean = 2.0 * slope / eta * OPTIMUM[i] / precision;
        assert!(
            (fit.mean[i] - mean).abs() < 0.02,
            "{i}: {} {mean}",
            fit.mean[i]
        );
        assert!((fit.covariance[[i, i]] * precision - 1.0).abs() < 0.02);
    }
    // Both are Gaussians, so the bound on q bounds the fit, in the E-step's order.
    let parts = gaussian_kl_parts(&fit, &start()).unwrap();
    assert!((parts.mean + parts.covariance - 0.3).abs() < 0.01);
}

#[test]
fn mpo_20_dearer_parts_move_less() {
    let (actions, weights) = improve(&start(), 0.3, &mut generator(7));
    let fit = |mean, covariance| {
        let prices = KlPrices { mean, covariance };
        let fit = decoupled_gaussian_fit(actions.view(), weights.view(), &start(), prices);
        gaussian_kl_parts(&start(), &fit.unwrap()).unwrap()
    };
    assert!(fit(5.0, 1.0).mean < 0.5 * fit(1.0, 1.0).mean);
    assert!(fit(1.0, 20.0).covariance < 0.5 * fit(1.0, 1.0).covariance);
}
