//! Colours, sizes and text: the one style.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Everything is drawn this many times larger: plotters rounds coordinates to integers.
pub(crate) const SCALE: f64 = 10.0;

/// Fonts by name, widest spread last; a figure embeds none.
pub(crate) const FONTS: &str = "Open Sans,Helvetica,Arial,DejaVu Sans,sans-serif";

pub(crate) const TITLE_SIZE: f64 = 15.0;
pub(crate) const TEXT_SIZE: f64 = 13.0;
pub(crate) const SMALL_SIZE: f64 = 11.0;

pub(crate) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(crate) const SOFT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
pub(crate) const AXIS: RGBColor = RGBColor(0x8C, 0x8C, 0x8C);
pub(crate) const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);

/// The colours of Okabe and Ito (2008), yellow and black last, each with a darker one for text:
/// all of the second column have a contrast of at least 4.5 : 1 on white.
pub(crate) const PALETTE: [(RGBColor, RGBColor); 8] = [
    (RGBColor(0x00, 0x72, 0xB2), RGBColor(0x00, 0x66, 0xA0)),
    (RGBColor(0xD5, 0x5E, 0x00), RGBColor(0xB0, 0x4D, 0x00)),
    (RGBColor(0x00, 0x9E, 0x73), RGBColor(0x00, 0x73, 0x54)),
    (RGBColor(0xCC, 0x79, 0xA7), RGBColor(0xA2, 0x44, 0x78)),
    (RGBColor(0xE6, 0x9F, 0x00), RGBColor(0x8A, 0x5F, 0x00)),
    (RGBColor(0x56, 0xB4, 0xE9), RGBColor(0x1B, 0x6E, 0xA0)),
    (RGBColor(0x00, 0x00, 0x00), RGBColor(0x00, 0x00, 0x00)),
    (RGBColor(0xF0, 0xE4, 0x42), RGBColor(0x70, 0x68, 0x00)),
];

/// The colours of Okabe and Ito (2008) as red, green and blue, in the order in which series take them: blue, vermilion,
/// green, purple, orange, sky blue, black, yellow. For pictures that shall match the figures.
///
/// ```
/// assert_eq!(kinglet_plots::COLORS[0], [0x00, 0x72, 0xB2]);
/// ```
pub const COLORS: [[u8; 3]; 8] = {
    let mut colors = [[0; 3]; 8];
    let mut i = 0;
    while i < 8 {
        let RGBColor(r, g, b) = PALETTE[i].0;
        colors[i] = [r, g, b];
        i += 1;
    }
    colors
};

/// A length in a figure's own pixels as plotters' integer.
pub(crate) fn px(length: f64) -> i32 {
    (length * SCALE).round() as i32
}

/// A stroke of `width` pixels.
pub(crate) fn stroke(color: RGBColor, width: f64) -> ShapeStyle {
    color.stroke_width(px(width) as u32)
}

/// Where a text's point lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Middle,
    Right,
}

/// Text of `size` pixels, centred vertically on its point.
pub(crate) fn text_style(size: f64, color: RGBColor, anchor: Anchor) -> TextStyle<'static> {
    let horizontal = match anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    // plotters divides a font's size by 1.24 when it writes SVG.
    let font = (FONTS, size * SCALE * 1.24).into_font();
    font.color(&color).pos(Pos::new(horizontal, VPos::Center))
}

/// The bold text of a title.
pub(crate) fn title_style() -> TextStyle<'static> {
    let font = (FONTS, TITLE_SIZE * SCALE * 1.24, FontStyle::Bold).into_font();
    font.color(&INK).pos(Pos::new(HPos::Left, VPos::Center))
}

/// About how wide a text is, in pixels: there is no font to measure.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | '\'' | '|' | '(' | ')'
            | ' ' => 0.36,
            'm' | 'w' | 'M' | 'W' | '—' | '→' => 0.9,
            c if c.is_uppercase() => 0.7,
            _ => 0.58,
        })
        .sum();
    em * size
}

/// Breaks a text into lines of at most `width` pixels, between words.
pub(crate) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line)
                if text_width(line, size) + text_width(word, size) + 0.36 * size <= width =>
            {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast against white, WCAG 2.
    fn contrast(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        1.05 / (0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05)
    }

    #[test]
    fn every_text_colour_can_be_read_on_white() {
        for (_, text) in PALETTE {
            assert!(contrast(text) >= 4.5, "{text:?} {}", contrast(text));
        }
        assert!(contrast(SOFT_INK) >= 4.5);
    }

    #[test]
    fn wrapping_keeps_every_word_and_the_width() {
        let text = "Exact inference is optimistic about the dynamics and buys the ticket";
        let lines = wrap(text, 15.0, 200.0);
        assert_eq!(lines.join(" "), text);
        assert!(lines.len() > 2 && lines.iter().all(|l| text_width(l, 15.0) <= 200.0));
    }
}
