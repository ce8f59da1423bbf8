//! How a grid is painted.

use plotters::prelude::*;

use crate::error::Error;
use crate::grid::{Arrow, Cell, Grid, Ground, check};
use crate::grid_layout::{Layout, PAD, ROW, captions};
use crate::ground::ground;
use crate::number::fixed;
use crate::style::*;
use crate::svg::{Area, Painted, paint};

/// Paints the panel of [`crate::grid()`] within a width; the canvas is as large as it needs.
pub(crate) fn paint_grid(grid: &Grid, width: f64) -> Result<Painted, Error> {
    check(grid)?;
    let layout = Layout::of(grid, width);
    paint(layout.size, |area| {
        for (row, (line, title)) in captions(grid, layout.size.0).iter().enumerate() {
            let style = if *title {
                title_style()
            } else {
                text_style(TEXT_SIZE, INK, Anchor::Left)
            };
            area.draw_text(line, &style, (px(PAD), px(18.0 + row as f64 * ROW)))?;
        }
        let [first, _] = layout.rectangle(0, -0.5);
        let [_, last] = layout.rectangle(grid.cells.len() - 1, -0.5);
        area.draw(&Rectangle::new([first, last], GRID.filled()))?;
        draw_names(area, grid, &layout)?;
        for (index, cell) in grid.cells.iter().enumerate() {
            draw_ground(area, grid, &layout, index, cell)?;
        }
        draw_walk(area, grid, &layout)?;
        for (index, cell) in grid.cells.iter().enumerate() {
            draw_policy(area, &layout, index, cell)?;
            draw_number(area, &layout, index, cell)?;
        }
        if layout.needs_bar(grid) {
            draw_color_bar(area, grid, &layout)?;
        }
        Ok(())
    })
}

fn draw_names(area: &Area<'_>, grid: &Grid, layout: &Layout) -> Result<(), Error> {
    for (row, name) in grid.row_names.iter().enumerate() {
        let y = layout.middle(row * layout.columns).1;
        let style = text_style(TEXT_SIZE, SOFT_INK, Anchor::Right);
        area.draw_text(name, &style, (px(layout.left - 6.0), px(y)))?;
    }
    for (column, name) in grid.column_names.iter().enumerate() {
        let x = layout.middle(column).0;
        let style = text_style(TEXT_SIZE, SOFT_INK, Anchor::Middle);
        area.draw_text(name, &style, (px(x), px(layout.top - 11.0)))?;
    }
    Ok(())
}

fn draw_ground(
    area: &Area<'_>,
    grid: &Grid,
    layout: &Layout,
    index: usize,
    cell: &Cell,
) -> Result<(), Error> {
    let (low, high) = grid.extremes();
    let color = match (cell.ground, cell.value) {
        (Ground::Wall, _) => SOFT_INK,
        (Ground::Cliff, _) => CLIFF,
        (_, Some(value)) => ground(value, low, high),
        (_, None) => WHITE,
    };
    area.draw(&Rectangle::new(
        layout.rectangle(index, 0.5),
        color.filled(),
    ))?;
    match cell.ground {
        Ground::Cliff => draw_hatch(area, layout, index)?,
        Ground::Goal => draw_frame(area, layout, index)?,
        Ground::Open | Ground::Wall | Ground::Start => {}
    }
    let letter = match cell.ground {
        Ground::Start => "S",
        Ground::Goal => "G",
        Ground::Open | Ground::Wall | Ground::Cliff => return Ok(()),
    };
    let (x, y) = layout.corner(index);
    let at = (px(x + layout.cell - 6.0), px(y + layout.cell - 10.0));
    if layout.cell >= 26.0 {
        area.draw_text(letter, &text_style(TEXT_SIZE, INK, Anchor::Right), at)?;
    }
    Ok(())
}

const CLIFF: RGBColor = RGBColor(0xFA, 0xE6, 0xD9);

/// Diagonals over a cell.
fn draw_hatch(area: &Area<'_>, layout: &Layout, index: usize) -> Result<(), Error> {
    let (x, y) = layout.corner(index);
    let (far, step) = (layout.cell - 0.5, layout.cell / 4.0);
    for k in 1..8 {
        let reach = f64::from(k) * step;
        let (from, to) = ((reach - far).max(0.5), reach.min(far));
        let ends = vec![
            (px(x + from), px(y + reach - from)),
            (px(x + to), px(y + reach - to)),
        ];
        area.draw(&PathElement::new(ends, stroke(PALETTE[1].0, 1.0)))?;
    }
    Ok(())
}

