//! CS285-12: the policy gradient with soft optimality.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::{disc, tab};
use kinglet_objectives::{
    Credit, PolicyGradient, backward_policy_gradient, discounted_policy_gradient, elbo,
    evaluate_soft_policy, policy_gradient, policy_gradient_monte_carlo, soft_policy,
    soft_value_iteration_finite,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array2, Array3};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::policy;
use crate::gradients::{agree, by_differences, by_duals, dual_gradient, objective};
use crate::outcome::Computed;
use crate::policies::{softmax, tab_logits};
use crate::{Check, EXACT, Entry, Illustration, Kind, Outcome, Source};

/// The temperature.
const TEMPERATURE: f64 = 0.5;

/// Steps after which .9ᵗ is less than the last bit of a number near 1.
const STEPS: usize = 400;

/// Steps of gradient ascent.
const ASCENT: usize = 400;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-12",
    title: "The soft policy gradient is the usual one with the reward r − α log π",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_12,
};

/// The policy gradient with soft optimality. Catalogue: CS285-12.
///
/// ```text
/// J(θ) = Σₜ E_π[ r(sₜ, aₜ) + α H(π(· | sₜ)) ],   ∇J = Σₜ E[ ∇ log πₜ Σ_{t' ≥ t} (r_t' − α log π_t') ]
/// ```
///
/// It is DECK-04 in other letters. On TAB at α = ½ with scores, dual numbers, backward values and
/// samples; on DISC, without end, with two linear solves. The gradient vanishes at the soft-optimal
/// policy, and an ascent with the bonus keeps its entropy where one without it loses it.
pub fn cs285_12() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let (with, without) = (ascend(&mdp, TEMPERATURE)?, ascend(&mdp, 0.0)?);
    Ok(Outcome {
        checks: vec![
            finite(&mdp)?,
            sampled(&mdp)?,
            endless(&disc())?,
            slopes(&disc()),
            stationary(&mdp)?,
            Check::within(
                "entropy of the policy after 400 steps of exact ascent",
                1e-3,
                [
                    ("ascent with α = ½", with[ASCENT]),
                    ("the soft-optimal policy", entropy(&mdp, &optimal(&mdp)?)?),
                ],
            ),
            Check::at_most(
                "without the bonus it collapses",
                ("ascent with α = 0", without[ASCENT]),
                ("a quarter of the one with α = ½", 0.25 * with[ASCENT]),
            ),
        ],
        notes: vec![
            "\"Collapses too soon\": without the bonus the best policy is deterministic, and the \
             ascent goes there; with it the policy stays random for as long as one ascends.",
        ],
        figures: vec![figure(&with, &without)?],
        ..Outcome::default()
    })
}

fn choice() -> PolicyGradient {
    PolicyGradient {
        credit: Credit::RewardToGo,
        ..PolicyGradient::reinforce(TEMPERATURE)
    }
}

fn finite(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let logits = tab_logits();
    Ok(agree(
        "∇J on TAB, α = ½",
        EXACT,
        [
            (
                "J pushed through dual numbers",
                &dual_gradient(mdp, &logits, [TEMPERATURE, 1.0]),
            ),
            (
                "scores of 216 trajectories",
                &policy_gradient(mdp, logits.view(), &choice())?.mean,
            ),
            (
                "state law × soft advantages",
                &backward_policy_gradient(mdp, logits.view(), TEMPERATURE, 1.0)?,
            ),
        ],
    ))
}

fn sampled(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (logits, mut rng) = (tab_logits(), Xoshiro256PlusPlus::seed_from_u64(12));
    let exact = backward_policy_gradient(mdp, logits.view(), TEMPERATURE, 1.0)?;
    let drawn = policy_gradient_monte_carlo(mdp, logits.view(), &choice(), 3000, &mut rng)?;
    Ok(Check::monte_carlo(
        "∂J/∂θ[1, 2, 0] on TAB, α = ½",
        ("exact", exact[[1, 2, 0]]),
        ("3000 trajectories", drawn[[1, 2, 0]]),
    ))
}

fn endless_logits() -> Array2<f64> {
    policy().mapv(f64::ln)
}

