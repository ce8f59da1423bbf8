//! The chapter as an ordinary Rust program.

use std::fmt::Write;

use crate::{Chapter, text::line_of};

/// The chapter as the source of a Rust module with one function,
/// `pub(crate) fn main() -> Result<(), Box<dyn Error>>`.
///
/// Every line of a cell stands on the line that it has in the Markdown file, so that whatever a
/// compiler or a panic says of line 42 holds of the chapter. What the program needs around the
/// cells stands on the lines of the prose, as calls of a module `crate::runtime`:
/// `cell_start(index, line)`, `cell_end(index)`, `number(index, fmt::Arguments)`, and the trait
/// `Plain`, whose `evcxr_display` shows by `Debug` what has no such method of its own.
pub fn program(chapter: &Chapter) -> String {
    let lines = chapter.text.lines().count().max(1) + 1;
    let mut out = Lines(vec![String::new(); lines]);
    out.add(
        1,
        "pub(crate) fn main() -> ::core::result::Result<(), Box<dyn ::std::error::Error>> { \
         #[allow(unused_imports, reason = \"where every displayed type is rich\")] \
         use crate::runtime::Plain as _;",
    );
    numbers(chapter, 0, &mut out);
    for (index, cell) in chapter.cells.iter().enumerate() {
        let fence = cell.line - 1;
        out.add(
            fence,
            &format!("crate::runtime::cell_start({index}, {});", cell.line),
        );
        for (offset, line) in woven(cell).lines().enumerate() {
            out.add(cell.line + offset, line);
        }
        let end = line_of(&chapter.text, cell.range.end.saturating_sub(1));
        out.add(end, &format!("crate::runtime::cell_end({index});"));
        numbers(chapter, index + 1, &mut out);
    }
    out.add(lines, "::core::result::Result::Ok(()) }");
    out.0.join("\n") + "\n"
}

/// The lines of the program.
struct Lines(Vec<String>);

impl Lines {
    /// Adds code at the end of a line, counted from 1.
    fn add(&mut self, line: usize, code: &str) {
        let text = &mut self.0[line - 1];
        if !text.is_empty() && !code.is_empty() {
            text.push(' ');
        }
        text.push_str(code);
    }
}

/// The cell's code, its last expression displayed by reference.
fn woven(cell: &crate::Cell) -> String {
    let mut code = cell.code.clone();
    if let Some(range) = cell.displayed() {
        code.insert_str(range.end, ").evcxr_display();");
        code.insert(range.start, '(');
    }
    code
}

/// The numbers of the prose that can be computed after `cells` cells: each on its own line, or,
/// where the text speaks first, on the line of the fence that ends those cells.
fn numbers(chapter: &Chapter, cells: usize, out: &mut Lines) {
    let fence = cells.checked_sub(1).map(|last| {
        line_of(
            &chapter.text,
            chapter.cells[last].range.end.saturating_sub(1),
        )
    });
    for (index, number) in chapter.numbers.iter().enumerate() {
        if chapter.ready(number) != cells {
            continue;
        }
        let line = match fence {
            Some(fence) if number.cells_before < cells => fence,
            _ => number.line,
        };
        let (format, source) = (&number.format, &number.source);
        let colon = if format.is_empty() { "" } else { ":" };
        let mut code = String::new();
        let _ = write!(
            code,
            "crate::runtime::number({index}, format_args!(\"{{{colon}{format}}}\", {source}));"
        );
        out.add(line, &code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# T\n\nFirst {{x:.2}}.\n\n```rust\nlet x = 1.5;\nx + 1.0 // more\n```\n\n\
                        Then {{2.0 * x}} and\n{{x:.1e}}.\n\n```rust\nlet y = \"a\nb\";\n```\n";

    #[test]
    fn every_line_of_a_cell_keeps_its_place() {
        let chapter = Chapter::parse("01-t.md", PAGE).unwrap();
        let program = program(&chapter);
        let lines: Vec<&str> = program.lines().collect();
        assert_eq!(lines.len(), PAGE.lines().count() + 1);
        assert_eq!(lines[5], "let x = 1.5;");
        assert_eq!(lines[6], "(x + 1.0).evcxr_display(); // more");
        assert_eq!((lines[13], lines[14]), ("let y = \"a", "b\";"));
    }

    #[test]
    fn a_number_is_computed_where_it_stands_or_as_soon_as_it_can_be() {
        let chapter = Chapter::parse("01-t.md", PAGE).unwrap();
        let program = program(&chapter);
        let lines: Vec<&str> = program.lines().collect();
        let ahead = "cell_end(0); crate::runtime::number(0, format_args!(\"{:.2}\", x));";
        assert!(lines[7].ends_with(ahead), "{}", lines[7]);
        assert_eq!(
            lines[9],
            "crate::runtime::number(1, format_args!(\"{}\", 2.0 * x));"
        );
        assert_eq!(
            lines[10],
            "crate::runtime::number(2, format_args!(\"{:.1e}\", x));"
        );
    }

    #[test]
    fn the_program_is_rust() {
        let chapter = Chapter::parse("01-t.md", PAGE).unwrap();
        syn::parse_file(&program(&chapter)).unwrap();
    }
}
