//! VIREL-02: the direction of the divergence.

use std::error::Error;

use autodiff::F1;
use kinglet_distributions::{Categorical, Distribution, Mixture, Normal};
use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_objectives::{
    Quadrature, gauss_hermite, log_evidence_enumerated, max_entropy_objective, moment_projection,
    normal_grid, posterior_kl, reverse_kl, robust_value, soft_max, soft_policy,
    soft_value_iteration_finite,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, array, aview1};
use num_traits::Float;

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::paths::LIMIT;
use crate::policies::tab_policy;
use crate::{Check, Entry, Illustration, Kind, Outcome, Source};

/// Points of the grid on which expectations over a normal number are taken.
const POINTS: usize = 1001;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-02",
    title: "Reverse KL seeks a mode; KL(p ‖ q*) is max-ent RL, and classic RL only as c → 0",
    kind: Kind::Claim,
    source: Source::Virel,
    run: virel_02,
};

/// The direction of the divergence. Catalogue: VIREL-02.
///
/// ```text
/// min_θ KL(p_θ ‖ q*) = log Z − max_θ (E[R] / c + H),   q*(τ) ∝ p(τ) exp(R / c)
/// ```
///
/// A normal fitted to a mixture of two, in both directions: the golden numbers by two rules of
/// integration. On TAB, what the reverse divergence from the exponentiated return optimises; on a
/// bandit, the policy that it finds at two temperatures.
pub fn virel_02() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [reverse(), forward()?, trajectories()?, bandit()?].concat(),
        notes: vec![
            "\"Mode-seeking\" is the right name for the reverse direction. Where q starts decides \
             which mode: at 0 it stops in a minimum that covers both, and is not the least.",
            "\"Classic RL = KL(p_θ ‖ q)\" needs a condition: with q* ∝ p(τ) exp(R/c) the minimum \
             is max-ent RL's policy, and classic RL's only in the limit c → 0.",
            "The condition on O in the policy's law p_θ(τ|O) does not belong there: the objective \
             above follows for p_θ(τ).",
        ],
        figures: vec![figure()?],
        ..Outcome::default()
    })
}

/// ½ N(−2, ½²) + ½ N(2, ½²).
fn mixture<S: Float>() -> Mixture<Normal<S>, S> {
    let scalar = |x: f64| S::from(x).expect("a scalar holds every f64");
    let part = |mean: f64| Normal::from_log_std(scalar(mean), scalar(0.5.ln()));
    let halves = Categorical::from_logits(&[S::zero(), S::zero()]);
    Mixture::new(
        halves.expect("two equal logits"),
        vec![part(-2.0), part(2.0)],
    )
    .expect("two weights and two components")
}

/// KL(q ‖ mixture) of q = N(μ, σ²), by its μ and ln σ.
fn divergence_of<S: Float>(mean: S, log_std: S, rule: &Quadrature) -> S {
    let p = mixture();
    reverse_kl(
        &Normal::from_log_std(mean, log_std),
        |x| p.log_prob(&x),
        rule,
    )
}

/// KL(q ‖ mixture) at (μ, ln σ).
fn divergence(at: &Array1<f64>, rule: &Quadrature) -> f64 {
    divergence_of(at[0], at[1], rule)
}

/// (μ, ln σ) of a least reverse divergence near a start.
fn fit(start: f64, rule: &Quadrature) -> Array1<f64> {
    minimise(|at| divergence(at, rule), array![start, 0.0])
}

/// The slope of the reverse divergence by forward differentiation, along μ and along ln σ.
fn slopes(at: &Array1<f64>, rule: &Quadrature) -> [f64; 2] {
    let along = |mean: F1, log_std: F1| divergence_of(mean, log_std, rule).dx;
    [
        along(F1::var(at[0]), F1::cst(at[1])),
        along(F1::cst(at[0]), F1::var(at[1])),
    ]
}

