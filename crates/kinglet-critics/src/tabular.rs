//! Transitions and rewards as tables, where every expectation is a sum.

use crate::Error;
use crate::error::check_unit;
use crate::linear_solve::{identity_minus, solve_vector};
use crate::policy::{check_policy, state_transition};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayView3};

/// How far a row of probabilities may be from its sum.
pub(crate) const SUM_TOLERANCE: f64 = 1e-9;

/// Transitions and rewards as tables, and a discount: the referee of every estimate.
///
/// A row of transitions may sum to less than 1: what it lacks is the probability that the step
/// terminates. Nothing is truncated here.
///
/// # Example
/// ```
/// use kinglet_critics::Tabular;
/// use ndarray::{Array2, array};
/// // One state, one action, a reward of 1, and each step is the last with probability 1/2.
/// let (transition, reward) = (array![[[0.5]]], array![[1.0]]);
/// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
/// let only = Array2::ones((1, 1));
/// assert_eq!(model.values(only.view())?, array![2.0]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Tabular<'a> {
    pub(crate) transition: ArrayView3<'a, f64>,
    pub(crate) reward: ArrayView2<'a, f64>,
    pub(crate) discount: f64,
}

impl<'a> Tabular<'a> {
    /// A model of its tables.
    ///
    /// # Shapes
    /// `transition`: `[S, A, S]`, P(s'|s, a); `reward`: `[S, A]`.
    /// # Errors
    /// [`Error::OutOfRange`] for a discount outside [0, 1]; [`Error::TransitionRow`] where a row
    /// holds a negative or undefined probability or sums to more than 1.
    /// # Panics
    /// When the shapes do not match.
    pub fn new(
        transition: ArrayView3<'a, f64>,
        reward: ArrayView2<'a, f64>,
        discount: f64,
    ) -> Result<Self, Error> {
        check_unit("discount", discount)?;
        let (states, actions) = reward.dim();
        assert_eq!(
            transition.dim(),
            (states, actions, states),
            "transition and reward {:?} do not match in shape",
            reward.dim()
        );
        for (i, row) in transition.rows().into_iter().enumerate() {
            let sum = row.sum();
            if !(row.iter().all(|&p| p >= 0.0) && sum <= 1.0 + SUM_TOLERANCE) {
                let (state, action) = (i / actions, i % actions);
                return Err(Error::TransitionRow { state, action, sum });
            }
        }
        Ok(Self {
            transition,
            reward,
            discount,
        })
    }

    /// The value of every state under a policy, by a linear solve. Catalogue: MPO-01.
    ///
    /// ```text
    /// v = (I − γ P_π)⁻¹ r_π
    /// ```
    ///
    /// # Shapes
    /// `policy`: `[S, A]`. Returns `[S]`. Units: reward.
    /// # Errors
    /// [`Error::PolicyRow`] for a row that is no distribution; [`Error::Singular`] where the
    /// return never ends: at discount 1, without termination.
    /// # Panics
    /// When the policy's shape is not that of the rewards.
    /// # Source
    /// Sutton & Barto 2018, eq. (4.4).
    /// # Example
    /// ```
    /// use kinglet_critics::Tabular;
    /// use ndarray::array;
    /// // Two states that follow each other; the first pays 1.
    /// let transition = array![[[0.0, 1.0]], [[1.0, 0.0]]];
    /// let reward = array![[1.0], [0.0]];
    /// let model = Tabular::new(transition.view(), reward.view(), 0.5)?;
    /// let v = model.values(array![[1.0], [1.0]].view())?;
    /// assert!((v[0] - 4.0 / 3.0).abs() < 1e-15 && (v[1] - 2.0 / 3.0).abs() < 1e-15);
    /// # Ok::<(), kinglet_critics::Error>(())
    /// ```
    pub fn values(&self, policy: ArrayView2<'_, f64>) -> Result<Array1<f64>, Error> {
        check_policy("policy", policy, self)?;
        let p = state_transition(self, policy);
        let r = (&policy * &self.reward).sum_axis(ndarray::Axis(1));
        solve_vector(identity_minus(self.discount, p.view()), r)
    }

