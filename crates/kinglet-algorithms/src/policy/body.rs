//! What a policy's observations go through.

mod auxiliary;
mod link;
mod perturbed;
#[cfg(test)]
mod tests;

use kinglet_nn::{Cache, Mlp, Scalar};
use ndarray::{Array1, ArrayView2};
use rand::Rng;

pub use auxiliary::Auxiliary;
pub use link::Link;
pub use perturbed::Perturbed;

pub(super) use perturbed::Forces;

/// What takes a policy's observations to the numbers that its head reads: a network, or a random function θ(s, ξ).
///
/// The noise ξ stands behind each observation as if it had been observed, so that whoever comes back to the same row
/// sees the same θ. [`Rollouts`](crate::Rollouts) draws it afresh in every step. One ξ for all states, with which θ
/// would have no density, cannot be written here. Catalogue: XU-14.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A multilayer perceptron. No noise.
    Mlp(Mlp),
    /// θ(s, ξ) = μ(s) + ξ σ(s), which the head reads.
    Perturbed(Perturbed),
    /// A network of such a θ and the state.
    Auxiliary(Auxiliary),
}

/// The memory of a body's passes.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyCache<S> {
    /// The network that the head reads.
    network: Cache<S>,
    perturbed: perturbed::PerturbedCache<S>,
    joined: auxiliary::Joined<S>,
}

impl From<Mlp> for Body {
    fn from(network: Mlp) -> Self {
        Body::Mlp(network)
    }
}

impl From<Perturbed> for Body {
    fn from(perturbed: Perturbed) -> Self {
        Body::Perturbed(perturbed)
    }
}

impl From<Auxiliary> for Body {
    fn from(auxiliary: Auxiliary) -> Self {
        Body::Auxiliary(auxiliary)
    }
}

impl Body {
    /// The numbers that it takes: the observation's, then the noise's.
    pub fn n_inputs(&self) -> usize {
        match self {
            Body::Mlp(network) => network.n_inputs(),
            Body::Perturbed(perturbed) => perturbed.n_inputs(),
            Body::Auxiliary(auxiliary) => auxiliary.latent().n_inputs(),
        }
    }

    /// How many of the inputs are noise, which is how many numbers θ(s, ξ) has.
    pub fn n_noise(&self) -> usize {
        self.perturbed().map_or(0, Perturbed::n_outputs)
    }

    /// How many features it has, the numbers that a network's last layer takes in; 0 for other bodies.
    pub fn n_features(&self) -> usize {
        match self {
            Body::Mlp(network) => network.n_features(),
            Body::Perturbed(_) | Body::Auxiliary(_) => 0,
        }
    }

    /// The numbers that it gives to the head.
    pub fn n_outputs(&self) -> usize {
        match self {
            Body::Mlp(network) => network.n_outputs(),
            Body::Perturbed(perturbed) => perturbed.n_outputs(),
            Body::Auxiliary(auxiliary) => auxiliary.network().n_outputs(),
        }
    }

    /// The number of parameters.
    pub fn n_params(&self) -> usize {
        match self {
            Body::Mlp(network) => network.n_params(),
            Body::Perturbed(perturbed) => perturbed.n_params(),
            Body::Auxiliary(auxiliary) => auxiliary.n_params(),
        }
    }

    /// Parameters to start from: orthogonal layers with these gains, and the scales that θ(s, ξ) starts with.
    pub(super) fn init_orthogonal<S: Scalar, R: Rng + ?Sized>(
        &self,
        hidden_gain: f64,
        output_gain: f64,
        rng: &mut R,
    ) -> Array1<S> {
        match self {
            Body::Mlp(network) => network.init_orthogonal(hidden_gain, output_gain, rng),
            Body::Perturbed(perturbed) => perturbed.init_orthogonal(hidden_gain, output_gain, rng),
            Body::Auxiliary(auxiliary) => auxiliary.init_orthogonal(hidden_gain, output_gain, rng),
        }
    }

