//! DECK-19: the score has mean zero, and what may be a baseline.

use std::error::Error;

use autodiff::F1;
use kinglet_critics::{DecayingAverage, leave_one_out, optimal_baseline};
use kinglet_distributions::Uniform;
use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_envs::{TabularMdp, Trajectory};
use kinglet_objectives::{
    Estimate, PolicyGradient, pathwise_sample, policy_gradient, sample_trajectory, score_gradient,
    score_sample,
};
use ndarray::{Array1, Array2, Array3, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::gradients::{agree, by_duals, dual_gradient};
use crate::outcome::Computed;
use crate::paths::{LIMIT, probability, steps};
use crate::policies::{tab_logits, tab_policy};
use crate::{Check, EXACT, Entry, Kind, Outcome, Source};

/// The upper end φ of the uniform law whose support moves.
const END: f64 = 2.0;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-19",
    title: "E[∇ log q b] = 0 for a b that does not see the draw, and a support that does not move",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_19,
};

/// The score has mean zero, and what may be a baseline. Catalogue: DECK-19.
///
/// ```text
/// E_q[∇ log q(z)] = ∇ ∫ q = ∇ 1 = 0
/// b ← β b + (1 − β) f̄        bᵢ = Σ_{j≠i} fⱼ / (N − 1)        b* = E[|s|² f] / E[|s|²]
/// ```
///
/// On TAB and TABDET by listing all trajectories, and batches of them. The counterexamples: a b
/// that depends on z, and U(0, φ), whose support depends on φ.
pub fn deck_19() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let mut checks = vec![zero(&mdp)?, sees_the_draw(&mdp)?];
    checks.extend(moving_support()?);
    checks.push(decaying(&mdp)?);
    checks.extend(others()?);
    checks.push(network(&mdp)?);
    checks.push(best(&mdp)?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The conditions, which are not in print: b must not depend on zᵢ or on what follows \
             from it, and the support of q must not move with its parameters.",
            "The decaying average is taken before it is updated. Its β is nowhere given; 0.9 here. \
             The mean of the batch itself is biased by (N − 1)/N, the mean of the others is not.",
            "The loss (f̄ − b)² of a baseline network makes b the mean of f, which is not the b of \
             least variance.",
        ],
        ..Outcome::default()
    })
}

fn zero(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let allowed = |path: &Trajectory, t: usize| 3.0 - 2.0 * path.states[t] as f64 + t as f64;
    let before = |path: &Trajectory, t: usize| path.actions[..t].iter().sum::<usize>() as f64;
    let of = |weight: &dyn Fn(&Trajectory, usize) -> f64| {
        score_gradient(mdp, tab_logits().view(), weight).map(|g| g.mean)
    };
    Ok(agree(
        "E[∇ log q b] on TAB",
        EXACT,
        [
            ("∇ of Σ q(τ) = 1, dual numbers", &total_mass(mdp)?),
            ("b = 1", &of(&|_, _| 1.0)?),
            ("b of the present state and the time", &of(&allowed)?),
            ("b of the actions before", &of(&before)?),
        ],
    ))
}

/// The gradient of Σ_τ q(τ), each probability a product of dual numbers.
fn total_mass(mdp: &TabularMdp) -> Result<Array3<f64>, Box<dyn Error>> {
    let paths: Vec<Trajectory> = mdp.trajectories(LIMIT)?.collect();
    Ok(by_duals(&tab_logits(), |logits| {
        let chance = |[t, s, a]: [usize; 3]| {
            let exp = |b: usize| num_traits::Float::exp(logits[[t, s, b]]);
            exp(a) / (exp(0) + exp(1))
        };
        paths.iter().fold(F1::cst(0.0), |sum, path| {
            let start = F1::cst(path.dynamics_probability);
            sum + steps(path).fold(start, |p, step| p * chance(step))
        })
    }))
}

