//! Expectations over standard normal noise, exact or sampled.

use crate::{Error, gauss_hermite};
use kinglet_distributions::{Normal, Reparameterised};
use ndarray::{Array1, Array2};
use rand::Rng;

/// Weighted points that stand for ξ ~ N(0, I). Catalogue: XU-01.
///
/// One set of points serves values and gradients, so that a gradient is that of the value to the last digits. Points
/// drawn once and kept make the objective a smooth function of φ.
///
/// # Example
/// ```
/// use kinglet_objectives::Noise;
///
/// let plane = Noise::quadrature(20, 2);
/// let mean = plane.mean(|xi| (xi[0] * xi[1]).powi(2));
/// assert!((mean - 1.0).abs() < 1e-13);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// ξ, `[n, D]`.
    pub points: Array2<f64>,
    /// Their weights, `[n]`; they sum to one.
    pub weights: Array1<f64>,
}

impl Noise {
    /// The product of one Gauss-Hermite rule of `nodes` points for each of `dim` coordinates: nodes^dim points, for a
    /// few coordinates.
    ///
    /// # Panics
    /// As [`gauss_hermite`].
    pub fn quadrature(nodes: usize, dim: usize) -> Self {
        let rule = gauss_hermite(nodes);
        let n = nodes.pow(dim as u32);
        let digit = |row: usize, column: usize| row / nodes.pow(column as u32) % nodes;
        let weight = |row: usize| (0..dim).map(|c| rule.weights[digit(row, c)]).product();
        Self {
            points: Array2::from_shape_fn((n, dim), |(r, c)| rule.nodes[digit(r, c)]),
            weights: Array1::from_shape_fn(n, weight),
        }
    }

    /// `samples` draws of equal weight.
    ///
    /// # Errors
    /// [`Error::Distribution`] for none.
    pub fn sampled<R: Rng + ?Sized>(
        samples: usize,
        dim: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        if samples == 0 {
            return Err(kinglet_distributions::Error::TooFewSamples { samples }.into());
        }
        let unit: Normal = Normal::from_log_std(0.0, 0.0);
        let mut points = Array2::zeros((samples, dim));
        points.iter_mut().for_each(|x| *x = unit.noise(rng));
        Ok(Self {
            points,
            weights: Array1::from_elem(samples, 1.0 / samples as f64),
        })
    }

    /// The number of coordinates of ξ.
    pub fn dim(&self) -> usize {
        self.points.ncols()
    }

    /// E[f(ξ)].
    pub fn mean(&self, f: impl Fn(&[f64]) -> f64) -> f64 {
        self.weighted().map(|(xi, weight)| weight * f(&xi)).sum()
    }

    /// Each point with its weight.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (Vec<f64>, f64)> + '_ {
        let rows = self.points.outer_iter().map(|row| row.to_vec());
        rows.zip(self.weights.iter().copied())
    }
}
