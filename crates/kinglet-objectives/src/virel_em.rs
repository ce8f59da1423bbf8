//! VIREL's EM actor-critic on a tabular problem.

use crate::max_entropy::entropy;
use crate::problem::{check_positive, discounted};
use crate::residual_temperature::{
    bellman_residual, check_weights, residual_gradient, residual_temperature,
};
use crate::{Error, Finish, Progress, TEMPERATURE_FLOOR, soft_policy, virel_policy};
use kinglet_envs::TabularMdp;
use ndarray::{Array2, ArrayView2};
use std::ops::ControlFlow;

/// Halvings of the interval that holds an on-policy temperature.
const HALVINGS: usize = 60;

/// How [`virel_em`] learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VirelEm {
    /// Rounds of an E-step and an M-step.
    pub rounds: u64,
    /// Which Bellman operator the temperature and the M-step use.
    pub operator: VirelOperator,
    /// How the M-step lowers the Bellman error.
    pub m_step: VirelMStep,
    /// The step size η of the M-step.
    pub step_size: f64,
    /// The temperature is this multiple of the mean-squared Bellman error, in 1/reward. It is what
    /// the unit of reward leaves to choose.
    pub scale: f64,
}

/// The Bellman operator of the temperature. Catalogue: VIREL-13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VirelOperator {
    /// T*, the maximum over actions.
    Optimal,
    /// T^{π_ω}, the mean over VIREL's own policy: its temperature is an [`on_policy_temperature`].
    OnPolicy,
}

/// How an M-step lowers the Bellman error. Catalogue: VIREL-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VirelMStep {
    /// Policy evaluation, Q ← Q + η (T Q − Q): the gradient of the error with the target held
    /// fixed, each pair with the same weight. A contraction for η ≤ 1.
    Backup,
    /// Q ← Q − η ∇ε, the gradient of the error itself.
    ResidualGradient,
}

/// What [`virel_em`] has learnt, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct VirelRun {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// Its [`virel_policy`], `[S, A]`.
    pub policy: Array2<f64>,
    /// ε at the start of each round, and at the end, `[rounds + 1]`.
    pub temperatures: Vec<f64>,
    /// The policy's entropy, averaged over states, at the same times, in nats.
    pub entropies: Vec<f64>,
    /// Why the learning ended.
    pub finish: Finish,
}

/// VIREL's EM actor-critic. Catalogue: VIREL-13, VIREL-11, VIREL-12.
///
/// ```text
/// ε ← c ‖T Q − Q‖²_d
/// E-step: π ← exp(Q / ε) / Z,        the exact maximum of E_π[Q]/ε + H(π)
/// M-step: Q ← Q + η (T Q − Q),   or   Q ← Q − η ∇ε
/// ```
///
/// While Q is wrong the policy explores; as the Bellman error falls to zero it becomes the greedy
/// policy of Q*. With tables the E-step has no error, so the M-step is all that is learnt.
///
/// # Shapes
/// `start`: Q, `[S, A]`; `weights`: d, `[S, A]`.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::NotPositive`] for the settings; [`Error::NoDistribution`].
/// # Panics
/// When a shape is another.
/// # Source
/// Fellows 2019, section 4.
/// # Example
/// ```
/// use kinglet_objectives::{VirelMStep, VirelEm, VirelOperator, virel_em};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use std::ops::ControlFlow;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let settings = VirelEm {
///     rounds: 100, operator: VirelOperator::Optimal, m_step: VirelMStep::Backup, step_size: 0.5,
///     scale: 1.0,
/// };
/// let (zero, law) = (array![[0.0, 0.0]], array![[0.5, 0.5]]);
/// let go_on = &mut |_| ControlFlow::Continue(());
/// let learnt = virel_em(&mdp, &settings, zero.view(), law.view(), go_on)?;
/// assert_eq!(learnt.temperatures[0], 0.5); // T*0 = (0, 1)
/// assert!(learnt.temperatures[100] < 1e-20 && (learnt.q[[0, 1]] - 2.0).abs() < 1e-10);
/// assert_eq!(learnt.policy, array![[0.0, 1.0]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn virel_em(
    mdp: &TabularMdp,
    settings: &VirelEm,
    start: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<VirelRun, Error> {
    settings.check()?;
    discounted(mdp)?;
    let mut q = start.to_owned();
    let (mut policy, temperature) = e_step(mdp, settings, q.view(), weights)?;
    let (mut temperatures, mut entropies) = (vec![temperature], vec![mean_entropy(&policy)]);
    let mut finish = Finish::Converged;
    for done in 1..=settings.rounds {
        m_step(mdp, settings, &mut q, &policy, weights)?;
        let (next, temperature) = e_step(mdp, settings, q.view(), weights)?;
        policy = next;
        temperatures.push(temperature);
        entropies.push(mean_entropy(&policy));
        let report = Progress {
            done,
            total: Some(settings.rounds),
            residual: temperature,
        };
        if progress(report).is_break() && done < settings.rounds {
            finish = Finish::Stopped;
            break;
        }
    }
    Ok(VirelRun {
        q,
        policy,
        temperatures,
        entropies,
        finish,
    })
}

