//! The memory that a network works in.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::Scalar;
use crate::layer_norm::Normalised;

/// The memory of a network's passes: what `forward` computed, which `vjp` needs.
///
/// Make it once and hand it to every call; it grows to the largest batch it has seen and never shrinks, so that no
/// later call allocates. One cache may serve several networks in turn, each `vjp` after its own `forward`.
#[derive(Clone, Debug, Default)]
pub struct Cache<S> {
    /// Rows of the last forward pass.
    pub(crate) rows: usize,
    /// The input of each layer, and the last layer's output.
    pub(crate) values: Vec<Vec<S>>,
    /// What each activation keeps beside its value.
    pub(crate) gates: Vec<Vec<S>>,
    /// What each normalisation keeps.
    pub(crate) normalised: Vec<Normalised<S>>,
    /// The gradient of a layer's output, and of its input.
    pub(crate) deltas: [Vec<S>; 2],
}

impl<S: Scalar> Cache<S> {
    /// Makes room for `rows` rows of these sizes, `gates` beside each hidden one.
    pub(crate) fn reserve(&mut self, rows: usize, sizes: &[usize], gates: impl Fn(usize) -> usize) {
        self.rows = rows;
        let layers = self.values.len().max(sizes.len());
        self.values.resize_with(layers, Vec::new);
        self.gates.resize_with(layers, Vec::new);
        self.normalised.resize_with(layers, Normalised::default);
        for ((value, gate), size) in self.values.iter_mut().zip(&mut self.gates).zip(sizes) {
            value.resize(rows * size, S::zero());
            gate.resize(gates(rows * size), S::zero());
        }
    }

    /// Keeps some rows of the last forward pass alone, so that the next `vjp` or `jvp` is theirs.
    ///
    /// A loss that reads only some rows of a network, as one that takes the smaller of two critics, is not carried back
    /// through the others.
    ///
    /// # Shapes
    /// `rows`: indices of rows, ascending; the outputs' gradient then has a row for each of them.
    /// # Panics
    /// If they do not ascend, or there is no such row.
    /// # Example
    /// ```
    /// use kinglet_nn::{Activation, Cache, Mlp};
    /// use ndarray::array;
    /// let net = Mlp::new(&[1, 1], Activation::Tanh)?; // y = w x + b
    /// let (mut cache, mut d_params) = (Cache::default(), [0.0; 2]);
    /// net.forward(&[3.0, 0.5], array![[1.0], [10.0], [100.0]].view(), &mut cache);
    /// cache.keep_rows(&[0, 2]);
    /// net.vjp(&[3.0, 0.5], &mut cache, array![[1.0], [1.0]].view(), &mut d_params, None);
    /// assert_eq!(d_params, [101.0, 2.0]);
    /// # Ok::<(), kinglet_nn::Error>(())
    /// ```
    pub fn keep_rows(&mut self, rows: &[usize]) {
        let ascend = rows.windows(2).all(|pair| pair[0] < pair[1]);
        let last = rows.last().copied().unwrap_or(0);
        assert!(
            ascend && (rows.is_empty() || last < self.rows),
            "rows to keep must ascend and be below {}: {rows:?}",
            self.rows
        );
        let normalised = self.normalised.iter_mut();
        let kept = normalised.flat_map(|kept| [&mut kept.z, &mut kept.inverse_std]);
        for matrix in self.values.iter_mut().chain(&mut self.gates).chain(kept) {
            let width = matrix.len() / self.rows.max(1);
            for (to, from) in rows.iter().enumerate() {
                matrix.copy_within(from * width..(from + 1) * width, to * width);
            }
            matrix.truncate(rows.len() * width);
        }
        self.rows = rows.len();
    }
}

/// The first `n` places of a buffer that never shrinks.
pub(crate) fn room<S: Scalar>(buffer: &mut Vec<S>, n: usize) -> &mut [S] {
    if buffer.len() < n {
        buffer.resize(n, S::zero());
    }
    &mut buffer[..n]
}

/// Copies the rows of a matrix of any layout.
pub(crate) fn copy_rows<S: Scalar>(from: ArrayView2<'_, S>, to: &mut [S]) {
    let mut to = ArrayViewMut2::from_shape(from.dim(), to).expect("as long as the matrix");
    to.assign(&from);
}
