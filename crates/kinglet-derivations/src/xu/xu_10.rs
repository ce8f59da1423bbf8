//! XU-10: the advantage.

use std::error::Error;

use kinglet_critics::{Next, Tabular, td_errors};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    Estimate, discounted_occupancy, discounted_policy_gradient, evaluate_soft_policy,
    policy_gradient_theorem,
};
use ndarray::{Array1, Array2, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{policy, tables};
use crate::gradients::{agree, cosine};
use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Kind, Outcome, Printed, Source};

/// Draws of the next state.
const SAMPLES: usize = 4000;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-10",
    title: "The advantage is E[r + γ V(s')] − V(s): the values' signs and the γ matter",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_10,
};

/// The advantage. Catalogue: XU-10.
///
/// ```text
/// A(s, a) = E[r + γ V(s')] − V(s) = Q(s, a) − V(s)
/// ```
///
/// On DISC: from Q and V of linear solves, as the expected temporal-difference error, and drawn.
/// Printed is r + V(s) − V(s'): the signs of both values are turned, and γ is missing.
pub fn xu_10() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let (right, wrong) = (advantages(&mdp)?, printed(&mdp)?);
    let index = largest(&(&right - &wrong));
    let gradient = discounted_policy_gradient(&mdp, policy().mapv(f64::ln).view(), 0.0)?;
    Ok(Outcome {
        checks: vec![
            exact(&mdp, &right)?,
            mean_zero(&right),
            sampled(&mdp, &right)?,
            agree(
                "with it the policy gradient theorem gives ∇R",
                EXACT,
                [
                    ("∇R", &gradient),
                    ("occupancy × advantages", &with(&mdp, &right)?),
                ],
            ),
        ],
        printed: vec![
            Printed::number(
                format!("r + V(s) − V(s') at ({}, {})", index.0, index.1),
                wrong[index],
                right[index],
                "it is r + γ V(s') − V(s)",
            ),
            Printed::number(
                "its correlation with the advantage over all pairs",
                correlation(&wrong, &right),
                1.0,
                "not a scale or a shift of the advantage",
            ),
            Printed::number(
                "the gradient with it: cosine with ∇R",
                cosine(&with(&mdp, &wrong)?, &gradient),
                1.0,
                "what depends on s alone drops out of the gradient; −V(s') does not",
            ),
        ],
        notes: vec![
            "Q(s, a) − b(s) gives the same gradient for every b; with b = V it is the advantage.",
            "One draw r + γ V(s') − V(s) is an estimate of it; the expectation over s' is left out \
             in print.",
        ],
        ..Outcome::default()
    })
}

/// Q − V of the policy.
fn advantages(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let values = evaluate_soft_policy(mdp, policy().view(), 0.0)?;
    Ok(values.q - values.v.insert_axis(ndarray::Axis(1)))
}

/// r + V(s) − E[V(s')].
fn printed(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let v = evaluate_soft_policy(mdp, policy().view(), 0.0)?.v;
    Ok(Array2::from_shape_fn((4, 3), |(s, a)| {
        let next: f64 = mdp.successors(s, a).map(|(next, p)| p * v[next]).sum();
        mdp.reward(s, a) + v[s] - next
    }))
}

fn with(
    mdp: &TabularMdp,
    advantage: &Array2<f64>,
) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let occupancy = discounted_occupancy(mdp, policy().view())?;
    Ok(policy_gradient_theorem(
        policy().view(),
        occupancy.view(),
        advantage.view(),
    ))
}

fn exact(mdp: &TabularMdp, right: &Array2<f64>) -> Result<Check, Box<dyn Error>> {
    let (transition, reward) = tables(mdp);
    let model = Tabular::new(transition.view(), reward.view(), mdp.discount())?;
    let v = model.values(policy().view())?;
    let mut listed = Array2::zeros((4, 3));
    for ((s, a), slot) in listed.indexed_iter_mut() {
        for (next, p) in mdp.successors(s, a) {
            let values = array![v[s]];
            let end = [Next::Truncated(v[next])];
            let error = td_errors(array![mdp.reward(s, a)].view(), values.view(), &end, 0.9)?;
            *slot += p * error[0];
        }
    }
    Ok(agree(
        "A(s, a) on DISC",
        EXACT,
        [
            ("Q − V, linear solve", right),
            ("r + γ P V − V, tables", &model.advantages(v.view())),
            ("temporal-difference errors, averaged over s'", &listed),
        ],
    ))
}

fn mean_zero(right: &Array2<f64>) -> Check {
    let mean = (&policy() * right).sum_axis(ndarray::Axis(1));
    Check::exact(
        "its mean under the policy is zero in every state: the largest",
        [
            ("|E_π[A]|", mean.fold(0.0, |m, x| x.abs().max(m))),
            ("none", 0.0),
        ],
    )
}

/// One pair's advantage as the mean error of drawn steps.
fn sampled(mdp: &TabularMdp, right: &Array2<f64>) -> Result<Check, Box<dyn Error>> {
    let v = evaluate_soft_policy(mdp, policy().view(), 0.0)?.v;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(10);
    let (s, a) = (1, 1);
    let errors = (0..SAMPLES).map(|_| {
        let next = mdp.transitions().sample(s, a, &mut rng);
        mdp.reward(s, a) + mdp.discount() * v[next] - v[s]
    });
    let errors: Array1<f64> = errors.collect();
    Ok(Check::monte_carlo(
        "A(1, 1) from draws of the next state",
        ("Q − V", right[[s, a]]),
        ("4000 draws", Estimate::from_samples(errors)?),
    ))
}

/// The entry of largest size.
fn largest(table: &Array2<f64>) -> (usize, usize) {
    let larger = |best: ((usize, usize), f64), (index, x): (_, &f64)| {
        if x.abs() > best.1 {
            (index, x.abs())
        } else {
            best
        }
    };
    table.indexed_iter().fold(((0, 0), 0.0), larger).0
}

/// Pearson's correlation over all entries.
fn correlation(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let centred = |x: &Array2<f64>| x - x.sum() / x.len() as f64;
    cosine(&centred(x), &centred(y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_10_holds_and_the_printed_signs_show() {
        let outcome = xu_10();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed.iter().all(|p| p.off_by.unwrap() > 0.04));
    }

    /// The gradient does not mind a b(s): Q alone, and A, give one.
    #[test]
    fn xu_10_any_baseline_of_the_state_will_do() {
        let q = evaluate_soft_policy(&disc(), policy().view(), 0.0)
            .unwrap()
            .q;
        let (by_q, by_a) = (
            with(&disc(), &q),
            with(&disc(), &advantages(&disc()).unwrap()),
        );
        assert!(
            (by_q.unwrap() - by_a.unwrap())
                .iter()
                .all(|off| off.abs() < 1e-13)
        );
        // The printed one has mean E[r] + V − E[V(s')], not zero.
        let mean = (&policy() * &printed(&disc()).unwrap()).sum_axis(ndarray::Axis(1));
        assert!(mean.iter().any(|x| x.abs() > 0.1));
    }
}
