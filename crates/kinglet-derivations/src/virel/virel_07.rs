//! VIREL-07: the temperature is the mean-squared Bellman error.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{bellman_residual, residual_gradient, soft_policy, soft_values};
use ndarray::{Array1, Array2};

use super::values::{best_q, distance, guess, residual, uniform_law};
use crate::optimise::{gradient, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// How far a minimum of ε may end from Q*: where T* changes its action, ε has a kink.
const NEAR: f64 = 1e-5;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-07",
    title: "The temperature is the mean-squared Bellman error, and only Q* brings it to zero",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_07,
};

/// The temperature as mean-squared Bellman error. Catalogue: VIREL-07.
///
/// ```text
/// ε_ω = ‖T* Q − Q‖²_d = Σ d(s, a) (r + γ E[max Q(s', ·)] − Q(s, a))²
/// ```
///
/// On DISC: the error and its gradient in two ways each; zero at Q*; and five runs of a general
/// optimiser that minimises it from different starts.
pub fn virel_07() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [value(&mdp)?, slope(&mdp)?, minima(&mdp)?].concat(),
        notes: vec![
            "d must sum to one over the pairs (s, a): the size of ε is a temperature, so a factor \
             on d is another policy.",
        ],
        ..Outcome::default()
    })
}

/// ε written out, pair by pair.
fn by_hand(mdp: &TabularMdp, q: &Array2<f64>) -> f64 {
    let best = |s: usize| q.row(s).fold(f64::NEG_INFINITY, |m: f64, &x| m.max(x));
    let errors = q.indexed_iter().map(|((s, a), q)| {
        let ahead: f64 = mdp.successors(s, a).map(|(next, p)| p * best(next)).sum();
        mdp.reward(s, a) + mdp.discount() * ahead - q
    });
    errors.map(|error| error * error).sum::<f64>() / q.len() as f64
}

fn value(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let q = guess();
    // T* through its policy, and through the maximum.
    let greedy = soft_policy(q.view(), 0.0)?;
    let through_policy = bellman_residual(mdp, q.view(), greedy.view())?;
    let v = soft_values(q.view(), 0.0)?;
    let through_maximum = kinglet_objectives::action_values(mdp, v.view()) - &q;
    Ok(vec![
        Check::exact(
            "ε of a guess at Q on DISC",
            [
                ("the crate", residual(mdp, &q)?),
                ("by hand", by_hand(mdp, &q)),
            ],
        ),
        Check::exact(
            "T* Q is T^π Q for the greedy π: the largest difference",
            [
                (
                    "over the pairs",
                    distance(&through_policy, &through_maximum),
                ),
                ("none", 0.0),
            ],
        ),
        Check::exact(
            "ε(Q*)",
            [
                (
                    "at the limit of value iteration",
                    residual(mdp, &best_q(mdp)?)?,
                ),
                ("zero", 0.0),
            ],
        ),
        Check::at_most(
            "ε away from Q*",
            ("0.1", 0.1),
            ("ε of the guess", residual(mdp, &q)?),
        ),
    ])
}

fn flat(mdp: &TabularMdp, x: &Array1<f64>) -> Array2<f64> {
    let shape = (mdp.n_states(), mdp.n_actions());
    x.clone()
        .into_shape_with_order(shape)
        .expect("one entry a pair")
}

fn error(mdp: &TabularMdp, x: &Array1<f64>) -> f64 {
    residual(mdp, &flat(mdp, x)).unwrap_or(f64::NAN)
}

/// ∂ε/∂Q, its largest error against differences.
fn slope(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let q = guess();
    let greedy = soft_policy(q.view(), 0.0)?;
    let closed = residual_gradient(mdp, q.view(), greedy.view(), uniform_law(mdp).view())?;
    let differences = flat(mdp, &gradient(&|x| error(mdp, x), &Array1::from_iter(q)));
    Ok([(0, 0), (1, 1), (2, 1), (3, 2)]
        .map(|pair| {
            Check::within(
                format!("∂ε/∂Q({}, {})", pair.0, pair.1),
                1e-8,
                [
                    ("closed form", closed[pair]),
                    ("central difference", differences[pair]),
                ],
            )
        })
        .to_vec())
}

/// Where five runs of BFGS end.
fn minima(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let best = best_q(mdp)?;
    let start = |run: usize| {
        let wave = |i: usize| ((1 + run) as f64 * (1.3 * i as f64 + 0.4)).sin();
        Array1::from_shape_fn(best.len(), |i| 3.0 * wave(i) + run as f64)
    };
    let check = |run: usize| {
        let found = flat(mdp, &minimise(|x| error(mdp, x), start(run)));
        Check::within(
            format!("BFGS of min ε, run {}: max |Q − Q*|", run + 1),
            NEAR,
            [("found", distance(&found, &best)), ("none", 0.0)],
        )
    };
    Ok((0..5).map(check).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_07_the_error_vanishes_at_the_optimum_alone() {
        assert_eq!(virel_07().verdict(), Verdict::Holds);
        let mdp = disc();
        let best = best_q(&mdp).unwrap();
        for pair in [(0, 0), (2, 1), (3, 2)] {
            let mut moved = best.clone();
            moved[pair] += 0.1;
            assert!(residual(&mdp, &moved).unwrap() > 1e-5, "{pair:?}");
        }
    }
}
