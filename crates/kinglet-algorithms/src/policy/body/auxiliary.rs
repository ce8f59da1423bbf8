//! The auxiliary network: a random θ beside the state, and a network of both.

use kinglet_nn::{Mlp, Scalar};
use ndarray::{Array1, ArrayView2, ArrayViewMut2, Axis, s};
use rand::Rng;

use super::perturbed::refill;
use super::{BodyCache, Forces, Perturbed};
use crate::Error;

/// MLP_Ψ(θ(s, ξ), s): a random θ that a network reads beside the state. Catalogue: XU-16.
///
/// With an action a = MLP_Ψ(θ(s, ξ), s) + ζ the law of a, over all ξ, can have several modes, which that of θ + ζ cannot
/// (XU-14). Its parameters are φ, those of θ(s, ξ), then Ψ.
///
/// # Source
/// Xu 2018, section 3.2.
/// # Example
/// ```
/// use kinglet_algorithms::{Auxiliary, Head, Link, LogStd, Memory, Perturbed, Policy};
/// use kinglet_nn::{Activation, Mlp};
/// use ndarray::array;
/// let line = Mlp::new(&[1, 1], Activation::Tanh)?;
/// let theta = Perturbed::new(line.clone(), line, Link::Exp, 1.0)?;
/// let auxiliary = Auxiliary::new(theta, Mlp::new(&[2, 1, 1], Activation::Tanh)?)?;
/// let policy = Policy::new(auxiliary, Head::Normal(LogStd::Fixed(0.0)))?;
/// // θ = ξ; then 3 tanh(5 θ) + s, which is near −3 or 3 for most ξ.
/// let params = [0.0, 0.0, 0.0, 0.0, /* Ψ */ 5.0, 0.0, 0.0, 3.0, 0.25];
/// let laws = policy.forward(&params, array![[0.0, 1.0], [0.0, -1.0]].view(), &mut Memory::default()).to_vec();
/// assert!((laws[0] - 3.2497f64).abs() < 1e-4 && (laws[2] + 2.7497).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Auxiliary {
    latent: Perturbed,
    network: Mlp,
}

/// (θ, s) of each row, and a gradient or tangent of that shape.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined<S> {
    values: Vec<S>,
    moves: Vec<S>,
}

impl Auxiliary {
    /// This θ(s, ξ), and this network of (θ, s).
    ///
    /// # Errors
    /// [`Error::AuxiliaryInputs`] if the network takes another number of inputs.
    pub fn new(latent: Perturbed, network: Mlp) -> Result<Self, Error> {
        let expected = latent.n_outputs() + latent.n_state();
        let inputs = network.n_inputs();
        if inputs != expected {
            return Err(Error::AuxiliaryInputs { inputs, expected });
        }
        Ok(Self { latent, network })
    }

    /// θ(s, ξ).
    pub fn latent(&self) -> &Perturbed {
        &self.latent
    }

    /// MLP_Ψ.
    pub fn network(&self) -> &Mlp {
        &self.network
    }

    /// The parameters of φ and of Ψ.
    pub fn n_params(&self) -> usize {
        self.latent.n_params() + self.network.n_params()
    }

    pub(super) fn init_orthogonal<S: Scalar, R: Rng + ?Sized>(
        &self,
        hidden_gain: f64,
        output_gain: f64,
        rng: &mut R,
    ) -> Array1<S> {
        let latent = self.latent.init_orthogonal(hidden_gain, hidden_gain, rng);
        let mut params = latent.into_raw_vec_and_offset().0;
        let network = self
            .network
            .init_orthogonal::<S, _>(hidden_gain, output_gain, rng);
        params.extend(network);
        params.into()
    }

    pub(super) fn forward<'a, S: Scalar>(
        &self,
        params: &[S],
        x: ArrayView2<'_, S>,
        cache: &'a mut BodyCache<S>,
    ) -> &'a [S] {
        let (phi, psi) = params.split_at(self.latent.n_params());
        let theta = self.latent.forward(phi, x, &mut cache.perturbed);
        let states = x.slice(s![.., ..self.latent.n_state()]);
        let joined = &mut cache.joined.values;
        joined.clear();
        for (theta, state) in theta
            .chunks_exact(self.latent.n_outputs())
            .zip(states.rows())
        {
            joined.extend_from_slice(theta);
            joined.extend(state);
        }
        let shape = (x.nrows(), self.network.n_inputs());
        let joined = ArrayView2::from_shape(shape, joined).expect("a row for each of x");
        let outputs = self.network.forward(psi, joined, &mut cache.network);
        outputs.to_slice().expect("row by row")
    }

    pub(super) fn vjp<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut BodyCache<S>,
        d_out: ArrayView2<'_, S>,
        forces: Option<&Forces<S>>,
        d_params: &mut [S],
    ) {
        let (phi, psi) = params.split_at(self.latent.n_params());
        let (d_phi, d_psi) = d_params.split_at_mut(phi.len());
        let shape = (d_out.nrows(), self.network.n_inputs());
        let BodyCache {
            network,
            perturbed,
            joined,
        } = cache;
        joined.moves.resize(shape.0 * shape.1, S::zero());
        let mut d_joined = ArrayViewMut2::from_shape(shape, &mut joined.moves).expect("its shape");
        let to_input = Some(d_joined.view_mut());
        self.network.vjp(psi, network, d_out, d_psi, to_input);
        let (d_theta, _) = d_joined.view().split_at(Axis(1), self.latent.n_outputs());
        self.latent.vjp(phi, perturbed, d_theta, forces, d_phi);
    }

    pub(super) fn jvp<'a, S: Scalar>(
        &self,
        params: &[S],
        t_params: &[S],
        cache: &'a mut BodyCache<S>,
    ) -> &'a [S] {
        let (phi, psi) = params.split_at(self.latent.n_params());
        let (t_phi, t_psi) = t_params.split_at(phi.len());
        let (d, n) = (self.latent.n_outputs(), self.network.n_inputs());
        let t_theta = self.latent.jvp(phi, t_phi, &mut cache.perturbed);
        let rows = t_theta.len() / d;
        let zeros = std::iter::repeat_n(S::zero(), n - d);
        let t_rows = t_theta.chunks_exact(d);
        let moves = t_rows.flat_map(|t| t.iter().copied().chain(zeros.clone()));
        refill(&mut cache.joined.moves, moves);
        let t_x = ArrayView2::from_shape((rows, n), &cache.joined.moves).expect("whole rows");
        let moves = self.network.jvp(psi, t_psi, Some(t_x), &mut cache.network);
        moves.to_slice().expect("row by row")
    }
}
