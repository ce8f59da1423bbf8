//! MPO-20: the Lagrangian of the M-step.

use std::error::Error;

use kinglet_distributions::{Distribution, Normal};
use kinglet_objectives::{KlPrices, decoupled_gaussian_fit};
use kinglet_trust_region::{DecoupledBounds, Gaussian, bounded_gaussian_fit, gaussian_kl_parts};
use ndarray::{Array1, Array2, ArrayView2, array};

use crate::optimise::{STEP, derivative, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

const SAMPLES: [f64; 5] = [0.9, -0.4, 1.7, 0.2, 2.6];
const WEIGHTS: [f64; 5] = [0.3, 0.1, 0.25, 0.15, 0.2];
const BOUNDS: DecoupledBounds = DecoupledBounds {
    mean: 0.1,
    covariance: 0.01,
};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-20",
    title: "The M-step's multipliers descend ε − C: a bound that is exceeded grows dearer",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_20,
};

/// The Lagrangian of the M-step. Catalogue: MPO-20.
///
/// ```text
/// max_θ min_{η > 0}  E_q[log π(a | s, θ)] + η_mean (ε_mean − C_mean) + η_cov (ε_cov − C_cov)
/// ∂L/∂η = ε − C
/// ```
///
/// On the line, five weighted samples: the best θ for given multipliers, the slope by a multiplier,
/// the saddle point, and the same with the parts decoupled.
pub fn mpo_20() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [best_answer()?, slopes()?, saddle()?, decoupled()?].concat(),
        notes: vec![
            "The signs are right: where C exceeds ε the slope is negative, descent raises η, and \
             the policy is held back. With η = 0 allowed a bound that does not bind is free.",
            "The printed C's carry each other's names; here each bound goes with its own part.",
        ],
        ..Outcome::default()
    })
}

fn samples() -> (Array2<f64>, Array1<f64>) {
    let samples = ArrayView2::from_shape((5, 1), &SAMPLES).expect("five samples");
    (samples.to_owned(), Array1::from_iter(WEIGHTS))
}

fn old() -> Gaussian {
    Gaussian {
        mean: array![-0.5],
        covariance: array![[0.36]],
    }
}

fn gaussian(mean: f64, log_std: f64) -> Gaussian {
    Gaussian {
        mean: array![mean],
        covariance: array![[(2.0 * log_std).exp()]],
    }
}

/// L at θ = (μ, ln σ).
fn lagrangian(x: &Array1<f64>, prices: KlPrices) -> f64 {
    let normal = Normal::from_log_std(x[0], x[1]);
    let terms = SAMPLES.iter().zip(WEIGHTS);
    let likelihood: f64 = terms.map(|(a, w)| w * normal.log_prob(a)).sum();
    gaussian_kl_parts(&old(), &gaussian(x[0], x[1])).map_or(f64::NAN, |parts| {
        likelihood
            + prices.mean * (BOUNDS.mean - parts.mean)
            + prices.covariance * (BOUNDS.covariance - parts.covariance)
    })
}

/// The best θ for given multipliers, in closed form.
fn fit(prices: KlPrices) -> Result<Gaussian, kinglet_objectives::Error> {
    let (samples, weights) = samples();
    decoupled_gaussian_fit(samples.view(), weights.view(), &old(), prices)
}

fn parameters(gaussian: &Gaussian) -> Array1<f64> {
    array![gaussian.mean[0], 0.5 * gaussian.covariance[[0, 0]].ln()]
}

/// max_θ L.
fn largest(prices: KlPrices) -> f64 {
    fit(prices).map_or(f64::NAN, |best| lagrangian(&parameters(&best), prices))
}

fn best_answer() -> Result<Vec<Check>, Box<dyn Error>> {
    let prices = KlPrices {
        mean: 2.5,
        covariance: 0.8,
    };
    let best = parameters(&fit(prices)?);
    let found = minimise(|x| -lagrangian(x, prices), array![0.0, 0.0]);
    Ok(["μ", "ln σ"]
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            Check::within(
                format!("{name} that maximises L for η = (2.5, 0.8)"),
                OPTIMISED,
                [("closed form", best[i]), ("BFGS", found[i])],
            )
        })
        .collect())
}

