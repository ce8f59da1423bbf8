//! Lines of a given width.

use console::measure_text_width;

/// The narrowest and the widest page that is set.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=100;

/// The width to set: the terminal's, within reason; 80 where there is none.
pub(crate) fn width() -> usize {
    let terminal = console::Term::stdout();
    let columns = terminal
        .size_checked()
        .map_or(80, |(_, columns)| columns.into());
    columns.clamp(*WIDTHS.start(), *WIDTHS.end())
}

/// Breaks a text at its spaces into lines of at most `width` columns. A longer word stands alone.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.into()),
        }
    }
    lines
}

/// The text and as many spaces as it needs to be `width` columns wide.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(measure_text_width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Two texts on one line of `width` columns, at its two ends; on two lines if they do not fit.
pub(crate) fn ends(left: &str, right: &str, width: usize) -> Vec<String> {
    let room = width.saturating_sub(measure_text_width(right) + 2);
    let mut lines = wrap(left, room);
    let last = lines.pop().unwrap_or_default();
    let line = pad(&last, width.saturating_sub(measure_text_width(right)));
    lines.push(format!("{line}{right}"));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_full_as_they_can_be() {
        assert_eq!(wrap("aa bb cc dd", 5), ["aa bb", "cc dd"]);
        assert_eq!(wrap("log p(𝒪) is long", 8), ["log p(𝒪)", "is long"]);
        assert_eq!(wrap("unbreakable a", 4), ["unbreakable", "a"]);
        assert!(wrap("  ", 4).is_empty());
    }

    #[test]
    fn both_ends_are_flush() {
        assert_eq!(ends("left", "right", 12), ["left   right"]);
        let two = ends("a long left side", "right", 16);
        assert_eq!(two, ["a long", "left side  right"]);
        assert!(two.iter().all(|line| measure_text_width(line) <= 16));
    }
}
