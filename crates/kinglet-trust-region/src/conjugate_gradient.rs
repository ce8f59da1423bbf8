//! Conjugate gradients: solving with a matrix that is only known by its products.

use crate::Error;
use crate::check::{finite, not_negative, plain, positive};
use ndarray::{Array1, ArrayView1, ArrayViewMut1, NdFloat};

/// How far conjugate gradients go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConjugateGradient<S = f64> {
    /// λ ≥ 0: the system solved is (A + λ I) x = b.
    pub damping: S,
    /// Stop once |b − (A + λ I) x| ≤ tolerance · |b|.
    pub tolerance: S,
    /// Stop after so many products, whatever is left.
    pub max_iterations: usize,
}

/// What conjugate gradients reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<S = f64> {
    /// The solution, or the best point of the subspace searched.
    pub x: Array1<S>,
    /// Products with the matrix.
    pub iterations: usize,
    /// |b − (A + λ I) x| / |b| by the recursion; 0 when b is 0.
    pub residual: S,
}

/// Solves (A + λ I) x = b for a symmetric matrix given by its product. Catalogue: DECK-12.
///
/// ```text
/// αₖ = rᵀr / pᵀ(A + λI)p      x ← x + αₖ p      r ← r − αₖ (A + λI)p      p ← r + βₖ p
/// ```
///
/// The search starts at 0, so where A is singular and b lies in its range (a softmax policy's
/// Fisher matrix and its gradient) the answer without damping is the shortest one, A⁺ b.
/// A run that is cut short is no failure: its x has the least error of its subspace, measured by A.
///
/// # Shapes
/// `b`: `[D]`; `product` maps `[D]` to `[D]`. Returns x: `[D]`.
/// # Errors
/// [`Error::Curvature`] when pᵀ(A + λI)p is not positive: A is indefinite, or b has a part that a
/// singular A cannot reach. [`Error::Negative`], [`Error::NotPositive`] and [`Error::NotFinite`] for
/// a bad damping, tolerance or b.
/// # Panics
/// When a product has another shape than `b`.
/// # Source
/// Hestenes and Stiefel 1952, eq. (3:1).
/// # Example
/// ```
/// use kinglet_trust_region::{ConjugateGradient, conjugate_gradient};
/// use ndarray::array;
///
/// let a = array![[4.0_f64, 1.0], [1.0, 3.0]];
/// let settings = ConjugateGradient { damping: 0.0, tolerance: 1e-12, max_iterations: 10 };
/// let solution = conjugate_gradient(|v| a.dot(&v), array![1.0, 2.0].view(), settings)?;
/// assert!((solution.x[0] - 1.0 / 11.0).abs() < 1e-14);
/// assert!((solution.x[1] - 7.0 / 11.0).abs() < 1e-14);
/// assert_eq!(solution.iterations, 2); // as many as there are dimensions
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn conjugate_gradient<S: NdFloat>(
    mut product: impl FnMut(ArrayView1<'_, S>) -> Array1<S>,
    b: ArrayView1<'_, S>,
    settings: ConjugateGradient<S>,
) -> Result<Solution<S>, Error> {
    let into = |v: ArrayView1<'_, S>, mut out: ArrayViewMut1<'_, S>| {
        let ap = product(v);
        assert_eq!(
            ap.dim(),
            out.dim(),
            "a product's shape differs from the right-hand side's"
        );
        out.assign(&ap);
    };
    conjugate_gradient_into(into, b, settings)
}

/// [`conjugate_gradient`] of a product that is written into its second argument, or added to the zeros there.
pub(crate) fn conjugate_gradient_into<S: NdFloat>(
    mut product: impl FnMut(ArrayView1<'_, S>, ArrayViewMut1<'_, S>),
    b: ArrayView1<'_, S>,
    settings: ConjugateGradient<S>,
) -> Result<Solution<S>, Error> {
    not_negative("damping", settings.damping)?;
    positive("tolerance", settings.tolerance)?;
    finite("the right-hand side", &b)?;
    let mut x = Array1::zeros(b.len());
    let mut r = b.to_owned();
    let mut p = b.to_owned();
    let mut ap = Array1::zeros(b.len());
    let size = b.dot(&b);
    let mut rr = size;
    let mut iterations = 0;
    let goal = settings.tolerance * settings.tolerance * size;
    while rr > goal && iterations < settings.max_iterations {
        ap.fill(S::zero());
        product(p.view(), ap.view_mut());
        ap.scaled_add(settings.damping, &p);
        let curvature = p.dot(&ap);
        if curvature.is_nan() || curvature <= S::zero() {
            return Err(Error::Curvature {
                iteration: iterations,
                value: plain(curvature),
            });
        }
        let step = rr / curvature;
        x.scaled_add(step, &p);
        r.scaled_add(-step, &ap);
        let next = r.dot(&r);
        p.mapv_inplace(|pk| pk * (next / rr));
        p += &r;
        rr = next;
        iterations += 1;
    }
    let residual = if size > S::zero() {
        (rr / size).sqrt()
    } else {
        S::zero()
    };
    Ok(Solution {
        x,
        iterations,
        residual,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cholesky::Cholesky;
    use ndarray::{Array2, array};

    /// A positive definite matrix of any size, without a generator: M Mᵀ + I / 10.
    fn matrix(n: usize) -> Array2<f64> {
        let m = Array2::from_shape_fn((n, n), |(i, j)| ((3 * i + 7 * j * j + i * j) as f64).sin());
        m.dot(&m.t()) + Array2::<f64>::eye(n) * 0.1
    }

    fn exactly(damping: f64) -> ConjugateGradient {
        ConjugateGradient {
            damping,
            tolerance: 1e-13,
            max_iterations: 200,
        }
    }

    #[test]
    fn it_is_the_twin_of_cholesky_with_and_without_damping() {
        for n in [1, 2, 5, 12] {
            for damping in [0.0, 0.03, 2.0] {
                let a = matrix(n);
                let b = Array1::from_shape_fn(n, |i| 1.0 + (i as f64).cos());
                let damped = &a + &(Array2::<f64>::eye(n) * damping);
                let dense = Cholesky::new("A", damped.view()).unwrap().solve(b.view());
                let got = conjugate_gradient(|v| a.dot(&v), b.view(), exactly(damping)).unwrap();
                let off = (&got.x - &dense).mapv(f64::abs).sum() / dense.mapv(f64::abs).sum();
                assert!(off < 1e-9, "n {n}, damping {damping}: {off}");
                assert!((damped.dot(&got.x) - &b).mapv(f64::abs).sum() < 1e-9);
            }
        }
    }

    #[test]
    fn as_many_iterations_as_distinct_eigenvalues() {
        let diagonal = array![2.0, 5.0, 2.0, 5.0, 2.0, 11.0];
        let b = array![1.0, -1.0, 3.0, 0.5, 2.0, 1.0];
        let got = conjugate_gradient(|v| &diagonal * &v, b.view(), exactly(0.0)).unwrap();
        assert_eq!(got.iterations, 3);
        assert!((got.x - b / diagonal).iter().all(|off| off.abs() < 1e-13));
    }

    #[test]
    fn a_singular_system_gets_its_shortest_solution() {
        // The Fisher matrix of softmax logits, which no constant moves.
        let p = array![0.2, 0.5, 0.3];
        let f = |v: ArrayView1<'_, f64>| &p * &(&v - p.dot(&v));
        let b = array![0.1, -0.3, 0.2];
        let got = conjugate_gradient(f, b.view(), exactly(0.0)).unwrap();
        assert!((f(got.x.view()) - &b).iter().all(|off| off.abs() < 1e-14));
        assert!(got.x.sum().abs() < 1e-13, "no part along the null space");
    }

    #[test]
    fn cut_short_it_says_how_far_it_came() {
        let a = matrix(8);
        let b = Array1::ones(8);
        let settings = ConjugateGradient {
            max_iterations: 3,
            ..exactly(0.0)
        };
        let got = conjugate_gradient(|v| a.dot(&v), b.view(), settings).unwrap();
        let left = &b - &a.dot(&got.x);
        let residual = left.dot(&left).sqrt() / b.dot(&b).sqrt();
        assert_eq!(got.iterations, 3);
        assert!(residual > 1e-6 && (residual - got.residual).abs() < 1e-12);
    }

    #[test]
    fn single_precision_solves_to_single_precision() {
        let a = array![[4.0_f32, 1.0], [1.0, 3.0]];
        let settings = ConjugateGradient {
            damping: 0.0,
            tolerance: 1e-6,
            max_iterations: 9,
        };
        let got = conjugate_gradient(|v| a.dot(&v), array![1.0, 2.0].view(), settings).unwrap();
        assert!((got.x[1] - 7.0 / 11.0).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_solved_is_refused() {
        let saddle = array![1.0, -1.0];
        let b = array![1.0, 2.0];
        let got = conjugate_gradient(|v| &saddle * &v, b.view(), exactly(0.0));
        assert_eq!(
            got,
            Err(Error::Curvature {
                iteration: 0,
                value: -3.0
            })
        );
        // Damping beyond the least eigenvalue makes a saddle solvable.
        let got = conjugate_gradient(|v| &saddle * &v, b.view(), exactly(1.5)).unwrap();
        assert!(
            (got.x - array![0.4, 4.0])
                .iter()
                .all(|off| off.abs() < 1e-12)
        );
        let bad = array![1.0, f64::NAN];
        assert!(conjugate_gradient(|v| v.to_owned(), bad.view(), exactly(0.0)).is_err());
        assert!(conjugate_gradient(|v| v.to_owned(), b.view(), exactly(-1.0)).is_err());
        let zero = array![0.0, 0.0];
        let got = conjugate_gradient(|v| v.to_owned(), zero.view(), exactly(0.0)).unwrap();
        assert_eq!((got.x, got.residual), (zero, 0.0));
    }
}
