//! XU-11: generalised advantage estimation, in expectation.

use std::error::Error;

use kinglet_critics::{Next, Tabular, expected_gae, gae};
use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Estimate, evaluate_soft_policy};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, Array2, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{after, next_law, policy, tables};
use crate::gradients::{agree, distance};
use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Illustration, Kind, Outcome, Source};

/// Steps after which .9ᵗ is less than the last bit of a number near 1.
const STEPS: usize = 400;

/// The λ at which the estimator is tried.
const LAMBDAS: [f64; 4] = [0.0, 0.5, 0.95, 1.0];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-11",
    title: "GAE's mean: the advantage for any λ with the true V, Q − V̂ at λ = 1 with any other",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_11,
};

/// Generalised advantage estimation, in expectation. Catalogue: XU-11.
///
/// ```text
/// Â = Σₗ (γλ)ˡ δₜ₊ₗ,   δₜ = rₜ + γ V̂(sₜ₊₁) − V̂(sₜ)
/// V̂ = V: E[Â] = A for every λ        λ = 1: E[Â] = Q − V̂ for every V̂
/// ```
///
/// On DISC, by a linear solve and by adding up 400 steps; for a pair also by drawn trajectories.
pub fn xu_11() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let v = evaluate_soft_policy(&mdp, policy().view(), 0.0)?.v;
    let mut checks = Vec::new();
    for lambda in LAMBDAS {
        checks.push(with_true_values(&mdp, &v, lambda)?);
    }
    for lambda in LAMBDAS {
        checks.push(with_wrong_values(&mdp, lambda)?);
    }
    checks.push(unbiased_at_one(&mdp)?);
    checks.push(Check::at_most(
        "with wrong values λ = 0 is biased",
        ("more than rounding", 0.1),
        ("largest |E[Â] − (Q − V̂)|", bias(&mdp, 0.0)?),
    ));
    checks.push(sampled(&mdp)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "At λ = 1 the error of V̂ is that of a baseline: it moves E[Â] by V − V̂ in each state, \
             and no gradient. Below that it moves actions against each other.",
            "The paper cites the estimator and gives no λ.",
        ],
        figures: vec![figure(&mdp)?],
        ..Outcome::default()
    })
}

/// Values that are wrong in every state.
fn wrong() -> Array1<f64> {
    array![1.5, -1.0, 0.3, 2.0]
}

fn expected(
    mdp: &TabularMdp,
    v: &Array1<f64>,
    lambda: f64,
) -> Result<Array2<f64>, kinglet_critics::Error> {
    let (transition, reward) = tables(mdp);
    let model = Tabular::new(transition.view(), reward.view(), mdp.discount())?;
    expected_gae(&model, policy().view(), v.view(), lambda)
}

/// E[δ] for each state and action.
fn errors(mdp: &TabularMdp, v: &Array1<f64>) -> Array2<f64> {
    Array2::from_shape_fn((4, 3), |(s, a)| {
        mdp.reward(s, a) + mdp.discount() * after(mdp, s, a).dot(v) - v[s]
    })
}

/// Σₗ (γλ)ˡ E[δₜ₊ₗ], following the law of the state.
fn added_up(mdp: &TabularMdp, v: &Array1<f64>, lambda: f64) -> Array2<f64> {
    let delta = errors(mdp, v);
    let mean = (&policy() * &delta).sum_axis(ndarray::Axis(1));
    Array2::from_shape_fn((4, 3), |(s, a)| {
        let (mut law, mut sum) = (after(mdp, s, a), delta[[s, a]]);
        for step in 1..STEPS {
            sum += (mdp.discount() * lambda).powi(step as i32) * law.dot(&mean);
            law = next_law(mdp, &law, &policy());
        }
        sum
    })
}

/// Q − V̂.
fn less(mdp: &TabularMdp, v: &Array1<f64>) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let q = evaluate_soft_policy(mdp, policy().view(), 0.0)?.q;
    Ok(q - v.view().insert_axis(ndarray::Axis(1)))
}

fn with_true_values(
    mdp: &TabularMdp,
    v: &Array1<f64>,
    lambda: f64,
) -> Result<Check, Box<dyn Error>> {
    Ok(agree(
        &format!("E[Â] with the true values, λ = {lambda}"),
        EXACT,
        [
            ("A = Q − V", &less(mdp, v)?),
            ("linear solve", &expected(mdp, v, lambda)?),
            ("400 steps added up", &added_up(mdp, v, lambda)),
        ],
    ))
}

