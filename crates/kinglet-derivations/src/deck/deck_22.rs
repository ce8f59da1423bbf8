//! DECK-22: the clipped surrogate.

use std::error::Error;

use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use kinglet_trust_region::{clip, clipped, clipped_surrogate};
use ndarray::{Array1, array};

use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-22",
    title: "The clipped surrogate is a lower bound that feels harm in full; ρ comes first in clip",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_22,
};

const WIDTH: f64 = 0.2;

/// The clipped surrogate. Catalogue: DECK-22.
///
/// ```text
/// L = E[ min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) ],    clip(x, lo, hi) = min(max(x, lo), hi)
/// ```
///
/// The table of ratios and signs with ε = .2, one sample at a time, as a batch and by its four
/// sides; that it never exceeds ρ Â; its slope; and what the printed order of arguments gives.
pub fn deck_22() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = table()?;
    checks.push(below()?);
    checks.extend(slopes()?);
    Ok(Outcome {
        checks,
        printed: vec![printed_order()?],
        notes: vec![
            "Advantages above 0 cannot tell the two orders apart: a test of clipping needs Â < 0.",
            "Rust's `clamp` panics on the printed order as soon as ρ < 1 + ε, for its lower bound \
             then lies above its upper one.",
        ],
        figures: vec![figure()?],
    })
}

/// The definition, side by side: where the gain has been had, nothing more is to be had.
fn by_sides(ratio: f64, advantage: f64) -> f64 {
    if advantage > 0.0 && ratio > 1.0 + WIDTH {
        (1.0 + WIDTH) * advantage
    } else if advantage < 0.0 && ratio < 1.0 - WIDTH {
        (1.0 - WIDTH) * advantage
    } else {
        ratio * advantage
    }
}

/// The mean of a batch of one.
fn batch(ratio: f64, advantage: f64) -> Result<f64, kinglet_trust_region::Error> {
    let (new, old) = (array![ratio.ln()], array![0.0]);
    Ok(clipped(new.view(), old.view(), array![advantage].view(), WIDTH)?.value)
}

fn table() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for advantage in [1.0, -1.0] {
        for ratio in [0.5, 0.9, 1.1, 1.5] {
            checks.push(Check::exact(
                format!("ρ = {ratio}, Â = {advantage}"),
                [
                    (
                        "min(ρ Â, clip(ρ) Â)",
                        clipped_surrogate(ratio, advantage, WIDTH),
                    ),
                    ("a batch of one", batch(ratio, advantage)?),
                    ("the four sides", by_sides(ratio, advantage)),
                ],
            ));
        }
    }
    Ok(checks)
}

/// Over a grid of a hundred thousand ratios and advantages.
fn below() -> Result<Check, Box<dyn Error>> {
    let mut excess = f64::NEG_INFINITY;
    for i in 0..400 {
        for j in -125..125 {
            let (ratio, advantage) = (0.0075 * f64::from(i), 0.02 * f64::from(j));
            let surrogate = clipped_surrogate(ratio, advantage, WIDTH);
            excess = excess.max(surrogate - ratio * advantage);
        }
    }
    Ok(Check::at_most(
        "the clipped surrogate never exceeds ρ Â",
        ("the largest excess of 100 000", excess),
        ("0", 0.0),
    ))
}

/// The derivative by log q at four ratios on either side, all in one batch.
fn slopes() -> Result<Vec<Check>, Box<dyn Error>> {
    let ratios = [0.5, 0.9, 1.1, 1.5];
    let (mut checks, old) = (Vec::new(), Array1::zeros(4));
    for sign in [1.0, -1.0] {
        let advantage = Array1::from_elem(4, sign);
        let at = |n: usize, step: f64| {
            let mut log_prob = Array1::from_iter(ratios.map(f64::ln));
            log_prob[n] += step;
            clipped(log_prob.view(), old.view(), advantage.view(), WIDTH)
        };
        let here = at(0, 0.0)?;
        for (n, ratio) in ratios.iter().enumerate() {
            checks.push(Check::within(
                format!("4 ∂L / ∂ log q at ρ = {ratio}, Â = {sign}"),
                1e-8,
                [
                    ("closed form", 4.0 * here.by_log_prob[n]),
                    (
                        "differences",
                        4.0 * (at(n, 1e-5)?.value - at(n, -1e-5)?.value) / 2e-5,
                    ),
                ],
            ));
        }
    }
    Ok(checks)
}

/// clip with its arguments as printed: the bounds first, ρ last.
fn as_printed(ratio: f64, advantage: f64) -> f64 {
    (ratio * advantage).min(clip(1.0 - WIDTH, 1.0 + WIDTH, ratio) * advantage)
}

fn printed_order() -> Result<Printed, Box<dyn Error>> {
    Ok(Printed::number(
        "clip(1 − ε, 1 + ε, ρ) at Â = −1, ρ = ½",
        as_printed(0.5, -1.0),
        clipped_surrogate(0.5, -1.0, WIDTH),
        "The value comes first, clip(ρ, 1 − ε, 1 + ε). In the printed order clip(x, lo, hi) \
         returns min(1 + ε, ρ): the lower clip is lost.",
    ))
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let ratios: Vec<f64> = (0..=200).map(|i| 0.01 * f64::from(i)).collect();
    let of = |f: fn(f64, f64) -> f64, advantage: f64| -> Vec<f64> {
        ratios.iter().map(|&ratio| f(ratio, advantage)).collect()
    };
    let right = |ratio, advantage| clipped_surrogate(ratio, advantage, WIDTH);
    let axes = Axes {
        references: vec![
            Reference::vertical("1 − ε", 1.0 - WIDTH),
            Reference::vertical("1 + ε", 1.0 + WIDTH),
        ],
        ..Axes::new(
            "What clipping holds, and what the printed order loses",
            Axis::linear("ratio ρ"),
            Axis::linear("surrogate of one sample"),
            "For a positive advantage the clipped surrogate is level above 1.2, for a negative \
             one below 0.8; in the printed order the second level part is missing.",
        )
    };
    Ok(Illustration {
        caption: "The clipped surrogate, ε = .2. It stops rewarding a change that has gone far \
                  enough, and goes on punishing one that did harm. With the arguments as printed \
                  nothing holds a negative advantage.",
        figure: lines(
            &axes,
            &[
                Series::line("Â = 1", &ratios, of(right, 1.0)),
                Series::line("Â = −1", &ratios, of(right, -1.0)),
                Series::line("Â = −1, as printed", &ratios, of(as_printed, -1.0)),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_22_table_bound_and_slopes() {
        let outcome = deck_22();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_22_the_printed_order_loses_the_lower_clip_alone() {
        let printed = &deck_22().printed[0];
        assert_eq!(printed.value, Some(-0.5));
        assert!((printed.off_by.unwrap() - 0.3).abs() < 1e-15);
        for ratio in [0.5, 0.9, 1.1, 1.5] {
            assert_eq!(as_printed(ratio, 1.0), clipped_surrogate(ratio, 1.0, WIDTH));
        }
    }
}
