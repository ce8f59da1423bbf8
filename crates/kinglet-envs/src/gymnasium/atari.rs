//! Games of the Arcade Learning Environment.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Recipe, Wrapper};

/// How an Atari game is seen and played. The defaults are those of the games' fifth version and of Gymnasium's
/// `AtariPreprocessing`, without its no-ops: what a frame does is random already. The loss of a life ends nothing.
///
/// The games are those of `ale-py`, which `cargo xtask mujoco --atari` installs.
///
/// Source: Machado et al. 2018, "Revisiting the Arcade Learning Environment"; `ale_py/registration.py`;
/// `gymnasium/wrappers/atari_preprocessing.py`.
///
/// ```
/// use kinglet_envs::gymnasium::{Atari, Sight};
/// let pong = Atari { sight: Sight::Ram, stack: 1, ..Atari::default() }.recipe("Pong");
/// assert_eq!(pong.id, "ALE/Pong-v5");
/// assert_eq!(pong.options["obs_type"], "ram");
/// assert!(pong.wrappers.is_empty()); // a single frame of 128 bytes
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Atari {
    /// What is seen.
    pub sight: Sight,
    /// For how many frames an action is held; the rewards are summed.
    pub frame_skip: u32,
    /// The probability with which a frame takes the last frame's action instead.
    pub repeat_action_probability: f64,
    /// An episode begins with 1 to this many frames of no action, uniformly; with none for 0. Of screens only.
    pub no_ops: u32,
    /// How many of the latest observations are seen at once.
    pub stack: u32,
}

/// What is seen of a game, in numbers from 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// The brightness of the screen, made a square of this side; the brighter of the last two frames.
    Grey(u32),
    /// The screen in red, green and blue, as [`Grey`](Self::Grey) otherwise.
    Colour(u32),
    /// The 128 bytes of the console's memory.
    Ram,
}

impl Default for Atari {
    fn default() -> Self {
        Self {
            sight: Sight::Grey(84),
            frame_skip: 4,
            repeat_action_probability: 0.25,
            no_ops: 0,
            stack: 4,
        }
    }
}

impl Atari {
    /// The game of that name, as `Pong` or `SpaceInvaders`.
    pub fn recipe(&self, game: &str) -> Recipe {
        let mut options = object(json!({
            "repeat_action_probability": self.repeat_action_probability
        }));
        let mut wrappers = Vec::new();
        match self.sight {
            Sight::Ram => {
                options.insert("obs_type".into(), "ram".into());
                options.insert("frameskip".into(), self.frame_skip.into());
            }
            Sight::Grey(side) | Sight::Colour(side) => {
                // The wrapper skips, since it sees what lies between.
                options.insert("frameskip".into(), 1.into());
                let seen = json!({
                    "noop_max": self.no_ops,
                    "frame_skip": self.frame_skip,
                    "screen_size": side,
                    "grayscale_obs": matches!(self.sight, Sight::Grey(_)),
                });
                wrappers.push(wrapper("AtariPreprocessing", seen));
            }
        }
        if self.stack > 1 {
            wrappers.push(wrapper(
                "FrameStackObservation",
                json!({ "stack_size": self.stack }),
            ));
        }
        Recipe {
            id: format!("ALE/{game}-v5"),
            options,
            wrappers,
        }
    }
}

fn wrapper(name: &str, options: Value) -> Wrapper {
    Wrapper {
        name: name.to_owned(),
        options: object(options),
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => unreachable!("{other} is written as an object above"),
    }
}
