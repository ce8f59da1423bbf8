//! Rewards that are linear in features.

use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1};

use super::{IrlModel, check_lengths};

/// A reward that is linear in features, r = F w: the law of another model, with the weights w for its rewards.
/// Catalogue: CS285-16.
///
/// ```text
/// ∂ log Z / ∂w = Fᵀ E[visits]
/// ```
///
/// # Example
/// ```
/// use kinglet_envs::fixtures::tab;
/// use kinglet_objectives::{CausalIrl, FeatureReward, IrlModel, RewardTable};
/// use ndarray::array;
/// // One feature, the same everywhere: all that it can count is the steps.
/// let problem = tab();
/// let inner = CausalIrl::new(&problem, RewardTable::State)?;
/// let mut model = FeatureReward::new(inner, array![[1.0], [1.0], [1.0]]);
/// let mut visits = [0.0];
/// let log_z = model.normaliser(&[2.0], &mut visits);
/// assert!((visits[0] - 3.0).abs() < 1e-14);
/// assert!((log_z - 3.0 * (2.0 + 2f64.ln())).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
#[derive(Debug)]
pub struct FeatureReward<M> {
    /// The model whose rewards are F w.
    pub model: M,
    features: Array2<f64>,
    reward: Array1<f64>,
    visits: Array1<f64>,
}

impl<M: IrlModel> FeatureReward<M> {
    /// A reward for each row of F, a weight for each column.
    ///
    /// # Shapes
    /// `features`: `[n_rewards of the model, K]`.
    /// # Panics
    /// When there are not as many rows as rewards.
    pub fn new(model: M, features: Array2<f64>) -> Self {
        let n = model.n_rewards();
        assert_eq!(
            features.nrows(),
            n,
            "rows of the features (left), number of rewards (right)"
        );
        Self {
            model,
            features,
            reward: Array1::zeros(n),
            visits: Array1::zeros(n),
        }
    }

    /// What demonstrations show of each feature, Fᵀ n̂: the counts of this model from those of the inner one.
    ///
    /// # Shapes
    /// `counts`: `[n_rewards of the inner model]`. Returns `[K]`.
    /// # Panics
    /// When there are not as many counts as rows of F.
    pub fn expectations(&self, counts: &[f64]) -> Array1<f64> {
        self.features.t().dot(&ArrayView1::from(counts))
    }
}

impl<M: IrlModel> IrlModel for FeatureReward<M> {
    fn n_rewards(&self) -> usize {
        self.features.ncols()
    }

    fn normaliser(&mut self, reward: &[f64], visits: &mut [f64]) -> f64 {
        check_lengths(self.n_rewards(), reward, visits);
        let weights = ArrayView1::from(reward);
        for (reward, row) in self.reward.iter_mut().zip(self.features.outer_iter()) {
            *reward = row.dot(&weights);
        }
        let reward = self
            .reward
            .as_slice()
            .expect("an owned vector is contiguous");
        let inner = self
            .visits
            .as_slice_mut()
            .expect("an owned vector is contiguous");
        let log_z = self.model.normaliser(reward, inner);
        let mut visits = ArrayViewMut1::from(visits);
        visits.fill(0.0);
        for (row, count) in self.features.outer_iter().zip(&self.visits) {
            visits.scaled_add(*count, &row);
        }
        log_z
    }
}
