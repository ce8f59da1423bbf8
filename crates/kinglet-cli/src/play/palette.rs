//! At most 256 colours for all frames of an animation.

use std::cmp::Reverse;
use std::collections::HashMap;

use tiny_skia::{Pixmap, PremultipliedColorU8};

use super::color::Rgb;

/// The most frequent colours of some pictures, and which of them is nearest to any other.
///
/// The pictures are flat: the colours that are left out are shades of single pixels at the edges of shapes.
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    colors: Vec<Rgb>,
    nearest: HashMap<Rgb, u8>,
}

impl Palette {
    pub(crate) fn of(pictures: impl Iterator<Item = Pixmap>) -> Self {
        let mut counts: HashMap<Rgb, u64> = HashMap::new();
        for picture in pictures {
            for run in picture.pixels().chunk_by(|a, b| a == b) {
                *counts.entry(rgb(run[0])).or_default() += run.len() as u64;
            }
        }
        let mut counts: Vec<(Rgb, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(color, count)| (Reverse(*count), *color));
        let kept = counts.into_iter().take(256);
        let colors: Vec<Rgb> = kept.map(|(color, _)| color).collect();
        let itself = colors.iter().copied().zip(0..=u8::MAX);
        Self {
            nearest: itself.collect(),
            colors,
        }
    }

    /// Red, green and blue of each colour.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.colors.concat()
    }

    /// The place in the palette of each pixel of a picture.
    pub(crate) fn indices(&mut self, picture: &Pixmap) -> Vec<u8> {
        let Self { colors, nearest } = self;
        let mut indices = Vec::with_capacity(picture.pixels().len());
        for run in picture.pixels().chunk_by(|a, b| a == b) {
            let color = rgb(run[0]);
            let find = || find_nearest(colors, color);
            let index = *nearest.entry(color).or_insert_with(find);
            indices.resize(indices.len() + run.len(), index);
        }
        indices
    }
}

/// The colour of an opaque pixel.
fn rgb(pixel: PremultipliedColorU8) -> Rgb {
    [pixel.red(), pixel.green(), pixel.blue()]
}

fn find_nearest(colors: &[Rgb], color: Rgb) -> u8 {
    let distance = |other: &Rgb| -> u32 {
        let differences = other.iter().zip(color).map(|(a, b)| a.abs_diff(b));
        differences.map(|d| u32::from(d).pow(2)).sum()
    };
    let places = colors.iter().zip(0..=u8::MAX);
    let nearest = places.min_by_key(|(other, _)| distance(other));
    nearest.map_or(0, |(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiny_skia::Color;

    /// A picture whose pixels are these colours.
    fn picture(pixels: &[Rgb]) -> Pixmap {
        let mut picture = Pixmap::new(pixels.len() as u32, 1).unwrap();
        for ([r, g, b], pixel) in pixels.iter().zip(picture.pixels_mut()) {
            *pixel = Color::from_rgba8(*r, *g, *b, 255)
                .premultiply()
                .to_color_u8();
        }
        picture
    }

    #[test]
    fn few_colors_are_kept_exactly() {
        let pixels = [[1, 2, 3], [200, 0, 7], [1, 2, 3]];
        let mut palette = Palette::of([picture(&pixels), picture(&[[9; 3]])].into_iter());
        let indices = palette.indices(&picture(&pixels));
        let bytes = palette.bytes();
        let shown = indices.iter().map(|i| &bytes[3 * usize::from(*i)..][..3]);
        assert!(shown.eq(pixels.iter().map(|p| &p[..])));
        assert_eq!(bytes.len(), 9);
    }

    #[test]
    fn of_many_colors_the_rare_ones_become_their_neighbours() {
        // 256 greys, each twice, and two colours once.
        let greys: Vec<Rgb> = (0..=255).map(|i| [i; 3]).collect();
        let rare = [[100, 100, 101], [255, 250, 255]];
        let all = [&greys[..], &greys[..], &rare[..]].concat();
        let mut palette = Palette::of([picture(&all)].into_iter());
        let indices = palette.indices(&picture(&rare));
        let bytes = palette.bytes();
        let shown: Vec<u8> = indices.iter().map(|i| bytes[3 * usize::from(*i)]).collect();
        assert_eq!((bytes.len(), &shown[..]), (768, &[100, 253][..]));
    }
}
