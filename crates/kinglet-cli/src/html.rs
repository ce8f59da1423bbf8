//! The report's page, as text.

use kinglet_derivations::{Check, Illustration, Printed, Value, Verdict};

use crate::collect::Done;
use crate::number;
use crate::text;

const STYLE: &str = include_str!("report.css");

/// The whole page. It asks the network for nothing, and the same outcomes give the same bytes.
pub(crate) fn page(done: &[Done]) -> String {
    let rows: String = done.iter().map(row).collect();
    let sections: String = done.iter().map(section).collect();
    let body = format!(
        r#"<header>
<h1>Derivations, reproduced</h1>
<p>{}</p>
<p class="quiet">Each entry computes one quantity in independent ways. An exact number agrees to
10<sup>−12</sup>, an optimiser to 10<sup>−6</sup>, an estimate to four of its standard errors.
What the sources print wrong is computed too, and shown to be off.</p>
</header>
<main>
<table class="entries">
<thead><tr><th>entry</th><th>claim</th><th class="number">checks</th><th>verdict</th></tr></thead>
<tbody>
{rows}</tbody>
</table>
{sections}</main>
<footer class="quiet">Made by <code>kinglet reproduce --report</code>, version {}.</footer>
"#,
        overview(done),
        env!("CARGO_PKG_VERSION"),
    );
    document("kinglet: derivations reproduced", &body)
}

/// A page around its body, with the one style.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{}</title>
<style>
{STYLE}</style>
</head>
<body>
{body}</body>
</html>
"#,
        escape(title),
    )
}

fn overview(done: &[Done]) -> String {
    let count = |verdict| {
        done.iter()
            .filter(|d| d.outcome.verdict() == verdict)
            .count()
    };
    let checks: usize = done.iter().map(|d| d.outcome.checks.len()).sum();
    let wrong = done.iter().filter(|d| !d.outcome.printed.is_empty());
    format!(
        "{} entries: <strong>{} hold</strong>, {} fail, {} prose; {checks} checks, {} errata.",
        done.len(),
        count(Verdict::Holds),
        count(Verdict::Fails),
        count(Verdict::Prose),
        wrong.count(),
    )
}

/// The entry's line in the table at the top.
fn row(done: &Done) -> String {
    let Done { entry, outcome } = done;
    format!(
        "<tr><td class=\"id\"><a href=\"#{id}\">{id}</a></td><td>{}</td>\
         <td class=\"number\">{}</td><td>{}</td></tr>\n",
        escape(entry.title),
        outcome.checks.len(),
        badge(outcome.verdict()),
        id = entry.id,
    )
}

/// The entry in full.
fn section(done: &Done) -> String {
    let Done { entry, outcome } = done;
    let checks: String = outcome.checks.iter().map(check).collect();
    let printed: String = outcome.printed.iter().map(self::printed).collect();
    let notes: String = outcome.notes.iter().map(|note| note_line(note)).collect();
    let figures: String = outcome.figures.iter().map(figure).collect();
    format!(
        "<section id=\"{}\">\n<h2><span class=\"id\">{}</span> {} {}</h2>\n<p class=\"claim\">{}\
         </p>\n{figures}{}{printed}{notes}</section>\n",
        entry.id,
        entry.id,
        badge(outcome.verdict()),
        format_args!("<span class=\"quiet\">{}</span>", text::kind(entry.kind)),
        escape(entry.title),
        if checks.is_empty() {
            String::new()
        } else {
            format!("<div class=\"checks\">\n{checks}</div>\n")
        },
    )
}

fn check(check: &Check) -> String {
    let values: String = check.values.iter().map(value).collect();
    let (class, relation) = if check.holds() {
        ("holds", "≤")
    } else {
        ("fails", "&gt;")
    };
    format!(
        "<div class=\"check\">\n<h3>{}</h3>\n<dl>\n{values}</dl>\n<p class=\"off {class}\">off \
         {} {relation} {}</p>\n</div>\n",
        escape(&check.quantity),
        minus(&number::short(check.difference)),
        minus(&number::short(check.tolerance)),
    )
}

fn value(v: &Value) -> String {
    format!(
        "<div><dt>{}</dt><dd>{}</dd></div>\n",
        escape(&v.method),
        minus(&number::value(v)),
    )
}

fn printed(printed: &Printed) -> String {
    let numbers = match (printed.value, printed.off_by) {
        (Some(value), Some(off_by)) => format!(
            " gives <b>{}</b>, off by <b>{}</b>",
            minus(&number::short(value)),
            minus(&number::short(off_by)),
        ),
        _ => String::new(),
    };
    format!(
        "<aside class=\"printed\"><p><strong>As printed</strong> {}{numbers}.</p><p>{}</p>\
         </aside>\n",
        escape(&printed.what),
        escape(&printed.note),
    )
}

fn note_line(note: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escape(note))
}

fn figure(illustration: &Illustration) -> String {
    format!(
        "<figure>{}<figcaption>{}</figcaption></figure>\n",
        illustration.figure.svg(),
        escape(illustration.caption),
    )
}

fn badge(verdict: Verdict) -> String {
    let name = text::verdict_name(verdict);
    format!("<span class=\"badge {name}\">{name}</span>")
}

/// A number with a proper minus sign.
pub(crate) fn minus(number: &str) -> String {
    number.replace('-', "−")
}

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    keep_together(escaped)
}

/// No line breaks beside these signs, so that a formula stays in one piece.
fn keep_together(text: String) -> String {
    let signs = ["=", "−", "≤", "|", "∝"];
    signs.iter().fold(text, |text, sign| {
        text.replace(&format!(" {sign} "), &format!("\u{a0}{sign}\u{a0}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_derivations::{Outcome, catalogue};

    fn done(outcome: Outcome) -> Done {
        let entry = &catalogue()[0];
        Done { entry, outcome }
    }

    #[test]
    fn what_an_entry_says_cannot_become_markup() {
        let mut outcome = Outcome::default();
        let values = [("<b>\"&", 1.0), ("right", 2.0)];
        outcome.checks.push(Check::exact("a < b", values));
        let page = page(&[done(outcome)]);
        assert!(page.contains("<h3>a &lt; b</h3>"));
        assert!(page.contains("<dt>&lt;b&gt;&quot;&amp;</dt>"));
        assert!(page.contains("off 1 &gt; 1e−12"));
        assert!(page.contains("<strong>0 hold</strong>, 1 fail"));
    }

    #[test]
    fn an_erratum_shows_its_numbers_or_none() {
        let numbers = printed(&Printed::number("x + y", -1.5, 0.5, "sign"));
        assert!(
            numbers.contains("gives <b>−1.5</b>, off by <b>2</b>"),
            "{numbers}"
        );
        let words = printed(&Printed::words("q", "never stated"));
        assert!(!words.contains("gives") && words.contains("never stated"));
    }

    #[test]
    fn formulae_stay_in_one_piece() {
        assert_eq!(escape("α = 0.1 or so"), "α\u{a0}=\u{a0}0.1 or so");
    }
}
