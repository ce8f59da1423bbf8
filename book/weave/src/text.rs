//! Places in a text, and edits of it.

use std::ops::Range;

/// The line of a byte of `text`, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].matches('\n').count()
}

/// `text` with each range replaced; the ranges are in order and do not overlap.
pub(crate) fn replaced(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        out.push_str(&text[at..range.start]);
        out.push_str(replacement);
        at = range.end;
    }
    out + &text[at..]
}

/// `text` with the characters escaped that HTML gives a meaning to.
pub(crate) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_leave_the_rest_as_it_is() {
        let edits = [
            (0..1, "x".into()),
            (2..2, "+".into()),
            (4..5, String::new()),
        ];
        assert_eq!(replaced("abcde", &edits), "xb+cd");
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!([0, 1, 2, 3].map(|at| line_of("a\n\nb", at)), [1, 1, 2, 3]);
    }
}
