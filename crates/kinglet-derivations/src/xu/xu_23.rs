//! XU-23: the Hessian of the mean divergence.

use std::error::Error;

use kinglet_trust_region::{Fisher, pull_back};
use ndarray::{Array1, Array2, ArrayView1, array};

use super::gaussian_policy::{LAW, STATES, STD, exact_fisher, kl, mean, means_jacobian, theta_old};
use crate::duals::jacobian;
use crate::matrices::elements;
use crate::optimise::{gradient, hessian};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-23",
    title: "The Hessian of the mean KL at the old policy is the Gauss-Newton matrix",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_23,
};

/// The Hessian of the mean divergence. Catalogue: XU-23.
///
/// ```text
/// H(θ_old) = E_s[ ∂²/∂θ² KL(π_θ(·|s), π_old(·|s)) ] at θ = θ_old  =  E_s[ Jᵀ Σ⁻¹ J ],   J = ∂μ_θ(s)/∂θ
/// ```
///
/// For a Gaussian policy on three states with a curved mean: the Hessian by differences, the
/// Gauss-Newton product and the scores' outer products; and away from θ_old, where they part.
pub fn xu_23() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let old = theta_old();
    let mut checks = at_old(&old)?;
    checks.extend(elsewhere(&old)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "That the Hessian is taken at θ = θ_old is not said. Elsewhere it has a second term, \
             the distance of the means times the curvature of μ, and need not be positive.",
        ],
        ..Outcome::default()
    })
}

/// E_s[Jᵀ Σ⁻¹ J], by its products.
fn gauss_newton(theta: &Array1<f64>) -> Array2<f64> {
    let j = means_jacobian(theta);
    let head = Array1::from_iter(LAW) / (STD * STD);
    let fisher = pull_back(
        3,
        |v: ArrayView1<'_, f64>| j.dot(&v),
        |m: ArrayView1<'_, f64>| &head * &m,
        |m: ArrayView1<'_, f64>| j.t().dot(&m),
    );
    let unit = |k: usize| Array1::from_shape_fn(3, |i| f64::from(i == k));
    let columns = [0, 1, 2].map(|k| fisher.product(unit(k).view()));
    Array2::from_shape_fn((3, 3), |(i, k)| columns[k][i])
}

fn at_old(old: &Array1<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    Ok(elements(
        "H at θ_old",
        OPTIMISED,
        [
            ("Jᵀ Σ⁻¹ J", &gauss_newton(old)),
            (
                "Hessian of E_s KL(θ, θ_old)",
                &hessian(&|t| kl(t, old), old),
            ),
            (
                "Hessian of E_s KL(θ_old, θ)",
                &hessian(&|t| kl(old, t), old),
            ),
            ("E[score scoreᵀ]", &exact_fisher(old)?.matrix),
        ],
    ))
}

/// At another θ the Hessian has the residuals' term: E_s[(μ − μ_old) ∂²μ] / σ².
fn elsewhere(old: &Array1<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let theta = array![1.4, 0.6, -0.5];
    let residuals = Array1::from_iter(STATES.iter().zip(LAW).map(|(&s, weight)| {
        weight * (mean(&theta.to_vec(), s) - mean(&old.to_vec(), s)) / (STD * STD)
    }));
    let mut bent = Array2::zeros((3, 3));
    for (s, &state) in STATES.iter().enumerate() {
        bent.scaled_add(residuals[s], &mean_hessian(&theta, state));
    }
    let whole = gauss_newton(&theta) + &bent;
    let mut checks = elements(
        "H away from θ_old",
        OPTIMISED,
        [
            ("Jᵀ Σ⁻¹ J + residuals × ∂²μ", &whole),
            (
                "Hessian of E_s KL(θ, θ_old)",
                &hessian(&|t| kl(t, old), &theta),
            ),
        ],
    );
    checks.push(Check::at_most(
        "there the second term matters",
        ("a tenth", 0.1),
        (
            "its largest element",
            bent.fold(0.0, |m: f64, x| m.max(x.abs())),
        ),
    ));
    Ok(checks)
}

/// ∂²μ_θ(s): differences of the duals' gradient.
fn mean_hessian(theta: &Array1<f64>, state: f64) -> Array2<f64> {
    let slope = |t: &Array1<f64>, i: usize| jacobian(|t| vec![mean(t, state)], t.view())[[0, i]];
    let rows = [0, 1, 2].map(|i| gradient(&|t: &Array1<f64>| slope(t, i), theta));
    Array2::from_shape_fn((3, 3), |(i, k)| rows[i][k])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_23_gauss_newton_at_the_old_policy_and_more_elsewhere() {
        let outcome = xu_23();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
        assert_eq!(outcome.checks.len(), 13);
    }
}
