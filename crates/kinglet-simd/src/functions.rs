//! The public functions: on the best level, and as methods of a chosen one.

use crate::kernel::Element;
use crate::level::Level;
use crate::log_sum_exp::{Columns, Slice};
use crate::map::{Exp, InPlace, Into, Ln, Tanh};

/// x ← eˣ, element by element.
///
/// # Example
/// ```
/// let mut x = [0.0, 1.0, f64::NEG_INFINITY, 710.0];
/// kinglet_simd::exp(&mut x);
/// assert_eq!(x, [1.0, std::f64::consts::E, 0.0, f64::INFINITY]);
/// ```
pub fn exp<F: Element>(x: &mut [F]) {
    Level::best().exp(x);
}

/// out ← eˣ.
///
/// # Panics
/// If the lengths differ.
pub fn exp_into<F: Element>(x: &[F], out: &mut [F]) {
    Level::best().exp_into(x, out);
}

/// x ← ln x, element by element; −∞ at ±0, NaN below.
///
/// # Example
/// ```
/// let mut x = [1.0f32, 0.0, -1.0];
/// kinglet_simd::ln(&mut x);
/// assert_eq!(x[..2], [0.0, f32::NEG_INFINITY]);
/// assert!(x[2].is_nan());
/// ```
pub fn ln<F: Element>(x: &mut [F]) {
    Level::best().ln(x);
}

/// out ← ln x.
///
/// # Panics
/// If the lengths differ.
pub fn ln_into<F: Element>(x: &[F], out: &mut [F]) {
    Level::best().ln_into(x, out);
}

/// x ← tanh x, element by element.
///
/// # Example
/// ```
/// let mut x = [0.0f32, 1e-30, 100.0, f32::NEG_INFINITY];
/// kinglet_simd::tanh(&mut x);
/// assert_eq!(x, [0.0, 1e-30, 1.0, -1.0]);
/// ```
pub fn tanh<F: Element>(x: &mut [F]) {
    Level::best().tanh(x);
}

/// out ← tanh x.
///
/// # Panics
/// If the lengths differ.
pub fn tanh_into<F: Element>(x: &[F], out: &mut [F]) {
    Level::best().tanh_into(x, out);
}

/// The soft maximum of a slice at a temperature α ≥ 0; the maximum itself at 0.
///
/// ```text
/// α ln Σᵢ e^(qᵢ/α)
/// ```
///
/// −∞ for an empty slice. The order of addition depends on the length only.
///
/// # Example
/// ```
/// let v = kinglet_simd::log_sum_exp(&[1000.0, 1000.0], 2.0);
/// assert_eq!(v, 1000.0 + 2.0 * std::f64::consts::LN_2);
/// assert_eq!(kinglet_simd::log_sum_exp(&[1.0, 3.0], 0.0), 3.0);
/// ```
pub fn log_sum_exp<F: Element>(q: &[F], temperature: F) -> F {
    Level::best().log_sum_exp(q, temperature)
}

/// The soft maximum of each column of q: a soft Bellman backup, with a row for each action.
///
/// ```text
/// out[j] = α ln Σₐ e^(q[a, j]/α)
/// ```
///
/// # Shapes
/// `out`: `[n]`; `q`: `[A, n]`, row-major, as one slice.
/// # Panics
/// If the length of `q` is no multiple of that of `out`.
/// # Example
/// ```
/// let mut v = [0.0; 2];
/// kinglet_simd::log_sum_exp_columns(&[1.0, 5.0, /* second action */ 1.0, 2.0], 1.0, &mut v);
/// assert_eq!(v[0], 1.0 + std::f64::consts::LN_2);
/// assert!((v[1] - (5f64.exp() + 2f64.exp()).ln()).abs() < 1e-14);
/// ```
pub fn log_sum_exp_columns<F: Element>(q: &[F], temperature: F, out: &mut [F]) {
    Level::best().log_sum_exp_columns(q, temperature, out);
}

/// The crate's functions with the instructions of this level.
impl Level {
    /// As [`exp`].
    pub fn exp<F: Element>(self, x: &mut [F]) {
        self.run(InPlace(Exp, x));
    }

    /// As [`exp_into`].
    pub fn exp_into<F: Element>(self, x: &[F], out: &mut [F]) {
        self.run(Into(Exp, x, out));
    }

    /// As [`ln`].
    pub fn ln<F: Element>(self, x: &mut [F]) {
        self.run(InPlace(Ln, x));
    }

    /// As [`ln_into`].
    pub fn ln_into<F: Element>(self, x: &[F], out: &mut [F]) {
        self.run(Into(Ln, x, out));
    }

    /// As [`tanh`].
    pub fn tanh<F: Element>(self, x: &mut [F]) {
        self.run(InPlace(Tanh, x));
    }

    /// As [`tanh_into`].
    pub fn tanh_into<F: Element>(self, x: &[F], out: &mut [F]) {
        self.run(Into(Tanh, x, out));
    }

    /// As [`log_sum_exp`].
    pub fn log_sum_exp<F: Element>(self, q: &[F], temperature: F) -> F {
        self.run(Slice { q, temperature })
    }

    /// As [`log_sum_exp_columns`].
    pub fn log_sum_exp_columns<F: Element>(self, q: &[F], temperature: F, out: &mut [F]) {
        let (len, n) = (q.len(), out.len());
        assert!(
            n == 0 || len % n == 0,
            "q holds {len} numbers, no multiple of the {n} of out"
        );
        self.run(Columns {
            q,
            temperature,
            out,
        });
    }
}