/// The temperature that is its own policy's Bellman error. Catalogue: VIREL-13.
///
/// ```text
/// ε = c ‖T^{π_ε} Q − Q‖²_d,   π_ε(a | s) ∝ exp(Q(s, a) / ε)
/// ```
///
/// The right side depends on ε through its policy, continuously and within bounds, and at ε = 0,
/// where the policy is greedy, it is not below ε: there is a solution, which bisection finds. At
/// Q* it is 0.
///
/// # Shapes
/// `q`, `weights`: `[S, A]`.
/// # Errors
/// [`Error::NeedsDiscount`]; [`Error::NotPositive`] for the scale; [`Error::NoDistribution`].
/// # Panics
/// When a shape is another.
/// # Source
/// Fellows 2019, section 3.1, on the operators a temperature may use.
/// # Example
/// ```
/// use kinglet_objectives::{on_policy_temperature, residual_temperature, virel_policy};
/// use kinglet_envs::fixtures::disc;
/// use ndarray::Array2;
/// let (mdp, law) = (disc(), Array2::from_elem((4, 3), 1.0 / 12.0));
/// let q = Array2::from_shape_fn((4, 3), |(s, a)| (s as f64 - a as f64).sin());
/// let temperature = on_policy_temperature(&mdp, q.view(), law.view(), 1.0)?;
/// let policy = virel_policy(q.view(), temperature)?;
/// let residual = residual_temperature(&mdp, q.view(), policy.view(), law.view())?;
/// assert!((residual - temperature).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn on_policy_temperature(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
    scale: f64,
) -> Result<f64, Error> {
    check_positive("scale", scale)?;
    let excess = |temperature: f64| {
        let policy = virel_policy(q, temperature)?;
        let error = residual_temperature(mdp, q, policy.view(), weights)?;
        Ok::<_, Error>(scale * error - temperature)
    };
    let (mut low, mut high) = (0.0, excess(0.0)?.max(TEMPERATURE_FLOOR));
    while excess(high)? > 0.0 {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if excess(middle)? > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// The policy of Q, and its temperature.
fn e_step(
    mdp: &TabularMdp,
    settings: &VirelEm,
    q: ArrayView2<'_, f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<(Array2<f64>, f64), Error> {
    check_weights(q, weights)?;
    let temperature = match settings.operator {
        VirelOperator::Optimal => {
            let greedy = soft_policy(q, 0.0)?;
            settings.scale * residual_temperature(mdp, q, greedy.view(), weights)?
        }
        VirelOperator::OnPolicy => on_policy_temperature(mdp, q, weights, settings.scale)?,
    };
    Ok((virel_policy(q, temperature)?, temperature))
}

fn m_step(
    mdp: &TabularMdp,
    settings: &VirelEm,
    q: &mut Array2<f64>,
    policy: &Array2<f64>,
    weights: ArrayView2<'_, f64>,
) -> Result<(), Error> {
    let greedy;
    let followed = match settings.operator {
        VirelOperator::Optimal => {
            greedy = soft_policy(q.view(), 0.0)?;
            greedy.view()
        }
        VirelOperator::OnPolicy => policy.view(),
    };
    let ascent = match settings.m_step {
        VirelMStep::Backup => bellman_residual(mdp, q.view(), followed)?,
        VirelMStep::ResidualGradient => -residual_gradient(mdp, q.view(), followed, weights)?,
    };
    q.scaled_add(settings.step_size, &ascent);
    Ok(())
}

impl VirelEm {
    fn check(&self) -> Result<(), Error> {
        check_positive("step size", self.step_size)?;
        check_positive("scale", self.scale)
    }
}

/// The entropy of a policy's rows, averaged.
fn mean_entropy(policy: &Array2<f64>) -> f64 {
    policy.outer_iter().map(entropy).sum::<f64>() / policy.nrows() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soft_value_iteration;
    use kinglet_envs::fixtures::disc;

    fn run(operator: VirelOperator, m_step: VirelMStep, step_size: f64, rounds: u64) -> VirelRun {
        let settings = VirelEm {
            rounds,
            operator,
            m_step,
            step_size,
            scale: 1.0,
        };
        let (zero, law) = (Array2::zeros((4, 3)), Array2::from_elem((4, 3), 1.0 / 12.0));
        let go_on = &mut |_| ControlFlow::Continue(());
        virel_em(&disc(), &settings, zero.view(), law.view(), go_on).unwrap()
    }

    fn distance_to_best(q: &Array2<f64>) -> f64 {
        let go_on = &mut |_| ControlFlow::Continue(());
        let best = soft_value_iteration(&disc(), 0.0, 1e-14, go_on).unwrap().q;
        (q - &best).fold(0.0, |m, x| m.max(x.abs()))
    }

    #[test]
    fn virel_13_both_operators_reach_the_optimum() {
        for operator in [VirelOperator::Optimal, VirelOperator::OnPolicy] {
            let learnt = run(operator, VirelMStep::Backup, 0.5, 400);
            assert!(distance_to_best(&learnt.q) < 1e-7, "{operator:?}");
            assert!(learnt.temperatures[400] < 1e-12 && learnt.entropies[400] < 1e-6);
            // Q = 0 is level, and its policy uniform.
            assert!((learnt.entropies[0] - 3_f64.ln()).abs() < 1e-14);
        }
    }

    #[test]
    fn virel_13_the_residual_gradient_gets_there_too() {
        let learnt = run(
            VirelOperator::Optimal,
            VirelMStep::ResidualGradient,
            2.0,
            4000,
        );
        let (first, last) = (learnt.temperatures[0], learnt.temperatures[4000]);
        assert!(last < 1e-3 * first, "{first} and {last}");
        assert!(distance_to_best(&learnt.q) < 0.5);
    }

    #[test]
    fn virel_09_the_scale_multiplies_the_error() {
        let (zero, law) = (Array2::zeros((4, 3)), Array2::from_elem((4, 3), 1.0 / 12.0));
        let first = |scale, operator| {
            let settings = VirelEm {
                rounds: 0,
                operator,
                m_step: VirelMStep::Backup,
                step_size: 0.5,
                scale,
            };
            let go_on = &mut |_| ControlFlow::Continue(());
            virel_em(&disc(), &settings, zero.view(), law.view(), go_on)
                .map(|run| run.temperatures[0])
        };
        // At Q = 0 the residual is the reward, whatever the policy.
        let squares: f64 = (0..12).map(|i| disc().reward(i / 3, i % 3).powi(2)).sum();
        for operator in [VirelOperator::Optimal, VirelOperator::OnPolicy] {
            let temperature = first(0.3, operator).unwrap();
            assert!(
                (temperature - 0.3 * squares / 12.0).abs() < 1e-13,
                "{operator:?}"
            );
            assert!(first(0.0, operator).is_err());
        }
    }

    #[test]
    fn virel_13_a_run_can_be_stopped() {
        let (zero, law) = (Array2::zeros((4, 3)), Array2::from_elem((4, 3), 1.0 / 12.0));
        let settings = VirelEm {
            rounds: 50,
            operator: VirelOperator::Optimal,
            m_step: VirelMStep::Backup,
            step_size: 0.5,
            scale: 1.0,
        };
        let mut stop = |p: Progress| match p.done {
            7 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        };
        let run = virel_em(&disc(), &settings, zero.view(), law.view(), &mut stop).unwrap();
        assert_eq!((run.temperatures.len(), run.finish), (8, Finish::Stopped));
    }

    #[test]
    fn virel_09_a_scale_makes_the_policy_one_of_no_unit() {
        // Rewards times k, scale over k: the temperature grows as Q does.
        let (q, law) = (
            Array2::from_shape_fn((4, 3), |(s, a)| (s as f64 - a as f64).sin()),
            Array2::from_elem((4, 3), 1.0 / 12.0),
        );
        let small = on_policy_temperature(&disc(), q.view(), law.view(), 0.5).unwrap();
        let rewards =
            kinglet_envs::Rewards::StateAction(Array2::from_shape_fn((4, 3), |(s, a)| {
                10.0 * disc().reward(s, a)
            }));
        let large = disc().with_rewards(rewards).unwrap();
        let q = 10.0 * q;
        let temperature = on_policy_temperature(&large, q.view(), law.view(), 0.05).unwrap();
        assert!((temperature - 10.0 * small).abs() < 1e-12);
    }
}
