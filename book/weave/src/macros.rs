//! Shorthands for formulae: the book's renderer takes them as they are, notebooks get them
//! expanded.

use crate::Fault;

/// The depth beyond which a shorthand is taken to call itself.
const DEPTH: usize = 16;

/// Shorthands such as `\KL`, with their arguments as `#1`, `#2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macros(
    /// Each name, with its backslash, and what it stands for.
    pub Vec<(String, String)>,
);

impl Macros {
    /// Reads a list with one shorthand a line, the name, a space, what it stands for; a line that
    /// starts with `%` says something to the reader.
    ///
    /// # Errors
    /// A line that is none of these.
    ///
    /// # Example
    /// ```
    /// use kinglet_weave::Macros;
    /// let macros = Macros::parse("% a divergence\n\\KL D(#1 \\| #2)\n").unwrap();
    /// assert_eq!(macros.expand(r"\KL{q}{p} \ge 0"), r"D(q \| p) \ge 0");
    /// ```
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut macros = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('%') {
                continue;
            }
            match line.split_once(' ') {
                Some((name, body)) if name.starts_with('\\') && is_command(name) => {
                    macros.push((name.into(), body.trim().into()));
                }
                _ => {
                    return Err(Fault::new(
                        index + 1,
                        "write a name and its meaning: \\E \\mathbb{E}",
                    ));
                }
            }
        }
        Ok(Macros(macros))
    }

    /// The formula with its shorthands written out.
    pub fn expand(&self, formula: &str) -> String {
        let mut text = formula.to_owned();
        for _ in 0..DEPTH {
            let next = self.expand_once(&text);
            if next == text {
                break;
            }
            text = next;
        }
        text
    }

    fn expand_once(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            out.push_str(&rest[..at]);
            let command = command(&rest[at..]);
            let after = &rest[at + command.len()..];
            let found = self.0.iter().find(|(name, _)| name == command);
            rest = match found.and_then(|(_, body)| apply(body, after)) {
                Some((expansion, after)) => {
                    out.push_str(&expansion);
                    let word = ends_in_command(&expansion);
                    if word && after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                        out.push(' ');
                    }
                    after
                }
                None => {
                    out.push_str(command);
                    after
                }
            };
        }
        out + rest
    }
}

fn is_command(name: &str) -> bool {
    name.len() > 1 && command(name).len() == name.len()
}

/// The command at the start of `text`, which starts with a backslash.
fn command(text: &str) -> &str {
    match text[1..]
        .bytes()
        .take_while(u8::is_ascii_alphabetic)
        .count()
    {
        0 => &text[..1 + text[1..].chars().next().map_or(0, char::len_utf8)],
        letters => &text[..1 + letters],
    }
}

fn ends_in_command(text: &str) -> bool {
    text.rfind('\\').is_some_and(|at| {
        let name = &text[at + 1..];
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic())
    })
}

/// `body` with the arguments that `text` starts with, and what follows them.
fn apply<'a>(body: &str, text: &'a str) -> Option<(String, &'a str)> {
    let arity = (1..=9)
        .rev()
        .find(|n| body.contains(&format!("#{n}")))
        .unwrap_or(0);
    let (mut expansion, mut rest) = (body.to_owned(), text);
    for n in 1..=arity {
        let (argument, after) = argument(rest)?;
        expansion = expansion.replace(&format!("#{n}"), argument);
        rest = after;
    }
    Some((expansion, rest))
}

/// The first argument in `text`, a group in braces, a command or a character, and the rest.
fn argument(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    match text.chars().next()? {
        '{' => {
            let end = closing_brace(text)?;
            Some((&text[1..end], &text[end + 1..]))
        }
        '\\' => Some(text.split_at(command(text).len())),
        c => Some(text.split_at(c.len_utf8())),
    }
}

fn closing_brace(text: &str) -> Option<usize> {
    let (mut depth, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macros() -> Macros {
        Macros::parse("\\E \\mathbb{E}\n\\a \\alpha\n\\two \\E[#1]_{#2}\n").unwrap()
    }

    #[test]
    fn commands_are_told_from_their_prefixes() {
        assert_eq!(
            macros().expand(r"\E_q \Exp \a x \ab\\E"),
            r"\mathbb{E}_q \Exp \alpha x \ab\\E"
        );
    }

    #[test]
    fn arguments_are_groups_commands_or_characters() {
        assert_eq!(
            macros().expand(r"\two{a{b}\}}\gamma"),
            r"\mathbb{E}[a{b}\}]_{\gamma}"
        );
        assert_eq!(macros().expand(r"\two xy"), r"\mathbb{E}[x]_{y}");
        assert_eq!(macros().expand(r"\two{x"), r"\two{x");
    }

    #[test]
    fn a_command_is_kept_apart_from_the_letter_that_follows() {
        assert_eq!(
            Macros::parse("\\b \\beta").unwrap().expand(r"{\b}x\b"),
            r"{\beta}x\beta"
        );
        assert_eq!(
            Macros::parse("\\pair #1\\cdot")
                .unwrap()
                .expand(r"\pair{u}v"),
            r"u\cdot v"
        );
    }

    #[test]
    fn a_line_that_is_no_shorthand_is_named() {
        assert_eq!(Macros::parse("\\E \\mathbb{E}\nKL x").unwrap_err().line, 2);
    }
}
