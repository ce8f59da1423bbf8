//! Whatever can be stepped, saved and restored.

use std::fmt::Debug;

use ndarray::ArrayViewMut1;
use rand::Rng;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Actions, End, Env, Episode, Error, Moment, Space};

/// What a rollout steps: a problem that keeps its own state, and takes actions as rows of numbers.
///
/// After an end it stands in the final state until [`reset`](Self::reset), so that this can be observed and bootstrapped
/// from. All that its future depends on, but for the generator, is in what [`save`](Self::save) gives: restored, and with
/// the same generator, it goes on to the same bits.
///
/// [`Episode`] makes one of every [`Env`] whose state is written and read by serde. A format must bring every finite number
/// back to the bit, as `serde_json` does with its feature `float_roundtrip`. JSON has no NaN and no infinity: `serde_json`
/// writes them as `null`, which is then refused where a number is read, so that a state that has gone bad does not come
/// back as another.
///
/// # Example
/// ```
/// use kinglet_envs::{CartPole, Episode, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// /// Steps until an end.
/// fn length<S: Simulator>(simulator: &mut S, action: &[f64], rng: &mut Xoshiro256PlusPlus) -> usize {
///     simulator.reset(rng).unwrap();
///     (1..).find(|_| simulator.step(action, rng).unwrap().1.is_some()).unwrap()
/// }
/// let mut cartpole = Episode::new(CartPole::default(), Some(500), &mut rng)?;
/// assert!((8..=11).contains(&length(&mut cartpole, &[1.0], &mut rng))); // pushed one way it falls at once
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
pub trait Simulator {
    /// Where it stands, to be kept in memory or in a file.
    type Saved: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// What a row of numbers means as an action.
    fn actions(&self) -> Actions;

    /// How many numbers [`observe`](Self::observe) writes.
    fn obs_dim(&self) -> usize;

    /// Begins another episode, whether or not the last is over.
    ///
    /// # Errors
    /// What a program outside says; simulators of this crate's own dynamics always begin.
    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error>;

    /// Takes one step, and gives the reward and whether the episode is over.
    ///
    /// # Errors
    /// [`Error::EpisodeOver`] after an end; [`Error::Action`] for a row that means no action. Either way nothing has
    /// changed.
    /// # Panics
    /// If the row is not as long as [`actions`](Self::actions) says.
    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error>;

    /// Writes what an agent sees now.
    ///
    /// # Panics
    /// If `out` does not hold [`obs_dim`](Self::obs_dim) numbers.
    fn observe(&self, out: ArrayViewMut1<'_, f64>);

    /// Where it stands; `None` where that cannot be told, as for a program outside.
    fn save(&self) -> Option<Self::Saved>;

    /// Puts it where it stood.
    fn restore(&mut self, saved: &Self::Saved);
}

impl<E: Env> Simulator for Episode<E>
where
    E::State: PartialEq + Serialize + DeserializeOwned,
{
    type Saved = Moment<E::State>;

    fn actions(&self) -> Actions {
        self.env.actions().describe()
    }

    fn obs_dim(&self) -> usize {
        self.env.obs_dim()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        Episode::reset(self, rng);
        Ok(())
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        let space = self.env.actions();
        match space.read(action) {
            Some(action) => Episode::step(self, &action, rng),
            None => Err(Error::Action {
                action: format!("{action:?}"),
                space: space.to_string(),
            }),
        }
    }

    fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        Episode::observe(self, out);
    }

    fn save(&self) -> Option<Moment<E::State>> {
        Some(self.now.clone())
    }

    fn restore(&mut self, saved: &Moment<E::State>) {
        self.now = saved.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Acrobot, CartPole, MountainCar, MountainCarContinuous, Pendulum, TabularMdp, fixtures,
    };
    use rand::RngExt;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    type Generator = Xoshiro256PlusPlus;

    /// Actions of every kind, drawn by the generator.
    fn action(actions: &Actions, rng: &mut Generator) -> Vec<f64> {
        match actions {
            Actions::Discrete(n) => vec![rng.random_range(0..*n) as f64],
            Actions::Box { low, high } => {
                let pairs = low.iter().zip(high);
                pairs
                    .map(|(low, high)| low + (high - low) * rng.random::<f64>())
                    .collect()
            }
        }
    }

