//! DECK-12: the Fisher information from samples.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution, Normal, Score};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{Estimate, evaluate_soft_policy_finite, state_marginals};
use kinglet_plots::{Axes, Axis, Series, lines};
use kinglet_trust_region::{DenseFisher, EmpiricalFisher, eigenvalues, quadratic_kl};
use ndarray::{Array1, Array2, Array3, Axis as Along};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, Entry, Illustration, Kind, Outcome, Source, bandit, tab_fisher};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-12",
    title: "The empirical Fisher matrix converges as N^−½ and needs damping while N is small",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_12,
};

/// The Fisher information from samples of the policy. Catalogue: DECK-12.
///
/// ```text
/// F̂ = 1/(M T) Σᵢ Σₜ ∇ log q ∇ log qᵀ,    E‖F̂ − F‖² = (E|∇ log q|⁴ − ‖F‖²) / N
/// ```
///
/// Its error by drawing, beside the closed form; its rank; and what averaging over the steps of
/// a trajectory does to a trust region, on TAB.
pub fn deck_12() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let policy = bandit::policy(&bandit::LOGITS)?;
    let errors = errors(&policy)?;
    let mut checks = rate(&policy, &errors)?;
    checks.extend(rank()?);
    checks.extend(conditioning()?);
    checks.extend(normalisation(&tab())?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The samples must come from q_θ itself; the scores of another policy's actions give \
             another matrix.",
            "Averaged over the steps, F is T times smaller than the trajectory's, while ∇J sums \
             over the steps. Choose one normalisation for both and say which: with the averaged \
             F a bound of δ lets the trajectory's divergence grow to T δ.",
        ],
        figures: vec![figure(&policy, &errors)?],
        ..Outcome::default()
    })
}

/// E‖F̂ − F‖² times N, over one draw.
fn spread(policy: &Categorical) -> Result<f64, Box<dyn Error>> {
    let fisher = bandit::fisher(policy)?.matrix;
    let fourth = policy.mean(|a| {
        let score = Array1::from(policy.score(&a));
        score.dot(&score).powi(2)
    });
    Ok(fourth - fisher.mapv(|f| f * f).sum())
}

/// ‖F̂ − F‖² of `n` draws.
fn squared_error<R: rand::Rng + ?Sized>(
    policy: &Categorical,
    exact: &Array2<f64>,
    n: usize,
    rng: &mut R,
) -> f64 {
    let rows = bandit::scores(policy);
    let arms: Vec<usize> = (0..n).map(|_| policy.sample(rng)).collect();
    let scores = rows.select(Along(0), &arms);
    let drawn = EmpiricalFisher { scores }.dense().matrix;
    (drawn - exact).mapv(|off| off * off).sum()
}

const SIZES: [usize; 3] = [100, 400, 1600];
const REPEATS: usize = 100;

/// The mean squared error at each size, over a hundred sets of draws.
fn errors(policy: &Categorical) -> Result<Vec<Estimate>, Box<dyn Error>> {
    let exact = bandit::fisher(policy)?.matrix;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(12);
    let mut at = |n: usize| {
        let sets = (0..REPEATS).map(|_| squared_error(policy, &exact, n, &mut rng));
        Estimate::from_samples(sets)
    };
    Ok(SIZES.iter().map(|&n| at(n)).collect::<Result<_, _>>()?)
}

fn rate(policy: &Categorical, errors: &[Estimate]) -> Result<Vec<Check>, Box<dyn Error>> {
    let spread = spread(policy)?;
    let check = |(&n, estimate): (&usize, &Estimate)| {
        Check::monte_carlo(
            format!("E‖F̂ − F‖² with N = {n}"),
            ("(E|score|⁴ − ‖F‖²) / N", spread / n as f64),
            ("100 sets of draws", *estimate),
        )
    };
    Ok(SIZES.iter().zip(errors).map(check).collect())
}

/// How many eigenvalues are no rounding.
fn rank_of(fisher: &DenseFisher) -> Result<f64, Box<dyn Error>> {
    let values = eigenvalues(fisher.matrix.view())?;
    Ok(values.iter().filter(|x| **x > 1e-12).count() as f64)
}

/// What a softmax policy loses, and what few samples lose.
fn rank() -> Result<Vec<Check>, Box<dyn Error>> {
    Ok(vec![
        Check::exact(
            "rank of F for a softmax policy on TAB whose 6 logits do not know the time",
            [
                ("eigenvalues above rounding", rank_of(&stationary(&tab())?)?),
                ("S (A − 1)", 3.0),
            ],
        ),
        Check::exact(
            "rank of F̂ for 20 parameters from 5 samples",
            [
                ("eigenvalues above rounding", rank_of(&gaussian(5))?),
                ("the samples", 5.0),
            ],
        ),
    ])
}

/// F̂ of a Gaussian over 20 actions by its mean, with unit covariance: the scores are a − μ, F = I.
fn gaussian(n: usize) -> DenseFisher {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20);
    let unit = Normal::from_log_std(0.0, 0.0);
    let scores = Array2::from_shape_simple_fn((n, 20), || unit.sample(&mut rng));
    EmpiricalFisher { scores }.dense()
}

