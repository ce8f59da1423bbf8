//! DECK-10: Newton's method, and what the natural gradient has in its place.

use std::error::Error;

use kinglet_trust_region::{
    ConjugateGradient, Newton, Root, eigenvalues, natural_gradient, newton,
};
use ndarray::{Array1, Array2, ArrayView1, array, aview1};

use crate::duals::jacobian;
use crate::matrices::elements;
use crate::optimise::{hessian, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Printed, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-10",
    title: "Newton's method squares the error, but goes to a maximum as readily as to a minimum",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_10,
};

/// Newton's method as the model of the natural gradient. Catalogue: DECK-10.
///
/// ```text
/// x₁ = x₀ − Df(x₀)⁻¹ f(x₀),     to optimise J: f = ∇J, Df = the Hessian of J
/// ```
///
/// On two equations with a root at (1, 2): the step, the root, and the order of convergence. Then
/// the conditions: on x⁴ − x² a minimisation lands on the maximum, and the Hessian of a softmax
/// bandit is indefinite where its Fisher matrix is not.
pub fn deck_10() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let root = newton(system, start().view(), SETTINGS)?;
    let checks = [
        step(&root),
        arrival(&root),
        order(&root),
        wrong_way()?,
        curvatures()?,
        slopes()?,
    ];
    Ok(Outcome {
        checks: checks.concat(),
        printed: vec![Printed::words(
            "the third row of the left column reads f_2(θ) = 0 a second time",
            "It is f_3(θ) = 0; the ∂/∂θ_3 beside it is right.",
        )],
        notes: vec![
            "\"Near quadratic convergence\" holds near a root at which Df is regular.",
            "Newton's method looks for a stationary point, of any kind. To be sure of an ascent \
             the Hessian must be negative definite; a softmax policy's is not. The Fisher matrix \
             is positive semi-definite everywhere, so that the natural gradient always ascends: \
             it is a metric, not an approximation of the Hessian of J.",
        ],
        ..Outcome::default()
    })
}

const SETTINGS: Newton = Newton {
    tolerance: 1e-13,
    max_steps: 30,
};

fn start() -> Array1<f64> {
    array![1.4, 2.6]
}

/// x² + y² = 5 and x³ + x y = 3, with a root at (1, 2); values and Jacobian.
fn system(at: ArrayView1<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let (x, y) = (at[0], at[1]);
    (
        array![x * x + y * y - 5.0, x.powi(3) + x * y - 3.0],
        array![[2.0 * x, 2.0 * y], [3.0 * x * x + y, x]],
    )
}

/// The first step beside Cramer's rule.
fn step(root: &Root) -> Vec<Check> {
    let (f, d) = system(start().view());
    let det = d[[0, 0]] * d[[1, 1]] - d[[0, 1]] * d[[1, 0]];
    let cramer = [
        (f[0] * d[[1, 1]] - f[1] * d[[0, 1]]) / det,
        (f[1] * d[[0, 0]] - f[0] * d[[1, 0]]) / det,
    ];
    let check = |i: usize| {
        Check::exact(
            format!("x{} after one step from (1.4, 2.6)", i + 1),
            [
                ("Newton", root.path[1][i]),
                ("x₀ less Cramer's rule", start()[i] - cramer[i]),
            ],
        )
    };
    (0..2).map(check).collect()
}

/// The root beside a minimum of |f|².
fn arrival(root: &Root) -> Vec<Check> {
    let squares = |x: &Array1<f64>| system(x.view()).0.mapv(|f| f * f).sum();
    let lowest = minimise(squares, start());
    let check = |i: usize| {
        Check::within(
            format!("x{} of the root", i + 1),
            OPTIMISED,
            [
                ("Newton", root.x[i]),
                ("BFGS on |f|²", lowest[i]),
                ("by hand", [1.0, 2.0][i]),
            ],
        )
    };
    (0..2).map(check).collect()
}

/// |e′| / |e|² of the last step that rounding leaves alone, and what Taylor's theorem says of it.
fn order(root: &Root) -> Vec<Check> {
    let errors = root.path.iter().map(|x| x - &array![1.0, 2.0]);
    let errors: Vec<Array1<f64>> = errors.filter(|e| length(e) > 1e-7).collect();
    let [.., before, after] = &errors[..] else {
        return vec![];
    };
    // ½ Df⁻¹ D²f[e, e] at the root, where Df = [[2, 4], [5, 1]] has the determinant −18.
    let (x, y) = (before[0], before[1]);
    let bent = [x * x + y * y, 3.0 * x * x + x * y];
    let predicted = array![
        (bent[0] - 4.0 * bent[1]) / -18.0,
        (2.0 * bent[1] - 5.0 * bent[0]) / -18.0
    ];
    let square = length(before).powi(2);
    vec![Check::within(
        "the constant of the squared error, |e′| / |e|², up to |e|",
        length(before),
        [
            ("the last steps", length(after) / square),
            ("½ |Df⁻¹ D²f[e, e]| / |e|²", length(&predicted) / square),
        ],
    )]
}

fn length(x: &Array1<f64>) -> f64 {
    x.dot(x).sqrt()
}

