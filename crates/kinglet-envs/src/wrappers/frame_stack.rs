//! The latest observations at once.

use ndarray::{ArrayView1, ArrayViewMut1};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{Actions, End, Error, Simulator};

/// A simulator of which the latest observations are seen at once, the oldest first. When an episode begins, its first
/// observation stands in all places, as Gymnasium's `FrameStackObservation` has it.
///
/// ```
/// use kinglet_envs::{Episode, FrameStack, Pendulum, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let pendulum = Episode::new(Pendulum::default(), None, &mut rng)?;
/// let mut stacked = FrameStack::new(pendulum, 2)?;
/// assert_eq!(stacked.obs_dim(), 6);
/// let mut seen = [0.0; 6];
/// stacked.observe((&mut seen).into());
/// assert_eq!(seen[..3], seen[3..]);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FrameStack<M> {
    /// What is seen.
    pub inner: M,
    /// The observations, one behind the other.
    frames: Vec<f64>,
}

/// Where a [`FrameStack`] stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stacked<T> {
    /// Where what is seen stands.
    pub inner: T,
    /// The observations, one behind the other.
    pub frames: Vec<f64>,
}

impl<M: Simulator> FrameStack<M> {
    /// So many observations at once.
    ///
    /// # Errors
    /// [`Error::NoFrames`] for none.
    pub fn new(inner: M, n: usize) -> Result<Self, Error> {
        if n == 0 {
            return Err(Error::NoFrames);
        }
        let mut stacked = Self {
            frames: vec![0.0; n * inner.obs_dim()],
            inner,
        };
        stacked.fill();
        Ok(stacked)
    }

    /// What is seen now, in all places.
    fn fill(&mut self) {
        let width = self.inner.obs_dim();
        for frame in self.frames.chunks_exact_mut(width) {
            self.inner.observe(frame.into());
        }
    }
}

impl<M: Simulator> Simulator for FrameStack<M> {
    type Saved = Stacked<M::Saved>;

    fn actions(&self) -> Actions {
        self.inner.actions()
    }

    fn obs_dim(&self) -> usize {
        self.frames.len()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        self.inner.reset(rng)?;
        self.fill();
        Ok(())
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        let outcome = self.inner.step(action, rng)?;
        let width = self.inner.obs_dim();
        let last = self.frames.len() - width;
        self.frames.copy_within(width.., 0);
        self.inner.observe((&mut self.frames[last..]).into());
        Ok(outcome)
    }

    fn observe(&self, mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&ArrayView1::from(&self.frames));
    }

    fn save(&self) -> Option<Stacked<M::Saved>> {
        let inner = self.inner.save()?;
        let frames = self.frames.clone();
        Some(Stacked { inner, frames })
    }

    /// # Panics
    /// If what is saved has another number of observations.
    fn restore(&mut self, saved: &Stacked<M::Saved>) {
        self.inner.restore(&saved.inner);
        self.frames.copy_from_slice(&saved.frames);
    }
}
