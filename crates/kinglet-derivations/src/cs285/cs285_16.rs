//! CS285-16: the gradient of the likelihood.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    CausalIrl, Estimate, FeatureReward, IrlModel, MaxEntIrl, RewardTable, demonstration_visits,
    irl_likelihood, policy_visits, soft_value_iteration_finite, trajectory_posterior,
};
use ndarray::{Array2, array};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::cs285_15::{OTHER, demonstrations, log_likelihood, with_reward};
use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::paths::LIMIT;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-16",
    title: "The likelihood's gradient: visits demonstrated less visits expected",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_16,
};

/// The gradient of the likelihood of demonstrations. Catalogue: CS285-16.
///
/// ```text
/// ∇L = (1/N) Σᵢ ∇r_ψ(τᵢ) − E_{p(τ | O, ψ)}[∇r_ψ(τ)]
/// ```
///
/// On TAB: the slope of L along one direction of the rewards by differences, by listing the
/// posterior and by messages forwards and backwards; the same for log Z alone, for the value of
/// soft value iteration, whose gradient are the visits of the soft-optimal policy, and for rewards
/// that are linear in features. The first term is a mean over samples, and so is the equality.
pub fn cs285_16() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    Ok(Outcome {
        checks: vec![
            likelihood_slope(&mdp)?,
            evidence_slope(&mdp)?,
            soft_value_slope(&mdp)?,
            feature_slope(&mdp)?,
            sampled(&mdp)?,
        ],
        notes: vec![
            "The second line keeps τᵢ under the expectation over the expert's trajectories, where \
             a bound τ is meant; and with N demonstrations its = is ≈.",
            "The expectation is over the posterior p(τ | O, ψ), luck included. The gradient of \
             E[V₁] of soft value iteration is the same with the visits of the soft-optimal policy: \
             two likelihoods, which CS285-17 holds against each other.",
        ],
        ..Outcome::default()
    })
}

/// A direction in the space of rewards, no two of its components equal.
const DIRECTION: [f64; 6] = [0.7, -0.4, 0.25, 0.9, -0.65, 0.1];

fn moved(step: f64) -> Vec<f64> {
    OTHER
        .iter()
        .zip(DIRECTION)
        .map(|(r, u)| r + step * u)
        .collect()
}

fn along(visits: impl IntoIterator<Item = f64>) -> f64 {
    visits.into_iter().zip(DIRECTION).map(|(n, u)| n * u).sum()
}

/// The expected visits [S, A] of the posterior, by listing it.
pub(super) fn listed_visits(mdp: &TabularMdp) -> Result<Array2<f64>, Box<dyn Error>> {
    let mut visits = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    for (tau, p) in trajectory_posterior(mdp, 1.0, LIMIT)? {
        for (&s, &a) in tau.states.iter().zip(&tau.actions) {
            visits[[s, a]] += p;
        }
    }
    Ok(visits)
}

fn likelihood_slope(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let demonstrated = demonstration_visits(mdp, &demonstrations())?;
    let expected = listed_visits(&with_reward(mdp, &OTHER)?)?;
    let counts: Vec<f64> = demonstrated.iter().copied().collect();
    let mut gradient = vec![0.0; 6];
    let mut model = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    irl_likelihood(&mut model, &counts, &OTHER, &mut gradient);
    let l = |step| log_likelihood(mdp, &moved(step)).unwrap_or(f64::NAN);
    Ok(Check::within(
        "slope of L along one direction of the rewards",
        1e-8,
        [
            ("central difference of L", derivative(l, STEP)),
            (
                "demonstrated less listed visits",
                along(demonstrated - expected),
            ),
            ("messages", along(gradient)),
        ],
    ))
}

fn evidence_slope(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let log_z = |step: f64, visits: &mut [f64]| {
        let model = MaxEntIrl::new(mdp, RewardTable::StateAction);
        model.map(|mut model| model.normaliser(&moved(step), visits))
    };
    let mut visits = [0.0; 6];
    log_z(0.0, &mut visits)?;
    let difference = derivative(|step| log_z(step, &mut [0.0; 6]).unwrap_or(f64::NAN), STEP);
    Ok(Check::within(
        "slope of log Z: the visits of the posterior",
        1e-8,
        [
            ("central difference of log Z", difference),
            (
                "216 trajectories",
                along(listed_visits(&with_reward(mdp, &OTHER)?)?),
            ),
            ("messages", along(visits)),
        ],
    ))
}

