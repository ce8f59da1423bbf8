//! A trained policy that acts.

use kinglet_envs::{Actions, Simulator};
use kinglet_nn::{Normaliser, Scalar};
use rand::Rng;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::rollout::{see, tell};
use crate::training::{load_moments, origin};
use crate::{Agent, Checkpoint, Element, Error, Memory, Policy};

/// A policy, its parameters, and how it sees and is heard: from what an environment shows to what it is told.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Actor, Config, Training};
/// use kinglet_envs::{CartPole, Episode};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
///
/// let make = |rng: &mut _| Episode::new(CartPole::default(), Some(500), rng);
/// let training: Training<_> = Training::new(&Config::default(), 20_000, 1, make)?;
/// let episode = make(&mut Xoshiro256PlusPlus::seed_from_u64(2))?;
/// let mut loaded: Actor<f32> = Actor::load(&training.checkpoint()?, &episode)?;
/// let seen = [0.1, 0.0, 0.02, -0.1];
/// assert_eq!(loaded.act(&seen), training.actor().act(&seen));
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Actor<S = f32> {
    /// The policy.
    pub policy: Policy,
    /// Its parameters, `[n_params]`.
    pub params: Vec<S>,
    /// What its observations are brought to one scale by, if they are.
    pub normaliser: Option<Normaliser>,
    /// What the environment understands.
    pub actions: Actions,
    memory: Memory<S>,
    now: Vec<S>,
    action: Vec<S>,
    told: Vec<f64>,
}

impl<S: Scalar> Actor<S> {
    /// A policy for an environment of these actions.
    ///
    /// # Panics
    /// If the number of parameters is not the policy's.
    pub fn new(
        policy: Policy,
        params: Vec<S>,
        normaliser: Option<Normaliser>,
        actions: Actions,
    ) -> Self {
        let (found, expected) = (params.len(), policy.n_params());
        assert_eq!(
            found, expected,
            "parameters given (left), of the policy (right)"
        );
        let n = policy.n_action();
        Self {
            now: vec![S::zero(); policy.body().n_inputs()],
            action: vec![S::zero(); n],
            told: vec![0.0; n],
            memory: Memory::default(),
            policy,
            params,
            normaliser,
            actions,
        }
    }

    /// The middle of the policy's law at an observation (its mode, mean or median), as the environment takes it.
    ///
    /// # Shapes
    /// `observation`: what the environment shows. Returns the row that it takes for an action.
    /// # Panics
    /// If the observation has another length.
    pub fn act(&mut self, observation: &[f64]) -> &[f64] {
        self.look(observation);
        self.policy.middle(0, &self.memory, &mut self.action);
        self.tell()
    }

    /// An action drawn from the policy's law at an observation, as the environment takes it.
    ///
    /// # Shapes
    /// As [`act`](Self::act).
    /// # Panics
    /// As [`act`](Self::act).
    pub fn sample<R: Rng + ?Sized>(&mut self, observation: &[f64], rng: &mut R) -> &[f64] {
        self.look(observation);
        self.policy.draw(0, &self.memory, &mut self.action, rng);
        self.tell()
    }

    /// The law at an observation; what is noise in the policy's input stays at its mean, 0.
    fn look(&mut self, observation: &[f64]) {
        let n = self.now.len() - self.policy.body().n_noise();
        assert_eq!(
            observation.len(),
            n,
            "length of the observation (left), inputs of the policy (right)"
        );
        see(observation, self.normaliser.as_ref(), &mut self.now[..n]);
        self.policy
            .forward_row(&self.params, &self.now, &mut self.memory);
    }

    fn tell(&mut self) -> &[f64] {
        tell(&self.policy, &self.actions, &self.action, &mut self.told);
        &self.told
    }
}

impl<S: Scalar + Element> Actor<S> {
    /// The policy of the run that a checkpoint was taken of, for an environment of the same kind.
    ///
    /// # Errors
    /// For a checkpoint that is of no run, or of one with another environment.
    pub fn load<M: Simulator>(checkpoint: &Checkpoint, simulator: &M) -> Result<Self, Error> {
        let (config, ..) = origin(checkpoint)?;
        let (obs_dim, actions) = (simulator.obs_dim(), simulator.actions());
        let mut unused = Xoshiro256PlusPlus::seed_from_u64(0); // every parameter is read
        let mut agent: Agent<S> = Agent::new(&config, obs_dim, &actions, &mut unused)?;
        checkpoint.copy_to("params", &mut agent.params)?;
        let normaliser = config.rollout.normalise_observations.then(|| {
            let mut normaliser = Normaliser::new(obs_dim);
            load_moments(&mut normaliser.moments, "observations", checkpoint)?;
            Ok::<_, Error>(normaliser)
        });
        let params = agent.actor().to_vec();
        Ok(Self::new(
            agent.policy,
            params,
            normaliser.transpose()?,
            actions,
        ))
    }
}
