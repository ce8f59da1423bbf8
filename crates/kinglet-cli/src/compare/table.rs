//! The comparison as text.

use std::io::{self, Write};

use console::Style;
use kinglet_algorithms::Interval;

use super::overall::Overall;
use super::score::{Improvement, Scored};
use crate::layout::pad;

/// So many groups have all their pairs listed; of more, the best is held against each.
const ALL_PAIRS: usize = 4;

/// The table of an environment, and the probabilities under it.
pub(crate) fn write(
    out: &mut impl Write,
    environment: &str,
    ranked: &[Scored<'_>],
    improvements: &[Improvement],
) -> io::Result<()> {
    let (bold, dim) = (Style::new().bold(), Style::new().dim());
    writeln!(out, "{}", bold.apply_to(environment))?;
    let head = ["", "runs", "IQM", "95 % interval", "lowest", "highest"].map(String::from);
    let rows: Vec<[String; 6]> = ranked
        .iter()
        .map(|scored| row(scored, decimals(ranked)))
        .collect();
    let all: Vec<&[String; 6]> = std::iter::once(&head).chain(&rows).collect();
    let widths: [usize; 6] = std::array::from_fn(|i| {
        let widths = all.iter().map(|row| console::measure_text_width(&row[i]));
        widths.max().unwrap_or(0)
    });
    writeln!(out, "  {}", dim.apply_to(line(&head, widths)))?;
    for row in &rows {
        writeln!(out, "  {}", line(row, widths))?;
    }
    let labels: Vec<&str> = ranked.iter().map(|s| s.group.label.as_str()).collect();
    probabilities(out, &labels, improvements)
}

/// What all environments have in common, under a heading.
pub(crate) fn write_overall(out: &mut impl Write, overall: &Overall<'_>) -> io::Result<()> {
    let heading = Style::new().bold().apply_to("all environments together");
    writeln!(out, "{heading}")?;
    probabilities(out, &overall.labels, &overall.improvements)
}

/// The first cell to the left, the others to the right.
fn line(cells: &[String; 6], widths: [usize; 6]) -> String {
    let cells = cells.iter().zip(widths).enumerate();
    let set = cells.map(|(i, (cell, width))| match i {
        0 => pad(cell, width),
        _ => {
            let room = width.saturating_sub(console::measure_text_width(cell));
            format!("   {}{cell}", " ".repeat(room))
        }
    });
    set.collect()
}

fn row(scored: &Scored<'_>, decimals: usize) -> [String; 6] {
    let number = |x: f64| format!("{x:.decimals$}");
    let Interval {
        estimate,
        low,
        high,
    } = scored.middle;
    let interval = match scored.scores.len() {
        1 => "one run".into(),
        _ => format!("[{}, {}]", number(low), number(high)),
    };
    let [lowest, highest] = ends(&scored.scores);
    [
        scored.group.label.clone(),
        scored.scores.len().to_string(),
        number(estimate),
        interval,
        number(lowest),
        number(highest),
    ]
}

/// The least and the greatest.
pub(crate) fn ends(scores: &[f64]) -> [f64; 2] {
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [least, greatest]
}

/// Digits behind the point that show four digits of the largest score.
pub(crate) fn decimals(ranked: &[Scored<'_>]) -> usize {
    let scores = ranked.iter().flat_map(|scored| &scored.scores);
    let largest = scores.map(|score| score.abs()).fold(0.0, f64::max);
    match largest {
        x if x >= 100.0 => 1,
        x if x >= 10.0 => 2,
        _ => 3,
    }
}

fn probabilities(
    out: &mut impl Write,
    labels: &[&str],
    improvements: &[Improvement],
) -> io::Result<()> {
    let all = labels.len() <= ALL_PAIRS;
    let shown = improvements.iter().filter(|pair| all || pair.one == 0);
    let name = |pair: &Improvement| {
        let [one, other] = [pair.one, pair.other].map(|i| labels[i]);
        format!("P({one} > {other})")
    };
    let lines: Vec<(String, Interval)> = shown.map(|pair| (name(pair), pair.probability)).collect();
    let widths = lines
        .iter()
        .map(|(name, _)| console::measure_text_width(name));
    let width = widths.max().unwrap_or(0);
    if !lines.is_empty() {
        let what = "How likely a run of the one beats a run of the other, with 95 % intervals:";
        writeln!(out, "  {}", Style::new().dim().apply_to(what))?;
    }
    for (name, p) in &lines {
        let Interval {
            estimate,
            low,
            high,
        } = p;
        writeln!(
            out,
            "  {}   {estimate:.2}   [{low:.2}, {high:.2}]",
            pad(name, width)
        )?;
    }
    Ok(())
}
