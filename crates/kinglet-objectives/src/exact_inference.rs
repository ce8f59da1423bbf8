//! Exact inference: conditioning states and actions on optimality.

use crate::problem::finite_horizon;
use crate::soft::{check_temperature, log_sum_exp, normalise, tilt, weighted_log_sum_exp};
use crate::{Error, forward};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2, Array3, Axis};

/// The messages of exact inference. Catalogue: CS285-01.
///
/// Made by [`exact_inference`]. All values are in units of reward: α times a log message.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactInference {
    /// Qₜ(s, a) = α log p(Oₜ:T | sₜ, aₜ), `[T, S, A]`.
    pub q: Array3<f64>,
    /// Vₜ(s) = α log p(Oₜ:T | sₜ), `[T, S]`.
    pub v: Array2<f64>,
    /// α log p(O₁:T).
    pub log_evidence: f64,
    /// The temperature α.
    pub temperature: f64,
}

/// The optimistic backward messages of a finite-horizon problem. Catalogue: CS285-01.
///
/// ```text
/// Qₜ(s, a) = r(s, a) + α log E[exp(Vₜ₊₁(s′) / α)],   no second term at T
/// Vₜ(s)    = α log Σₐ exp(Qₜ(s, a) / α)
/// ```
///
/// Optimality is p(Oₜ | s, a) = exp(r / α) with an action weight of one, not 1/A: each step adds
/// α log A to what a uniform action prior would give. The expectation over s′ is a soft maximum
/// over luck. Temperature 0 gives the limit, the largest reward that luck allows.
///
/// # Shapes
/// `q` `[T, S, A]`, `v` `[T, S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsFiniteHorizon`].
/// # Source
/// Levine 2018, section 2.3.
/// # Example
/// ```
/// use kinglet_objectives::exact_inference;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// // One state, two actions, one step: p(O) = e⁰ + e⁰ = 2.
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 0.0]].view(), array![1.0].view(),
///     Horizon::Finite(1),
/// )?;
/// assert!((exact_inference(&mdp, 1.0)?.log_evidence - 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn exact_inference(mdp: &TabularMdp, temperature: f64) -> Result<ExactInference, Error> {
    check_temperature(temperature)?;
    let steps = finite_horizon(mdp)?;
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut q = Array3::zeros((steps, n_states, n_actions));
    let mut v = Array2::zeros((steps, n_states));
    for t in (0..steps).rev() {
        for s in 0..n_states {
            for a in 0..n_actions {
                q[[t, s, a]] = mdp.reward(s, a);
                if t + 1 < steps {
                    let ahead = mdp.successors(s, a).map(|(next, p)| (v[[t + 1, next]], p));
                    q[[t, s, a]] += optimistic(ahead.collect(), temperature);
                }
            }
            v[[t, s]] = log_sum_exp((0..n_actions).map(|a| q[[t, s, a]]), temperature);
        }
    }
    let start = v
        .row(0)
        .iter()
        .copied()
        .zip(mdp.initial().iter().copied())
        .collect();
    let log_evidence = optimistic(start, temperature);
    Ok(ExactInference {
        q,
        v,
        log_evidence,
        temperature,
    })
}

/// α log E[exp(v / α)] over pairs (v, p); those with p = 0 do not count.
fn optimistic(mut pairs: Vec<(f64, f64)>, temperature: f64) -> f64 {
    pairs.retain(|&(_, p)| p > 0.0);
    weighted_log_sum_exp(pairs.into_iter(), temperature)
}

impl ExactInference {
    /// The posterior policy. Catalogue: CS285-03.
    ///
    /// ```text
    /// p(aₜ | sₜ, O₁:T) = exp((Qₜ(s, a) − Vₜ(s)) / α)
    /// ```
    ///
    /// # Shapes
    /// Returns `[T, S, A]`.
    pub fn policy(&self) -> Array3<f64> {
        let mut policy = self.q.clone();
        for mut row in policy.lanes_mut(Axis(2)) {
            normalise(
                row.as_slice_mut().expect("rows are contiguous"),
                self.temperature,
            );
        }
        policy
    }

    /// The posterior dynamics at step `t` (from 0): what luck must have been. Catalogue: CS285-02.
    ///
    /// ```text
    /// p(sₜ₊₁ | sₜ, aₜ, O₁:T) ∝ p(sₜ₊₁ | sₜ, aₜ) exp(Vₜ₊₁(sₜ₊₁) / α)
    /// ```
    ///
    /// After the last step nothing is left to condition on, and they are the prior's.
    ///
    /// # Shapes
    /// Pairs (s′, probability) over the successors of (s, a).
    /// # Panics
    /// When `t`, `state` or `action` is out of range.
    /// # Example
    /// ```
    /// use kinglet_envs::fixtures::{lot, lot_state};
    /// use kinglet_objectives::exact_inference;
    /// let lottery = lot(10.0)?;
    /// let luck = exact_inference(&lottery, 1.0)?.dynamics(&lottery, 0, lot_state::START, 1);
    /// assert_eq!(luck[0].0, lot_state::WIN); // one ticket in a hundred wins
    /// assert!((luck[0].1 - 0.995526).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dynamics(
        &self,
        mdp: &TabularMdp,
        t: usize,
        state: usize,
        action: usize,
    ) -> Vec<(usize, f64)> {
        let (steps, n_states) = self.v.dim();
        assert!(t < steps, "step {t} of {steps}");
        assert_eq!(
            n_states,
            mdp.n_states(),
            "states of the messages (left), of the problem (right)"
        );
        let prior = mdp.successors(state, action).collect();
        if t + 1 == steps {
            return prior;
        }
        tilted(prior, |next| self.v[[t + 1, next]], self.temperature)
    }

    /// The posterior law of the first state. Catalogue: CS285-02.
    ///
    /// ```text
    /// p(s₁ | O₁:T) ∝ p(s₁) exp(V₁(s₁) / α)
    /// ```
    ///
    /// # Shapes
    /// Returns `[S]`.
    pub fn initial(&self, mdp: &TabularMdp) -> Array1<f64> {
        let support = mdp
            .initial()
            .iter()
            .copied()
            .enumerate()
            .filter(|&(_, p)| p > 0.0)
            .collect();
        let mut law = Array1::zeros(mdp.n_states());
        for (state, p) in tilted(support, |state| self.v[[0, state]], self.temperature) {
            law[state] = p;
        }
        law
    }

    /// The posterior law of each state, forwards through posterior policy and dynamics.
    ///
    /// ```text
    /// p(sₜ₊₁ | O) = Σ p(sₜ | O) p(aₜ | sₜ, O) p(sₜ₊₁ | sₜ, aₜ, O)
    /// ```
    ///
    /// # Shapes
    /// Returns `[T, S]`.
    pub fn state_marginals(&self, mdp: &TabularMdp) -> Array2<f64> {
        let dynamics = |t, s, a| self.dynamics(mdp, t, s, a);
        forward::marginals(self.initial(mdp), self.policy().view(), dynamics)
    }
}

/// The law ∝ p exp(v / α); at temperature 0, p among the largest v.
fn tilted(
    mut law: Vec<(usize, f64)>,
    v: impl Fn(usize) -> f64,
    temperature: f64,
) -> Vec<(usize, f64)> {
    let largest = law
        .iter()
        .fold(f64::NEG_INFINITY, |m, &(state, _)| m.max(v(state)));
    for (state, p) in &mut law {
        *p *= tilt(v(*state) - largest, temperature);
    }
    let sum: f64 = law.iter().map(|&(_, p)| p).sum();
    law.iter_mut().for_each(|(_, p)| *p /= sum);
    law
}
