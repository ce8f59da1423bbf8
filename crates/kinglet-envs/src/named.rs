//! The environments that have a name, as one simulator.

use ndarray::ArrayViewMut1;
use rand::Rng;
use serde::{Deserialize, Serialize};

#[cfg(feature = "gymnasium")]
use crate::GymnasiumName;
#[cfg(feature = "mujoco")]
use crate::MujocoName;
#[cfg(feature = "gymnasium")]
use crate::gymnasium::{Gymnasium, GymnasiumMoment};
#[cfg(feature = "mujoco")]
use crate::mujoco::{Mujoco, MujocoMoment};
use crate::{
    Acrobot, Actions, CarState, CartPole, Direction, End, EnvName, Episode, Error, Gridworld,
    Moment, MountainCar, MountainCarContinuous, Pendulum, Simulator,
};

/// An environment of [`EnvName`]: one type for all, so that what trains is compiled once and still calls no function by
/// pointer.
///
/// ```
/// use kinglet_envs::{EnvName, Named, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let mut pendulum = EnvName::Pendulum.make(&mut rng)?;
/// pendulum.step(&[0.5], &mut rng)?;
/// let Named::Pendulum(episode) = &pendulum else { panic!("it has another name") };
/// assert_eq!(episode.now.steps, 1);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Debug)]
pub enum Named {
    /// `cartpole`.
    CartPole(Episode<CartPole>),
    /// `pendulum`.
    Pendulum(Episode<Pendulum>),
    /// `acrobot`.
    Acrobot(Episode<Acrobot>),
    /// `mountain-car`.
    MountainCar(Episode<MountainCar>),
    /// `mountain-car-continuous`.
    MountainCarContinuous(Episode<MountainCarContinuous>),
    /// `direction`.
    Direction(Episode<Direction>),
    /// `gridworld`.
    Gridworld(Box<Episode<Gridworld>>),
    /// `mujoco/…`, `dm/…`.
    #[cfg(feature = "mujoco")]
    Mujoco(MujocoName, Box<Mujoco>),
    /// `gym/…`.
    #[cfg(feature = "gymnasium")]
    Gymnasium(GymnasiumName, Box<Gymnasium>),
}

/// Where a [`Named`] stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedMoment {
    /// Of `cartpole`.
    #[serde(rename = "cartpole")]
    CartPole(Moment<[f64; 4]>),
    /// Of `pendulum`.
    Pendulum(Moment<[f64; 2]>),
    /// Of `acrobot`.
    Acrobot(Moment<[f64; 4]>),
    /// Of `mountain-car`.
    MountainCar(Moment<[f64; 2]>),
    /// Of `mountain-car-continuous`.
    MountainCarContinuous(Moment<CarState>),
    /// Of `direction`.
    Direction(Moment<usize>),
    /// Of `gridworld`.
    Gridworld(Moment<usize>),
    /// Of a task on MuJoCo.
    #[cfg(feature = "mujoco")]
    Mujoco(MujocoName, MujocoMoment),
    /// Of an environment of Gymnasium.
    #[cfg(feature = "gymnasium")]
    Gymnasium(GymnasiumName, GymnasiumMoment),
}

impl NamedMoment {
    /// The environment's name.
    pub fn name(&self) -> EnvName {
        match self {
            Self::CartPole(_) => EnvName::CartPole,
            Self::Pendulum(_) => EnvName::Pendulum,
            Self::Acrobot(_) => EnvName::Acrobot,
            Self::MountainCar(_) => EnvName::MountainCar,
            Self::MountainCarContinuous(_) => EnvName::MountainCarContinuous,
            Self::Direction(_) => EnvName::Direction,
            Self::Gridworld(_) => EnvName::Gridworld,
            #[cfg(feature = "mujoco")]
            Self::Mujoco(name, _) => EnvName::Mujoco(*name),
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(name, _) => EnvName::Gymnasium(*name),
        }
    }
}

