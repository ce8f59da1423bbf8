//! The simple policy: a mean and a scale in each state.

use kinglet_nn::{Cache, Mlp, Scalar};
use ndarray::{Array1, ArrayView2, Axis};
use rand::Rng;

use super::Link;
use crate::Error;

/// θ(s, ξ) = μ(s) + ξ σ(s), with a network for the mean and one for the scale. Catalogue: XU-14, XU-17.
///
/// ```text
/// ln |det ∂θ/∂ξ| = Σᵢ₌₁ᵈ ln σᵢ(s)
/// ```
///
/// Its input is (s, ξ), its parameters the mean's network's, then the scale's.
///
/// # Source
/// Xu 2018, section 3.1, whose "variance networks" are standard deviations.
/// # Example
/// ```
/// use kinglet_algorithms::{Head, Link, LogStd, Memory, Perturbed, Policy};
/// use kinglet_nn::{Activation, Mlp};
/// use ndarray::array;
/// let line = Mlp::new(&[1, 1], Activation::Tanh)?;
/// let perturbed = Perturbed::new(line.clone(), line, Link::Exp, 1.0)?;
/// let policy = Policy::new(perturbed, Head::Normal(LogStd::Fixed(0.0)))?; // a = θ + ζ
/// let params = [2.0, 0.5, /* ln σ */ 0.0, 0.0]; // θ = 2 s + ½ + ξ
/// let mut memory = Memory::default();
/// let laws = policy.forward(&params, array![[1.0, 0.0], [1.0, -1.0]].view(), &mut memory);
/// assert_eq!(laws, [2.5, 0.0, 1.5, 0.0]); // (θ, ln 1) of each
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Perturbed {
    mean: Mlp,
    scale: Mlp,
    link: Link,
    /// What the scale's output starts at.
    start: f64,
}

/// The memory of its passes, row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct PerturbedCache<S> {
    mean: Cache<S>,
    scale: Cache<S>,
    noise: Vec<S>,
    std: Vec<S>,
    pub(super) log_std: Vec<S>,
    pub(super) theta: Vec<S>,
    /// The gradients by θ and by the scale's output, or tangents of the same shapes.
    d_theta: Vec<S>,
    d_scale: Vec<S>,
}

/// The gradient of a loss by θ(s, ξ) and by ln σ(s) where it does not come through the outputs, `[B, d]` each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forces<S> {
    pub(crate) theta: Vec<S>,
    pub(crate) log_std: Vec<S>,
}

impl<S: Scalar> Forces<S> {
    /// None, on so many numbers.
    pub(crate) fn clear(&mut self, numbers: usize) {
        for force in [&mut self.theta, &mut self.log_std] {
            force.clear();
            force.resize(numbers, S::zero());
        }
    }
}

impl Perturbed {
    /// A mean, and a scale that is `start` in every state until something is learnt.
    ///
    /// # Errors
    /// [`Error::MeanAndScale`] for networks of different inputs or outputs; [`Error::StartScale`] for a start that the
    /// link does not reach.
    pub fn new(mean: Mlp, scale: Mlp, link: Link, start: f64) -> Result<Self, Error> {
        let shape = |net: &Mlp| [net.n_inputs(), net.n_outputs()];
        let [of_mean, of_scale] = [shape(&mean), shape(&scale)];
        if of_mean != of_scale {
            return Err(Error::MeanAndScale {
                mean: of_mean,
                scale: of_scale,
            });
        }
        let Some(x) = link.inverse(start) else {
            return Err(Error::StartScale { value: start, link });
        };
        Ok(Self {
            mean,
            scale,
            link,
            start: x,
        })
    }

    /// The numbers of a state.
    pub fn n_state(&self) -> usize {
        self.mean.n_inputs()
    }

    /// The numbers of a state and of the noise.
    pub fn n_inputs(&self) -> usize {
        self.mean.n_inputs() + self.mean.n_outputs()
    }

    /// d, the numbers of θ.
    pub fn n_outputs(&self) -> usize {
        self.mean.n_outputs()
    }

    /// The parameters of both networks.
    pub fn n_params(&self) -> usize {
        self.mean.n_params() + self.scale.n_params()
    }