fn slopes() -> Result<Vec<Check>, Box<dyn Error>> {
    let prices = KlPrices {
        mean: 2.5,
        covariance: 0.8,
    };
    let parts = gaussian_kl_parts(&old(), &fit(prices)?)?;
    let by_mean = |by: f64| {
        largest(KlPrices {
            mean: prices.mean + by,
            ..prices
        })
    };
    let by_covariance = |by: f64| {
        largest(KlPrices {
            covariance: prices.covariance + by,
            ..prices
        })
    };
    Ok(vec![
        Check::within(
            "the slope of max L by η_mean",
            1e-8,
            [
                ("ε_mean − C_mean", BOUNDS.mean - parts.mean),
                ("central difference", derivative(by_mean, STEP)),
            ],
        ),
        Check::within(
            "the slope of max L by η_cov",
            1e-8,
            [
                ("ε_cov − C_cov", BOUNDS.covariance - parts.covariance),
                ("central difference", derivative(by_covariance, STEP)),
            ],
        ),
    ])
}

/// The multipliers at which max L is least.
fn multipliers() -> KlPrices {
    let prices = |x: &Array1<f64>| KlPrices {
        mean: x[0].exp(),
        covariance: x[1].exp(),
    };
    prices(&minimise(|x| largest(prices(x)), array![0.0, 0.0]))
}

fn saddle() -> Result<Vec<Check>, Box<dyn Error>> {
    let prices = multipliers();
    let best = fit(prices)?;
    let parts = gaussian_kl_parts(&old(), &best)?;
    let free = KlPrices {
        mean: 0.0,
        covariance: 0.0,
    };
    Ok(vec![
        Check::within(
            "C_mean at the saddle point",
            OPTIMISED,
            [
                ("BFGS on the multipliers", parts.mean),
                ("ε_mean", BOUNDS.mean),
            ],
        ),
        Check::within(
            "C_cov at the saddle point",
            OPTIMISED,
            [
                ("BFGS on the multipliers", parts.covariance),
                ("ε_cov", BOUNDS.covariance),
            ],
        ),
        Check::within(
            "no gap: L is the likelihood there",
            OPTIMISED,
            [
                ("min over η of max L", largest(prices)),
                ("Σ w log π(a)", lagrangian(&parameters(&best), free)),
            ],
        ),
        Check::at_most(
            "without bounds the likelihood is larger",
            ("at the saddle point", lagrangian(&parameters(&best), free)),
            ("without bounds", largest(free)),
        ),
    ])
}

/// With Σᵢ in C_mean and each part with its own likelihood: solved in closed form and by bisection.
fn decoupled() -> Result<Vec<Check>, Box<dyn Error>> {
    let (samples, weights) = samples();
    let fit = bounded_gaussian_fit(samples.view(), weights.view(), &old(), BOUNDS)?;
    let mean = samples.column(0).dot(&weights);
    let priced = (mean + fit.mean_multiplier * old().mean[0]) / (1.0 + fit.mean_multiplier);
    Ok(vec![
        Check::exact(
            "decoupled: C_mean, with the old Σ in it",
            [("solved", fit.parts.mean), ("ε_mean", BOUNDS.mean)],
        ),
        Check::exact(
            "decoupled: C_cov",
            [
                ("solved", fit.parts.covariance),
                ("ε_cov", BOUNDS.covariance),
            ],
        ),
        Check::exact(
            "decoupled: the mean",
            [
                (
                    "√(2ε) σᵢ from the old one",
                    old().mean[0] + (2.0 * BOUNDS.mean).sqrt() * 0.6,
                ),
                ("solved", fit.gaussian.mean[0]),
                ("(m + η μᵢ) / (1 + η)", priced),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_20_the_saddle_point_keeps_both_bounds() {
        assert_eq!(mpo_20().verdict(), Verdict::Holds);
        let prices = multipliers();
        assert!(prices.mean > 0.1 && prices.covariance > 0.1, "{prices:?}");
    }

    #[test]
    fn mpo_20_a_bound_that_is_exceeded_grows_dearer() {
        let free = KlPrices {
            mean: 1e-3,
            covariance: 1e-3,
        };
        let dearer = KlPrices { mean: 1e-2, ..free };
        // Exceeded: the slope is negative, descent raises the price.
        assert!(largest(dearer) < largest(free));
        let dear = KlPrices {
            mean: 50.0,
            covariance: 50.0,
        };
        let cheaper = KlPrices { mean: 40.0, ..dear };
        assert!(largest(cheaper) < largest(dear));
    }
}
