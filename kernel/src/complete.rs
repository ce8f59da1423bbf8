//! Whether a cell is complete, as a console asks before it runs what was typed.

use jupyter_protocol::IsCompleteReply;
use syn::{Block, Stmt, parse::Parser};

/// Complete, incomplete with the indentation of the next line, or invalid.
pub fn is_complete(code: &str) -> IsCompleteReply {
    let code = without_commands(code);
    match open_delimiters(&code) {
        Delimiters::Open(depth) => IsCompleteReply::incomplete("    ".repeat(depth)),
        Delimiters::Wrong => IsCompleteReply::invalid(),
        Delimiters::Closed => match parse(&code) {
            Ok(_) => IsCompleteReply::complete(),
            Err(error) if error.to_string().starts_with("unexpected end of input") => {
                IsCompleteReply::incomplete(String::new())
            }
            Err(_) if parse(&format!("{code};")).is_ok() => {
                IsCompleteReply::incomplete(String::new())
            }
            Err(_) => IsCompleteReply::invalid(),
        },
    }
}

fn parse(code: &str) -> syn::Result<Vec<Stmt>> {
    Block::parse_within.parse_str(code)
}

/// Whether a cell ends with an expression, whose value is then the cell's.
pub fn ends_with_expression(code: &str) -> bool {
    let statements = parse(&without_commands(code));
    match statements.ok().and_then(|mut statements| statements.pop()) {
        Some(Stmt::Expr(_, semicolon)) => semicolon.is_none(),
        Some(Stmt::Macro(call)) => call.semi_token.is_none(),
        _ => false,
    }
}

/// The code with evcxr's own commands (`:dep`, `:vars`) blanked out, its lines kept.
fn without_commands(code: &str) -> String {
    let lines = code.lines().map(|line| match line.starts_with(':') {
        true => "",
        false => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

enum Delimiters {
    Closed,
    Open(usize),
    Wrong,
}

/// What is open at the end of the code: brackets, strings, comments.
fn open_delimiters(code: &str) -> Delimiters {
    let mut open = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let skipped = match skip(rest) {
            Some(Some(bytes)) => bytes,
            Some(None) => return Delimiters::Open(open.len()),
            None => {
                match (c, open.last()) {
                    ('(' | '[' | '{', _) => open.push(c),
                    (')', Some('(')) | (']', Some('[')) | ('}', Some('{')) => {
                        open.pop();
                    }
                    (')' | ']' | '}', _) => return Delimiters::Wrong,
                    _ => {}
                }
                c.len_utf8()
            }
        };
        rest = &rest[skipped..];
    }
    match open.len() {
        0 => Delimiters::Closed,
        depth => Delimiters::Open(depth),
    }
}

/// The length of the comment or literal that `code` starts with: `None` if it starts with neither,
/// `Some(None)` if it does not end.
fn skip(code: &str) -> Option<Option<usize>> {
    if code.starts_with("//") {
        return Some(Some(code.find('\n').unwrap_or(code.len())));
    }
    if code.starts_with("/*") {
        return Some(block_comment(code));
    }
    if code.starts_with('"') {
        return Some(string(code));
    }
    let hashes = code
        .strip_prefix('r')
        .map(|c| c.len() - c.trim_start_matches('#').len());
    if let Some(hashes) = hashes
        && code[1 + hashes..].starts_with('"')
    {
        let end = format!("\"{}", "#".repeat(hashes));
        let start = 2 + hashes;
        return Some(code[start..].find(&end).map(|at| start + at + end.len()));
    }
    if code.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        let word = code.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        return Some(Some(word.unwrap_or(code.len())));
    }
    character(code).map(Some)
}

fn block_comment(code: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    while at < code.len() {
        let rest = &code[at..];
        at += match () {
            () if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            () if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            () => rest.chars().next().map_or(1, char::len_utf8),
        };
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn string(code: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a character literal; a lifetime is none.
fn character(code: &str) -> Option<usize> {
    let body = code.strip_prefix('\'')?;
    let mut chars = body.chars();
    let first = chars.next()?;
    if first == '\\' {
        let mut rest = body.char_indices().skip(2);
        return rest.find(|&(_, c)| c == '\'').map(|(at, _)| at + 2);
    }
    (chars.next()? == '\'').then(|| 2 + first.len_utf8())
}

#[cfg(test)]
mod tests {
    use jupyter_protocol::IsCompleteReplyStatus::{Complete, Incomplete, Invalid};

    use super::*;

    #[test]
    fn a_console_can_tell_whether_to_go_on() {
        let cases = [
            ("", Complete),
            ("let x = 5;", Complete),
            ("x + 1", Complete),
            ("fn f<'a>(x: &'a str) -> char { '}' }", Complete),
            (":dep ndarray\nlet s = \"{\";", Complete),
            ("let s = r#\"(\"#; // {", Complete),
            ("let c = '\\''; /* ( */", Complete),
            ("struct S;", Complete),
            ("let x = 5", Incomplete),
            ("x +", Incomplete),
            ("for i in 0..3 {", Incomplete),
            ("let s = \"abc", Incomplete),
            ("let s = r#\"abc\"", Incomplete),
            ("/* a comment", Incomplete),
            ("f(1,", Incomplete),
            ("#[derive(Debug)]", Incomplete),
            ("let 5x = ;", Invalid),
            (")", Invalid),
            ("f(]", Invalid),
        ];
        for (code, expected) in cases {
            assert_eq!(is_complete(code).status, expected, "{code}");
        }
    }

    #[test]
    fn the_next_line_is_indented_by_what_is_open() {
        assert_eq!(is_complete("fn f() {\n    if x {").indent, "        ");
    }

    #[test]
    fn only_an_expression_is_a_value() {
        for (code, expected) in [
            ("x", true),
            ("x;", false),
            ("let x = 1;", false),
            ("let x = 1; x.sin()", true),
            ("vec![1, 2]", true),
            ("println!(\"a\");", false),
            ("fn f() {}", false),
            (":vars", false),
        ] {
            assert_eq!(ends_with_expression(code), expected, "{code}");
        }
    }
}
