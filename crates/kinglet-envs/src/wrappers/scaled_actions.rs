//! Actions between −1 and 1.

use ndarray::ArrayViewMut1;
use rand::Rng;

use crate::{Actions, End, Error, Simulator};

/// A simulator whose actions lie between −1 and 1 and are stretched to their own bounds l and h.
///
/// ```text
/// l + ½ (a + 1) (h − l)
/// ```
///
/// ```
/// use kinglet_envs::{Actions, Episode, Pendulum, ScaledActions, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let mut plain = Episode::new(Pendulum::default(), None, &mut rng)?;
/// let mut scaled = ScaledActions::new(plain.clone())?; // a torque between −2 and 2
/// assert_eq!(scaled.actions(), Actions::Box { low: vec![-1.0], high: vec![1.0] });
/// let (reward, _) = Simulator::step(&mut plain, &[1.5], &mut rng)?;
/// assert_eq!(scaled.step(&[0.75], &mut rng)?.0, reward);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ScaledActions<M> {
    /// What is told the stretched actions.
    pub inner: M,
    low: Vec<f64>,
    high: Vec<f64>,
    told: Vec<f64>,
}

impl<M: Simulator> ScaledActions<M> {
    /// Around a simulator.
    ///
    /// # Errors
    /// [`Error::Unbounded`] for actions that are indices, or have a bound that is not finite.
    pub fn new(inner: M) -> Result<Self, Error> {
        let actions = inner.actions();
        match &actions {
            Actions::Box { low, high } if low.iter().chain(high).all(|bound| bound.is_finite()) => {
                Ok(Self {
                    told: vec![0.0; low.len()],
                    low: low.clone(),
                    high: high.clone(),
                    inner,
                })
            }
            _ => Err(Error::Unbounded {
                actions: format!("{actions:?}"),
            }),
        }
    }
}

impl<M: Simulator> Simulator for ScaledActions<M> {
    type Saved = M::Saved;

    fn actions(&self) -> Actions {
        Actions::Box {
            low: vec![-1.0; self.low.len()],
            high: vec![1.0; self.high.len()],
        }
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
        super::assert_width(action, self.low.len());
        let bounds = self.low.iter().zip(&self.high);
        for ((told, number), (low, high)) in self.told.iter_mut().zip(action).zip(bounds) {
            *told = low + 0.5 * (number + 1.0) * (high - low);
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
