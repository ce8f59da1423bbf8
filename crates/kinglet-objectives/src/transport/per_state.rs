//! A mean and a scale for each state, from one set of weights.

use super::{PullBack, Transport, check_params, check_point};
use crate::Error;
use kinglet_distributions::{Affine, Elementwise};
use ndarray::Array2;
use num_traits::Float;

/// θ(s) = mᵀs + ξ_s σ(wᵀs), one ξ_s for each state s, with φ = (m, w) and the sigmoid for σ. Catalogue: XU-14, XU-17,
/// XU-18.
///
/// ```text
/// ln |det ∂h/∂ξ| = Σₛ ln σ(wᵀs)        ∂/∂w of it = Σₛ (1 − σ(wᵀs)) s
/// ```
///
/// θ is the table of all θ(s), and the log-determinant is the *sum* over the states. To put the mean over states in its
/// place is to divide the temperature by their number. The noise must be fresh in each state: with one ξ for all, θ lies
/// on a line, no map is invertible, and the entropy is −∞.
///
/// # Source
/// Xu 2018, section 3.1, whose "variance networks" are standard deviations.
/// # Example
/// ```
/// use kinglet_distributions::Bijection;
/// use kinglet_objectives::{PerStateTransport, Transport};
/// use ndarray::array;
///
/// let family = PerStateTransport { features: array![[1.0], [2.0]] }; // two states, one feature
/// let map = family.map(&[3.0, 0.0])?; // m = 3, w = 0: σ = ½ in both
/// assert_eq!(map.forward(&vec![1.0, -1.0]), [3.5, 5.5]);
/// assert!((map.log_abs_det(&vec![0.0, 0.0]) + 4_f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PerStateTransport {
    /// The features of each state, `[S, F]`.
    pub features: Array2<f64>,
}

fn sigmoid<S: Float>(x: S) -> S {
    (S::one() + (-x).exp()).recip()
}

impl PerStateTransport {
    /// Σⱼ weightsⱼ featuresₛⱼ for each state s.
    fn heads<S: Float>(&self, weights: &[S]) -> Vec<S> {
        let plain = |x: f64| S::from(x).expect("a scalar holds every f64");
        let head = |row: ndarray::ArrayView1<'_, f64>| {
            let terms = row.into_iter().zip(weights);
            terms.fold(S::zero(), |sum, (x, w)| sum + plain(*x) * *w)
        };
        self.features.outer_iter().map(head).collect()
    }

    /// The derivative by the weights of a head, from that by its values.
    fn by_weights(&self, by_heads: &[f64]) -> Vec<f64> {
        self.features.t().dot(&ndarray::aview1(by_heads)).to_vec()
    }
}

impl Transport for PerStateTransport {
    type Map<S: Float> = Elementwise<Affine<S>>;

    fn n_params(&self) -> usize {
        2 * self.features.ncols()
    }

    fn map<S: Float>(&self, params: &[S]) -> Result<Elementwise<Affine<S>>, Error> {
        check_params(params.len(), self.n_params());
        let (mean, scale) = params.split_at(self.features.ncols());
        let lines = self.heads(mean).into_iter().zip(self.heads(scale));
        let lines = lines.map(|(mean, head)| Affine::new(mean, sigmoid(head)));
        Ok(Elementwise {
            maps: lines.collect::<Result<_, _>>()?,
        })
    }

    fn pull_back(
        &self,
        params: &[f64],
        noise: &[f64],
        force: &[f64],
        log_det_weight: f64,
    ) -> Result<PullBack, Error> {
        self.map(params)?;
        check_point(noise.len(), self.features.nrows());
        check_point(force.len(), self.features.nrows());
        let scale = &params[self.features.ncols()..];
        let scales: Vec<f64> = self.heads(scale).into_iter().map(sigmoid).collect();
        // ∂σ = σ (1 − σ), so that ∂ ln σ = 1 − σ.
        let by_head =
            |s: usize| (force[s] * noise[s] * scales[s] + log_det_weight) * (1.0 - scales[s]);
        let by_heads: Vec<f64> = (0..scales.len()).map(by_head).collect();
        Ok(PullBack {
            params: [self.by_weights(force), self.by_weights(&by_heads)].concat(),
            noise: force.iter().zip(&scales).map(|(f, s)| f * s).collect(),
        })
    }
}
