//! Lines, bands and points.

use plotters::prelude::*;

use crate::axes::{Axes, Direction, Reference};
use crate::chart::{Chart, Entry, Frame, Key};
use crate::error::Error;
use crate::figure::{Figure, Panel};
use crate::names::{Name, draw_names, names_width};
use crate::ruler::{Room, Ruler};
use crate::series::{Mark, Series, Spread, check_on_axis};
use crate::style::*;
use crate::svg::{Painted, Size, paint};
use crate::thin::thin;

/// Draws series as lines, with bands of standard error or between bounds, or as points with error bars.
///
/// A line that ends at the right edge carries its name there; otherwise a legend stands under the title.
///
/// # Errors
/// Empty or non-finite data, lists of different lengths, a negative standard error, a lower bound
/// above its upper one, a value that a logarithmic axis cannot show, more than eight series, no alternative text.
///
/// # Example
/// ```
/// use kinglet_plots::{Axes, Axis, Series, lines};
/// # fn main() -> Result<(), kinglet_plots::Error> {
/// let jackpot: Vec<f64> = (0..=100).map(|i| f64::from(i) / 10.0).collect();
/// let win = jackpot.iter().map(|r| r.exp() / (r.exp() + 99.0));
/// let axes = Axes::new(
///     "Conditioned on optimality, a lottery is a certainty",
///     Axis::linear("jackpot R"),
///     Axis::linear("P(win | buy, O)"),
///     "The posterior chance of winning rises from 0.01 to 0.996 as the jackpot grows to 10.",
/// );
/// let figure = lines(&axes, &[Series::line("posterior", &jackpot, win)])?;
/// assert!(figure.svg().contains("jackpot R"));
/// # Ok(())
/// # }
/// ```
pub fn lines(axes: &Axes, series: &[Series]) -> Result<Figure, Error> {
    Figure::of(Panel::Lines(axes.clone(), series.to_vec()))
}

/// Paints the panel of [`lines`].
pub(crate) fn paint_lines(axes: &Axes, series: &[Series], size: Size) -> Result<Painted, Error> {
    check(axes, series)?;
    let (x, y) = rulers(axes, series)?;
    let mut names = reference_names(axes, &y, x.high);
    let mut entries = Vec::new();
    if names_fit(series, &x, size) {
        names.extend(series_names(series, &x, &y));
    } else {
        entries = legend(series);
    }
    let frame = Frame {
        axes,
        right: names_width(&names).max(last_label(&x)),
        legend: entries,
        x,
        y,
        size,
    };
    paint(size, |area| {
        let chart = frame.draw(area)?;
        for (one, color) in series.iter().zip(PALETTE) {
            draw_spread(&chart, &frame, one, color.0)?;
        }
        for (one, color) in series.iter().zip(PALETTE) {
            draw_series(&chart, &frame, one, color.0)?;
        }
        draw_names(area, &chart, &names)
    })
}

fn check(axes: &Axes, series: &[Series]) -> Result<(), Error> {
    if series.is_empty() {
        return Err(Error::Empty {
            what: "the list of series".to_owned(),
        });
    }
    check_palette(series.len())?;
    check_axes(axes)?;
    series
        .iter()
        .try_for_each(|one| one.check(axes.x.scale, axes.y.scale))
}

fn rulers(axes: &Axes, series: &[Series]) -> Result<(Ruler, Ruler), Error> {
    let x = series.iter().flat_map(|s| s.x.iter().copied());
    let x = x.chain(axes.references_along(Direction::Vertical));
    let y = series.iter().flat_map(|s| s.reach(axes.y.scale));
    let y = y.chain(axes.references_along(Direction::Horizontal));
    let discs = series.iter().any(|s| s.mark != Mark::Line);
    let room = if discs { Room::Both } else { Room::Tight };
    Ok((
        Ruler::fit("x", &axes.x, x, room, 5)?,
        Ruler::fit("y", &axes.y, y, Room::Both, 5)?,
    ))
}

/// Whether every line ends near the right edge and has a name short enough to stand there.
fn names_fit(series: &[Series], x: &Ruler, size: Size) -> bool {
    let near = x.high - (x.high - x.low) / 12.0;
    series.iter().all(|s| {
        let ends = s.x.last().is_some_and(|last| x.place(*last) >= near);
        ends && s.mark != Mark::Points && text_width(&s.label, TEXT_SIZE) <= 0.27 * size.0
    })
}

/// The room that the last tick's label takes beyond the plot, if the tick stands near its end.
fn last_label(x: &Ruler) -> f64 {
    let Some((at, label)) = x.ticks.last() else {
        return 0.0;
    };
    let near = x.high - at <= (x.high - x.low) / 30.0;
    // The spaces between thousands are thin.
    let digits = label.replace('\u{2009}', "");
    if near {
        text_width(&digits, TEXT_SIZE) / 2.0 + 5.0
    } else {
        0.0
    }
}

