//! The page's text.

use kinglet_plots::{Error, Figure};

use super::figures::figures;
use crate::html::{document, escape, minus};
use crate::run_files::Run;

/// The whole page. It asks the network for nothing, and the same files give the same bytes.
pub(crate) fn page(run: &Run) -> Result<String, Error> {
    let figures: String = figures(&run.metrics)?.iter().map(figure).collect();
    let name = format!("{} on {}", run.algorithm, run.environment);
    let curves = match figures.is_empty() {
        true => "<p>There are no metrics yet.</p>\n".to_owned(),
        false => format!("<div class=\"figures\">\n{figures}</div>\n"),
    };
    Ok(document(
        &format!("kinglet: {name}, seed {}", run.seed),
        &format!(
            "<header>\n<h1>{}</h1>\n{}</header>\n<main>\n{curves}{}{}</main>\n\
             <footer class=\"quiet\">Made by <code>kinglet</code>, version {}.</footer>\n",
            escape(&name),
            summary(run),
            commands(run),
            config(run),
            env!("CARGO_PKG_VERSION"),
        ),
    ))
}

/// Seed, steps, and what it came to.
fn summary(run: &Run) -> String {
    let done = run.metrics.steps.last().copied().unwrap_or(0);
    let mut told = vec![
        ("seed", run.seed.to_string()),
        ("steps done", thousands(done)),
        ("steps asked", thousands(run.steps.unsigned_abs())),
    ];
    if let Some((_, last)) = run.metrics.points("return").last() {
        told.push(("last return in training", minus(&format!("{last:.1}"))));
    }
    if let Some(evaluation) = &run.evaluation {
        let (mean, episodes) = (evaluation.mean(), evaluation.returns.len());
        let error = evaluation.standard_error();
        let error = error.map(|error| format!(" ± {error:.1}"));
        let text = format!(
            "<b>{}</b>{} over {episodes} episodes",
            minus(&format!("{mean:.1}")),
            error.unwrap_or_default()
        );
        told.push(("return evaluated", text));
    }
    let cells: String = told
        .iter()
        .map(|(term, value)| format!("<div><dt>{term}</dt><dd>{value}</dd></div>\n"))
        .collect();
    format!("<dl class=\"summary\">\n{cells}</dl>\n")
}

fn figure(figure: &Figure) -> String {
    format!("<figure>{}</figure>\n", figure.svg())
}

/// What to do with the run's folder.
fn commands(run: &Run) -> String {
    let folder = quoted(&run.folder.to_string_lossy());
    let lines = [
        (
            format!("kinglet train --resume {folder}"),
            "go on where it stopped",
        ),
        (format!("kinglet eval {folder}"), "what the policy returns"),
        (format!("kinglet play {folder}"), "see an episode"),
    ];
    let items: String = lines
        .iter()
        .map(|(command, what)| format!("<div><dt>{what}</dt><dd>{}</dd></div>\n", escape(command)))
        .collect();
    format!(
        "<section>\n<h2><span class=\"id\">To go on</span></h2>\n<dl class=\"commands\">\n{items}</dl>\n</section>\n"
    )
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn config(run: &Run) -> String {
    format!(
        "<section>\n<h2><span class=\"id\">Config</span></h2>\n<pre>{}</pre>\n</section>\n",
        escape(run.text.trim_end()),
    )
}

/// A whole number with thin spaces between thousands.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}