    /// The bits of observations, rewards and ends along some steps, through resets.
    fn play<S: Simulator>(simulator: &mut S, steps: usize, rng: &mut Generator) -> Vec<u64> {
        let actions = simulator.actions();
        let (mut seen, mut bits) = (ndarray::Array1::zeros(simulator.obs_dim()), Vec::new());
        for _ in 0..steps {
            let (reward, end) = simulator.step(&action(&actions, rng), rng).unwrap();
            simulator.observe(seen.view_mut());
            bits.extend(seen.iter().map(|x: &f64| x.to_bits()));
            bits.extend([reward.to_bits(), end.map_or(2, |end| end as u64)]);
            if end.is_some() {
                simulator.reset(rng).unwrap();
            }
        }
        bits
    }

    fn assert_restores<E: Env + Clone>(env: E)
    where
        E::State: PartialEq + Serialize + DeserializeOwned,
    {
        let mut rng = Generator::seed_from_u64(4);
        let mut episode = Episode::new(env.clone(), Some(30), &mut rng).unwrap();
        play(&mut episode, 17, &mut rng);
        let (saved, saved_rng) = (episode.save().unwrap(), rng.clone());
        let file = serde_json::to_string(&saved).unwrap();
        let read: Moment<E::State> = serde_json::from_str(&file).unwrap();
        assert_eq!(read, saved); // no number here is a negative zero, so that equal is equal to the bit
        let first = play(&mut episode, 60, &mut rng);
        assert_eq!(Simulator::save(&episode), Some(episode.now.clone()));
        // The same simulator, and another of the same problem.
        let mut other = Episode::new(env, Some(30), &mut rng).unwrap();
        for (episode, saved) in [(&mut episode, &saved), (&mut other, &read)] {
            episode.restore(saved);
            assert!(episode.save().is_some_and(|again| again == *saved));
            assert!(play(episode, 60, &mut saved_rng.clone()) == first);
        }
        // Elsewhere it goes elsewhere.
        play(&mut other, 3, &mut rng);
        assert!(play(&mut other, 60, &mut saved_rng.clone()) != first);
    }

    #[test]
    fn restored_episodes_go_on_to_the_same_bits() {
        assert_restores(CartPole::default());
        assert_restores(Pendulum::default());
        assert_restores(Acrobot::default());
        assert_restores(MountainCar::default());
        assert_restores(MountainCarContinuous::default());
        assert_restores::<TabularMdp>(fixtures::tab());
    }

    /// Numbers of every size, negative zero and the least of all among them.
    #[test]
    fn a_moment_in_a_file_keeps_its_bits() {
        let mut rng = Generator::seed_from_u64(4);
        let odd = [
            -0.0,
            f64::from_bits(1),
            f64::MIN_POSITIVE,
            f64::MAX,
            1.0 / 3.0,
        ];
        let drawn = (0..20_000)
            .map(|_| f64::from_bits(rng.random()))
            .filter(|x| x.is_finite());
        for x in odd.into_iter().chain(drawn) {
            let moment = Moment {
                state: [x],
                steps: 7,
                end: Some(End::Truncated),
            };
            let file = serde_json::to_string(&moment).unwrap();
            let read: Moment<[f64; 1]> = serde_json::from_str(&file).unwrap();
            assert_eq!(read.state[0].to_bits(), x.to_bits(), "{file}");
            assert_eq!((read.steps, read.end), (moment.steps, moment.end));
        }
        for x in [f64::NAN, f64::INFINITY] {
            let file = serde_json::to_string(&Moment::start([x])).unwrap();
            assert!(serde_json::from_str::<Moment<[f64; 1]>>(&file).is_err());
        }
    }

    #[test]
    fn a_row_steps_as_its_action_does() {
        let mut rng = Generator::seed_from_u64(4);
        let mut rows = Episode::new(Acrobot::default(), None, &mut rng).unwrap();
        let mut indices = rows.clone();
        for index in [2, 0, 1, 2] {
            let row = Simulator::step(&mut rows, &[index as f64], &mut rng);
            assert_eq!(row, indices.step(&index, &mut rng));
            assert_eq!(rows.now, indices.now);
        }
    }

    #[test]
    fn refuses_a_row_that_is_no_action() {
        let mut rng = Generator::seed_from_u64(4);
        let mut episode = Episode::new(CartPole::default(), None, &mut rng).unwrap();
        let before = episode.now;
        for number in [2.0, 0.5, -1.0, f64::NAN] {
            let refused = Simulator::step(&mut episode, &[number], &mut rng);
            assert!(matches!(refused, Err(Error::Action { .. })), "{number}");
        }
        assert_eq!(episode.now, before);
    }
}
