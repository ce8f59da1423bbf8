//! The numbers that programs compute with.

use std::fmt::Debug;

use autodiff::F1;
use kinglet_nn::{Cache, Mlp};
use num_traits::Float;

/// A number that a program computes with: `f64` runs it, `autodiff::F1` carries a derivative along, and
/// [`Var`](crate::Var) records, so that the gradient by all parameters is read backwards.
///
/// Programs are generic over it and otherwise ordinary Rust. The methods beyond [`Float`]'s are for what a program
/// wants to keep out of its derivative.
///
/// # Example
/// ```
/// use autodiff::F1;
/// use kinglet_svi::Scalar;
/// let x = F1::var(3.0);
/// assert_eq!((x * x).dx, 6.0);
/// assert_eq!((x * x.detach()).dx, 3.0);
/// ```
pub trait Scalar: Float + Debug + 'static {
    /// A number that depends on nothing.
    fn constant(value: f64) -> Self;

    /// The number, for looking at only: what depends on it by way of this is not noticed.
    fn plain(self) -> f64;

    /// The number, where the program goes by it: all that comes later may depend on it, and is taken to
    /// ([`Credit::Dependencies`](crate::Credit::Dependencies)). Comparisons count as such looks by themselves; a
    /// conversion by `to_f64`, which is how a distribution checks its parameters, does not.
    fn look(self) -> f64 {
        self.plain()
    }

    /// The same number, as one that nothing is differentiated by.
    #[must_use]
    fn detach(self) -> Self {
        Self::constant(self.plain())
    }

    /// The outputs of a network.
    #[doc(hidden)]
    fn network(net: &Mlp, start: usize, parameters: &[Self], x: &[Self], y: &mut [Self]);

    /// A number that depends on nothing, but whose traces are followed.
    #[doc(hidden)]
    fn leaf(value: f64) -> Self {
        Self::constant(value)
    }

    /// The same number under a name of its own.
    #[doc(hidden)]
    #[must_use]
    fn renamed(self) -> Self {
        self
    }

    /// Where it lies on the tape.
    #[doc(hidden)]
    fn node(self) -> u32 {
        crate::tape::CONSTANT
    }

    /// A function of two numbers, with its value and partial derivatives given.
    #[doc(hidden)]
    fn smooth(value: f64, a: (Self, f64), b: (Self, f64)) -> Self;
}

impl Scalar for f64 {
    #[inline]
    fn constant(value: f64) -> f64 {
        value
    }

    #[inline]
    fn plain(self) -> f64 {
        self
    }

    fn network(net: &Mlp, _: usize, parameters: &[f64], x: &[f64], y: &mut [f64]) {
        y.copy_from_slice(net.forward_row(parameters, x, &mut Cache::default()));
    }

    #[inline]
    fn smooth(value: f64, _: (f64, f64), _: (f64, f64)) -> f64 {
        value
    }
}

impl Scalar for F1 {
    #[inline]
    fn constant(value: f64) -> F1 {
        F1::cst(value)
    }

    #[inline]
    fn plain(self) -> f64 {
        self.x
    }

    /// Each output's tangent by one vector-Jacobian product.
    fn network(net: &Mlp, _: usize, parameters: &[F1], x: &[F1], y: &mut [F1]) {
        let values = |of: &[F1]| of.iter().map(|v| v.x).collect::<Vec<_>>();
        let (theta, input) = (values(parameters), values(x));
        let mut cache = Cache::default();
        let output = net.forward_row(&theta, &input, &mut cache).to_vec();
        let along = |d: &[f64], of: &[F1]| d.iter().zip(of).map(|(d, v)| d * v.dx).sum::<f64>();
        for (k, y) in y.iter_mut().enumerate() {
            let mut d_out = vec![0.0; output.len()];
            d_out[k] = 1.0;
            let (mut d_theta, mut d_x) = (vec![0.0; theta.len()], vec![0.0; input.len()]);
            net.vjp_row(&theta, &mut cache, &d_out, &mut d_theta, Some(&mut d_x));
            y.x = output[k];
            y.dx = along(&d_theta, parameters) + along(&d_x, x);
        }
    }

    fn smooth(value: f64, a: (F1, f64), b: (F1, f64)) -> F1 {
        F1 {
            x: value,
            dx: a.1 * a.0.dx + b.1 * b.0.dx,
        }
    }
}
