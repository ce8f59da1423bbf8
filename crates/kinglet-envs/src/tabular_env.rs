//! A tabular problem as an environment that can be sampled.

use ndarray::ArrayViewMut1;
use rand::Rng;

use crate::trajectory::support;
use crate::transitions::draw;
use crate::{Discrete, Env, Step, TabularMdp};

/// Sampling of what can also be enumerated. The observation is the indicator of the state, `[S]`.
///
/// No step ends the episode: the discount or the horizon says what counts, and a state that is
/// never left stays one. What is learnt from samples is then the very quantity that is computed
/// from the tables. A step knows no time, so whoever steps counts to a finite horizon; after its
/// T steps the return is complete, with nothing to bootstrap.
///
/// # Example
/// ```
/// use kinglet_envs::{Env, fixtures};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let lottery = fixtures::lot(10.0)?;
/// let start = lottery.reset(&mut rng);
/// let safe = lottery.step(&start, &0, &mut rng);
/// assert_eq!((start, safe.next, safe.reward, safe.end), (0, 1, 0.0, None));
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
impl Env for TabularMdp {
    type State = usize;
    type Actions = Discrete;

    fn actions(&self) -> Discrete {
        Discrete(self.n_actions())
    }

    fn obs_dim(&self) -> usize {
        self.n_states()
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        draw(support(self.initial()), rng)
    }

    fn step<R: Rng + ?Sized>(&self, s: &usize, a: &usize, rng: &mut R) -> Step<usize> {
        let next = self.transitions().sample(*s, *a, rng);
        Step {
            next,
            reward: self.reward(*s, *a),
            end: None,
        }
    }

    fn observe(&self, s: &usize, mut out: ArrayViewMut1<'_, f64>) {
        let n_states = self.n_states();
        assert_eq!(
            out.len(),
            n_states,
            "{} numbers for an observation of {n_states}",
            out.len()
        );
        out.fill(0.0);
        out[*s] = 1.0;
    }
}
