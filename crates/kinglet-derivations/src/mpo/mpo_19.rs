//! MPO-19: the decoupled divergence of two Gaussians.

use std::error::Error;

use kinglet_distributions::{Kl, MvNormal, monte_carlo_kl};
use kinglet_objectives::Estimate;
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use kinglet_trust_region::{
    Gaussian, decoupled_kl_parts, gaussian_kl_parts, mean_reach, std_reach,
};
use ndarray::array;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

/// The bounds of the paper's table.
const MEAN_BOUND: f64 = 0.1;
const COVARIANCE_BOUND: f64 = 1e-4;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-19",
    title: "A Gaussian's KL splits into a mean and a covariance part; their names were swapped",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_19,
};

/// The decoupled divergence of two Gaussians. Catalogue: MPO-19.
///
/// ```text
/// KL(N(μᵢ, Σᵢ) ‖ N(μ, Σ)) = C_mean + C_cov
/// C_mean = ½ (μ − μᵢ)ᵀ Σ⁻¹ (μ − μᵢ)        C_cov = ½ (tr Σ⁻¹Σᵢ − n + ln |Σ|/|Σᵢ|)
/// ```
///
/// For a literal pair in two dimensions, in closed form and by sampling; what each part answers to;
/// and how far each bound lets a Gaussian on the line go in one step.
pub fn mpo_19() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [split()?, names()?, coupling()?, reaches()?].concat(),
        printed: printed_errata()?,
        notes: vec![
            "The policy that is evaluated is π(a|s, θ) against π(a|s, θᵢ): the index belongs to \
             the parameters. The distribution it is fitted to comes from the E-step, not the \
             M-step.",
            "The split is not a decoupling: C_mean holds the new Σ. With the old one in its place \
             it does not, but then the sum is no longer the divergence.",
            "The 25 to 42 % of a bound of 0.1 are of the standard deviation: the variance may \
             change to between 0.564 and 2.027 of what it was.",
        ],
        figures: vec![figure()?],
    })
}

fn pair() -> (Gaussian, Gaussian) {
    let old = Gaussian {
        mean: array![0.3, -1.0],
        covariance: array![[1.0, 0.4], [0.4, 0.7]],
    };
    let new = Gaussian {
        mean: array![1.1, 0.2],
        covariance: array![[0.5, -0.2], [-0.2, 1.3]],
    };
    (old, new)
}

fn law(gaussian: &Gaussian) -> Result<MvNormal, kinglet_distributions::Error> {
    let covariance: Vec<f64> = gaussian.covariance.iter().copied().collect();
    MvNormal::from_covariance(gaussian.mean.to_vec(), &covariance)
}

fn split() -> Result<Vec<Check>, Box<dyn Error>> {
    let (old, new) = pair();
    let parts = gaussian_kl_parts(&old, &new)?;
    let (p, q) = (law(&old)?, law(&new)?);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(19);
    let sampled = monte_carlo_kl(&p, &q, 20_000, &mut rng)?;
    let sampled = Estimate {
        mean: sampled.mean,
        standard_error: sampled.standard_error,
    };
    Ok(vec![
        Check::exact(
            "KL(πᵢ ‖ π) of a pair in two dimensions",
            [
                ("C_mean + C_cov", parts.mean + parts.covariance),
                ("closed form of the whole", p.kl(&q)),
            ],
        ),
        Check::monte_carlo(
            "the same by sampling",
            ("C_mean + C_cov", parts.mean + parts.covariance),
            ("20 000 draws of πᵢ", sampled),
        ),
    ])
}

/// Each part vanishes where the other's parameter is all that differs.
fn names() -> Result<Vec<Check>, Box<dyn Error>> {
    let (old, new) = pair();
    let same_mean = Gaussian {
        mean: old.mean.clone(),
        ..new.clone()
    };
    let same_covariance = Gaussian {
        covariance: old.covariance.clone(),
        ..new
    };
    let zero = ("zero", 0.0);
    Ok(vec![
        Check::exact(
            "C_mean where the means are equal",
            [("library", gaussian_kl_parts(&old, &same_mean)?.mean), zero],
        ),
        Check::exact(
            "C_cov where the covariances are equal",
            [
                (
                    "library",
                    gaussian_kl_parts(&old, &same_covariance)?.covariance,
                ),
                zero,
            ],
        ),
    ])
}

/// ∂C_mean/∂ log Σ with Σ = e^x Σ_new: −C_mean, and 0 with the old Σ in it.
fn coupling() -> Result<Vec<Check>, Box<dyn Error>> {
    let (old, new) = pair();
    let scaled = |by: f64| Gaussian {
        covariance: &new.covariance * by.exp(),
        ..new.clone()
    };
    let exact = |by| gaussian_kl_parts(&old, &scaled(by)).map_or(f64::NAN, |parts| parts.mean);
    let apart = |by| decoupled_kl_parts(&old, &scaled(by)).map_or(f64::NAN, |parts| parts.mean);
    let (parts, decoupled) = (
        gaussian_kl_parts(&old, &new)?,
        decoupled_kl_parts(&old, &new)?,
    );
    Ok(vec![
        Check::within(
            "not decoupled: the slope of C_mean as Σ is scaled by eˣ",
            1e-8,
            [
                ("−C_mean", -exact(0.0)),
                ("central difference", derivative(exact, STEP)),
            ],
        ),
        Check::exact(
            "with Σᵢ in C_mean that slope is gone",
            [
                ("central difference", derivative(apart, STEP)),
                ("zero", 0.0),
            ],
        ),
        Check::at_most(
            "but the sum is then off the divergence, here by more than a tenth",
            ("0.1", 0.1),
            (
                "|C_mean + C_cov − KL|",
                (decoupled.mean - parts.mean).abs()
                    + (decoupled.covariance - parts.covariance).abs(),
            ),
        ),
    ])
}

