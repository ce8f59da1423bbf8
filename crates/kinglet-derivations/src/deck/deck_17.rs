//! DECK-17: optimality as a coin, or as a factor.

use std::error::Error;
use std::f64::consts::PI;

use kinglet_distributions::{Distribution, Entropy, Kl, Normal};
use kinglet_envs::fixtures::tab;
use kinglet_envs::{Horizon, Rewards, Sparse, TabularMdp, Transitions};
use kinglet_objectives::{
    exact_inference, log_evidence_enumerated, log_factor, trajectory_posterior,
};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use ndarray::array;

use crate::outcome::Computed;
use crate::paths::{LIMIT, posterior};
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// What is added to every reward: e^3.7 is about 40.
const SHIFT: f64 = 3.7;

/// The side of the square of actions that stands for "no prior".
const SIDE: f64 = 200.0;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-17",
    title: "Optimality as a coin needs r ≤ 0; as a factor it takes any reward",
    kind: Kind::Claim,
    source: Source::Deck,
    run: deck_17,
};

/// Optimality as a coin with probability exp r. Catalogue: DECK-17.
///
/// ```text
/// p(Oₜ = 1 | s, a) = exp r(s, a) needs r ≤ 0,   else a factor with log r(s, a)
/// ```
///
/// On TAB: with a fixed number of steps a constant added to the rewards changes no posterior,
/// though exp r is then no probability. On an episode of one step or three: it does. On the
/// direction task: what a uniform prior on a large square adds to the bound.
pub fn deck_17() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = fixed_length()?;
    for shift in [0.0, 1.0, -1.0] {
        checks.push(variable_length(shift)?);
    }
    checks.extend(infinite_uniform()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "As a coin, exp r must be at most 1, so rewards must not be positive. As a factor in \
             the joint density, with logarithm r, any reward will do, and where both exist they \
             give one posterior.",
            "\"Positive rewards\" are harmless only if every trajectory has the same number of \
             steps. Where an action ends the episode a constant reward per step is a reason to \
             stay or to leave.",
            "An \"infinite uniform\" prior over actions is improper. It stands for a constant \
             that the bound loses; a uniform law on a square of side 200 costs 2 log 200.",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

fn fixed_length() -> Result<Vec<Check>, Box<dyn Error>> {
    let (plain, shifted) = (tab(), shifted()?);
    let largest = log_factor(&shifted, 1.0)?
        .fold(f64::NEG_INFINITY, |m, &r| m.max(r))
        .exp();
    let messages = [
        exact_inference(&plain, 1.0)?,
        exact_inference(&shifted, 1.0)?,
    ];
    let listed = log_evidence_enumerated(&shifted, 1.0, LIMIT)?
        - log_evidence_enumerated(&plain, 1.0, LIMIT)?;
    Ok(vec![
        Check::at_most(
            "TAB with 3.7 added to every reward: exp r is no probability",
            ("a probability", 1.0),
            ("the largest exp(r + 3.7)", largest),
        ),
        Check::exact(
            "the posterior does not change: total variation over 216 trajectories",
            [
                ("½ Σ |p(τ|O) − p'(τ|O)|", total_variation(&plain, &shifted)?),
                ("no change", 0.0),
            ],
        ),
        Check::exact(
            "P(a₁ = 1 | s₁ = 0, O) on TAB with and without 3.7",
            [
                ("messages, r", messages[0].policy()[[0, 0, 1]]),
                ("messages, r + 3.7", messages[1].policy()[[0, 0, 1]]),
            ],
        ),
        Check::exact(
            "log p(O) rises by the same for all",
            [
                ("216 trajectories", listed),
                (
                    "backward messages",
                    messages[1].log_evidence - messages[0].log_evidence,
                ),
                ("3.7 T", 3.0 * SHIFT),
            ],
        ),
    ])
}

/// TAB with [`SHIFT`] added to every reward.
fn shifted() -> Result<TabularMdp, kinglet_envs::Error> {
    let plain = tab();
    let Rewards::StateAction(rewards) = plain.rewards().clone() else {
        unreachable!("TAB's rewards are a table of states and actions");
    };
    plain.with_rewards(Rewards::StateAction(rewards + SHIFT))
}

fn total_variation(a: &TabularMdp, b: &TabularMdp) -> Result<f64, kinglet_objectives::Error> {
    let a = trajectory_posterior(a, 1.0, LIMIT)?;
    let b = trajectory_posterior(b, 1.0, LIMIT)?;
    Ok(0.5
        * a.iter()
            .zip(&b)
            .map(|((_, p), (_, q))| (p - q).abs())
            .sum::<f64>())
}

/// An episode that its first action ends after one step (action 0) or after three (action 1),
/// each step with the same reward.
fn short_or_long(reward: f64) -> Result<TabularMdp, kinglet_envs::Error> {
    const DONE: usize = 3;
    let to = |state| vec![(state, 1.0)];
    let rows = [[DONE, 1], [2, 2], [DONE, DONE], [DONE, DONE]];
    let rows = rows.into_iter().flatten().map(to);
    TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(4, 2, rows)?),
        Rewards::State(array![reward, reward, reward, 0.0]),
        array![1.0, 0.0, 0.0, 0.0],
        Horizon::Finite(3),
    )
}

