//! XU-13: the policy that a map of noise induces.

use autodiff::{F1, grad};
use kinglet_distributions::{Affine, Bijection, Cubic, Distribution, Normal, Transformed, erf};
use kinglet_objectives::gauss_hermite;
use num_traits::Float;

use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-13",
    title: "a = g(s, ζ) induces the density π₀(ζ)/|det ∂g/∂ζ| at ζ = g⁻¹(a, s), and its score",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_13,
};

/// The induced policy and its gradient. Catalogue: XU-13.
///
/// ```text
/// π(a|s) = π₀(ζ) / |det ∂g/∂ζ|,  ζ = g⁻¹(a, s)
/// ∂ log π/∂θ = d/dθ log π₀(g_θ⁻¹(a)) − d/dθ log |det ∂g_θ/∂ζ|
/// ```
///
/// For an affine g, which gives a normal law; for a = θ + ζ + c ζ³, whose density is the slope of
/// its distribution function; and the policy gradient that follows, beside the slope of E[r(a)].
pub fn xu_13() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [affine()?, cubic()?, policy_gradient()?].concat(),
        notes: vec![
            "The determinant needs its absolute value; (6) has a on one side and aₜ on the other.",
            "The derivatives by θ in (7) are total: θ moves ζ = g_θ⁻¹(a) too, in both terms.",
        ],
        ..Outcome::default()
    })
}

/// a = θ − 1.7 ζ, at a − θ = .7.
fn affine() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let theta = 0.4;
    let induced = Transformed {
        base: Normal::new(0.0, 1.0)?,
        bijection: Affine::new(theta, -1.7)?,
    };
    let pdf: Normal = Normal::new(theta, 1.7)?;
    let a = theta + 0.7;
    Ok(vec![
        Check::exact(
            "π(a|s) of a = θ − 1.7 ζ at a − θ = .7",
            [
                ("π₀(ζ)/|det|", induced.log_prob(&a).exp()),
                ("normal density", pdf.log_prob(&a).exp()),
            ],
        ),
        Check::within(
            "the same, known digits",
            5e-9,
            [
                ("π₀(ζ)/|det|", induced.log_prob(&a).exp()),
                ("known", 0.215_597_54),
            ],
        ),
    ])
}

/// a = θ + ζ + c ζ³ as the law of a − θ: g⁻¹ solves a cubic.
fn bent<S: Float>(coefficient: S) -> Transformed<Normal<S>, Cubic<S>> {
    Transformed {
        base: Normal::from_log_std(S::zero(), S::zero()),
        bijection: Cubic::new(coefficient).expect("the coefficient is not negative"),
    }
}

fn cubic() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let law = bent(0.3);
    let cdf = |a: f64| 0.5 * (1.0 + erf(law.bijection.inverse(&a) / 2_f64.sqrt()));
    let checks = [-2.0, 0.1, 1.5].map(|a| {
        Check::within(
            format!("π of ζ + .3 ζ³ at {a}"),
            1e-9,
            [
                ("π₀(ζ)/|det|", law.log_prob(&a).exp()),
                (
                    "slope of P(ζ ≤ g⁻¹(a))",
                    derivative(|step| cdf(a + step), STEP),
                ),
            ],
        )
    });
    let score = grad(|c: &[F1]| bent(c[0]).log_prob(&F1::cst(1.5)), &[0.3])[0];
    let difference = derivative(|step| bent(0.3 + step).log_prob(&1.5), STEP);
    let mut checks = checks.to_vec();
    checks.push(Check::within(
        "∂ log π(1.5)/∂c of ζ + c ζ³, through the inverse",
        1e-8,
        [("dual numbers", score), ("central difference", difference)],
    ));
    Ok(checks)
}

/// d/dc E[r(a)] = E[∂ log π(a)/∂c · (r(a) − b)], for a reward that is no polynomial.
fn policy_gradient() -> Result<Vec<Check>, Box<dyn std::error::Error>> {
    let rule = gauss_hermite(120);
    let reward = |a: f64| (a - 0.5).tanh() + 0.3 * a;
    let action = |c: f64, zeta: f64| bent(c).bijection.forward(&zeta);
    let mean = |c: f64| rule.mean(|zeta| reward(action(c, zeta)));
    let score = |a: f64| grad(|c: &[F1]| bent(c[0]).log_prob(&F1::cst(a)), &[0.3])[0];
    let scored = rule.mean(|zeta| {
        let a = action(0.3, zeta);
        score(a) * (reward(a) - mean(0.3))
    });
    Ok(vec![
        Check::within(
            "the policy gradient (7) for ζ + c ζ³",
            1e-6,
            [
                ("E[score · A]", scored),
                (
                    "slope of E[r(g(ζ))]",
                    derivative(|step| mean(0.3 + step), STEP),
                ),
            ],
        ),
        Check::within(
            "the score's mean",
            1e-6,
            [
                ("E[∂ log π/∂c]", rule.mean(|zeta| score(action(0.3, zeta)))),
                ("zero", 0.0),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_13_the_induced_policy_is_a_density() {
        assert_eq!(xu_13().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_13_without_the_determinant_it_is_none() {
        let law = bent(0.3);
        let without = law.base.log_prob(&law.bijection.inverse(&1.5)).exp();
        assert!(without > 1.5 * law.log_prob(&1.5).exp());
    }
}
