//! Names at the right ends of lines, pushed apart where they would overlap.

use plotters::style::RGBColor;

use crate::chart::Chart;
use crate::error::Error;
use crate::style::*;
use crate::svg::Area;

/// A line's name, its colour, and where the line ends.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) color: RGBColor,
    pub(crate) at: (f64, f64),
}

const GAP: i32 = 165;

/// The room that names need at the right of a plot; without names, that of the last tick's label.
pub(crate) fn names_width(names: &[Name]) -> f64 {
    let widths = names
        .iter()
        .map(|name| text_width(&name.text, TEXT_SIZE) + 16.0);
    widths.fold(22.0, f64::max)
}

/// Draws the names beside the plot, each as near to its line's end as the others allow.
pub(crate) fn draw_names(
    area: &Area<'_>,
    chart: &Chart<'_, '_>,
    names: &[Name],
) -> Result<(), Error> {
    let plot = chart.plotting_area();
    let mut ends: Vec<(i32, i32, &Name)> = names
        .iter()
        .map(|name| (plot.map_coordinate(&name.at), name))
        .map(|((x, y), name)| (y, x, name))
        .collect();
    ends.sort_by_key(|(y, _, _)| *y);
    let wanted: Vec<i32> = ends.iter().map(|(y, _, _)| *y).collect();
    let (_, rows) = plot.get_pixel_range();
    let heights = spread(&wanted, GAP, rows.start, rows.end);
    for ((_, x, name), y) in ends.into_iter().zip(heights) {
        let style = text_style(TEXT_SIZE, name.color, Anchor::Left);
        area.draw_text(&name.text, &style, (x + px(7.0), y))?;
    }
    Ok(())
}

/// Moves increasing positions apart to at least `gap`, as little as it can, within bounds if they fit.
fn spread(wanted: &[i32], gap: i32, low: i32, high: i32) -> Vec<i32> {
    // Groups of touching labels: the sum of their offsets-free wishes, their count.
    let mut groups: Vec<(i64, i64, usize)> = Vec::new();
    for (index, &want) in wanted.iter().enumerate() {
        groups.push((i64::from(want), 1, index));
        while let [.., before, last] = groups.as_slice() {
            let top =
                |group: &(i64, i64, usize)| group.0 / group.1 - (group.1 - 1) * i64::from(gap) / 2;
            if top(last) - (top(before) + before.1 * i64::from(gap)) >= 0 {
                break;
            }
            let merged = (before.0 + last.0, before.1 + last.1, before.2);
            groups.truncate(groups.len() - 2);
            groups.push(merged);
        }
    }
    let mut places = vec![0; wanted.len()];
    for (sum, count, first) in groups {
        let room = (count - 1) * i64::from(gap);
        let top = sum / count - room / 2;
        let top = top.min(i64::from(high) - room).max(i64::from(low));
        for i in 0..count {
            places[first + i as usize] = (top + i * i64::from(gap)) as i32;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_far_apart_stay_and_near_ones_part_about_their_middle() {
        assert_eq!(spread(&[100, 500, 900], 165, 0, 3000), [100, 500, 900]);
        assert_eq!(spread(&[1000, 1000], 160, 0, 3000), [920, 1080]);
        assert_eq!(
            spread(&[1000, 1010, 1100, 2500], 160, 0, 3000),
            [876, 1036, 1196, 2500]
        );
    }

    #[test]
    fn names_keep_their_order_and_gap_whatever_their_wishes() {
        for step in [0, 3, 40, 120, 400] {
            let wanted: Vec<i32> = (0..8).map(|i| 1000 + i * step).collect();
            let places = spread(&wanted, 165, 0, 6000);
            assert!(places.windows(2).all(|p| p[1] - p[0] >= 165), "{places:?}");
        }
    }

    #[test]
    fn names_stay_in_the_plot() {
        assert_eq!(spread(&[0, 10], 160, 0, 3000), [0, 160]);
        assert_eq!(spread(&[2990, 3000], 160, 0, 3000), [2840, 3000]);
    }
}
