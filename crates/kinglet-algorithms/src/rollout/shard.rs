//! The environments that one thread steps.

use kinglet_envs::{Actions, End, Simulator};
use kinglet_nn::Scalar;
use ndarray::{ArrayView2, ArrayViewMut1};

use super::batch::Columns;
use super::{Finished, Place};
use crate::{Error, Head, Memory, Policy};

/// A shard's memory, and what ended in its last run; environments and steps are counted from its own first.
#[derive(Clone, Debug, Default)]
pub(super) struct Shard<S> {
    memory: Memory<S>,
    /// The observations now, `[n, obs_dim]`.
    now: Vec<S>,
    /// One observation, and one action, as the simulator has it.
    seen: Vec<f64>,
    told: Vec<f64>,
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
        places: &mut [Place<M>],
        columns: &mut Columns<'_, S>,
    ) -> Result<(), Error> {
        let actions = places[0].simulator.actions();
        self.begin(policy, places);
        for t in 0..columns.steps {
            let shape = (places.len(), policy.network().n_inputs());
            let now = ArrayView2::from_shape(shape, &self.now).expect("a row for each");
            policy.forward(params, now, &mut self.memory);
            for (i, place) in places.iter_mut().enumerate() {
                self.step(policy, &actions, (i, t), place, columns)?;
            }
        }
        Ok(())
    }

    fn begin<M: Simulator>(&mut self, policy: &Policy, places: &[Place<M>]) {
        let n = policy.network().n_inputs();
        self.now.resize(places.len() * n, S::zero());
        self.seen.resize(n, 0.0);
        self.told.resize(policy.n_action(), 0.0);
        self.finals.clear();
        self.final_at.clear();
        self.finished.clear();
        for (i, place) in places.iter().enumerate() {
            self.observe(i, &place.simulator);
        }
    }

    /// One step of environment `i`, the `t`-th of the batch.
    fn step<M: Simulator>(
        &mut self,
        policy: &Policy,
        actions: &Actions,
        (i, t): (usize, usize),
        place: &mut Place<M>,
        columns: &mut Columns<'_, S>,
    ) -> Result<(), Error> {
        let (at, n, width) = (i * columns.steps + t, self.seen.len(), self.told.len());
        let action = &mut columns.actions[at * width..(at + 1) * width];
        let log_prob = policy.draw(i, &self.memory, action, &mut place.rng);
        policy.applied(action, &mut self.told);
        stretch(policy.head(), actions, &mut self.told);
        finite("log-probability", log_prob.to_f64(), (i, t))?;
        let (reward, end) = place.simulator.step(&self.told, &mut place.rng)?;
        finite("reward", Some(reward), (i, t))?;

        let now = i * n..(i + 1) * n;
        columns.observations[at * n..(at + 1) * n].copy_from_slice(&self.now[now.clone()]);
        columns.log_probs[at] = log_prob;
        columns.rewards[at] = S::from_f64(reward);
        columns.ends[at] = end;
        place.total += reward;
        place.steps += 1;
        self.observe(i, &place.simulator);
        let cut = end.is_none() && t + 1 == columns.steps;
        if cut || end == Some(End::Truncated) {
            self.finals.extend_from_slice(&self.now[now]);
            self.final_at.push((i, t));
        }
        if let Some(end) = end {
            let (total, steps) = (place.total, place.steps);
            self.finished.push(Finished {
                environment: i,
                step: t,
                end,
                total,
                steps,
            });
            (place.total, place.steps) = (0.0, 0);
            place.simulator.reset(&mut place.rng);
            self.observe(i, &place.simulator);
        }
        Ok(())
    }

    fn observe<M: Simulator>(&mut self, i: usize, simulator: &M) {
        simulator.observe(ArrayViewMut1::from(&mut self.seen));
        let n = self.seen.len();
        for (now, seen) in self.now[i * n..(i + 1) * n].iter_mut().zip(&self.seen) {
            *now = S::from_f64(*seen);
        }
    }
}

/// A squashed action from (−1, 1) to the bounds.
fn stretch(head: Head, actions: &Actions, told: &mut [f64]) {
    if let (Head::TanhNormal(_), Actions::Box { low, high }) = (head, actions) {
        for (a, (low, high)) in told.iter_mut().zip(low.iter().zip(high)) {
            *a = low + 0.5 * (*a + 1.0) * (high - low);
        }
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
