//! Episodes that are cut off.

use ndarray::ArrayViewMut1;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{Actions, End, Error, Simulator};

/// A simulator whose episodes are truncated after so many steps, unless they end before; termination wins. An
/// [`Episode`](crate::Episode) has this of its own.
///
/// ```
/// use kinglet_envs::{CartPole, End, Episode, Simulator, TimeLimit};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let endless = Episode::new(CartPole::default(), None, &mut rng)?;
/// let mut limited = TimeLimit::new(endless, 2)?;
/// assert_eq!(limited.step(&[0.0], &mut rng)?, (1.0, None));
/// assert_eq!(limited.step(&[1.0], &mut rng)?, (1.0, Some(End::Truncated)));
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimeLimit<M> {
    /// What is cut off.
    pub inner: M,
    limit: usize,
    steps: usize,
    end: Option<End>,
}

/// Where a [`TimeLimit`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limited<T> {
    /// Where what is cut off stands.
    pub inner: T,
    /// The steps of the episode.
    pub steps: usize,
    /// How it ended, if it is over.
    pub end: Option<End>,
}

impl<M: Simulator> TimeLimit<M> {
    /// So many steps an episode, of which the first begins where the simulator stands.
    ///
    /// # Errors
    /// [`Error::NoTime`] for a limit of no steps.
    pub fn new(inner: M, limit: usize) -> Result<Self, Error> {
        if limit == 0 {
            return Err(Error::NoTime);
        }
        Ok(Self {
            inner,
            limit,
            steps: 0,
            end: None,
        })
    }
}

impl<M: Simulator> Simulator for TimeLimit<M> {
    type Saved = Limited<M::Saved>;

    fn actions(&self) -> Actions {
        self.inner.actions()
    }

    fn obs_dim(&self) -> usize {
        self.inner.obs_dim()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        (self.steps, self.end) = (0, None);
        self.inner.reset(rng)
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        if let Some(end) = self.end {
            let steps = self.steps;
            return Err(Error::EpisodeOver { end, steps });
        }
        let (reward, end) = self.inner.step(action, rng)?;
        self.steps += 1;
        let over = self.steps >= self.limit;
        self.end = end.or(over.then_some(End::Truncated));
        Ok((reward, self.end))
    }

    fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        self.inner.observe(out);
    }

    fn save(&self) -> Option<Limited<M::Saved>> {
        let inner = self.inner.save()?;
        let (steps, end) = (self.steps, self.end);
        Some(Limited { inner, steps, end })
    }

    fn restore(&mut self, saved: &Limited<M::Saved>) {
        self.inner.restore(&saved.inner);
        (self.steps, self.end) = (saved.steps, saved.end);
    }
}
