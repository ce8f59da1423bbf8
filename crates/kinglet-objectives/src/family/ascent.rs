//! The M-step of a member that knows only a slope: a step of the policy along it.

use super::member::{Direction, Member, Prior, Temperature, TrustRegion};
use super::no_sweep;
use crate::backup::improve;
use crate::mpo_e_step::divergences;
use crate::{Error, policy_gradient_theorem};
use kinglet_trust_region::{
    Evaluation, LineSearch, clipped, line_search, penalised_optimum_forward,
    penalised_optimum_reverse, trust_region_step,
};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

/// How a line search shortens its step.
const SHRINK: f64 = 0.8;
const TRIES: usize = 30;

/// The policy after a step. `occupancy` is that of the old policy, which sums to 1 / (1 − γ).
pub(super) fn ascend(
    member: &Member,
    q: &Array2<f64>,
    old: &Array2<f64>,
    occupancy: &Array1<f64>,
    temperature: f64,
) -> Result<Array2<f64>, Error> {
    if !matches!(
        member.temperature,
        Temperature::Zero | Temperature::Fixed(_)
    ) {
        return no_sweep(member, "a slope needs a temperature that is zero or fixed");
    }
    let advantage = advantage(member, q, old, temperature);
    let states = occupancy / occupancy.sum();
    match member.trust_region {
        TrustRegion::Step(size) => {
            let slope = policy_gradient_theorem(old.view(), occupancy.view(), advantage.view());
            Ok(moved(old, &(size * slope)))
        }
        TrustRegion::NaturalGradient { kl_bound } => Ok(moved(
            old,
            &natural_step(&advantage, old, &states, kl_bound)?,
        )),
        TrustRegion::LineSearch { kl_bound } => searched(&advantage, old, &states, kl_bound),
        TrustRegion::Penalty {
            coefficient,
            direction,
        } => penalised(&advantage, old, coefficient, direction),
        TrustRegion::Clip {
            width,
            step_size,
            passes,
        } => clip_ascent(&advantage, old, &states, (width, step_size, passes)),
        TrustRegion::None | TrustRegion::Bound { .. } => no_sweep(
            member,
            "a slope has no last point: it takes a step, a natural gradient, a penalty or a clip",
        ),
    }
}

/// Q − τ log(π / prior) less its mean under π, at π; 0 for an action that π never takes.
fn advantage(
    member: &Member,
    q: &Array2<f64>,
    policy: &Array2<f64>,
    temperature: f64,
) -> Array2<f64> {
    let price = match member.prior {
        Prior::OldPolicy => 0.0, // log(π / π) = 0
        _ => temperature,
    };
    let mut advantage = q.clone();
    Zip::from(&mut advantage).and(policy).for_each(|q, &p| {
        if p > 0.0 {
            *q -= price * p.ln();
        }
    });
    let mean = (&advantage * policy).sum_axis(Axis(1)).insert_axis(Axis(1));
    advantage - mean
}

/// Moves the logits of a policy: π ∝ π_old exp(step).
fn moved(old: &Array2<f64>, step: &Array2<f64>) -> Array2<f64> {
    improve((old.mapv(f64::ln) + step).view(), 1.0)
}

/// β F⁻¹∇J: for logits F⁻¹∇J is the advantage, and ∇Jᵀ F⁻¹ ∇J its mean square. Catalogue: DECK-13.
fn natural_step(
    advantage: &Array2<f64>,
    old: &Array2<f64>,
    states: &Array1<f64>,
    kl_bound: f64,
) -> Result<Array2<f64>, Error> {
    let squares = (advantage * advantage * old).sum_axis(Axis(1));
    Ok(trust_region_step(kl_bound, states.dot(&squares))? * advantage)
}

fn searched(
    advantage: &Array2<f64>,
    old: &Array2<f64>,
    states: &Array1<f64>,
    kl_bound: f64,
) -> Result<Array2<f64>, Error> {
    let flat = |table: Array2<f64>| Array1::from_iter(table);
    let shaped = |logits: ArrayView1<'_, f64>| {
        let logits = Array2::from_shape_vec(old.dim(), logits.to_vec()).expect("as many logits");
        improve(logits.view(), 1.0)
    };
    let settings = LineSearch {
        kl_bound,
        shrink: SHRINK,
        max_tries: TRIES,
    };
    let step = flat(natural_step(advantage, old, states, kl_bound)?);
    let logits = flat(old.mapv(f64::ln));
    let found = line_search(logits.view(), step.view(), 0.0, settings, |logits| {
        let policy = shaped(logits);
        Evaluation {
            objective: states.dot(&(&policy * advantage).sum_axis(Axis(1))),
            kl: states.dot(&divergences(old.view(), policy.view())),
        }
    })?;
    Ok(shaped(found.into_theta().view()))
}

