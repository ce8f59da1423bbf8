//! An affine layer.

use std::ops::Range;

use crate::Scalar;
use crate::matmul::{add_outer, add_product, add_rows, affine, transposed_product};

/// An affine layer, y = x W + b.
///
/// Its parameters are one slice: W row by row, `[inputs, outputs]`, then b. It holds its sizes only.
///
/// # Example
/// ```
/// use kinglet_nn::Linear;
/// let layer = Linear { inputs: 2, outputs: 1 };
/// let params = [3.0, -1.0, /* bias */ 0.5];
/// let mut y = [0.0];
/// layer.forward(&params, &[1.0, 2.0], &mut y);
/// assert_eq!(y, [1.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Linear {
    /// The length of x.
    pub inputs: usize,
    /// The length of y.
    pub outputs: usize,
}

impl Linear {
    /// The number of parameters, (inputs + 1) outputs.
    pub fn n_params(self) -> usize {
        (self.inputs + 1) * self.outputs
    }

    /// y ← x W + b.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `x`: `[B, inputs]` and `y`: `[B, outputs]`, row by row.
    /// # Panics
    /// If a length does not fit.
    pub fn forward<S: Scalar>(self, params: &[S], x: &[S], y: &mut [S]) {
        self.check(params.len(), x.len(), y.len());
        let (weight, bias) = self.split(params);
        affine(x, weight, bias, y);
    }

    /// The vector-Jacobian product: **adds** to the parameters' gradient, sets that of x.
    ///
    /// ```text
    /// dW += xᵀ dy,   db += Σ dy,   dx = dy Wᵀ
    /// ```
    ///
    /// # Shapes
    /// As [`forward`](Self::forward); `d_y` as y, `d_params` as `params`, `d_x` as `x`.
    /// # Panics
    /// If a length does not fit.
    pub fn vjp<S: Scalar>(
        self,
        params: &[S],
        x: &[S],
        d_y: &[S],
        d_params: &mut [S],
        d_x: Option<&mut [S]>,
    ) {
        self.check(d_params.len(), x.len(), d_y.len());
        let (d_weight, d_bias) = d_params.split_at_mut(self.inputs * self.outputs);
        add_outer(x, d_y, d_weight, self.inputs);
        add_rows(d_y, d_bias);
        if let Some(d_x) = d_x {
            assert_eq!(d_x.len(), x.len(), "lengths of d_x (left) and x (right)");
            self.input_vjp(params, d_y, 0..self.inputs, d_x);
        }
    }

    /// The vector-Jacobian product with some columns of x alone: **sets** their gradient.
    ///
    /// ```text
    /// dx[.., columns] = dy W[columns, ..]ᵀ
    /// ```
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `d_y`: `[B, outputs]`; `d_x`: `[B, columns]`.
    /// # Panics
    /// If a length does not fit, or there are no such columns.
    /// # Example
    /// ```
    /// use kinglet_nn::Linear;
    /// let layer = Linear { inputs: 2, outputs: 1 };
    /// let mut d_x = [0.0; 2];
    /// layer.input_vjp(&[3.0, -1.0, /* bias */ 0.5], &[1.0, 10.0], 1..2, &mut d_x);
    /// assert_eq!(d_x, [-1.0, -10.0]);
    /// ```
    pub fn input_vjp<S: Scalar>(
        self,
        params: &[S],
        d_y: &[S],
        columns: Range<usize>,
        d_x: &mut [S],
    ) {
        let rows = d_y.len() / self.outputs;
        self.check(params.len(), rows * self.inputs, d_y.len());
        assert_eq!(
            d_x.len(),
            rows * columns.len(),
            "length of d_x (left), rows of d_y times {columns:?} (right)"
        );
        let places = columns.start * self.outputs..columns.end * self.outputs;
        let weight = &self.split(params).0[places];
        if !columns.is_empty() {
            transposed_product(d_y, weight, d_x, columns.len());
        }
    }

    /// The Jacobian-vector product: how y moves as the parameters move along `t_params` and x along `t_x`.
    ///
    /// ```text
    /// t_y = x t_W + t_b + t_x W
    /// ```
    ///
    /// # Shapes
    /// As [`forward`](Self::forward), each tangent as what it is the tangent of.
    /// # Panics
    /// If a length does not fit.
    pub fn jvp<S: Scalar>(
        self,
        params: &[S],
        x: &[S],
        t_params: &[S],
        t_x: Option<&[S]>,
        t_y: &mut [S],
    ) {
        self.forward(t_params, x, t_y);
        if let Some(t_x) = t_x {
            self.check(params.len(), t_x.len(), t_y.len());
            add_product(t_x, self.split(params).0, t_y, self.inputs);
        }
    }

    /// W and b of the layer's parameters.
    pub(crate) fn split<S>(self, params: &[S]) -> (&[S], &[S]) {
        params.split_at(self.inputs * self.outputs)
    }

    fn check(self, params: usize, x: usize, y: usize) {
        let rows = x / self.inputs;
        assert_eq!(
            (params, x, y),
            (self.n_params(), rows * self.inputs, rows * self.outputs),
            "lengths of params, x and y (left) do not fit {self:?} (right)"
        );
    }
}
