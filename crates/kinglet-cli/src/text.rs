//! An entry for a reader at a terminal.

use std::io::{self, Write};
use std::time::Duration;

use console::{Style, measure_text_width};
use kinglet_derivations::{Check, Entry, Kind, Outcome, Printed, Verdict};

use crate::collect::{Collected, Done};
use crate::layout::{ends, pad, wrap};
use crate::number;

/// Writes one entry: identifier, claim, computations, errata, notes, verdict.
pub(crate) fn entry(out: &mut impl Write, done: &Done, width: usize) -> io::Result<()> {
    let Done { entry, outcome } = done;
    heading(out, entry, outcome.verdict(), width)?;
    let methods = method_width(outcome);
    for check in &outcome.checks {
        self::check(out, check, methods, width)?;
    }
    if !outcome.printed.is_empty() {
        writeln!(out, "  {}", Style::new().yellow().apply_to("as printed"))?;
    }
    for printed in &outcome.printed {
        self::printed(out, printed, width)?;
    }
    for note in &outcome.notes {
        paragraph(out, "  note  ", note, width)?;
    }
    writeln!(out)
}

/// `DECK-01 ── formula ───── holds`, and the claim below it.
fn heading(out: &mut impl Write, entry: &Entry, verdict: Verdict, width: usize) -> io::Result<()> {
    let (kind, verdict_name) = (kind(entry.kind), verdict_name(verdict));
    let taken = entry.id.len() + kind.len() + verdict_name.len() + 6;
    let rule = "─".repeat(width.saturating_sub(taken).max(2));
    let (bold, dim) = (Style::new().bold(), Style::new().dim());
    writeln!(
        out,
        "{} {} {kind} {} {}",
        bold.apply_to(entry.id),
        dim.apply_to("──"),
        dim.apply_to(rule),
        verdict_style(verdict).apply_to(verdict_name),
    )?;
    for line in wrap(entry.title, width) {
        writeln!(out, "{}", bold.apply_to(line))?;
    }
    Ok(())
}

/// The quantity with its difference and tolerance, then one line for each way.
fn check(out: &mut impl Write, check: &Check, methods: usize, width: usize) -> io::Result<()> {
    let (compared, style) = comparison(check);
    let mut lines = ends(&check.quantity, &compared, width - 2);
    let last = lines.pop().unwrap_or_default();
    for line in lines {
        writeln!(out, "  {line}")?;
    }
    let quantity = last.strip_suffix(&compared).unwrap_or(&last);
    writeln!(out, "  {quantity}{}", style.apply_to(&compared))?;
    for value in &check.values {
        let method = pad(&value.method, methods);
        let text = number::value(value);
        let indent = integer_indent(&text);
        writeln!(
            out,
            "    {}  {indent}{text}",
            Style::new().dim().apply_to(method)
        )?;
    }
    Ok(())
}

/// `off 1.1e-16 ≤ 1e-12  ✓`, in columns.
fn comparison(check: &Check) -> (String, Style) {
    let (relation, mark, style) = match check.holds() {
        true => ("≤", "✓", Style::new().green()),
        false => (">", "✗", Style::new().red().bold()),
    };
    let (difference, tolerance) = (
        number::short(check.difference),
        number::short(check.tolerance),
    );
    (
        format!("off {difference:>7} {relation} {tolerance:<6} {mark}"),
        style,
    )
}

/// The printed form, what it gives, by how much it is off, and why.
fn printed(out: &mut impl Write, printed: &Printed, width: usize) -> io::Result<()> {
    let numbers = match (printed.value, printed.off_by) {
        (Some(value), Some(off_by)) => {
            format!(
                "gives {}, off by {}",
                number::short(value),
                number::short(off_by)
            )
        }
        _ => "nothing to compute".into(),
    };
    for line in ends(&printed.what, &numbers, width - 4) {
        writeln!(out, "    {line}")?;
    }
    paragraph(out, "      ", &printed.note, width)
}

fn paragraph(out: &mut impl Write, label: &str, text: &str, width: usize) -> io::Result<()> {
    let indent = measure_text_width(label);
    for (i, line) in wrap(text, width - indent).iter().enumerate() {
        let label = if i == 0 { label } else { &" ".repeat(indent) };
        writeln!(
            out,
            "{}",
            Style::new().dim().apply_to(format!("{label}{line}"))
        )?;
    }
    Ok(())
}

/// The last line: how many entries hold, of how many checks, in what time.
pub(crate) fn summary(
    out: &mut impl Write,
    collected: &Collected,
    time: Duration,
) -> io::Result<()> {
    let fails = collected.count(Verdict::Fails);
    let mut words = vec![format!("{} hold", collected.count(Verdict::Holds))];
    words.push(format!("{fails} fail"));
    let prose = collected.count(Verdict::Prose);
    if prose > 0 {
        words.push(format!("{prose} prose"));
    }
    let entries = match collected.interrupted {
        true => format!(
            "interrupted after {} of {} entries",
            collected.done.len(),
            collected.asked
        ),
        false => plural(collected.asked, "entry", "entries"),
    };
    let good = fails == 0 && !collected.interrupted;
    let style = if good {
        Style::new().green().bold()
    } else {
        Style::new().red().bold()
    };
    writeln!(
        out,
        "{}: {}, {}, {:.2} s",
        style.apply_to(format!("{entries}: {}", words.join(", "))),
        plural(collected.checks(), "check", "checks"),
        plural(collected.errata(), "erratum", "errata"),
        time.as_secs_f64(),
    )
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The word for a kind; an entry that is prose (DECK-26) is shown by its notes alone.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Formula => "formula",
        Kind::Claim => "claim",
        Kind::Experiment => "experiment",
        Kind::Prose => "prose",
    }
}

pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::Prose => "prose",
    }
}

fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Holds => Style::new().green().bold(),
        Verdict::Fails => Style::new().red().bold(),
        Verdict::Prose => Style::new().dim(),
    }
}

fn method_width(outcome: &Outcome) -> usize {
    let values = outcome.checks.iter().flat_map(|check| &check.values);
    values
        .map(|v| measure_text_width(&v.method))
        .max()
        .unwrap_or(0)
}

/// The spaces that put the decimal point into its column: four digits fit before it.
fn integer_indent(number: &str) -> String {
    let integer = number.find('.').unwrap_or(number.len());
    " ".repeat(5_usize.saturating_sub(integer))
}
