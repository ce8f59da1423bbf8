//! The multilayer perceptron.

use ndarray::{Array1, ArrayView2, ArrayViewMut2};
use rand::Rng;

use crate::cache::copy_rows;
use crate::{Activation, Cache, Error, Linear, Scalar, lecun_normal, orthogonal};

/// A multilayer perceptron: affine layers, with an activation after each but the last.
///
/// ```text
/// h₀ = x,   hₗ₊₁ = f(hₗ Wₗ + bₗ),   y = h_L₋₁ W_L₋₁ + b_L₋₁
/// ```
///
/// It holds its shape only. Its parameters are one slice, layer after layer, each W row by row (`[inputs, outputs]`),
/// then b; what it computes lies in a [`Cache`].
///
/// # Example
/// ```
/// use kinglet_nn::{Activation, Cache, Mlp};
/// use ndarray::array;
/// let net = Mlp::new(&[1, 2, 1], Activation::Relu)?; // max(x, 0) − max(−x, 0) is x
/// let params = [1.0, -1.0, 0.0, 0.0, /* second layer */ 1.0, -1.0, 0.0];
/// let mut cache = Cache::default();
/// let x = array![[3.0], [-2.0]];
/// assert_eq!(net.forward(&params, x.view(), &mut cache), x);
/// let mut d_x = array![[0.0], [0.0]];
/// let mut d_params = [0.0; 7];
/// net.vjp(&params, &mut cache, array![[1.0], [1.0]].view(), &mut d_params, Some(d_x.view_mut()));
/// assert_eq!(d_x, array![[1.0], [1.0]]);
/// assert_eq!(d_params, [3.0, 2.0, 1.0, -1.0, 3.0, 2.0, 2.0]);
/// # Ok::<(), kinglet_nn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mlp {
    sizes: Vec<usize>,
    activation: Activation,
    n_params: usize,
}

impl Mlp {
    /// A network of these sizes: inputs, hidden layers, outputs.
    ///
    /// # Errors
    /// [`Error::TooFewSizes`] for fewer than two; [`Error::EmptyLayer`]; [`Error::TooLarge`].
    pub fn new(sizes: &[usize], activation: Activation) -> Result<Self, Error> {
        let sizes = sizes.to_vec();
        if sizes.len() < 2 {
            return Err(Error::TooFewSizes { sizes });
        }
        if let Some(position) = sizes.iter().position(|&size| size == 0) {
            return Err(Error::EmptyLayer { position, sizes });
        }
        let Some(n_params) = count(&sizes) else {
            return Err(Error::TooLarge { sizes });
        };
        Ok(Self {
            sizes,
            activation,
            n_params,
        })
    }

    /// Inputs, hidden layers, outputs.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The length of x.
    pub fn n_inputs(&self) -> usize {
        self.sizes[0]
    }

    /// The length of y.
    pub fn n_outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// The number of parameters.
    pub fn n_params(&self) -> usize {
        self.n_params
    }

