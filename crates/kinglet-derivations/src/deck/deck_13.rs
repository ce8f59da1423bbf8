//! DECK-13: the step along the natural gradient.

use std::error::Error;

use kinglet_distributions::{Categorical, Kl};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::tab;
use kinglet_objectives::{
    PolicyGradient, backward_policy_gradient, elbo, evaluate_soft_policy_finite, policy_gradient,
    state_marginals,
};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use kinglet_trust_region::{
    ConjugateGradient, DenseFisher, NaturalGradient, natural_gradient, quadratic_kl,
    trust_region_step,
};
use ndarray::{Array1, Array2, Array3, aview1};

use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::paths::{expectation, steps};
use crate::policies::{softmax, tab_logits, tab_policy};
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source, bandit, tab_fisher};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-13",
    title: "The natural gradient is the advantage, is covariant, and its sign is plus",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_13,
};

/// Singular matrices are met without damping: the search starts at 0.
const EXACTLY: ConjugateGradient = ConjugateGradient {
    damping: 0.0,
    tolerance: 1e-14,
    max_iterations: 60,
};

/// The step along the natural gradient. Catalogue: DECK-13.
///
/// ```text
/// θ ← θ + β F⁻¹ ∇J(θ),     β = √(2δ / ∇Jᵀ F⁻¹ ∇J)
/// ```
///
/// On TAB, with J the expected return: the direction beside the advantages, its slope, and the
/// divergence that the step reaches. On BAND: the same step in other coordinates.
pub fn deck_13() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = tab();
    let natural = natural(&mdp)?;
    let mut checks = gradients(&mdp)?;
    checks.extend(advantages(&mdp, &natural)?);
    checks.extend(slope(&mdp, &natural)?);
    checks.extend(covariance()?);
    checks.extend(trust_region(&mdp, &natural)?);
    Ok(Outcome {
        checks,
        printed: vec![
            minus(&mdp, &natural)?,
            Printed::words(
                "∇θ_i in place of the gradient",
                "What is multiplied by F⁻¹ is the gradient of the objective at θ_i, ∇J(θ_i).",
            ),
        ],
        notes: vec![
            "F and ∇J are both sums over the steps of a trajectory, so that δ bounds the \
             divergence of whole trajectories.",
            "F is singular: a constant added to the logits of a state moves no policy. The \
             direction is compared up to such constants.",
        ],
        figures: vec![figure(&mdp, &natural)?],
    })
}

/// J of logits.
fn value(mdp: &TabularMdp, logits: &Array3<f64>) -> f64 {
    elbo(mdp, softmax(logits).view(), 0.0).unwrap_or(f64::NAN)
}

/// The logits after a step of the given length.
fn moved(natural: &NaturalGradient, step: f64) -> Array3<f64> {
    let direction = natural.direction.view().into_shape_with_order((3, 3, 2));
    tab_logits() + step * &direction.expect("18 logits")
}

fn natural(mdp: &TabularMdp) -> Result<NaturalGradient, Box<dyn Error>> {
    let gradient = backward_policy_gradient(mdp, tab_logits().view(), 0.0, 1.0)?;
    let fisher = tab_fisher::of_trajectories(mdp, &tab_policy())?;
    let gradient = Array1::from_iter(gradient);
    Ok(natural_gradient(&fisher, gradient.view(), EXACTLY)?)
}

/// ∇J by listing and by two passes.
fn gradients(mdp: &TabularMdp) -> Result<Vec<Check>, Box<dyn Error>> {
    let choice = PolicyGradient::reinforce(0.0);
    let listed = policy_gradient(mdp, tab_logits().view(), &choice)?.mean;
    let passes = backward_policy_gradient(mdp, tab_logits().view(), 0.0, 1.0)?;
    let check = |place: [usize; 3]| {
        Check::exact(
            format!("∂J / ∂θ{place:?}"),
            [
                ("scores of 216 trajectories", listed[place]),
                ("law of each state × advantage", passes[place]),
            ],
        )
    };
    Ok([[0, 0, 0], [1, 2, 1], [2, 1, 0]].map(check).into())
}