/// A b that looks at aₜ is part of what is differentiated: E[∇ log q b(z)] = ∇ E[b(z)].
fn sees_the_draw(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let b = |path: &Trajectory, t: usize| path.actions[t] as f64;
    let biased = score_gradient(mdp, tab_logits().view(), b)?.mean;
    let policy = tab_policy();
    // ∂ P(aₜ = 1 | s) / ∂θ[t, s, 1] = q (1 − q).
    let law = kinglet_objectives::state_marginals(mdp, policy.view())?;
    let by_hand = Array3::from_shape_fn((3, 3, 2), |(t, s, a)| {
        let q = policy[[t, s, 0]] * policy[[t, s, 1]];
        law[[t, s]] * q * [-1.0, 1.0][a]
    });
    Ok(agree(
        "b(z) = aₜ is no baseline: E[∇ log q b(z)] on TAB",
        EXACT,
        [("216 trajectories", &biased), ("∇ P(aₜ = 1)", &by_hand)],
    ))
}

/// E over U(0, 1) of a polynomial of degree at most 5, by Gauss and Legendre's three nodes.
fn legendre(f: impl Fn(f64) -> f64) -> f64 {
    let off = 0.5 * 0.6_f64.sqrt();
    (5.0 * f(0.5 - off) + 8.0 * f(0.5) + 5.0 * f(0.5 + off)) / 18.0
}

fn moving_support() -> Result<Vec<Check>, Box<dyn Error>> {
    let family = |end: &[F1]| Uniform::new(F1::cst(0.0), end[0]).expect("φ is above 0");
    let score = |f: fn(&Uniform<F1>, &F1) -> F1| {
        legendre(|u| score_sample(&[END], family, f, 0.0, &F1::cst(u * END))[0])
    };
    let path = legendre(|u| pathwise_sample(&[END], family, |_, z| *z * *z, &u)[0]);
    Ok(vec![
        Check::exact(
            "E[∂ log q/∂φ] under U(0, φ), φ = 2: not zero",
            [
                ("score, dual numbers", score(|_, _| F1::cst(1.0))),
                ("−1/φ", -1.0 / END),
            ],
        ),
        Check::exact(
            "∂ E[z²]/∂φ under U(0, φ): along the path",
            [("pathwise", path), ("∂(φ²/3)/∂φ", 2.0 * END / 3.0)],
        ),
        Check::exact(
            "the score gives another number there",
            [
                ("score, dual numbers", score(|_, z| *z * *z)),
                ("−φ/3", -END / 3.0),
            ],
        ),
    ])
}

/// Σₜ ∇ log q f of one trajectory, for one component.
fn component(path: &Trajectory, [t, s, a]: [usize; 3]) -> f64 {
    let here = f64::from(path.states[t] == s);
    here * (f64::from(path.actions[t] == a) - tab_policy()[[t, s, a]])
}

/// A decaying average, taken before it is updated, batch by batch.
fn decaying(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut baseline = DecayingAverage::new(0.9)?;
    let mut gradients = Vec::new();
    for _ in 0..6000 {
        let path = sample_trajectory(mdp, tab_policy().view(), &mut rng)?;
        gradients.push(component(&path, [0, 0, 0]) * (path.total_reward - baseline.value));
        baseline.update(path.total_reward);
    }
    let exact = policy_gradient(mdp, tab_logits().view(), &PolicyGradient::reinforce(0.0))?;
    Ok(Check::monte_carlo(
        "∂E[Σr]/∂θ[0, 0, 0] on TAB with a decaying average, β = .9",
        ("216 trajectories", exact.mean[[0, 0, 0]]),
        ("6000 drawn", Estimate::from_samples(gradients)?),
    ))
}

/// All batches of three trajectories of TABDET, with their probability, and the gradient that a
/// baseline made of the batch gives.
fn batches(baseline: impl Fn(&Array1<f64>) -> Array1<f64>) -> Result<f64, Box<dyn Error>> {
    let (mdp, policy) = (tabdet(), tab_policy());
    let paths: Vec<Trajectory> = mdp.trajectories(LIMIT)?.collect();
    let mut mean = 0.0;
    for batch in 0..paths.len().pow(3) {
        let n = paths.len();
        let drawn = [batch % n, batch / n % n, batch / n / n].map(|i| &paths[i]);
        let weight: f64 = drawn
            .iter()
            .map(|path| probability(path, &policy))
            .product();
        let f: Array1<f64> = drawn.iter().map(|path| path.total_reward).collect();
        let b = baseline(&f);
        for (i, path) in drawn.iter().enumerate() {
            mean += weight * component(path, [0, 0, 0]) * (f[i] - b[i]) / 3.0;
        }
    }
    Ok(mean)
}

