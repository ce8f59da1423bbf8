//! Several passes over one rollout, minibatch by minibatch, policy and critic together.

#[cfg(test)]
mod tests;

use kinglet_nn::{Adam, Cache, Mlp, Scalar, clip_global_norm};
use ndarray::{Array2, ArrayView2, s};
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::learner::{adam, load_adam, save_adam};
use crate::samples::normalise;
use crate::{Agent, Baseline, Checkpoint, Element, Error, Memory, Policy, Samples};

/// The rows of a rollout in some order.
#[derive(Clone, Debug)]
pub(crate) struct Order(Vec<u32>);

impl Order {
    /// # Panics
    /// For more rows than a u32 counts.
    pub(crate) fn new(rows: usize) -> Self {
        Self((0..u32::try_from(rows).expect("so many rows fit no memory")).collect())
    }

    /// All rows in a new order, in minibatches of this size; the last may be smaller.
    pub(crate) fn shuffled(
        &mut self,
        size: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> std::slice::Chunks<'_, u32> {
        self.0.shuffle(rng);
        self.0.chunks(size)
    }
}

/// These rows of a matrix, in memory that is used again.
pub(crate) fn gather<'a, S: Scalar>(
    from: &Array2<S>,
    rows: &[u32],
    to: &'a mut Vec<S>,
) -> ArrayView2<'a, S> {
    let width = from.ncols();
    gather_rows(from.as_slice().expect("row by row"), width, rows, to);
    ArrayView2::from_shape((rows.len(), width), to).expect("whole rows")
}

/// These rows of numbers that lie row by row.
pub(crate) fn gather_rows<S: Scalar>(from: &[S], width: usize, rows: &[u32], to: &mut Vec<S>) {
    to.clear();
    for row in rows {
        let start = *row as usize * width;
        to.extend_from_slice(&from[start..start + width]);
    }
}

/// What the passes of an algorithm have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passes {
    pub(crate) epochs: usize,
    pub(crate) minibatch: usize,
    pub(crate) learning_rate: f64,
    pub(crate) entropy_coefficient: f64,
    pub(crate) value_coefficient: f64,
    pub(crate) max_gradient_norm: f64,
    /// Stop before a pass once the last one ended this far from the old policy.
    pub(crate) kl_limit: f64,
}

/// The actor's part of a minibatch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows<S> {
    pub(crate) actions: Vec<S>,
    /// log π_old.
    pub(crate) log_probs: Vec<S>,
    pub(crate) advantages: Vec<S>,
    /// The old policy's laws, where the algorithm asks for them.
    pub(crate) laws: Vec<S>,
    /// log π now, then ρ = π / π_old.
    pub(crate) ratios: Vec<S>,
    /// What each row's log-probability weighs in the loss.
    pub(crate) weights: Vec<S>,
}

/// What the actor's part of a minibatch came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// What it descends.
    pub(crate) loss: f64,
    /// The share of samples whose gradient is 0.
    pub(crate) clip_fraction: f64,
    /// KL(π_old ‖ π), an estimate.
    pub(crate) kl: f64,
}

/// What the passes came to: means over the last one, but for the gradient's norm, which is over all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    pub(crate) seen: Seen,
    pub(crate) value_loss: Option<f64>,
    pub(crate) gradient_norm: f64,
}

/// Passes in the middle of a run: one optimiser over policy and critic, and the memory of a minibatch.
#[derive(Clone, Debug)]
pub(crate) struct Minibatches<S> {
    adam: Adam<S>,
    gradient: Vec<S>,
    observations: Vec<S>,
    returns: Vec<S>,
    d_values: Vec<S>,
    rows: Rows<S>,
}

impl<S: Scalar + Element> Minibatches<S> {
    pub(crate) fn new(agent: &Agent<S>) -> Self {
        let n = agent.params.len();
        Self {
            adam: adam(n),
            gradient: vec![S::zero(); n],
            observations: Vec::new(),
            returns: Vec::new(),
            d_values: Vec::new(),
            rows: Rows::default(),
        }
    }

    /// Goes over the samples. `actor` adds its loss to the memory, in which the minibatch's laws lie; it finds ρ and Â in
    /// the rows, and the old `laws` if they are given.
    pub(crate) fn run(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        laws: Option<&[S]>,
        passes: Passes,
        rng: &mut Xoshiro256PlusPlus,
        mut actor: impl FnMut(&Policy, &mut Rows<S>, &mut Memory<S>) -> Seen + Send,
    ) -> Passed {
        self.adam.learning_rate = S::from_f64(passes.learning_rate);
        let mut order = Order::new(samples.len());
        let (mut passed, mut norms, mut steps) = (Passed::default(), 0.0, 0);
        for epoch in 0..passes.epochs {
            if epoch > 0 && passed.seen.kl > passes.kl_limit {
                break;
            }
            passed = Passed::default();
            let mut squares = 0.0;
            for rows in order.shuffled(passes.minibatch, rng) {
                let share = rows.len() as f64 / samples.len() as f64;
                self.gather(agent, samples, laws, rows);
                let (seen, errors) =
                    self.differentiate(agent, samples.baseline, passes, &mut actor);
                passed.seen.loss += share * seen.loss;
                passed.seen.clip_fraction += share * seen.clip_fraction;
                passed.seen.kl += share * seen.kl;
                squares += errors;
                norms += clip_global_norm(&mut self.gradient, passes.max_gradient_norm);
                steps += 1;
                self.adam.step(&mut agent.params, &self.gradient);
            }
            let learnt = samples.baseline == Baseline::Critic;
            passed.value_loss = learnt.then_some(squares / samples.len() as f64);
        }
        passed.gradient_norm = norms / f64::from(steps.max(1));
        passed
    }

