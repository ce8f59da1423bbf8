//! Derivatives of a multilayer perceptron.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Mlp;
use crate::cache::{copy_rows, room};
use crate::{Cache, Scalar};

impl Mlp {
    /// The vector-Jacobian product at the last `forward` of this cache, with the same parameters.
    ///
    /// ```text
    /// d_params += Σ_rows d_outᵀ ∂y/∂params,   d_x = d_outᵀ ∂y/∂x
    /// ```
    ///
    /// It **adds** to `d_params`, so that a network that is used twice has its gradients summed; it sets `d_x`. Leave
    /// `d_x` out where it is not needed: it costs a matrix product.
    ///
    /// # Shapes
    /// `params`, `d_params`: `[n_params]`; `d_out`: `[B, outputs]`; `d_x`: `[B, inputs]`, B as in `forward`.
    /// # Panics
    /// If a shape does not fit.
    pub fn vjp<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut Cache<S>,
        d_out: ArrayView2<'_, S>,
        d_params: &mut [S],
        d_x: Option<ArrayViewMut2<'_, S>>,
    ) {
        let shape = (cache.rows, self.n_outputs());
        assert_eq!(
            d_out.dim(),
            shape,
            "shapes of d_out (left) and of the last output (right)"
        );
        copy_rows(d_out, room(&mut cache.deltas[0], shape.0 * shape.1));
        let all = 0..d_x.as_ref().map_or(0, |_| self.n_inputs());
        self.pass_back(params, cache, Some(d_params), all.clone());
        if let Some(d_x) = d_x {
            Self::give_back(cache, all, d_x);
        }
    }

    /// The vector-Jacobian product with the inputs alone, or with some columns of them: the parameters' gradient is not
    /// computed. It **sets** `d_x`.
    ///
    /// ```text
    /// d_x = d_outᵀ ∂y/∂x[.., columns]
    /// ```
    ///
    /// So the gradient of a critic Q(s, a) by its action.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `d_out`: `[B, outputs]`; `d_x`: `[B, columns]`, B as in `forward`.
    /// # Panics
    /// If a shape does not fit, or there are no such columns.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// use ndarray::array;
    /// let net = Mlp::new(&[2, 1], Activation::Tanh)?; // y = 3 s + 7 a
    /// let (params, mut cache, mut d_action) = ([3.0, 7.0, 0.0], Cache::default(), array![[0.0]]);
    /// net.forward(&params, array![[1.0, 1.0]].view(), &mut cache);
    /// net.input_vjp(&params, &mut cache, array![[2.0]].view(), 1..2, d_action.view_mut());
    /// assert_eq!(d_action, array![[14.0]]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn input_vjp<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut Cache<S>,
        d_out: ArrayView2<'_, S>,
        columns: Range<usize>,
        d_x: ArrayViewMut2<'_, S>,
    ) {
        let shape = (cache.rows, self.n_outputs());
        assert_eq!(
            d_out.dim(),
            shape,
            "shapes of d_out (left) and of the last output (right)"
        );
        let inputs = self.n_inputs();
        assert!(
            columns.start <= columns.end && columns.end <= inputs,
            "columns {columns:?} of {inputs} inputs"
        );
        copy_rows(d_out, room(&mut cache.deltas[0], shape.0 * shape.1));
        self.pass_back(params, cache, None, columns.clone());
        Self::give_back(cache, columns, d_x);
    }

    /// The gradient by some columns of the input, from the cache.
    fn give_back<S: Scalar>(
        cache: &Cache<S>,
        columns: Range<usize>,
        mut d_x: ArrayViewMut2<'_, S>,
    ) {
        let shape = (cache.rows, columns.len());
        assert_eq!(
            d_x.dim(),
            shape,
            "shapes of d_x (left), the last rows and {columns:?} (right)"
        );
        let d = &cache.deltas[0][..shape.0 * shape.1];
        d_x.assign(&ArrayView2::from_shape(shape, d).expect("as long as x"));
    }

    /// The vector-Jacobian product of one row, after [`forward_row`](Self::forward_row).
    ///
    /// # Shapes
    /// `params`, `d_params`: `[n_params]`; `d_out`: `[outputs]`; `d_x`: `[inputs]`.
    /// # Panics
    /// If a length does not fit, or the last forward pass was of another number of rows.
    pub fn vjp_row<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut Cache<S>,
        d_out: &[S],
        d_params: &mut [S],
        d_x: Option<&mut [S]>,
    ) {
        let shape = (cache.rows, d_out.len());
        assert_eq!(
            shape,
            (1, self.n_outputs()),
            "shapes of d_out (left) and of one output (right)"
        );
        room(&mut cache.deltas[0], d_out.len()).copy_from_slice(d_out);
        let all = 0..d_x.as_ref().map_or(0, |_| self.n_inputs());
        self.pass_back(params, cache, Some(d_params), all.clone());
        if let Some(d_x) = d_x {
            d_x.copy_from_slice(&cache.deltas[0][..all.end]);
        }
    }

    /// From the output's gradient in `deltas[0]` to the parameters', if asked, and to that of some columns of the input
    /// in `deltas[0]`.
    fn pass_back<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut Cache<S>,
        mut d_params: Option<&mut [S]>,
        columns: Range<usize>,
    ) {
        self.check(params.len(), "params");
        if let Some(d_params) = &d_params {
            self.check(d_params.len(), "d_params");
        }
        let (rows, [d_out, d_in]) = (cache.rows, &mut cache.deltas);
        let mut end = self.n_params;
        for (number, layer) in self.layers().enumerate().rev() {
            let own = end - layer.n_params()..end;
            end = own.start;
            let (x, d_y) = (&cache.values[number], &d_out[..rows * layer.outputs]);
            if let Some(d_params) = &mut d_params {
                layer.vjp(
                    &params[own.clone()],
                    x,
                    d_y,
                    &mut d_params[own.clone()],
                    None,
                );
            }
            if number == 0 {
                let d_x = room(d_in, rows * columns.len());
                layer.input_vjp(&params[own], d_y, columns.clone(), d_x);
                std::mem::swap(d_out, d_in);
                return;
            }
            let d_x = room(d_in, x.len());
            layer.input_vjp(&params[own], d_y, 0..layer.inputs, d_x);
            self.activation.times_slope(x, &cache.gates[number], d_x);
            if let Some(norm) = self.norm_after(number - 1) {
                let own = end - norm.n_params()..end;
                end = own.start;
                let kept = &cache.normalised[number];
                if let Some(d_params) = &mut d_params {
                    norm.params_vjp(kept, d_x, &mut d_params[own.clone()]);
                }
                norm.input_vjp(&params[own], kept, d_x);
            }
            std::mem::swap(d_out, d_in);
        }
    }

    /// The Jacobian-vector product at the last `forward` of this cache, with the same parameters: how the outputs move
    /// as the parameters move along `t_params`, and the inputs along `t_x` where it is given.
    ///
    /// ```text
    /// t_y = ∂y/∂params t_params + ∂y/∂x t_x
    /// ```
    ///
    /// With a `vjp` after it, and the Fisher matrix of the head between the two, it makes a Fisher-vector product.
    ///
    /// # Shapes
    /// `params`, `t_params`: `[n_params]`; `t_x`: `[B, inputs]`, B as in `forward`. Returns `[B, outputs]`, a view of the
    /// cache.
    /// # Panics
    /// If a shape does not fit.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// use ndarray::array;
    /// let net = Mlp::new(&[1, 1], Activation::Tanh)?; // y = w x + b
    /// let mut cache = Cache::default();
    /// net.forward(&[3.0, 0.5], array![[2.0]].view(), &mut cache);
    /// let t_y = net.jvp(&[3.0, 0.5], &[10.0, 1.0], Some(array![[100.0]].view()), &mut cache);
    /// assert_eq!(t_y, array![[2.0 * 10.0 + 1.0 + 3.0 * 100.0]]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn jvp<'a, S: Scalar>(
        &self,
        params: &[S],
        t_params: &[S],
        t_x: Option<ArrayView2<'_, S>>,
        cache: &'a mut Cache<S>,
    ) -> ArrayView2<'a, S> {
        self.check(params.len(), "params");
        self.check(t_params.len(), "t_params");
        let (rows, hidden) = (cache.rows, self.n_hidden());
        let [t_y, t_in] = &mut cache.deltas;
        if let Some(t_x) = t_x {
            let shape = (rows, self.n_inputs());
            assert_eq!(
                t_x.dim(),
                shape,
                "shapes of t_x (left) and of the last input (right)"
            );
            copy_rows(t_x, room(t_y, shape.0 * shape.1));
        }
        let mut start = 0;
        for (number, layer) in self.layers().enumerate() {
            let own = start..start + layer.n_params();
            start = own.end;
            std::mem::swap(t_y, t_in);
            let t_y = room(t_y, rows * layer.outputs);
            let moves = (number > 0 || t_x.is_some()).then(|| &t_in[..rows * layer.inputs]);
            let x = &cache.values[number];
            layer.jvp(&params[own.clone()], x, &t_params[own], moves, t_y);
            if let Some(norm) = self.norm_after(number) {
                let own = start..start + norm.n_params();
                start = own.end;
                let kept = &cache.normalised[number + 1];
                norm.jvp(&params[own.clone()], kept, t_y, &t_params[own]);
            }
            if number < hidden {
                let y = &cache.values[number + 1];
                self.activation
                    .times_slope(y, &cache.gates[number + 1], t_y);
            }
        }
        let shape = (rows, self.n_outputs());
        let t_y = &t_y[..shape.0 * shape.1];
        ArrayView2::from_shape(shape, t_y).expect("a row for each of x")
    }
}
