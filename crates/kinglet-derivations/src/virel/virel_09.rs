//! VIREL-09: what the temperature implies.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    double_sample_residual, model_residual, one_sample_excess, one_sample_residual,
    residual_temperature, soft_policy, soft_values, virel_policy,
};
use ndarray::Array2;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::values::{best_q, guess, rescaled, residual, uniform_law};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

const SAMPLES: usize = 20_000;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-09",
    title: "The temperature is in reward², and one sampled successor keeps it above zero",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_09,
};

/// What the temperature implies. Catalogue: VIREL-09.
///
/// ```text
/// r → k r, Q → k Q:  ε → k² ε, π_ω ∝ exp(Q / (k ε))       r → r + c, Q → Q + c / (1 − γ):  no change
/// E[(r + γ V(s') − Q)²] = ε + γ² E_d[Var V(s')]
/// ```
///
/// On DISC: the policy in other units of reward, by solving the rescaled problem; a constant added
/// to the rewards; and the three estimators of ε at Q* and at a guess.
pub fn virel_09() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [
            units(&mdp)?,
            shift(&mdp)?,
            at_the_optimum(&mdp)?,
            entropy_left(&mdp)?,
            at_a_guess(&mdp)?,
        ]
        .concat(),
        notes: vec![
            "\"Temperature not a hyperparameter\" is not free of units: ε is in reward², and \
             serves as a temperature, in reward. With rewards in other units the policy is another.",
            "From one successor a pair, ε is overestimated by γ² E Var V(s'), also at Q*: double \
             sampling or a model is needed, or the policy never becomes deterministic.",
        ],
        ..Outcome::default()
    })
}

/// π(0 | 0) at a guess, for rewards k r.
fn units(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let error = residual(mdp, &guess())?;
    let mut checks = Vec::new();
    let mut probabilities = Vec::new();
    for k in [0.1, 1.0, 10.0] {
        let (scaled, q) = (rescaled(mdp, k, 0.0)?, k * guess());
        let policy = virel_policy(q.view(), residual(&scaled, &q)?)?;
        let by_hand = virel_policy(guess().view(), k * error)?;
        probabilities.push(policy[[0, 0]]);
        checks.push(Check::exact(
            format!("rewards times {k}: π(0 | s = 0)"),
            [
                ("ε of the rescaled problem", policy[[0, 0]]),
                ("temperature k ε for Q", by_hand[[0, 0]]),
            ],
        ));
    }
    checks.push(Check::at_most(
        "the larger the unit's number, the more uniform the policy",
        ("π(0 | 0) at k = 10, plus 0.3", probabilities[2] + 0.3),
        ("at k = .1", probabilities[0]),
    ));
    Ok(checks)
}

/// Rewards plus 3: ε and the policy stay if Q moves by 3 / (1 − γ).
fn shift(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let (shifted, q) = (
        rescaled(mdp, 1.0, 3.0)?,
        guess() + 3.0 / (1.0 - mdp.discount()),
    );
    let (before, after) = (residual(mdp, &guess())?, residual(&shifted, &q)?);
    let policy =
        |q: &Array2<f64>, error| Ok::<_, Box<dyn Error>>(virel_policy(q.view(), error)?[[0, 0]]);
    Ok(vec![
        Check::exact("rewards plus 3: ε", [("before", before), ("after", after)]),
        Check::exact(
            "rewards plus 3: π(0 | s = 0)",
            [
                ("before", policy(&guess(), before)?),
                ("after", policy(&q, after)?),
            ],
        ),
    ])
}

/// γ² E[V(s')² − E[V(s')]²] under the uniform law, written out.
fn excess_by_hand(mdp: &TabularMdp, q: &Array2<f64>) -> Result<f64, Box<dyn Error>> {
    let v = soft_values(q.view(), 0.0)?;
    let moment = |s, a, power| -> f64 {
        mdp.successors(s, a)
            .map(|(next, p)| p * v[next].powi(power))
            .sum()
    };
    let pairs = (0..mdp.n_states()).flat_map(|s| (0..mdp.n_actions()).map(move |a| (s, a)));
    let variances = pairs.map(|(s, a)| moment(s, a, 2) - moment(s, a, 1).powi(2));
    let mean = variances.sum::<f64>() / (mdp.n_states() * mdp.n_actions()) as f64;
    Ok(mdp.discount().powi(2) * mean)
}

