//! Fitting a reward to demonstrations.

use std::ops::ControlFlow;

use ndarray::Array1;

use super::{IrlModel, irl_likelihood};
use crate::problem::check_positive;
use crate::{Error, Finish, Progress};

/// Halvings of a step after which rounding must be what hides the ascent.
const HALVINGS: u32 = 100;

/// A reward fitted to demonstrations. Made by [`fit_reward`].
#[derive(Debug, Clone, PartialEq)]
pub struct RewardFit {
    /// The reward, `[n_rewards]` of the model: weights, where it is a [`FeatureReward`](crate::FeatureReward).
    pub reward: Array1<f64>,
    /// The log-likelihood reached, as of [`irl_likelihood`].
    pub likelihood: f64,
    /// The largest component of the gradient: how far visits are from those demonstrated.
    pub residual: f64,
    /// Steps done.
    pub steps: u64,
    /// Why the ascent ended.
    pub finish: Finish,
}

/// The reward of the largest likelihood, by gradient ascent from 0. Catalogue: CS285-16, CS285-17.
///
/// ```text
/// r ← r + η ∇L(r),   until max |∇L| < tolerance
/// ```
///
/// L is concave, so a step whose far end still points along it cannot have overshot the largest value on its way: η
/// grows by half after such a step and is halved before any other. Rewards that the law cannot tell apart, by a constant
/// for one, stay where they are; where demonstrations never do what they could, the maximum lies at infinity, and the
/// ascent ends after `max_steps` on its way there.
///
/// # Shapes
/// `counts`: `[n_rewards]` of the model.
/// # Errors
/// [`Error::NotPositive`] for the tolerance; [`Error::NotFinite`] for counts, or rewards of the model, that are not.
/// # Panics
/// When there are not as many counts as rewards.
/// # Source
/// Ziebart, Maas, Bagnell & Dey 2008, section "Learning from demonstrated behavior".
/// # Example
/// ```
/// use kinglet_envs::Rewards;
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{
///     CausalIrl, RewardTable, fit_reward, policy_visits, soft_value_iteration_finite,
/// };
/// use std::ops::ControlFlow;
/// let problem = tab();
/// let expert = soft_value_iteration_finite(&problem, 1.0)?.policy;
/// let counts = policy_visits(&problem, expert.view())?;
/// let mut model = CausalIrl::new(&problem, RewardTable::StateAction)?;
/// let counts = counts.as_slice().expect("contiguous");
/// let fit = fit_reward(&mut model, counts, 1e-8, 10_000, &mut |_| ControlFlow::Continue(()))?;
/// assert!(fit.residual < 1e-8);
/// // Another reward perhaps, but one that leads to the expert's behaviour.
/// let reward = fit.reward.into_shape_with_order((3, 2)).expect("six rewards");
/// let learnt = soft_value_iteration_finite(&problem.with_rewards(Rewards::StateAction(reward))?, 1.0)?;
/// assert!((learnt.policy - expert).iter().all(|off| off.abs() < 1e-6));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn fit_reward(
    model: &mut impl IrlModel,
    counts: &[f64],
    tolerance: f64,
    max_steps: u64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<RewardFit, Error> {
    check_positive("tolerance", tolerance)?;
    let mut ascent = Ascent::new(model, counts)?;
    let mut steps = 0;
    let finish = loop {
        let residual = ascent.residual();
        let done = Progress {
            done: steps,
            total: Some(max_steps),
            residual,
        };
        if progress(done).is_break() {
            break Finish::Stopped;
        }
        if residual < tolerance || steps == max_steps {
            break Finish::Converged;
        }
        if !ascent.step(model, counts) {
            break Finish::RoundingLimit;
        }
        steps += 1;
    };
    Ok(RewardFit {
        likelihood: ascent.likelihood,
        residual: ascent.residual(),
        reward: Array1::from(ascent.reward),
        steps,
        finish,
    })
}

/// Where the ascent stands, and where it looks next.
struct Ascent {
    reward: Vec<f64>,
    gradient: Vec<f64>,
    likelihood: f64,
    next_reward: Vec<f64>,
    next_gradient: Vec<f64>,
    step: f64,
}

impl Ascent {
    fn new(model: &mut impl IrlModel, counts: &[f64]) -> Result<Self, Error> {
        let zeros = vec![0.0; model.n_rewards()];
        let mut gradient = zeros.clone();
        let likelihood = irl_likelihood(model, counts, &zeros, &mut gradient);
        if let Some(&value) = gradient.iter().find(|g| !g.is_finite()) {
            return Err(Error::NotFinite {
                name: "the gradient of the likelihood",
                value,
            });
        }
        Ok(Self {
            next_reward: zeros.clone(),
            next_gradient: zeros.clone(),
            reward: zeros,
            gradient,
            likelihood,
            step: 1.0,
        })
    }

    /// max |∇L|.
    fn residual(&self) -> f64 {
        self.gradient.iter().fold(0.0, |m, g| m.max(g.abs()))
    }

    /// One step that does not overshoot; false if there is none.
    fn step(&mut self, model: &mut impl IrlModel, counts: &[f64]) -> bool {
        for _ in 0..HALVINGS {
            let here = self.reward.iter().zip(&self.gradient);
            for (next, (r, g)) in self.next_reward.iter_mut().zip(here) {
                *next = r + self.step * g;
            }
            let likelihood =
                irl_likelihood(model, counts, &self.next_reward, &mut self.next_gradient);
            let along: f64 = (self.gradient.iter().zip(&self.next_gradient))
                .map(|(g, next)| g * next)
                .sum();
            if along >= 0.0 {
                std::mem::swap(&mut self.reward, &mut self.next_reward);
                std::mem::swap(&mut self.gradient, &mut self.next_gradient);
                self.likelihood = likelihood;
                self.step *= 1.5;
                return true;
            }
            self.step *= 0.5;
        }
        false
    }
}
