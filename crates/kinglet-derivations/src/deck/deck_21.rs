//! DECK-21: the adaptive KL penalty.

use std::error::Error;

use kinglet_distributions::{Categorical, Kl, KlGradients};
use kinglet_plots::{Axes, Axis, Series, lines};
use kinglet_trust_region::{KlPenalty, penalised_optimum_forward, penalised_optimum_reverse};
use ndarray::{Array1, ArrayView1, aview1};

use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Printed, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-21",
    title: "A KL penalty is subtracted; its two orders have different optima, alike to second order",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_21,
};

const BETA: f64 = 0.7;
const TARGET: f64 = 0.02;

/// The adaptive KL penalty. Catalogue: DECK-21.
///
/// ```text
/// J = E_old[ρ Â] − β KL(q_old ‖ q_θ):     q = β q_old / (ν − Â)
///     E_old[ρ Â] − β KL(q_θ ‖ q_old):     q = q_old e^(Â/β) / Z
/// ```
///
/// On BAND: both optima in closed form, by a general optimiser and by ascent; what the printed plus
/// does; and where the adaptive rule settles.
pub fn deck_21() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let old = bandit::policy(&bandit::LOGITS)?;
    let mut checks = optima(&old)?;
    checks.extend(orders(&old)?);
    checks.extend(bounded(&old)?);
    checks.extend(adaptive(&old)?);
    Ok(Outcome {
        checks,
        printed: vec![plus(&old)?, expectation(&old)?],
        notes: vec![
            "The printed divergence is KL(q_θ ‖ q_old); the usual one is KL(q_old ‖ q_θ). They \
             agree to second order, but their optima are two policies.",
            "The adaptive rule is not given. Ours: halve β below d/1.5, double it above 1.5 d.",
        ],
        figures: vec![figure(&old)?],
    })
}

/// The advantages of BAND under its old policy.
fn advantage(policy: &Categorical) -> Array1<f64> {
    let mean = policy.mean(|a| bandit::REWARD[a]);
    bandit::REWARD.iter().map(|r| r - mean).collect()
}

/// Which divergence is penalised.
type Divergence = fn(&Categorical, &Categorical) -> f64;

fn forward(old: &Categorical, new: &Categorical) -> f64 {
    old.kl(new)
}

fn reverse(old: &Categorical, new: &Categorical) -> f64 {
    new.kl(old)
}

/// E_old[ρ Â] − β KL at logits; to be maximised.
fn objective(old: &Categorical, beta: f64, kl: Divergence, logits: ArrayView1<'_, f64>) -> f64 {
    let advantage = advantage(old);
    let penalty = KlPenalty {
        coefficient: beta,
        kl_target: TARGET,
    };
    bandit::policy(&logits.to_vec()).map_or(f64::NAN, |new| {
        penalty.penalise(new.mean(|a| advantage[a]), kl(old, &new))
    })
}

/// The policy that BFGS finds.
fn found(old: &Categorical, kl: Divergence) -> Result<Categorical, kinglet_distributions::Error> {
    let cost = |l: &Array1<f64>| -objective(old, BETA, kl, l.view());
    bandit::policy(&minimise(cost, bandit::logits()).to_vec())
}

/// The closed forms, for the divergence in either order.
fn closed(old: &Categorical, beta: f64) -> Result<[Array1<f64>; 2], kinglet_trust_region::Error> {
    let (p, a) = (aview1(old.probabilities()), advantage(old));
    Ok([
        penalised_optimum_forward(p, a.view(), beta)?,
        penalised_optimum_reverse(p, a.view(), beta)?,
    ])
}

/// Gradient ascent on E_old[ρ Â] + sign · β KL(q_θ ‖ q_old) in the logits; the policies met.
fn ascend(
    old: &Categorical,
    sign: f64,
    steps: usize,
) -> Result<Vec<Categorical>, kinglet_distributions::Error> {
    let advantage = advantage(old);
    let mut logits = bandit::LOGITS;
    let mut met = vec![old.clone()];
    for _ in 0..steps {
        let new = bandit::policy(&logits)?;
        let mean = new.mean(|a| advantage[a]);
        let (by_new, _) = new.kl_gradients(old);
        for a in 0..logits.len() {
            let gain = new.probabilities()[a] * (advantage[a] - mean);
            logits[a] += gain + sign * BETA * by_new[a];
        }
        met.push(bandit::policy(&logits)?);
    }
    Ok(met)
}

fn optima(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let [forward_closed, reverse_closed] = closed(old, BETA)?;
    let (by_forward, by_reverse) = (found(old, forward)?, found(old, reverse)?);
    let path = ascend(old, -1.0, 2000)?;
    let last = path.last().ok_or("no steps")?;
    let mut checks = Vec::new();
    for a in 0..3 {
        checks.push(Check::within(
            format!("q({a}) that maximises E[Â] − β KL(q_old ‖ q), β = .7"),
            OPTIMISED,
            [
                ("β q_old / (ν − Â)", forward_closed[a]),
                ("BFGS over the logits", by_forward.probabilities()[a]),
            ],
        ));
        checks.push(Check::within(
            format!("q({a}) that maximises E[Â] − β KL(q ‖ q_old), β = .7"),
            OPTIMISED,
            [
                ("q_old e^(Â/β) / Z", reverse_closed[a]),
                ("BFGS over the logits", by_reverse.probabilities()[a]),
                ("2000 steps of ascent", last.probabilities()[a]),
            ],
        ));
    }
    Ok(checks)
}

