//! Learning curves of groups.

use kinglet_plots::{Axes, Axis, Figure, Series, lines};

use super::Refused;
use super::curve::curve;
use super::score::Scored;

/// So many curves can be told apart in one figure.
const CURVES: usize = 8;

/// The learning curves of ranked groups, the best first; several figures where there are more than eight.
pub(crate) fn figures(environment: &str, ranked: &[Scored<'_>]) -> Result<Vec<Figure>, Refused> {
    let mut series = Vec::new();
    for scored in ranked {
        series.extend(curve(&scored.group.label, &scored.group.runs)?);
    }
    let parts = series.len().div_ceil(CURVES);
    let chunks = series.chunks(CURVES).enumerate();
    chunks
        .map(|(i, part)| {
            let title = match parts {
                1 => format!("Learning {environment}"),
                _ => format!("Learning {environment}, {} of {parts}", i + 1),
            };
            Ok(lines(&axes(&title, environment, part), part)?)
        })
        .collect()
}

fn axes(title: &str, environment: &str, series: &[Series]) -> Axes {
    let last = |s: &Series| {
        let end = s.y.last().copied().unwrap_or_default();
        format!("{} ends at {end:.1}", s.label)
    };
    let ends: Vec<String> = series.iter().map(last).collect();
    let alt = format!(
        "Returns on {environment} over environment steps, interquartile means over seeds with 95 % intervals: {}.",
        ends.join("; ")
    );
    Axes::new(
        title,
        Axis::linear("environment steps"),
        Axis::linear("return, interquartile mean over seeds with 95 % interval"),
        alt,
    )
}
