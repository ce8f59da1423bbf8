//! CS285-09: discount and temperature.

use std::error::Error;
use std::ops::ControlFlow;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    Progress, StationaryValues, evaluate_soft_policy, soft_max, soft_policy_iteration, soft_sweep,
    soft_value_iteration, temperature_cost,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, Array2, array};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// Where a sweep stops changing anything but the last bits.
const TOLERANCE: f64 = 1e-14;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-09",
    title: "Soft value iteration with discount and temperature contracts to one fixed point",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_09,
};

/// Soft value iteration with discount and temperature. Catalogue: CS285-09.
///
/// ```text
/// Q = r + γ E[V(s')],   V = α log Σₐ exp(Q / α)
/// max Q ≤ V ≤ max Q + α log A
/// ```
///
/// On DISC: a sweep is a γ-contraction; its fixed point is the value of its own policy, by linear
/// solve, and the limit of soft policy iteration; and what the temperature adds is bounded.
pub fn cs285_09() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    Ok(Outcome {
        checks: [
            contraction(&mdp)?,
            soft_maximum()?,
            temperatures(&mdp)?,
            fixed_point(&mdp)?,
            vec![monotone(&mdp)?],
        ]
        .concat(),
        notes: vec![
            "\"Soft max\" here is the log-sum-exp, a number between the maximum and the maximum \
             plus α log A; the softmax is the policy that attains it.",
            "At temperature 0 the sweep is value iteration, exactly.",
        ],
        figures: vec![figure(&mdp)?],
        ..Outcome::default()
    })
}

pub(crate) fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) fn solved(
    mdp: &TabularMdp,
    temperature: f64,
) -> Result<StationaryValues, kinglet_objectives::Error> {
    soft_value_iteration(mdp, temperature, TOLERANCE, &mut go_on)
}

/// How much nearer a sweep brings 500 pairs of values, and a pair that differs by a constant.
fn contraction(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let mut worst: f64 = 0.0;
    for _ in 0..500 {
        let mut draw = || Array1::from_shape_fn(mdp.n_states(), |_| 20.0 * rng.random::<f64>());
        worst = worst.max(ratio(mdp, &draw(), &draw())?);
    }
    let level = Array1::zeros(mdp.n_states());
    Ok(vec![
        Check::at_most(
            "a sweep at α = 1 brings any two V nearer: |TV − TW| / |V − W|",
            ("the worst of 500 random pairs", worst),
            ("γ", mdp.discount()),
        ),
        Check::exact(
            "and a pair that differs by a constant by γ itself",
            [
                ("|TV − TW| / |V − W|", ratio(mdp, &level, &(&level + 8.0))?),
                ("γ", mdp.discount()),
            ],
        ),
    ])
}

fn ratio(mdp: &TabularMdp, v: &Array1<f64>, w: &Array1<f64>) -> Result<f64, Box<dyn Error>> {
    let sweep = |v: &Array1<f64>| {
        let mut out = vec![0.0; v.len()];
        soft_sweep(mdp, 1.0, &v.to_vec(), &mut out).map(|_| Array1::from(out))
    };
    Ok(distance(&sweep(v)?, &sweep(w)?) / distance(v, w))
}

fn distance(v: &Array1<f64>, w: &Array1<f64>) -> f64 {
    (v - w).fold(0.0, |m, x| m.max(x.abs()))
}

/// max Q ≤ V ≤ max Q + α log A for one state, with the case that attains the bound.
fn soft_maximum() -> Result<Vec<Check>, Box<dyn Error>> {
    let q = array![1.0, 0.2, -0.5];
    let equal = array![1.0, 1.0, 1.0];
    let soft = soft_max(q.view(), 0.5)?;
    let bound = 1.0 + 0.5 * 3_f64.ln();
    Ok(vec![
        Check::at_most("max Q ≤ V", ("max Q", 1.0), ("soft max, α = ½", soft)),
        Check::at_most(
            "V ≤ max Q + α log A",
            ("soft max, α = ½", soft),
            ("bound", bound),
        ),
        Check::exact(
            "attained where all actions are equal",
            [
                ("soft max", soft_max(equal.view(), 0.5)?),
                ("max Q + α log A", bound),
            ],
        ),
    ])
}

/// V_α − V₀ at three temperatures, and V₀ by trying every deterministic policy.
fn temperatures(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let hard = solved(mdp, 0.0)?.v;
    let best = best_deterministic(mdp)?;
    let at_zero = |state: usize| {
        Check::exact(
            format!("V₀({state}) of DISC: temperature 0 is value iteration"),
            [
                ("sweeps at α = 0", hard[state]),
                ("the best of 81 deterministic policies", best[state]),
            ],
        )
    };
    let mut checks: Vec<Check> = (0..mdp.n_states()).map(at_zero).collect();
    for temperature in [1.0, 0.1, 0.01] {
        let added = solved(mdp, temperature)?.v - &hard;
        let largest = added.fold(f64::NEG_INFINITY, |m, &x| m.max(x));
        let least = added.fold(f64::INFINITY, |m, &x| m.min(x));
        checks.push(Check::at_most(
            format!("what α = {temperature} adds to V₀ is bounded"),
            ("max (V_α − V₀)", largest),
            ("α log A / (1 − γ)", temperature_cost(mdp, temperature)?),
        ));
        checks.push(Check::at_most(
            format!("and α = {temperature} takes nothing away"),
            ("0", 0.0),
            ("min (V_α − V₀)", least),
        ));
    }
    Ok(checks)
}

