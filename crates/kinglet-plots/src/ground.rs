//! From a value to the colour of a cell.

use plotters::style::RGBColor;

const WHITE: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
const BELOW: RGBColor = RGBColor(0xEF, 0xA9, 0x3F);
const ABOVE: RGBColor = RGBColor(0x5F, 0xA8, 0xD8);

/// The colour of a value among values from `low` to `high`; dark text can be read on all of them.
///
/// Where the values straddle zero, zero is white and both sides have the same scale; otherwise the
/// value nearest to zero is palest.
pub(crate) fn ground(value: f64, low: f64, high: f64) -> RGBColor {
    if low < 0.0 && high > 0.0 {
        let side = if value < 0.0 { BELOW } else { ABOVE };
        return mix(WHITE, side, value.abs() / low.abs().max(high));
    }
    let span = high - low;
    if span <= 0.0 {
        return mix(WHITE, if high > 0.0 { ABOVE } else { BELOW }, 0.2);
    }
    match low >= 0.0 {
        true => mix(WHITE, ABOVE, (value - low) / span),
        false => mix(WHITE, BELOW, (high - value) / span),
    }
}

fn mix(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let share = share.clamp(0.0, 1.0);
    let channel =
        |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(
        channel(from.0, to.0),
        channel(from.1, to.1),
        channel(from.2, to.2),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_decides_the_hue_and_size_the_strength() {
        let far = ground(-4.0, -4.0, 2.0);
        let near = ground(-1.0, -4.0, 2.0);
        assert_eq!(far, BELOW);
        assert!(far.0 > far.2 && near.2 > far.2);
        assert_eq!(ground(0.0, -4.0, 2.0), WHITE);
        assert!(ground(2.0, -4.0, 2.0).2 > ground(2.0, -4.0, 2.0).0);
    }

    #[test]
    fn one_sided_values_use_the_whole_scale() {
        assert_eq!(
            (ground(-18.0, -20.0, -18.0), ground(-20.0, -20.0, -18.0)),
            (WHITE, BELOW)
        );
        assert_eq!(
            (ground(5.0, 5.0, 6.0), ground(6.0, 5.0, 6.0)),
            (WHITE, ABOVE)
        );
    }
}