fn reverse() -> Vec<Check> {
    let (grid, gauss) = (normal_grid(POINTS), gauss_hermite(200));
    let by_grid = [1.0, -1.0, 0.0].map(|start| fit(start, &grid));
    let by_gauss = [1.0, -1.0].map(|start| fit(start, &gauss));
    let mut checks = Vec::new();
    for (i, side) in ["right", "left"].into_iter().enumerate() {
        let both = |what: &str, f: &dyn Fn(&Array1<f64>, &Quadrature) -> f64| {
            Check::within(
                format!("reverse KL on the {side} mode: {what}"),
                OPTIMISED,
                [
                    ("BFGS, grid of 1001", f(&by_grid[i], &grid)),
                    ("BFGS, Gauss–Hermite of 200", f(&by_gauss[i], &gauss)),
                ],
            )
        };
        checks.push(both("μ", &|at, _| at[0]));
        checks.push(both("σ", &|at, _| at[1].exp()));
        checks.push(both("KL", &divergence));
    }
    for (slope, parameter) in slopes(&by_grid[2], &grid).into_iter().zip(["μ", "ln σ"]) {
        checks.push(Check::within(
            format!("started at 0, BFGS stops at a stationary point too: slope by {parameter}"),
            OPTIMISED,
            [("forward differentiation", slope), ("stationary", 0.0)],
        ));
    }
    checks.push(Check::at_most(
        "which is not the least",
        ("KL on a mode", divergence(&by_grid[0], &grid)),
        ("KL where a start at 0 ends", divergence(&by_grid[2], &grid)),
    ));
    checks
}

/// The normal with the mixture's moments.
fn covering(p: &Mixture<Normal>) -> Result<Normal, kinglet_objectives::Error> {
    let weights = aview1(p.weights().probabilities());
    moment_projection(weights, p.components())
}

/// KL(mixture ‖ q), by its moments and by an optimiser over E_p[−log q].
fn forward() -> Result<Vec<Check>, Box<dyn Error>> {
    let p = mixture();
    let exact = covering(&p)?;
    let grid = normal_grid(POINTS);
    let cross = |at: &Array1<f64>| {
        let q = Normal::from_log_std(at[0], at[1]);
        let of = |part: &Normal| -grid.mean(|xi| q.log_prob(&(part.mean() + part.std() * xi)));
        p.components().iter().map(|part| 0.5 * of(part)).sum()
    };
    let found = minimise(cross, array![0.7, 0.0]);
    let check = |what: &str, exact: f64, found: f64| {
        Check::within(
            format!("forward KL covers both modes: {what}"),
            OPTIMISED,
            [("its moments", exact), ("BFGS of E_p[−log q]", found)],
        )
    };
    Ok(vec![
        check("μ", exact.mean(), found[0]),
        check("σ = √4.25", exact.std(), found[1].exp()),
    ])
}

/// On TAB the reverse divergence is log Z less the max-ent objective over c, for any policy; and
/// with deterministic dynamics the max-ent policy brings it to 0.
fn trajectories() -> Result<Vec<Check>, Box<dyn Error>> {
    let (mdp, policy) = (tab(), tab_policy());
    let mut checks = Vec::new();
    for c in [1.0, 0.3] {
        let objective = max_entropy_objective(&mdp, policy.view(), c)?;
        checks.push(Check::exact(
            format!("KL(p_θ ‖ q*) on TAB at c = {c}"),
            [
                ("216 trajectories", posterior_kl(&mdp, policy.view(), c)?),
                (
                    "log Z − (E[R]/c + H)",
                    (log_evidence_enumerated(&mdp, c, LIMIT)? - objective) / c,
                ),
            ],
        ));
    }
    let (mdp, c) = (tabdet(), 0.3);
    let best = soft_value_iteration_finite(&mdp, c)?.policy;
    checks.push(Check::exact(
        "and at the max-ent policy of TABDET it vanishes",
        [
            ("KL(p_θ ‖ q*)", posterior_kl(&mdp, best.view(), c)?),
            ("none", 0.0),
        ],
    ));
    Ok(checks)
}