/// The frame of the goal.
fn draw_frame(area: &Area<'_>, layout: &Layout, index: usize) -> Result<(), Error> {
    let [(left, top), (right, bottom)] = layout.rectangle(index, 2.0);
    let corners = [
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    area.draw(&PathElement::new(corners, stroke(PALETTE[2].0, 3.0)))?;
    Ok(())
}

fn draw_walk(area: &Area<'_>, grid: &Grid, layout: &Layout) -> Result<(), Error> {
    let pixels = |index: &usize| {
        let (x, y) = layout.heart(*index);
        (px(x), px(y))
    };
    let style = INK.mix(0.28).stroke_width(px(layout.cell / 7.0) as u32);
    let path: Vec<_> = grid.walk.iter().map(pixels).collect();
    if path.len() > 1 {
        area.draw(&PathElement::new(path, style))?;
    }
    Ok(())
}

/// Arrows as long as their probabilities; staying is a disc.
fn draw_policy(area: &Area<'_>, layout: &Layout, index: usize, cell: &Cell) -> Result<(), Error> {
    let (x, y) = layout.heart(index);
    let reach = if layout.numbers { 0.38 } else { 0.47 } * layout.cell;
    for &(arrow, probability) in cell.policy.iter().filter(|(_, p)| *p >= 0.01) {
        let (dx, dy) = match arrow {
            Arrow::Stay => {
                let radius = px((0.16 * reach * probability.sqrt()).max(0.8));
                area.draw(&Circle::new((px(x), px(y)), radius, INK.filled()))?;
                continue;
            }
            Arrow::Up => (0.0, -1.0),
            Arrow::Right => (1.0, 0.0),
            Arrow::Down => (0.0, 1.0),
            Arrow::Left => (-1.0, 0.0),
        };
        let length = reach * probability;
        let head = (0.42 * length).min(0.14 * layout.cell);
        let at = |along: f64, across: f64| {
            (
                px(x + along * dx - across * dy),
                px(y + along * dy + across * dx),
            )
        };
        let shaft = vec![at(0.0, 0.0), at(length - head, 0.0)];
        let width = (0.03 * layout.cell).clamp(0.8, 1.8);
        area.draw(&PathElement::new(shaft, stroke(INK, width)))?;
        let tip = vec![
            at(length, 0.0),
            at(length - head, 0.6 * head),
            at(length - head, -0.6 * head),
        ];
        area.draw(&Polygon::new(tip, INK.filled()))?;
    }
    Ok(())
}

fn draw_number(area: &Area<'_>, layout: &Layout, index: usize, cell: &Cell) -> Result<(), Error> {
    let Some(value) = cell.value.filter(|_| layout.numbers) else {
        return Ok(());
    };
    let text = fixed(value, layout.decimals);
    let (x, y) = layout.corner(index);
    let (at, anchor) = if !layout.policy {
        let (x, y) = layout.middle(index);
        ((x, y), Anchor::Middle)
    } else {
        ((x + 4.0, y + 9.0), Anchor::Left)
    };
    let color = if cell.ground == Ground::Wall {
        WHITE
    } else {
        INK
    };
    area.draw_text(
        &text,
        &text_style(SMALL_SIZE, color, anchor),
        (px(at.0), px(at.1)),
    )?;
    Ok(())
}

/// A bar under the grid from the lowest colour to the highest, with their numbers.
fn draw_color_bar(area: &Area<'_>, grid: &Grid, layout: &Layout) -> Result<(), Error> {
    const STEPS: usize = 40;
    let (low, high) = grid.extremes();
    let y = layout.top + grid.rows() as f64 * layout.cell + 20.0;
    let texts = [low, high].map(|end| fixed(end, layout.decimals));
    let from = layout.left + text_width(&texts[0], SMALL_SIZE) + 8.0;
    let width = 4.0;
    for step in 0..STEPS {
        let value = low + (high - low) * (step as f64 + 0.5) / STEPS as f64;
        let x = from + step as f64 * width;
        let corners = [(px(x), px(y - 5.0)), (px(x + width), px(y + 5.0))];
        area.draw(&Rectangle::new(corners, ground(value, low, high).filled()))?;
    }
    let to = from + STEPS as f64 * width + 8.0;
    let style = |anchor| text_style(SMALL_SIZE, INK, anchor);
    area.draw_text(&texts[0], &style(Anchor::Left), (px(layout.left), px(y)))?;
    area.draw_text(&texts[1], &style(Anchor::Left), (px(to), px(y)))?;
    Ok(())
}
