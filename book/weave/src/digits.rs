//! Texts that are equal but for the last digits of their numbers.

use std::iter::Peekable;
use std::str::CharIndices;

/// The relative difference at which numbers count as different.
const RELATIVE: f64 = 1e-8;
/// The difference below which numbers count as equal, whatever their size.
pub(crate) const ABSOLUTE: f64 = 1e-12;
/// The same for the whole-numbered coordinates of a figure, in tenths of a pixel.
pub(crate) const COORDINATE: f64 = 1.0;

/// Whether two texts are equal but for the last digits of their numbers. `slack` is what whole
/// numbers may differ by.
pub(crate) fn same_numbers(a: &str, b: &str, slack: f64) -> bool {
    let (mut a, mut b) = (Tokens::new(a), Tokens::new(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if close(x, y, slack) => {}
            _ => return false,
        }
    }
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Number { value: f64, whole: bool },
}

fn close(a: Token<'_>, b: Token<'_>, slack: f64) -> bool {
    match (a, b) {
        (Token::Number { value: x, whole: i }, Token::Number { value: y, whole: j }) => {
            let slack = if i && j { slack } else { ABSOLUTE };
            (x - y).abs() <= slack.max(RELATIVE * x.abs().max(y.abs()))
        }
        (a, b) => a == b,
    }
}

/// Cuts a text into numbers and what stands between them.
struct Tokens<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Tokens {
            text,
            chars: text.char_indices().peekable(),
        }
    }

    fn digits(&mut self) -> usize {
        let mut count = 0;
        while self.chars.next_if(|(_, c)| c.is_ascii_digit()).is_some() {
            count += 1;
        }
        count
    }

    /// The end of what has been read.
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |&(at, _)| at)
    }

    /// Reads a number that starts here; its sign belongs to it.
    fn number(&mut self, start: usize) -> Option<Token<'a>> {
        let mut ahead = Tokens {
            text: self.text,
            chars: self.chars.clone(),
        };
        ahead.chars.next_if(|(_, c)| matches!(c, '-' | '−'));
        if ahead.digits() == 0 {
            return None;
        }
        let mut whole = true;
        let mut tail = Tokens {
            text: self.text,
            chars: ahead.chars.clone(),
        };
        if tail.chars.next_if(|(_, c)| *c == '.').is_some() && tail.digits() > 0 {
            whole = false;
            ahead.chars = tail.chars.clone();
        }
        tail.chars = ahead.chars.clone();
        if tail
            .chars
            .next_if(|(_, c)| matches!(c, 'e' | 'E'))
            .is_some()
        {
            tail.chars.next_if(|(_, c)| matches!(c, '-' | '+'));
            if tail.digits() > 0 {
                whole = false;
                ahead.chars = tail.chars;
            }
        }
        self.chars = ahead.chars;
        let mut text = self.text[start..self.at()].replace('−', "-");
        if let Some((power, length)) = power(&self.text[self.at()..]) {
            let end = self.at() + length;
            while self.chars.next_if(|&(at, _)| at < end).is_some() {}
            whole = false;
            text = format!("{text}e{power}");
        }
        let value = text.parse().ok()?;
        Some(Token::Number { value, whole })
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let &(start, _) = self.chars.peek()?;
        if let Some(number) = self.number(start) {
            return Some(number);
        }
        while let Some(&(_, c)) = self.chars.peek() {
            if c.is_ascii_digit() {
                break;
            }
            self.chars.next();
            let before_number = matches!(c, '-' | '−');
            if before_number
                || self
                    .chars
                    .peek()
                    .is_some_and(|(_, c)| matches!(c, '-' | '−'))
            {
                break;
            }
        }
        let end = self.at();
        Some(Token::Word(&self.text[start..end]))
    }
}

/// The exponent of ` × 10⁻¹⁶` or ` \times 10^{-16}` at the start of a text, and its length.
fn power(text: &str) -> Option<(String, usize)> {
    if let Some(rest) = text.strip_prefix(" × 10") {
        let raised: String = rest.chars().map_while(lowered).collect();
        let bytes: usize = rest
            .chars()
            .take(raised.chars().count())
            .map(char::len_utf8)
            .sum();
        return (!raised.is_empty()).then_some((raised, " × 10".len() + bytes));
    }
    let rest = text.strip_prefix(r" \times 10^{")?;
    let end = rest.find('}')?;
    Some((rest[..end].to_owned(), text.len() - rest.len() + end + 1))
}

fn lowered(c: char) -> Option<char> {
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    match c {
        '⁻' => Some('-'),
        c => digits
            .chars()
            .position(|d| d == c)
            .and_then(|d| char::from_digit(d as u32, 10)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_to_eight_digits() {
        for (a, b) in [
            ("x = 0.123456789", "x = 0.1234567891"),
            ("-2.5e-17 left", "3.1e-17 left"),
            ("off by 2.2 × 10⁻¹⁶.", "off by 3.3 × 10⁻¹⁶."),
            (r"$2.2 \times 10^{-16}$", r"$0.0$"),
            ("−0.5", "−0.5000000001"),
            ("-0.0", "0.0"),
            ("a-b-3", "a-b-3.0"),
        ] {
            assert!(same_numbers(a, b, ABSOLUTE), "{a} / {b}");
        }
        for (a, b) in [
            ("0.1234567", "0.1234568"),
            ("0.5", "-0.5"),
            ("1e3", "1e4"),
            ("a 1", "b 1"),
            ("1 2", "1"),
            ("2.2 × 10⁻¹", "2.2 × 10⁻²"),
            ("1", "2"),
        ] {
            assert!(!same_numbers(a, b, ABSOLUTE), "{a} / {b}");
        }
    }

    #[test]
    fn a_figure_may_move_by_a_tenth_of_a_pixel() {
        let figure = |x| format!("<path d=\"M{x},20\"/><text>0.5</text>");
        assert!(same_numbers(&figure(100), &figure(101), COORDINATE));
        assert!(!same_numbers(&figure(100), &figure(102), COORDINATE));
        assert!(!same_numbers(
            "<text>0.5</text>",
            "<text>0.6</text>",
            COORDINATE
        ));
    }
}
