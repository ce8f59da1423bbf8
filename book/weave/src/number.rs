//! A number in prose: `{{expression:format}}`.

use std::ops::Range;

use syn::{Expr, visit::Visit};

/// A place in prose or in a formula that the program fills.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The expression that computes it.
    pub source: String,
    /// How it is written, as after the colon in `format!`: `.6`, `.1e` or nothing.
    pub format: String,
    /// The line of the Markdown file.
    pub line: usize,
    pub(crate) range: Range<usize>,
    /// The variables and functions that the expression names.
    pub(crate) names: Vec<String>,
    /// Whether it stands in a formula.
    pub(crate) in_formula: bool,
    /// The number of cells that stand above it.
    pub(crate) cells_before: usize,
}

/// The expression and the format of what stands between the braces.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn parse(body: &str) -> Result<(Expr, String, String), String> {
    let (source, format) = split(body);
    let expression: Expr = syn::parse_str(source).map_err(|_| {
        format!("`{source}` is no expression; write {{{{name}}}} or {{{{name:.6}}}}")
    })?;
    if let Some(what) = intricate(&expression) {
        return Err(format!(
            "{what} is too much for a number in prose: give it a name in a cell"
        ));
    }
    Ok((expression, source.to_owned(), format.to_owned()))
}

/// Splits at the colon that starts the format, if there is one.
fn split(body: &str) -> (&str, &str) {
    let Some(colon) = body.rfind(':') else {
        return (body.trim(), "");
    };
    let (source, format) = (&body[..colon], &body[colon + 1..]);
    let is_format = format
        .chars()
        .all(|c| c.is_ascii_digit() || "+.e?#".contains(c));
    match is_format && !source.ends_with(':') {
        true => (source.trim(), format),
        false => (body.trim(), ""),
    }
}

/// The first thing in an expression that belongs in a cell.
fn intricate(expression: &Expr) -> Option<&'static str> {
    struct Finder(Option<&'static str>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expression: &'ast Expr) {
            match expression {
                Expr::Closure(_) => self.0 = Some("a closure"),
                Expr::Block(_) | Expr::If(_) | Expr::Match(_) => self.0 = Some("a block"),
                Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => self.0 = Some("a loop"),
                Expr::Assign(_) => self.0 = Some("an assignment"),
                Expr::Macro(_) => self.0 = Some("a macro"),
                Expr::Return(_) | Expr::Break(_) | Expr::Try(_) => self.0 = Some("a jump"),
                other => syn::visit::visit_expr(self, other),
            }
        }
    }
    let mut finder = Finder(None);
    finder.visit_expr(expression);
    finder.0
}

/// The variables and functions that an expression names.
pub(crate) fn names(expression: &Expr) -> Vec<String> {
    struct Finder(Vec<String>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            self.0
                .extend(path.path.get_ident().map(ToString::to_string));
        }
    }
    let mut finder = Finder(Vec::new());
    finder.visit_expr(expression);
    finder.0
}

/// A number as a typesetter writes it: a real minus sign, powers of ten.
pub(crate) fn typeset(text: &str, in_formula: bool) -> String {
    let (mantissa, exponent) = match text.split_once('e') {
        Some((m, e)) if e.parse::<i32>().is_ok() && m.parse::<f64>().is_ok() => (m, Some(e)),
        _ => (text, None),
    };
    let is_number = mantissa.parse::<f64>().is_ok();
    match (in_formula, exponent) {
        (true, Some(e)) => format!(r"{mantissa} \times 10^{{{e}}}"),
        (true, None) => text.to_owned(),
        (false, None) if is_number => mantissa.replace('-', "−"),
        (false, None) => text.to_owned(),
        (false, Some(e)) => {
            let raised: String = e.chars().map(superscript).collect();
            format!("{} × 10{raised}", mantissa.replace('-', "−"))
        }
    }
}

fn superscript(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_follows_the_last_colon() {
        for (body, source, format) in [
            ("kl", "kl", ""),
            ("kl:.6", "kl", ".6"),
            ("v[[0, 1]]:.2e", "v[[0, 1]]", ".2e"),
            ("f64::MAX", "f64::MAX", ""),
            ("-f64::ln(p) / 2.0:+.3", "-f64::ln(p) / 2.0", "+.3"),
        ] {
            let (_, s, f) = parse(body).unwrap();
            assert_eq!((s.as_str(), f.as_str()), (source, format));
        }
    }

    #[test]
    fn what_belongs_in_a_cell_is_refused() {
        for body in [
            "{ 1 }",
            "v.iter().map(|x| x)",
            "a = 1",
            "f()?",
            "vec![1]",
            "a b",
            "",
        ] {
            assert!(parse(body).is_err(), "{body}");
        }
    }

    #[test]
    fn an_expression_names_what_it_uses() {
        let (expression, _, _) = parse("f64::ln(p) + q.field.method(r[0])").unwrap();
        assert_eq!(names(&expression), ["p", "q", "r"]);
    }

    #[test]
    fn numbers_are_typeset() {
        assert_eq!(typeset("-1.5", false), "−1.5");
        assert_eq!(typeset("-2.2e-16", false), "−2.2 × 10⁻¹⁶");
        assert_eq!(typeset("2.2e-16", true), r"2.2 \times 10^{-16}");
        assert_eq!(typeset("-1.5", true), "-1.5");
        assert_eq!(typeset("1.0e34", false), "1.0 × 10³⁴");
        assert_eq!(typeset("one-way", false), "one-way");
    }
}
