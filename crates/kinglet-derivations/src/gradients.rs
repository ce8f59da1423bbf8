//! Gradients by the logits of a policy: computed without any formula for them, and compared.

use autodiff::F1;
use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use ndarray::{Array, Array1, Array3, Dimension};
use num_traits::Float;

use crate::check::{Check, Value};
use crate::duals::jacobian;
use crate::optimise::gradient;

/// E[Σ γᵗ (rₜ − α log qₜ)] over `steps` steps of the policy with logits `row(t, s)`, the scalar
/// left open: what a dual number is pushed through.
pub(crate) fn objective<S: Float>(
    mdp: &TabularMdp,
    steps: usize,
    [temperature, discount]: [f64; 2],
    row: impl Fn(usize, usize) -> Vec<S>,
) -> S {
    let constant = |x: f64| S::from(x).expect("a scalar holds every f64");
    let mut law: Vec<S> = mdp.initial().iter().map(|&p| constant(p)).collect();
    let mut sum = S::zero();
    let mut weight = 1.0;
    for t in 0..steps {
        let mut next = vec![S::zero(); law.len()];
        for (s, &mass) in law.iter().enumerate() {
            let policy = Categorical::from_logits(&row(t, s)).expect("logits are finite");
            for (a, &p) in policy.probabilities().iter().enumerate() {
                let rarity = -constant(temperature) * policy.log_prob(&a);
                sum = sum + constant(weight) * mass * p * (constant(mdp.reward(s, a)) + rarity);
                for (to, chance) in mdp.successors(s, a) {
                    next[to] = next[to] + mass * p * constant(chance);
                }
            }
        }
        law = next;
        weight *= discount;
    }
    sum
}

/// The slopes of `f` at `at`, each by one pass of dual numbers.
pub(crate) fn by_duals<D: Dimension>(
    at: &Array<f64, D>,
    f: impl Fn(&Array<F1, D>) -> F1,
) -> Array<f64, D> {
    let flat: Array1<f64> = at.iter().copied().collect();
    let slopes = jacobian(|x| vec![f(&shaped(at, x.to_vec()))], flat.view());
    shaped(at, slopes.row(0).to_vec())
}

/// The slopes of `f` at `at` by central differences.
pub(crate) fn by_differences<D: Dimension>(
    at: &Array<f64, D>,
    f: impl Fn(&Array<f64, D>) -> f64,
) -> Array<f64, D> {
    let flat = at.iter().copied().collect();
    let slopes = gradient(&|x| f(&shaped(at, x.to_vec())), &flat);
    shaped(at, slopes.to_vec())
}

/// The entries in the shape of `like`.
fn shaped<S, D: Dimension>(like: &Array<f64, D>, entries: Vec<S>) -> Array<S, D> {
    Array::from_shape_vec(like.raw_dim(), entries).expect("as many as there are logits")
}

/// ∇J of a finite-horizon problem by dual numbers.
pub(crate) fn dual_gradient(
    mdp: &TabularMdp,
    logits: &Array3<f64>,
    prices: [f64; 2],
) -> Array3<f64> {
    by_duals(logits, |logits| {
        objective(mdp, logits.dim().0, prices, |t, s| row(logits, t, s))
    })
}

/// ∇J of a finite-horizon problem by central differences.
pub(crate) fn difference_gradient(
    mdp: &TabularMdp,
    logits: &Array3<f64>,
    prices: [f64; 2],
) -> Array3<f64> {
    by_differences(logits, |logits| {
        objective(mdp, logits.dim().0, prices, |t, s| row(logits, t, s))
    })
}

fn row<S: Copy>(logits: &Array3<S>, t: usize, s: usize) -> Vec<S> {
    logits.slice(ndarray::s![t, s, ..]).to_vec()
}

/// Several computations of one gradient. What is shown is the component that is largest in the
/// first; what is judged is the largest distance of any two, over all components.
pub(crate) fn agree<const N: usize, D: Dimension>(
    quantity: &str,
    tolerance: f64,
    ways: [(&str, &Array<f64, D>); N],
) -> Check {
    let sizes = ways[0].1.iter().map(|x| x.abs()).enumerate();
    let (shown, _) = sizes.fold((0, 0.0), |best, x| if x.1 > best.1 { x } else { best });
    let value = |way: &(&str, &Array<f64, D>)| Value {
        method: way.0.into(),
        value: *way.1.iter().nth(shown).expect("all have one shape"),
        standard_error: None,
    };
    let pairs = ways
        .iter()
        .flat_map(|x| ways.iter().map(move |y| (x.1, y.1)));
    Check {
        quantity: format!("{quantity}; all {} components", ways[0].1.len()),
        values: ways.iter().map(value).collect(),
        difference: pairs.fold(0.0, |most, (x, y)| larger(most, distance(x, y))),
        tolerance,
    }
}

/// The largest |xᵢ − yᵢ|; NaN as soon as one of them is.
pub(crate) fn distance<D: Dimension>(x: &Array<f64, D>, y: &Array<f64, D>) -> f64 {
    assert_eq!(x.shape(), y.shape(), "two gradients differ in shape");
    x.iter()
        .zip(y)
        .fold(0.0, |most, (x, y)| larger(most, (x - y).abs()))
}

/// The cosine of the angle between two gradients.
pub(crate) fn cosine<D: Dimension>(x: &Array<f64, D>, y: &Array<f64, D>) -> f64 {
    let dot =
        |x: &Array<f64, D>, y: &Array<f64, D>| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
    dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
}

/// The larger of two; NaN if one is.
fn larger(x: f64, y: f64) -> f64 {
    if x.is_nan() || x > y { x } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{tab_logits, tab_policy};
    use kinglet_envs::fixtures::tab;
    use kinglet_objectives::max_entropy_objective;
    use ndarray::array;

    #[test]
    fn the_open_scalar_gives_the_crate_s_objective() {
        let logits = tab_logits();
        let open = objective(&tab(), 3, [0.3, 1.0], |t, s| row(&logits, t, s));
        let exact = max_entropy_objective(&tab(), tab_policy().view(), 0.3).unwrap();
        assert!((open - exact).abs() < 1e-14);
    }

    #[test]
    fn duals_and_differences_of_a_known_function() {
        let at = array![[0.5, 1.0], [2.0, -1.0]];
        let exact = array![[1.0, 2.0], [0.0, 0.5]];
        let duals = by_duals(&at, |x| {
            x[[0, 0]] * x[[0, 1]] * F1::cst(2.0) * F1::cst(0.5) + {
                x[[0, 1]] * F1::cst(1.5) + x[[1, 1]] * F1::cst(0.5)
            }
        });
        assert!(distance(&duals, &exact) < 1e-15);
        let differences = by_differences(&at, |x| {
            x[[0, 0]] * x[[0, 1]] + 1.5 * x[[0, 1]] + 0.5 * x[[1, 1]]
        });
        assert!(distance(&differences, &exact) < 1e-9);
    }

    #[test]
    fn gradients_agree_in_every_component_or_not() {
        let (x, y) = (array![1.0, 3.0, 0.0], array![1.0, 3.0, 0.5]);
        let check = agree("g", 0.1, [("x", &x), ("y", &y)]);
        assert_eq!((check.difference, check.values[1].value), (0.5, 3.0));
        assert!(!check.holds());
        let undefined = array![f64::NAN, 0.0, 0.0];
        assert!(!agree("g", 9.0, [("x", &x), ("y", &undefined)]).holds());
        assert!((cosine(&array![1.0, 0.0], &array![1.0, 1.0]) - 0.5_f64.sqrt()).abs() < 1e-15);
    }
}