/// The direction's differences between two actions, in all states.
fn advantages(mdp: &TabularMdp, natural: &NaturalGradient) -> Result<Vec<Check>, Box<dyn Error>> {
    let q = evaluate_soft_policy_finite(mdp, tab_policy().view(), 0.0)?.q;
    let gradient = Array1::from_iter(backward_policy_gradient(
        mdp,
        tab_logits().view(),
        0.0,
        1.0,
    )?);
    let product = tab_fisher::product(mdp, &tab_policy())?;
    let by_product = natural_gradient(&product, gradient.view(), EXACTLY)?;
    let gap = |natural: &NaturalGradient, n: usize| {
        natural.direction[2 * n] - natural.direction[2 * n + 1]
    };
    let check = |n: usize| {
        let (t, s) = (n / 3, n % 3);
        Check::within(
            format!("natural gradient, action 0 less action 1, t = {t}, s = {s}"),
            1e-9,
            [
                ("Q(s, 0) − Q(s, 1)", q[[t, s, 0]] - q[[t, s, 1]]),
                ("F of all trajectories", gap(natural, n)),
                ("F as a product", gap(&by_product, n)),
            ],
        )
    };
    Ok((0..9).map(check).collect())
}

/// The slope of J along the direction is the mean square of the advantage.
fn slope(mdp: &TabularMdp, natural: &NaturalGradient) -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = tab_policy();
    let values = evaluate_soft_policy_finite(mdp, policy.view(), 0.0)?;
    let law = state_marginals(mdp, policy.view())?;
    let terms = policy
        .indexed_iter()
        .map(|((t, s, a), p)| law[[t, s]] * p * (values.q[[t, s, a]] - values.v[[t, s]]).powi(2));
    let squares: f64 = terms.sum();
    let differences = derivative(|step| value(mdp, &moved(natural, step)), STEP);
    Ok(vec![Check::within(
        "the slope of J along the natural gradient",
        1e-8,
        [
            ("∇Jᵀ F⁺ ∇J", natural.squared_length),
            ("Σₜ E[A²]", squares),
            ("differences of J", differences),
        ],
    )])
}

/// BAND in the coordinates θ = y³ + y: its step carried to θ, and the plain gradient's.
fn covariance() -> Result<Vec<Check>, Box<dyn Error>> {
    let y = Array1::from_vec(vec![0.5, -0.9, 0.2]);
    let logits = y.mapv(|y: f64| y.powi(3) + y);
    let slope = y.mapv(|y: f64| 3.0 * y * y + 1.0);
    let policy = bandit::policy(&logits.to_vec())?;
    let g = Array1::from(bandit::gradient(&logits.to_vec())?);
    let in_theta = natural_gradient(&bandit::fisher(&policy)?, g.view(), EXACTLY)?;
    let scores: Array2<f64> = bandit::scores(&policy) * &slope;
    let fisher = DenseFisher::from_scores(scores.view(), aview1(policy.probabilities()))?;
    let in_y = natural_gradient(&fisher, (&g * &slope).view(), EXACTLY)?.direction * &slope;
    let plain = &g * &slope * &slope;
    let cosine = plain.dot(&g) / (plain.dot(&plain) * g.dot(&g)).sqrt();
    let gap = |step: &Array1<f64>, a: usize| step[a] - step[2];
    let check = |a: usize| {
        Check::within(
            format!("natural step of BAND, arm {a} less arm 2"),
            1e-10,
            [
                ("in θ", gap(&in_theta.direction, a)),
                ("in y with θ = y³ + y, carried to θ", gap(&in_y, a)),
                (
                    "the rewards' difference",
                    bandit::REWARD[a] - bandit::REWARD[2],
                ),
            ],
        )
    };
    Ok(vec![
        check(0),
        check(1),
        Check::at_most(
            "the plain gradient's two steps differ: the cosine between them",
            ("cosine", cosine),
            ("0.99", 0.99),
        ),
    ])
}