/// KL(N(0, 1) ‖ N(0, r²)).
fn kl_of_ratio(ratio: f64) -> f64 {
    0.5 * (1.0 / (ratio * ratio) - 1.0) + ratio.ln()
}

fn reaches() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for (bound, golden) in [
        (MEAN_BOUND, [0.4472, 0.751, 1.424]),
        (COVARIANCE_BOUND, [0.0141, 0.9901, 1.0101]),
    ] {
        let (least, greatest) = std_reach(bound)?;
        let reach = mean_reach(bound)?;
        checks.push(Check::within(
            format!("|Δμ|/σ that ε = {bound} allows"),
            5e-5,
            [("√(2ε)", reach), ("known", golden[0])],
        ));
        checks.push(Check::exact(
            format!("the divergences at the three ends for ε = {bound}"),
            [
                ("½ (Δμ/σ)²", 0.5 * reach * reach),
                ("least σ", kl_of_ratio(least)),
                ("greatest σ", kl_of_ratio(greatest)),
                ("ε", bound),
            ],
        ));
        for (name, ratio, known) in [
            ("least", least, golden[1]),
            ("greatest", greatest, golden[2]),
        ] {
            checks.push(Check::within(
                format!("the {name} σ_new/σ_old that ε = {bound} allows"),
                5e-4,
                [("root of ½ (1/r² − 1) + ln r = ε", ratio), ("known", known)],
            ));
        }
    }
    let (least, greatest) = std_reach(MEAN_BOUND)?;
    // In the other order, KL(new ‖ old), the ratios are the reciprocals.
    for (name, ratio, known) in [
        ("least", 1.0 / greatest, 0.702),
        ("greatest", 1.0 / least, 1.331),
    ] {
        checks.push(Check::within(
            format!("the {name} ratio in the other order, KL(new ‖ old) ≤ 0.1"),
            5e-4,
            [("reciprocal", ratio), ("known", known)],
        ));
        checks.push(Check::exact(
            format!("its divergence, {name}"),
            [
                (
                    "½ (r² − 1) − ln r",
                    0.5 * (ratio * ratio - 1.0) - ratio.ln(),
                ),
                ("ε", MEAN_BOUND),
            ],
        ));
    }
    Ok(checks)
}

fn printed_errata() -> Result<Vec<Printed>, Box<dyn Error>> {
    let (old, new) = pair();
    let same_mean = Gaussian {
        mean: old.mean.clone(),
        ..new
    };
    let swapped = gaussian_kl_parts(&old, &same_mean)?.covariance;
    let (_, greatest) = std_reach(MEAN_BOUND)?;
    Ok(vec![
        Printed::number(
            "C_μ = ½ (tr Σ⁻¹Σᵢ − n + ln …), where the means are equal",
            swapped,
            0.0,
            "The names are swapped: this is the covariance's part, and the quadratic form called \
             C_Σ is the mean's.",
        ),
        Printed::number(
            "so with ε_μ = 0.1 and ε_Σ = 0.0001 the mean may move by, in σ",
            mean_reach(COVARIANCE_BOUND)?,
            mean_reach(MEAN_BOUND)?,
            "Under the swapped names the small bound falls on the mean.",
        ),
        Printed::number(
            "and the standard deviation grow by the factor",
            greatest,
            std_reach(COVARIANCE_BOUND)?.1,
            "Under the swapped names the large bound falls on the covariance, which may then \
             change by 25 to 42 % a step.",
        ),
        Printed::words(
            "ln(Σ/Σᵢ)",
            "A quotient of matrices has no logarithm that is a number: ln(|Σ|/|Σᵢ|), of the \
             determinants.",
        ),
    ])
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let ratios: Vec<f64> = (0..=100).map(|i| 0.6 + 0.011 * f64::from(i)).collect();
    let kl: Vec<f64> = ratios.iter().map(|&r| kl_of_ratio(r)).collect();
    let back: Vec<f64> = ratios.iter().map(|&r| kl_of_ratio(1.0 / r)).collect();
    let mut axes = Axes::new(
        "How far a bound lets the standard deviation go",
        Axis::linear("σ_new / σ_old"),
        Axis::linear("KL (nats)"),
        "Both orders of the divergence vanish at a ratio of one; KL(old ‖ new) rises faster below \
         it and slower above.",
    );
    axes.references = vec![Reference::horizontal("ε = 0.1", MEAN_BOUND)];
    Ok(Illustration {
        caption: "The covariance's part on the line: KL(old ‖ new) allows less shrinking and more \
                  growth than the other order.",
        figure: lines(
            &axes,
            &[
                Series::line("KL(old ‖ new)", &ratios, kl),
                Series::line("KL(new ‖ old)", &ratios, back),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_19_parts_names_and_reaches() {
        let outcome = mpo_19();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        let [named, mean, std, _] = &outcome.printed[..] else {
            panic!("four errata");
        };
        assert!(named.value.unwrap() > 0.3);
        assert!((mean.value.unwrap() - 0.0141).abs() < 5e-5);
        assert!((std.value.unwrap() - 1.424).abs() < 5e-4);
    }

    #[test]
    fn mpo_19_ratios_of_variances_are_squares() {
        let (least, greatest) = std_reach(MEAN_BOUND).unwrap();
        assert!((least * least - 0.564).abs() < 5e-4);
        assert!((greatest * greatest - 2.027).abs() < 5e-4);
    }
}