fn variable_length(shift: f64) -> Result<Check, Box<dyn Error>> {
    let mdp = short_or_long(shift - 0.25)?;
    Ok(Check::exact(
        format!("one step or three, r = −1/4 {shift:+} a step: P(one step | O)"),
        [
            (
                "all trajectories",
                posterior(&mdp, |path| path.actions[0] == 0, |_| true)?,
            ),
            (
                "backward messages",
                exact_inference(&mdp, 1.0)?.policy()[[0, 0, 0]],
            ),
            ("1 / (1 + e^(2c − 1/2))", short_in_closed_form(shift)),
        ],
    ))
}

fn short_in_closed_form(shift: f64) -> f64 {
    1.0 / (1.0 + (2.0 * shift - 0.5).exp())
}

/// The direction task: a ~ uniform on a square, r = −‖a − d‖², guide N(d, ½) in each direction.
fn infinite_uniform() -> Result<Vec<Check>, Box<dyn Error>> {
    let guide = Normal::new(0.0, 0.5)?;
    let posterior = Normal::new(0.0, 0.5_f64.sqrt())?;
    let log_prior = -2.0 * SIDE.ln();
    let log_evidence = PI.ln() + log_prior;
    let bound = 2.0 * (guide.entropy() - 0.25) + log_prior;
    let integrated = 2.0
        * integral(|x| {
            let log_q = guide.log_prob(&x);
            log_q.exp() * (-x * x - log_q)
        });
    Ok(vec![
        Check::exact(
            "what the prior on ±100 squared adds to the bound",
            [
                ("−2 log 200", log_prior),
                ("bound with it − bound without", bound - integrated),
            ],
        ),
        Check::exact(
            "log p(O) of the direction task",
            [
                ("log π − 2 log 200", log_evidence),
                (
                    "quadrature",
                    2.0 * integral(|x| (-x * x).exp()).ln() + log_prior,
                ),
            ],
        ),
        Check::exact(
            "its ELBO, guide centred on the target with σ = ½",
            [
                ("closed form", bound),
                ("quadrature", integrated + log_prior),
            ],
        ),
        Check::exact(
            "its gap",
            [
                ("log p(O) − ELBO", log_evidence - bound),
                ("KL(guide ‖ posterior)", 2.0 * guide.kl(&posterior)),
            ],
        ),
    ])
}

/// ∫ f over ±12 by the trapezoidal rule, which for these Gaussians is exact to rounding.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    const STEP: f64 = 0.02;
    (-600..=600).map(|i| STEP * f(STEP * f64::from(i))).sum()
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let shifts: Vec<f64> = (0..=80).map(|i| f64::from(i) / 20.0 - 2.0).collect();
    let variable: Result<Vec<f64>, Box<dyn Error>> = (shifts.iter())
        .map(|c| Ok(exact_inference(&short_or_long(c - 0.25)?, 1.0)?.policy()[[0, 0, 0]]))
        .collect();
    let fixed = vec![short_in_closed_form(0.0); shifts.len()];
    let axes = Axes {
        references: vec![Reference::vertical("no change", 0.0)],
        ..Axes::new(
            "A constant reward per step decides when episodes can end",
            Axis::linear("added to every step's reward"),
            Axis::linear("P(one step | O)"),
            "The posterior probability of the short episode falls from 0.99 to 0.03 as the \
             constant rises from −2 to 2; were both of one length it would stay at 0.62.",
        )
    };
    Ok(Illustration {
        caption: "The probability of the shorter episode. If the longer one cost as many steps, \
                  the constant would change nothing.",
        figure: lines(
            &axes,
            &[
                Series::line("one step or three", &shifts, variable?),
                Series::line("equal length", &shifts, fixed),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use kinglet_objectives::bernoulli_likelihood;

    #[test]
    fn deck_17_a_constant_matters_where_episodes_end() {
        assert_eq!(deck_17().verdict(), Verdict::Holds);
        for (shift, golden) in [(0.0, 0.6225), (1.0, 0.1824), (-1.0, 0.9241)] {
            let mdp = short_or_long(shift - 0.25).unwrap();
            let short = posterior(&mdp, |path| path.actions[0] == 0, |_| true).unwrap();
            assert!((short - golden).abs() < 5e-5, "{shift}: {short}");
        }
    }

    #[test]
    fn deck_17_a_constant_changes_nothing_over_a_fixed_horizon() {
        assert!(total_variation(&tab(), &shifted().unwrap()).unwrap() < 1e-14);
        assert!(bernoulli_likelihood(&tab(), 1.0).is_ok());
        assert!(bernoulli_likelihood(&shifted().unwrap(), 1.0).is_err());
    }

    #[test]
    fn deck_17_golden_digits_of_the_direction_task() {
        let checks = infinite_uniform().unwrap();
        let golden = [-10.597, -9.45190, -9.64505, 0.19315];
        let digits = [5e-4, 5e-6, 5e-6, 5e-6];
        for ((check, golden), digit) in checks.iter().zip(golden).zip(digits) {
            assert!(
                (check.values[0].value - golden).abs() < digit,
                "{}",
                check.quantity
            );
        }
        let best = Normal::new(0.0, 0.5_f64.sqrt()).unwrap();
        assert_eq!(best.kl(&best), 0.0);
    }
}
