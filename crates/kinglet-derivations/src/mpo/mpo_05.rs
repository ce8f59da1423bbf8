//! MPO-05: expectation maximisation and variational inference.

use std::error::Error;

use kinglet_distributions::{Distribution, Kl, Normal};
use kinglet_objectives::{
    GaussianMixture, LatentModel, decompose_evidence, expectation_maximisation, gauss_hermite,
    log_mean_exp,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::array;

use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Illustration, Kind, Outcome, Source};

const ROUNDS: usize = 60;
const DATA: [f64; 12] = [
    -2.4, -1.7, -2.0, -1.1, -0.3, 0.4, 0.9, 1.6, 2.2, 2.9, 2.5, 3.4,
];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-05",
    title: "Evidence is a bound plus the KL from the posterior, and EM never lowers it",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_05,
};

/// What EM and variational inference divide the evidence into. Catalogue: MPO-05.
///
/// ```text
/// ln p(X | θ) = L(q, θ) + KL(q ‖ p(Z | X, θ)),   L(q, θ) = Σ_Z q(Z) ln( p(X, Z | θ) / q(Z) )
/// ```
///
/// For a discrete latent variable, for a continuous one by quadrature, and for the mixture of two
/// Gaussians that EM fits.
pub fn mpo_05() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [discrete()?, continuous()?, mixture()?].concat(),
        notes: vec![
            "The p of \"KL(q ‖ p)\" is the posterior p(Z | X, θ). Read as the prior of Z the \
             identity is false.",
            "The sentence that begins with \"more difficult than\" is cut off: p(X, Z | θ) is \
             what is easier to maximise.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn discrete() -> Result<Vec<Check>, Box<dyn Error>> {
    let joint = array![0.3, 0.02, 0.1, 0.25_f64];
    let q = array![0.1, 0.5, 0.15, 0.25];
    let parts = decompose_evidence(joint.mapv(f64::ln).view(), q.view())?;
    let posterior = &joint / joint.sum();
    let kl = (&q * &(&q / &posterior).mapv(f64::ln)).sum();
    let at_posterior = decompose_evidence(joint.mapv(f64::ln).view(), posterior.view())?;
    Ok(vec![
        Check::exact(
            "ln p(X), a latent variable of four values",
            [
                ("ln Σ p(X, Z)", joint.sum().ln()),
                ("L(q) + KL(q ‖ p(Z | X))", parts.bound + parts.kl),
                ("L(q) at the posterior: the E-step", at_posterior.bound),
            ],
        ),
        Check::exact(
            "KL(q ‖ p(Z | X))",
            [
                ("Σ q ln(q / posterior)", kl),
                ("ln p(X) − L(q)", parts.log_evidence - parts.bound),
            ],
        ),
        Check::at_most(
            "L(q) ≤ ln p(X)",
            ("L(q)", parts.bound),
            ("ln p(X)", parts.log_evidence),
        ),
    ])
}

/// z ~ N(0, 1), x | z ~ N(z, 1): the posterior of z is N(x/2, ½).
fn continuous() -> Result<Vec<Check>, Box<dyn Error>> {
    let x = 1.3;
    let q = Normal::new(0.2, 0.9)?;
    let posterior = Normal::new(x / 2.0, 0.5_f64.sqrt())?;
    let gauss = gauss_hermite(60);
    let nodes = gauss.nodes.iter().zip(&gauss.weights);
    let log_ratio = |z: f64| {
        let log_joint = -0.5 * z * z - 0.5 * (x - z) * (x - z) - (2.0 * std::f64::consts::PI).ln();
        log_joint - q.log_prob(&z)
    };
    let bound: f64 = nodes
        .map(|(xi, w)| w * log_ratio(q.mean() + q.std() * xi))
        .sum();
    let evidence = -0.25 * x * x - 0.5 * (4.0 * std::f64::consts::PI).ln();
    Ok(vec![Check::within(
        "ln p(x), z ~ N(0, 1) and x ~ N(z, 1), for a q that is not the posterior",
        10.0 * EXACT,
        [
            ("ln N(x; 0, 2)", evidence),
            (
                "L(q) by quadrature + KL(q ‖ p(z | x))",
                bound + q.kl(&posterior),
            ),
        ],
    )])
}

fn start() -> Result<GaussianMixture, kinglet_objectives::Error> {
    GaussianMixture::new(&[0.6, 0.4], &[-0.5, 1.0], &[1.0, 2.0])
}

fn mixture() -> Result<Vec<Check>, Box<dyn Error>> {
    let fit = expectation_maximisation(start()?, &DATA[..], ROUNDS);
    let steps = fit.log_evidence.windows(2).map(|pair| pair[0] - pair[1]);
    let start = start()?;
    // Each observation's bound at a q that is no posterior, and its divergence.
    let q = array![0.3, 0.7];
    let (mut split, mut direct) = (0.0, 0.0);
    for row in start.log_joint(&DATA).rows() {
        let parts = decompose_evidence(row, q.view())?;
        split += parts.bound + parts.kl;
        direct += log_mean_exp(row, 1.0)? + 2_f64.ln();
    }
    Ok(vec![
        Check::exact(
            "ln p(X) of a mixture of two Gaussians, 12 observations",
            [
                ("Σ ln Σ_z p(x, z)", direct),
                ("Σ (L + KL)", split),
                ("EM before its first round", fit.log_evidence[0]),
            ],
        ),
        Check::at_most(
            "no round of EM lowers ln p(X)",
            (
                "the largest fall of 60 rounds",
                steps.fold(f64::NEG_INFINITY, f64::max),
            ),
            ("zero", 0.0),
        ),
        Check::within(
            "at the end the M-step changes nothing",
            1e-6,
            [
                ("mean of component 0", fit.model.means[0]),
                (
                    "after another round",
                    expectation_maximisation(fit.model.clone(), &DATA[..], 1)
                        .model
                        .means[0],
                ),
            ],
        ),
    ])
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let fit = expectation_maximisation(start()?, &DATA[..], 30);
    let rounds: Vec<f64> = (0..=30).map(f64::from).collect();
    let axes = Axes::new(
        "EM climbs the evidence",
        Axis::linear("round"),
        Axis::linear("ln p(X | θ), nats"),
        "The log evidence of twelve observations under a mixture of two Gaussians rises with each \
         round of EM and levels off.",
    );
    Ok(Illustration {
        caption: "ln p(X | θ) of a mixture of two Gaussians: no round lowers it.",
        figure: lines(&axes, &[Series::line("", rounds, fit.log_evidence)])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_05_evidence_is_bound_and_divergence() {
        assert_eq!(mpo_05().verdict(), Verdict::Holds);
        let fit = expectation_maximisation(start().unwrap(), &DATA[..], ROUNDS);
        assert!(fit.log_evidence[ROUNDS] > fit.log_evidence[0] + 1.0);
    }

    #[test]
    fn mpo_05_with_the_prior_in_the_divergence_it_is_false() {
        let prior = Normal::new(0.0, 1.0).unwrap();
        let q = Normal::new(0.2, 0.9).unwrap();
        let posterior = Normal::new(0.65, 0.5_f64.sqrt()).unwrap();
        assert!((q.kl(&prior) - q.kl(&posterior)).abs() > 0.1);
    }
}