/// x⁴ − x², started at .3: a descent reaches the minimum, Newton's method the maximum.
fn wrong_way() -> Result<Vec<Check>, Box<dyn Error>> {
    let hill = |x: f64| x.powi(4) - x * x;
    let slopes = |x: ArrayView1<'_, f64>| {
        let x = x[0];
        (
            array![4.0 * x.powi(3) - 2.0 * x],
            array![[12.0 * x * x - 2.0]],
        )
    };
    let found = newton(slopes, array![0.3].view(), SETTINGS)?.x[0];
    let lowest = minimise(|x: &Array1<f64>| hill(x[0]), array![0.3])[0];
    Ok(vec![
        Check::within(
            "the minimum of x⁴ − x² near .3",
            OPTIMISED,
            [("BFGS", lowest), ("1/√2", 0.5_f64.sqrt())],
        ),
        Check::exact(
            "where Newton's method goes from .3",
            [("Newton", found), ("the maximum", 0.0)],
        ),
        Check::at_most(
            "and what it is worth, to be minimised",
            ("at the minimum", hill(lowest)),
            ("where Newton ended", hill(found)),
        ),
    ])
}

/// ∂ᵢ∂ⱼJ of the bandit.
fn curvature() -> Array2<f64> {
    let logits = bandit::logits();
    jacobian(|l| bandit::gradient(l).unwrap_or_default(), logits.view())
}

/// The Hessian of the bandit in three ways, its least and largest eigenvalue, and those of F.
fn curvatures() -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = bandit::policy(&bandit::LOGITS)?;
    let (p, g) = (
        aview1(policy.probabilities()),
        bandit::gradient(&bandit::LOGITS)?,
    );
    let closed = Array2::from_shape_fn((3, 3), |(i, j)| {
        f64::from(i == j) * g[i] - g[i] * p[j] - p[i] * g[j]
    });
    let duals = curvature();
    let differences = hessian(
        &|l: &Array1<f64>| bandit::value(l.view()),
        &bandit::logits(),
    );
    let fisher = bandit::fisher(&policy)?.matrix;
    let mut checks = elements(
        "the bandit's Hessian of J",
        OPTIMISED,
        [
            ("diag g − g pᵀ − p gᵀ", &closed),
            ("duals through ∇J", &duals),
            ("differences of J", &differences),
        ],
    );
    let (of_j, of_f) = (eigenvalues(closed.view())?, eigenvalues(fisher.view())?);
    let (low, high) = plane(&closed);
    checks.extend([
        Check::exact(
            "the least eigenvalue of the Hessian",
            [("Jacobi", of_j[0]), ("its trace and minors", low)],
        ),
        Check::exact(
            "the largest eigenvalue of the Hessian",
            [("Jacobi", of_j[2]), ("its trace and minors", high)],
        ),
        Check::at_most(
            "the Hessian is indefinite",
            ("least eigenvalue", of_j[0]),
            ("a tenth below 0", -0.1),
        ),
        Check::at_most(
            "the Hessian is indefinite",
            ("a tenth above 0", 0.1),
            ("largest eigenvalue", of_j[2]),
        ),
        Check::at_most(
            "the Fisher matrix is not",
            ("0", 0.0),
            ("least eigenvalue", of_f[0]),
        ),
        Check::exact(
            "the other two of F",
            [
                ("their sum, Jacobi", of_f[1] + of_f[2]),
                ("1 − Σ p²", 1.0 - p.dot(&p)),
            ],
        ),
    ]);
    Ok(checks)
}

/// The two eigenvalues of a 3 × 3 matrix whose third is 0, from its trace and principal minors.
fn plane(a: &Array2<f64>) -> (f64, f64) {
    let half = 0.5 * a.diag().sum();
    let minor = |i: usize, j: usize| a[[i, i]] * a[[j, j]] - a[[i, j]] * a[[j, i]];
    let root = (half * half - minor(0, 1) - minor(0, 2) - minor(1, 2)).sqrt();
    (half - root, half + root)
}

/// How J changes along either step, with the last logit held.
fn slopes() -> Result<Vec<Check>, Box<dyn Error>> {
    let g = bandit::gradient(&bandit::LOGITS)?;
    let h = curvature();
    let two = |_: ArrayView1<'_, f64>| {
        (
            array![g[0], g[1]],
            h.slice(ndarray::s![..2, ..2]).to_owned(),
        )
    };
    let one_step = Newton {
        max_steps: 1,
        ..SETTINGS
    };
    let newton_step = newton(two, array![0.0, 0.0].view(), one_step)?.x;
    let exactly = ConjugateGradient {
        damping: 0.0,
        tolerance: 1e-12,
        max_iterations: 10,
    };
    let fisher = bandit::fisher(&bandit::policy(&bandit::LOGITS)?)?;
    let natural = natural_gradient(&fisher, aview1(&g), exactly)?;
    let spread = bandit::policy(&bandit::LOGITS)?.variance(|a| bandit::REWARD[a]);
    Ok(vec![
        Check::at_most(
            "Newton's step on the bandit descends, where J is to be maximised",
            ("∇J along it", g[0] * newton_step[0] + g[1] * newton_step[1]),
            ("0", 0.0),
        ),
        Check::exact(
            "the natural gradient ascends: ∇Jᵀ F⁺ ∇J",
            [
                ("conjugate gradients", natural.squared_length),
                ("the variance of the reward", spread),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_10_newton_and_its_conditions() {
        let outcome = deck_10();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
        assert_eq!((outcome.printed.len(), outcome.printed[0].value), (1, None));
    }

    #[test]
    fn deck_10_errors_are_squared_from_step_to_step() {
        let root = newton(system, start().view(), SETTINGS).unwrap();
        assert_eq!(order(&root).len(), 1);
        let errors = root.path.iter().map(|x| length(&(x - &array![1.0, 2.0])));
        let errors: Vec<f64> = errors.filter(|e| *e > 1e-7).collect();
        assert!(errors.len() >= 4);
        for pair in errors.windows(2) {
            let ratio = pair[1] / (pair[0] * pair[0]);
            assert!((0.1..1.0).contains(&ratio), "{ratio}");
        }
    }
}