/// The same of whichever episode it is.
macro_rules! each {
    ($named:expr, $episode:ident => $what:expr) => {
        match $named {
            Named::CartPole($episode) => $what,
            Named::Pendulum($episode) => $what,
            Named::Acrobot($episode) => $what,
            Named::MountainCar($episode) => $what,
            Named::MountainCarContinuous($episode) => $what,
            Named::Direction($episode) => $what,
            Named::Gridworld($episode) => $what,
            #[cfg(feature = "mujoco")]
            Named::Mujoco(_, $episode) => $what,
            #[cfg(feature = "gymnasium")]
            Named::Gymnasium(_, $episode) => $what,
        }
    };
}

impl Named {
    /// Its name.
    pub fn name(&self) -> EnvName {
        match self {
            Self::CartPole(_) => EnvName::CartPole,
            Self::Pendulum(_) => EnvName::Pendulum,
            Self::Acrobot(_) => EnvName::Acrobot,
            Self::MountainCar(_) => EnvName::MountainCar,
            Self::MountainCarContinuous(_) => EnvName::MountainCarContinuous,
            Self::Direction(_) => EnvName::Direction,
            Self::Gridworld(_) => EnvName::Gridworld,
            #[cfg(feature = "mujoco")]
            Self::Mujoco(name, _) => EnvName::Mujoco(*name),
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(name, _) => EnvName::Gymnasium(*name),
        }
    }

    /// After how many steps an episode is truncated; `None` where it ends by itself, or a program outside
    /// knows.
    pub fn time_limit(&self) -> Option<usize> {
        match self {
            Self::CartPole(episode) => episode.time_limit,
            Self::Pendulum(episode) => episode.time_limit,
            Self::Acrobot(episode) => episode.time_limit,
            Self::MountainCar(episode) => episode.time_limit,
            Self::MountainCarContinuous(episode) => episode.time_limit,
            Self::Direction(episode) => episode.time_limit,
            Self::Gridworld(episode) => episode.time_limit,
            #[cfg(feature = "mujoco")]
            Self::Mujoco(_, episode) => episode.time_limit,
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(..) => None,
        }
    }
}

impl Simulator for Named {
    type Saved = NamedMoment;

    fn actions(&self) -> Actions {
        each!(self, episode => episode.actions())
    }

    fn obs_dim(&self) -> usize {
        each!(self, episode => episode.obs_dim())
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), Error> {
        match self {
            Self::CartPole(episode) => Simulator::reset(episode, rng),
            Self::Pendulum(episode) => Simulator::reset(episode, rng),
            Self::Acrobot(episode) => Simulator::reset(episode, rng),
            Self::MountainCar(episode) => Simulator::reset(episode, rng),
            Self::MountainCarContinuous(episode) => Simulator::reset(episode, rng),
            Self::Direction(episode) => Simulator::reset(episode, rng),
            Self::Gridworld(episode) => Simulator::reset(&mut **episode, rng),
            #[cfg(feature = "mujoco")]
            Self::Mujoco(_, episode) => episode.reset(rng),
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(_, episode) => episode.reset(rng),
        }
    }