    fn gather(
        &mut self,
        agent: &Agent<S>,
        samples: &Samples<'_, S>,
        laws: Option<&[S]>,
        rows: &[u32],
    ) {
        gather(&samples.batch.observations, rows, &mut self.observations);
        gather_rows(samples.returns, 1, rows, &mut self.returns);
        self.rows.gather(&agent.policy, samples, laws, rows);
    }

    /// The gradient of the whole loss at a minibatch; gives what the actor saw, and the sum of the critic's squared
    /// errors.
    fn differentiate(
        &mut self,
        agent: &mut Agent<S>,
        baseline: Baseline,
        passes: Passes,
        actor: &mut (impl FnMut(&Policy, &mut Rows<S>, &mut Memory<S>) -> Seen + Send),
    ) -> (Seen, f64) {
        let count = self.rows.advantages.len();
        let shape = (count, agent.policy.body().n_inputs());
        let x = ArrayView2::from_shape(shape, &self.observations).expect("whole rows");
        let states = x.slice_move(s![.., ..agent.critic.n_inputs()]);
        self.gradient.fill(S::zero());
        let n = agent.policy.n_params();
        let (d_policy, d_critic) = self.gradient.split_at_mut(n);
        let (policy_params, critic_params) = agent.params.split_at(n);
        let (policy, memory, rows) = (&agent.policy, &mut agent.memory, &mut self.rows);
        let mut act = || {
            policy.forward(policy_params, x, memory);
            rows.compare(policy, memory);
            let seen = actor(policy, rows, memory);
            if passes.entropy_coefficient != 0.0 {
                let weight = S::from_f64(-passes.entropy_coefficient / count as f64);
                rows.weights.fill(weight);
                policy.weigh_entropies(&rows.weights, memory);
            }
            policy.vjp(policy_params, memory, d_policy);
            seen
        };
        if baseline != Baseline::Critic {
            return (act(), 0.0);
        }
        let mut regression = Regression {
            critic: &agent.critic,
            cache: &mut agent.cache,
            returns: &self.returns,
            d_values: &mut self.d_values,
        };
        let scale = passes.value_coefficient;
        let mut value = || regression.differentiate(critic_params, states, scale, d_critic);
        // The two sides share nothing: one thread or two, the bits are the same.
        if count >= 256 && rayon::current_num_threads() > 1 {
            rayon::join(act, value)
        } else {
            (act(), value())
        }
    }

    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        save_adam(&self.adam, "adam", checkpoint);
    }

    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        load_adam(&mut self.adam, "adam", checkpoint)
    }
}

impl<S: Scalar> Rows<S> {
    /// These rows of the samples, their advantages as a gradient is to have them.
    pub(crate) fn gather(
        &mut self,
        policy: &Policy,
        samples: &Samples<'_, S>,
        laws: Option<&[S]>,
        rows: &[u32],
    ) {
        let batch = samples.batch;
        gather_rows(&batch.actions, policy.n_action(), rows, &mut self.actions);
        gather_rows(&batch.log_probs, 1, rows, &mut self.log_probs);
        gather_rows(samples.advantages, 1, rows, &mut self.advantages);
        if let Some(laws) = laws {
            gather_rows(laws, policy.n_law(), rows, &mut self.laws);
        }
        if samples.normalise {
            normalise(&mut self.advantages);
        }
        if let Some(weights) = samples.weights {
            for (advantage, row) in self.advantages.iter_mut().zip(rows) {
                *advantage *= weights[*row as usize];
            }
        }
    }

    /// ρ = π / π_old of each row.
    pub(crate) fn compare(&mut self, policy: &Policy, memory: &Memory<S>) {
        self.ratios.resize(self.advantages.len(), S::zero());
        self.weights.resize(self.advantages.len(), S::zero());
        policy.log_probs(&self.actions, memory, &mut self.ratios);
        for (ratio, old) in self.ratios.iter_mut().zip(&self.log_probs) {
            *ratio -= *old;
        }
        S::exp_all(&mut self.ratios);
    }

    /// KL(π_old ‖ π) from samples of π_old: the mean of ρ − 1 − ln ρ, none of which is negative.
    pub(crate) fn kl(&self) -> f64 {
        let one = S::one();
        let terms = self.ratios.iter().map(|ratio| *ratio - one - ratio.ln());
        let sum: S = terms.sum();
        sum.to_f64().unwrap_or(f64::NAN) / self.ratios.len() as f64
    }
}

/// The critic's part of a minibatch.
struct Regression<'a, S> {
    critic: &'a Mlp,
    cache: &'a mut Cache<S>,
    returns: &'a [S],
    d_values: &'a mut Vec<S>,
}

impl<S: Scalar> Regression<'_, S> {
    /// `d_params` += the gradient of `scale` times the mean squared error; gives the sum of the squares.
    fn differentiate(
        &mut self,
        params: &[S],
        x: ArrayView2<'_, S>,
        scale: f64,
        d_params: &mut [S],
    ) -> f64 {
        let values = self.critic.forward(params, x, self.cache);
        let share = S::from_f64(2.0 * scale / self.returns.len() as f64);
        let (mut squares, returns) = (S::zero(), self.returns);
        self.d_values.clear();
        self.d_values
            .extend(values.iter().zip(returns).map(|(value, target)| {
                let error = *value - *target;
                squares += error * error;
                share * error
            }));
        let d = ArrayView2::from_shape((returns.len(), 1), self.d_values).expect("a column");
        self.critic.vjp(params, self.cache, d, d_params, None);
        squares.to_f64().unwrap_or(f64::NAN)
    }
}
