//! The frame that lines and bars share: title, axes, light grid, reference lines, room for labels.

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::prelude::*;

use crate::axes::{Axes, Direction};
use crate::error::Error;
use crate::ruler::Ruler;
use crate::style::*;
use crate::svg::{Area, Size};

pub(crate) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Ruler, Ruler>>;

/// A legend's entry: a series' name, its place in the palette, and the shape of its key.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) label: String,
    pub(crate) color: usize,
    pub(crate) key: Key,
}

/// What stands before a legend's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Line,
    Disc,
    Square,
}

/// Everything about a chart but its data.
#[derive(Debug)]
pub(crate) struct Frame<'f> {
    pub(crate) axes: &'f Axes,
    pub(crate) x: Ruler,
    pub(crate) y: Ruler,
    pub(crate) size: Size,
    /// What stands between title and plot; empty where the lines carry their names.
    pub(crate) legend: Vec<Entry>,
    /// The room at the right for the lines' names.
    pub(crate) right: f64,
}

const LEFT_PAD: f64 = 8.0;
const ROW: f64 = 20.0;

impl Frame<'_> {
    /// Paints everything but the data and hands out the chart to draw them on.
    pub(crate) fn draw<'a, 'b>(&self, area: &'a Area<'b>) -> Result<Chart<'a, 'b>, Error> {
        let top = self.captions(area)?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(px(top))
            .margin_left(px(LEFT_PAD))
            .margin_right(px(self.right))
            .margin_bottom(px(if self.axes.x.label.is_empty() {
                6.0
            } else {
                26.0
            }))
            .x_label_area_size(px(24.0))
            .y_label_area_size(px(self.tick_width()))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .disable_y_axis()
            .bold_line_style(stroke(GRID, 1.0))
            .light_line_style(TRANSPARENT)
            .axis_style(stroke(AXIS, 1.0))
            .set_all_tick_mark_size(px(4.0))
            .label_style(text_style(TEXT_SIZE, SOFT_INK, Anchor::Middle))
            .draw()?;
        chart
            .configure_mesh()
            .disable_mesh()
            .disable_x_axis()
            .axis_style(TRANSPARENT)
            .set_all_tick_mark_size(px(4.0))
            .label_style(text_style(TEXT_SIZE, SOFT_INK, Anchor::Middle))
            .draw()?;
        let middle = (self.size.0 - self.right + LEFT_PAD + self.tick_width()) / 2.0;
        let style = text_style(TEXT_SIZE, INK, Anchor::Middle);
        area.draw_text(
            &self.axes.x.label,
            &style,
            (px(middle), px(self.size.1 - 14.0)),
        )?;
        self.references(&chart)?;
        Ok(chart)
    }

    /// Title, legend and the y axis' label, from the top down; the height that they took.
    fn captions(&self, area: &Area<'_>) -> Result<f64, Error> {
        let mut y = 20.0;
        for line in wrap(&self.axes.title, TITLE_SIZE, self.size.0 - 2.0 * LEFT_PAD) {
            area.draw_text(&line, &title_style(), (px(LEFT_PAD), px(y)))?;
            y += ROW;
        }
        y += 2.0;
        let mut x = LEFT_PAD;
        for entry in &self.legend {
            let width = 22.0 + text_width(&entry.label, TEXT_SIZE) + 16.0;
            if x > LEFT_PAD && x + width > self.size.0 {
                x = LEFT_PAD;
                y += ROW;
            }
            legend_entry(area, entry, (x, y))?;
            x += width;
        }
        y += if self.legend.is_empty() {
            0.0
        } else {
            ROW + 2.0
        };
        for line in wrap(&self.axes.y.label, TEXT_SIZE, self.size.0 - 2.0 * LEFT_PAD) {
            let style = text_style(TEXT_SIZE, INK, Anchor::Left);
            area.draw_text(&line, &style, (px(LEFT_PAD), px(y)))?;
            y += ROW;
        }
        let vertical = self.axes.references_along(Direction::Vertical).next();
        Ok(y + if vertical.is_some() { 8.0 } else { 0.0 })
    }

    fn tick_width(&self) -> f64 {
        let widths = self
            .y
            .ticks
            .iter()
            .map(|(_, label)| text_width(label, TEXT_SIZE));
        widths.fold(0.0, f64::max) + 12.0
    }

    /// Reference lines; the vertical ones carry their names at their tops.
    fn references(&self, chart: &Chart<'_, '_>) -> Result<(), Error> {
        let (x, y, plot) = (&self.x, &self.y, chart.plotting_area());
        for reference in &self.axes.references {
            let ends = match reference.direction {
                Direction::Horizontal => {
                    let at = y.place(reference.value);
                    [(x.low, at), (x.high, at)]
                }
                Direction::Vertical => {
                    let at = x.place(reference.value);
                    [(at, y.low), (at, y.high)]
                }
            };
            plot.draw(&PathElement::new(ends, stroke(SOFT_INK, 1.0)))?;
            if reference.direction == Direction::Vertical {
                let style = text_style(SMALL_SIZE, SOFT_INK, Anchor::Middle);
                let name = Text::new(reference.label.clone(), (0, px(-8.0)), style);
                plot.draw(&(EmptyElement::at(ends[1]) + name))?;
            }
        }
        Ok(())
    }
}

fn legend_entry(area: &Area<'_>, entry: &Entry, (x, y): (f64, f64)) -> Result<(), Error> {
    let (paint, ink) = PALETTE[entry.color];
    let middle = (px(x + 8.0), px(y));
    match entry.key {
        Key::Line => {
            let ends = [(px(x), px(y)), (px(x + 16.0), px(y))];
            area.draw(&PathElement::new(ends, stroke(paint, 3.0)))?;
        }
        Key::Disc => area.draw(&Circle::new(middle, px(4.0), paint.filled()))?,
        Key::Square => {
            let corners = [(px(x + 3.0), px(y - 5.0)), (px(x + 13.0), px(y + 5.0))];
            area.draw(&Rectangle::new(corners, paint.filled()))?;
        }
    }
    let style = text_style(TEXT_SIZE, ink, Anchor::Left);
    area.draw_text(&entry.label, &style, (px(x + 22.0), px(y)))?;
    Ok(())
}
