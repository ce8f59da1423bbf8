//! The derivatives of a normal-inverse-Wishart law by its parameters m, ln κ, L and ν, with Ψ = L Lᵀ.

use num_traits::Float;

use crate::normal_inverse_wishart::{difference, params};
use crate::scalar::{constant, dot, sum};
use crate::{Fisher, KlGradients, LowerTriangle, MvNormal, NormalInverseWishart, Score, trigamma};

fn scaled<S: Float>(c: S, v: &[S]) -> Vec<S> {
    v.iter().map(|x| c * *x).collect()
}

/// −tril(Σ⁻¹ L), for Σ = F Fᵀ.
fn pull_back<S: Float>(
    covariance: &LowerTriangle<S>,
    scatter: &LowerTriangle<S>,
) -> LowerTriangle<S> {
    let solved = covariance.solve_triangle(scatter);
    covariance.pull(|i, j| -solved[j][i])
}

impl<S: Float> Score<S> for NormalInverseWishart<S> {
    /// ```text
    /// by m:    κ Σ⁻¹(μ − m)                       by L:  ν diag(1/Lᵢᵢ) − tril(Σ⁻¹ L)
    /// by ln κ: D/2 − κ/2 |z|²                     by ν:  ½ (E[ln|Σ|] − ln|Σ|)
    /// ```
    ///
    /// with z = F⁻¹(μ − m), Σ = F Fᵀ.
    fn score(&self, x: &MvNormal<S>) -> Vec<S> {
        let half = constant::<S>(0.5);
        let z = x.factor.solve(&difference(&x.mean, &self.mean));
        let by_mean = scaled(self.strength, &x.factor.solve_transposed(&z));
        let by_strength = half * (self.dimension() - self.strength * dot(&z, &z));
        let by_scatter = pull_back(&x.factor, &self.scatter);
        let by_degrees = half * self.mean_log_determinant() - x.factor.log_determinant();
        params(
            by_mean,
            by_strength,
            &by_scatter.plus_inverse_diagonal(self.degrees, &self.scatter),
            by_degrees,
        )
    }
}

impl<S: Float> Fisher<S> for NormalInverseWishart<S> {
    /// ```text
    /// by m:    κν Ψ⁻¹ v               by L:  ν tril(L⁻ᵀ (W + Wᵀ)) − v_ν diag(1/Lᵢᵢ),  W = L⁻¹ V
    /// by ln κ: D/2 v                  by ν:  ¼ Σᵢ ψ′((ν − i)/2) v_ν − Σᵢ Wᵢᵢ
    /// ```
    ///
    /// # Panics
    /// If there is not one number for each parameter.
    fn fisher(&self, v: &Vec<S>) -> Vec<S> {
        let (n, triangle) = (self.mean.len(), self.scatter.rows().len());
        let (expected, given) = (n + triangle + 2, v.len());
        assert_eq!(expected, given, "{expected} parameters, {given} numbers");
        let (along_mean, rest) = v.split_at(n);
        let (along_rows, along_degrees) = (&rest[1..=triangle], rest[triangle + 1]);
        let solved = self
            .scatter
            .solve_transposed(&self.scatter.solve(along_mean));
        let metric = self.scatter.metric(along_rows).scaled(self.degrees);
        let diagonal = sum((0..n).map(|i| along_rows[i * (i + 3) / 2] / self.scatter.at(i, i)));
        let (half, quarter) = (constant::<S>(0.5), constant::<S>(0.25));
        let curvature = quarter * sum(self.halves().map(trigamma));
        params(
            scaled(self.strength * self.degrees, &solved),
            half * self.dimension() * rest[0],
            &metric.plus_inverse_diagonal(-along_degrees, &self.scatter),
            curvature * along_degrees - diagonal,
        )
    }
}

impl<S: Float> KlGradients<S> for NormalInverseWishart<S> {
    fn kl_gradients(&self, other: &Self) -> (Vec<S>, Vec<S>) {
        (by_self(self, other), by_other(self, other))
    }
}

/// ```text
/// by m:    λν Ψ⁻¹ δ               by L:  ν′ diag(1/Lᵢᵢ) − ν tril(L⁻ᵀ (λ z zᵀ + M Mᵀ))
/// by ln κ: D/2 (1 − λ/κ)          by ν:  ½λ|z|² + ½(|M|² − D) + ¼(ν − ν′) Σᵢ ψ′((ν − i)/2)
/// ```
///
/// with λ, m′, L′, ν′ those of q, δ = m − m′, z = L⁻¹ δ, M = L⁻¹ L′.
fn by_self<S: Float>(p: &NormalInverseWishart<S>, q: &NormalInverseWishart<S>) -> Vec<S> {
    let (half, quarter) = (constant::<S>(0.5), constant::<S>(0.25));
    let z = p.scatter.solve(&difference(&p.mean, &q.mean));
    let m = p.scatter.solve_triangle(&q.scatter);
    let second = |i: usize, j: usize| sum(m.iter().map(|c| c[i] * c[j]));
    let by_scatter = p
        .scatter
        .pull(|i, j| -p.degrees * (q.strength * z[i] * z[j] + second(i, j)));
    let size = sum(m.iter().map(|column| dot(column, column)));
    let spread = half * (q.strength * dot(&z, &z) + size - p.dimension());
    let curvature = quarter * sum(p.halves().map(trigamma));
    params(
        scaled(q.strength * p.degrees, &p.scatter.solve_transposed(&z)),
        half * p.dimension() * (S::one() - q.strength / p.strength),
        &by_scatter.plus_inverse_diagonal(q.degrees, &p.scatter),
        spread + curvature * (p.degrees - q.degrees),
    )
}

/// Minus the mean of q's score under p.
///
/// ```text
/// by m′:   −λν Ψ⁻¹ δ                           by L′:  ν tril(Ψ⁻¹ L′) − ν′ diag(1/L′ᵢᵢ)
/// by ln λ: ½λ (D/κ + ν|z|²) − D/2              by ν′:  ½ (E_p[ln|Σ|] − E_q[ln|Σ|])
/// ```
fn by_other<S: Float>(p: &NormalInverseWishart<S>, q: &NormalInverseWishart<S>) -> Vec<S> {
    let half = constant::<S>(0.5);
    let z = p.scatter.solve(&difference(&p.mean, &q.mean));
    let away = p.dimension() / p.strength + p.degrees * dot(&z, &z);
    let by_scatter = pull_back(&p.scatter, &q.scatter).scaled(-p.degrees);
    params(
        scaled(-q.strength * p.degrees, &p.scatter.solve_transposed(&z)),
        half * (q.strength * away - p.dimension()),
        &by_scatter.plus_inverse_diagonal(-q.degrees, &q.scatter),
        half * (p.mean_log_determinant() - q.mean_log_determinant()),
    )
}
