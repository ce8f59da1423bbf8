//! A posterior over parameters as noise carried through a map: the families of maps.

mod affine;
mod annealing;
mod composed;
mod diagonal;
mod direct_score;
mod noise;
mod objective;
mod per_state;
mod planar;

pub use affine::AffineTransport;
pub use annealing::Annealing;
pub use composed::ComposedTransport;
pub use diagonal::DiagonalTransport;
pub use direct_score::{NoisePartials, direct_score};
pub use noise::Noise;
pub use objective::{
    auxiliary_gradient, transport_entropy, transport_kl, transport_kl_gradient, vpg_gradient,
    vpg_gradient_with_prior, vpg_objective,
};
pub use per_state::PerStateTransport;
pub use planar::PlanarTransport;

use crate::Error;
use kinglet_distributions::Bijection;
use num_traits::Float;

/// A family of invertible maps θ = h_φ(ξ), which make a distribution q_φ over θ out of noise. Catalogue: XU-03.
///
/// Its members are bijections for any scalar; its derivative by φ is written out, for the one quantity that every
/// objective needs, a force on θ and a weight on the log-determinant.
///
/// # Source
/// Xu 2018, section 1.
/// # Example
/// ```
/// use kinglet_distributions::Bijection;
/// use kinglet_objectives::{DiagonalTransport, Transport};
///
/// let family = DiagonalTransport { dim: 2 }; // φ = (μ₁, μ₂, σ₁, σ₂)
/// let map = family.map(&[0.5, -1.0, 2.0, 3.0])?;
/// assert_eq!(map.forward(&vec![1.0, 1.0]), [2.5, 2.0]);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub trait Transport {
    /// A member.
    type Map<S: Float>: Bijection<S, Point = Vec<S>>;

    /// The length of φ.
    fn n_params(&self) -> usize;

    /// h_φ.
    ///
    /// # Errors
    /// If φ makes no bijection.
    /// # Panics
    /// If φ has another length.
    fn map<S: Float>(&self, params: &[S]) -> Result<Self::Map<S>, Error>;

    /// The gradient of `force` · h_φ(ξ) + `log_det_weight` · ln |det ∂h_φ/∂ξ|, by φ and by ξ.
    ///
    /// # Errors
    /// If φ makes no bijection.
    /// # Panics
    /// If a length does not fit.
    fn pull_back(
        &self,
        params: &[f64],
        noise: &[f64],
        force: &[f64],
        log_det_weight: f64,
    ) -> Result<PullBack, Error>;
}

/// A gradient by a map's parameters and by its argument. Made by [`Transport::pull_back`].
#[derive(Clone, Debug, PartialEq)]
pub struct PullBack {
    /// ∂/∂φ.
    pub params: Vec<f64>,
    /// ∂/∂ξ.
    pub noise: Vec<f64>,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn check_params(given: usize, needed: usize) {
    assert_eq!(given, needed, "parameters given (left), needed (right)");
}

fn check_point(given: usize, dim: usize) {
    assert_eq!(given, dim, "coordinates given (left), needed (right)");
}
