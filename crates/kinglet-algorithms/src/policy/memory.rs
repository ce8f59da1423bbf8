//! The memory that a policy works in.

use kinglet_nn::Scalar;

use super::body::{BodyCache, Forces};
use super::exploration::Variances;

/// The memory of a policy's passes: the laws of the last observations, and what differentiating them needs.
///
/// Make it once and hand it to every call: it grows to the largest batch it has seen and never shrinks, so that no later
/// call allocates.
#[derive(Clone, Debug, Default)]
pub struct Memory<S> {
    pub(super) cache: BodyCache<S>,
    pub(super) rows: usize,
    /// ln p, or (μ, ln σ), of each row.
    pub(super) laws: Vec<S>,
    /// p, or 1/σ, of each row.
    pub(super) beside: Vec<S>,
    /// The gradient by the logits, or by (μ, ln σ).
    pub(super) d_laws: Vec<S>,
    /// A tangent of the same shape.
    pub(super) t_laws: Vec<S>,
    /// The gradient where it does not come through the laws.
    pub(super) forces: Forces<S>,
    /// Used by a scale of the features alone.
    pub(super) variances: Variances<S>,
}

impl<S: Scalar> Memory<S> {
    /// The laws of the last forward pass, `[B, n_law]` row by row.
    pub fn laws(&self) -> &[S] {
        &self.laws
    }

    /// Room for as many rows, and no gradient yet.
    pub(super) fn reserve(&mut self, rows: usize, law: usize, beside: usize) {
        self.rows = rows;
        self.laws.resize(rows * law, S::zero());
        self.beside.resize(rows * beside, S::zero());
        self.d_laws.clear();
        self.d_laws.resize(rows * law, S::zero());
        self.t_laws.resize(rows * law, S::zero());
    }
}
