//! The critic of soft actor-critic: what it is trained on, and where that leads.

use crate::Error;
use crate::backup::action_values;
use crate::max_entropy::entropy;
use crate::residual_temperature::check;
use crate::soft::check_temperature;
use kinglet_envs::TabularMdp;
use ndarray::{Array2, ArrayView2};

/// The target of a soft critic, from one sampled action. Catalogue: CS285-13.
///
/// ```text
/// y = r + γ ( Q(s′, a′) − β log π(a′ | s′) ),   a′ ~ π(· | s′)
/// ```
///
/// −log π of the sampled action stands for the entropy, which is its mean. At the end of an
/// episode the discount to pass is 0.
///
/// # Units
/// Reward; β, the temperature, too.
/// # Source
/// Haarnoja 2018b, eqs. (2), (3).
/// # Example
/// ```
/// use kinglet_objectives::soft_q_target;
/// // An action of probability ½ is worth log 2 more than it earns.
/// let target = soft_q_target(1.0, 0.9, 2.0, 0.5f64.ln(), 0.1);
/// assert!((target - (1.0 + 0.9 * (2.0 + 0.1 * 2f64.ln()))).abs() < 1e-15);
/// ```
pub fn soft_q_target(
    reward: f64,
    discount: f64,
    q_next: f64,
    log_prob_next: f64,
    temperature: f64,
) -> f64 {
    reward + discount * (q_next - temperature * log_prob_next)
}

/// The mean of [`soft_q_target`] for every pair: the soft Bellman operator of a policy.
/// Catalogue: CS285-13.
///
/// ```text
/// (T Q)(s, a) = r(s, a) + γ E_{s′}[ E_π[Q(s′, a′)] + β H(π(· | s′)) ]
/// ```
///
/// A γ-contraction, whose fixed point is the soft Q^π of
/// [`evaluate_soft_policy`](crate::evaluate_soft_policy).
///
/// # Shapes
/// `q`, `policy`: `[S, A]`. Returns `[S, A]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::PolicyRow`].
/// # Panics
/// When a shape is another.
/// # Source
/// Haarnoja 2018, eqs. (2), (3).
/// # Example
/// ```
/// use kinglet_objectives::soft_q_backup;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[1.0, 2.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let (q, uniform) = (array![[0.0, 4.0]], array![[0.5, 0.5]]);
/// let backed_up = soft_q_backup(&mdp, q.view(), uniform.view(), 1.0)?;
/// assert_eq!(backed_up[[0, 0]], 1.0 + 0.5 * (2.0 + 2f64.ln()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn soft_q_backup(
    mdp: &TabularMdp,
    q: ArrayView2<'_, f64>,
    policy: ArrayView2<'_, f64>,
    temperature: f64,
) -> Result<Array2<f64>, Error> {
    check_temperature(temperature)?;
    check(mdp, q, policy)?;
    let rows = q.outer_iter().zip(policy.outer_iter());
    let v = rows.map(|(q, policy)| policy.dot(&q) + temperature * entropy(policy));
    Ok(action_values(
        mdp,
        v.collect::<ndarray::Array1<f64>>().view(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluate_soft_policy, soft_policy};
    use kinglet_envs::fixtures::disc;

    #[test]
    fn cs285_13_backup_fixes_the_soft_values_and_contracts() {
        let mdp = disc();
        let logits =
            Array2::from_shape_fn((4, 3), |(s, a)| (1.3 * s as f64 + 2.1 * a as f64).sin());
        let policy = soft_policy(logits.view(), 1.0).unwrap();
        let exact = evaluate_soft_policy(&mdp, policy.view(), 0.4).unwrap().q;
        let back = |q: &Array2<f64>| soft_q_backup(&mdp, q.view(), policy.view(), 0.4).unwrap();
        assert!((back(&exact) - &exact).iter().all(|off| off.abs() < 1e-13));
        let off = back(&(&exact + 2.0)) - &exact;
        assert!(off.iter().all(|off| (off - 1.8).abs() < 1e-13));
    }

    #[test]
    fn cs285_13_the_backup_is_the_mean_of_the_targets() {
        let mdp = disc();
        let q = Array2::from_shape_fn((4, 3), |(s, a)| (0.9 * s as f64 - 1.7 * a as f64).cos());
        let policy = soft_policy(q.view(), 0.5).unwrap();
        let back = soft_q_backup(&mdp, q.view(), policy.view(), 0.4).unwrap();
        for ((s, a), &mean) in back.indexed_iter() {
            let mut sum = 0.0;
            for (next, p) in mdp.successors(s, a) {
                for (b, &chosen) in policy.row(next).indexed_iter() {
                    let (reward, q) = (mdp.reward(s, a), q[[next, b]]);
                    sum += p * chosen * soft_q_target(reward, mdp.discount(), q, chosen.ln(), 0.4);
                }
            }
            assert!((mean - sum).abs() < 1e-14, "({s}, {a})");
        }
    }
}
