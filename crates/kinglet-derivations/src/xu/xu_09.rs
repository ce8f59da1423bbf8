//! XU-09: the policy gradient of a discounted return.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    discounted_occupancy, discounted_policy_gradient, evaluate_soft_policy,
    policy_gradient_theorem, soft_policy,
};
use ndarray::{Array1, Array2};

use crate::disc::{next_law, policy};
use crate::gradients::{agree, by_differences, by_duals, cosine, objective};
use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Kind, Outcome, Printed, Source};

/// Steps after which .9ᵗ is less than the last bit of a number near 1.
const STEPS: usize = 400;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-09",
    title: "The gradient of a discounted return weighs step t by γᵗ: the discounted occupancy",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_09,
};

/// The policy gradient of a discounted return. Catalogue: XU-09.
///
/// ```text
/// ∇R = E[ Σₜ γᵗ ∇ log π(aₜ | sₜ) A(sₜ, aₜ) ] = Σ_s d(s) Σₐ ∇π(a | s) A(s, a),   d(s) = Σₜ γᵗ P(sₜ = s)
/// ```
///
/// On DISC: with the discounted occupancy of a linear solve, by dual numbers through 400 steps, and
/// by differences. Equation (5) has no γᵗ. The literal sum over all steps then grows without bound,
/// and the law that the chain settles in, over 1 − γ, gives another direction.
pub fn xu_09() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let right = discounted_policy_gradient(&mdp, logits().view(), 0.0)?;
    let printed = weighted(&mdp, &(settled(&mdp)? / (1.0 - mdp.discount())))?;
    let (index, off) = largest(&printed, &right);
    Ok(Outcome {
        checks: vec![
            occupancy(&mdp)?,
            gradient(&mdp, &right),
            slopes(&mdp, &right),
            diverges(&mdp)?,
            Check::at_most(
                "the settled law over 1 − γ is another vector: largest error",
                ("more than rounding", 1e-2),
                ("without γᵗ", off),
            ),
        ],
        printed: vec![
            Printed::number(
                format!("without γᵗ: ∂R/∂θ[{}, {}]", index.0, index.1),
                printed[index],
                right[index],
                "γᵗ is missing before ∇ log π; read with the law that the chain settles in, over \
                 1 − γ",
            ),
            Printed::number(
                "without γᵗ: cosine with the gradient",
                cosine(&printed, &right),
                1.0,
                "a direction of its own, the gradient of no return",
            ),
        ],
        notes: vec![
            "\"Undiscounted\" has to say how it is normalised: as printed, the sum over all t \
             diverges.",
            "With a short horizon the same error is that of DECK-09.",
        ],
        ..Outcome::default()
    })
}

fn logits() -> Array2<f64> {
    policy().mapv(f64::ln)
}

/// Σ_s d(s) Σₐ ∇π A, with the true advantages and any weights of the states.
fn weighted(
    mdp: &TabularMdp,
    occupancy: &Array1<f64>,
) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let q = evaluate_soft_policy(mdp, policy().view(), 0.0)?.q;
    Ok(policy_gradient_theorem(
        policy().view(),
        occupancy.view(),
        q.view(),
    ))
}

/// The law that the states settle in, by following them.
fn settled(mdp: &TabularMdp) -> Result<Array1<f64>, kinglet_objectives::Error> {
    let law = (0..STEPS).fold(mdp.initial().to_owned(), |law, _| {
        next_law(mdp, &law, &policy())
    });
    Ok(law)
}

fn occupancy(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (mut law, mut sum) = (mdp.initial().to_owned(), Array1::<f64>::zeros(4));
    for t in 0..STEPS {
        sum.scaled_add(mdp.discount().powi(t as i32), &law);
        law = next_law(mdp, &law, &policy());
    }
    Ok(agree(
        "Σₜ γᵗ P(sₜ = s) on DISC",
        EXACT,
        [
            ("linear solve", &discounted_occupancy(mdp, policy().view())?),
            ("400 steps added up", &sum),
        ],
    ))
}

fn gradient(mdp: &TabularMdp, right: &Array2<f64>) -> Check {
    let duals = by_duals(&logits(), |logits| {
        objective(mdp, STEPS, [0.0, mdp.discount()], |_, s| {
            logits.row(s).to_vec()
        })
    });
    agree(
        "∇R on DISC",
        EXACT,
        [
            ("discounted occupancy × advantages", right),
            ("400 steps pushed through dual numbers", &duals),
        ],
    )
}

fn slopes(mdp: &TabularMdp, right: &Array2<f64>) -> Check {
    let value = |logits: &Array2<f64>| -> Result<f64, kinglet_objectives::Error> {
        let policy = soft_policy(logits.view(), 1.0)?;
        Ok(evaluate_soft_policy(mdp, policy.view(), 0.0)?
            .v
            .dot(&mdp.initial()))
    };
    let differences = by_differences(&logits(), |x| value(x).unwrap_or(f64::NAN));
    agree(
        "∇R on DISC and the differences of the return",
        1e-8,
        [
            ("discounted occupancy × advantages", right),
            ("central differences", &differences),
        ],
    )
}

/// The printed sum over T steps is about T times one vector: doubling T adds as much again.
fn diverges(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let summed = |steps: usize| -> Result<Array2<f64>, kinglet_objectives::Error> {
        let (mut law, mut sum) = (mdp.initial().to_owned(), Array1::zeros(4));
        for _ in 0..steps {
            sum += &law;
            law = next_law(mdp, &law, &policy());
        }
        weighted(mdp, &sum)
    };
    // A discount near 1 on the states alone stands for an average over very many steps.
    let slow = mdp.clone().with_horizon(Horizon::Discounted(1.0 - 1e-9))?;
    let average = discounted_occupancy(&slow, policy().view())? * 1e-9;
    let per_step = weighted(mdp, &average)?;
    Ok(agree(
        "as printed, over all steps: what 1000 more of them add, a step",
        1e-7,
        [
            (
                "steps 1000 to 2000",
                &((summed(2000)? - summed(1000)?) / 1000.0),
            ),
            ("average law × advantages, linear solve", &per_step),
        ],
    ))
}

/// The component in which two gradients differ most, and by how much.
fn largest(x: &Array2<f64>, y: &Array2<f64>) -> ((usize, usize), f64) {
    let off = (x - y).mapv(f64::abs);
    let larger = |best: ((usize, usize), f64), (index, &off): (_, &f64)| {
        if off > best.1 { (index, off) } else { best }
    };
    off.indexed_iter().fold(((0, 0), 0.0), larger)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_09_holds_and_the_missing_factor_shows() {
        let outcome = xu_09();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed.iter().all(|p| p.off_by.unwrap() > 1e-4));
    }

    /// Started in the law that it settles in, a chain has the same states at all times, and the
    /// factor is a constant.
    #[test]
    fn xu_09_a_settled_start_hides_the_error() {
        let law = settled(&disc()).unwrap();
        let mdp = TabularMdp::new(
            disc().transitions().clone(),
            disc().rewards().clone(),
            law.clone(),
            disc().horizon(),
        )
        .unwrap();
        let right = discounted_policy_gradient(&mdp, logits().view(), 0.0).unwrap();
        let printed = weighted(&mdp, &(law / 0.1)).unwrap();
        assert!((right - printed).iter().all(|off| off.abs() < 1e-12));
    }
}