    /// Parameters to start from: normal weights of variance 1/inputs; those of a random function in orthogonal layers of
    /// gain 1.
    pub(super) fn init_lecun<S: Scalar, R: Rng + ?Sized>(&self, rng: &mut R) -> Array1<S> {
        match self {
            Body::Mlp(network) => network.init(rng),
            Body::Perturbed(_) | Body::Auxiliary(_) => self.init_orthogonal(1.0, 1.0, rng),
        }
    }

    /// Its random function, if it has one.
    pub(super) fn perturbed(&self) -> Option<&Perturbed> {
        match self {
            Body::Mlp(_) => None,
            Body::Perturbed(perturbed) => Some(perturbed),
            Body::Auxiliary(auxiliary) => Some(auxiliary.latent()),
        }
    }

    /// The outputs of a batch, row by row.
    pub(super) fn forward<'a, S: Scalar>(
        &self,
        params: &[S],
        x: ArrayView2<'_, S>,
        cache: &'a mut BodyCache<S>,
    ) -> &'a [S] {
        match self {
            Body::Mlp(network) => {
                let outputs = network.forward(params, x, &mut cache.network);
                outputs.to_slice().expect("row by row")
            }
            Body::Perturbed(perturbed) => perturbed.forward(params, x, &mut cache.perturbed),
            Body::Auxiliary(auxiliary) => auxiliary.forward(params, x, cache),
        }
    }

    /// The outputs of one row.
    pub(super) fn forward_row<'a, S: Scalar>(
        &self,
        params: &[S],
        x: &[S],
        cache: &'a mut BodyCache<S>,
    ) -> &'a [S] {
        match self {
            Body::Mlp(network) => network.forward_row(params, x, &mut cache.network),
            Body::Perturbed(_) | Body::Auxiliary(_) => {
                let x = ArrayView2::from_shape((1, x.len()), x).expect("one row");
                self.forward(params, x, cache)
            }
        }
    }

    /// `d_params` += d_outᵀ ∂outputs/∂params, and what the forces on θ(s, ξ) and ln σ(s) add.
    pub(super) fn vjp<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut BodyCache<S>,
        d_out: ArrayView2<'_, S>,
        forces: Option<&Forces<S>>,
        d_params: &mut [S],
    ) {
        match self {
            Body::Mlp(network) => network.vjp(params, &mut cache.network, d_out, d_params, None),
            Body::Perturbed(perturbed) => {
                perturbed.vjp(params, &mut cache.perturbed, d_out, forces, d_params);
            }
            Body::Auxiliary(auxiliary) => auxiliary.vjp(params, cache, d_out, forces, d_params),
        }
    }

    /// The features of the last batch, row by row.
    pub(super) fn features<'a, S: Scalar>(&self, cache: &'a BodyCache<S>) -> &'a [S] {
        match self {
            Body::Mlp(network) => {
                let features = network.features(&cache.network);
                features.to_slice().expect("row by row")
            }
            Body::Perturbed(_) | Body::Auxiliary(_) => &[],
        }
    }

    /// How the outputs move as the parameters move along `t_params`, row by row.
    pub(super) fn jvp<'a, S: Scalar>(
        &self,
        params: &[S],
        t_params: &[S],
        cache: &'a mut BodyCache<S>,
    ) -> &'a [S] {
        match self {
            Body::Mlp(network) => {
                let moves = network.jvp(params, t_params, None, &mut cache.network);
                moves.to_slice().expect("row by row")
            }
            Body::Perturbed(perturbed) => perturbed.jvp(params, t_params, &mut cache.perturbed),
            Body::Auxiliary(auxiliary) => auxiliary.jvp(params, t_params, cache),
        }
    }
}

impl<S: Scalar> BodyCache<S> {
    /// θ(s, ξ) and ln σ(s) of the last batch, `[B, d]` each; empty where there is no noise.
    pub(super) fn theta_and_log_std(&self) -> (&[S], &[S]) {
        (&self.perturbed.theta, &self.perturbed.log_std)
    }
}
