//! Actions within their bounds.

use ndarray::ArrayViewMut1;
use rand::Rng;

use crate::{Actions, End, Error, Simulator};

/// A simulator to which an action's numbers go clipped to their bounds; an index goes as it is. For environments whose own
/// dynamics do not clip: rollouts clip what a policy draws themselves.
///
/// ```
/// use kinglet_envs::{ClippedActions, Episode, Pendulum, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let mut plain = Episode::new(Pendulum::default(), None, &mut rng)?;
/// let mut clipped = ClippedActions::new(plain.clone());
/// let (at_most, _) = Simulator::step(&mut plain, &[2.0], &mut rng)?;
/// assert_eq!(clipped.step(&[50.0], &mut rng)?.0, at_most);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClippedActions<M> {
    /// What is told the clipped actions.
    pub inner: M,
    actions: Actions,
    told: Vec<f64>,
}

impl<M: Simulator> ClippedActions<M> {
    /// Around a simulator.
    pub fn new(inner: M) -> Self {
        let actions = inner.actions();
        let told = vec![0.0; actions.len()];
        Self {
            inner,
            actions,
            told,
        }
    }
}

impl<M: Simulator> Simulator for ClippedActions<M> {
    type Saved = M::Saved;

    fn actions(&self) -> Actions {
        self.actions.clone()
    }

    fn obs_dim(&self) -> usize {
        self.inner.obs_dim()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        self.inner.reset(rng)
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        let Actions::Box { low, high } = &self.actions else {
            return self.inner.step(action, rng);
        };
        super::assert_width(action, low.len());
        let bounds = low.iter().zip(high);
        for ((told, number), (low, high)) in self.told.iter_mut().zip(action).zip(bounds) {
            *told = number.clamp(*low, *high);
        }
        self.inner.step(&self.told, rng)
    }

    fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        self.inner.observe(out);
    }

    fn save(&self) -> Option<M::Saved> {
        self.inner.save()
    }

    fn restore(&mut self, saved: &M::Saved) {
        self.inner.restore(saved);
    }
}