fn others() -> Result<Vec<Check>, Box<dyn Error>> {
    let exact = dual_gradient(&tabdet(), &tab_logits(), [0.0, 1.0])[[0, 0, 0]];
    let leave = batches(|f| leave_one_out(f.view()).expect("a batch of three"))?;
    let all = batches(|f| Array1::from_elem(3, f.sum() / 3.0))?;
    Ok(vec![
        Check::exact(
            "∂E[Σr]/∂θ[0, 0, 0] on TABDET, the mean of the others for a baseline",
            [("512 batches of three", leave), ("dual numbers", exact)],
        ),
        Check::exact(
            "the mean of all, the sample's own included, is short by (N − 1)/N",
            [
                ("512 batches of three", all),
                ("⅔ of the gradient", 2.0 / 3.0 * exact),
            ],
        ),
    ])
}

/// The b that minimises E (f − b)² is the mean of f, and its slope vanishes there.
fn network(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let mut moments = [0.0; 2];
    for path in mdp.trajectories(LIMIT)? {
        let p = probability(&path, &tab_policy());
        moments[0] += p * path.total_reward;
        moments[1] += p * path.total_reward.powi(2);
    }
    let loss = |b: &Array1<f64>| moments[1] - 2.0 * b[0] * moments[0] + b[0] * b[0];
    let trained = crate::optimise::minimise(loss, array![0.0]);
    Ok(Check::within(
        "the baseline that the loss E (f − b)² leads to, f = Σr on TAB",
        crate::OPTIMISED,
        [
            ("trained", trained[0]),
            (
                "E f",
                kinglet_objectives::elbo(mdp, tab_policy().view(), 0.0)?,
            ),
        ],
    ))
}

/// Among constants the one of least variance is below the mean of f, for the full return on TAB.
fn best(mdp: &TabularMdp) -> Result<Check, Box<dyn Error>> {
    let paths: Vec<Trajectory> = mdp.trajectories(LIMIT)?.collect();
    let policy = tab_policy();
    let weight: Array1<f64> = paths
        .iter()
        .map(|path| probability(path, &policy))
        .collect();
    let score = Array2::from_shape_fn((paths.len(), 18), |(i, k)| {
        component(&paths[i], [k / 6, k / 2 % 3, k % 2])
    });
    let f: Array1<f64> = paths.iter().map(|path| path.total_reward).collect();
    let best = optimal_baseline(weight.view(), score.view(), f.view());
    let variance = |b: f64| {
        let weight = |path: &Trajectory, _: usize| path.total_reward - b;
        score_gradient(mdp, tab_logits().view(), weight).map(|g| g.total_variance())
    };
    Ok(Check::at_most(
        "variance with one constant for all: the best and the mean of f",
        ("b* = E[|s|² f]/E[|s|²]", variance(best)?),
        ("b = E f", variance(weight.dot(&f))?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;
    use crate::gradients::distance;

    #[test]
    fn deck_19_holds() {
        assert_eq!(deck_19().verdict(), Verdict::Holds);
    }

    /// A b of later states is none: they depend on aₜ.
    #[test]
    fn deck_19_what_follows_the_draw_is_no_baseline() {
        let later = |path: &Trajectory, t: usize| path.states[t + 1..].iter().sum::<usize>() as f64;
        let biased = score_gradient(&tab(), tab_logits().view(), later).unwrap();
        let none = Array3::zeros((3, 3, 2));
        assert!(distance(&biased.mean, &none) > 1e-2);
    }

    #[test]
    fn deck_19_the_three_nodes_integrate_what_they_should() {
        assert!((legendre(|u| u.powi(5)) - 1.0 / 6.0).abs() < 1e-15);
        assert!((legendre(|u| u.powi(6)) - 1.0 / 7.0).abs() > 1e-4);
    }
}
