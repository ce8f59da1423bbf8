//! What acts and what values, over one slice of parameters.

use std::f64::consts::SQRT_2;
use std::num::NonZeroUsize;

use kinglet_critics::explained_variance;
use kinglet_envs::Actions;
use kinglet_nn::{Cache, Mlp, Scalar};
use ndarray::{ArrayView1, ArrayView2};
use rand::Rng;

use crate::{
    Auxiliary, Body, Config, Error, Head, Init, Link, LogStd, Memory, Parameterisation, Perturbed,
    Policy, Posterior, Scale,
};

/// A policy and its critics, whose parameters are one slice: the policy's, then each critic's.
///
/// On-policy there is one critic, which values states: a network of one output. Off-policy there are as many as the
/// algorithm asks for, and they value actions: of an observation, with an output for each action of a discrete set; or of
/// an observation and an action behind it, [brought to (−1, 1)](crate::ActionInput), with one output.
#[derive(Clone, Debug)]
pub struct Agent<S> {
    /// What acts.
    pub policy: Policy,
    /// The network of each critic.
    pub critic: Mlp,
    /// How many critics there are.
    pub critics: usize,
    /// What the environment understands.
    pub actions: Actions,
    /// The policy's parameters, then each critic's.
    pub params: Vec<S>,
    /// The policy's memory.
    pub memory: Memory<S>,
    /// A critic's memory.
    pub cache: Cache<S>,
    /// How parameters are drawn.
    pub init: Init,
}

impl<S: Scalar> Agent<S> {
    /// An agent for a problem of so many numbers an observation and these actions, with parameters drawn as the config
    /// says.
    ///
    /// # Errors
    /// [`Error::Network`] or [`Error::LogStd`] for a config that makes no network or no policy.
    pub fn new<R: Rng + ?Sized>(
        config: &Config,
        obs_dim: usize,
        actions: &Actions,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let policy = policy(config, obs_dim, actions)?;
        let critic = &config.critic;
        let (critics, inputs, outputs) = match (config.algorithm.critics(), actions) {
            (None, _) => (1, obs_dim, 1),
            (Some(critics), Actions::Discrete(n)) => (critics, obs_dim, *n),
            (Some(critics), Actions::Box { low, .. }) => (critics, obs_dim + low.len(), 1),
        };
        let critic = network(
            inputs,
            &critic.hidden,
            outputs,
            critic.activation.into(),
            critic.layer_norm,
        )?;
        let init = config.policy.init;
        let mut params = draw(&policy, init, rng);
        for _ in 0..critics {
            let values: ndarray::Array1<S> = match init {
                Init::Orthogonal => critic.init_orthogonal(SQRT_2, 1.0, rng),
                Init::Lecun => critic.init(rng),
            };
            params.extend(values);
        }
        Ok(Self {
            policy,
            critic,
            critics,
            actions: actions.clone(),
            params,
            memory: Memory::default(),
            cache: Cache::default(),
            init,
        })
    }

    /// Other parameters for the policy, drawn as its first were.
    pub(crate) fn draw_actor<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<S> {
        draw(&self.policy, self.init, rng)
    }

    /// The policy's parameters.
    pub fn actor(&self) -> &[S] {
        &self.params[..self.policy.n_params()]
    }

    /// The policy's parameters and the critics', to be changed.
    pub(crate) fn halves_mut(&mut self) -> (&mut [S], &mut [S]) {
        self.params.split_at_mut(self.policy.n_params())
    }

    /// The critics' parameters, one critic's behind the other's.
    pub(crate) fn critic_params(&self) -> &[S] {
        &self.params[self.policy.n_params()..]
    }

    /// The value of each of these observations, by the critic of an on-policy algorithm.
    ///
    /// # Shapes
    /// `observations`: `[B, obs_dim]`; `values` becomes `[B]`.
    pub fn value(&mut self, observations: ArrayView2<'_, S>, values: &mut Vec<S>) {
        let params = &self.params[self.policy.n_params()..];
        values.clear();
        if observations.nrows() > 0 {
            let found = self.critic.forward(params, observations, &mut self.cache);
            values.extend_from_slice(found.as_slice().expect("one column"));
        }
    }
}

/// The share of the returns' variance that values explain.
pub(crate) fn explained<S: Scalar>(values: &[S], returns: &[S]) -> Option<f64> {
    let (values, returns) = (ArrayView1::from(values), ArrayView1::from(returns));
    explained_variance(values, returns).and_then(|share| share.to_f64())
}

fn draw<S: Scalar, R: Rng + ?Sized>(policy: &Policy, init: Init, rng: &mut R) -> Vec<S> {
    match init {
        Init::Orthogonal => policy.init_orthogonal(SQRT_2, 0.01, rng).to_vec(),
        Init::Lecun => policy.init_lecun(rng).to_vec(),
    }
}

/// The policy that a config describes, for a problem.
fn policy(config: &Config, obs_dim: usize, actions: &Actions) -> Result<Policy, Error> {
    let posterior = config.algorithm.posterior();
    let config = &config.policy;
    let log_std = match config.scale {
        Scale::Fixed => LogStd::Fixed(config.log_std),
        Scale::Learned => LogStd::Learned(config.log_std),
        Scale::OfState => LogStd::OfState,
        Scale::OfFeatures => LogStd::OfFeatures {
            start: config.log_std,
            sample_every: NonZeroUsize::new(config.sample_every),
        },
    };
    let (outputs, head) = match actions {
        Actions::Discrete(n) => (*n, Head::Categorical),
        Actions::Box { low, .. } => {
            let twice = if config.scale == Scale::OfState { 2 } else { 1 };
            let head = if config.squash {
                Head::TanhNormal(log_std)
            } else {
                Head::Normal(log_std)
            };
            (twice * low.len(), head)
        }
    };
    let net = |inputs, outputs| {
        let activation = config.activation.into();
        network(
            inputs,
            &config.hidden,
            outputs,
            activation,
            config.layer_norm,
        )
    };
    Policy::new(body(posterior, obs_dim, outputs, net)?, head)
}

/// A network, or what noise makes of several.
fn body(
    posterior: Option<&Posterior>,
    inputs: usize,
    outputs: usize,
    net: impl Fn(usize, usize) -> Result<Mlp, Error>,
) -> Result<Body, Error> {
    let noisy = |posterior: &Posterior, numbers| -> Result<_, Error> {
        let (mean, scale) = (net(inputs, numbers)?, net(inputs, numbers)?);
        Perturbed::new(mean, scale, Link::Exp, posterior.std)
    };
    let random = posterior.map(|posterior| (posterior, posterior.parameterisation));
    Ok(match random {
        None | Some((_, Parameterisation::BayesianNetwork)) => net(inputs, outputs)?.into(),
        Some((posterior, Parameterisation::Simple)) => noisy(posterior, outputs)?.into(),
        Some((posterior, Parameterisation::Auxiliary)) => {
            let latent = posterior.latent;
            let network = net(latent + inputs, outputs)?;
            Auxiliary::new(noisy(posterior, latent)?, network)?.into()
        }
    })
}

pub(crate) fn network(
    inputs: usize,
    hidden: &[usize],
    outputs: usize,
    activation: kinglet_nn::Activation,
    layer_norm: bool,
) -> Result<Mlp, Error> {
    let sizes = [&[inputs], hidden, &[outputs]].concat();
    Ok(if layer_norm {
        Mlp::layer_normalised(&sizes, activation)?
    } else {
        Mlp::new(&sizes, activation)?
    })
}