/// Largest over least eigenvalue, 1 for F itself.
fn condition(n: usize) -> Result<f64, Box<dyn Error>> {
    let values = eigenvalues(gaussian(n).matrix.view())?;
    Ok(values[19] / values[0])
}

fn conditioning() -> Result<Vec<Check>, Box<dyn Error>> {
    let root = (20.0_f64 / 500.0).sqrt();
    Ok(vec![
        Check::at_most(
            "as many samples as parameters: F̂ is hardly invertible, its condition number",
            ("a hundred", 100.0),
            ("20 samples", condition(20)?),
        ),
        Check::within(
            "25 times as many: its condition number",
            0.5,
            [
                ("500 samples", condition(500)?),
                (
                    "Marchenko and Pastur's edges",
                    ((1.0 + root) / (1.0 - root)).powi(2),
                ),
            ],
        ),
    ])
}

/// Scores of a policy without time, over the steps of TAB.
fn stationary(mdp: &TabularMdp) -> Result<DenseFisher, Box<dyn Error>> {
    let logits = tab_logits().index_axis(Along(0), 0).to_owned();
    let policy = softmax(&Array3::from_shape_fn((3, 3, 2), |(_, s, a)| {
        logits[[s, a]]
    }));
    let law = state_marginals(mdp, policy.view())?.mean_axis(Along(0));
    let law = law.ok_or("no steps")?;
    let event = |n: usize| [n / 2, n % 2];
    let scores = Array2::from_shape_fn((6, 6), |(n, i)| {
        let ([s, a], [x, b]) = (event(n), event(i));
        f64::from(s == x) * (f64::from(a == b) - policy[[0, s, b]])
    });
    let weights = Array1::from_shape_fn(6, |n| {
        let [s, a] = event(n);
        law[s] * policy[[0, s, a]]
    });
    Ok(DenseFisher::from_scores(scores.view(), weights.view())?)
}

const DELTA: f64 = 0.01;

/// A step to the edge of the averaged trust region, and how far the trajectories' law moves.
fn normalisation(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = tab_policy();
    let whole = tab_fisher::of_trajectories(mdp, &policy)?;
    let averaged = tab_fisher::of_steps(mdp, &policy)?;
    let values = evaluate_soft_policy_finite(mdp, policy.view(), 0.0)?;
    let advantage = Array1::from_iter(values.q - &values.v.insert_axis(Along(2)));
    let unscaled = quadratic_kl(&averaged, advantage.view());
    let step = advantage * (DELTA / unscaled).sqrt();
    let moved = tab_logits() + step.view().into_shape_with_order((3, 3, 2))?;
    let new = softmax(&moved);
    let kl = expectation(mdp, &policy, |path| {
        steps(path).map(|i| (policy[i] / new[i]).ln()).sum()
    })?;
    Ok(vec![
        Check::exact(
            "½ dᵀF d where the averaged F gives δ = .01",
            [
                ("F of whole trajectories", quadratic_kl(&whole, step.view())),
                ("T δ", 3.0 * DELTA),
            ],
        ),
        Check::within(
            "the divergence of the trajectories' laws there, to second order",
            0.2 * 3.0 * DELTA,
            [("216 trajectories", kl), ("T δ", 3.0 * DELTA)],
        ),
        Check::at_most(
            "more than twice what was asked for",
            ("2 δ", 2.0 * DELTA),
            ("216 trajectories", kl),
        ),
    ])
}

fn figure(policy: &Categorical, errors: &[Estimate]) -> Result<Illustration, Box<dyn Error>> {
    let spread = spread(policy)?;
    let sizes = SIZES.map(|n| n as f64);
    let drawn = errors.iter().map(|e| e.mean.sqrt());
    let theory = sizes.map(|n| (spread / n).sqrt());
    let axes = Axes::new(
        "The empirical Fisher matrix converges as N^−½",
        Axis::log("samples N"),
        Axis::log("root mean square of ‖F̂ − F‖"),
        "On a doubly logarithmic scale the error of the empirical Fisher matrix falls along the \
         straight line that its variance predicts.",
    );
    Ok(Illustration {
        caption: "The error of the empirical Fisher matrix of BAND, over a hundred sets of draws, \
                  beside its exact root mean square.",
        figure: lines(
            &axes,
            &[
                Series::line("exact", sizes, theory),
                Series::points("drawn", sizes, drawn),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_12_error_rank_and_normalisation() {
        let outcome = deck_12();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_12_the_error_falls_with_the_root_of_the_samples() {
        let errors = errors(&bandit::policy(&bandit::LOGITS).unwrap()).unwrap();
        let slope = (errors[0].mean / errors[2].mean).log2() / 4.0;
        assert!((0.85..1.15).contains(&slope), "of the square: {slope}");
    }

    #[test]
    fn deck_12_scores_of_other_actions_give_another_matrix() {
        let policy = bandit::policy(&bandit::LOGITS).unwrap();
        let exact = bandit::fisher(&policy).unwrap().matrix;
        let uniform = EmpiricalFisher {
            scores: bandit::scores(&policy),
        };
        let off = uniform.dense().matrix - exact;
        assert!(off.iter().any(|off| off.abs() > 0.01));
    }
}
