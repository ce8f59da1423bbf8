//! A general optimiser, which knows nothing of the problems it is given: the referee of closed
//! forms.

use ndarray::{Array1, Array2, ArrayView1};

/// The step of a central difference.
pub(crate) const STEP: f64 = 1e-5;

const MAX_STEPS: usize = 1000;
const GRADIENT_TOLERANCE: f64 = 1e-9;

/// The gradient of `f` at `x` by central differences.
pub(crate) fn gradient(f: &impl Fn(&Array1<f64>) -> f64, x: &Array1<f64>) -> Array1<f64> {
    let mut moved = x.clone();
    Array1::from_shape_fn(x.len(), |i| {
        let mut at = |value| {
            moved[i] = value;
            f(&moved)
        };
        let slope = (at(x[i] + STEP) - at(x[i] - STEP)) / (2.0 * STEP);
        moved[i] = x[i];
        slope
    })
}

/// The Hessian of `f` at `x` by central differences.
pub(crate) fn hessian(f: &impl Fn(&Array1<f64>) -> f64, x: &Array1<f64>) -> Array2<f64> {
    const WIDE: f64 = 1e-4;
    let at = |i: usize, a: f64, j: usize, b: f64| {
        let mut moved = x.clone();
        moved[i] += a * WIDE;
        moved[j] += b * WIDE;
        f(&moved)
    };
    let element = |i, j| {
        let same = at(i, 1.0, j, 1.0) + at(i, -1.0, j, -1.0);
        let opposite = at(i, 1.0, j, -1.0) + at(i, -1.0, j, 1.0);
        (same - opposite) / (4.0 * WIDE * WIDE)
    };
    Array2::from_shape_fn((x.len(), x.len()), |(i, j)| element(i, j))
}

/// The slope of `f` at 0 by a central difference.
pub(crate) fn derivative(f: impl Fn(f64) -> f64, step: f64) -> f64 {
    (f(step) - f(-step)) / (2.0 * step)
}

/// A minimum of `f` near `start`, by BFGS with central differences and backtracking.
pub(crate) fn minimise(f: impl Fn(&Array1<f64>) -> f64, start: Array1<f64>) -> Array1<f64> {
    let mut x = start;
    let mut slope = gradient(&f, &x);
    let mut inverse_hessian = Array2::eye(x.len());
    for _ in 0..MAX_STEPS {
        if slope.dot(&slope).sqrt() < GRADIENT_TOLERANCE {
            break;
        }
        let Some(next) = backtrack(&f, &x, &slope, -inverse_hessian.dot(&slope)) else {
            break;
        };
        let next_slope = gradient(&f, &next);
        update(
            &mut inverse_hessian,
            (&next - &x).view(),
            (&next_slope - &slope).view(),
        );
        (x, slope) = (next, next_slope);
    }
    x
}

/// The first of x + d, x + d/2, x + d/4, … that is low enough; none if rounding hides the descent.
fn backtrack(
    f: &impl Fn(&Array1<f64>) -> f64,
    x: &Array1<f64>,
    slope: &Array1<f64>,
    direction: Array1<f64>,
) -> Option<Array1<f64>> {
    let (here, descent) = (f(x), slope.dot(&direction));
    let steps = (0..50).map(|halvings| 0.5_f64.powi(halvings));
    let mut tried = steps.map(|step| (step, x + &(&direction * step)));
    let low_enough = |(step, y): &(f64, Array1<f64>)| f(y) < here + 1e-4 * step * descent;
    tried.find(low_enough).map(|(_, y)| y)
}

/// The BFGS update of the inverse Hessian from a step and the change of the gradient over it.
///
/// ```text
/// H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ,   ρ = 1 / yᵀs
/// ```
fn update(inverse_hessian: &mut Array2<f64>, step: ArrayView1<f64>, change: ArrayView1<f64>) {
    let curvature = step.dot(&change);
    if curvature <= 0.0 {
        return;
    }
    let h_y = inverse_hessian.dot(&change);
    let factor = (1.0 + change.dot(&h_y) / curvature) / curvature;
    for ((i, j), h) in inverse_hessian.indexed_iter_mut() {
        *h += factor * step[i] * step[j] - (h_y[i] * step[j] + step[i] * h_y[j]) / curvature;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn bfgs_finds_the_minimum_of_a_curved_valley() {
        let rosenbrock =
            |x: &Array1<f64>| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let found = minimise(rosenbrock, array![-1.2, 1.0]);
        assert!(
            (found[0] - 1.0).abs() < 1e-7 && (found[1] - 1.0).abs() < 1e-7,
            "{found}"
        );
    }

    #[test]
    fn central_differences_are_right_to_second_order() {
        let f = |x: &Array1<f64>| x[0].exp() * x[1].sin();
        let slope = gradient(&f, &array![0.5, 1.0]);
        let exact = [0.5_f64.exp() * 1_f64.sin(), 0.5_f64.exp() * 1_f64.cos()];
        assert!((slope[0] - exact[0]).abs() < 1e-9 && (slope[1] - exact[1]).abs() < 1e-9);
        assert!((derivative(|x| (1.0 + x).ln(), STEP) - 1.0).abs() < 1e-9);
        let curvature = hessian(&f, &array![0.5, 1.0]);
        let expected = array![[exact[0], exact[1]], [exact[1], -exact[0]]];
        assert!((curvature - expected).iter().all(|off| off.abs() < 1e-6));
    }
}
