#![doc = include_str!("../README.md")]

mod axes;
mod bars;
mod chart;
mod error;
mod figure;
mod grid;
mod grid_layout;
mod grid_paint;
mod ground;
mod lines;
mod names;
mod number;
mod ruler;
mod series;
mod style;
mod svg;
mod thin;

pub use axes::{Axes, Axis, Direction, Reference, Scale};
pub use bars::{Bars, bars};
pub use error::Error;
pub use figure::{Figure, beside};
pub use grid::{Arrow, Cell, Grid, Ground, grid};
pub use lines::lines;
pub use series::{Mark, Series, Spread};
pub use style::COLORS;
