//! Inverse reinforcement learning: which rewards explain demonstrations.

mod backups;
mod causal;
mod features;
mod fit;
mod log_messages;
mod max_ent;
mod messages;
mod slip_backups;
mod stencil;
mod visits;

pub use causal::CausalIrl;
pub use features::FeatureReward;
pub use fit::{RewardFit, fit_reward};
pub use max_ent::MaxEntIrl;
pub use visits::{demonstration_visits, policy_log_likelihood, policy_visits};

/// What the rewards to be learnt are a table of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RewardTable {
    /// r(s), `[S]`.
    State,
    /// r(s, a), `[S A]`, state by state.
    StateAction,
}

impl RewardTable {
    /// Where r(s, a) stands in a table with `n_actions` actions.
    #[inline(always)]
    fn index(self, state: usize, action: usize, n_actions: usize) -> usize {
        match self {
            RewardTable::State => state,
            RewardTable::StateAction => state * n_actions + action,
        }
    }

    /// The length of a table.
    fn len(self, n_states: usize, n_actions: usize) -> usize {
        match self {
            RewardTable::State => n_states,
            RewardTable::StateAction => n_states * n_actions,
        }
    }
}

/// What a reward says about behaviour: a normaliser, convex in the reward, whose gradient is how often it leads one to
/// each place. Catalogue: CS285-16.
///
/// [`MaxEntIrl`] and [`CausalIrl`] are two such laws; a [`FeatureReward`] makes one of another, with the weights of
/// features for its rewards.
pub trait IrlModel {
    /// The number of rewards.
    fn n_rewards(&self) -> usize;

    /// The normaliser log Z at a reward; `visits` becomes its gradient, the expected number of visits.
    ///
    /// # Shapes
    /// `reward`, `visits`: `[n_rewards]`. Units: nats, visits in T steps.
    /// # Panics
    /// When a length is not the number of rewards.
    fn normaliser(&mut self, reward: &[f64], visits: &mut [f64]) -> f64;
}

/// The log-likelihood of demonstrations under a reward, and its gradient. Catalogue: CS285-15, CS285-16.
///
/// ```text
/// L(r) = (1/N) Σᵢ r(τᵢ) − log Z(r) = n̂ · r − log Z(r)
/// ∇L   = n̂ − E[visits]
/// ```
///
/// Demonstrations enter through their mean number of visits n̂ alone. What does not depend on r is left out: of
/// [`MaxEntIrl`], (1/N) Σ log p(τᵢ), the dynamics. Rewards are in units of the temperature.
///
/// # Shapes
/// `counts`, `reward`, `gradient`: `[n_rewards]` of the model. Units: nats.
/// # Panics
/// When a length is not the number of rewards.
/// # Source
/// Ziebart, Maas, Bagnell & Dey 2008, equation (6) and the sections around it.
/// # Example
/// ```
/// use kinglet_envs::{Horizon, TabularMdp};
/// use kinglet_objectives::{MaxEntIrl, RewardTable, irl_likelihood};
/// use ndarray::array;
/// // One state, two actions, one step: logistic regression.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 0.0]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// let mut model = MaxEntIrl::new(&mdp, RewardTable::StateAction)?;
/// let mut gradient = [0.0; 2];
/// let demonstrated = [0.25, 0.75];
/// let l = irl_likelihood(&mut model, &demonstrated, &[0.0, 0.0], &mut gradient);
/// assert_eq!(gradient, [-0.25, 0.25]);
/// assert!((l + 2f64.ln()).abs() < 1e-15);
/// let l = irl_likelihood(&mut model, &demonstrated, &[0.0, 3f64.ln()], &mut gradient);
/// assert!(gradient.iter().all(|g| g.abs() < 1e-15)); // odds of three to one, as demonstrated
/// assert!((l - (0.75 * 3f64.ln() - 4f64.ln())).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn irl_likelihood(
    model: &mut impl IrlModel,
    counts: &[f64],
    reward: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let n = model.n_rewards();
    assert_eq!(
        counts.len(),
        n,
        "length of counts (left), number of rewards (right)"
    );
    let normaliser = model.normaliser(reward, gradient);
    for (gradient, count) in gradient.iter_mut().zip(counts) {
        *gradient = count - *gradient;
    }
    let explained: f64 = counts.iter().zip(reward).map(|(n, r)| n * r).sum();
    explained - normaliser
}

/// Whether two slices are as long as a model's table.
fn check_lengths(n: usize, reward: &[f64], visits: &[f64]) {
    assert_eq!(
        (reward.len(), visits.len()),
        (n, n),
        "lengths of reward and visits (left), number of rewards (right)"
    );
}
