//! The environments that one thread steps.

use kinglet_envs::{Actions, End, Simulator};
use kinglet_nn::{Normaliser, Scalar};
use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::batch::Columns;
use super::{Finished, Place};
use crate::{Error, Head, Memory, Policy};

/// A shard's memory, and what ended in its last run; environments and steps are counted from its own first.
#[derive(Clone, Debug, Default)]
pub(super) struct Shard<S> {
    memory: Memory<S>,
    /// The observations now, each with the noise of the policy's body behind it, `[n, inputs]`.
    now: Vec<S>,
    /// Numbers of the noise.
    noise: usize,
    /// The noise that each environment explores with, `[n, n_exploration]`; renewed when a rollout begins.
    exploration: Vec<S>,
    /// One observation, and one action, as the simulator has it.
    seen: Vec<f64>,
    told: Vec<f64>,
    /// What was seen after each step and each reset, before it was normalised, row by row; nothing where it is not.
    pub(super) raw: Vec<f64>,
    /// The observations to bootstrap from, `[K, obs_dim]`, and the environment and step of each.
    pub(super) finals: Vec<S>,
    pub(super) final_at: Vec<(usize, usize)>,
    pub(super) finished: Vec<Finished>,
    pub(super) error: Option<Error>,
}

impl<S: Scalar> Shard<S> {
    pub(super) fn run<M: Simulator>(
        &mut self,
        policy: &Policy,
        params: &[S],
        normaliser: Option<&Normaliser>,
        places: &mut [Place<M>],
        columns: &mut Columns<'_, S>,
    ) -> Result<(), Error> {
        let actions = places[0].simulator.actions();
        self.begin(policy, normaliser, places);
        for t in 0..columns.steps {
            let shape = (places.len(), policy.body().n_inputs());
            self.shake(places);
            if policy.renews_exploration(t) {
                self.renew(policy, params, places);
            }
            let now = ArrayView2::from_shape(shape, &self.now).expect("a row for each");
            policy.forward(params, now, &mut self.memory);
            for (i, place) in places.iter_mut().enumerate() {
                let (reward, end) = self.act(policy, &actions, (i, t), place, columns)?;
                columns.ends[i * columns.steps + t] = end;
                place.total += reward;
                place.steps += 1;
                self.observe(i, &place.simulator, normaliser);
                let cut = end.is_none() && t + 1 == columns.steps;
                if cut || end == Some(End::Truncated) {
                    self.keep_final(i, t);
                }
                if let Some(end) = end {
                    self.finish(place, (i, t), end)?;
                    self.observe(i, &place.simulator, normaliser);
                }
            }
        }
        Ok(())
    }

    fn begin<M: Simulator>(
        &mut self,
        policy: &Policy,
        normaliser: Option<&Normaliser>,
        places: &[Place<M>],
    ) {
        let n = policy.body().n_inputs();
        self.noise = policy.body().n_noise();
        self.now.resize(places.len() * n, S::zero());
        self.seen.resize(n - self.noise, 0.0);
        self.told.resize(policy.n_action(), 0.0);
        let own = policy.n_exploration();
        self.exploration.resize(places.len() * own, S::zero());
        self.finals.clear();
        self.final_at.clear();
        self.finished.clear();
        for (i, place) in places.iter().enumerate() {
            self.observe(i, &place.simulator, normaliser);
        }
        self.raw.clear(); // the last rollout has seen these
    }

    /// Draws the action of environment `i` at step `t`, takes it, and writes down all but the end.
    fn act<M: Simulator>(
        &mut self,
        policy: &Policy,
        actions: &Actions,
        (i, t): (usize, usize),
        place: &mut Place<M>,
        columns: &mut Columns<'_, S>,
    ) -> Result<(f64, Option<End>), Error> {
        let (at, n, width) = (i * columns.steps + t, self.width(), self.told.len());
        let action = &mut columns.actions[at * width..(at + 1) * width];
        let own = policy.n_exploration();
        let log_prob = if own == 0 {
            policy.draw(i, &self.memory, action, &mut place.rng)
        } else {
            let exploration = &self.exploration[i * own..(i + 1) * own];
            policy.explore(i, &self.memory, exploration, action)
        };
        finite("log-probability", log_prob.to_f64(), (i, t))?;
        tell(policy, actions, action, &mut self.told);
        let (reward, end) = place.simulator.step(&self.told, &mut place.rng)?;
        let paid = S::from_f64(reward);
        finite("reward", paid.to_f64(), (i, t))?;

        columns.observations[at * n..(at + 1) * n].copy_from_slice(&self.now[i * n..(i + 1) * n]);
        columns.log_probs[at] = log_prob;
        columns.rewards[at] = paid;
        columns.times[at] = place.steps;
        Ok((reward, end))
    }

