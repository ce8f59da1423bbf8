//! Grouped bars.

use std::borrow::Borrow;

use plotters::prelude::*;

use crate::axes::{Axes, Direction, Scale};
use crate::chart::{Chart, Entry, Frame, Key};
use crate::error::{Error, check_finite, check_length, check_not_negative};
use crate::figure::{Figure, Panel};
use crate::lines::{check_axes, check_palette, reference_names, whisker};
use crate::names::{draw_names, names_width};
use crate::number::three_digits;
use crate::ruler::{Room, Ruler};
use crate::series::numbers;
use crate::style::*;
use crate::svg::{Painted, Size, paint};

/// One colour of bars: a height for each category.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// The name in the legend.
    pub label: String,
    /// A height for each category.
    pub heights: Vec<f64>,
    /// A standard error for each category, or none at all.
    pub standard_errors: Option<Vec<f64>>,
}

impl Bars {
    /// Bars without error.
    pub fn new(label: impl Into<String>, heights: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        Bars {
            label: label.into(),
            heights: numbers(heights),
            standard_errors: None,
        }
    }
}

/// Draws groups of bars, a group for each category, each bar with its number.
///
/// # Errors
/// Empty or non-finite data, lists of different lengths, a negative standard error, a logarithmic
/// axis, more than eight colours, no alternative text.
///
/// # Example
/// ```
/// use kinglet_plots::{Axes, Axis, Bars, bars};
/// # fn main() -> Result<(), kinglet_plots::Error> {
/// let axes = Axes::new("What is bought", Axis::linear(""), Axis::linear("P(buy)"), "0.99 against 0.1.");
/// let figure = bars(&axes, &["exact", "variational"], &[Bars::new("", [0.987863, 0.1])])?;
/// assert!(figure.svg().contains("0.988"));
/// # Ok(())
/// # }
/// ```
pub fn bars(axes: &Axes, categories: &[&str], bars: &[Bars]) -> Result<Figure, Error> {
    let categories = categories.iter().map(|&name| name.to_owned()).collect();
    Figure::of(Panel::Bars(axes.clone(), categories, bars.to_vec()))
}

/// Paints the panel of [`bars`].
pub(crate) fn paint_bars(
    axes: &Axes,
    categories: &[String],
    bars: &[Bars],
    size: Size,
) -> Result<Painted, Error> {
    check(axes, categories, bars)?;
    let named = bars
        .iter()
        .enumerate()
        .filter(|(_, group)| !group.label.is_empty());
    let entry = |(color, group): (usize, &Bars)| Entry {
        label: group.label.clone(),
        color,
        key: Key::Square,
    };
    let (x, y) = (
        category_ruler(categories),
        Ruler::fit("y", &axes.y, reach(axes, bars), Room::FromZero, 5)?,
    );
    let names = reference_names(axes, &y, x.high);
    let frame = Frame {
        axes,
        right: names_width(&names),
        legend: named.map(entry).collect(),
        x,
        y,
        size,
    };
    paint(size, |area| {
        let chart = frame.draw(area)?;
        for (index, group) in bars.iter().enumerate() {
            draw_bars(&chart, &frame, group, (index, bars.len()))?;
        }
        let base = [(frame.x.low, 0.0), (frame.x.high, 0.0)];
        let base = PathElement::new(base, stroke(AXIS, 1.0));
        chart.plotting_area().draw(&base)?;
        draw_names(area, &chart, &names)
    })
}

fn check(axes: &Axes, categories: &[String], bars: &[Bars]) -> Result<(), Error> {
    if axes.x.scale == Scale::Log || axes.y.scale == Scale::Log {
        return Err(Error::LogarithmicBars);
    }
    for (what, len) in [
        ("the list of categories", categories.len()),
        ("the list of bars", bars.len()),
    ] {
        if len == 0 {
            return Err(Error::Empty {
                what: what.to_owned(),
            });
        }
    }
    check_palette(bars.len())?;
    check_axes(axes)?;
    for group in bars {
        let what = format!("bars {:?}", group.label);
        check_length(&what, group.heights.len(), categories.len())?;
        check_finite(&what, &group.heights)?;
        if let Some(errors) = &group.standard_errors {
            let what = format!("standard errors of {what}");
            check_length(&what, errors.len(), categories.len())?;
            check_not_negative(&what, errors)?;
        }
    }
    Ok(())
}

/// Categories stand at 0, 1, 2 and so on.
fn category_ruler(categories: &[String]) -> Ruler {
    let ticks = categories
        .iter()
        .enumerate()
        .map(|(i, name)| (i as f64, name.clone()));
    Ruler::of_ticks(-0.5, categories.len() as f64 - 0.5, ticks.collect())
}

fn reach(axes: &Axes, bars: &[Bars]) -> impl Iterator<Item = f64> {
    let ends = bars
        .iter()
        .flat_map(|group| (0..group.heights.len()).flat_map(|i| ends(group, i)));
    ends.chain(axes.references_along(Direction::Horizontal))
}

/// A bar's height minus and plus its standard error.
fn ends(group: &Bars, index: usize) -> [f64; 2] {
    let error = group
        .standard_errors
        .as_ref()
        .map_or(0.0, |errors| errors[index]);
    [group.heights[index] - error, group.heights[index] + error]
}

fn draw_bars(
    chart: &Chart<'_, '_>,
    frame: &Frame<'_>,
    group: &Bars,
    (index, groups): (usize, usize),
) -> Result<(), Error> {
    let plot = chart.plotting_area();
    let (color, _) = PALETTE[index];
    let width = 0.74 / groups as f64;
    for (category, &height) in group.heights.iter().enumerate() {
        let left = category as f64 - 0.37 + index as f64 * width;
        let corners = [(left + 0.03 * width, 0.0), (left + 0.97 * width, height)];
        plot.draw(&Rectangle::new(corners, color.filled()))?;
        let [low, high] = ends(group, category);
        let middle = left + width / 2.0;
        if group.standard_errors.is_some() {
            whisker(chart, middle, low, high, stroke(INK, 1.3))?;
        }
        let (end, lift) = if height < 0.0 {
            (low, 10.0)
        } else {
            (high, -10.0)
        };
        let room =
            f64::from(plot.dim_in_pixel().0 as i32) / SCALE * width / (frame.x.high - frame.x.low);
        let number = three_digits(height);
        if text_width(&number, SMALL_SIZE) <= room {
            let text = Text::new(
                number,
                (0, px(lift)),
                text_style(SMALL_SIZE, INK, Anchor::Middle),
            );
            plot.draw(&(EmptyElement::at((middle, end)) + text))?;
        }
    }
    Ok(())
}
