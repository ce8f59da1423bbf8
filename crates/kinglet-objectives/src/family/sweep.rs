//! One exact sweep of a member whose policy is a table.

use super::ascent::ascend;
use super::member::{Critic, Direction, EStep, Member, Over, Prior, Temperature, TrustRegion};
use super::no_sweep;
use crate::backup::{action_values, improve, soft_values};
use crate::evaluation::solve_policy;
use crate::max_entropy::entropy;
use crate::problem::{check_not_negative, check_positive, check_stationary, discounted};
use crate::residual_temperature::{bellman_residual, residual_temperature};
use crate::{
    Error, MpoMStep, TEMPERATURE_FLOOR, discounted_occupancy, mpo_e_step, mpo_m_step, soft_policy,
};
use kinglet_envs::TabularMdp;
use kinglet_trust_region::solve_temperature;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Halvings of the interval that holds a temperature.
const HALVINGS: usize = 80;

/// Where the sweeps of a member stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Iterate {
    /// π(a | s), `[S, A]`.
    pub policy: Array2<f64>,
    /// Q(s, a), the critic that the policy was made from, `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// The temperature of the last E-step, in units of reward.
    pub temperature: f64,
}

impl Iterate {
    /// The uniform policy and Q = 0, at a temperature of 1 where that is to be learnt.
    pub fn start(mdp: &TabularMdp) -> Self {
        let shape = (mdp.n_states(), mdp.n_actions());
        Self {
            policy: Array2::from_elem(shape, 1.0 / shape.1 as f64),
            q: Array2::zeros(shape),
            temperature: 1.0,
        }
    }
}

/// One exact sweep of a member over actions, from its choices alone. Catalogue: CS285-09, CS285-11,
/// CS285-13, DECK-04, DECK-13, DECK-20, DECK-21, DECK-22, MPO-10, MPO-11, MPO-15, MPO-16, VIREL-11,
/// VIREL-13, VIREL-14.
///
/// ```text
/// evaluate: Q by the critic          temperature: τ, given or found
/// E-step:   q ∝ prior exp(Q / τ),  or the slope of E[Q] − τ KL at π
/// M-step:   π fitted to q, or moved along the slope, as the trust region allows
/// ```
///
/// Expectations are over states as π visits them, discounted. A temperature that is fixed, or aims
/// at an entropy, and is measured from the uniform policy enters Q as well, as the entropy's price;
/// one that is found in each sweep does not, and neither does KL(π ‖ π_old), which is 0 at the old
/// policy. VIREL's temperature has its floor of 10⁻¹².
///
/// # Errors
/// [`Error::NoSweep`] where the member has no policy over actions, or choices that have no exact
/// sweep together; [`Error::NeedsDiscount`]; [`Error::PolicyRow`]; [`Error::TooManyStates`]; and
/// what its numbers may have wrong.
/// # Panics
/// When the iterate has another shape than the problem.
/// # Source
/// Furuta 2021 for the scheme; each row's own source for the row.
/// # Example
/// ```
/// use kinglet_envs::fixtures::disc;
/// use kinglet_objectives::family::{Iterate, SAC, sweep};
/// use kinglet_objectives::soft_value_iteration;
/// use std::ops::ControlFlow;
/// let mut at = Iterate::start(&disc());
/// for _ in 0..10 {
///     at = sweep(&disc(), &SAC, &at)?; // each is a round of soft policy iteration
/// }
/// let best = soft_value_iteration(&disc(), 0.1, 1e-12, &mut |_| ControlFlow::Continue(()))?;
/// assert!((at.policy - best.policy).iter().all(|off| off.abs() < 1e-9));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn sweep(mdp: &TabularMdp, member: &Member, from: &Iterate) -> Result<Iterate, Error> {
    if member.over != Over::Actions {
        return no_sweep(member, "it has no policy over actions that is a table");
    }
    check_stationary(mdp, from.policy.view())?;
    assert_eq!(
        from.q.dim(),
        from.policy.dim(),
        "shapes of Q (left), the policy (right)"
    );
    let occupancy = discounted_occupancy(mdp, from.policy.view())?;
    let states = &occupancy * (1.0 - discounted(mdp)?);
    let q = evaluate(mdp, member, from)?;
    let temperature = temperature(mdp, member, from, &q, &states)?;
    let policy = match member.e_step {
        EStep::Tilted => {
            let prior = prior(member, from)?;
            let target = mpo_e_step(q.view(), prior.view(), temperature)?.policy;
            fit(member, target, from, &states)?
        }
        EStep::Gradient | EStep::GradientPosterior => {
            ascend(member, &q, &from.policy, &occupancy, temperature)?
        }
        EStep::Visits => return no_sweep(member, "visits are of trajectories, not of a policy"),
    };
    Ok(Iterate {
        policy,
        q,
        temperature,
    })
}

