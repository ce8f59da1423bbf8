use ndarray::ArrayViewMut1;
use rand::Rng;

use crate::env::{Action, End, Env, Step};
use crate::error::Error;
use crate::space::Space;

/// One episode of an environment: its current state, how far it has come, and its time limit.
///
/// Where the dynamics end an episode, it is [`End::Terminated`]. At the time limit it is
/// [`End::Truncated`], unless it terminates in the same step. Either way the final state stays in
/// [`now`](Self::now), to be bootstrapped from or looked at, until [`reset`](Self::reset).
///
/// To save an episode, clone `now`; to restore it, put the clone back.
///
/// # Example
/// ```
/// use kinglet_envs::{CartPole, End, Episode};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let mut episode = Episode::new(CartPole::default(), Some(3), &mut rng)?;
/// for push in [0, 1, 0] {
///     let (reward, _) = episode.step(&push, &mut rng)?;
///     assert_eq!(reward, 1.0);
/// }
/// assert_eq!(episode.now.end, Some(End::Truncated));
/// assert!(episode.step(&1, &mut rng).is_err()); // it is over
/// episode.reset(&mut rng);
/// assert!(episode.step(&2, &mut rng).is_err()); // there is no action 2
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Episode<E: Env> {
    /// The environment.
    pub env: E,
    /// After how many steps the episode is truncated; `None` for never.
    pub time_limit: Option<usize>,
    /// Where the episode stands.
    pub now: Moment<E::State>,
}

/// Where an episode stands: all that has to be kept to go on from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment<S> {
    /// The current state; the final one if `end` is set.
    pub state: S,
    /// How many steps have been taken.
    pub steps: usize,
    /// Whether and how the episode has ended.
    pub end: Option<End>,
}

impl<S> Moment<S> {
    /// The beginning of an episode.
    pub fn start(state: S) -> Self {
        Self {
            state,
            steps: 0,
            end: None,
        }
    }
}

impl<E: Env> Episode<E> {
    /// Begins an episode at a state drawn from the environment.
    ///
    /// # Errors
    /// [`Error::NoTime`] for a time limit of no steps.
    pub fn new<R: Rng + ?Sized>(
        env: E,
        time_limit: Option<usize>,
        rng: &mut R,
    ) -> Result<Self, Error> {
        if time_limit == Some(0) {
            return Err(Error::NoTime);
        }
        let now = Moment::start(env.reset(rng));
        Ok(Self {
            env,
            time_limit,
            now,
        })
    }

    /// Begins another episode, whether or not this one is over.
    pub fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.now = Moment::start(self.env.reset(rng));
    }

    /// Takes one step, and gives the reward and whether the episode is over.
    ///
    /// # Errors
    /// [`Error::EpisodeOver`] after the end, and [`Error::Action`] for an action that the space
    /// does not [admit](Space::admits): an index out of range, a number that is NaN or infinite.
    /// Either way nothing has changed.
    pub fn step<R: Rng + ?Sized>(
        &mut self,
        action: &Action<E>,
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        if let Some(end) = self.now.end {
            let steps = self.now.steps;
            return Err(Error::EpisodeOver { end, steps });
        }
        let space = self.env.actions();
        if !space.admits(action) {
            return Err(Error::Action {
                action: format!("{action:?}"),
                space: space.to_string(),
            });
        }
        let Step { next, reward, end } = self.env.step(&self.now.state, action, rng);
        let steps = self.now.steps + 1;
        let out_of_time = self.time_limit.is_some_and(|limit| steps >= limit);
        let end = end.or(out_of_time.then_some(End::Truncated));
        self.now = Moment {
            state: next,
            steps,
            end,
        };
        Ok((reward, end))
    }

    /// Writes what an agent sees now.
    ///
    /// # Panics
    /// If `out` does not hold [`obs_dim`](Env::obs_dim) numbers.
    pub fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        self.env.observe(&self.now.state, out);
    }
}
