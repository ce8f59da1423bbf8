//! A white sheet to draw on, in the units of what is drawn.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform,
};

#[cfg(feature = "mujoco")]
use tiny_skia::ColorU8;

use super::color::Rgb;

/// A place in the plane, y upwards.
pub(crate) type Point = [f64; 2];

/// The height of a line of text, and of the strip at the top that holds one.
const TEXT: RasterHeight = RasterHeight::Size16;
pub(crate) const CAPTION: u32 = 26;
const MARGIN: i32 = 10;

/// Which part of the plane is seen, and how wide it is in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    pub(crate) low: Point,
    pub(crate) high: Point,
    pub(crate) pixels: u32,
}

impl View {
    /// Pixels in a unit.
    pub(crate) fn scale(&self) -> f64 {
        f64::from(self.pixels) / (self.high[0] - self.low[0])
    }

    /// The height in pixels, the strip for the text included.
    pub(crate) fn height(&self) -> u32 {
        CAPTION + ((self.high[1] - self.low[1]) * self.scale()).round() as u32
    }

    /// The pixel of a place, from the upper left corner.
    pub(crate) fn place(&self, [x, y]: Point) -> Point {
        let scale = self.scale();
        let down = (self.high[1] - y) * scale;
        [(x - self.low[0]) * scale, f64::from(CAPTION) + down]
    }
}

/// What is drawn on. Lengths are in units of the plane, widths of strokes in pixels.
#[derive(Debug)]
pub(crate) struct Canvas {
    view: View,
    pixmap: Pixmap,
}

impl Canvas {
    /// A sheet of one colour.
    pub(crate) fn new(view: View, ground: Rgb) -> Self {
        let mut pixmap =
            Pixmap::new(view.pixels, view.height()).expect("a view is some pixels wide and high");
        pixmap.fill(opaque(ground));
        Self { view, pixmap }
    }

    /// Puts a picture, rows of red, green and blue, under the strip for the text.
    #[cfg(feature = "mujoco")]
    pub(crate) fn paste(&mut self, colors: &[u8]) {
        let first = (CAPTION * self.pixmap.width()) as usize;
        let pixels = self.pixmap.pixels_mut()[first..].iter_mut();
        for (pixel, color) in pixels.zip(colors.chunks_exact(3)) {
            *pixel = ColorU8::from_rgba(color[0], color[1], color[2], 255).premultiply();
        }
    }

    /// The finished picture.
    pub(crate) fn finish(self) -> Pixmap {
        self.pixmap
    }

    /// A line through points, with round ends.
    pub(crate) fn line(&mut self, points: &[Point], width: f64, color: Rgb) {
        self.stroke(points, width, color, None);
    }

    /// A dashed line.
    pub(crate) fn dashes(&mut self, points: &[Point], width: f64, color: Rgb) {
        self.stroke(points, width, color, StrokeDash::new(vec![5.0, 6.0], 0.0));
    }

    /// The inside of a polygon.
    pub(crate) fn fill(&mut self, corners: &[Point], color: Rgb) {
        let mut path = self.path(corners);
        path.close();
        self.fill_path(path.finish(), color);
    }

    /// A disc of a radius.
    pub(crate) fn disc(&mut self, center: Point, radius: f64, color: Rgb) {
        let [x, y] = self.view.place(center).map(|c| c as f32);
        let radius = (radius * self.view.scale()) as f32;
        self.fill_path(PathBuilder::from_circle(x, y, radius), color);
    }

