//! What a user reads when a cell fails.

use evcxr::CompilationError;
use jupyter_protocol::{ErrorOutput, ReplyError};

/// Why a cell failed, as the Jupyter protocol tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind, one word.
    pub name: String,
    /// The message, one line where possible.
    pub value: String,
    /// The whole account, readable on its own.
    pub account: String,
}

impl Failure {
    /// A failure whose account is its message.
    pub fn new(name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        Failure {
            name: name.into(),
            account: format!("{name}: {value}"),
            value,
        }
    }

    /// The same with more to read.
    pub fn with(mut self, more: &str) -> Self {
        if !more.is_empty() {
            self.account = format!("{}\n{more}", self.account);
        }
        self
    }

    /// The part of a reply that tells the failure.
    pub fn reply(&self) -> ReplyError {
        ReplyError {
            ename: self.name.clone(),
            evalue: self.value.clone(),
            traceback: self.traceback(),
        }
    }

    /// The output that tells the failure.
    pub fn output(&self) -> ErrorOutput {
        ErrorOutput {
            ename: self.name.clone(),
            evalue: self.value.clone(),
            traceback: self.traceback(),
        }
    }

    fn traceback(&self) -> Vec<String> {
        self.account.lines().map(str::to_owned).collect()
    }
}

/// A panic: what was said, and the line of the cell that said it.
///
/// `location` is `file:line:column`; a line of `generated`, the source that evcxr made of the
/// cell, is looked up in the cell itself.
pub fn panic(text: &str, location: &str, generated: &str, cell: &str) -> Failure {
    let failure = Failure::new("panic", text);
    let line = location
        .strip_prefix("src/lib.rs:")
        .and_then(|rest| rest.split(':').next()?.parse::<usize>().ok())
        .and_then(|number| generated.lines().nth(number.checked_sub(1)?));
    let place = match line {
        Some(line) => match cell.lines().position(|l| l.trim() == line.trim()) {
            Some(at) => format!("  at line {} of the cell: {}", at + 1, line.trim()),
            None => format!("  at: {}", line.trim()),
        },
        None if location.is_empty() => String::new(),
        None => format!("  at {location}"),
    };
    failure.with(&place)
}

/// The compiler's errors, each with the lines of the cell that it is about.
pub fn compilation(errors: &[CompilationError]) -> Failure {
    let first = errors.first();
    let name = first
        .and_then(|error| error.code())
        .unwrap_or("CompileError");
    let value = first.map_or_else(
        || "the cell does not compile".into(),
        CompilationError::message,
    );
    let accounts: Vec<String> = errors.iter().map(account).collect();
    Failure {
        name: name.into(),
        value,
        account: accounts.join("\n\n"),
    }
}

fn account(error: &CompilationError) -> String {
    let code = error
        .code()
        .map(|code| format!("[{code}]"))
        .unwrap_or_default();
    let mut lines = vec![format!("{}{code}: {}", error.level(), error.message())];
    let spans = error.spanned_messages();
    for message in spans {
        if let Some(span) = &message.span {
            let end = (span.end_line == span.start_line).then_some(span.end_column);
            let source = message
                .lines
                .first()
                .map(String::as_str)
                .unwrap_or_default();
            lines.push(underlined(
                span.start_line,
                span.start_column,
                end,
                source,
                &message.label,
            ));
        }
    }
    if spans.iter().all(|message| message.span.is_none()) {
        // Not about a line that the user wrote: the compiler's own words.
        lines.push(error.rendered());
    }
    lines.extend(error.help().iter().map(|help| format!("help: {help}")));
    lines.extend(error.evcxr_extra_hint().map(|hint| format!("note: {hint}")));
    lines.join("\n")
}

/// A line of the cell with what it is about underlined and named; columns count from one.
fn underlined(line: usize, start: usize, end: Option<usize>, source: &str, label: &str) -> String {
    let end = end.unwrap_or_else(|| source.chars().count() + 1);
    let carets = "^".repeat(end.saturating_sub(start).max(1));
    let gutter = line.to_string();
    let (blank, indent) = (
        " ".repeat(gutter.len()),
        " ".repeat(start.saturating_sub(1)),
    );
    let mark = format!("{blank} | {indent}{carets} {label}");
    format!("{gutter} | {source}\n{}", mark.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_names_the_line_of_the_cell() {
        let cell = "let x = 1;\nassert_eq!(x, 2);";
        let generated = format!("mod generated {{}}\n{cell}\n}}");
        let failure = panic("left is not right", "src/lib.rs:3:1", &generated, cell);
        assert_eq!(failure.name, "panic");
        assert_eq!(failure.value, "left is not right");
        assert!(
            failure
                .account
                .ends_with("at line 2 of the cell: assert_eq!(x, 2);")
        );
    }

    #[test]
    fn a_panic_elsewhere_names_the_file() {
        let failure = panic("no", "/crates/a/src/b.rs:7:1", "", "f()");
        assert_eq!(failure.account, "panic: no\n  at /crates/a/src/b.rs:7:1");
    }

    #[test]
    fn the_part_in_question_is_underlined() {
        let text = underlined(12, 5, Some(8), "let abc = é;", "here");
        assert_eq!(text, "12 | let abc = é;\n   |     ^^^ here");
    }
}
