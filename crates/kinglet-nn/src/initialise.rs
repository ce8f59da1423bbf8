//! Where parameters start.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::{Linear, Scalar};

/// LeCun's normal initialisation of one layer: W ~ N(0, 1/inputs), b = 0.
///
/// The sum of as many independent inputs of variance one keeps variance one.
///
/// # Shapes
/// `params`: `[n_params]` of the layer.
/// # Panics
/// If `params` has another length.
/// # Source
/// LeCun, Bottou, Orr & Müller 1998, section 4.6.
pub fn lecun_normal<S: Scalar, R: Rng + ?Sized>(layer: Linear, params: &mut [S], rng: &mut R) {
    check(layer, params);
    let std = (layer.inputs as f64).sqrt().recip();
    let (weight, bias) = params.split_at_mut(layer.inputs * layer.outputs);
    for w in weight {
        *w = S::from_f64(std * normal(rng));
    }
    bias.fill(S::zero());
}

/// Orthogonal initialisation of one layer: W uniform among the matrices with Wᵀ W = gain² I (or W Wᵀ, whichever is the
/// smaller), b = 0.
///
/// # Shapes
/// `params`: `[n_params]` of the layer.
/// # Panics
/// If `params` has another length.
/// # Source
/// Saxe, McClelland & Ganguli 2014; the law, Mezzadri 2007.
/// # Example
/// ```
/// use kinglet_nn::{Linear, orthogonal};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let layer = Linear { inputs: 2, outputs: 1 };
/// let mut params = [0f64; 3];
/// orthogonal(layer, 5.0, &mut params, &mut Xoshiro256PlusPlus::seed_from_u64(1));
/// assert!((params[0].hypot(params[1]) - 5.0).abs() < 1e-14); // one column of length 5
/// assert_eq!(params[2], 0.0);
/// ```
pub fn orthogonal<S: Scalar, R: Rng + ?Sized>(
    layer: Linear,
    gain: f64,
    params: &mut [S],
    rng: &mut R,
) {
    check(layer, params);
    let Linear { inputs, outputs } = layer;
    let (many, long) = (inputs.min(outputs), inputs.max(outputs));
    let vectors = orthonormal(many, long, rng);
    let (weight, bias) = params.split_at_mut(inputs * outputs);
    for (at, w) in weight.iter_mut().enumerate() {
        let (i, j) = (at / outputs, at % outputs);
        let (vector, component) = if inputs <= outputs { (i, j) } else { (j, i) };
        *w = S::from_f64(gain * vectors[vector * long + component]);
    }
    bias.fill(S::zero());
}

/// `many` orthonormal vectors of length `long`, one after the other: normal draws, made orthogonal one by one. Whatever
/// lies along the earlier ones is taken off twice, which leaves rounding alone.
fn orthonormal<R: Rng + ?Sized>(many: usize, long: usize, rng: &mut R) -> Vec<f64> {
    let mut vectors: Vec<f64> = (0..many * long).map(|_| normal(rng)).collect();
    for k in 0..many {
        let (earlier, vector) = vectors.split_at_mut(k * long);
        let vector = &mut vector[..long];
        for _ in 0..2 {
            for earlier in earlier.chunks_exact(long) {
                let along: f64 = earlier.iter().zip(&*vector).map(|(e, v)| e * v).sum();
                for (v, e) in vector.iter_mut().zip(earlier) {
                    *v -= along * e;
                }
            }
        }
        let norm = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
    }
    vectors
}

fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    StandardNormal.sample(rng)
}

fn check<S>(layer: Linear, params: &[S]) {
    let n = layer.n_params();
    assert_eq!(
        params.len(),
        n,
        "the parameters' length (left) is not that of {layer:?} (right)"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    fn generator() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(3)
    }

    /// W of a layer, as W[i][j].
    fn drawn(inputs: usize, outputs: usize, gain: f64) -> Vec<Vec<f64>> {
        let layer = Linear { inputs, outputs };
        let mut params = vec![f64::NAN; layer.n_params()];
        orthogonal(layer, gain, &mut params, &mut generator());
        let (weight, bias) = layer.split(&params);
        assert!(bias.iter().all(|b| *b == 0.0));
        weight.chunks(outputs).map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn rows_or_columns_are_orthogonal() {
        for (inputs, outputs) in [(1, 1), (3, 7), (7, 3), (64, 64), (17, 64), (64, 6)] {
            let w = drawn(inputs, outputs, 2.5);
            let n = inputs.min(outputs);
            for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let product: f64 = if inputs <= outputs {
                    (0..outputs).map(|k| w[i][k] * w[j][k]).sum()
                } else {
                    (0..inputs).map(|k| w[k][i] * w[k][j]).sum()
                };
                let expected = if i == j { 6.25 } else { 0.0 };
                assert!(
                    (product - expected).abs() < 1e-13,
                    "{inputs}×{outputs}: {i}, {j}"
                );
            }
        }
    }

    /// Uniform over the circle: the mean of cos 4φ vanishes, and both turns of the second vector occur.
    #[test]
    fn rotations_and_reflections_are_equally_likely() {
        let (layer, mut rng) = (
            Linear {
                inputs: 2,
                outputs: 2,
            },
            generator(),
        );
        let (n, mut sum, mut rotations) = (20_000, 0.0, 0);
        for _ in 0..n {
            let mut w = [0.0; 6];
            orthogonal(layer, 1.0, &mut w, &mut rng);
            sum += (4.0 * f64::atan2(w[1], w[0])).cos();
            rotations += usize::from(w[0] * w[3] - w[1] * w[2] > 0.0);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 4.0 * (0.5 / n).sqrt());
        assert!((rotations as f64 / n - 0.5).abs() < 4.0 * (0.25 / n).sqrt());
    }

    #[test]
    fn lecun_normal_has_variance_one_over_the_inputs() {
        let layer = Linear {
            inputs: 50,
            outputs: 400,
        };
        let mut params = vec![f32::NAN; layer.n_params()];
        lecun_normal(layer, &mut params, &mut generator());
        let (weight, bias) = layer.split(&params);
        assert!(bias.iter().all(|b| *b == 0.0));
        let n = weight.len() as f64;
        let mean = weight.iter().map(|w| f64::from(*w)).sum::<f64>() / n;
        let square = weight.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / n;
        let variance = 1.0 / 50.0;
        assert!(mean.abs() < 4.0 * (variance / n).sqrt());
        assert!((square - variance).abs() < 4.0 * variance * (2.0 / n).sqrt());
    }

    #[test]
    fn both_scalars_start_at_the_same_place() {
        let layer = Linear {
            inputs: 5,
            outputs: 4,
        };
        let (mut single, mut double) = ([0f32; 24], [0f64; 24]);
        orthogonal(layer, 1.0, &mut single, &mut generator());
        orthogonal(layer, 1.0, &mut double, &mut generator());
        assert_eq!(single.map(f64::from), double.map(|x| f64::from(x as f32)));
    }
}
