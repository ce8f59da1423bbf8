//! The network that says what actions are worth.

use std::f64::consts::SQRT_2;

use kinglet_nn::{Adam, Cache, Mlp, Scalar};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agent::network;
use crate::config::{at_least_one, not_negative, rate};
use crate::{ActivationName, Error, Rate};

/// A reward that is learnt, r_ψ(s, a): a network from what is observed to a number for each action. Catalogue: CS285-15.
///
/// Rewards are in units of the temperature. Without hidden layers and where the observation is the indicator of the
/// state, it is a table.
///
/// # Example
/// ```
/// use kinglet_algorithms::RewardNetwork;
/// use kinglet_nn::{Activation, Mlp};
/// use ndarray::array;
/// let net = Mlp::new(&[2, 2], Activation::Tanh)?;
/// let mut reward = RewardNetwork::new(net, vec![1.0, 2.0, 3.0, 4.0, /* of every state */ 0.5, 0.0]);
/// assert_eq!(reward.table(), array![[1.5, 2.0], [3.5, 4.0]]);
/// // The gradient of r(s₂, a₁) − r(s₁, a₂).
/// let mut gradient = vec![0.0; 6];
/// reward.add_gradient(array![[0.0, -1.0], [1.0, 0.0]].view(), &mut gradient);
/// assert_eq!(gradient, [0.0, -1.0, 1.0, 0.0, 1.0, -1.0]);
/// # Ok::<(), kinglet_nn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RewardNetwork<S> {
    /// The network: an output for each action.
    pub net: Mlp,
    /// ψ, its parameters.
    pub params: Vec<S>,
    cache: Cache<S>,
}

impl<S: Scalar> RewardNetwork<S> {
    /// From a network and its parameters.
    ///
    /// # Panics
    /// If there are not as many parameters as the network has.
    pub fn new(net: Mlp, params: Vec<S>) -> Self {
        assert_eq!(
            params.len(),
            net.n_params(),
            "number of parameters (left), of the network's (right)"
        );
        Self {
            net,
            params,
            cache: Cache::default(),
        }
    }

    /// What each action is worth in each of these observations.
    ///
    /// # Shapes
    /// `observations`: `[B, obs_dim]`. Returns `[B, A]`. Units: the temperature.
    /// # Panics
    /// If the observations are not as long as the network's input.
    pub fn rewards(&mut self, observations: ArrayView2<'_, S>) -> ArrayView2<'_, S> {
        self.net
            .forward(&self.params, observations, &mut self.cache)
    }

    /// What each action is worth in each state, where observations are the indicators of states.
    ///
    /// # Shapes
    /// Returns `[S, A]`.
    pub fn table(&mut self) -> Array2<S> {
        let indicators = Array2::eye(self.net.n_inputs());
        self.rewards(indicators.view()).to_owned()
    }

    /// `gradient` += Σ w ∇r_ψ(s, a) over the observations of the last [`rewards`](Self::rewards), with a weight for each
    /// action there.
    ///
    /// # Shapes
    /// `weights`: `[B, A]`; `gradient`: `[n_params]`.
    /// # Panics
    /// If a shape does not fit.
    pub fn add_gradient(&mut self, weights: ArrayView2<'_, S>, gradient: &mut [S]) {
        self.net
            .vjp(&self.params, &mut self.cache, weights, gradient, None);
    }
}

/// How a reward is learnt from demonstrations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// The units of each hidden layer; none for a reward that is linear in the observation, for each action.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// λ, what the square of a parameter costs: λ/2 |ψ|² is subtracted from the log-likelihood of a demonstration. Without
    /// it the reward of what no demonstration does falls for ever.
    pub weight_decay: f64,
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64],
            activation: ActivationName::Tanh,
            learning_rate: Rate::linear(1e-2, 0.0),
            weight_decay: 1e-3,
        }
    }
}

impl RewardConfig {
    pub(crate) fn check(&self, table: &str) -> Result<(), Error> {
        for units in &self.hidden {
            at_least_one(&format!("{table}.hidden"), *units)?;
        }
        rate(&format!("{table}.learning_rate"), self.learning_rate)?;
        not_negative(&format!("{table}.weight_decay"), self.weight_decay)
    }
}

/// A reward in the middle of being learnt: gradient ascent on the likelihood of demonstrations. Catalogue: CS285-16.
///
/// ```text
/// ψ ← ψ + η (E_demonstrations[Σ ∇r_ψ(sₜ, aₜ)] − E_policy[Σ ∇r_ψ(sₜ, aₜ)] − λ ψ)
/// ```
#[derive(Clone, Debug)]
pub(crate) struct RewardAscent<S> {
    pub(crate) settings: RewardConfig,
    pub(crate) network: RewardNetwork<S>,
    pub(crate) adam: Adam<S>,
    gradient: Vec<S>,
}

impl<S: Scalar> RewardAscent<S> {
    /// A reward near zero.
    pub(crate) fn new<R: Rng + ?Sized>(
        settings: &RewardConfig,
        obs_dim: usize,
        n_actions: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let activation = settings.activation.into();
        let net = network(obs_dim, &settings.hidden, n_actions, activation, false)?;
        let n = net.n_params();
        let params = net.init_orthogonal(SQRT_2, 0.01, rng).to_vec();
        Ok(Self {
            settings: settings.clone(),
            network: RewardNetwork::new(net, params),
            adam: Adam::new(n, S::zero()),
            gradient: vec![S::zero(); n],
        })
    }

    /// One step, by Adam; `excess` is how much more often demonstrations do each action in each observation than the
    /// policy does, `progress` the fraction of the run that is done. Gives the length of the gradient.
    pub(crate) fn step(
        &mut self,
        observations: ArrayView2<'_, S>,
        excess: ArrayView2<'_, S>,
        progress: f64,
    ) -> f64 {
        self.network.rewards(observations);
        self.gradient.fill(S::zero());
        self.network.add_gradient(excess, &mut self.gradient);
        let decay = S::from_f64(self.settings.weight_decay);
        let mut square = 0.0;
        for (g, psi) in self.gradient.iter_mut().zip(&self.network.params) {
            *g = decay * *psi - *g;
            square += g.to_f64().unwrap_or(f64::NAN).powi(2);
        }
        self.adam.learning_rate = S::from_f64(self.settings.learning_rate.at(progress));
        self.adam.step(&mut self.network.params, &self.gradient);
        square.sqrt()
    }
}
