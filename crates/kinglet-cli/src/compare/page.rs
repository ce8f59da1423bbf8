//! The comparison as a page.

use kinglet_algorithms::Interval;
use kinglet_plots::Figure;

use super::Compared;
use super::overall::Overall;
use super::score::{Improvement, Scored};
use super::table::{decimals, ends};
use crate::html::{document, escape, minus};

/// The whole page. It asks the network for nothing, and the same runs give the same bytes.
pub(crate) fn page(
    compared: &[Compared<'_>],
    overall: Option<&Overall<'_>>,
    figures: &[(&str, Figure)],
) -> String {
    let together = overall.map(together).unwrap_or_default();
    let sections: String = compared.iter().map(|one| section(one, figures)).collect();
    let runs = compared.iter().flat_map(|one| &one.ranked);
    let count: usize = runs.map(|scored| scored.scores.len()).sum();
    let environments: Vec<&str> = compared.iter().map(|one| one.environment).collect();
    document(
        "kinglet: runs compared",
        &format!(
            "<header>\n<h1>Runs compared</h1>\n<p>{count} runs on {}.</p>\n\
             <p class=\"quiet\">A run's score is the mean return of its evaluation's episodes. IQM is the \
             interquartile mean of the scores over seeds; intervals are of a bootstrap with 2000 resamples, 95 %.</p>\n\
             </header>\n<main>\n{together}{sections}</main>\n\
             <footer class=\"quiet\">Made by <code>kinglet compare --out</code>, version {}.</footer>\n",
            escape(&environments.join(", ")),
            env!("CARGO_PKG_VERSION"),
        ),
    )
}

fn section(compared: &Compared<'_>, figures: &[(&str, Figure)]) -> String {
    let Compared {
        environment,
        ranked,
        improvements,
    } = compared;
    let mine = figures.iter().filter(|(other, _)| other == environment);
    let figures: String = mine
        .map(|(_, figure)| format!("<figure>{}</figure>\n", figure.svg()))
        .collect();
    let labels: Vec<&str> = ranked.iter().map(|s| s.group.label.as_str()).collect();
    let rows: String = ranked.iter().map(|s| row(s, decimals(ranked))).collect();
    format!(
        "<section>\n<h2><span class=\"id\">{}</span></h2>\n{figures}<table>\n<thead><tr><th>runs of</th><th class=\"number\">seeds</th>\
         <th class=\"number\">IQM</th><th class=\"number\">95&nbsp;% interval</th><th class=\"number\">lowest</th>\
         <th class=\"number\">highest</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n{}</section>\n",
        escape(environment),
        probabilities(&labels, improvements),
    )
}

fn row(scored: &Scored<'_>, decimals: usize) -> String {
    let number = |x: f64| minus(&format!("{x:.decimals$}"));
    let Interval {
        estimate,
        low,
        high,
    } = scored.middle;
    let interval = match scored.scores.len() {
        1 => "one run".into(),
        _ => format!("{} to {}", number(low), number(high)),
    };
    let [lowest, highest] = ends(&scored.scores);
    let cells = [
        scored.scores.len().to_string(),
        format!("<b>{}</b>", number(estimate)),
        interval,
        number(lowest),
        number(highest),
    ];
    let cells: String = cells
        .iter()
        .map(|cell| format!("<td class=\"number\">{cell}</td>"))
        .collect();
    format!("<tr><td>{}</td>{cells}</tr>\n", escape(&scored.group.label))
}

/// What all environments have in common.
fn together(overall: &Overall<'_>) -> String {
    format!(
        "<section>\n<h2><span class=\"id\">all environments together</span></h2>\n{}</section>\n",
        probabilities(&overall.labels, &overall.improvements),
    )
}

/// Who beats whom, as a square; nothing for one group.
fn probabilities(labels: &[&str], improvements: &[Improvement]) -> String {
    if improvements.is_empty() {
        return String::new();
    }
    let head: String = labels
        .iter()
        .map(|label| format!("<th class=\"number\">{}</th>", escape(label)))
        .collect();
    let row = |(one, label): (usize, &&str)| {
        let cells = (0..labels.len()).map(|other| cell(improvements, one, other));
        let cells: String = cells.collect();
        format!("<tr><th>{}</th>{cells}</tr>\n", escape(label))
    };
    let rows: String = labels.iter().enumerate().map(row).collect();
    format!(
        "<h3>How likely a run of the row beats one of the column</h3>\n<div class=\"wide\"><table>\n\
         <thead><tr><th></th>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn cell(improvements: &[Improvement], one: usize, other: usize) -> String {
    let (first, second) = (one.min(other), one.max(other));
    let pair = improvements
        .iter()
        .find(|pair| (pair.one, pair.other) == (first, second));
    let Some(Interval {
        estimate,
        low,
        high,
    }) = pair.and_then(|pair| pair.seen_by(one))
    else {
        return "<td></td>".into();
    };
    format!(
        "<td class=\"number\">{estimate:.2} <span class=\"quiet\">{low:.2}–{high:.2}</span></td>"
    )
}