    /// A rectangle about a centre, turned to the left by an angle.
    pub(crate) fn block(&mut self, center: Point, size: Point, angle: f64, color: Rgb) {
        let corners = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]];
        let corners = corners.map(|[x, y]: Point| {
            let offset = turned([x * size[0] / 2.0, y * size[1] / 2.0], angle);
            plus(center, offset)
        });
        self.fill(&corners, color);
        // Round corners, as wide as the stroke.
        let mut outline = self.path(&corners);
        outline.close();
        self.stroke_path(outline.finish(), 4.0, color, None);
    }

    /// An arrow with its head at `to`; nothing where both are the same place.
    pub(crate) fn arrow(&mut self, from: Point, to: Point, color: Rgb) {
        self.curved_arrow(&[from, to], color);
    }

    /// An arrow along an arc about a centre, from one angle to another.
    pub(crate) fn arc_arrow(&mut self, center: Point, radius: f64, angles: [f64; 2], color: Rgb) {
        let [from, to] = angles;
        let steps = 32;
        let place = |i: u32| {
            let angle = from + (to - from) * f64::from(i) / f64::from(steps);
            plus(center, turned([radius, 0.0], angle))
        };
        self.curved_arrow(&(0..=steps).map(place).collect::<Vec<_>>(), color);
    }

    /// A line whose last stretch, as long as a head, becomes the head.
    fn curved_arrow(&mut self, points: &[Point], color: Rgb) {
        const HEAD: f64 = 13.0;
        let head = HEAD / self.view.scale();
        let tip = points[points.len() - 1];
        let reaches = |p: &&Point| distance(**p, tip) >= head;
        let Some(back) = points.iter().rev().find(reaches).copied() else {
            return; // too short to have a direction that one could see
        };
        let share = head / distance(back, tip);
        let along = [(tip[0] - back[0]) * share, (tip[1] - back[1]) * share];
        let neck = [tip[0] - along[0], tip[1] - along[1]];
        let mut shaft: Vec<Point> = points.iter().copied().take_while(|p| *p != back).collect();
        shaft.extend([back, neck]);
        self.line(&shaft, 4.0, color);
        let side = turned(
            [along[0] * 0.55, along[1] * 0.55],
            std::f64::consts::FRAC_PI_2,
        );
        let wings = [plus(neck, side), [neck[0] - side[0], neck[1] - side[1]]];
        self.fill(&[tip, wings[0], wings[1]], color);
    }

    /// Text at the left of the strip at the top, and text at its right.
    pub(crate) fn caption(&mut self, left: &str, right: &str, color: Rgb) {
        let width = right.chars().count() * get_raster_width(FontWeight::Regular, TEXT);
        let from = self.pixmap.width() as i32 - MARGIN - width as i32;
        let top = (CAPTION as i32 - TEXT.val() as i32) / 2 + 1;
        self.write(left, [MARGIN, top], color);
        self.write(right, [from, top], color);
    }

    /// Text with its upper left corner at a pixel. What is beyond the edges is cut off.
    fn write(&mut self, text: &str, [left, top]: [i32; 2], color: Rgb) {
        let size = [self.pixmap.width() as i32, self.pixmap.height() as i32];
        let advance = get_raster_width(FontWeight::Regular, TEXT) as i32;
        for (i, c) in text.chars().enumerate() {
            let glyph = get_raster(c, FontWeight::Regular, TEXT)
                .or_else(|| get_raster('?', FontWeight::Regular, TEXT))
                .expect("there is a question mark");
            for (row, line) in glyph.rows().enumerate() {
                for (column, coverage) in line.iter().enumerate() {
                    let x = left + i as i32 * advance + column as i32;
                    let y = top + row as i32;
                    if (0..size[0]).contains(&x) && (0..size[1]).contains(&y) {
                        self.blend((y * size[0] + x) as usize, *coverage, color);
                    }
                }
            }
        }
    }

    /// Mixes a colour into a pixel: all of it where `coverage` is 255.
    fn blend(&mut self, pixel: usize, coverage: u8, color: Rgb) {
        let bytes = &mut self.pixmap.data_mut()[4 * pixel..4 * pixel + 3];
        for (byte, channel) in bytes.iter_mut().zip(color) {
            let (below, above) = (u32::from(*byte), u32::from(channel));
            let mix = below * (255 - u32::from(coverage)) + above * u32::from(coverage);
            *byte = ((mix + 127) / 255) as u8;
        }
    }

    fn path(&self, points: &[Point]) -> PathBuilder {
        let mut path = PathBuilder::new();
        for (i, point) in points.iter().enumerate() {
            let [x, y] = self.view.place(*point).map(|c| c as f32);
            if i == 0 {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
        }
        path
    }

    fn stroke(&mut self, points: &[Point], width: f64, color: Rgb, dash: Option<StrokeDash>) {
        let path = self.path(points).finish();
        self.stroke_path(path, width, color, dash);
    }

    /// Strokes a path; one that is empty or reaches beyond all numbers leaves nothing.
    fn stroke_path(
        &mut self,
        path: Option<Path>,
        width: f64,
        color: Rgb,
        dash: Option<StrokeDash>,
    ) {
        let stroke = Stroke {
            width: width as f32,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            dash,
            ..Stroke::default()
        };
        if let Some(path) = path {
            let (paint, as_it_is) = (paint(color), Transform::identity());
            self.pixmap
                .stroke_path(&path, &paint, &stroke, as_it_is, None);
        }
    }

    fn fill_path(&mut self, path: Option<Path>, color: Rgb) {
        if let Some(path) = path {
            let (paint, as_it_is) = (paint(color), Transform::identity());
            self.pixmap
                .fill_path(&path, &paint, FillRule::Winding, as_it_is, None);
        }
    }
}

/// A vector turned to the left by an angle.
pub(crate) fn turned([x, y]: Point, angle: f64) -> Point {
    let (sin, cos) = angle.sin_cos();
    [x * cos - y * sin, x * sin + y * cos]
}

/// The sum of two vectors.
pub(crate) fn plus(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn opaque([r, g, b]: Rgb) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(r, g, b, 255)
}

fn paint(color: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(opaque(color));
    paint
}
