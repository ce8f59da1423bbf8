//! What a notebook's kernel would not take: cells are compiled one by one there, so a variable
//! that lives on must own its value and have a type that its own statement tells.

use std::collections::HashMap;

use syn::{Expr, Item, Local, Stmt, UseTree, spanned::Spanned};

use crate::{Cell, Chapter, Fault, holds};

/// What is wrong with a page, by line: all that can be said without compiling it.
pub fn lint(text: &str) -> Vec<Fault> {
    match Chapter::parse("", text) {
        Err(faults) => faults,
        Ok(chapter) => cells(&chapter),
    }
}

/// What is wrong with a chapter's cells, by line.
pub(crate) fn cells(chapter: &Chapter) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = HashMap::new();
    for cell in &chapter.cells {
        for statement in &cell.statements {
            let line = cell.line_of(statement);
            match statement {
                Stmt::Local(local) => faults.extend(variable(local).map(|m| Fault::new(line, m))),
                Stmt::Item(item) => faults.extend(repeated(item, line, &mut seen)),
                Stmt::Expr(Expr::Return(_), _) => {
                    faults.push(Fault::new(line, "a cell does not return"));
                }
                _ => {}
            }
        }
        faults.extend(unfinished(cell));
    }
    faults.sort();
    faults
}

/// What is wrong with a variable that later cells may use.
fn variable(local: &Local) -> Option<String> {
    let (pattern, annotation) = match &local.pat {
        syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        pattern => (pattern, None),
    };
    if matches!(pattern, syn::Pat::Wild(_)) {
        return None;
    }
    let Some(init) = &local.init else {
        return Some("a variable is declared without a value: give it one".into());
    };
    holds::borrowed(&init.expr, annotation)
        .or_else(|| {
            annotation
                .is_none()
                .then(|| holds::untyped(&init.expr))
                .flatten()
        })
        .map(str::to_owned)
}

/// A final macro without its semicolon, which would display `()`.
fn unfinished(cell: &Cell) -> Option<Fault> {
    let Some(Stmt::Macro(last)) = cell.statements.last() else {
        let Some(Stmt::Expr(Expr::Macro(last), None)) = cell.statements.last() else {
            return None;
        };
        return unfinished_macro(cell, &last.mac);
    };
    match last.semi_token {
        Some(_) => None,
        None => unfinished_macro(cell, &last.mac),
    }
}

fn unfinished_macro(cell: &Cell, last: &syn::Macro) -> Option<Fault> {
    let name = last.path.segments.last()?.ident.to_string();
    let displays_nothing = name.starts_with("assert")
        || name.starts_with("debug_assert")
        || name.starts_with("print")
        || name.starts_with("eprint");
    displays_nothing
        .then(|| Fault::new(cell.line_of(last), format!("`{name}!` lacks its semicolon")))
}

/// Faults of an item: it stands twice, or a cell cannot hold it.
fn repeated(item: &Item, line: usize, seen: &mut HashMap<String, usize>) -> Vec<Fault> {
    let names = match item {
        Item::Mod(_) | Item::ExternCrate(_) => {
            return vec![Fault::new(
                line,
                "a cell holds no module: items stand in the cell itself",
            )];
        }
        Item::Use(item) => paths(&item.tree, String::new()),
        item => declared(item).into_iter().collect(),
    };
    let mut faults = Vec::new();
    for name in names {
        if name == "main" {
            faults.push(Fault::new(
                line,
                "a chapter has no `main`: its cells are the program",
            ));
        }
        if let Some(first) = seen.insert(name.clone(), line) {
            let message = format!("`{name}` already stands on line {first}");
            faults.push(Fault::new(line, message));
        }
    }
    faults
}

/// What an item declares, as a name that must stand once.
fn declared(item: &Item) -> Option<String> {
    let name = match item {
        Item::Fn(item) => &item.sig.ident,
        Item::Const(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Impl(item) => {
            let (_, of, _) = item.trait_.as_ref()?;
            return Some(format!(
                "impl {} for {}",
                spelled(of),
                spelled(&item.self_ty)
            ));
        }
        _ => return None,
    };
    Some(name.to_string())
}

fn spelled(syntax: &impl Spanned) -> String {
    syntax.span().source_text().unwrap_or_default()
}

/// Every path that a `use` brings in, as `use a::b`.
fn paths(tree: &UseTree, prefix: String) -> Vec<String> {
    let prefix = if prefix.is_empty() {
        "use ".into()
    } else {
        prefix
    };
    match tree {
        UseTree::Path(path) => paths(&path.tree, format!("{prefix}{}::", path.ident)),
        UseTree::Name(name) => vec![format!("{prefix}{}", name.ident)],
        UseTree::Rename(name) => vec![format!("{prefix}{} as {}", name.ident, name.rename)],
        UseTree::Glob(_) => vec![format!("{prefix}*")],
        UseTree::Group(group) => {
            let each = group.items.iter();
            each.flat_map(|tree| paths(tree, prefix.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(code: &str) -> Vec<(usize, String)> {
        let page = format!("# T\n\n```rust\n{code}\n```\n");
        let found = lint(&page).into_iter();
        found.map(|fault| (fault.line - 3, fault.message)).collect()
    }

    #[test]
    fn what_a_kernel_takes_passes() {
        for code in [
            "let v: Vec<f64> = Vec::new();\nlet w = vec![0.5, 1.0];\nlet k = v.len();",
            "let s = w.iter().sum::<f64>();\nlet t: f64 = w.iter().sum();",
            "let y = x.map(|v| v.exp());\nlet m = Array2::<f64>::zeros((2, 3));",
            "let n = 3usize;\nlet n: usize = 4;\nlet (a, b) = f();\nlet _ = g(&n);",
            "let c: Vec<f64> = v.iter().map(|x| x + 1.0).collect();",
            "let row = m.row(0).to_owned();\nlet p: Option<f64> = None;\nrow",
            "use a::{b, c};\nuse a::d;\nstruct S;\nimpl S {}\nimpl Clone for S {}",
            "let name = \"safe\".to_string();\nassert!(true);",
        ] {
            assert_eq!(faults(code), [], "{code}");
        }
    }

    #[test]
    fn what_a_kernel_refuses_is_named_by_line() {
        for code in [
            "let f = |x: f64| x + 1.0;",
            "let f = move || 1.0;",
            "let it = v.iter();",
            "let it = v.iter().map(|x| x + 1.0);",
            "let it = (0..3).rev();",
            "let r = &x;",
            "let r: &Vec<f64> = f(&x);",
            "let row = m.row(0);",
            "let v = Vec::new();",
            "let v = vec![];",
            "let p = None;",
            "let v = w.iter().collect();",
            "let v = s.parse()?;",
            "let v = s.parse().unwrap();",
            "let v = w.iter().sum();",
            "let n = 3;",
            "let v = vec![1, 2];",
            "let x;",
            "fn main() {}",
            "mod m {}",
            "println!(\"a\")",
            "assert!(a == b)",
        ] {
            let found = faults(&format!("use a::b;\n{code}"));
            assert_eq!(found.len(), 1, "{code}: {found:?}");
            assert_eq!(found[0].0, 2, "{code}");
        }
    }

    #[test]
    fn an_item_stands_once_in_a_chapter() {
        let page = "# T\n\n```rust\nuse a::{b, c};\nstruct S;\nfn f() {}\n```\n\n```rust\n\
                    use a::b;\nstruct S;\nfn f() {}\nimpl A for S {}\nimpl A for S {}\n```\n";
        let lines: Vec<usize> = lint(page).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [10, 11, 12, 14]);
    }
}
