//! Layer normalisation.

use crate::Scalar;

/// What is added to the variance.
const EPSILON: f64 = 1e-5;

/// Layer normalisation of rows of `width` numbers, with a gain g and a shift c for each.
///
/// ```text
/// ẑ = (z − mean z) / √(var z + 10⁻⁵),   u = g ⊙ ẑ + c
/// ```
///
/// # Source
/// Ba, Kiros & Hinton 2016, equation (4).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayerNorm {
    pub(crate) width: usize,
}

/// What a pass leaves for the gradient: ẑ, and 1/√(var z + ε) of each row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Normalised<S> {
    pub(crate) z: Vec<S>,
    pub(crate) inverse_std: Vec<S>,
}

impl LayerNorm {
    /// g, then c.
    pub(crate) fn n_params(self) -> usize {
        2 * self.width
    }

    /// g = 1, c = 0.
    pub(crate) fn init<S: Scalar>(self, params: &mut [S]) {
        let (gain, shift) = params.split_at_mut(self.width);
        gain.fill(S::one());
        shift.fill(S::zero());
    }

    /// z ← u.
    pub(crate) fn forward<S: Scalar>(self, params: &[S], z: &mut [S], kept: &mut Normalised<S>) {
        let (gain, shift) = params.split_at(self.width);
        let n = S::from_f64(self.width as f64);
        kept.z.resize(z.len(), S::zero());
        kept.inverse_std.resize(z.len() / self.width, S::zero());
        let rows = z.chunks_exact_mut(self.width);
        let kept = kept
            .z
            .chunks_exact_mut(self.width)
            .zip(&mut kept.inverse_std);
        for (row, (normal, inverse_std)) in rows.zip(kept) {
            let mean = row.iter().copied().sum::<S>() / n;
            let variance = row.iter().map(|z| (*z - mean) * (*z - mean)).sum::<S>() / n;
            *inverse_std = (variance + S::from_f64(EPSILON)).sqrt().recip();
            for ((z, normal), (g, c)) in row.iter_mut().zip(normal).zip(gain.iter().zip(shift)) {
                *normal = (*z - mean) * *inverse_std;
                *z = *g * *normal + *c;
            }
        }
    }

    /// Adds to the parameters' gradient, from that of u.
    ///
    /// ```text
    /// dg += Σ ẑ ⊙ du,   dc += Σ du
    /// ```
    pub(crate) fn params_vjp<S: Scalar>(self, kept: &Normalised<S>, d: &[S], d_params: &mut [S]) {
        let (d_gain, d_shift) = d_params.split_at_mut(self.width);
        let normal = kept.z.chunks_exact(self.width);
        for (d, normal) in d.chunks_exact(self.width).zip(normal) {
            let sums = d_gain.iter_mut().zip(&mut *d_shift);
            for ((d, normal), (d_gain, d_shift)) in d.iter().zip(normal).zip(sums) {
                *d_gain += *normal * *d;
                *d_shift += *d;
            }
        }
    }

    /// d ← the gradient of z from that of u.
    ///
    /// ```text
    /// dz = (dẑ − mean dẑ − ẑ mean(ẑ ⊙ dẑ)) / √(var z + ε),   dẑ = g ⊙ du
    /// ```
    pub(crate) fn input_vjp<S: Scalar>(self, params: &[S], kept: &Normalised<S>, d: &mut [S]) {
        let gain = &params[..self.width];
        for row in d.chunks_exact_mut(self.width) {
            for (d, g) in row.iter_mut().zip(gain) {
                *d *= *g;
            }
        }
        self.project(kept, d);
    }

    /// t ← the tangent of u from that of z.
    pub(crate) fn jvp<S: Scalar>(
        self,
        params: &[S],
        kept: &Normalised<S>,
        t: &mut [S],
        t_params: &[S],
    ) {
        self.project(kept, t);
        let gain = &params[..self.width];
        let (t_gain, t_shift) = t_params.split_at(self.width);
        for (row, normal) in t
            .chunks_exact_mut(self.width)
            .zip(kept.z.chunks_exact(self.width))
        {
            let moves = gain.iter().zip(t_gain).zip(t_shift);
            for ((t, normal), ((g, t_gain), t_shift)) in row.iter_mut().zip(normal).zip(moves) {
                *t = *g * *t + *t_gain * *normal + *t_shift;
            }
        }
    }

    /// The Jacobian of ẑ, which is symmetric: t ← (t − mean t − ẑ mean(ẑ ⊙ t)) / √(var z + ε).
    fn project<S: Scalar>(self, kept: &Normalised<S>, t: &mut [S]) {
        let n = S::from_f64(self.width as f64);
        let kept = kept.z.chunks_exact(self.width).zip(&kept.inverse_std);
        for (row, (normal, inverse_std)) in t.chunks_exact_mut(self.width).zip(kept) {
            let mean = row.iter().copied().sum::<S>() / n;
            let along = row.iter().zip(normal).map(|(t, z)| *t * *z).sum::<S>() / n;
            for (t, normal) in row.iter_mut().zip(normal) {
                *t = (*t - mean - *normal * along) * *inverse_std;
            }
        }
    }
}
