//! The environments that have a name.

use std::fmt::{self, Display};
use std::str::FromStr;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{
    Acrobot, CartPole, CellRewards, Direction, Env, Episode, Error, Exit, GridRules, Gridworld,
    GymnasiumName, Horizon, MountainCar, MountainCarContinuous, Moves, MujocoName, Named, Pendulum,
};

/// An environment that a program can be told by name, with its standard constants and time limit.
///
/// Every name is known in every build. What an environment needs that a build lacks, [`make`](Self::make) tells.
///
/// # Example
/// ```
/// use kinglet_envs::{Actions, EnvName, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let name: EnvName = "mountain-car".parse()?;
/// let car = name.make(&mut rng)?;
/// assert_eq!(car.actions(), Actions::Discrete(3));
/// assert_eq!(car.time_limit(), Some(200));
/// assert!("mountain_car".parse::<EnvName>().is_err());
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EnvName {
    /// `cartpole`: [`CartPole`], 500 steps.
    CartPole,
    /// `pendulum`: [`Pendulum`], 200 steps.
    Pendulum,
    /// `acrobot`: [`Acrobot`], 500 steps.
    Acrobot,
    /// `mountain-car`: [`MountainCar`], 200 steps.
    MountainCar,
    /// `mountain-car-continuous`: [`MountainCarContinuous`], 999 steps.
    MountainCarContinuous,
    /// `direction`: [`Direction`], one step.
    Direction,
    /// `gridworld`: a walk along a cliff, [`EnvName::gridworld`], 100 steps.
    Gridworld,
    /// `mujoco/…` and `dm/…`: a task on MuJoCo, with the feature `mujoco`.
    Mujoco(MujocoName),
    /// `gym/…`: any environment of an installed Gymnasium, with the feature `gymnasium`.
    Gymnasium(GymnasiumName),
}

impl EnvName {
    /// Those that need nothing installed.
    pub const BUILT_IN: [Self; 7] = [
        Self::CartPole,
        Self::Pendulum,
        Self::Acrobot,
        Self::MountainCar,
        Self::MountainCarContinuous,
        Self::Direction,
        Self::Gridworld,
    ];

    /// After how many steps a walk in the gridworld is truncated.
    pub const GRIDWORLD_TIME_LIMIT: usize = 100;

