//! Rollouts: the same bits, the true final observations, the sums done again.

mod actions;
mod bits;
mod ends;
mod refusals;

use std::num::NonZeroUsize;

use kinglet_envs::{Bounds, Discrete, End, Env, Episode, Step};
use kinglet_nn::{Activation, Mlp};
use ndarray::{ArrayViewMut1, aview1};
use rand::Rng;

use super::*;
use crate::LogStd;

/// Counts its steps, which is also what is seen and paid; terminates at `dies`.
#[derive(Clone, Debug)]
struct Clock {
    dies: usize,
}

impl Env for Clock {
    type State = usize;
    type Actions = Discrete;
    fn actions(&self) -> Discrete {
        Discrete(2)
    }
    fn obs_dim(&self) -> usize {
        1
    }
    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> usize {
        0
    }
    fn step<R: Rng + ?Sized>(&self, s: &usize, _a: &usize, _rng: &mut R) -> Step<usize> {
        let next = s + 1;
        let end = (next == self.dies).then_some(End::Terminated);
        let reward = next as f64;
        Step { next, reward, end }
    }
    fn observe(&self, s: &usize, mut out: ArrayViewMut1<'_, f64>) {
        out[0] = *s as f64;
    }
}

/// Shows the action that it was told; pays NaN for one above `limit`.
#[derive(Clone, Debug)]
struct Echo {
    limit: f64,
}

impl Env for Echo {
    type State = [f64; 2];
    type Actions = Bounds<2>;
    fn actions(&self) -> Bounds<2> {
        Bounds {
            low: [-1.0, 10.0],
            high: [3.0, 12.0],
        }
    }
    fn obs_dim(&self) -> usize {
        2
    }
    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> [f64; 2] {
        [0.0; 2]
    }
    fn step<R: Rng + ?Sized>(&self, _s: &[f64; 2], a: &[f64; 2], _rng: &mut R) -> Step<[f64; 2]> {
        let reward = if a[0] > self.limit { f64::NAN } else { 0.0 };
        Step {
            next: *a,
            reward,
            end: None,
        }
    }
    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(s));
    }
}

fn policy(sizes: &[usize], head: Head) -> Policy {
    Policy::new(Mlp::new(sizes, Activation::Tanh).unwrap(), head).unwrap()
}

fn start<S: Scalar>(policy: &Policy) -> Vec<S> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    policy.init_orthogonal(1.0, 0.5, &mut rng).to_vec()
}

/// Two batches, one after the other, with this many threads.
fn two_batches<E, S: Scalar>(env: E, limit: usize, policy: &Policy, threads: usize) -> [Batch<S>; 2]
where
    E: Env + Clone + Send,
    Episode<E>: Simulator + Send,
{
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let mut rollouts =
        Rollouts::new(7, 3, 5, |rng| Episode::new(env.clone(), Some(limit), rng)).unwrap();
    let params = start(policy);
    let mut batch = Batch::new(7, 60, policy).unwrap();
    [(); 2].map(|()| {
        pool.install(|| rollouts.collect(policy, &params, &mut batch))
            .unwrap();
        batch.clone()
    })
}

fn echo(head: Head, limit: f64) -> Result<Batch<f64>, Error> {
    let policy = policy(&[2, 2], head);
    let mut rollouts = Rollouts::new(2, 2, 1, |rng| Episode::new(Echo { limit }, None, rng))?;
    let mut batch = Batch::new(2, 40, &policy)?;
    rollouts.collect(&policy, &[0.0; 6], &mut batch)?;
    Ok(batch)
}

fn of_features(every: usize) -> LogStd {
    LogStd::OfFeatures {
        start: -0.5,
        sample_every: NonZeroUsize::new(every),
    }
}
