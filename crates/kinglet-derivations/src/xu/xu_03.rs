//! XU-03: the gradient of the divergence.

use std::error::Error;

use autodiff::{F1, grad};
use kinglet_distributions::{Distribution, Kl, Normal, Reparameterised};
use kinglet_objectives::{Estimate, Noise, Transport, transport_kl, transport_kl_gradient};
use ndarray::{Array1, arr1};
use num_traits::Float;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::xu_02::{FAMILY, Q, target};
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-03",
    title: "The gradient of KL(q‖p) by the map: a pull towards p, and a push apart",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_03,
};

/// ∂KL(q_φ‖p)/∂φ. Catalogue: XU-03.
///
/// ```text
/// ∂KL/∂φ = −E_ξ[ ∂ log p(h_φ(ξ))/∂φ + ∂ log |det ∂h_φ/∂ξ| / ∂φ ]
/// ```
///
/// For q = N(μ, σ²) at (.2, 1.3) and p = N(1, .7²), by the noise, the closed form, dual numbers,
/// differences and sampling.
pub fn xu_03() -> Outcome {
    Outcome::of(compute())
}

/// ∂ log p/∂θ.
pub(super) fn force(theta: &[f64]) -> Vec<f64> {
    vec![(1.0 - theta[0]) / 0.49]
}

fn compute() -> Computed {
    let (p, noise) = (target(), Noise::quadrature(60, 1));
    let over_noise = transport_kl_gradient(&FAMILY, &Q, &noise, force)?;
    let kl = |params: &Array1<f64>| {
        let log_p = |theta: &[f64]| p.log_prob(&theta[0]);
        transport_kl(&FAMILY, &params.to_vec(), &noise, log_p).unwrap_or(f64::NAN)
    };
    let differences = gradient(&kl, &arr1(&Q));
    let dual = |t: &[F1]| {
        let p = Normal::from_log_std(F1::cst(1.0), F1::cst(0.7_f64.ln()));
        Normal::from_log_std(t[0], t[1].ln()).kl(&p)
    };
    let (dual, sampled) = (grad(dual, &Q), sampled()?);
    let closed = [(Q[0] - 1.0) / 0.49, Q[1] / 0.49 - 1.0 / Q[1]];
    let known = [-1.632_653, 1.883_830];
    let mut checks = Vec::new();
    for (i, by) in ["μ", "σ"].into_iter().enumerate() {
        checks.push(Check::exact(
            format!("∂KL/∂{by} at (.2, 1.3)"),
            [
                ("over the noise", over_noise[i]),
                ("closed form", closed[i]),
                ("dual numbers through the closed KL", dual[i]),
            ],
        ));
        checks.push(Check::within(
            format!("∂KL/∂{by}, differences and known digits"),
            1e-6,
            [
                ("over the noise", over_noise[i]),
                ("central difference", differences[i]),
                ("known", known[i]),
            ],
        ));
        checks.push(Check::monte_carlo(
            format!("∂KL/∂{by} by sampling"),
            ("closed form", closed[i]),
            ("20 000 draws of ξ", sampled[i]),
        ));
    }
    Ok(Outcome {
        checks,
        notes: vec!["φ is one parameter vector for all ξ; the expectation is over ξ alone."],
        ..Outcome::default()
    })
}

fn sampled() -> Result<[Estimate; 2], Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let unit: Normal = Normal::from_log_std(0.0, 0.0);
    let mut terms = [Vec::new(), Vec::new()];
    for _ in 0..20_000 {
        let xi = unit.noise(&mut rng);
        let pulled = FAMILY.pull_back(&Q, &[xi], &force(&[Q[0] + Q[1] * xi]), 1.0)?;
        for (terms, slope) in terms.iter_mut().zip(pulled.params) {
            terms.push(-slope);
        }
    }
    let [by_mean, by_scale] = terms;
    Ok([
        Estimate::from_samples(by_mean)?,
        Estimate::from_samples(by_scale)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_03_five_ways_to_one_gradient() {
        assert_eq!(xu_03().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_03_the_gradient_vanishes_at_the_target_and_nowhere_near() {
        let noise = Noise::quadrature(20, 1);
        let at = |q: &[f64]| transport_kl_gradient(&FAMILY, q, &noise, force).unwrap();
        assert!(at(&[1.0, 0.7]).iter().all(|slope| slope.abs() < 1e-13));
        assert!(at(&[1.0, 0.6])[1] < -0.1 && at(&[1.0, 0.8])[1] > 0.1);
        assert!(at(&[0.9, 0.7])[0] < -0.1 && at(&[1.1, 0.7])[0] > 0.1);
    }
}