fn endless(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let duals = by_duals(&endless_logits(), |logits| {
        objective(mdp, STEPS, [TEMPERATURE, mdp.discount()], |_, s| {
            logits.row(s).to_vec()
        })
    });
    Ok(agree(
        "∇J on DISC, which has no end, α = ½",
        EXACT,
        [
            (
                "two linear solves",
                &discounted_policy_gradient(mdp, endless_logits().view(), TEMPERATURE)?,
            ),
            ("400 steps pushed through dual numbers", &duals),
        ],
    ))
}

fn slopes(mdp: &TabularMdp) -> Check {
    let value = |logits: &Array2<f64>| -> Result<f64, kinglet_objectives::Error> {
        let policy = soft_policy(logits.view(), 1.0)?;
        let values = evaluate_soft_policy(mdp, policy.view(), TEMPERATURE)?;
        Ok(values.v.dot(&mdp.initial()))
    };
    let exact = discounted_policy_gradient(mdp, endless_logits().view(), TEMPERATURE);
    let exact = exact.unwrap_or_else(|_| Array2::from_elem((4, 3), f64::NAN));
    let differences = by_differences(&endless_logits(), |x| value(x).unwrap_or(f64::NAN));
    agree(
        "∇J on DISC and the differences of E[V(s₁)]",
        1e-8,
        [
            ("two linear solves", &exact),
            ("central differences", &differences),
        ],
    )
}

fn optimal(mdp: &TabularMdp) -> Result<Array3<f64>, kinglet_objectives::Error> {
    Ok(soft_value_iteration_finite(mdp, TEMPERATURE)?.policy)
}

fn stationary(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let logits = optimal(mdp)?.mapv(f64::ln);
    let none = Array3::zeros(logits.dim());
    Ok(agree(
        "∇J at the soft-optimal policy of TAB",
        EXACT,
        [
            ("none", &none),
            (
                "scores of 216 trajectories",
                &policy_gradient(mdp, logits.view(), &choice())?.mean,
            ),
        ],
    ))
}

/// Σₜ E[H(π(· | sₜ))].
fn entropy(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<f64, kinglet_objectives::Error> {
    Ok(elbo(mdp, policy.view(), 1.0)? - elbo(mdp, policy.view(), 0.0)?)
}

/// The entropy along an exact ascent from the uniform policy, start included.
fn ascend(mdp: &TabularMdp, temperature: f64) -> Result<Vec<f64>, kinglet_objectives::Error> {
    let mut logits = Array3::zeros((3, 3, 2));
    let mut entropies = vec![entropy(mdp, &softmax(&logits))?];
    for _ in 0..ASCENT {
        let gradient = backward_policy_gradient(mdp, logits.view(), temperature, 1.0)?;
        logits.scaled_add(4.0, &gradient);
        entropies.push(entropy(mdp, &softmax(&logits))?);
    }
    Ok(entropies)
}

fn figure(with: &[f64], without: &[f64]) -> Result<Illustration, Box<dyn Error>> {
    let steps: Vec<f64> = (0..=ASCENT).map(|step| step as f64).collect();
    let axes = Axes::new(
        "The bonus keeps the policy random",
        Axis::linear("steps of exact gradient ascent"),
        Axis::linear("entropy of the policy, nats"),
        "With the bonus the entropy falls to a third of its start and settles; without it it falls \
         towards zero.",
    );
    Ok(Illustration {
        caption: "TAB from the uniform policy, step size 4. With α = ½ the entropy settles at that \
                  of the soft-optimal policy; with α = 0 it goes on falling.",
        figure: lines(
            &axes,
            &[
                Series::line("α = ½", &steps, with),
                Series::line("α = 0", &steps, without),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_12_holds() {
        assert_eq!(cs285_12().verdict(), Verdict::Holds);
    }

    #[test]
    fn cs285_12_the_soft_optimal_policy_is_stationary_at_its_own_temperature_only() {
        let logits = optimal(&tab()).unwrap().mapv(f64::ln);
        let other = backward_policy_gradient(&tab(), logits.view(), 0.25, 1.0).unwrap();
        assert!(other.iter().any(|x| x.abs() > 1e-2));
    }
}
