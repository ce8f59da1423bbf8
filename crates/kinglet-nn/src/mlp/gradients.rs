//! Derivatives of a multilayer perceptron.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Mlp;
use crate::cache::copy_rows;
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
        cache.deltas[0].resize(shape.0 * shape.1, S::zero());
        copy_rows(d_out, &mut cache.deltas[0]);
        self.pass_back(params, cache, d_params, d_x.is_some());
        if let Some(mut d_x) = d_x {
            let shape = (cache.rows, self.n_inputs());
            assert_eq!(
                d_x.dim(),
                shape,
                "shapes of d_x (left) and of the last input (right)"
            );
            d_x.assign(&ArrayView2::from_shape(shape, &cache.deltas[0]).expect("as long as x"));
        }
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
        cache.deltas[0].resize(d_out.len(), S::zero());
        cache.deltas[0].copy_from_slice(d_out);
        self.pass_back(params, cache, d_params, d_x.is_some());
        if let Some(d_x) = d_x {
            d_x.copy_from_slice(&cache.deltas[0]);
        }
    }

    /// From the output's gradient in `deltas[0]` to the parameters', and if asked to the input's in `deltas[0]`.
    fn pass_back<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut Cache<S>,
        d_params: &mut [S],
        to_input: bool,
    ) {
        self.check(params.len(), "params");
        self.check(d_params.len(), "d_params");
        let [d_out, d_in] = &mut cache.deltas;
        let mut end = self.n_params;
        for (number, layer) in self.layers().enumerate().rev() {
            let own = end - layer.n_params()..end;
            end = own.start;
            let x = &cache.values[number];
            if number == 0 && !to_input {
                layer.vjp(&params[own.clone()], x, d_out, &mut d_params[own], None);
                return;
            }
            d_in.resize(x.len(), S::zero());
            layer.vjp(
                &params[own.clone()],
                x,
                d_out,
                &mut d_params[own],
                Some(d_in),
            );
            if number > 0 {
                self.activation.times_slope(x, &cache.gates[number], d_in);
                if let Some(norm) = self.norm_after(number - 1) {
                    let own = end - norm.n_params()..end;
                    end = own.start;
                    let kept = &cache.normalised[number];
                    norm.vjp(&params[own.clone()], kept, d_in, &mut d_params[own]);
                }
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
            t_y.resize(shape.0 * shape.1, S::zero());
            copy_rows(t_x, t_y);
        }
        let mut start = 0;
        for (number, layer) in self.layers().enumerate() {
            let own = start..start + layer.n_params();
            start = own.end;
            std::mem::swap(t_y, t_in);
            t_y.resize(rows * layer.outputs, S::zero());
            let moves = (number > 0 || t_x.is_some()).then_some(t_in.as_slice());
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
        ArrayView2::from_shape((rows, self.n_outputs()), t_y).expect("a row for each of x")
    }
}