/// Q, as the critic has it.
fn evaluate(mdp: &TabularMdp, member: &Member, from: &Iterate) -> Result<Array2<f64>, Error> {
    let price = match (member.prior, member.temperature) {
        (_, Temperature::Fixed(value)) => value,
        (_, Temperature::EntropyTarget(_)) => from.temperature,
        _ => 0.0,
    };
    match member.critic {
        Critic::Returns | Critic::StateValues | Critic::ActionValues => {
            let price = match member.prior {
                Prior::Uniform => price,
                _ => 0.0,
            };
            check_not_negative("temperature", price)?;
            Ok(solve_policy(mdp, from.policy.view(), price).q)
        }
        Critic::SoftBackup => {
            let v = match member.prior {
                Prior::OldPolicy => mpo_e_step(from.q.view(), from.policy.view(), price)?.values,
                _ => soft_values(from.q.view(), price)?,
            };
            Ok(action_values(mdp, v.view()))
        }
        Critic::Residual(step_size) => {
            check_positive("step size", step_size)?;
            let greedy = soft_policy(from.q.view(), 0.0)?;
            let residual = bellman_residual(mdp, from.q.view(), greedy.view())?;
            Ok(&from.q + &(step_size * residual))
        }
        Critic::Messages => no_sweep(member, "messages need a horizon that is finite"),
    }
}

fn temperature(
    mdp: &TabularMdp,
    member: &Member,
    from: &Iterate,
    q: &Array2<f64>,
    states: &Array1<f64>,
) -> Result<f64, Error> {
    match member.temperature {
        Temperature::Zero => Ok(0.0),
        Temperature::Fixed(value) => Ok(value),
        Temperature::DualOfKl(kl_bound) => {
            let prior = prior(member, from)?;
            let e_step = kinglet_trust_region::EStep {
                q: q.view(),
                policy: prior.view(),
                states: states.view(),
                kl_bound,
            };
            Ok(solve_temperature(e_step)?.temperature)
        }
        Temperature::BellmanResidual(scale) => {
            check_positive("scale", scale)?;
            let greedy = soft_policy(q.view(), 0.0)?;
            let even = Array2::from_elem(q.dim(), 1.0 / q.len() as f64);
            let error = residual_temperature(mdp, q.view(), greedy.view(), even.view())?;
            Ok((scale * error).max(TEMPERATURE_FLOOR))
        }
        Temperature::EntropyTarget(target) => temperature_of_entropy(q.view(), states, target),
    }
}

/// The τ at which the Boltzmann policy has an entropy in the mean; it rises with τ.
fn temperature_of_entropy(
    q: ArrayView2<'_, f64>,
    states: &Array1<f64>,
    target: f64,
) -> Result<f64, Error> {
    let most = (q.ncols() as f64).ln();
    if !(target > 0.0 && target < most) {
        return Err(Error::OutOfRange {
            name: "entropy target",
            value: target,
            interval: "(0, log A)",
        });
    }
    let too_hot = |log_temperature: f64| {
        let policy = improve(q, log_temperature.exp());
        let entropies: Array1<f64> = policy.outer_iter().map(entropy).collect();
        states.dot(&entropies) > target
    };
    let (mut low, mut high) = (-30.0, 30.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if too_hot(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high.exp())
}

fn prior(member: &Member, from: &Iterate) -> Result<Array2<f64>, Error> {
    match member.prior {
        Prior::Uniform => Ok(Array2::from_elem(
            from.policy.dim(),
            1.0 / from.policy.ncols() as f64,
        )),
        Prior::OldPolicy => Ok(from.policy.clone()),
        Prior::Parameters { .. } => no_sweep(member, "a prior over parameters is none of actions"),
    }
}

/// The M-step to a target. A table holds the target, so without trust region both directions agree.
fn fit(
    member: &Member,
    target: Array2<f64>,
    from: &Iterate,
    states: &Array1<f64>,
) -> Result<Array2<f64>, Error> {
    let m_step = |kind| mpo_m_step(target.view(), from.policy.view(), states.view(), kind);
    match (member.direction, member.trust_region) {
        (_, TrustRegion::None) => Ok(target),
        (
            Direction::Forward,
            TrustRegion::Penalty {
                coefficient,
                direction: Direction::Forward,
            },
        ) => m_step(MpoMStep::Penalised { coefficient }),
        (Direction::Forward, TrustRegion::Bound { kl_bound }) => {
            m_step(MpoMStep::Bounded { kl_bound })
        }
        (
            Direction::Reverse,
            TrustRegion::Penalty {
                coefficient,
                direction: Direction::Reverse,
            },
        ) => geometric_mixture(&target, &from.policy, coefficient),
        _ => no_sweep(
            member,
            "a fit to a target takes no trust region, or a penalty of its own direction, or (forward) a bound",
        ),
    }
}

/// The minimum of KL(π ‖ q) + λ KL(π ‖ π_old): π ∝ (q π_old^λ)^(1 / (1 + λ)).
fn geometric_mixture(
    target: &Array2<f64>,
    old: &Array2<f64>,
    coefficient: f64,
) -> Result<Array2<f64>, Error> {
    check_not_negative("coefficient", coefficient)?;
    let share = 1.0 / (1.0 + coefficient);
    let mut policy = target.mapv(|q| q.powf(share)) * old.mapv(|p| p.powf(1.0 - share));
    let sums = policy.sum_axis(Axis(1)).insert_axis(Axis(1));
    policy /= &sums;
    Ok(policy)
}
