//! At most 256 colours for all frames of an animation.

use std::cmp::Reverse;
use std::collections::HashMap;

use color_quant::NeuQuant;
use tiny_skia::{Pixmap, PremultipliedColorU8};

use super::color::Rgb;

/// More colours than flat pictures have.
const SHADED: usize = 20_000;

/// The colours of some pictures, and which of them is nearest to any other.
///
/// Of flat pictures they are the most frequent ones: what is left out are shades of single pixels at the edges of shapes. Of
/// shaded pictures, with very many colours, they are those that a self-organising map finds among them (Dekker 1994).
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    colors: Vec<Rgb>,
    nearest: Nearest,
}

/// Which colour is nearest to another.
#[derive(Clone, Debug)]
enum Nearest {
    /// To those met so far.
    Met(HashMap<Rgb, u8>),
    /// To all, by the first five bits of red, green and blue.
    Cube(Vec<u8>),
}

impl Palette {
    /// Of shaded pictures no more than `enough` are looked at.
    pub(crate) fn of<E>(
        pictures: impl Iterator<Item = Result<Pixmap, E>>,
        enough: usize,
    ) -> Result<Self, E> {
        let mut counts: HashMap<Rgb, u64> = HashMap::new();
        for (i, picture) in pictures.enumerate() {
            if i >= enough && counts.len() > SHADED {
                break;
            }
            for run in picture?.pixels().chunk_by(|a, b| a == b) {
                *counts.entry(rgb(run[0])).or_default() += run.len() as u64;
            }
        }
        let mut counts: Vec<(Rgb, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(color, count)| (Reverse(*count), *color));
        let all = counts.into_iter().map(|(color, _)| color);
        if all.len() > SHADED {
            let pixels: Vec<u8> = all.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
            let map = NeuQuant::new(3, 256, &pixels).color_map_rgb();
            let colors = map.chunks_exact(3).map(|c| [c[0], c[1], c[2]]).collect();
            return Ok(Self::shaded(colors));
        }
        let colors: Vec<Rgb> = all.take(256).collect();
        let itself = colors.iter().copied().zip(0..=u8::MAX);
        Ok(Self {
            nearest: Nearest::Met(itself.collect()),
            colors,
        })
    }

    fn shaded(colors: Vec<Rgb>) -> Self {
        let middle = |bits: u32| (8 * (bits & 31) + 4) as u8;
        let color = |i: u32| [middle(i >> 10), middle(i >> 5), middle(i)];
        let cube = (0..1 << 15).map(|i| find_nearest(&colors, color(i)));
        Self {
            nearest: Nearest::Cube(cube.collect()),
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
            let index = match nearest {
                Nearest::Met(met) => *met.entry(color).or_insert_with(find),
                Nearest::Cube(cube) => cube[place(color)],
            };
            indices.resize(indices.len() + run.len(), index);
        }
        indices
    }
}

/// The place of a colour in the cube.
fn place(color: Rgb) -> usize {
    color
        .iter()
        .fold(0, |place, c| place << 5 | usize::from(c >> 3))
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

    fn palette<const N: usize>(pictures: [Pixmap; N]) -> Palette {
        let there = pictures.into_iter().map(Ok::<_, std::convert::Infallible>);
        Palette::of(there, N).unwrap()
    }

    /// Shades of all hues: none is far from one that is kept.
    #[test]
    fn of_a_shaded_picture_every_color_has_one_near_it() {
        let all: Vec<Rgb> = (0..32_768u32)
            .map(|i| [i >> 10, i >> 5 & 31, i & 31].map(|c| 8 * c as u8))
            .collect();
        let mut palette = palette([picture(&all)]);
        let indices = palette.indices(&picture(&all));
        let bytes = palette.bytes();
        assert_eq!(bytes.len(), 768);
        let shown = indices.iter().map(|i| &bytes[3 * usize::from(*i)..][..3]);
        let far = |(a, b): (&[u8], &Rgb)| {
            a.iter()
                .zip(b)
                .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2))
                .sum::<u32>()
        };
        let errors: Vec<u32> = shown.zip(&all).map(far).collect();
        let mean = f64::from(errors.iter().sum::<u32>()) / errors.len() as f64;
        // An even grid of six shades of each, 43 apart, errs by 3 · 43² / 12 = 460.
        assert!(mean < 2.0 * 460.0, "{mean}");
    }

    #[test]
    fn few_colors_are_kept_exactly() {
        let pixels = [[1, 2, 3], [200, 0, 7], [1, 2, 3]];
        let mut palette = palette([picture(&pixels), picture(&[[9; 3]])]);
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
        let mut palette = palette([picture(&all)]);
        let indices = palette.indices(&picture(&rare));
        let bytes = palette.bytes();
        let shown: Vec<u8> = indices.iter().map(|i| bytes[3 * usize::from(*i)]).collect();
        assert_eq!((bytes.len(), &shown[..]), (768, &[100, 253][..]));
    }
}
