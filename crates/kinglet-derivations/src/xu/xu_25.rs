//! XU-25: the variational policy gradient of PPO's penalised objective.

use std::error::Error;

use kinglet_distributions::{Categorical, Kl, KlGradients};
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    DiagonalTransport, Noise, evaluate_soft_policy, vpg_gradient, vpg_objective,
};
use kinglet_trust_region::{KlPenalty, importance_surrogate, penalised_optimum_forward};
use ndarray::{Array1, Array2, ArrayView1, array, aview1};

use crate::optimise::{gradient, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-25",
    title: "PPO's penalty is subtracted, and Q for A shifts its objective by V(s) alone",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_25,
};

/// The penalised objective of PPO, and its variational policy gradient. Catalogue: XU-25.
///
/// ```text
/// J(θ) = E_old[ (π_θ/π_old) Q ] − λ KL(π_old ‖ π_θ),     with A for Q: J − V(s)
/// −∂KL/∂φ = E_ξ[ (1/α) ∂J/∂θ ∂θ/∂φ + ∂ log |det ∂h_φ/∂ξ| / ∂φ ]
/// ```
///
/// In one state of DISC after another: Q against A, the gradient and the optimum; in one of them
/// the variational gradient for a normal law over each logit.
pub fn xu_25() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let states = states()?;
    let mut checks = Vec::new();
    for (s, state) in states.iter().enumerate() {
        checks.push(shift(s, state)?);
        checks.extend(slopes(s, state)?);
    }
    checks.extend(optimum(&states[1])?);
    checks.extend(variational(&states[1])?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The minus before λ is right here, and the order KL(π_old ‖ π_θ) is PPO's. The Q^π of \
             the first line is Q of the old policy.",
        ],
        ..Outcome::default()
    })
}

const LAMBDA: f64 = 0.8;
const TEMPERATURE: f64 = 0.5;

/// A state of DISC: the old policy there, its Q and its V.
#[derive(Debug)]
struct State {
    old: Categorical,
    q: Array1<f64>,
    v: f64,
}

fn states() -> Result<Vec<State>, Box<dyn Error>> {
    let mdp = disc();
    let logits = array![
        [0.3, -0.2, 0.6],
        [-0.5, 0.4, 0.1],
        [0.2, 0.7, -0.8],
        [0.0, -0.3, 0.9]
    ];
    let rows = logits.rows().into_iter();
    let rows = rows.map(|row| Categorical::from_logits(&row.to_vec()));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let policy = Array2::from_shape_fn((4, 3), |(s, a)| rows[s].probabilities()[a]);
    let values = evaluate_soft_policy(&mdp, policy.view(), 0.0)?;
    let state = |(s, old): (usize, Categorical)| State {
        old,
        q: values.q.row(s).to_owned(),
        v: values.v[s],
    };
    Ok(rows.into_iter().enumerate().map(state).collect())
}

/// E_old[ρ w] − λ KL(old ‖ new), the ratios one action at a time.
fn penalised(state: &State, weight: &Array1<f64>, logits: ArrayView1<'_, f64>) -> f64 {
    let penalty = KlPenalty {
        coefficient: LAMBDA,
        kl_target: 0.01,
    };
    let Ok(new) = Categorical::from_logits(&logits.to_vec()) else {
        return f64::NAN;
    };
    let (log_new, log_old) = (new.log_probabilities(), state.old.log_probabilities());
    let surrogate = state
        .old
        .mean(|a| (log_new[a] - log_old[a]).exp() * weight[a]);
    penalty.penalise(surrogate, state.old.kl(&new))
}

/// ∇J = p (Q − E Q) − λ (p − p_old).
fn slope(state: &State, logits: &[f64]) -> Result<Vec<f64>, kinglet_distributions::Error> {
    let new = Categorical::from_logits(logits)?;
    let mean = new.mean(|a| state.q[a]);
    let (_, by_new) = state.old.kl_gradients(&new);
    let p = new.probabilities().iter().zip(&state.q).zip(by_new);
    Ok(p.map(|((p, q), by_new)| p * (q - mean) - LAMBDA * by_new)
        .collect())
}

/// Logits away from the old ones.
const AWAY: [f64; 3] = [0.9, -0.4, 0.2];

