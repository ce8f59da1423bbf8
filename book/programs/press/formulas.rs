//! Renders formulae, by the KaTeX inside the crate `katex`, to HTML and MathML.

use anyhow::{Result, bail};
use katex::{Opts, OutputType};
use kinglet_weave::Macros;

/// A formula as HTML. An equation that carries identifiers gets its anchors and their labels.
///
/// # Errors
/// What KaTeX finds wrong with it.
pub(crate) fn render(
    latex: &str,
    display: bool,
    ids: &[String],
    macros: &Macros,
) -> Result<String> {
    let mut options = Opts::default();
    options.set_display_mode(display);
    options.set_output_type(OutputType::HtmlAndMathml);
    options.set_throw_on_error(true);
    for (name, meaning) in &macros.0 {
        options.add_macro(name.clone(), meaning.clone());
    }
    let html = match katex::render_with_opts(latex, options) {
        Ok(html) => html,
        Err(error) => bail!(
            "KaTeX refuses `{}`: {}",
            latex.trim(),
            plain(&error.to_string())
        ),
    };
    Ok(if display { equation(&html, ids) } else { html })
}

/// KaTeX's own words, without those around them and without the marks under the culprit.
fn plain(error: &str) -> String {
    let words = error
        .split_once("KaTeX parse error: ")
        .map_or(error, |(_, words)| words);
    let words = words
        .trim_end_matches("\"))")
        .replace(r"\u{332}", "")
        .replace(r"\n", " ");
    words.replace(r"\\", r"\")
}

/// A displayed equation: it scrolls inside itself where it is too wide, its labels stand apart.
fn equation(html: &str, ids: &[String]) -> String {
    let label = |id: &String| {
        format!("<a id=\"{id}\" href=\"#{id}\" aria-label=\"equation {id}\">{id}</a>")
    };
    let labels: String = ids.iter().map(label).collect();
    let labels = match labels.is_empty() {
        true => labels,
        false => format!("<span class=\"labels\">{labels}</span>"),
    };
    format!(
        "<span class=\"equation\">{labels}<span class=\"scroll\" tabindex=\"0\">{html}</span></span>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macros() -> Macros {
        Macros::parse("\\KL D\\left(#1 \\middle\\| #2\\right)").expect("a shorthand")
    }

    #[test]
    fn a_formula_speaks_to_eye_and_ear() {
        let html = render(r"\KL{q}{p} \ge 0", false, &[], &macros()).unwrap();
        assert!(
            html.contains("katex-html") && html.contains("<math"),
            "{html}"
        );
    }

    #[test]
    fn an_equation_carries_its_anchors() {
        let html = render("x", true, &["DECK-01".into(), "XU-02".into()], &macros()).unwrap();
        assert!(
            html.contains("id=\"DECK-01\"") && html.contains("href=\"#XU-02\""),
            "{html}"
        );
    }

    #[test]
    fn what_katex_does_not_know_is_an_error() {
        for latex in [r"\nosuchmacro", r"\frac{1}", r"\begin{aligned}"] {
            let error = render(latex, true, &[], &macros()).unwrap_err().to_string();
            assert!(error.contains(latex) && !error.contains("js"), "{error}");
        }
    }
}
