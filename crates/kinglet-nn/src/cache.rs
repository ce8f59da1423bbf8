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
}

/// Copies the rows of a matrix of any layout.
pub(crate) fn copy_rows<S: Scalar>(from: ArrayView2<'_, S>, to: &mut [S]) {
    let mut to = ArrayViewMut2::from_shape(from.dim(), to).expect("as long as the matrix");
    to.assign(&from);
}
