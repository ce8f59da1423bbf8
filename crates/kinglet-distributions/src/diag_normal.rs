//! Independent normal coordinates.

use num_traits::Float;
use rand::Rng;

use crate::scalar::sum;
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Normal, Reparameterised, Score,
    Vector,
};

/// The normal distribution with a diagonal covariance, N(μ, diag σ²): of a dimension that the compiler knows as
/// `DiagNormal<[f64; 3]>`, of any as `DiagNormal<Vec<f64>>`.
///
/// Whatever it is asked is the sum, or the vector, of what each coordinate's [`Normal`] answers. Its parameters are
/// θ = (μ, ln σ).
///
/// # Example
/// ```
/// use kinglet_distributions::{DiagNormal, Distribution, Reparameterised, Score};
///
/// let policy = DiagNormal::new([0.0, 1.0], [1.0, 2.0])?;
/// assert_eq!(policy.transform(&[0.5, -1.0]), [0.5, -1.0]);
/// assert_eq!(policy.score(&[0.5, 5.0]), [[0.5, 1.0], [-0.75, 3.0]]); // by μ, by ln σ
/// let same = DiagNormal::new(vec![0.0, 1.0], vec![1.0, 2.0])?;
/// assert_eq!(same.log_prob(&vec![0.5, 5.0]), policy.log_prob(&[0.5, 5.0]));
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DiagNormal<V> {
    mean: V,
    std: V,
    log_std: V,
}

fn assert_same(a: usize, b: usize) {
    assert_eq!(a, b, "{a} coordinates against {b}");
}

impl<V: Vector> DiagNormal<V> {
    /// From μ and σ, that may be wrong.
    ///
    /// # Errors
    /// If a μ is not finite, or a σ not positive and finite.
    /// # Panics
    /// If the lengths differ.
    pub fn new(mean: V, std: V) -> Result<Self, Error> {
        assert_same(mean.as_slice().len(), std.as_slice().len());
        for (mean, std) in mean.as_slice().iter().zip(std.as_slice()) {
            Normal::new(*mean, *std)?;
        }
        let log_std = std.build(|i| std.as_slice()[i].ln());
        Ok(Self { mean, std, log_std })
    }

    /// From μ and ln σ: right as they stand, so nothing is checked, and a NaN stays one.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn from_log_std(mean: V, log_std: V) -> Self {
        assert_same(mean.as_slice().len(), log_std.as_slice().len());
        let std = log_std.build(|i| log_std.as_slice()[i].exp());
        Self { mean, std, log_std }
    }

    /// D.
    pub fn dimension(&self) -> usize {
        self.mean.as_slice().len()
    }

    /// σ.
    pub fn std(&self) -> &V {
        &self.std
    }

    /// The law of one coordinate.
    ///
    /// # Panics
    /// If there is none of this number.
    pub fn coordinate(&self, i: usize) -> Normal<V::Scalar> {
        Normal {
            mean: self.mean.as_slice()[i],
            std: self.std.as_slice()[i],
            log_std: self.log_std.as_slice()[i],
        }
    }

    fn total(&self, of: impl Fn(usize) -> V::Scalar) -> V::Scalar {
        sum((0..self.dimension()).map(of))
    }

    /// The pairs of the coordinates, by parameter.
    fn turned(&self, of: impl Fn(usize) -> [V::Scalar; 2]) -> [V; 2] {
        [self.mean.build(|i| of(i)[0]), self.mean.build(|i| of(i)[1])]
    }
}

impl<V: Vector> Distribution<V::Scalar> for DiagNormal<V> {
    type Event = V;
    /// By μ and by ln σ.
    type Params = [V; 2];

    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> V {
        self.transform(&self.noise(rng))
    }

    /// # Panics
    /// If `x` has another dimension.
    fn log_prob(&self, x: &V) -> V::Scalar {
        assert_same(self.dimension(), x.as_slice().len());
        self.total(|i| self.coordinate(i).log_prob(&x.as_slice()[i]))
    }
}

impl<V: Vector> Entropy<V::Scalar> for DiagNormal<V> {
    fn entropy(&self) -> V::Scalar {
        self.total(|i| self.coordinate(i).entropy())
    }

    fn entropy_gradient(&self) -> [V; 2] {
        self.turned(|i| self.coordinate(i).entropy_gradient())
    }
}

impl<V: Vector> Moments<V::Scalar> for DiagNormal<V> {
    type Moment = V;

    fn mean(&self) -> V {
        self.mean.clone()
    }

    fn variance(&self) -> V {
        self.std.build(|i| self.coordinate(i).variance())
    }
}

impl<V: Vector> Reparameterised<V::Scalar> for DiagNormal<V> {
    type Noise = V::Noise;

    fn noise<R: Rng + ?Sized>(&self, rng: &mut R) -> V::Noise {
        self.mean.build_noise(|i| self.coordinate(i).noise(rng))
    }

    /// # Panics
    /// If the noise has another dimension.
    fn transform(&self, noise: &V::Noise) -> V {
        assert_same(self.dimension(), noise.as_ref().len());
        let draw = |i: usize| self.coordinate(i).transform(&noise.as_ref()[i]);
        self.mean.build(draw)
    }
}

impl<V: Vector> Score<V::Scalar> for DiagNormal<V> {
    /// # Panics
    /// If `x` has another dimension.
    fn score(&self, x: &V) -> [V; 2] {
        assert_same(self.dimension(), x.as_slice().len());
        self.turned(|i| self.coordinate(i).score(&x.as_slice()[i]))
    }
}

impl<V: Vector> Fisher<V::Scalar> for DiagNormal<V> {
    /// # Panics
    /// If `v` has another dimension.
    fn fisher(&self, v: &[V; 2]) -> [V; 2] {
        assert_same(self.dimension(), v[0].as_slice().len());
        let [by_mean, by_log_std] = v.each_ref().map(Vector::as_slice);
        self.turned(|i| self.coordinate(i).fisher(&[by_mean[i], by_log_std[i]]))
    }
}

impl<V: Vector> Kl<V::Scalar> for DiagNormal<V> {
    /// # Panics
    /// If the dimensions differ.
    fn kl(&self, other: &Self) -> V::Scalar {
        assert_same(self.dimension(), other.dimension());
        self.total(|i| self.coordinate(i).kl(&other.coordinate(i)))
    }
}

impl<V: Vector> KlGradients<V::Scalar> for DiagNormal<V> {
    fn kl_gradients(&self, other: &Self) -> ([V; 2], [V; 2]) {
        assert_same(self.dimension(), other.dimension());
        let of = |i: usize| self.coordinate(i).kl_gradients(&other.coordinate(i));
        (self.turned(|i| of(i).0), self.turned(|i| of(i).1))
    }
}
