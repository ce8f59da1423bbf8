//! Numbers as text.

use kinglet_derivations::Value;

/// Digits behind the point of an exact number.
const DIGITS: usize = 12;

/// An exact number to 12 digits behind the point; an estimate to two digits of its standard error.
pub(crate) fn value(v: &Value) -> String {
    match v.standard_error {
        None => exact(v.value),
        Some(error) => estimate(v.value, error),
    }
}

/// An exact number to 12 digits behind the point, with an exponent where that shows too little.
pub(crate) fn exact(x: f64) -> String {
    match x.abs() {
        0.0 => "0.0".into(),
        size if (1e-4..1e9).contains(&size) => format!("{x:.DIGITS$}"),
        _ => format!("{x:.6e}"),
    }
}

/// `mean ± standard error`, to two digits of the standard error.
fn estimate(mean: f64, standard_error: f64) -> String {
    if !(1e-9..1e9).contains(&standard_error) {
        return format!("{} ± {}", exact(mean), short(standard_error));
    }
    let digits = (1.0 - standard_error.log10().floor()).max(0.0) as usize;
    format!("{mean:.digits$} ± {standard_error:.digits$}")
}

/// A difference or a tolerance: two digits are enough.
pub(crate) fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".into(),
        size if (1e-3..1e4).contains(&size) => trim(&format!("{x:.4}")),
        _ => trim_exponent(&format!("{x:.1e}")),
    }
}

fn trim(decimal: &str) -> String {
    decimal.trim_end_matches('0').trim_end_matches('.').into()
}

/// `1.0e-12` is `1e-12`.
fn trim_exponent(number: &str) -> String {
    number.replace(".0e", "e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_numbers_keep_the_digits_of_the_golden_table() {
        assert_eq!(exact(6.104_672_421_012_3), "6.104672421012");
        assert_eq!(exact(-0.5), "-0.500000000000");
        assert_eq!(exact(1.25e-7), "1.250000e-7");
        assert_eq!(exact(0.0), "0.0");
        assert_eq!(exact(f64::NAN), "NaN");
    }

    #[test]
    fn estimates_show_two_digits_of_their_standard_error() {
        assert_eq!(estimate(0.988_214, 0.000_412), "0.98821 ± 0.00041");
        assert_eq!(estimate(-1062.4, 31.6), "-1062 ± 32");
        assert_eq!(estimate(1.5, 0.0), "1.500000000000 ± 0");
    }

    #[test]
    fn differences_are_short() {
        assert_eq!(short(8.88e-16), "8.9e-16");
        assert_eq!(short(1e-12), "1e-12");
        assert_eq!(short(2.079_44), "2.0794");
        assert_eq!(short(0.05), "0.05");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(f64::NAN), "NaN");
    }
}
