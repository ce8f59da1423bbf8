//! An episode as an animation.

use std::borrow::Cow;
use std::io::Write;

use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use indicatif::ProgressBar;
use tiny_skia::Pixmap;

use super::palette::Palette;

/// How long the last frame stays, in hundredths of a second.
const LAST: u16 = 150;

/// Writes pictures of one size, each shown for `seconds`, as a GIF that starts again after its end.
///
/// The pictures are asked for twice: once for their colours, of which all have the same 256 (of shaded pictures, some of them
/// are), once to be written. A frame holds only what differs from the one before.
pub(crate) fn write<W: Write, E: From<EncodingError>>(
    out: W,
    count: usize,
    seconds: f64,
    picture: impl Fn(usize) -> Result<Pixmap, E>,
) -> Result<(), E> {
    // Every sixteenth first: enough of them, if they are shaded.
    let spread = (0..16).flat_map(|first| (first..count).step_by(16));
    let mut palette = Palette::of(spread.map(&picture), count.div_ceil(16))?;
    let mut sheet = Sheet::blank(&picture(0)?);
    let mut encoder = Encoder::new(out, sheet.size[0], sheet.size[1], &palette.bytes())?;
    encoder.set_repeat(Repeat::Infinite)?;
    let bar = ProgressBar::new(count as u64).with_message("drawing");
    for i in bar.wrap_iter(0..count) {
        let mut frame = sheet.turn(palette.indices(&picture(i)?));
        frame.delay = match i + 1 == count {
            true => LAST,
            false => delay(i, seconds),
        };
        encoder.write_frame(&frame)?;
    }
    Ok(())
}

/// How long frame i is shown, in hundredths of a second: rounded so that errors do not add up.
fn delay(i: usize, seconds: f64) -> u16 {
    let at = |i: usize| (i as f64 * seconds * 100.0).round();
    (at(i + 1) - at(i)) as u16
}

/// What is seen now, as places in the palette.
struct Sheet {
    size: [u16; 2],
    pixels: Vec<u8>,
}

impl Sheet {
    /// Nothing yet, of the size of a picture.
    fn blank(picture: &Pixmap) -> Self {
        Self {
            size: [picture.width() as u16, picture.height() as u16],
            pixels: Vec::new(),
        }
    }

    /// Takes the next picture, and gives the part of it that differs: all of the first.
    fn turn(&mut self, pixels: Vec<u8>) -> Frame<'static> {
        let [[left, right], [top, bottom]] = self.differs(&pixels);
        let width = usize::from(self.size[0]);
        let rows = pixels.chunks(width).take(bottom + 1).skip(top);
        let part: Vec<u8> = rows.flat_map(|row| &row[left..=right]).copied().collect();
        self.pixels = pixels;
        Frame {
            left: left as u16,
            top: top as u16,
            width: (right + 1 - left) as u16,
            height: (bottom + 1 - top) as u16,
            buffer: Cow::Owned(part),
            dispose: DisposalMethod::Keep,
            ..Frame::default()
        }
    }

    /// The first and last column and row that differ; one pixel where none does.
    fn differs(&self, pixels: &[u8]) -> [[usize; 2]; 2] {
        let [width, height] = self.size.map(usize::from);
        if self.pixels.is_empty() {
            return [[0, width - 1], [0, height - 1]];
        }
        let differs = |i: &usize| self.pixels[*i] != pixels[*i];
        let (mut columns, mut rows) = ([width - 1, 0], [height - 1, 0]);
        for i in (0..pixels.len()).filter(differs) {
            let (row, column) = (i / width, i % width);
            columns = [columns[0].min(column), columns[1].max(column)];
            rows = [rows[0].min(row), rows[1].max(row)];
        }
        match columns[0] <= columns[1] {
            true => [columns, rows],
            false => [[0, 0], [0, 0]],
        }
    }
}
