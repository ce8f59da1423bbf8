//! One run of an environment, with its time limit.

use ndarray::ArrayViewMut1;
use rand::Rng;
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Acrobot, CartPole, MountainCar, MountainCarContinuous, Pendulum};
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    fn rng() -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(5)
    }

    /// Asserts that the action is refused and that nothing has changed.
    fn assert_refused<E: Env>(env: E, action: Action<E>)
    where
        E::State: PartialEq,
    {
        let mut rng = rng();
        let mut episode = Episode::new(env, None, &mut rng).unwrap();
        let (before, draws) = (episode.now.clone(), rng.clone());
        let error = episode.step(&action, &mut rng).unwrap_err();
        let Error::Action { action: told, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(*told, format!("{action:?}"));
        assert!(episode.now == before && rng == draws);
    }

    #[test]
    fn refuses_an_action_without_meaning() {
        assert_refused(CartPole::default(), 2);
        assert_refused(MountainCar::default(), 3);
        assert_refused(Acrobot::default(), usize::MAX);
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_refused(Pendulum::default(), [number]);
            assert_refused(MountainCarContinuous::default(), [number]);
        }
    }

    #[test]
    fn refuses_a_step_after_the_end() {
        let mut rng = rng();
        let mut episode = Episode::new(CartPole::default(), None, &mut rng).unwrap();
        let end = loop {
            if let (_, Some(end)) = episode.step(&0, &mut rng).unwrap() {
                break end;
            }
        };
        let steps = episode.now.steps;
        let error = episode.step(&0, &mut rng);
        assert_eq!(error, Err(Error::EpisodeOver { end, steps }));
        episode.reset(&mut rng);
        assert_eq!(episode.step(&0, &mut rng), Ok((1.0, None)));
    }

    #[test]
    fn refuses_a_time_limit_of_no_steps() {
        let none = Episode::new(Pendulum::default(), Some(0), &mut rng());
        assert_eq!(none.err(), Some(Error::NoTime));
    }

    #[test]
    fn terminates_where_the_time_is_up_too() {
        let mut rng = rng();
        let at_the_goal = [0.5, 0.07];
        for time_limit in [Some(1), None] {
            let mut episode = Episode::new(MountainCar::default(), time_limit, &mut rng).unwrap();
            episode.now = Moment::start(at_the_goal);
            let (_, end) = episode.step(&2, &mut rng).unwrap();
            assert_eq!(end, Some(End::Terminated));
        }
    }

    #[test]
    fn goes_on_from_a_saved_moment() {
        let mut rng = rng();
        let mut episode = Episode::new(Acrobot::default(), Some(40), &mut rng).unwrap();
        let mut play = |episode: &mut Episode<Acrobot>, n: usize| {
            for i in 0..n {
                episode.step(&(i % 3), &mut rng).unwrap();
            }
            episode.now
        };
        let saved = play(&mut episode, 10);
        let first = play(&mut episode, 30);
        episode.now = saved;
        assert_eq!(play(&mut episode, 30), first);
        assert_eq!(first.end, Some(End::Truncated));
    }

    #[test]
    fn dynamics_keep_a_nan_visible() {
        let mut rng = rng();
        let s = Pendulum::default().step(&[1.0, 0.5], &[f64::NAN], &mut rng);
        assert!(s.next.iter().all(|x| x.is_nan()) && s.reward.is_nan());
        let start = MountainCarContinuous::default().reset(&mut rng);
        let s = MountainCarContinuous::default().step(&start, &[f64::NAN], &mut rng);
        assert!(s.next.position.is_nan() && s.next.velocity.is_nan() && s.reward.is_nan());
    }

    #[test]
    #[should_panic(expected = "CartPole has the actions 0 and 1, not 2")]
    fn dynamics_panic_at_an_index_out_of_range() {
        CartPole::default().step(&[0.0; 4], &2, &mut rng());
    }
}
