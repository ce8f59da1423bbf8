//! The planar flow.

use num_traits::Float;

use super::Bijection;
use super::root::increasing_root;
use crate::Error;
use crate::scalar::{constant, dot, finite, plain};

/// The planar flow, which bends space along one direction. Catalogue: XU-01.
///
/// ```text
/// y = x + û tanh(wᵀx + b)        det ∂y/∂x = 1 + (wᵀû) (1 − tanh²(wᵀx + b))
/// û = u + (softplus(wᵀu) − 1 − wᵀu) w/|w|²
/// ```
///
/// û instead of u keeps wᵀû = softplus(wᵀu) − 1 above −1, so that the map is invertible whatever u is, and its
/// determinant positive. The inverse is one equation in one number, wᵀx, and is solved to the last digits.
///
/// # Source
/// Rezende 2015, eq. (10) and appendix A.1.
/// # Example
/// ```
/// use kinglet_distributions::{Bijection, Planar};
///
/// let flow: Planar = Planar::new(&[1.0, 2.0], &[-3.0, -1.0], 0.5)?; // wᵀu = −5, which alone would fold
/// let x = vec![0.3, -0.4];
/// let back = flow.inverse(&flow.forward(&x));
/// assert!((back[0] - x[0]).abs() < 1e-12 && (back[1] - x[1]).abs() < 1e-12);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Planar<S = f64> {
    weight: Vec<S>,
    direction: Vec<S>,
    bias: S,
    /// 1 + wᵀû, positive.
    steepest: S,
}

/// ln(1 + eˣ), for any x.
fn softplus<S: Float>(x: S) -> S {
    if x > S::zero() {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}

impl<S: Float> Planar<S> {
    /// From w, `[D]`, any u, `[D]`, and b.
    ///
    /// # Errors
    /// If a number is not finite, or w = 0.
    /// # Panics
    /// If w and u differ in length.
    pub fn new(weight: &[S], direction: &[S], bias: S) -> Result<Self, Error> {
        let (n, m) = (weight.len(), direction.len());
        assert_eq!(n, m, "w has {n} components, u has {m}");
        for (name, numbers) in [
            ("weight", weight),
            ("direction", direction),
            ("bias", &[bias]),
        ] {
            for x in numbers {
                finite(name, *x)?;
            }
        }
        let (length, along) = (dot(weight, weight), dot(weight, direction));
        if length == S::zero() {
            return Err(Error::Singular { name: "weight" });
        }
        let steepest = softplus(along);
        let added = (steepest - S::one() - along) / length;
        let components = direction.iter().zip(weight);
        Ok(Self {
            weight: weight.to_vec(),
            direction: components.map(|(u, w)| *u + added * *w).collect(),
            bias,
            steepest,
        })
    }

    /// x + sign · û tanh(at + b).
    fn moved(&self, x: &[S], at: S, sign: S) -> Vec<S> {
        let bend = sign * (at + self.bias).tanh();
        let components = x.iter().zip(&self.direction);
        components.map(|(x, u)| *x + *u * bend).collect()
    }

    /// det ∂y/∂x where wᵀx = at, as a sum of two terms that are never negative.
    fn det(&self, at: S) -> S {
        let bend = (at + self.bias).tanh();
        self.steepest * (S::one() - bend * bend) + bend * bend
    }

    /// wᵀx, from wᵀy = wᵀx + wᵀû tanh(wᵀx + b).
    fn before(&self, after: S) -> S {
        let reach = self.steepest - S::one();
        let function = |at: S| {
            let off = at + reach * (at + self.bias).tanh() - after;
            (off, self.det(at))
        };
        let (middle, width) = (plain(after), plain(reach).abs());
        increasing_root(function, middle - width, middle + width)
    }

    fn along(&self, x: &[S]) -> S {
        let (n, len) = (self.weight.len(), x.len());
        assert_eq!(len, n, "a point of {len} coordinates in {n} dimensions");
        dot(&self.weight, x)
    }
}

impl<S: Float> Bijection<S> for Planar<S> {
    type Point = Vec<S>;

    /// # Panics
    /// If the point has another dimension; so do the others.
    fn forward(&self, x: &Vec<S>) -> Vec<S> {
        self.moved(x, self.along(x), S::one())
    }

    fn inverse(&self, y: &Vec<S>) -> Vec<S> {
        self.moved(y, self.before(self.along(y)), constant(-1.0))
    }

    fn log_abs_det(&self, x: &Vec<S>) -> S {
        self.det(self.along(x)).ln()
    }
}