/// The largest value in each state over all deterministic policies, each by a linear solve.
fn best_deterministic(mdp: &TabularMdp) -> Result<Array1<f64>, Box<dyn Error>> {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut best = Array1::from_elem(n_states, f64::NEG_INFINITY);
    for code in 0..n_actions.pow(n_states as u32) {
        let choice = |s: usize| code / n_actions.pow(s as u32) % n_actions;
        let chosen = |(s, a)| f64::from(choice(s) == a);
        let policy = Array2::from_shape_fn((n_states, n_actions), chosen);
        let v = evaluate_soft_policy(mdp, policy.view(), 0.0)?.v;
        best.zip_mut_with(&v, |best, v| *best = best.max(*v));
    }
    Ok(best)
}

/// V(s) at α = ½, one check a state: sweeps, the linear solve of their policy, policy iteration.
fn fixed_point(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let swept = solved(mdp, 0.5)?;
    let solved = evaluate_soft_policy(mdp, swept.policy.view(), 0.5)?.v;
    let improved = soft_policy_iteration(mdp, 0.5, 1e-12, &mut go_on)?.v;
    let check = |s: usize| {
        Check::exact(
            format!("V({s}) of DISC at α = ½"),
            [
                ("soft value iteration", swept.v[s]),
                ("its own policy, by linear solve", solved[s]),
                ("soft policy iteration", improved[s]),
            ],
        )
    };
    Ok((0..mdp.n_states()).map(check).collect())
}

/// No state's value ever falls from one policy to the next.
fn monotone(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let history = soft_policy_iteration(mdp, 0.5, 1e-12, &mut go_on)?.history;
    let falls = history
        .windows(2)
        .map(|pair| (&pair[0] - &pair[1]).fold(f64::NEG_INFINITY, |m, &fall| m.max(fall)));
    Ok(Check::at_most(
        "soft policy iteration never lowers a value",
        (
            "the largest fall of any state",
            falls.fold(f64::NEG_INFINITY, f64::max),
        ),
        ("0", 0.0),
    ))
}

fn figure(mdp: &TabularMdp) -> Result<Illustration, Box<dyn Error>> {
    let temperatures: Vec<f64> = (0..=40)
        .map(|i| 10_f64.powf(f64::from(i) / 20.0 - 1.0))
        .collect();
    let hard = solved(mdp, 0.0)?.v;
    let (mut added, mut bound) = (Vec::new(), Vec::new());
    for &temperature in &temperatures {
        let v = solved(mdp, temperature)?.v;
        added.push((v - &hard).fold(f64::NEG_INFINITY, |m, &x| m.max(x)));
        bound.push(temperature_cost(mdp, temperature)?);
    }
    let axes = Axes::new(
        "What a temperature adds to the value",
        Axis::log("temperature α"),
        Axis::log("V_α − V₀ (units of reward)"),
        "On a doubly logarithmic scale the largest V_α − V₀ stays below the straight line of its \
         bound, far below it at small temperatures.",
    );
    Ok(Illustration {
        caption: "The largest V_α − V₀ over the states of DISC, and its bound α log A / (1 − γ). \
                  At low temperature the best action stands out, and much less is added.",
        figure: lines(
            &axes,
            &[
                Series::line("bound", &temperatures, bound),
                Series::line("V_α − V₀", &temperatures, added),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_09_contraction_bounds_and_fixed_point() {
        assert_eq!(cs285_09().verdict(), Verdict::Holds);
    }

    #[test]
    fn cs285_09_the_limit_of_low_temperature_is_value_iteration() {
        let mdp = disc();
        let hard = best_deterministic(&mdp).unwrap();
        let far = distance(&solved(&mdp, 1.0).unwrap().v, &hard);
        let near = distance(&solved(&mdp, 0.01).unwrap().v, &hard);
        assert!(far > 1.0 && near < 0.02, "{far} and {near}");
        assert!(distance(&solved(&mdp, 0.0).unwrap().v, &hard) < 1e-12);
    }

    #[test]
    fn cs285_09_the_fixed_point_solves_its_own_policy() {
        for check in fixed_point(&disc()).unwrap() {
            assert!(
                check.difference < 1e-12,
                "{}: {}",
                check.quantity,
                check.difference
            );
        }
    }
}