fn at_the_optimum(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let best = best_q(mdp)?;
    let (greedy, law) = (soft_policy(best.view(), 0.0)?, uniform_law(mdp));
    let (q, pi, d) = (best.view(), greedy.view(), law.view());
    let excess = one_sample_excess(mdp, q, pi, d)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let one = one_sample_residual(mdp, q, pi, d, SAMPLES, &mut rng)?;
    let two = double_sample_residual(mdp, q, pi, d, SAMPLES, &mut rng)?;
    Ok(vec![
        Check::exact(
            "the one-sample ε at Q*",
            [
                ("γ² E Var V(s')", excess),
                ("γ² E [E V(s')² − (E V(s'))²]", excess_by_hand(mdp, &best)?),
            ],
        ),
        Check::monte_carlo(
            "and sampled",
            ("γ² E Var V(s')", excess),
            ("20 000 pairs, one successor", one),
        ),
        Check::monte_carlo(
            "from two successors it is zero at Q*",
            ("ε(Q*)", 0.0),
            ("20 000 pairs, two successors", two),
        ),
    ])
}

/// The entropy that the one-sample ε leaves at Q*, with rewards in units ten times smaller, so that
/// ε outgrows the gaps between actions.
fn entropy_left(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let mdp = rescaled(mdp, 10.0, 0.0)?;
    let best = best_q(&mdp)?;
    let (greedy, law) = (soft_policy(best.view(), 0.0)?, uniform_law(&mdp));
    let excess = one_sample_excess(&mdp, best.view(), greedy.view(), law.view())?;
    let entropy = |temperature: f64| -> Result<f64, Box<dyn Error>> {
        let policy = virel_policy(best.view(), temperature)?;
        let terms = policy.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln());
        Ok(terms.sum::<f64>() / mdp.n_states() as f64)
    };
    Ok(vec![
        Check::at_most(
            "rewards times 10: with the one-sample ε the policy at Q* keeps an entropy",
            ("0.1 nats", 0.1),
            ("mean entropy", entropy(excess)?),
        ),
        Check::exact(
            "with the exact ε it keeps none",
            [("mean entropy", entropy(0.0)?), ("none", 0.0)],
        ),
    ])
}

/// Away from Q*, where ε is not zero.
fn at_a_guess(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let guess = guess();
    let (greedy, law) = (soft_policy(guess.view(), 0.0)?, uniform_law(mdp));
    let (q, pi, d) = (guess.view(), greedy.view(), law.view());
    let exact = residual_temperature(mdp, q, pi, d)?;
    let biased = exact + excess_by_hand(mdp, &guess)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(90);
    let one = one_sample_residual(mdp, q, pi, d, SAMPLES, &mut rng)?;
    let two = double_sample_residual(mdp, q, pi, d, SAMPLES, &mut rng)?;
    let model = model_residual(mdp, q, pi, d, SAMPLES, &mut rng)?;
    Ok(vec![
        Check::monte_carlo(
            "one successor, at a guess",
            ("ε + γ² E Var V(s')", biased),
            ("20 000 pairs", one),
        ),
        Check::monte_carlo(
            "two successors, at a guess",
            ("ε", exact),
            ("20 000 pairs", two),
        ),
        Check::monte_carlo("a model, at a guess", ("ε", exact), ("20 000 pairs", model)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_09_units_constants_and_samples() {
        assert_eq!(virel_09().verdict(), Verdict::Holds);
    }

    #[test]
    fn virel_09_the_bias_is_seen_by_the_samples() {
        let mdp = disc();
        let best = best_q(&mdp).unwrap();
        let (greedy, law) = (soft_policy(best.view(), 0.0).unwrap(), uniform_law(&mdp));
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let one = one_sample_residual(
            &mdp,
            best.view(),
            greedy.view(),
            law.view(),
            SAMPLES,
            &mut rng,
        );
        assert!(one.unwrap().z(0.0) > 20.0);
    }
}
