//! Transports: their gradients by dual numbers and differences, their entropy by the density itself.

use autodiff::{F1, grad};
use kinglet_distributions::{Bijection, Distribution, Normal, Planar};
use kinglet_objectives::{
    AffineTransport, Annealing, ComposedTransport, DiagonalTransport, Error, Noise, NoisePartials,
    PerStateTransport, PlanarTransport, Transport, auxiliary_gradient, direct_score,
    transport_entropy, transport_kl, transport_kl_gradient, vpg_gradient, vpg_gradient_with_prior,
    vpg_objective,
};
use ndarray::{Array1, Array2, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        let scale = x.abs().max(y.abs()).max(1.0);
        assert!((x - y).abs() <= tolerance * scale, "{a:?} against {b:?}");
    }
}

fn differences(f: impl Fn(&[f64]) -> f64, at: &[f64]) -> Vec<f64> {
    let slope = |i: usize| {
        let moved = |step: f64| {
            let mut x = at.to_vec();
            x[i] += step;
            f(&x)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    };
    (0..at.len()).map(slope).collect()
}

/// force · h + weight · ln |det| by forward duals, against the written-out gradient, by φ and by ξ.
fn referee(family: &impl Transport, params: &[f64], noise: &[f64]) {
    assert_eq!(params.len(), family.n_params());
    let n = params.len();
    let force: Vec<f64> = (0..noise.len()).map(|i| 0.7 - 1.1 * i as f64).collect();
    for weight in [0.0, 1.0, -0.6] {
        let value = |t: &[F1]| {
            let (params, xi) = (&t[..n], t[n..].to_vec());
            let map = family.map(params).unwrap();
            let theta = map.forward(&xi);
            let pushed = theta.iter().zip(&force).map(|(t, f)| *t * F1::cst(*f));
            pushed.fold(F1::cst(0.0), |sum, t| sum + t) + F1::cst(weight) * map.log_abs_det(&xi)
        };
        let expected = grad(value, &[params, noise].concat());
        let found = family.pull_back(params, noise, &force, weight).unwrap();
        assert_close(&[found.params, found.noise].concat(), &expected, 1e-12);
    }
}

fn flow() -> ComposedTransport<AffineTransport, ComposedTransport<PlanarTransport, PlanarTransport>>
{
    ComposedTransport {
        first: AffineTransport { dim: 2 },
        then: ComposedTransport {
            first: PlanarTransport { dim: 2 },
            then: PlanarTransport { dim: 2 },
        },
    }
}

/// The affine part turns space over; one bend is free, the other would fold.
const FLOW: [f64; 16] = [
    0.2, -0.4, 0.3, 0.9, 1.1, -0.2, 0.8, -1.5, 1.2, 0.4, 0.3, 0.5, 1.0, -1.0, -2.0, -0.1,
];

#[test]
fn xu_03_every_family_has_the_gradient_of_its_map() {
    referee(
        &DiagonalTransport { dim: 2 },
        &[0.3, -1.0, 0.7, -2.0],
        &[0.4, -1.3],
    );
    let turning = [0.3, -1.0, 0.5, 1.5, 2.0, 2.0];
    referee(&AffineTransport { dim: 2 }, &turning, &[0.4, -1.3]);
    for (u, noise) in [
        ([1.2, 0.4], [0.4, -1.3]),
        ([-3.0, 0.5], [-0.2, 0.1]),
        ([600.0, -300.0], [0.02, 0.2]),
    ] {
        let params = [0.8, -1.5, u[0], u[1], 0.3];
        referee(&PlanarTransport { dim: 2 }, &params, &noise);
    }
    referee(&flow(), &FLOW, &[0.6, -0.2]);
    let features = array![[1.0, 0.3], [1.0, -0.8], [1.0, 2.0]];
    let params = [0.4, -0.7, -0.2, 0.9];
    referee(&PerStateTransport { features }, &params, &[0.5, -1.0, 1.7]);
}

#[test]
fn xu_01_the_entropy_is_that_of_the_density() {
    let family = ComposedTransport {
        first: DiagonalTransport { dim: 1 },
        then: PlanarTransport { dim: 1 },
    };
    let params = [0.3, -1.4, 0.5, -0.5, 0.2];
    let base: Normal = Normal::from_log_std(0.0, 0.0);
    let map = family.map(&params).unwrap();
    let log_density = |theta: f64| {
        let xi = map.inverse(&vec![theta]);
        base.log_prob(&xi[0]) - map.log_abs_det(&xi)
    };
    let step = 1e-3;
    let surprise = (-12_000..12_000).map(|i| {
        let log_density = log_density((f64::from(i) + 0.5) * step);
        -log_density * log_density.exp() * step
    });
    let noise = Noise::quadrature(200, 1);
    let entropy = transport_entropy(&family, &params, &noise).unwrap();
    let off = entropy - surprise.sum::<f64>();
    assert!(off.abs() < 1e-8, "{off}");
}

/// A target with a mode and a ridge; and its slope.
fn log_target(theta: &[f64]) -> f64 {
    -0.5 * theta[0].powi(2) - 0.3 * (theta[1] - theta[0].sin()).powi(2)
}

fn log_target_gradient(theta: &[f64]) -> Vec<f64> {
    let off = theta[1] - theta[0].sin();
    vec![-theta[0] + 0.6 * off * theta[0].cos(), -0.6 * off]
}

fn reward(theta: &[f64]) -> f64 {
    1.5 / (1.0 + (-theta[0] - 0.5 * theta[1]).exp())
}

fn reward_gradient(theta: &[f64]) -> Vec<f64> {
    let p = reward(theta) / 1.5;
    vec![1.5 * p * (1.0 - p), 0.75 * p * (1.0 - p)]
}

#[test]
fn xu_03_the_gradient_of_the_divergence() {
    let noise = Noise::quadrature(20, 2);
    let found = transport_kl_gradient(&flow(), &FLOW, &noise, log_target_gradient).unwrap();
    let kl = |params: &[f64]| transport_kl(&flow(), params, &noise, log_target).unwrap();
    assert_close(&found, &differences(kl, &FLOW), 1e-8);
}

#[test]
fn xu_08_the_variational_policy_gradient_without_and_with_a_prior() {
    let noise = Noise::quadrature(20, 2);
    let alpha = 0.4;
    let found = vpg_gradient(&flow(), &FLOW, &noise, alpha, reward_gradient).unwrap();
    let objective =
        |params: &[f64]| vpg_objective(&flow(), params, &noise, alpha, reward).unwrap() / alpha;
    assert_close(&found, &differences(objective, &FLOW), 1e-8);

    let found = vpg_gradient_with_prior(
        &flow(),
        &FLOW,
        &noise,
        alpha,
        reward_gradient,
        log_target_gradient,
    );
    let posterior = |theta: &[f64]| reward(theta) / alpha + log_target(theta);
    let bound = |params: &[f64]| -transport_kl(&flow(), params, &noise, posterior).unwrap();
    assert_close(&found.unwrap(), &differences(bound, &FLOW), 1e-8);
}

#[test]
fn xu_06_the_temperature_must_be_positive() {
    let (family, noise) = (DiagonalTransport { dim: 1 }, Noise::quadrature(3, 1));
    for alpha in [0.0, -1.0, f64::NAN] {
        let value = vpg_objective(&family, &[0.0, 1.0], &noise, alpha, |_| 0.0);
        assert!(matches!(value, Err(Error::NotPositive { .. })));
    }
    let collapsed = vpg_objective(&family, &[0.0, 0.0], &noise, 1.0, |_| 0.0);
    assert!(matches!(collapsed, Err(Error::Distribution(_))));
}

#[test]
fn xu_16_the_auxiliary_gradient_is_a_mean_over_the_posterior() {
    let noise = Noise::quadrature(20, 2);
    let value = |psi: &[f64], theta: &[f64]| (psi[0] * theta[0]).sin() * psi[1] + theta[1] * psi[1];
    let params = [0.3, -1.0, 0.7, 1.2];
    let family = DiagonalTransport { dim: 2 };
    let psi = [0.9, -0.4];
    let by_psi = |theta: &[f64]| differences(|psi| value(psi, theta), &psi);
    let found = auxiliary_gradient(&family, &params, &noise, by_psi).unwrap();
    let map = family.map(&params).unwrap();
    let mean = |psi: &[f64]| noise.mean(|xi| value(psi, &map.forward(&xi.to_vec())));
    assert_close(&found, &differences(mean, &psi), 1e-9);
}

/// a = g_θ(ζ), a planar flow of two dimensions and five parameters: the score through the inverse by dual numbers,
/// and without it.
#[test]
fn xu_15_the_direct_score_is_the_score() {
    let (theta, zeta) = ([0.8, -1.5, -1.2, 0.4, 0.3], [0.5, -0.9]);
    let map = |t: &[F1]| Planar::new(&t[..2], &t[2..4], t[4]).unwrap();
    let fixed = |x: &[f64]| x.iter().map(|x| F1::cst(*x)).collect::<Vec<_>>();
    let action = Planar::new(&theta[..2], &theta[2..4], theta[4])
        .unwrap()
        .forward(&zeta.to_vec());

    let through_inverse = |t: &[F1]| {
        let map = map(t);
        let zeta = map.inverse(&fixed(&action));
        -F1::cst(0.5) * (zeta[0] * zeta[0] + zeta[1] * zeta[1]) - map.log_abs_det(&zeta)
    };
    let by_noise = |i: usize| {
        grad(
            |z: &[F1]| map(&fixed(&theta)).forward(&z.to_vec())[i],
            &zeta,
        )
    };
    let by_theta = |i: usize| grad(|t: &[F1]| map(t).forward(&fixed(&zeta))[i], &theta);
    let log_det_by_noise = grad(
        |z: &[F1]| map(&fixed(&theta)).log_abs_det(&z.to_vec()),
        &zeta,
    );
    let log_det_by_theta = grad(|t: &[F1]| map(t).log_abs_det(&fixed(&zeta)), &theta);
    let partials = NoisePartials {
        log_base_by_noise: array![-zeta[0], -zeta[1]],
        action_by_noise: Array2::from_shape_vec((2, 2), [by_noise(0), by_noise(1)].concat())
            .unwrap(),
        action_by_params: Array2::from_shape_vec((2, 5), [by_theta(0), by_theta(1)].concat())
            .unwrap(),
        log_det_by_noise: Array1::from(log_det_by_noise),
        log_det_by_params: Array1::from(log_det_by_theta),
    };
    let expected = grad(through_inverse, &theta);
    assert_close(&direct_score(&partials).to_vec(), &expected, 1e-12);
}

#[test]
fn noise_is_standard_normal_exactly_and_sampled() {
    let exact = Noise::quadrature(8, 3);
    assert_eq!(exact.points.dim(), (512, 3));
    assert!((exact.weights.sum() - 1.0).abs() < 1e-14);
    for (moment, expected) in [
        (exact.mean(|x| x[0] * x[1]), 0.0),
        (exact.mean(|x| x[2].powi(4)), 3.0),
        (exact.mean(|x| (x[0] * x[2]).powi(2)), 1.0),
        (exact.mean(|x| x[1].powi(3)), 0.0),
    ] {
        assert!((moment - expected).abs() < 1e-13);
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let sampled = Noise::sampled(40_000, 2, &mut rng).unwrap();
    assert!((sampled.mean(|x| x[0] * x[0]) - 1.0).abs() < 4.0 * 2_f64.sqrt() / 200.0);
    assert!(sampled.mean(|x| x[0] * x[1]).abs() < 4.0 / 200.0);
    assert_eq!(
        Noise::sampled(0, 2, &mut rng),
        Err(kinglet_distributions::Error::TooFewSamples { samples: 0 }.into())
    );
}

#[test]
fn xu_19_a_temperature_falls_by_one_factor() {
    let annealing = Annealing {
        start: 2.0,
        end: 0.5,
        steps: 8,
    };
    let at = |step| annealing.temperature(step).unwrap();
    assert_eq!((at(0), at(8), at(20)), (2.0, 0.5, 0.5));
    for step in 0..8 {
        assert!((at(step + 1) / at(step) - 0.25_f64.powf(0.125)).abs() < 1e-14);
    }
    let rising = Annealing {
        start: 0.0,
        end: 0.5,
        steps: 8,
    };
    assert!(rising.temperature(0).is_err());
}
