//! Markov decision processes with finitely many states and actions.

use ndarray::{Array1, ArrayView1, ArrayView2, ArrayView3};

use crate::sparse::SUM_TOLERANCE;
use crate::{Error, Horizon, Rewards, Sparse, Trajectories, Transitions};

/// A Markov decision process with finitely many states and actions, known in full.
///
/// ```text
/// s₁ ~ p(s₁),   sₜ₊₁ ~ p(· | sₜ, aₜ),   reward r(sₜ, aₜ)
/// ```
///
/// It is validated on construction, so whoever holds one need not check it again. Its dynamics
/// are sparse or a [`Slip`](crate::Slip), so a million states fit.
///
/// # Shapes
/// S states, A actions: dynamics `[S, A, S']`, rewards `[S]` or `[S, A]`, initial law `[S]`.
///
/// # Example
/// ```
/// use kinglet_envs::{Error, Horizon, TabularMdp};
/// use ndarray::array;
/// // Two states, actions "stay" and "switch", a reward of 1 a step in state 1.
/// let transition = array![[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]];
/// let reward = array![[0.0, 0.0], [1.0, 1.0]];
/// let initial = array![1.0, 0.0];
/// let build = |initial: &ndarray::Array1<f64>| {
///     let (transition, reward) = (transition.view(), reward.view());
///     TabularMdp::from_dense(transition, reward, initial.view(), Horizon::Finite(2))
/// };
/// let rewards: Vec<f64> = build(&initial)?.trajectories(4)?.map(|t| t.total_reward).collect();
/// assert_eq!(rewards, [0.0, 0.0, 1.0, 1.0]); // stay, stay; stay, switch; switch, …
///
/// let error = build(&array![0.5, 0.25]).unwrap_err();
/// assert_eq!(error, Error::InitialSum { sum: 0.75 });
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TabularMdp {
    transitions: Transitions,
    rewards: Rewards,
    initial: Array1<f64>,
    horizon: Horizon,
}

impl TabularMdp {
    /// From its parts.
    ///
    /// # Errors
    /// Rewards or an initial law of another shape than the transitions, a reward that is not
    /// finite, an initial law that is no distribution, a horizon of no steps, a discount outside
    /// [0, 1).
    pub fn new(
        transitions: Transitions,
        rewards: Rewards,
        initial: Array1<f64>,
        horizon: Horizon,
    ) -> Result<Self, Error> {
        rewards.validate(transitions.n_states(), transitions.n_actions())?;
        validate_initial(&initial, transitions.n_states())?;
        let horizon = horizon.validate()?;
        Ok(Self {
            transitions,
            rewards,
            initial,
            horizon,
        })
    }

    /// From tables: `transition` is `[S, A, S']`, `reward` `[S, A]`, `initial` `[S]`.
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`Sparse::from_rows`].
    pub fn from_dense(
        transition: ArrayView3<f64>,
        reward: ArrayView2<f64>,
        initial: ArrayView1<f64>,
        horizon: Horizon,
    ) -> Result<Self, Error> {
        let transitions = Transitions::Sparse(Sparse::from_dense(transition)?);
        let rewards = Rewards::StateAction(reward.to_owned());
        Self::new(transitions, rewards, initial.to_owned(), horizon)
    }

    /// S.
    pub fn n_states(&self) -> usize {
        self.transitions.n_states()
    }

    /// A.
    pub fn n_actions(&self) -> usize {
        self.transitions.n_actions()
    }

    /// The horizon.
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }

    /// The discount γ: 1 when the horizon is finite.
    pub fn discount(&self) -> f64 {
        match self.horizon {
            Horizon::Finite(_) => 1.0,
            Horizon::Discounted(discount) => discount,
        }
    }

    /// The dynamics p(s' | s, a).
    pub fn transitions(&self) -> &Transitions {
        &self.transitions
    }

    /// The rewards as stored.
    pub fn rewards(&self) -> &Rewards {
        &self.rewards
    }

    /// The reward r(s, a).
    ///
    /// # Panics
    /// If `state` is out of range, or `action` where rewards depend on it.
    #[inline]
    pub fn reward(&self, state: usize, action: usize) -> f64 {
        self.rewards.get(state, action)
    }

    /// The initial law p(s₁), `[S]`.
    pub fn initial(&self) -> ArrayView1<'_, f64> {
        self.initial.view()
    }

    /// The law p(· | s, a): distinct successors, ascending, of positive probability.
    ///
    /// # Panics
    /// If `state` or `action` is out of range.
    pub fn successors(
        &self,
        state: usize,
        action: usize,
    ) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.transitions.successors(state, action)
    }

    /// The same problem with another horizon.
    ///
    /// # Errors
    /// A horizon of no steps, a discount outside [0, 1).
    pub fn with_horizon(self, horizon: Horizon) -> Result<Self, Error> {
        let horizon = horizon.validate()?;
        Ok(Self { horizon, ..self })
    }

    /// The same problem with other rewards.
    ///
    /// # Errors
    /// A reward that is not finite, a table of another shape than `[S]` or `[S, A]`.
    pub fn with_rewards(self, rewards: Rewards) -> Result<Self, Error> {
        rewards.validate(self.n_states(), self.n_actions())?;
        Ok(Self { rewards, ..self })
    }

    /// The same problem with its dynamics stored entry by entry.
    pub fn to_sparse(&self) -> TabularMdp {
        Self {
            transitions: Transitions::Sparse(self.transitions.to_sparse()),
            rewards: self.rewards.clone(),
            initial: self.initial.clone(),
            horizon: self.horizon,
        }
    }

    /// All trajectories of positive probability, in lexicographic order of (s₁, a₁, s₂, a₂, …).
    /// They are counted first.
    ///
    /// # Errors
    /// More than `limit` trajectories, with their exact count; a horizon that is not finite.
    ///
    /// # Example
    /// ```
    /// let tab = kinglet_envs::fixtures::tab();
    /// let mass: f64 = tab.trajectories(216)?.map(|t| t.dynamics_probability).sum();
    /// assert!((mass - 8.0).abs() < 1e-12); // one for each of the 2³ action sequences
    /// assert!(tab.trajectories(215).unwrap_err().to_string().contains("216"));
    /// # Ok::<(), kinglet_envs::Error>(())
    /// ```
    pub fn trajectories(&self, limit: usize) -> Result<Trajectories<'_>, Error> {
        Trajectories::new(self, limit)
    }
}

fn validate_initial(initial: &Array1<f64>, n_states: usize) -> Result<(), Error> {
    if initial.len() != n_states {
        return Err(Error::Shape {
            what: "the initial law",
            expected: vec![n_states],
            found: vec![initial.len()],
        });
    }
    let wrong = |&(_, &value): &(usize, &f64)| !(value.is_finite() && value >= 0.0);
    if let Some((state, &value)) = initial.iter().enumerate().find(wrong) {
        return Err(Error::InitialProbability { state, value });
    }
    let sum = initial.sum();
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        return Err(Error::InitialSum { sum });
    }
    Ok(())
}
