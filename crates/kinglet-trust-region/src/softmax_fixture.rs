//! Softmax policies, and derivatives by differences: the referees of this crate's tests.

use ndarray::{Array1, Array2};

/// exp lᵢ / Σ exp l.
pub(crate) fn softmax(logits: &Array1<f64>) -> Array1<f64> {
    let weights = logits.mapv(f64::exp);
    let sum = weights.sum();
    weights / sum
}

/// KL(p ‖ q).
pub(crate) fn kl(p: &Array1<f64>, q: &Array1<f64>) -> f64 {
    p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum()
}

/// The scores of softmax logits: eₐ − p.
pub(crate) fn scores(p: &Array1<f64>) -> Array2<f64> {
    Array2::<f64>::eye(p.len()) - p
}

/// The Hessian of f at x by central differences.
pub(crate) fn hessian(f: impl Fn(&Array1<f64>) -> f64, x: &Array1<f64>) -> Array2<f64> {
    let h = 1e-4;
    let at = |i: usize, a: f64, j: usize, b: f64| {
        let mut y = x.clone();
        y[i] += a * h;
        y[j] += b * h;
        f(&y)
    };
    Array2::from_shape_fn((x.len(), x.len()), |(i, j)| {
        let sum =
            at(i, 1.0, j, 1.0) - at(i, 1.0, j, -1.0) - at(i, -1.0, j, 1.0) + at(i, -1.0, j, -1.0);
        sum / (4.0 * h * h)
    })
}