    /// All that can be listed: what an installed Gymnasium has is not among them.
    pub fn all() -> impl Iterator<Item = Self> {
        let tasks = MujocoName::all().map(Self::Mujoco);
        Self::BUILT_IN.into_iter().chain(tasks)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CartPole => "cartpole",
            Self::Pendulum => "pendulum",
            Self::Acrobot => "acrobot",
            Self::MountainCar => "mountain-car",
            Self::MountainCarContinuous => "mountain-car-continuous",
            Self::Direction => "direction",
            Self::Gridworld => "gridworld",
            Self::Mujoco(task) => task.as_str(),
            Self::Gymnasium(name) => name.as_str(),
        }
    }

    /// What is to be done there, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::CartPole => "keep a pole upright by pushing its cart left or right",
            Self::Pendulum => "swing a pendulum up and hold it by a weak torque",
            Self::Acrobot => "swing the tip of two linked rods above a line",
            Self::MountainCar => "rock an underpowered car up a hill by three pushes",
            Self::MountainCarContinuous => "rock an underpowered car up a hill by a force",
            Self::Direction => "find the point (1, -1) of the plane from rewards alone",
            Self::Gridworld => "walk along a cliff, slipping, to a goal",
            Self::Mujoco(task) => task.about(),
            Self::Gymnasium(_) => "an environment of Gymnasium",
        }
    }

    /// The environment, at the beginning of an episode.
    ///
    /// # Errors
    /// [`Error::Feature`] where this build lacks what it needs; where that is there, what
    /// making it says.
    pub fn make<R: Rng + ?Sized>(self, rng: &mut R) -> Result<Named, Error> {
        Ok(match self {
            Self::CartPole => {
                Named::CartPole(begin(CartPole::default(), CartPole::TIME_LIMIT, rng))
            }
            Self::Pendulum => {
                Named::Pendulum(begin(Pendulum::default(), Pendulum::TIME_LIMIT, rng))
            }
            Self::Acrobot => Named::Acrobot(begin(Acrobot::default(), Acrobot::TIME_LIMIT, rng)),
            Self::MountainCar => {
                let car = MountainCar::default();
                Named::MountainCar(begin(car, MountainCar::TIME_LIMIT, rng))
            }
            Self::MountainCarContinuous => {
                let (car, limit) = (
                    MountainCarContinuous::default(),
                    MountainCarContinuous::TIME_LIMIT,
                );
                Named::MountainCarContinuous(begin(car, limit, rng))
            }
            Self::Direction => Named::Direction(Episode::new(Direction::default(), None, rng)?),
            Self::Gridworld => Named::Gridworld(Box::new(begin(
                Self::gridworld(),
                Self::GRIDWORLD_TIME_LIMIT,
                rng,
            ))),
            #[cfg(feature = "mujoco")]
            Self::Mujoco(task) => {
                let made = crate::mujoco::make(task, rng)?;
                Named::Mujoco(task, Box::new(made))
            }
            #[cfg(not(feature = "mujoco"))]
            Self::Mujoco(_) => {
                return Err(Error::Feature {
                    name: self.to_string(),
                    feature: "mujoco",
                });
            }
            #[cfg(feature = "gymnasium")]
            Self::Gymnasium(name) => {
                let made = crate::gymnasium::Gymnasium::new(&name.recipe(), rng)?;
                Named::Gymnasium(name, Box::new(made))
            }
            #[cfg(not(feature = "gymnasium"))]
            Self::Gymnasium(_) => {
                return Err(Error::Feature {
                    name: self.to_string(),
                    feature: "gymnasium",
                });
            }
        })
    }

    /// The map and rules of the name `gridworld`: a step costs 1 and goes astray one time in ten, a fall costs 10 in all
    /// and leads back to the start, the goal ends the walk.
    ///
    /// ```text
    /// ......
    /// ......
    /// SCCCCG
    /// ```
    pub fn gridworld() -> Gridworld {
        let rewards = CellRewards {
            step: -1.0,
            cliff: -9.0,
            goal: 0.0,
        };
        let rules = GridRules {
            moves: Moves::Four,
            slip: 0.1,
            rewards,
            after_goal: Exit::Absorbing,
            after_cliff: Exit::ToStart,
            horizon: Horizon::Discounted(0.99),
        };
        Gridworld::from_map("......\n......\nSCCCCG", rules).expect("the map above is one")
    }
}

/// No time limit above is zero.
fn begin<E: Env, R: Rng + ?Sized>(env: E, limit: usize, rng: &mut R) -> Episode<E> {
    Episode::new(env, Some(limit), rng).expect("a time limit of some steps")
}

impl FromStr for EnvName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::all().find(|known| known.as_str() == name);
        let outside = || GymnasiumName::read(name).map(Self::Gymnasium);
        found.or_else(outside).ok_or_else(|| Error::EnvName {
            name: name.to_owned(),
            names: Self::BUILT_IN.map(Self::as_str).join(", "),
        })
    }
}

impl TryFrom<String> for EnvName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        name.parse()
    }
}

impl From<EnvName> for String {
    fn from(name: EnvName) -> Self {
        name.as_str().to_owned()
    }
}

impl Display for EnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_a_file_and_on_a_command_line() {
        for name in EnvName::all() {
            assert_eq!(name.to_string().parse(), Ok(name));
            let file = serde_json::to_string(&name).unwrap();
            assert_eq!(file, format!("\"{name}\""));
        }
    }
}
