//! XU-07: the best law over parameters.

use std::error::Error;

use kinglet_objectives::{
    DiagonalTransport, Noise, boltzmann, gauss_hermite, robust_value, soft_max, transport_kl,
    vpg_objective,
};
use ndarray::{Array1, arr1, aview1};

use super::sigmoid_bandit::{PAY, TEMPERATURE, integral, log_posterior, log_prior, reward, share};
use super::xu_06::REWARDS;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-07",
    title: "The best law is p ∝ e^(R/α); for bounded R on all of ℝᵈ none exists without a prior",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_07,
};

/// The law that maximises `E[R] + α H`. Catalogue: XU-07.
///
/// ```text
/// p ∝ e^(R/α),   max R̃ = α log ∫ e^(R/α)
/// ```
///
/// On a simplex it is right. On ℝ, with a bounded R, the normaliser is infinite and R̃ has no
/// maximum; a prior p₀ mends both.
pub fn xu_07() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = simplex()?;
    checks.extend(no_normaliser());
    checks.extend(no_maximum()?);
    checks.push(with_a_prior()?);
    Ok(Outcome {
        checks,
        printed: vec![Printed::number(
            "p ∝ e^(R/α) for R = σ(θ) on ℝ: the mass of ±1000 under the normaliser of ±10",
            normaliser(1000.0) / normaliser(10.0),
            1.0,
            "A bounded R does not fall off, so ∫ e^(R/α) dθ grows with the interval without end, \
             and there is no such law. It takes a prior, p ∝ p₀ e^(R/α), which section 3.2 alone has.",
        )],
        notes: vec![
            "The condition: (3) holds where ∫ e^(R/α) dθ is finite, as on finitely many parameters \
             or on a bounded set; or with a prior.",
            "The exact best law is not in general one that a map of simple form can make.",
        ],
        ..Outcome::default()
    })
}

fn simplex() -> Result<Vec<Check>, Box<dyn Error>> {
    let objective = |logits: &Array1<f64>| {
        let law = boltzmann(logits.view(), 1.0);
        let value = law.and_then(|law| robust_value(aview1(&REWARDS), law.view(), TEMPERATURE));
        value.map_or(f64::NAN, |value| -value)
    };
    let found = minimise(objective, arr1(&[0.0; 4]));
    let (best, found_law) = (
        boltzmann(aview1(&REWARDS), TEMPERATURE)?,
        boltzmann(found.view(), 1.0)?,
    );
    let mut checks = vec![Check::within(
        "max R̃ over laws on four parameters, α = ½",
        OPTIMISED,
        [
            ("α log Σ e^(R/α)", soft_max(aview1(&REWARDS), TEMPERATURE)?),
            ("optimiser over the simplex", -objective(&found)),
            ("known", 2.081_458),
        ],
    )];
    checks.push(Check::within(
        "probability of the best parameter",
        OPTIMISED,
        [("e^(R/α)/Z", best[3]), ("optimiser", found_law[3])],
    ));
    Ok(checks)
}

/// ∫ e^(σ(θ)/α) over ±reach.
fn normaliser(reach: f64) -> f64 {
    integral(-reach, reach, 40_000, |theta| {
        (share(theta) / TEMPERATURE).exp()
    })
}

fn no_normaliser() -> Vec<Check> {
    let known = [
        (10.0, 77.8, 0.05),
        (100.0, 833.0, 0.5),
        (1000.0, 8383.0, 0.5),
    ];
    let mut checks: Vec<Check> = known
        .into_iter()
        .map(|(reach, known, tolerance)| {
            Check::within(
                format!("∫ e^(σ(θ)/α) dθ over ±{reach}"),
                tolerance,
                [("integral", normaliser(reach)), ("known", known)],
            )
        })
        .collect();
    let per_unit = (normaliser(1000.0) - normaliser(100.0)) / 900.0;
    checks.push(Check::within(
        "it grows by e^(1/α) + 1 for each unit of reach",
        1e-6,
        [
            ("from ±100 to ±1000", per_unit),
            ("e² + 1", (1.0 / TEMPERATURE).exp() + 1.0),
        ],
    ));
    checks
}

/// R̃ of N(0, s²): by symmetry E[σ(θ)] = ½, and the entropy grows with log s.
fn no_maximum() -> Result<Vec<Check>, Box<dyn Error>> {
    let (family, noise) = (DiagonalTransport { dim: 1 }, Noise::quadrature(80, 1));
    let unit_entropy = 0.5 * (2.0 * std::f64::consts::PI * std::f64::consts::E).ln();
    let wide = [(1.0, 1.21), (10.0, 2.36), (100.0, 3.51), (10_000.0, 5.81)];
    let mut checks = Vec::new();
    for (s, known) in wide {
        let value = vpg_objective(&family, &[0.0, s], &noise, TEMPERATURE, |t| share(t[0]))?;
        let closed = 0.5 + TEMPERATURE * (unit_entropy + f64::ln(s));
        checks.push(Check::exact(
            format!("R̃ of N(0, {s}²), R = σ(θ)"),
            [
                ("over the noise", value),
                ("½ + α (½ log 2πe + log s)", closed),
            ],
        ));
        checks.push(Check::within(
            format!("R̃ of N(0, {s}²), known digits"),
            0.005,
            [("over the noise", value), ("known", known)],
        ));
    }
    Ok(checks)
}

/// With p₀ = N(0, 1) the bound is log E₀[e^(R/α)] − KL(q ‖ posterior), finite whatever q is.
fn with_a_prior() -> Result<Check, Box<dyn Error>> {
    let q = [0.4, 0.9];
    let noise = Noise::quadrature(80, 1);
    let bound = -transport_kl(&DiagonalTransport { dim: 1 }, &q, &noise, log_posterior)?;
    let log_z = gauss_hermite(80)
        .mean(|theta| (reward(&[theta]) / TEMPERATURE).exp())
        .ln();
    let kl = integral(-10.0, 11.0, 8000, |theta| {
        let z = (theta - q[0]) / q[1];
        let log_q = log_prior(&[z]) - q[1].ln();
        log_q.exp() * (log_q - log_posterior(&[theta]) + log_z)
    });
    Ok(Check::exact(
        format!("with the prior N(0, 1) and pay {PAY} the bound is log Z − KL"),
        [
            ("over the noise", bound),
            ("log Z − ∫ q log(q/p) dθ", log_z - kl),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_07_the_best_law_where_there_is_one() {
        assert_eq!(xu_07().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_07_the_normaliser_grows_without_end() {
        assert!(normaliser(100.0) > 10.0 * normaliser(10.0));
        assert!(normaliser(1000.0) > 10.0 * normaliser(100.0));
        assert!(xu_07().printed[0].off_by.unwrap() > 100.0);
    }
}
