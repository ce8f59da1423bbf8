//! From a value to a place on an axis, and the ticks there.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::axes::{Axis, Scale};
use crate::error::Error;
use crate::number::{linear_ticks, log_ticks};

/// An axis whose range is known: positions are values, or their log₁₀.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ruler {
    scale: Scale,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) ticks: Vec<(f64, String)>,
}

impl Ranged for Ruler {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, position: &f64, (start, end): (i32, i32)) -> i32 {
        let share = (position - self.low) / (self.high - self.low);
        start + (share * f64::from(end - start)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Ruler {
    fn format_ext(&self, position: &f64) -> String {
        self.label(*position)
    }
}

/// How much room an axis leaves beyond its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// None: the x axis of lines.
    Tight,
    /// A twentieth on both sides: the y axis, and the x axis of discs.
    Both,
    /// From zero, with room above the highest bar.
    FromZero,
}

impl Ruler {
    /// Fits an axis to finite values, which are above 0 where it is logarithmic.
    pub(crate) fn fit(
        name: &'static str,
        axis: &Axis,
        values: impl Iterator<Item = f64>,
        room: Room,
        ticks: usize,
    ) -> Result<Self, Error> {
        let place = |value: f64| position(axis.scale, value);
        let all = values.chain(axis.include.iter().copied()).map(place);
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
        let (low, high) = with_room(low, high, room);
        if !measurable(low, high) {
            return Err(Error::TooWide {
                axis: name,
                low,
                high,
            });
        }
        let ticks = match axis.scale {
            Scale::Linear => linear_ticks(low, high, ticks),
            Scale::Log => log_ticks(low, high),
        };
        Ok(Ruler {
            scale: axis.scale,
            low,
            high,
            ticks,
        })
    }

    /// A linear axis with ticks of its own.
    pub(crate) fn of_ticks(low: f64, high: f64, ticks: Vec<(f64, String)>) -> Self {
        Ruler {
            scale: Scale::Linear,
            low,
            high,
            ticks,
        }
    }

    /// Where a value lies between `low` and `high`; what has no logarithm lies at the lower end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let position = position(self.scale, value);
        if position.is_finite() {
            position
        } else {
            self.low
        }
    }

    /// The label of the tick nearest to a position.
    fn label(&self, position: f64) -> String {
        let distance = |tick: &&(f64, String)| (tick.0 - position).abs();
        let nearest = self
            .ticks
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map_or_else(String::new, |(_, label)| label.clone())
    }
}

/// Whether the distance of two numbers is one that can be drawn.
pub(crate) fn measurable(low: f64, high: f64) -> bool {
    high - low < 1e300
}

fn position(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Linear => value,
        Scale::Log => value.log10(),
    }
}

fn with_room(low: f64, high: f64, room: Room) -> (f64, f64) {
    let (low, high) = match room {
        Room::FromZero => (low.min(0.0), high.max(0.0)),
        Room::Tight | Room::Both => (low, high),
    };
    let size = low.abs().max(high.abs());
    if high - low <= 1e-10 * size || high - low < 1e-290 {
        let half = if size < 1e-280 { 0.5 } else { size / 2.0 };
        return (low - half, high + half);
    }
    let pad = (high - low) / 20.0;
    match room {
        Room::Tight => (low, high),
        Room::Both => (low - pad, high + pad),
        Room::FromZero => (
            if low < 0.0 { low - 2.0 * pad } else { 0.0 },
            if high > 0.0 { high + 2.0 * pad } else { 0.0 },
        ),
    }
}