fn with_wrong_values(mdp: &TabularMdp, lambda: f64) -> Result<Check, Box<dyn Error>> {
    Ok(agree(
        &format!("E[Â] with wrong values, λ = {lambda}"),
        EXACT,
        [
            ("linear solve", &expected(mdp, &wrong(), lambda)?),
            ("400 steps added up", &added_up(mdp, &wrong(), lambda)),
        ],
    ))
}

fn unbiased_at_one(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    Ok(agree(
        "E[Â] with wrong values at λ = 1 is that of Q − V̂",
        EXACT,
        [
            ("Q − V̂", &less(mdp, &wrong())?),
            ("linear solve", &expected(mdp, &wrong(), 1.0)?),
        ],
    ))
}

/// The largest |E[Â] − (Q − V̂)| with wrong values.
fn bias(mdp: &TabularMdp, lambda: f64) -> Result<f64, Box<dyn Error>> {
    Ok(distance(
        &expected(mdp, &wrong(), lambda)?,
        &less(mdp, &wrong())?,
    ))
}

/// The estimate of one trajectory of 60 steps, cut there with the value of its last state: what is
/// cut off is (.9 · .8)⁶⁰.
fn sampled(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let (lambda, v, length) = (0.8, wrong(), 60);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let rows: Vec<Vec<f64>> = policy()
        .rows()
        .into_iter()
        .map(|row| row.to_vec())
        .collect();
    let rows: Result<Vec<Categorical>, _> = rows
        .iter()
        .map(|row| Categorical::from_probabilities(row))
        .collect();
    let rows = rows?;
    let mut estimates = Vec::new();
    for _ in 0..2000 {
        let (mut state, mut action) = (2, 1);
        let (mut rewards, mut values) = (Array1::zeros(length), Array1::zeros(length));
        for t in 0..length {
            (rewards[t], values[t]) = (mdp.reward(state, action), v[state]);
            state = mdp.transitions().sample(state, action, &mut rng);
            action = rows[state].sample(&mut rng);
        }
        let next = Next::episode(length, Next::Truncated(v[state]));
        let advantage = gae(rewards.view(), values.view(), &next, mdp.discount(), lambda)?;
        estimates.push(advantage[0]);
    }
    Ok(Check::monte_carlo(
        "E[Â(2, 1)] with wrong values, λ = .8",
        ("linear solve", expected(mdp, &v, lambda)?[[2, 1]]),
        ("2000 trajectories", Estimate::from_samples(estimates)?),
    ))
}

fn figure(mdp: &TabularMdp) -> Result<Illustration, Box<dyn Error>> {
    let lambdas: Vec<f64> = (0..=50).map(|i| f64::from(i) / 50.0).collect();
    let v = evaluate_soft_policy(mdp, policy().view(), 0.0)?.v;
    let (mut wrongly, mut truly) = (Vec::new(), Vec::new());
    for &lambda in &lambdas {
        wrongly.push(bias(mdp, lambda)?);
        truly.push(distance(&expected(mdp, &v, lambda)?, &less(mdp, &v)?));
    }
    let axes = Axes::new(
        "What wrong values do to GAE",
        Axis::linear("λ"),
        Axis::linear("largest bias of Â"),
        "With wrong values the bias falls from above 1 at λ = 0 to 0 at λ = 1; with the true ones \
         it is 0 for every λ.",
    );
    Ok(Illustration {
        caption: "DISC: the largest |E[Â] − (Q − V̂)| over states and actions.",
        figure: lines(
            &axes,
            &[
                Series::line("wrong values", &lambdas, wrongly),
                Series::line("true values", &lambdas, truly),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_11_holds() {
        assert_eq!(xu_11().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_11_the_bias_vanishes_only_at_one() {
        assert!(bias(&disc(), 1.0).unwrap() < 1e-13);
        for lambda in [0.0, 0.5, 0.9] {
            assert!(bias(&disc(), lambda).unwrap() > 0.05);
        }
        // At λ = 0 one error is all there is.
        let zero = expected(&disc(), &wrong(), 0.0).unwrap();
        assert!(distance(&zero, &errors(&disc(), &wrong())) < 1e-15);
    }
}