    /// One step, and then `v`. Catalogue: MPO-01.
    ///
    /// ```text
    /// q(s, a) = r(s, a) + γ Σ P(s'|s, a) v(s')
    /// ```
    ///
    /// # Shapes
    /// `v`: `[S]`. Returns `[S, A]`. Units: reward.
    /// # Panics
    /// When `v` is not as long as there are states.
    /// # Source
    /// Sutton & Barto 2018, exercise 3.19.
    /// # Example
    /// ```
    /// use kinglet_critics::Tabular;
    /// use ndarray::array;
    /// let (transition, reward) = (array![[[0.5]]], array![[1.0]]);
    /// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
    /// assert_eq!(model.action_values(array![6.0].view()), array![[4.0]]);
    /// # Ok::<(), kinglet_critics::Error>(())
    /// ```
    pub fn action_values(&self, v: ArrayView1<'_, f64>) -> Array2<f64> {
        self.reward.to_owned() + self.discount * self.expect(v)
    }

    /// The expected temporal-difference error; the advantage, where `v` is true. Catalogue: XU-10.
    ///
    /// ```text
    /// A(s, a) = r(s, a) + γ Σ P(s'|s, a) v(s') − v(s)
    /// ```
    ///
    /// # Shapes
    /// `v`: `[S]`. Returns `[S, A]`. Units: reward.
    /// # Panics
    /// When `v` is not as long as there are states.
    /// # Source
    /// Schulman 2016, eq. (10).
    /// # Example
    /// ```
    /// use kinglet_critics::Tabular;
    /// use ndarray::array;
    /// let (transition, reward) = (array![[[0.5], [0.0]]], array![[1.0, 3.0]]);
    /// let model = Tabular::new(transition.view(), reward.view(), 1.0)?;
    /// assert_eq!(model.advantages(array![2.0].view()), array![[0.0, 1.0]]);
    /// # Ok::<(), kinglet_critics::Error>(())
    /// ```
    pub fn advantages(&self, v: ArrayView1<'_, f64>) -> Array2<f64> {
        self.action_values(v) - v.insert_axis(ndarray::Axis(1))
    }

    /// Σ P(s'|s, a) x(s'): `[S, A]`.
    pub(crate) fn expect(&self, x: ArrayView1<'_, f64>) -> Array2<f64> {
        let (states, actions) = self.reward.dim();
        assert_eq!(
            x.len(),
            states,
            "v has shape [{}] for {states} states",
            x.len()
        );
        Array2::from_shape_fn((states, actions), |(s, a)| {
            self.transition.slice(ndarray::s![s, a, ..]).dot(&x)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn refuses_tables_without_meaning() {
        let reward = array![[1.0]];
        let new =
            |p: f64, discount| Tabular::new(array![[[p]]].view(), reward.view(), discount).err();
        for p in [1.1, -0.1, f64::NAN] {
            assert!(
                matches!(new(p, 0.5), Some(Error::TransitionRow { .. })),
                "{p}"
            );
        }
        assert!(matches!(new(1.0, 1.1), Some(Error::OutOfRange { .. })));
        assert_eq!(new(1.0, 1.0), None);
    }

    #[test]
    fn refuses_a_return_without_end() {
        let (transition, reward) = (array![[[1.0]]], array![[1.0]]);
        let model = Tabular::new(transition.view(), reward.view(), 1.0).unwrap();
        let values = model.values(array![[1.0]].view());
        assert_eq!(values, Err(Error::Singular { unknowns: 1 }));
    }

    #[test]
    fn refuses_a_policy_without_meaning() {
        let (transition, reward) = (array![[[0.5], [0.5]]], array![[1.0, 0.0]]);
        let model = Tabular::new(transition.view(), reward.view(), 1.0).unwrap();
        for policy in [
            array![[0.5, 0.4]],
            array![[1.5, -0.5]],
            array![[f64::NAN, 1.0]],
        ] {
            let error = model.values(policy.view()).unwrap_err();
            assert!(matches!(error, Error::PolicyRow { state: 0, .. }));
        }
    }
}
