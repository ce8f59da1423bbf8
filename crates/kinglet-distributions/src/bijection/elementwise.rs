//! One map for each coordinate.

use num_traits::Float;

use super::Bijection;

/// yᵢ = fᵢ(xᵢ), each coordinate by its own map. Catalogue: XU-05.
///
/// ```text
/// ln |det ∂y/∂x| = Σᵢ ln |∂fᵢ/∂xᵢ|
/// ```
///
/// With [`Affine`](crate::Affine) maps it makes the weights of a Bayesian network out of noise, θᵢ = μᵢ + σᵢ ξᵢ.
///
/// # Example
/// ```
/// use kinglet_distributions::{Affine, Bijection, Elementwise};
///
/// let weights = Elementwise { maps: vec![Affine::new(0.5, 2.0)?, Affine::new(-1.0, 3.0)?] };
/// assert_eq!(weights.forward(&vec![1.0, -1.0]), [2.5, -4.0]);
/// assert!((weights.log_abs_det(&vec![0.0, 0.0]) - 6_f64.ln()).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Elementwise<B> {
    /// The map of each coordinate.
    pub maps: Vec<B>,
}

impl<B> Elementwise<B> {
    /// Each map with its coordinate.
    fn pairs<'a, S>(&'a self, x: &'a [S]) -> impl Iterator<Item = (&'a B, &'a S)> {
        let (maps, n) = (self.maps.len(), x.len());
        assert_eq!(maps, n, "{maps} maps for {n} coordinates");
        self.maps.iter().zip(x)
    }
}

impl<S: Float, B: Bijection<S, Point = S>> Bijection<S> for Elementwise<B> {
    type Point = Vec<S>;

    /// # Panics
    /// If there is not one map for each coordinate; so do the others.
    fn forward(&self, x: &Vec<S>) -> Vec<S> {
        self.pairs(x).map(|(map, x)| map.forward(x)).collect()
    }

    fn inverse(&self, y: &Vec<S>) -> Vec<S> {
        self.pairs(y).map(|(map, y)| map.inverse(y)).collect()
    }

    fn log_abs_det(&self, x: &Vec<S>) -> S {
        self.pairs(x)
            .fold(S::zero(), |sum, (map, x)| sum + map.log_abs_det(x))
    }
}