fn shift(s: usize, state: &State) -> Result<Check, Box<dyn Error>> {
    let away = aview1(&AWAY);
    let advantage = &state.q - state.v;
    // The surrogate of a batch with each action once, weighted by p_old.
    let new = Categorical::from_logits(&AWAY)?;
    let (p, n) = (aview1(state.old.probabilities()), 3.0);
    let batch = |weight: &Array1<f64>| {
        importance_surrogate(
            aview1(new.log_probabilities()),
            aview1(state.old.log_probabilities()),
            (weight * &p * n).view(),
        )
    };
    Ok(Check::exact(
        format!("J with Q less J with A in state {s} of DISC"),
        [
            (
                "both computed",
                penalised(state, &state.q, away) - penalised(state, &advantage, away),
            ),
            (
                "surrogates over a batch",
                batch(&state.q)?.value - batch(&advantage)?.value,
            ),
            ("V(s)", state.v),
        ],
    ))
}

fn slopes(s: usize, state: &State) -> Result<Vec<Check>, Box<dyn Error>> {
    let advantage = &state.q - state.v;
    let by = |weight: &Array1<f64>| {
        gradient(
            &|l: &Array1<f64>| penalised(state, weight, l.view()),
            &Array1::from_iter(AWAY),
        )
    };
    let (closed, with_q, with_a) = (slope(state, &AWAY)?, by(&state.q), by(&advantage));
    let check = |a: usize| {
        Check::within(
            format!("∂J / ∂θ[{a}] in state {s}"),
            1e-8,
            [
                ("p (Q − E Q) − λ (p − p_old)", closed[a]),
                ("differences with Q", with_q[a]),
                ("differences with A", with_a[a]),
            ],
        )
    };
    Ok((0..3).map(check).collect())
}

/// The sign: with minus J has the optimum λ π_old / (ν − A).
fn optimum(state: &State) -> Result<Vec<Check>, Box<dyn Error>> {
    let cost = |l: &Array1<f64>| -penalised(state, &state.q, l.view());
    let found = Categorical::from_logits(&minimise(cost, Array1::from_iter(AWAY)).to_vec())?;
    let advantage = &state.q - state.v;
    let closed =
        penalised_optimum_forward(aview1(state.old.probabilities()), advantage.view(), LAMBDA)?;
    let check = |a: usize| {
        Check::within(
            format!("π({a}) that maximises J in state 1"),
            OPTIMISED,
            [
                ("λ π_old / (ν − A)", closed[a]),
                ("BFGS over the logits", found.probabilities()[a]),
            ],
        )
    };
    Ok((0..3).map(check).collect())
}

fn variational(state: &State) -> Result<Vec<Check>, Box<dyn Error>> {
    let (family, noise) = (DiagonalTransport { dim: 3 }, Noise::quadrature(8, 3));
    let params = [0.1, 0.5, -0.3, 0.6, 0.4, 0.8];
    let by_theta = |theta: &[f64]| slope(state, theta).unwrap_or(vec![f64::NAN; 3]);
    let closed = vpg_gradient(&family, &params, &noise, TEMPERATURE, by_theta)?;
    let value = |params: &Array1<f64>| {
        let objective = |theta: &[f64]| penalised(state, &state.q, ArrayView1::from(theta));
        let value = vpg_objective(&family, &params.to_vec(), &noise, TEMPERATURE, objective);
        value.map_or(f64::NAN, |value| value / TEMPERATURE)
    };
    let differences = gradient(&value, &Array1::from_iter(params));
    let check = |i: usize| {
        Check::within(
            format!("−∂KL/∂φ with J for R, component {i}"),
            1e-8,
            [
                ("over the noise", closed[i]),
                ("differences", differences[i]),
            ],
        )
    };
    Ok((0..6).map(check).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_25_shift_slope_and_optimum() {
        let outcome = xu_25();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn xu_25_added_the_penalty_has_another_slope() {
        let state = &states().unwrap()[1];
        let new = Categorical::from_logits(&AWAY).unwrap();
        let (_, by_new) = state.old.kl_gradients(&new);
        assert!(by_new.iter().any(|slope| slope.abs() > 0.1));
    }
}