/// KL of the laws of trajectories after the step to the edge of δ.
fn reached(
    mdp: &TabularMdp,
    natural: &NaturalGradient,
    kl_bound: f64,
) -> Result<f64, Box<dyn Error>> {
    let beta = trust_region_step(kl_bound, natural.squared_length)?;
    let (old, new) = (tab_policy(), softmax(&moved(natural, beta)));
    Ok(expectation(mdp, &old, |path| {
        steps(path).map(|i| (old[i] / new[i]).ln()).sum()
    })?)
}

fn trust_region(mdp: &TabularMdp, natural: &NaturalGradient) -> Result<Vec<Check>, Box<dyn Error>> {
    let beta = trust_region_step(0.01, natural.squared_length)?;
    let step = beta * &natural.direction;
    let fisher = tab_fisher::of_trajectories(mdp, &tab_policy())?;
    let (old, new) = (tab_policy(), softmax(&moved(natural, beta)));
    let law = state_marginals(mdp, old.view())?;
    let row = |policy: &Array3<f64>, t: usize, s: usize| {
        Categorical::from_probabilities(&[policy[[t, s, 0]], policy[[t, s, 1]]])
    };
    let mut by_states = 0.0;
    for ((t, s), weight) in law.indexed_iter() {
        by_states += weight * row(&old, t, s)?.kl(&row(&new, t, s)?);
    }
    let kl = reached(mdp, natural, 0.01)?;
    let off = |kl_bound: f64| {
        Ok::<f64, Box<dyn Error>>((reached(mdp, natural, kl_bound)? - kl_bound).abs())
    };
    let order = (off(1e-3)? / off(2.5e-4)?).log2();
    Ok(vec![
        Check::exact(
            "½ sᵀF s of the step to the edge of δ = .01",
            [
                ("by the matrix", quadratic_kl(&fisher, step.view())),
                ("δ", 0.01),
            ],
        ),
        Check::exact(
            "the divergence of trajectories after it",
            [
                ("216 trajectories", kl),
                ("Σₜ E[KL in each state]", by_states),
            ],
        ),
        Check::within(
            "which is δ to second order",
            1e-3,
            [("divergence", kl), ("δ", 0.01)],
        ),
        Check::at_most(
            "what the second order leaves falls with the third power of the step, or faster",
            ("5/2", 2.5),
            ("slope of log |KL − δ| from δ = .001 to .00025", order),
        ),
    ])
}

fn minus(mdp: &TabularMdp, natural: &NaturalGradient) -> Result<Printed, Box<dyn Error>> {
    let beta = trust_region_step(0.01, natural.squared_length)?;
    Ok(Printed::number(
        "θ − α F⁻¹ ∇J: the return after a step to δ = .01",
        value(mdp, &moved(natural, -beta)),
        value(mdp, &moved(natural, beta)),
        "J is maximised, so the step is added. With minus the return falls below where it was.",
    ))
}

fn figure(mdp: &TabularMdp, natural: &NaturalGradient) -> Result<Illustration, Box<dyn Error>> {
    let bounds: Vec<f64> = (0..=40)
        .map(|i| 10_f64.powf(f64::from(i) / 10.0 - 3.5))
        .collect();
    let kls = bounds
        .iter()
        .map(|&bound| Ok(reached(mdp, natural, bound)? / bound));
    let kls = kls.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let axes = Axes {
        references: vec![Reference::horizontal("as asked", 1.0)],
        ..Axes::new(
            "How far a trust region's step really goes",
            Axis::log("bound δ (nats)"),
            Axis::linear("KL of trajectories / δ"),
            "The ratio of the divergence reached to the bound is one for small bounds and departs \
             from it as the bound approaches a nat.",
        )
    };
    Ok(Illustration {
        caption: "The divergence of trajectories on TAB after the natural step to the edge of δ, in \
                  units of δ: the quadratic form is a good measure while δ is small.",
        figure: lines(&axes, &[Series::line("reached", &bounds, kls)])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_13_direction_slope_and_reach() {
        let outcome = deck_13();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_13_plus_raises_the_return_and_minus_lowers_it() {
        let mdp = tab();
        let printed = &deck_13().printed[0];
        let before = value(&mdp, &tab_logits());
        let lowered = printed.value.unwrap();
        assert!(lowered < before - 0.01);
        assert!(lowered + printed.off_by.unwrap() > before + 0.01);
    }
}