    pub(super) fn init_orthogonal<S: Scalar, R: Rng + ?Sized>(
        &self,
        hidden_gain: f64,
        output_gain: f64,
        rng: &mut R,
    ) -> Array1<S> {
        let mean = self.mean.init_orthogonal(hidden_gain, output_gain, rng);
        let mut params = mean.into_raw_vec_and_offset().0;
        let scale = self.scale.init_orthogonal::<S, _>(hidden_gain, 0.0, rng);
        params.extend(scale);
        let bias = params.len() - self.n_outputs();
        params[bias..].fill(S::from_f64(self.start));
        params.into()
    }

    pub(super) fn forward<'a, S: Scalar>(
        &self,
        params: &[S],
        x: ArrayView2<'_, S>,
        cache: &'a mut PerturbedCache<S>,
    ) -> &'a [S] {
        let (mean, scale) = params.split_at(self.mean.n_params());
        let (state, noise) = x.split_at(Axis(1), self.n_state());
        refill(&mut cache.noise, noise.iter().copied());
        let x = self.scale.forward(scale, state, &mut cache.scale);
        refill(&mut cache.log_std, x.iter().map(|x| self.link.log_std(*x)));
        cache.std.clone_from(&cache.log_std);
        S::exp_all(&mut cache.std);
        let mean = self.mean.forward(mean, state, &mut cache.mean);
        let spread = cache.noise.iter().zip(&cache.std);
        let theta = mean
            .iter()
            .zip(spread)
            .map(|(m, (xi, std))| *m + *xi * *std);
        refill(&mut cache.theta, theta);
        &cache.theta
    }

    pub(super) fn vjp<S: Scalar>(
        &self,
        params: &[S],
        cache: &mut PerturbedCache<S>,
        d_out: ArrayView2<'_, S>,
        forces: Option<&Forces<S>>,
        d_params: &mut [S],
    ) {
        refill(&mut cache.d_theta, d_out.iter().copied());
        if let Some(forces) = forces {
            let pairs = cache.d_theta.iter_mut().zip(&forces.theta);
            pairs.for_each(|(d, force)| *d += *force);
        }
        let spread = cache.noise.iter().zip(&cache.std);
        let by_log_std = cache.d_theta.iter().zip(spread).enumerate();
        let by_x = by_log_std.map(|(i, (d, (xi, std)))| {
            let force = forces.map_or(S::zero(), |forces| forces.log_std[i]);
            (*d * *xi * *std + force) * self.link.slope(*std)
        });
        refill(&mut cache.d_scale, by_x);

        let (mean, scale) = params.split_at(self.mean.n_params());
        let (d_mean, d_scale) = d_params.split_at_mut(self.mean.n_params());
        let rows = |d| ArrayView2::from_shape(d_out.dim(), d).expect("as many as θ has");
        let d = rows(&cache.d_theta);
        self.mean.vjp(mean, &mut cache.mean, d, d_mean, None);
        let d = rows(&cache.d_scale);
        self.scale.vjp(scale, &mut cache.scale, d, d_scale, None);
    }

    pub(super) fn jvp<'a, S: Scalar>(
        &self,
        params: &[S],
        t_params: &[S],
        cache: &'a mut PerturbedCache<S>,
    ) -> &'a [S] {
        let (mean, scale) = params.split_at(self.mean.n_params());
        let (t_mean, t_scale) = t_params.split_at(self.mean.n_params());
        let t_x = self.scale.jvp(scale, t_scale, None, &mut cache.scale);
        let spread = cache.noise.iter().zip(&cache.std);
        let by_spread = t_x.iter().zip(spread);
        let by_spread = by_spread.map(|(t, (xi, std))| *t * *xi * *std * self.link.slope(*std));
        refill(&mut cache.d_scale, by_spread);
        let t_mean = self.mean.jvp(mean, t_mean, None, &mut cache.mean);
        let t_theta = t_mean.iter().zip(&cache.d_scale).map(|(t, s)| *t + *s);
        refill(&mut cache.d_theta, t_theta);
        &cache.d_theta
    }
}

/// Puts these numbers in the place of the old ones.
pub(super) fn refill<S>(to: &mut Vec<S>, from: impl Iterator<Item = S>) {
    to.clear();
    to.extend(from);
}