    /// What is seen now is to be bootstrapped from.
    fn keep_final(&mut self, i: usize, t: usize) {
        let now = &self.now[i * self.width()..][..self.seen.len()];
        self.finals.extend_from_slice(now);
        self.final_at.push((i, t));
    }

    /// Notes the episode that has ended, and begins the next.
    fn finish<M: Simulator>(
        &mut self,
        place: &mut Place<M>,
        (i, t): (usize, usize),
        end: End,
    ) -> Result<(), Error> {
        self.finished.push(Finished {
            environment: i,
            step: t,
            end,
            total: place.total,
            steps: place.steps,
        });
        (place.total, place.steps) = (0.0, 0);
        Ok(place.simulator.reset(&mut place.rng)?)
    }

    /// Fresh noise ξ ~ N(0, I) behind each observation.
    fn shake<M>(&mut self, places: &mut [Place<M>]) {
        if self.noise == 0 {
            return;
        }
        let (width, n) = (self.width(), self.seen.len());
        for (place, row) in places.iter_mut().zip(self.now.chunks_exact_mut(width)) {
            row[n..].fill_with(|| normal(&mut place.rng));
        }
    }

    /// Fresh noise for exploration that depends on the state.
    fn renew<M>(&mut self, policy: &Policy, params: &[S], places: &mut [Place<M>]) {
        let rows = self.exploration.chunks_exact_mut(policy.n_exploration());
        for (place, row) in places.iter_mut().zip(rows) {
            policy.draw_exploration(params, row, &mut place.rng);
        }
    }

    /// Numbers of an observation and its noise.
    fn width(&self) -> usize {
        self.seen.len() + self.noise
    }

    fn observe<M: Simulator>(&mut self, i: usize, simulator: &M, normaliser: Option<&Normaliser>) {
        simulator.observe(ArrayViewMut1::from(&mut self.seen));
        let (width, n) = (self.width(), self.seen.len());
        let now = &mut self.now[i * width..][..n];
        see(&self.seen, normaliser, now);
        if normaliser.is_some() {
            self.raw.extend_from_slice(&self.seen);
        }
    }
}

fn normal<S: Scalar>(rng: &mut Xoshiro256PlusPlus) -> S {
    S::from_f64(StandardNormal.sample(rng))
}

/// An observation as a policy gets it.
pub(crate) fn see<S: Scalar>(seen: &[f64], normaliser: Option<&Normaliser>, now: &mut [S]) {
    let Some(normaliser) = normaliser else {
        for (now, seen) in now.iter_mut().zip(seen) {
            *now = S::from_f64(*seen);
        }
        return;
    };
    let shape = (1, seen.len());
    let row = ArrayView2::from_shape(shape, seen).expect("one row");
    let now = ArrayViewMut2::from_shape(shape, now).expect("as long");
    normaliser.apply(row, now);
}

/// An action as its environment takes it: a normal's clipped to the bounds, a squashed one stretched from (−1, 1) to
/// them.
pub(crate) fn tell<S: Scalar>(policy: &Policy, actions: &Actions, action: &[S], told: &mut [f64]) {
    policy.applied(action, told);
    let Actions::Box { low, high } = actions else {
        return;
    };
    for (a, (low, high)) in told.iter_mut().zip(low.iter().zip(high)) {
        *a = match policy.head() {
            Head::TanhNormal(_) => low + 0.5 * (*a + 1.0) * (high - low),
            Head::Normal(_) | Head::Categorical => a.clamp(*low, *high),
        };
    }
}

fn finite(
    what: &'static str,
    value: Option<f64>,
    (environment, step): (usize, usize),
) -> Result<(), Error> {
    let value = value.unwrap_or(f64::NAN);
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite {
        what,
        environment,
        step,
        value,
    })
}
