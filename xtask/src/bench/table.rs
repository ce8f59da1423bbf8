//! Tables in Markdown, and their places in the README.

use anyhow::{Context, Result};

use crate::workspace;

/// The lines of a table.
pub(super) fn markdown(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_owned(); head.len()];
    let mut text = line(head) + &line(&rule).replace(' ', "");
    for row in rows {
        text += &line(row);
    }
    text
}

/// Puts a text between the marks of that name in the README, prints it, and leaves the rest as it is.
///
/// # Errors
/// No such marks.
pub(super) fn write(name: &str, text: &str) -> Result<()> {
    print!("{text}");
    let path = workspace::root().join("README.md");
    let readme = std::fs::read_to_string(&path)?;
    let changed = between(&readme, name, text).with_context(|| {
        format!("README.md has no place `<!-- bench {name} -->` … `<!-- end -->`")
    })?;
    std::fs::write(path, changed)?;
    Ok(())
}

fn between(readme: &str, name: &str, text: &str) -> Option<String> {
    let mark = format!("<!-- bench {name} -->\n");
    let start = readme.find(&mark)? + mark.len();
    let end = start + readme[start..].find("<!-- end -->")?;
    Some(format!("{}\n{text}\n{}", &readme[..start], &readme[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_its_place_and_no_other() {
        let readme = "a\n<!-- bench x -->\nold\n<!-- end -->\nb\n<!-- bench y -->\n<!-- end -->\n";
        let once = between(readme, "x", "new\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- bench x -->\n\nnew\n\n<!-- end -->\nb\n<!-- bench y -->\n<!-- end -->\n"
        );
        assert_eq!(between(&once, "x", "new\n").unwrap(), once);
        assert_eq!(between(readme, "z", "new\n"), None);
    }

    #[test]
    fn a_table_has_a_rule_under_its_head() {
        let cells = |row: &[&str]| {
            row.iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let table = markdown(&cells(&["", "x"]), &[cells(&["a", "1"])]);
        assert_eq!(table, "|  | x |\n|---|---|\n| a | 1 |\n");
    }
}
