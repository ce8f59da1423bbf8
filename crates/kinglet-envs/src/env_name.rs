//! The environments that have a name.

use std::fmt::{self, Display};
use std::str::FromStr;

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::{
    Acrobot, CartPole, CellRewards, Direction, Env, Episode, Error, Exit, GridRules, Gridworld,
    Horizon, MountainCar, MountainCarContinuous, Moves, Named, Pendulum,
};

/// An environment that a program can be told by name, with its standard constants and time limit.
///
/// # Example
/// ```
/// use kinglet_envs::{Actions, EnvName, Simulator};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let name: EnvName = "mountain-car".parse()?;
/// assert_eq!(name.make(&mut rng).actions(), Actions::Discrete(3));
/// assert_eq!(name.time_limit(), Some(200));
/// assert!("mountain_car".parse::<EnvName>().is_err());
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnvName {
    /// `cartpole`: [`CartPole`], 500 steps.
    #[serde(rename = "cartpole")]
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
}

impl EnvName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CartPole,
        Self::Pendulum,
        Self::Acrobot,
        Self::MountainCar,
        Self::MountainCarContinuous,
        Self::Direction,
        Self::Gridworld,
    ];

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
        }
    }

    /// After how many steps an episode is truncated; `None` where it ends by itself.
    pub fn time_limit(self) -> Option<usize> {
        match self {
            Self::CartPole => Some(CartPole::TIME_LIMIT),
            Self::Pendulum => Some(Pendulum::TIME_LIMIT),
            Self::Acrobot => Some(Acrobot::TIME_LIMIT),
            Self::MountainCar => Some(MountainCar::TIME_LIMIT),
            Self::MountainCarContinuous => Some(MountainCarContinuous::TIME_LIMIT),
            Self::Direction => None,
            Self::Gridworld => Some(100),
        }
    }

    /// The environment, at the beginning of an episode.
    pub fn make<R: Rng + ?Sized>(self, rng: &mut R) -> Named {
        let limit = self.time_limit();
        match self {
            Self::CartPole => Named::CartPole(begin(CartPole::default(), limit, rng)),
            Self::Pendulum => Named::Pendulum(begin(Pendulum::default(), limit, rng)),
            Self::Acrobot => Named::Acrobot(begin(Acrobot::default(), limit, rng)),
            Self::MountainCar => Named::MountainCar(begin(MountainCar::default(), limit, rng)),
            Self::MountainCarContinuous => {
                let car = MountainCarContinuous::default();
                Named::MountainCarContinuous(begin(car, limit, rng))
            }
            Self::Direction => Named::Direction(begin(Direction::default(), limit, rng)),
            Self::Gridworld => Named::Gridworld(Box::new(begin(Self::gridworld(), limit, rng))),
        }
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
fn begin<E: Env, R: Rng + ?Sized>(env: E, limit: Option<usize>, rng: &mut R) -> Episode<E> {
    Episode::new(env, limit, rng).expect("a time limit of some steps")
}

impl FromStr for EnvName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == name);
        found.ok_or_else(|| Error::EnvName {
            name: name.to_owned(),
            names: Self::ALL.map(Self::as_str).join(", "),
        })
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
        for name in EnvName::ALL {
            assert_eq!(name.to_string().parse(), Ok(name));
            let file = serde_json::to_string(&name).unwrap();
            assert_eq!(file, format!("\"{name}\""));
        }
    }
}
