//! Soft Q-learning of a finite horizon, from samples of the dynamics and rewards that change.

use std::f64::consts::SQRT_2;

use kinglet_envs::TabularMdp;
use kinglet_nn::{Adam, Cache, Mlp, polyak};
use kinglet_objectives::soft_policy;
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut1};
use rand::{Rng, RngExt};

use super::inner_loop::draw;
use crate::agent::network;
use crate::config::{at_least_one, positive, within};
use crate::{ActivationName, Error};

/// Soft Q-learning with a network of what is observed and of the time, for a finite horizon. Catalogue: CS285-09.
///
/// ```text
/// Q(s, a, t) ← r_ψ(s, a) + log Σ exp Q̄(s′, ·, t + 1),   no second term at T
/// ```
///
/// It keeps transitions without their rewards: each is valued by the reward as it is when it is learnt from. They are its
/// model of the dynamics, and where these are random they have a sampling error like that of demonstrations: no reward is
/// recovered better than to the error of as many trajectories as are kept. The more demonstrations there are, the larger
/// the rewards that they allow, and the nearer Q must follow: by more updates for each step of the reward, and smaller ones.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteSoftQ {
    /// The units of each hidden layer.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Trajectories that are gathered with the present policy before each step of the reward.
    pub trajectories: usize,
    /// Updates of Q for each step of the reward.
    pub updates: usize,
    /// Transitions in an update.
    pub batch: usize,
    /// Transitions that are kept, the newest.
    pub capacity: usize,
    /// How far the target Q̄ moves to Q after each update, of (0, 1].
    pub target_rate: f64,
}

impl Default for FiniteSoftQ {
    fn default() -> Self {
        Self {
            hidden: vec![64],
            activation: ActivationName::Tanh,
            learning_rate: 1e-2,
            trajectories: 8,
            updates: 8,
            batch: 128,
            capacity: 200_000,
            target_rate: 0.05,
        }
    }
}

impl FiniteSoftQ {
    pub(super) fn check(&self) -> Result<(), Error> {
        for units in &self.hidden {
            at_least_one("inner.hidden", *units)?;
        }
        positive("inner.learning_rate", self.learning_rate)?;
        at_least_one("inner.trajectories", self.trajectories)?;
        at_least_one("inner.updates", self.updates)?;
        at_least_one("inner.batch", self.batch)?;
        at_least_one("inner.capacity", self.capacity)?;
        let least = f64::MIN_POSITIVE;
        let wanted = "above 0 and at most 1";
        within("inner.target_rate", self.target_rate, least, 1.0, wanted)
    }
}

/// A step of the dynamics, without its reward.
#[derive(Clone, Copy, Debug)]
struct Transition {
    t: usize,
    state: usize,
    action: usize,
    next: usize,
}

/// Soft Q-learning at work.
#[derive(Debug)]
pub(super) struct FiniteSoftQLearner {
    settings: FiniteSoftQ,
    steps: usize,
    n_states: usize,
    net: Mlp,
    params: Vec<f64>,
    target: Vec<f64>,
    adam: Adam<f64>,
    cache: Cache<f64>,
    kept: Vec<Transition>,
    /// Where the next transition goes once as many are kept as may be.
    oldest: usize,
}

impl FiniteSoftQLearner {
    pub(super) fn new<R: Rng + ?Sized>(
        settings: &FiniteSoftQ,
        mdp: &TabularMdp,
        steps: usize,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let (n_states, activation) = (mdp.n_states(), settings.activation.into());
        let inputs = n_states + steps;
        let net = network(inputs, &settings.hidden, mdp.n_actions(), activation, false)?;
        let params = net.init_orthogonal(SQRT_2, 0.01, rng).to_vec();
        Ok(Self {
            settings: settings.clone(),
            steps,
            n_states,
            adam: Adam::new(params.len(), settings.learning_rate),
            target: params.clone(),
            params,
            net,
            cache: Cache::default(),
            kept: Vec::new(),
            oldest: 0,
        })
    }