/// Two policies at β = .7, and how fast they come together.
fn orders(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let gap = |beta: f64| -> Result<f64, kinglet_trust_region::Error> {
        let [forward, reverse] = closed(old, beta)?;
        Ok((forward - reverse)
            .mapv(f64::abs)
            .fold(0.0, |m: f64, &x| m.max(x)))
    };
    Ok(vec![
        Check::at_most(
            "the two orders have different optima",
            ("a hundredth", 0.01),
            ("largest difference at β = .7", gap(BETA)?),
        ),
        Check::within(
            "which come together as β⁻²",
            0.1,
            [
                (
                    "slope from β = 50 to 100",
                    (gap(50.0)? / gap(100.0)?).log2(),
                ),
                ("2", 2.0),
            ],
        ),
    ])
}

/// With minus the divergence settles; with plus it goes on to the edge of the simplex.
fn bounded(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let minus: Vec<f64> = ascend(old, -1.0, 800)?
        .iter()
        .map(|new| new.kl(old))
        .collect();
    let plus: Vec<f64> = ascend(old, 1.0, 800)?
        .iter()
        .map(|new| new.kl(old))
        .collect();
    Ok(vec![
        Check::within(
            "with −β the divergence has settled after 400 steps",
            OPTIMISED,
            [("400 steps", minus[400]), ("800 steps", minus[800])],
        ),
        Check::at_most(
            "with +β it still grows",
            ("400 steps", plus[400]),
            ("800 steps", plus[800]),
        ),
        Check::within(
            "towards the best arm alone",
            0.05,
            [
                ("800 steps", plus[800]),
                ("−log q_old(best)", -old.log_probabilities()[0]),
            ],
        ),
    ])
}

/// The rule from three first coefficients. Doubling β quarters the divergence, so that it can jump
/// over the band from d/1.5 to 1.5 d and back: its mean settles, not each value.
fn adaptive(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    for start in [1e-3, 1.0, 1e4] {
        let mut penalty = KlPenalty::new(start, TARGET)?;
        let mut moved = Vec::new();
        for _ in 0..60 {
            let [new, _] = closed(old, penalty.coefficient)?;
            let kl = old.kl(&Categorical::from_probabilities(&new.to_vec())?);
            penalty.adapt(kl)?;
            moved.push(kl);
        }
        let logs: f64 = moved[30..].iter().map(|kl| kl.ln()).sum();
        checks.push(Check::within(
            format!("divergence of the last thirty updates, geometric mean, from β = {start}"),
            0.5 * TARGET,
            [("adaptive rule", (logs / 30.0).exp()), ("target", TARGET)],
        ));
    }
    Ok(checks)
}

fn plus(old: &Categorical) -> Result<Printed, Box<dyn Error>> {
    let last =
        |sign| Ok::<f64, Box<dyn Error>>(ascend(old, sign, 400)?.pop().ok_or("no steps")?.kl(old));
    Ok(Printed::number(
        "+β KL: the divergence after 400 steps of ascent",
        last(1.0)?,
        last(-1.0)?,
        "The penalty is subtracted, −β KL. Added, it rewards leaving the old policy.",
    ))
}

/// The printed expectation is under q, with the ratio q_θ / q_old inside.
fn expectation(old: &Categorical) -> Result<Printed, Box<dyn Error>> {
    let advantage = advantage(old);
    let [new, _] = closed(old, BETA)?;
    let new = Categorical::from_probabilities(&new.to_vec())?;
    let ratio = |a: usize| new.probabilities()[a] / old.probabilities()[a];
    Ok(Printed::number(
        "E_q[ρ Â] with q the new policy",
        new.mean(|a| ratio(a) * advantage[a]),
        old.mean(|a| ratio(a) * advantage[a]),
        "The ratio corrects for drawing from the old policy: the expectation is under q_old. Under \
         the new one it would be counted twice.",
    ))
}

fn figure(old: &Categorical) -> Result<Illustration, Box<dyn Error>> {
    let steps: Vec<f64> = (0..=60).map(f64::from).collect();
    let along = |sign| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(ascend(old, sign, 60)?
            .iter()
            .map(|new| new.kl(old))
            .collect())
    };
    let axes = Axes::new(
        "A penalty that is added",
        Axis::linear("steps of ascent"),
        Axis::linear("KL(q_θ ‖ q_old) (nats)"),
        "With minus β the divergence from the old policy levels off; with plus β it rises to that \
         of the best arm alone.",
    );
    Ok(Illustration {
        caption: "Ascent on BAND, β = .7. Subtracted, the penalty holds the policy near the old \
                  one; added, as printed, it drives it to a corner.",
        figure: lines(
            &axes,
            &[
                Series::line("−β", &steps, along(-1.0)?),
                Series::line("+β, as printed", &steps, along(1.0)?),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_21_optima_sign_and_rule() {
        let outcome = deck_21();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_21_each_optimum_is_the_better_one_of_its_own_objective() {
        let old = bandit::policy(&bandit::LOGITS).unwrap();
        let logits = closed(&old, BETA).unwrap().map(|p| p.mapv(f64::ln));
        for (kl, own, other) in [(forward as Divergence, 0, 1), (reverse, 1, 0)] {
            let value = |i: usize| objective(&old, BETA, kl, logits[i].view());
            assert!(value(own) > value(other) + 1e-4);
        }
    }

    #[test]
    fn deck_21_the_printed_forms_are_off_by_much() {
        for printed in deck_21().printed {
            assert!(printed.off_by.unwrap() > 0.1, "{}", printed.what);
        }
    }
}
