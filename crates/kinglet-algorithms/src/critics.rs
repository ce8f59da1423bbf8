//! Critics that value actions: what they see, and how they learn.

use kinglet_nn::{Adam, Cache, Mlp, Scalar, polyak};
use ndarray::{ArrayView2, ArrayViewMut2};
use rayon::prelude::*;

use crate::learner::{load_adam, save_adam};
use crate::{Agent, Checkpoint, Element, Error};

/// How the critics learn: their optimisers, the targets that follow them, and each shard's fits.
#[derive(Debug)]
pub(crate) struct CriticSteps<S> {
    adams: Vec<Adam<S>>,
    /// The targets' parameters, one critic's behind the other's.
    pub(crate) targets: Vec<S>,
    /// The fit of each critic in each shard, `[shards][critics]`.
    pub(crate) fits: Vec<Vec<Regression<S>>>,
}

impl<S: Scalar + Element> CriticSteps<S> {
    pub(crate) fn new(agent: &Agent<S>, shards: usize) -> Self {
        let n = agent.critic.n_params();
        Self {
            adams: vec![Adam::new(n, S::zero()); agent.critics],
            targets: agent.critic_params().to_vec(),
            fits: vec![vec![Regression::default(); agent.critics]; shards],
        }
    }

    /// Steps each critic against its gradient, the sum of the shards'.
    ///
    /// # Shapes
    /// `params`: the critics', one's behind the other's.
    pub(crate) fn step(&mut self, params: &mut [S], learning_rate: f64) {
        let n = params.len() / self.adams.len();
        let (first, others) = self.fits.split_first_mut().expect("a shard");
        let others = &*others;
        let critics = first.par_iter_mut().zip(params.par_chunks_mut(n));
        let critics = critics.zip(&mut self.adams).enumerate();
        critics.for_each(|(k, ((fit, params), adam))| {
            for other in others {
                fit.add(&other[k]);
            }
            adam.learning_rate = S::from_f64(learning_rate);
            adam.step(params, &fit.gradient);
        });
    }

    /// Moves the targets a share of the way to the critics.
    pub(crate) fn follow(&mut self, params: &[S], rate: f64) {
        polyak(&mut self.targets, params, S::from_f64(rate));
    }

    /// The mean squared error and the mean value of the critics in the last step.
    pub(crate) fn loss_and_value(&self) -> (f64, f64) {
        let critics = self.adams.len() as f64;
        let mean = |of: fn(&Regression<S>) -> S| {
            let each = self.fits[0].iter().map(of);
            each.sum::<S>().to_f64().unwrap_or(f64::NAN) / critics
        };
        (mean(|fit| fit.loss), mean(|fit| fit.value))
    }

    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        checkpoint.insert_slice("targets", &self.targets);
        for (k, adam) in self.adams.iter().enumerate() {
            save_adam(adam, &format!("critic-{k}"), checkpoint);
        }
    }

    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.copy_to("targets", &mut self.targets)?;
        for (k, adam) in self.adams.iter_mut().enumerate() {
            load_adam(adam, &format!("critic-{k}"), checkpoint)?;
        }
        Ok(())
    }
}

/// sum += other.
pub(crate) fn add<S: Scalar>(sum: &mut [S], other: &[S]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += *other;
    }
}

/// Observations with what the critics see of the actions behind them, row by row.
pub(crate) fn join<S: Scalar>(observations: ArrayView2<'_, S>, seen: &[S], joined: &mut Vec<S>) {
    let (rows, n) = observations.dim();
    joined.clear();
    if rows == 0 {
        return;
    }
    let m = seen.len() / rows;
    for (row, action) in observations.outer_iter().zip(seen.chunks_exact(m)) {
        joined.extend(row.iter().copied());
        joined.extend_from_slice(action);
    }
    debug_assert_eq!(joined.len(), rows * (n + m));
}

/// Numbers as a matrix of so many columns.
pub(crate) fn rows<S>(numbers: &[S], columns: usize) -> ArrayView2<'_, S> {
    let shape = (numbers.len() / columns, columns);
    ArrayView2::from_shape(shape, numbers).expect("whole rows")
}

/// Numbers as a matrix of so many columns.
pub(crate) fn rows_mut<S>(numbers: &mut [S], columns: usize) -> ArrayViewMut2<'_, S> {
    let shape = (numbers.len() / columns, columns);
    ArrayViewMut2::from_shape(shape, numbers).expect("whole rows")
}

/// A network that is fitted to targets: its memory, its gradient, and what the fit came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Regression<S> {
    pub(crate) cache: Cache<S>,
    /// The targets y, `[B]`, which the caller writes.
    pub(crate) targets: Vec<S>,
    /// The gradient, `[n_params]`.
    pub(crate) gradient: Vec<S>,
    /// `share` Σ (q − y)².
    pub(crate) loss: S,
    /// `share` Σ q.
    pub(crate) value: S,
    d: Vec<S>,
}

impl<S: Scalar> Regression<S> {
    /// Adds what was found of other rows.
    pub(crate) fn add(&mut self, other: &Self) {
        add(&mut self.gradient, &other.gradient);
        self.loss += other.loss;
        self.value += other.value;
    }

    /// The gradient of `share` Σ (q(xᵢ)[kᵢ] − yᵢ)².
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `x`: `[B, inputs]`; `output`: kᵢ, which output of the network row i is about.
    pub(crate) fn fit(
        &mut self,
        critic: &Mlp,
        params: &[S],
        x: ArrayView2<'_, S>,
        output: impl Fn(usize) -> usize,
        share: S,
    ) {
        let n = critic.n_outputs();
        let q = critic.forward(params, x, &mut self.cache);
        self.d.clear();
        self.d.resize(self.targets.len() * n, S::zero());
        (self.loss, self.value) = (S::zero(), S::zero());
        for (i, y) in self.targets.iter().enumerate() {
            let (k, q) = (output(i), q[[i, output(i)]]);
            let error = q - *y;
            self.loss += share * error * error;
            self.value += share * q;
            self.d[i * n + k] = (share + share) * error;
        }
        self.gradient.clear();
        self.gradient.resize(critic.n_params(), S::zero());
        critic.vjp(
            params,
            &mut self.cache,
            rows(&self.d, n),
            &mut self.gradient,
            None,
        );
    }
}

/// The rows of a minibatch that a shard of so many has.
pub(crate) fn share(rows: usize, shards: usize, shard: usize) -> std::ops::Range<usize> {
    let each = rows.div_ceil(shards);
    (shard * each).min(rows)..((shard + 1) * each).min(rows)
}

/// α ln Σ exp(qₖ / α).
pub(crate) fn soft_value<S: Scalar>(q: impl Iterator<Item = S> + Clone, temperature: S) -> S {
    let most = q.clone().fold(S::neg_infinity(), S::max);
    let sum: S = q.map(|q| ((q - most) / temperature).exp()).sum();
    most + temperature * sum.ln()
}

/// The index that a discrete action is stored as.
pub(crate) fn index<S: Scalar>(action: S) -> usize {
    action.to_usize().expect("an index of an action")
}