    #[inline]
    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), Error> {
        match self {
            Self::CartPole(episode) => Simulator::step(episode, action, rng),
            Self::Pendulum(episode) => Simulator::step(episode, action, rng),
            Self::Acrobot(episode) => Simulator::step(episode, action, rng),
            Self::MountainCar(episode) => Simulator::step(episode, action, rng),
            Self::MountainCarContinuous(episode) => Simulator::step(episode, action, rng),
            Self::Direction(episode) => Simulator::step(episode, action, rng),
            Self::Gridworld(episode) => Simulator::step(&mut **episode, action, rng),
            #[cfg(feature = "mujoco")]
            Self::Mujoco(_, episode) => episode.step(action, rng),
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(_, episode) => episode.step(action, rng),
        }
    }

    #[inline]
    fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        each!(self, episode => episode.observe(out));
    }

    fn save(&self) -> Option<NamedMoment> {
        Some(match self {
            Self::CartPole(episode) => NamedMoment::CartPole(episode.now),
            Self::Pendulum(episode) => NamedMoment::Pendulum(episode.now),
            Self::Acrobot(episode) => NamedMoment::Acrobot(episode.now),
            Self::MountainCar(episode) => NamedMoment::MountainCar(episode.now),
            Self::MountainCarContinuous(episode) => NamedMoment::MountainCarContinuous(episode.now),
            Self::Direction(episode) => NamedMoment::Direction(episode.now),
            Self::Gridworld(episode) => NamedMoment::Gridworld(episode.now),
            #[cfg(feature = "mujoco")]
            Self::Mujoco(name, episode) => NamedMoment::Mujoco(*name, episode.save()?),
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(name, episode) => NamedMoment::Gymnasium(*name, episode.save()?),
        })
    }

    /// # Panics
    /// If it was another environment that stood there.
    fn restore(&mut self, saved: &NamedMoment) {
        match (self, saved) {
            (Self::CartPole(episode), NamedMoment::CartPole(now)) => episode.now = *now,
            (Self::Pendulum(episode), NamedMoment::Pendulum(now)) => episode.now = *now,
            (Self::Acrobot(episode), NamedMoment::Acrobot(now)) => episode.now = *now,
            (Self::MountainCar(episode), NamedMoment::MountainCar(now)) => episode.now = *now,
            (Self::MountainCarContinuous(episode), NamedMoment::MountainCarContinuous(now)) => {
                episode.now = *now;
            }
            (Self::Direction(episode), NamedMoment::Direction(now)) => episode.now = *now,
            (Self::Gridworld(episode), NamedMoment::Gridworld(now)) => episode.now = *now,
            #[cfg(feature = "mujoco")]
            (Self::Mujoco(name, episode), NamedMoment::Mujoco(of, now)) if name == of => {
                episode.restore(now);
            }
            #[cfg(feature = "gymnasium")]
            (Self::Gymnasium(name, episode), NamedMoment::Gymnasium(of, now)) if name == of => {
                episode.restore(now);
            }
            (here, saved) => panic!("{} cannot stand at {saved:?}", here.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;
    use rand::RngExt;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    type Generator = Xoshiro256PlusPlus;

    /// The bits seen along some steps.
    fn play<S: Simulator>(simulator: &mut S, steps: usize, rng: &mut Generator) -> Vec<u64> {
        let actions = simulator.actions();
        let (mut seen, mut bits) = (Array1::zeros(simulator.obs_dim()), Vec::new());
        for _ in 0..steps {
            let action: Vec<f64> = match &actions {
                Actions::Discrete(n) => vec![rng.random_range(0..*n) as f64],
                Actions::Box { low, .. } => low.iter().map(|_| rng.random::<f64>()).collect(),
            };
            let (reward, end) = simulator.step(&action, rng).unwrap();
            simulator.observe(seen.view_mut());
            bits.extend(seen.iter().map(|x: &f64| x.to_bits()));
            bits.push(reward.to_bits());
            if end.is_some() {
                simulator.reset(rng).unwrap();
            }
        }
        bits
    }

    #[test]
    fn every_name_is_restored_from_a_file() {
        for name in EnvName::BUILT_IN {
            let mut rng = Generator::seed_from_u64(4);
            let mut env = name.make(&mut rng).unwrap();
            assert_eq!(env.name(), name);
            play(&mut env, 17, &mut rng);
            let file = serde_json::to_string(&env.save()).unwrap();
            let saved_rng = rng.clone();
            let rest = play(&mut env, 300, &mut rng);
            let mut other = name.make(&mut rng).unwrap();
            other.restore(&serde_json::from_str(&file).unwrap());
            assert!(
                play(&mut other, 300, &mut saved_rng.clone()) == rest,
                "{name}"
            );
        }
    }

    #[test]
    fn a_name_is_the_environment_that_it_says() {
        let mut rng = Generator::seed_from_u64(4);
        let mut by_type = Episode::new(Acrobot::default(), Some(500), &mut rng).unwrap();
        let mut by_name = EnvName::Acrobot
            .make(&mut Generator::seed_from_u64(4))
            .unwrap();
        let expected = play(&mut by_type, 1200, &mut Generator::seed_from_u64(5));
        assert!(play(&mut by_name, 1200, &mut Generator::seed_from_u64(5)) == expected);
    }

    #[test]
    #[should_panic(expected = "cartpole cannot stand at Direction")]
    fn another_environments_moment_panics() {
        let mut rng = Generator::seed_from_u64(4);
        let direction = EnvName::Direction.make(&mut rng).unwrap().save().unwrap();
        EnvName::CartPole
            .make(&mut rng)
            .unwrap()
            .restore(&direction);
    }
}
