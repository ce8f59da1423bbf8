//! A cell: its code, its statements, the names that it binds.

use std::ops::Range;

use syn::{
    Expr, Item, Pat, Stmt,
    parse::Parser,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::Fault;

/// A fenced block of Rust that the chapter's program runs.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The code, with the newline at its end.
    pub code: String,
    /// The line of the Markdown file that its first line of code is on.
    pub line: usize,
    /// The bytes of the Markdown file from fence to fence.
    pub(crate) range: Range<usize>,
    pub(crate) statements: Vec<Stmt>,
}

impl Cell {
    pub(crate) fn parse(code: &str, line: usize, range: Range<usize>) -> Result<Self, Fault> {
        let statements = syn::Block::parse_within.parse_str(code).map_err(|error| {
            let at = line + error.span().start().line - 1;
            Fault::new(at, format!("this is not Rust: {error}"))
        })?;
        Ok(Cell {
            code: code.into(),
            line,
            range,
            statements,
        })
    }

    /// The line of the Markdown file on which a piece of the cell's syntax starts.
    pub(crate) fn line_of(&self, syntax: &impl Spanned) -> usize {
        self.line + syntax.span().start().line - 1
    }

    /// The bytes of the code that hold the expression whose value the cell displays.
    pub(crate) fn displayed(&self) -> Option<Range<usize>> {
        match self.statements.last()? {
            Stmt::Expr(expression, None) if !is_statement_like(expression) => {
                Some(expression.span().byte_range())
            }
            Stmt::Macro(call) if call.semi_token.is_none() => Some(call.span().byte_range()),
            _ => None,
        }
    }

    /// The names that the cell's variables, constants and functions have in later cells.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Names::default();
        for statement in &self.statements {
            match statement {
                Stmt::Local(local) => names.visit_pat(&local.pat),
                Stmt::Item(Item::Const(item)) => names.0.push(item.ident.to_string()),
                Stmt::Item(Item::Static(item)) => names.0.push(item.ident.to_string()),
                Stmt::Item(Item::Fn(item)) => names.0.push(item.sig.ident.to_string()),
                _ => {}
            }
        }
        names.0
    }
}

/// Whether an expression is run for its effect: `for`, `while`, `loop`, an `if` without `else`.
pub(crate) fn is_statement_like(expression: &Expr) -> bool {
    match expression {
        Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) | Expr::Assign(_) => true,
        Expr::If(branch) => branch.else_branch.is_none(),
        _ => false,
    }
}

/// The variables that a pattern binds.
#[derive(Default)]
pub(crate) struct Names(pub(crate) Vec<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat(&mut self, pattern: &'ast Pat) {
        if let Pat::Ident(name) = pattern {
            self.0.push(name.ident.to_string());
        }
        visit::visit_pat(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(code: &str) -> Cell {
        Cell::parse(code, 10, 0..0).unwrap()
    }

    #[test]
    fn the_last_expression_is_displayed() {
        let with = cell("let ünits = 1u8;\nünits + 1 // more\n");
        assert_eq!(&with.code[with.displayed().unwrap()], "ünits + 1");
        for without in [
            "let x = 1u8;",
            "f();",
            "for i in 0..3 { f(i) }",
            "if a { b() }",
            "",
        ] {
            assert_eq!(cell(without).displayed(), None, "{without}");
        }
    }

    #[test]
    fn a_macro_is_an_expression_too() {
        let cell = cell("array![1.0, 2.0]\n");
        assert_eq!(&cell.code[cell.displayed().unwrap()], "array![1.0, 2.0]");
        assert_eq!(self::cell("f!();").displayed(), None);
    }

    #[test]
    fn names_come_from_patterns_and_items() {
        let cell = cell("let (a, S { b, .. }) = f();\nconst C: u8 = 1;\nfn d() {}\nuse e::f;");
        assert_eq!(cell.names(), ["a", "b", "C", "d"]);
    }

    #[test]
    fn a_syntax_error_names_the_line_of_the_chapter() {
        let fault = Cell::parse("let a = 1;\nlet = 2;\n", 10, 0..0).unwrap_err();
        assert_eq!(fault.line, 11);
    }
}
