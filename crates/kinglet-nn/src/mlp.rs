//! The multilayer perceptron.

mod gradients;
mod shared;

use ndarray::{Array1, ArrayView2};
use rand::Rng;

use shared::Shared;

use crate::cache::copy_rows;
use crate::layer_norm::LayerNorm;
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
    /// Whether each hidden layer is normalised before its activation.
    normalised: bool,
    n_params: usize,
}

impl Mlp {
    /// A network of these sizes: inputs, hidden layers, outputs.
    ///
    /// # Errors
    /// [`Error::TooFewSizes`] for fewer than two; [`Error::EmptyLayer`]; [`Error::TooLarge`].
    pub fn new(sizes: &[usize], activation: Activation) -> Result<Self, Error> {
        Self::of(sizes, activation, false)
    }

    /// A network of these sizes whose hidden layers are normalised before their activation.
    ///
    /// ```text
    /// hₗ₊₁ = f(g ⊙ ẑ + c),   z = hₗ Wₗ + bₗ,   ẑ = (z − mean z) / √(var z + 10⁻⁵)
    /// ```
    ///
    /// The gain g and the shift c, a number for each unit, stand behind each hidden layer's b; they start at 1 and 0.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    /// # Source
    /// Ba, Kiros & Hinton 2016, equation (4).
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// let net = Mlp::layer_normalised(&[1, 2, 1], Activation::Relu)?;
    /// // Two units of opposite sign are normalised to 1 and −1, whatever their size.
    /// let params = [1.0, -1.0, 0.0, 0.0, /* g, c */ 1.0, 1.0, 0.0, 0.0, /* output */ 5.0, 7.0, 0.5];
    /// let y = net.forward_row(&params, &[1e6], &mut Cache::default())[0];
    /// assert!((y - 5.5f64).abs() < 1e-12);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn layer_normalised(sizes: &[usize], activation: Activation) -> Result<Self, Error> {
        Self::of(sizes, activation, true)
    }

    fn of(sizes: &[usize], activation: Activation, normalised: bool) -> Result<Self, Error> {
        let sizes = sizes.to_vec();
        if sizes.len() < 2 {
            return Err(Error::TooFewSizes { sizes });
        }
        if let Some(position) = sizes.iter().position(|&size| size == 0) {
            return Err(Error::EmptyLayer { position, sizes });
        }
        let Some(n_params) = count(&sizes, normalised) else {
            return Err(Error::TooLarge { sizes });
        };
        Ok(Self {
            sizes,
            activation,
            normalised,
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

    /// The length of what the last layer takes in.
    pub fn n_features(&self) -> usize {
        self.sizes[self.sizes.len() - 2]
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
        let last = self.n_hidden();
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
            if let Some(norm) = self.norm_after(number) {
                let (own, after) = rest.split_at_mut(norm.n_params());
                norm.init(own);
                rest = after;
            }
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
        self.pass(params, None, cache);
        let y = &cache.values[self.sizes.len() - 1];
        ArrayView2::from_shape((rows, self.n_outputs()), y).expect("a row of outputs for each of x")
    }

    /// [`forward`](Self::forward) of rows whose first columns are the same in each group of so many, as where several
    /// actions are valued in each state: what the first layer makes of these columns is computed once a group.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `x`: `[B, inputs]`, whose first `shared` columns are those of the group's first row, groups
    /// of `repeats` rows. Returns `[B, outputs]`, a view of the cache.
    /// # Panics
    /// If a shape does not fit, `shared` is 0 or all columns, or `repeats` does not divide B.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// use ndarray::array;
    /// let (net, mut cache) = (Mlp::new(&[2, 1], Activation::Tanh)?, Cache::default());
    /// let x = array![[1.0, 2.0], [1.0, 3.0], [5.0, 2.0], [5.0, 3.0]];
    /// let y = net.forward_shared(&[10.0, 1.0, 0.5], x.view(), 1, 2, &mut cache);
    /// assert_eq!(y, array![[12.5], [13.5], [52.5], [53.5]]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn forward_shared<'a, S: Scalar>(
        &self,
        params: &[S],
        x: ArrayView2<'_, S>,
        shared: usize,
        repeats: usize,
        cache: &'a mut Cache<S>,
    ) -> ArrayView2<'a, S> {
        let (rows, inputs) = x.dim();
        assert_eq!(
            inputs,
            self.n_inputs(),
            "columns of x (left), inputs of {:?} (right)",
            self.sizes
        );
        assert!(
            0 < shared && shared < inputs && repeats > 0 && rows % repeats == 0,
            "{shared} of {inputs} columns cannot be the same in groups of {repeats} of {rows} rows"
        );
        cache.reserve(rows, &self.sizes, |numbers| self.activation.gates(numbers));
        copy_rows(x, &mut cache.values[0]);
        self.pass(
            params,
            Some(Shared {
                columns: shared,
                repeats,
            }),
            cache,
        );
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
        self.pass(params, None, cache);
        &cache.values[self.sizes.len() - 1]
    }

    /// What the last layer took in at the last forward pass of this cache: the values of the last hidden layer, or x
    /// where there is none.
    ///
    /// # Shapes
    /// Returns `[B, n_features]`, B as in `forward`.
    /// # Panics
    /// If the last pass was another network's, of other sizes.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// let (net, mut cache) = (Mlp::new(&[1, 2, 1], Activation::Relu)?, Cache::default());
    /// net.forward_row(&[1.0, -1.0, 0.0, 0.5, /* output */ 1.0, 1.0, 0.0], &[3.0], &mut cache);
    /// assert_eq!(net.features(&cache), ndarray::array![[3.0, 0.0]]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn features<'a, S: Scalar>(&self, cache: &'a Cache<S>) -> ArrayView2<'a, S> {
        let values = &cache.values[self.sizes.len() - 2];
        ArrayView2::from_shape((cache.rows, self.n_features()), values).expect("its own cache")
    }

    /// From the input in the cache to the output in the cache.
    fn pass<S: Scalar>(&self, params: &[S], shared: Option<Shared>, cache: &mut Cache<S>) {
        self.check(params.len(), "params");
        let (mut rest, hidden) = (params, self.n_hidden());
        for (number, layer) in self.layers().enumerate() {
            let (own, after) = rest.split_at(layer.n_params());
            rest = after;
            let (before, from) = cache.values.split_at_mut(number + 1);
            let y = &mut from[0];
            match shared.filter(|_| number == 0) {
                Some(shared) => shared.forward(layer, own, &before[0], &mut cache.deltas, y),
                None => layer.forward(own, &before[number], y),
            }
            if let Some(norm) = self.norm_after(number) {
                let (own, after) = rest.split_at(norm.n_params());
                norm.forward(own, y, &mut cache.normalised[number + 1]);
                rest = after;
            }
            if number < hidden {
                self.activation.apply(y, &mut cache.gates[number + 1]);
            }
        }
    }

    fn n_hidden(&self) -> usize {
        self.sizes.len() - 2
    }

    /// The normalisation between a layer and its activation, if there is one.
    fn norm_after(&self, number: usize) -> Option<LayerNorm> {
        let width = self.sizes[number + 1];
        (self.normalised && number < self.n_hidden()).then_some(LayerNorm { width })
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

/// The number of parameters, where it and their bytes can be counted.
fn count(sizes: &[usize], normalised: bool) -> Option<usize> {
    let layer = |pair: &[usize]| pair[0].checked_add(1)?.checked_mul(pair[1]);
    let add = |sum: usize, n: Option<usize>| sum.checked_add(n?);
    let affine = sizes.windows(2).map(layer).try_fold(0, add)?;
    let hidden = &sizes[1..sizes.len() - 1];
    let norm = |&width: &usize| {
        if normalised {
            width.checked_mul(2)
        } else {
            Some(0)
        }
    };
    let total = hidden.iter().map(norm).try_fold(affine, add)?;
    (total <= isize::MAX as usize / size_of::<f64>()).then_some(total)
}