/// r = (1, 0): the reverse divergence finds the softmax; classic RL wants π(best) = 1.
fn bandit() -> Result<Vec<Check>, Box<dyn Error>> {
    let reward = array![1.0, 0.0];
    let mut checks = Vec::new();
    for c in [1.0, 0.1] {
        let policy =
            |u: &Array1<f64>| array![1.0 / (1.0 + (-u[0]).exp()), 1.0 / (1.0 + u[0].exp())];
        let target = soft_policy(reward.view().insert_axis(ndarray::Axis(0)), c)?
            .row(0)
            .to_owned();
        let kl = |u: &Array1<f64>| {
            let p = policy(u);
            p.iter().zip(&target).map(|(p, q)| p * (p / q).ln()).sum()
        };
        let found = minimise(kl, array![0.5 / c]);
        let exact = 1.0 / (1.0 + (-1.0 / c).exp());
        checks.push(Check::within(
            format!("π(best) of a bandit with gap 1 at c = {c}, where classic RL has 1"),
            OPTIMISED,
            [
                ("BFGS of KL(π ‖ q*)", policy(&found)[0]),
                ("softmax", exact),
            ],
        ));
        let p = array![0.6, 0.4];
        let listed: f64 = p.iter().zip(&target).map(|(p, q)| p * (p / q).ln()).sum();
        let value = robust_value(reward.view(), p.view(), c)?;
        checks.push(Check::exact(
            format!("KL of π = (.6, .4) from q* at c = {c}"),
            [
                ("Σ π log(π/q*)", listed),
                (
                    "log Z − (E[R]/c + H)",
                    (soft_max(reward.view(), c)? - value) / c,
                ),
            ],
        ));
    }
    Ok(checks)
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let grid = normal_grid(POINTS);
    let xs: Vec<f64> = (-100..=100).map(|i| 0.05 * f64::from(i)).collect();
    let curve = |label: &str, at: Array1<f64>| {
        let q = Normal::from_log_std(at[0], at[1]);
        Series::line(label, &xs, xs.iter().map(|x| q.log_prob(x).exp()))
    };
    let (p, covering) = (mixture(), covering(&mixture())?);
    let mixture = Series::line("mixture p", &xs, xs.iter().map(|&x| p.log_prob(&x).exp()));
    let axes = Axes::new(
        "One normal for two modes",
        Axis::linear("x"),
        Axis::linear("density"),
        "A mixture of two narrow normals; the reverse fit lies on the right one, twice as high; \
         the forward fit is broad and flat around 0; a third lies between.",
    );
    let series = [
        mixture,
        curve("least KL(q ‖ p)", fit(1.0, &grid)),
        curve(
            "least KL(p ‖ q)",
            array![covering.mean(), covering.std().ln()],
        ),
        curve("KL(q ‖ p) started at 0", fit(0.0, &grid)),
    ];
    Ok(Illustration {
        caption: "A normal fitted to ½ N(−2, ½²) + ½ N(2, ½²). The reverse direction takes one \
                  mode and gives the other up, at log 2 nats; the forward direction covers both and \
                  the gap between. Started at 0, the reverse fit stops in a worse minimum.",
        figure: lines(&axes, &series)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn near(value: f64, golden: f64, digit: f64) {
        assert!((value - golden).abs() < 0.5 * digit, "{value} and {golden}");
    }

    #[test]
    fn virel_02_each_direction_finds_its_fit() {
        assert_eq!(virel_02().verdict(), Verdict::Holds);
    }

    #[test]
    fn virel_02_golden_fits() {
        let grid = normal_grid(POINTS);
        for (start, mean) in [(1.0, 1.99980), (-1.0, -1.99980)] {
            let at = fit(start, &grid);
            near(at[0], mean, 1e-5);
            near(at[1].exp(), 0.500398, 1e-6);
            near(divergence(&at, &grid), 0.693, 1e-3);
        }
        let between = fit(0.0, &grid);
        near(between[0], 0.0, 1e-6);
        near(between[1].exp(), 1.736, 1e-3);
        near(divergence(&between, &grid), 1.871, 1e-3);
        let covering = covering(&mixture()).unwrap();
        near(covering.mean(), 0.0, 1e-12);
        near(covering.std(), 2.0616, 1e-4);
    }

    #[test]
    fn virel_02_the_softmax_is_not_the_best_arm() {
        let reward = array![[1.0, 0.0]];
        near(
            soft_policy(reward.view(), 1.0).unwrap()[[0, 0]],
            0.731,
            1e-3,
        );
        near(
            soft_policy(reward.view(), 0.1).unwrap()[[0, 0]],
            0.999955,
            1e-6,
        );
    }
}
