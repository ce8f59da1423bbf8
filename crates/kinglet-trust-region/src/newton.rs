//! Newton's method for a system of equations.

use crate::Error;
use crate::check::{finite, positive};
use crate::linear_solve::linear_solve;
use ndarray::{Array1, Array2, ArrayView1};

/// How far Newton's method goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// Stop once |f(x)| ≤ tolerance.
    pub tolerance: f64,
    /// Stop after so many steps, wherever that is.
    pub max_steps: usize,
}

/// Where Newton's method went.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    /// The last point.
    pub x: Array1<f64>,
    /// |f(x)| there: above the tolerance when the steps ran out.
    pub residual: f64,
    /// All points, from the start to the last.
    pub path: Vec<Array1<f64>>,
}

/// A root of f, by Newton's method. Catalogue: DECK-10.
///
/// ```text
/// x ← x − Df(x)⁻¹ f(x)
/// ```
///
/// Near a root with a regular Df the error is squared at each step. With f = ∇J and Df the Hessian
/// it finds a point where the gradient vanishes, whichever lies near: a minimum, a maximum or a
/// saddle. The natural gradient has the Fisher matrix in the Hessian's place, which is never
/// indefinite, so its step always ascends; what it gives up is the squaring.
///
/// # Shapes
/// `start`: `[D]`; `f` maps `[D]` to f(x): `[D]` and Df(x): `[D, D]`, row i for fᵢ.
/// # Errors
/// [`Error::Singular`] when Df is; [`Error::NotFinite`] when the start, f or Df is not finite;
/// [`Error::NotPositive`] for the tolerance.
/// # Panics
/// When f's shapes do not fit.
/// # Source
/// Nocedal and Wright 2006, algorithm 11.1.
/// # Example
/// ```
/// use kinglet_trust_region::{Newton, newton};
/// use ndarray::array;
///
/// // x² = 2: from 1 to 3/2 to 17/12.
/// let f = |x: ndarray::ArrayView1<'_, f64>| (array![x[0] * x[0] - 2.0], array![[2.0 * x[0]]]);
/// let root = newton(f, array![1.0].view(), Newton { tolerance: 1e-14, max_steps: 10 })?;
/// assert_eq!(root.path[1][0], 1.5);
/// assert!((root.path[2][0] - 17.0 / 12.0).abs() < 1e-15);
/// assert!((root.x[0] - 2.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn newton(
    mut f: impl FnMut(ArrayView1<'_, f64>) -> (Array1<f64>, Array2<f64>),
    start: ArrayView1<'_, f64>,
    settings: Newton,
) -> Result<Root, Error> {
    positive("tolerance", settings.tolerance)?;
    finite("the start", &start)?;
    let mut path = vec![start.to_owned()];
    let mut x = start.to_owned();
    loop {
        let (value, slope) = f(x.view());
        finite("f(x)", &value)?;
        finite("Df(x)", &slope)?;
        let residual = value.dot(&value).sqrt();
        if residual <= settings.tolerance || path.len() > settings.max_steps {
            return Ok(Root { x, residual, path });
        }
        x -= &linear_solve("Df(x)", slope.view(), value.view())?;
        path.push(x.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const SETTINGS: Newton = Newton {
        tolerance: 1e-13,
        max_steps: 30,
    };

    /// A circle and a cubic, with a root at (1, 2).
    fn system(x: ArrayView1<'_, f64>) -> (Array1<f64>, Array2<f64>) {
        let value = array![
            x[0] * x[0] + x[1] * x[1] - 5.0,
            x[0].powi(3) + x[0] * x[1] - 3.0
        ];
        let slope = array![[2.0 * x[0], 2.0 * x[1]], [3.0 * x[0] * x[0] + x[1], x[0]]];
        (value, slope)
    }

    #[test]
    fn deck_10_the_error_is_squared() {
        let root = newton(system, array![1.4, 2.6].view(), SETTINGS).unwrap();
        assert!(
            (&root.x - &array![1.0, 2.0])
                .iter()
                .all(|off| off.abs() < 1e-13)
        );
        let errors: Vec<f64> = root
            .path
            .iter()
            .map(|x| (x - &array![1.0, 2.0]).mapv(|d| d * d).sum().sqrt())
            .filter(|error| *error > 1e-7)
            .collect();
        assert!(errors.len() >= 4);
        for pair in errors.windows(2) {
            let ratio = pair[1] / (pair[0] * pair[0]);
            assert!((0.05..2.0).contains(&ratio), "{ratio}");
        }
    }

    #[test]
    fn deck_10_a_step_solves_the_linearised_system() {
        let start = array![1.4, 2.6];
        let root = newton(system, start.view(), SETTINGS).unwrap();
        let (value, slope) = system(start.view());
        let left = value + slope.dot(&(&root.path[1] - &start));
        assert!(left.iter().all(|off| off.abs() < 1e-13), "{left}");
    }

    #[test]
    fn deck_10_it_goes_to_a_maximum_as_readily_as_to_a_minimum() {
        // The slope of x⁴ − x²: minima at ±1/√2, a maximum at 0.
        let f = |x: ArrayView1<'_, f64>| {
            (
                array![4.0 * x[0].powi(3) - 2.0 * x[0]],
                array![[12.0 * x[0] * x[0] - 2.0]],
            )
        };
        let near = newton(f, array![0.3].view(), SETTINGS).unwrap();
        assert!(near.x[0].abs() < 1e-14);
        let far = newton(f, array![0.9].view(), SETTINGS).unwrap();
        assert!((far.x[0] - 0.5_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn what_has_no_step_is_refused_and_what_has_no_root_stops() {
        let flat = |_: ArrayView1<'_, f64>| (array![1.0, 1.0], array![[1.0, 2.0], [2.0, 4.0]]);
        let got = newton(flat, array![0.0, 0.0].view(), SETTINGS);
        assert!(matches!(got, Err(Error::Singular { .. })), "{got:?}");
        let rootless = |x: ArrayView1<'_, f64>| (array![1.0 + x[0] * x[0]], array![[2.0 * x[0]]]);
        let stopped = newton(rootless, array![0.7].view(), SETTINGS).unwrap();
        assert_eq!(stopped.path.len(), SETTINGS.max_steps + 1);
        assert!(stopped.residual >= 1.0);
        assert!(newton(rootless, array![f64::NAN].view(), SETTINGS).is_err());
    }
}