fn soft_value_slope(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let value = |step| -> Result<f64, Box<dyn Error>> {
        let rewarded = with_reward(mdp, &moved(step))?;
        Ok(soft_value_iteration_finite(&rewarded, 1.0)?
            .v
            .row(0)
            .dot(&mdp.initial()))
    };
    let best = soft_value_iteration_finite(&with_reward(mdp, &OTHER)?, 1.0)?.policy;
    let mut visits = [0.0; 6];
    CausalIrl::new(mdp, RewardTable::StateAction)?.normaliser(&OTHER, &mut visits);
    Ok(Check::within(
        "slope of E[V₁] of soft value iteration: the visits of its policy",
        1e-8,
        [
            (
                "central difference of E[V₁]",
                derivative(|step| value(step).unwrap_or(f64::NAN), STEP),
            ),
            (
                "the law of each state",
                along(policy_visits(mdp, best.view())?),
            ),
            ("backups and their transpose", along(visits)),
        ],
    ))
}

/// Two features: which action, and which state.
fn feature_slope(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let features = Array2::from_shape_fn((6, 2), |(row, k)| [row % 2, row / 2][k] as f64);
    let (weights, u) = (array![0.4, -0.3], array![1.0, 0.5]);
    let log_z = |step: f64, visits: &mut [f64]| -> Result<f64, kinglet_objectives::Error> {
        let inner = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
        let moved = (&weights + &(step * &u)).to_vec();
        Ok(FeatureReward::new(inner, features.clone()).normaliser(&moved, visits))
    };
    let mut expected = [0.0; 2];
    log_z(0.0, &mut expected)?;
    let difference = derivative(|step| log_z(step, &mut [0.0; 2]).unwrap_or(f64::NAN), STEP);
    let reward = features.dot(&weights).to_vec();
    let visits = listed_visits(&with_reward(mdp, &reward)?)?;
    let listed: f64 = visits
        .iter()
        .zip(features.dot(&u))
        .map(|(n, f)| n * f)
        .sum();
    Ok(Check::within(
        "slope of log Z in the weights of two features",
        1e-8,
        [
            ("central difference", difference),
            ("features of 216 trajectories", listed),
            ("Fᵀ visits", expected[0] * u[0] + expected[1] * u[1]),
        ],
    ))
}

/// The first term of 4000 demonstrations drawn from the posterior: near its expectation.
fn sampled(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let rewarded = with_reward(mdp, &OTHER)?;
    let posterior = trajectory_posterior(&rewarded, 1.0, LIMIT)?;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(16);
    let mut draw = || {
        let mut left: f64 = rng.random();
        let beyond = |(_, p): &&(_, f64)| {
            left -= p;
            left < 0.0
        };
        let (tau, _) = posterior.iter().find(beyond).unwrap_or(&posterior[0]);
        let pairs = tau.states.iter().zip(&tau.actions);
        pairs.map(|(s, a)| DIRECTION[2 * s + a]).sum::<f64>()
    };
    Ok(Check::monte_carlo(
        "the first term, where the posterior itself demonstrates",
        ("216 trajectories", along(listed_visits(&rewarded)?)),
        (
            "4000 demonstrations",
            Estimate::from_samples((0..4000).map(|_| draw()))?,
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::optimise::gradient;
    use ndarray::Array1;

    #[test]
    fn cs285_16_holds() {
        assert_eq!(cs285_16().verdict(), Verdict::Holds);
    }

    #[test]
    fn cs285_16_the_whole_gradient_component_by_component() {
        let mdp = tab();
        let l = |r: &Array1<f64>| log_likelihood(&mdp, r.as_slice().unwrap()).unwrap();
        let differences = gradient(&l, &Array1::from(OTHER.to_vec()));
        let demonstrated = demonstration_visits(&mdp, &demonstrations()).unwrap();
        let expected = listed_visits(&with_reward(&mdp, &OTHER).unwrap()).unwrap();
        for (difference, slope) in differences.iter().zip(&(demonstrated - expected)) {
            assert!((difference - slope).abs() < 1e-9);
        }
        // The steps are T whatever the reward: the gradient says nothing of a constant.
        assert!(differences.sum().abs() < 1e-9);
    }

    #[test]
    fn cs285_16_the_two_laws_have_different_slopes() {
        let mdp = tab();
        let exact = along(listed_visits(&with_reward(&mdp, &OTHER).unwrap()).unwrap());
        let mut visits = [0.0; 6];
        let mut causal = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
        causal.normaliser(&OTHER, &mut visits);
        assert!((exact - along(visits)).abs() > 1e-2);
    }
}
