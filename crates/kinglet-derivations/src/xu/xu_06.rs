//! XU-06: the entropy-regularised objective.

use kinglet_distributions::{Distribution, Normal};
use kinglet_objectives::{DiagonalTransport, Noise, robust_value, vpg_objective};
use ndarray::aview1;

use super::sigmoid_bandit::{TEMPERATURE, integral, reward};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-06",
    title: "R̃ = E_P[R] + α H(P) = α ∫ log(e^(R/α)/p) dP, with the α in front",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_06,
};

/// What four parameters earn, and a law over them.
pub(super) const REWARDS: [f64; 4] = [-0.4, 0.3, 1.0, 2.0];
const LAW: [f64; 4] = [0.3, 0.2, 0.1, 0.4];

/// The objective of a law over parameters. Catalogue: XU-06.
///
/// ```text
/// R̃ = E_P[R] + α H(P) = α ∫ log( e^(R/α) / p ) dP
/// ```
///
/// For a law over four parameters and for a normal law over a bandit's logit, at α = ½.
pub fn xu_06() -> Outcome {
    Outcome::of(compute())
}

/// Σ p log(e^(R/α)/p).
fn mean_logarithm() -> f64 {
    let pairs = REWARDS.iter().zip(LAW);
    pairs
        .map(|(r, p)| p * ((r / TEMPERATURE).exp() / p).ln())
        .sum()
}

fn compute() -> Computed {
    let table = robust_value(aview1(&REWARDS), aview1(&LAW), TEMPERATURE)?;
    Ok(Outcome {
        checks: vec![
            Check::exact(
                "R̃ of a law over four parameters, α = ½",
                [
                    ("E[R] + α H", table),
                    ("α Σ p log(e^(R/α)/p)", TEMPERATURE * mean_logarithm()),
                ],
            ),
            Check::within(
                "the same, known digits",
                5e-7,
                [("E[R] + α H", table), ("known", 1.479_927)],
            ),
            normal_law()?,
        ],
        printed: vec![Printed::number(
            "∫ log(e^(R/α)/p) dP, the third line, without α",
            mean_logarithm(),
            table,
            "The α in front of the integral is lost between the second line and the third. The best \
             P is the same, its value is not.",
        )],
        ..Outcome::default()
    })
}

/// θ ~ N(.3, .8²) over the logit of the bandit.
fn normal_law() -> Result<Check, Box<dyn std::error::Error>> {
    let q = [0.3, 0.8];
    let law: Normal = Normal::new(q[0], q[1])?;
    let noise = Noise::quadrature(80, 1);
    let family = DiagonalTransport { dim: 1 };
    let second_line = integral(-10.0, 11.0, 8000, |theta| {
        let log_p = law.log_prob(&theta);
        log_p.exp() * (reward(&[theta]) / TEMPERATURE - log_p)
    });
    Ok(Check::exact(
        "R̃ of a normal law over the bandit's logit",
        [
            (
                "E[R] + α H, over the noise",
                vpg_objective(&family, &q, &noise, TEMPERATURE, reward)?,
            ),
            ("α ∫ p log(e^(R/α)/p) dθ", TEMPERATURE * second_line),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_06_the_objective_in_two_forms() {
        assert_eq!(xu_06().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_06_the_printed_line_is_twice_as_large_at_one_half() {
        let printed = &xu_06().printed[0];
        assert!((printed.value.unwrap() - 2.959_854).abs() < 1e-6);
    }
}
