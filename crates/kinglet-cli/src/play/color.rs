//! The colours of the pictures: those of the figures.

use kinglet_plots::COLORS;

/// Red, green and blue.
pub(crate) type Rgb = [u8; 3];

pub(crate) const WHITE: Rgb = [0xFF; 3];
pub(crate) const INK: Rgb = [0x22; 3];
pub(crate) const SOFT_INK: Rgb = [0x59; 3];
pub(crate) const FAINT: Rgb = [0xB0; 3];
/// Ground, walls and regions.
pub(crate) const GROUND: Rgb = [0xEC; 3];

/// The body that moves.
pub(crate) const BODY: Rgb = COLORS[0];
/// What hangs on it.
pub(crate) const LIMB: Rgb = COLORS[4];
/// What the agent does.
pub(crate) const ACTION: Rgb = COLORS[1];
/// Where it shall get.
pub(crate) const GOAL: Rgb = COLORS[2];