fn penalised(
    advantage: &Array2<f64>,
    old: &Array2<f64>,
    coefficient: f64,
    direction: Direction,
) -> Result<Array2<f64>, Error> {
    let mut policy = old.clone();
    let rows = policy.rows_mut().into_iter().zip(old.rows());
    for ((mut row, old), advantage) in rows.zip(advantage.rows()) {
        row.assign(&match direction {
            Direction::Forward => penalised_optimum_forward(old, advantage, coefficient)?,
            Direction::Reverse => penalised_optimum_reverse(old, advantage, coefficient)?,
        });
    }
    Ok(policy)
}

fn clip_ascent(
    advantage: &Array2<f64>,
    old: &Array2<f64>,
    states: &Array1<f64>,
    (width, step_size, passes): (f64, f64, u32),
) -> Result<Array2<f64>, Error> {
    let mut policy = old.clone();
    for _ in 0..passes {
        let slope = clipped_slope(
            policy.view(),
            old.view(),
            advantage.view(),
            states.view(),
            width,
        )?;
        policy = moved(&policy, &(step_size * slope));
    }
    Ok(policy)
}

/// The gradient of the clipped surrogate by the logits of a policy, exactly. Catalogue: DECK-22.
///
/// ```text
/// L(θ) = Σ μ(s) π_old(a | s) min(ρ A, clip(ρ, 1 − ε, 1 + ε) A),   ρ = π_θ(a | s) / π_old(a | s)
/// ```
///
/// It is 0 wherever all actions of positive advantage have ρ ≥ 1 + ε, and all of negative ρ ≤ 1 − ε:
/// over a whole set of policies, where a divergence would still distinguish one from another.
///
/// # Shapes
/// `policy`, `old`, `advantage`: `[S, A]`, probabilities above 0; `states` (μ): `[S]`. Returns `[S, A]`.
/// # Errors
/// [`Error::TrustRegion`] for the width, an advantage or a ratio.
/// # Panics
/// When the shapes differ.
/// # Source
/// Schulman 2017, eq. (7).
/// # Example
/// ```
/// use kinglet_objectives::family::clipped_slope;
/// use ndarray::array;
/// let (old, advantage, states) = (array![[0.5, 0.5]], array![[1.0, -1.0]], array![1.0]);
/// let at = |policy: ndarray::Array2<f64>| {
///     clipped_slope(policy.view(), old.view(), advantage.view(), states.view(), 0.2)
/// };
/// assert_eq!(at(old.clone())?, array![[0.5, -0.5]]); // the policy gradient
/// assert_eq!(at(array![[0.65, 0.35]])?, array![[0.0, 0.0]]); // ratios 1.3 and 0.7
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn clipped_slope(
    policy: ArrayView2<'_, f64>,
    old: ArrayView2<'_, f64>,
    advantage: ArrayView2<'_, f64>,
    states: ArrayView1<'_, f64>,
    width: f64,
) -> Result<Array2<f64>, Error> {
    let logs = |table: ArrayView2<'_, f64>| table.iter().map(|p| p.ln()).collect::<Array1<f64>>();
    // A mean over N samples of weight N μ(s) π_old(a | s) is the expectation.
    let weights = &old * &states.insert_axis(Axis(1)) * old.len() as f64;
    let weighted = Array1::from_iter(&advantage * &weights);
    let surrogate = clipped(
        logs(policy).view(),
        logs(old).view(),
        weighted.view(),
        width,
    )?;
    let by_log_prob = Array2::from_shape_vec(policy.dim(), surrogate.by_log_prob.to_vec())
        .expect("one derivative for each probability");
    let sums = by_log_prob.sum_axis(Axis(1)).insert_axis(Axis(1));
    Ok(by_log_prob - &policy * &sums)
}
