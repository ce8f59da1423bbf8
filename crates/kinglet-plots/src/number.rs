//! Numbers as a figure shows them, and where an axis puts its ticks.

/// A number with a fixed count of decimals and a proper minus sign.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = text
        .trim_start_matches('-')
        .chars()
        .all(|c| "0.".contains(c));
    match text.strip_prefix('-') {
        Some(rest) if zero => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// A number in three significant digits: 0.988, −4.87, 1.2×10⁻⁵.
pub(crate) fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-3..6).contains(&exponent) {
        return scientific(value, exponent, 1);
    }
    fixed(value, (2 - exponent).max(0) as usize)
}

fn scientific(value: f64, exponent: i32, decimals: usize) -> String {
    // In two factors: a subnormal number's power of ten alone overflows.
    let half = exponent / 2;
    let mantissa = value / 10f64.powi(half) / 10f64.powi(exponent - half);
    let mut digits = fixed(mantissa, decimals);
    if digits.contains('.') {
        digits = digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned();
    }
    format!("{digits}×{}", power_of_ten(exponent))
}

/// 10³, 10⁻⁴.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = exponent.to_string();
    let raised = digits.chars().map(|c| match c.to_digit(10) {
        Some(digit) => DIGITS[digit as usize],
        None => '⁻',
    });
    format!("10{}", raised.collect::<String>())
}

/// Ticks of a linear axis: positions and labels, steps of 1, 2 or 5 times a power of ten.
pub(crate) fn linear_ticks(low: f64, high: f64, about: usize) -> Vec<(f64, String)> {
    let raw = (high - low) / about as f64;
    let exponent = raw.log10().floor() as i32;
    let power = 10f64.powi(exponent);
    let step = match raw / power {
        r if r < 1.5 => power,
        r if r < 3.5 => 2.0 * power,
        r if r < 7.5 => 5.0 * power,
        _ => 10.0 * power,
    };
    let slack = 1e-9 * step;
    let first = ((low - slack) / step).ceil() as i64;
    let last = ((high + slack) / step).floor() as i64;
    let ticks = (first..=last).map(|k| k as f64 * step);
    let largest = low.abs().max(high.abs());
    ticks
        .map(|tick| (tick, tick_label(tick, step, largest)))
        .collect()
}

fn tick_label(tick: f64, step: f64, largest: f64) -> String {
    let place = (step * 1.0001).log10().floor() as i32;
    let magnitude = largest.log10().floor() as i32;
    if magnitude >= 6 || place < -6 {
        if tick == 0.0 {
            return "0".to_owned();
        }
        let exponent = (tick.abs() * 1.0000001).log10().floor() as i32;
        return scientific(tick, exponent, (exponent - place).clamp(0, 12) as usize);
    }
    let text = fixed(tick, (-place).max(0) as usize);
    if magnitude >= 4 {
        return thousands(&text);
    }
    text
}

/// A thin space before the last three digits of a whole number.
fn thousands(text: &str) -> String {
    let digits = text.trim_start_matches('−').len();
    if text.contains('.') || digits < 4 {
        return text.to_owned();
    }
    let (head, tail) = text.split_at(text.len() - 3);
    format!("{head}\u{2009}{tail}")
}

/// Ticks of a logarithmic axis, at positions log₁₀: whole decades, or 1, 2, 5 where these are few.
pub(crate) fn log_ticks(low: f64, high: f64) -> Vec<(f64, String)> {
    let slack = 1e-9;
    let (first, last) = ((low - slack).ceil() as i32, (high + slack).floor() as i32);
    let stride = ((last - first) / 6 + 1).max(1) as usize;
    let within = |tick: &f64| (low - slack..=high + slack).contains(tick);
    if last - first >= 2 {
        let decades = (first..=last).filter(|d| d.rem_euclid(stride as i32) == 0);
        let plain = first >= -3 && last <= 4;
        return decades
            .map(|d| (f64::from(d), decade_label(d, 1.0, plain)))
            .collect();
    }
    let all = (first - 1..=last + 1).flat_map(|d| {
        [1.0, 2.0, 5.0].map(|m: f64| (f64::from(d) + m.log10(), decade_label(d, m, d.abs() < 4)))
    });
    let some: Vec<_> = all.filter(|(tick, _)| within(tick)).collect();
    if some.len() > 1 {
        return some;
    }
    let linear = linear_ticks(10f64.powf(low), 10f64.powf(high), 4);
    linear
        .into_iter()
        .map(|(tick, label)| (tick.log10(), label))
        .collect()
}

fn decade_label(exponent: i32, mantissa: f64, plain: bool) -> String {
    let decimals = (-exponent).max(0) as usize;
    match (plain, mantissa == 1.0) {
        (true, _) if exponent >= 4 => thousands(&fixed(mantissa * 10f64.powi(exponent), 0)),
        (true, _) => fixed(mantissa * 10f64.powi(exponent), decimals),
        (false, true) => power_of_ten(exponent),
        (false, false) => format!("{mantissa}×{}", power_of_ten(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn a_minus_sign_is_a_minus_sign_and_zero_has_none() {
        assert_eq!(fixed(-4.866, 2), "−4.87");
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(three_digits(-0.000012), "−1.2×10⁻⁵");
        assert_eq!(three_digits(0.987863), "0.988");
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        assert_eq!(
            labels(&linear_ticks(-1.0, 1.0, 5)),
            ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
        );
        assert_eq!(
            labels(&linear_ticks(0.0, 10.2, 5)),
            ["0", "2", "4", "6", "8", "10"].map(|l| l)
        );
        assert_eq!(
            labels(&linear_ticks(0.0, 21e3, 4)),
            [
                "0",
                "5\u{2009}000",
                "10\u{2009}000",
                "15\u{2009}000",
                "20\u{2009}000"
            ]
        );
    }

    #[test]
    fn every_range_gets_distinct_labels_at_increasing_places() {
        for (low, high) in [
            (1e-12, 3e-12),
            (0.0, 1e9),
            (-3e7, 2e8),
            (1.0, 1.000001),
            (5.0, 5e3),
        ] {
            let ticks = linear_ticks(low, high, 5);
            assert!((2..=11).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
            for pair in ticks.windows(2) {
                assert!(pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1, "{ticks:?}");
            }
        }
    }

    #[test]
    fn log_ticks_are_decades_or_their_parts() {
        assert_eq!(
            labels(&log_ticks(-2.0, 2.0)),
            ["0.01", "0.1", "1", "10", "100"]
        );
        assert_eq!(
            labels(&log_ticks(-8.0, -4.0)),
            ["10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴"]
        );
        assert_eq!(labels(&log_ticks(0.0, 1.0)), ["1", "2", "5", "10"]);
        assert_eq!(
            labels(&log_ticks(0.01, 0.05)),
            ["1.04", "1.06", "1.08", "1.10", "1.12"]
        );
    }
}
