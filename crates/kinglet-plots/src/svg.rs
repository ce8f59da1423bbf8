//! From plotters' SVG to ours: small, scaled down, with words for who cannot see it.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::error::Error;
use crate::style::{FONTS, SCALE, px};

/// What figures are painted on: coordinates are tenths of a pixel.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Width and height in pixels.
pub(crate) type Size = (f64, f64);

/// A painted panel: its size and its SVG elements, without a root.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Painted {
    pub(crate) size: Size,
    body: String,
}

/// Paints one panel.
pub(crate) fn paint(
    size: Size,
    draw: impl FnOnce(&Area<'_>) -> Result<(), Error>,
) -> Result<Painted, Error> {
    let mut svg = String::new();
    {
        let backend = SVGBackend::with_string(&mut svg, (px(size.0) as u32, px(size.1) as u32));
        let area = backend.into_drawing_area();
        draw(&area)?;
        area.present()?;
    }
    Ok(Painted {
        size,
        body: body(&svg),
    })
}

/// What stands inside plotters' root element, without what says nothing.
fn body(svg: &str) -> String {
    let start = svg.find('>').map_or(0, |at| at + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    let fonts = format!(" font-family=\"{FONTS}\"");
    let mut out = String::with_capacity(end - start);
    for line in svg[start..end].lines().filter(|line| !line.is_empty()) {
        if !line.starts_with('<') {
            out.push_str(&line.replace(|c: char| c.is_control(), " "));
            continue;
        }
        let element = line.replace(" opacity=\"1\"", "").replace(&fonts, "");
        let element = element
            .replace(" stroke=\"none\"", "")
            .replace(" \"/>", "\"/>");
        out.push_str(&element);
        if !line.starts_with("<text") {
            out.push('\n');
        }
    }
    out
}

/// The whole document: panels side by side on a white ground, under one title and description.
pub(crate) fn document(panels: &[Painted], title: &str, alt: &str) -> String {
    let width: f64 = panels.iter().map(|panel| panel.size.0).sum();
    let height = panels.iter().map(|panel| panel.size.1).fold(0.0, f64::max);
    let (title, alt) = (escape(title), escape(alt));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{alt}\" font-family=\"{FONTS}\" \
         stroke-linejoin=\"round\">\n<title>{title}</title>\n<desc>{alt}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n",
        width * SCALE,
        height * SCALE,
    );
    let mut x = 0.0;
    for panel in panels {
        svg.push_str(&format!("<g transform=\"translate({},0)\">\n", px(x)));
        svg.push_str(&panel.body);
        svg.push_str("</g>\n");
        x += panel.size.0;
    }
    svg.push_str("</svg>\n");
    svg
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
