//! MPO-03: the objective of policy gradients.

use std::error::Error;

use kinglet_critics::Tabular;
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    discounted_occupancy, discounted_policy_gradient, evaluate_soft_policy, soft_policy,
};
use ndarray::{Array1, Array2};

use crate::disc::{optimum, policy, tables};
use crate::gradients::{agree, by_differences, by_duals, objective};
use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Kind, Outcome, Source};

/// Steps after which .9ᵗ is less than the last bit of a number near 1.
const STEPS: usize = 400;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-03",
    title: "The policy gradient's objective is the value of the start, J = v_π(s₀)",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_03,
};

/// The objective of policy gradients. Catalogue: MPO-03.
///
/// ```text
/// J(θ) = v_π(s₀),   ∇J = Σ_s d(s) Σₐ ∇π(a | s) q_π(s, a),   d from s₀
/// ```
///
/// On DISC started in each of its states: the value by a linear solve, by the time spent in each
/// state, and over 400 steps; its gradient by the policy gradient theorem, by dual numbers and by
/// differences; and ascent along it, which raises J.
pub fn mpo_03() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = Vec::new();
    for start in 0..4 {
        checks.push(value(&from(start)?, start)?);
    }
    checks.extend(gradient(&from(2)?)?);
    checks.push(mixture()?);
    checks.extend(ascent(&from(2)?)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "With a law of starts J is the mean of v over it, and so is the gradient.",
            "The objective counts the discount from s₀, hence the discounted occupancy (XU-09).",
        ],
        ..Outcome::default()
    })
}

/// DISC, started in one state.
fn from(start: usize) -> Result<TabularMdp, kinglet_envs::Error> {
    let initial = Array1::from_shape_fn(4, |s| f64::from(u8::from(s == start)));
    let disc = disc();
    TabularMdp::new(
        disc.transitions().clone(),
        disc.rewards().clone(),
        initial,
        disc.horizon(),
    )
}

fn logits() -> Array2<f64> {
    policy().mapv(f64::ln)
}

fn value(mdp: &TabularMdp, start: usize) -> Result<Check, Box<dyn Error>> {
    let (transition, reward) = tables(mdp);
    let model = Tabular::new(transition.view(), reward.view(), mdp.discount())?;
    let occupancy = discounted_occupancy(mdp, policy().view())?;
    let expected = (&policy() * &reward).sum_axis(ndarray::Axis(1));
    let unrolled: f64 = objective(mdp, STEPS, [0.0, mdp.discount()], |_, s| {
        logits().row(s).to_vec()
    });
    Ok(Check::exact(
        format!("v_π({start}) on DISC"),
        [
            ("linear solve", model.values(policy().view())?[start]),
            ("Σ d π r, occupancy from there", occupancy.dot(&expected)),
            ("400 steps", unrolled),
        ],
    ))
}

fn slope(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    discounted_policy_gradient(mdp, logits().view(), 0.0)
}

fn gradient(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let theorem = slope(mdp)?;
    let duals = by_duals(&logits(), |logits| {
        objective(mdp, STEPS, [0.0, mdp.discount()], |_, s| {
            logits.row(s).to_vec()
        })
    });
    let differences = by_differences(&logits(), |x| start_value(mdp, x).unwrap_or(f64::NAN));
    Ok(vec![
        agree(
            "∇ v_π(2) on DISC",
            EXACT,
            [
                ("policy gradient theorem", &theorem),
                ("400 steps pushed through dual numbers", &duals),
            ],
        ),
        agree(
            "∇ v_π(2) and the differences of v_π(2)",
            1e-8,
            [
                ("policy gradient theorem", &theorem),
                ("central differences", &differences),
            ],
        ),
    ])
}

fn start_value(mdp: &TabularMdp, logits: &Array2<f64>) -> Result<f64, kinglet_objectives::Error> {
    let policy = soft_policy(logits.view(), 1.0)?;
    let values = evaluate_soft_policy(mdp, policy.view(), 0.0)?;
    Ok(values.v.dot(&mdp.initial()))
}

/// The gradient from a law of starts is the mean of those from each.
fn mixture() -> Result<Check, Box<dyn Error>> {
    let mut mean = Array2::zeros((4, 3));
    for (start, &p) in disc().initial().iter().enumerate() {
        mean.scaled_add(p, &slope(&from(start)?)?);
    }
    Ok(agree(
        "the gradient from DISC's law of starts",
        EXACT,
        [
            ("policy gradient theorem", &slope(&disc())?),
            ("mean over the starts", &mean),
        ],
    ))
}

/// Exact ascent raises v_π(s₀), and never above the best.
fn ascent(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut moved = logits();
    for _ in 0..100 {
        let step = discounted_policy_gradient(mdp, moved.view(), 0.0)?;
        moved.scaled_add(1.0, &step);
    }
    let (before, after) = (start_value(mdp, &logits())?, start_value(mdp, &moved)?);
    let best = optimum(mdp)?.v[2];
    Ok(vec![
        Check::at_most(
            "100 steps of exact ascent raise v_π(2)",
            ("before", before),
            ("after", after),
        ),
        Check::at_most(
            "to within a twentieth of what there is to gain",
            ("what is left", best - after),
            ("a twentieth of the gain possible", 0.05 * (best - before)),
        ),
        Check::at_most("and not above v*(2)", ("after", after), ("v*(2)", best)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_03_holds() {
        assert_eq!(mpo_03().verdict(), Verdict::Holds);
    }

    /// Where one starts matters to the gradient.
    #[test]
    fn mpo_03_each_start_has_a_gradient_of_its_own() {
        let [zero, two] = [0, 2].map(|start| slope(&from(start).unwrap()).unwrap());
        assert!((zero - two).iter().any(|off| off.abs() > 1e-2));
    }
}