    /// The affine layers, from the input on.
    pub fn layers(&self) -> impl DoubleEndedIterator<Item = Linear> + ExactSizeIterator + '_ {
        self.sizes.windows(2).map(|pair| Linear {
            inputs: pair[0],
            outputs: pair[1],
        })
    }

    /// Parameters to start from: [`lecun_normal`] in each layer.
    ///
    /// # Shapes
    /// Returns `[n_params]`.
    pub fn init<S: Scalar, R: Rng + ?Sized>(&self, rng: &mut R) -> Array1<S> {
        self.init_with(|_, layer, params| lecun_normal(layer, params, rng))
    }

    /// Parameters to start from: [`orthogonal`] in each layer, with a gain for the hidden layers and one for the last.
    ///
    /// # Shapes
    /// Returns `[n_params]`.
    pub fn init_orthogonal<S: Scalar, R: Rng + ?Sized>(
        &self,
        hidden_gain: f64,
        output_gain: f64,
        rng: &mut R,
    ) -> Array1<S> {
        let last = self.sizes.len() - 2;
        self.init_with(|number, layer, params| {
            let gain = if number == last {
                output_gain
            } else {
                hidden_gain
            };
            orthogonal(layer, gain, params, rng);
        })
    }

    fn init_with<S: Scalar>(&self, mut fill: impl FnMut(usize, Linear, &mut [S])) -> Array1<S> {
        let mut params = vec![S::zero(); self.n_params];
        let mut rest = params.as_mut_slice();
        for (number, layer) in self.layers().enumerate() {
            let (own, after) = rest.split_at_mut(layer.n_params());
            fill(number, layer, own);
            rest = after;
        }
        Array1::from(params)
    }

    /// The outputs of a batch.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `x`: `[B, inputs]`. Returns `[B, outputs]`, a view of the cache.
    /// # Panics
    /// If a shape does not fit.
    pub fn forward<'a, S: Scalar>(
        &self,
        params: &[S],
        x: ArrayView2<'_, S>,
        cache: &'a mut Cache<S>,
    ) -> ArrayView2<'a, S> {
        let (rows, inputs) = x.dim();
        assert_eq!(
            inputs,
            self.n_inputs(),
            "columns of x (left), inputs of {:?} (right)",
            self.sizes
        );
        cache.reserve(rows, &self.sizes, |numbers| self.activation.gates(numbers));
        copy_rows(x, &mut cache.values[0]);
        self.pass(params, cache);
        let y = &cache.values[self.sizes.len() - 1];
        ArrayView2::from_shape((rows, self.n_outputs()), y).expect("a row of outputs for each of x")
    }

    /// The outputs of one row: [`forward`](Self::forward) of a batch of one.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `x`: `[inputs]`. Returns `[outputs]`, a view of the cache.
    /// # Panics
    /// If a length does not fit.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// let net = Mlp::new(&[2, 1], Activation::Tanh)?;
    /// assert_eq!(net.forward_row(&[3.0, 4.0, 0.5], &[1.0, 2.0], &mut Cache::default()), [11.5]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn forward_row<'a, S: Scalar>(
        &self,
        params: &[S],
        x: &[S],
        cache: &'a mut Cache<S>,
    ) -> &'a [S] {
        assert_eq!(
            x.len(),
            self.n_inputs(),
            "length of x (left), inputs of {:?} (right)",
            self.sizes
        );
        cache.reserve(1, &self.sizes, |numbers| self.activation.gates(numbers));
        cache.values[0].copy_from_slice(x);
        self.pass(params, cache);
        &cache.values[self.sizes.len() - 1]
    }

    /// From the input in the cache to the output in the cache.
    fn pass<S: Scalar>(&self, params: &[S], cache: &mut Cache<S>) {
        self.check(params.len(), "params");
        let (mut rest, hidden) = (params, self.sizes.len() - 2);
        for (number, layer) in self.layers().enumerate() {
            let (own, after) = rest.split_at(layer.n_params());
            rest = after;
            let (before, from) = cache.values.split_at_mut(number + 1);
            let y = &mut from[0];
            layer.forward(own, &before[number], y);
            if number < hidden {
                self.activation.apply(y, &mut cache.gates[number + 1]);
            }
        }
    }

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
        let (rows, hidden) = (cache.rows, self.sizes.len() - 2);
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
            if number < hidden {
                let y = &cache.values[number + 1];
                self.activation
                    .times_slope(y, &cache.gates[number + 1], t_y);
            }
        }
        ArrayView2::from_shape((rows, self.n_outputs()), t_y).expect("a row for each of x")
    }

    fn check(&self, length: usize, what: &str) {
        let n = self.n_params;
        assert_eq!(
            length, n,
            "length of {what} (left), parameters of {:?} (right)",
            self.sizes
        );
    }
}

/// The number of parameters, where it and the bytes of a batch's row can be counted.
fn count(sizes: &[usize]) -> Option<usize> {
    let layer = |pair: &[usize]| pair[0].checked_add(1)?.checked_mul(pair[1]);
    let add = |sum: usize, n: Option<usize>| sum.checked_add(n?);
    let total = sizes.windows(2).map(layer).try_fold(0, add)?;
    (total <= isize::MAX as usize / size_of::<f64>()).then_some(total)
}
