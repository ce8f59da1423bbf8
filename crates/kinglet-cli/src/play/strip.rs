//! An episode as one picture.

use tiny_skia::{Color, Pixmap, PixmapPaint, Transform};

/// The room between frames, in pixels, and their number in a row and in all.
const GAP: u32 = 6;
const COLUMNS: usize = 3;
const FRAMES: usize = 9;

/// The steps after which to look, from the first to the last of an episode, evenly spread: at most nine.
pub(crate) fn steps(last: usize) -> Vec<usize> {
    let shown = FRAMES.min(last + 1);
    let step = |i: usize| match shown {
        1 => 0,
        _ => (2 * i * last + shown - 1) / (2 * (shown - 1)),
    };
    (0..shown).map(step).collect()
}

/// Lays frames of one size out in rows of three, on a ground that shows between them.
pub(crate) fn lay_out(frames: &[Pixmap]) -> Pixmap {
    let (width, height) = (frames[0].width(), frames[0].height());
    let columns = COLUMNS.min(frames.len()) as u32;
    let rows = frames.len().div_ceil(COLUMNS) as u32;
    let along = |n: u32, length: u32| n * length + (n - 1) * GAP;
    let mut sheet = Pixmap::new(along(columns, width), along(rows, height))
        .expect("a sheet of at most nine frames");
    sheet.fill(Color::from_rgba8(0xE4, 0xE4, 0xE4, 255));
    for (i, frame) in frames.iter().enumerate() {
        let (row, column) = ((i / COLUMNS) as u32, (i % COLUMNS) as u32);
        let (x, y) = (column * (width + GAP), row * (height + GAP));
        let (paint, as_it_is) = (PixmapPaint::default(), Transform::identity());
        sheet.draw_pixmap(x as i32, y as i32, frame.as_ref(), &paint, as_it_is, None);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_begin_at_the_first_end_at_the_last_and_are_even() {
        assert_eq!(steps(0), [0]);
        assert_eq!(steps(1), [0, 1]);
        assert_eq!(steps(8), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        for last in [9, 10, 199, 500, 999] {
            let steps = steps(last);
            assert_eq!((steps.len(), steps[0], steps[8]), (9, 0, last));
            let even = last as f64 / 8.0;
            for (i, step) in steps.iter().enumerate() {
                assert!((*step as f64 - i as f64 * even).abs() <= 0.5, "{steps:?}");
            }
        }
    }

    #[test]
    fn every_frame_has_its_place() {
        let frames: Vec<Pixmap> = (0..5u8)
            .map(|i| {
                let mut frame = Pixmap::new(20, 10).unwrap();
                frame.fill(Color::from_rgba8(i, 0, 0, 255));
                frame
            })
            .collect();
        let sheet = lay_out(&frames);
        assert_eq!((sheet.width(), sheet.height()), (72, 26));
        for (i, [x, y]) in [[0, 0], [26, 0], [52, 0], [0, 16], [26, 16]]
            .iter()
            .enumerate()
        {
            let corners = [[*x, *y], [x + 19, y + 9]];
            for [x, y] in corners {
                assert_eq!(sheet.pixel(x, y).unwrap().red(), i as u8);
            }
        }
        assert_eq!(sheet.pixel(60, 20).unwrap().red(), 0xE4);
    }
}
