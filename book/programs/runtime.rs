//! What a chapter's program calls around its cells.

use std::{
    error::Error,
    fmt::{Arguments, Debug},
    panic,
    sync::atomic::{AtomicUsize, Ordering},
};

use kinglet_display::{Message, emit};

/// A chapter's program.
pub type Program = fn() -> Result<(), Box<dyn Error>>;

/// The line of the chapter on which the running cell starts.
static LINE: AtomicUsize = AtomicUsize::new(0);

/// A cell starts, on this line of the chapter.
pub(crate) fn cell_start(index: usize, line: usize) {
    LINE.store(line, Ordering::Relaxed);
    emit(&Message::CellStart(index));
}

/// A cell has ended.
pub(crate) fn cell_end(index: usize) {
    emit(&Message::CellEnd(index));
}

/// A number of the prose is known.
pub(crate) fn number(index: usize, text: Arguments<'_>) {
    emit(&Message::Value {
        name: index.to_string(),
        text: text.to_string(),
    });
}

/// How a cell's last expression is displayed where its type has no `evcxr_display` of its own:
/// a method of the type itself is found before a trait's.
pub(crate) trait Plain {
    fn evcxr_display(&self);
}

impl<T: Debug> Plain for T {
    fn evcxr_display(&self) {
        let text = format!("{self:?}");
        if text != "()" {
            emit(&Message::Value {
                name: String::new(),
                text,
            });
        }
    }
}

/// Runs a chapter; a panic or an error is told with its place in the Markdown file.
///
/// # Errors
/// What a cell returned by `?`, with the line on which the cell starts.
pub fn run(slug: &str, program: Program) -> Result<(), String> {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        match info.location().and_then(in_markdown) {
            Some(place) => eprintln!("{place}: {}", message(info)),
            None => {
                let line = LINE.load(Ordering::Relaxed);
                eprintln!("a panic below the cell that starts on line {line} of the chapter:");
                default(info);
            }
        }
    }));
    program().map_err(|error| {
        let line = LINE.load(Ordering::Relaxed);
        format!("book/src/{slug}.md:{line}: the cell that starts here returned an error: {error}")
    })
}

fn message<'a>(info: &'a panic::PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("a panic without words")
}

/// The place in the Markdown file, as a path from the root of the repository.
fn in_markdown(location: &panic::Location<'_>) -> Option<String> {
    let file = from_root(location.file())?;
    Some(format!("{file}:{}:{}", location.line(), location.column()))
}

/// The chapter's file, of the path of the program that was woven of it.
fn from_root(woven: &str) -> Option<String> {
    let path = woven.replace('\\', "/");
    path.rfind("/book/src/")
        .map(|start| path[start + 1..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_placed_in_the_chapter() {
        let woven = "/t/debug/build/kinglet-book-1a/out/book/src/01-elbo.md";
        assert_eq!(from_root(woven).as_deref(), Some("book/src/01-elbo.md"));
        assert_eq!(
            from_root("/home/a/kinglet/crates/kinglet-envs/src/slip.rs"),
            None
        );
    }

    #[test]
    fn an_error_is_told_with_the_line_of_its_cell() {
        fn program() -> Result<(), Box<dyn Error>> {
            cell_start(0, 42);
            Err("no value".into())
        }
        let told = run("01-t", program).unwrap_err();
        assert!(told.starts_with("book/src/01-t.md:42: "), "{told}");
    }
}