    /// Gathers with the present policy and updates Q under a reward `[S, A]`.
    pub(super) fn learn<R: Rng + ?Sized>(
        &mut self,
        mdp: &TabularMdp,
        reward: ArrayView2<'_, f64>,
        rng: &mut R,
    ) {
        let policy = self.policy();
        for _ in 0..self.settings.trajectories {
            self.gather(mdp, &policy, rng);
        }
        for _ in 0..self.settings.updates {
            self.update(reward, rng);
        }
    }

    /// exp(Q − V), `[T, S, A]`.
    pub(super) fn policy(&mut self) -> Array3<f64> {
        let (steps, n_states) = (self.steps, self.n_states);
        let mut inputs = Array2::zeros((steps * n_states, n_states + steps));
        for (row, input) in inputs.outer_iter_mut().enumerate() {
            self.observe(row % n_states, row / n_states, input);
        }
        let q = self
            .net
            .forward(&self.params, inputs.view(), &mut self.cache);
        let policy = soft_policy(q, 1.0).expect("a temperature of 1");
        let shape = (steps, n_states, self.net.n_outputs());
        policy
            .into_shape_with_order(shape)
            .expect("a row for each step and state")
    }

    /// What the network sees: the indicators of state and time.
    fn observe(&self, state: usize, t: usize, mut input: ArrayViewMut1<'_, f64>) {
        input[state] = 1.0;
        input[self.n_states + t] = 1.0;
    }

    fn gather<R: Rng + ?Sized>(&mut self, mdp: &TabularMdp, policy: &Array3<f64>, rng: &mut R) {
        let mut state = draw(mdp.initial().iter().copied().enumerate(), rng);
        for (t, rows) in policy.outer_iter().enumerate() {
            let action = draw(rows.row(state).iter().copied().enumerate(), rng);
            let next = mdp.transitions().sample(state, action, rng);
            self.keep(Transition {
                t,
                state,
                action,
                next,
            });
            state = next;
        }
    }

    fn keep(&mut self, transition: Transition) {
        if self.kept.len() < self.settings.capacity {
            self.kept.push(transition);
            return;
        }
        self.kept[self.oldest] = transition;
        self.oldest = (self.oldest + 1) % self.settings.capacity;
    }

    /// One step down the squared distance to the targets.
    fn update<R: Rng + ?Sized>(&mut self, reward: ArrayView2<'_, f64>, rng: &mut R) {
        let batch: Vec<Transition> = (0..self.settings.batch)
            .map(|_| self.kept[rng.random_range(0..self.kept.len())])
            .collect();
        let targets = self.targets(&batch, reward);
        let mut inputs = Array2::zeros((batch.len(), self.n_states + self.steps));
        for (step, input) in batch.iter().zip(inputs.outer_iter_mut()) {
            self.observe(step.state, step.t, input);
        }
        let q = self
            .net
            .forward(&self.params, inputs.view(), &mut self.cache);
        let mut slope = Array2::zeros(q.dim());
        for (i, (step, target)) in batch.iter().zip(targets).enumerate() {
            slope[[i, step.action]] = (q[[i, step.action]] - target) / batch.len() as f64;
        }
        let mut gradient = vec![0.0; self.params.len()];
        let cache = &mut self.cache;
        self.net
            .vjp(&self.params, cache, slope.view(), &mut gradient, None);
        self.adam.step(&mut self.params, &gradient);
        polyak(&mut self.target, &self.params, self.settings.target_rate);
    }

    /// r_ψ(s, a) + log Σ exp Q̄(s′, ·, t + 1).
    fn targets(&mut self, batch: &[Transition], reward: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut inputs = Array2::zeros((batch.len(), self.n_states + self.steps));
        for (step, input) in batch.iter().zip(inputs.outer_iter_mut()) {
            let later = (step.t + 1).min(self.steps - 1);
            self.observe(step.next, later, input);
        }
        let q = self
            .net
            .forward(&self.target, inputs.view(), &mut self.cache);
        let ahead = kinglet_objectives::soft_values(q, 1.0).expect("a temperature of 1");
        let target = |(step, ahead): (&Transition, &f64)| {
            let last = step.t + 1 == self.steps;
            reward[[step.state, step.action]] + if last { 0.0 } else { *ahead }
        };
        batch.iter().zip(&ahead).map(target).collect()
    }
}