fn series_names(series: &[Series], x: &Ruler, y: &Ruler) -> Vec<Name> {
    let named = series
        .iter()
        .zip(PALETTE)
        .filter(|(s, _)| !s.label.is_empty());
    let name = |(s, (_, color)): (&Series, (RGBColor, RGBColor))| Name {
        text: s.label.clone(),
        color,
        at: (x.high, y.place(s.y[s.y.len() - 1])),
    };
    named.map(name).collect()
}

/// The names of the horizontal reference lines.
pub(crate) fn reference_names(axes: &Axes, y: &Ruler, right: f64) -> Vec<Name> {
    let lines = axes
        .references
        .iter()
        .filter(|r| r.direction == Direction::Horizontal);
    let name = |r: &Reference| Name {
        text: r.label.clone(),
        color: SOFT_INK,
        at: (right, y.place(r.value)),
    };
    lines.map(name).collect()
}

fn legend(series: &[Series]) -> Vec<Entry> {
    let named = series
        .iter()
        .enumerate()
        .filter(|(_, s)| !s.label.is_empty());
    let entry = |(color, s): (usize, &Series)| Entry {
        label: s.label.clone(),
        color,
        key: if s.mark == Mark::Points {
            Key::Disc
        } else {
            Key::Line
        },
    };
    named.map(entry).collect()
}

fn draw_series(
    chart: &Chart<'_, '_>,
    frame: &Frame<'_>,
    series: &Series,
    color: RGBColor,
) -> Result<(), Error> {
    let plot = chart.plotting_area();
    let places: Vec<(f64, f64)> = places(frame, series);
    if series.mark != Mark::Points {
        let line: Vec<_> = thin(&places).into_iter().map(|i| places[i]).collect();
        plot.draw(&PathElement::new(line, stroke(color, 2.2)))?;
    }
    if series.mark != Mark::Line {
        for place in places {
            plot.draw(&Circle::new(place, px(3.5), color.filled()))?;
        }
    }
    Ok(())
}

fn draw_spread(
    chart: &Chart<'_, '_>,
    frame: &Frame<'_>,
    series: &Series,
    color: RGBColor,
) -> Result<(), Error> {
    let Some(ends) = series.ends() else {
        return Ok(());
    };
    let plot = chart.plotting_area();
    let places = places(frame, series);
    let ends = |i: usize| (frame.y.place(ends[i].0), frame.y.place(ends[i].1));
    if !matches!(series.spread, Spread::Bars(_)) {
        let kept = thin(&places);
        let upper = kept.iter().map(|&i| (places[i].0, ends(i).1));
        let lower = kept.iter().rev().map(|&i| (places[i].0, ends(i).0));
        plot.draw(&Polygon::new(
            upper.chain(lower).collect::<Vec<_>>(),
            color.mix(0.2),
        ))?;
        return Ok(());
    }
    for (i, (x, _)) in places.iter().enumerate() {
        let (low, high) = ends(i);
        whisker(chart, *x, low, high, stroke(color, 1.5))?;
    }
    Ok(())
}

/// An error bar with its two caps.
pub(crate) fn whisker(
    chart: &Chart<'_, '_>,
    x: f64,
    low: f64,
    high: f64,
    style: ShapeStyle,
) -> Result<(), Error> {
    let plot = chart.plotting_area();
    plot.draw(&PathElement::new(vec![(x, low), (x, high)], style))?;
    for end in [low, high] {
        let cap = vec![(px(-3.5), 0), (px(3.5), 0)];
        plot.draw(&(EmptyElement::at((x, end)) + PathElement::new(cap, style)))?;
    }
    Ok(())
}

fn places(frame: &Frame<'_>, series: &Series) -> Vec<(f64, f64)> {
    let points = series.x.iter().zip(&series.y);
    points
        .map(|(x, y)| (frame.x.place(*x), frame.y.place(*y)))
        .collect()
}

/// Refuses more series than there are colours.
pub(crate) fn check_palette(got: usize) -> Result<(), Error> {
    let limit = PALETTE.len();
    if got > limit {
        return Err(Error::TooManySeries { got, limit });
    }
    Ok(())
}

/// Refuses reference lines and included values that the axes cannot show.
pub(crate) fn check_axes(axes: &Axes) -> Result<(), Error> {
    for (name, axis, direction) in [
        ("x", &axes.x, Direction::Vertical),
        ("y", &axes.y, Direction::Horizontal),
    ] {
        check_on_axis(
            &format!("values that {name} must include"),
            &axis.include,
            axis.scale,
        )?;
        let lines: Vec<f64> = axes.references_along(direction).collect();
        check_on_axis(&format!("reference lines of {name}"), &lines, axis.scale)?;
    }
    Ok(())
}
