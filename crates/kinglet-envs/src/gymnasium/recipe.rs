//! Which environment, and how it is made.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An environment of Gymnasium by its id, with options and wrappers.
///
/// ```
/// use kinglet_envs::gymnasium::Recipe;
/// let text = r#"{ "id": "FrozenLake-v1", "options": { "is_slippery": false, "max_episode_steps": 20 } }"#;
/// let recipe: Recipe = serde_json::from_str(text)?;
/// assert_eq!(recipe.options["is_slippery"], false);
/// assert!(recipe.wrappers.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The id, as `CartPole-v1`, `ALE/Pong-v5`, or `module:Name-v0` for what registers itself when `module` is imported.
    pub id: String,
    /// The keyword arguments of `gymnasium.make`: those of the environment, and `max_episode_steps` and the like.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// What is put around the environment, the first innermost.
    #[serde(default)]
    pub wrappers: Vec<Wrapper>,
}

/// A wrapper of `gymnasium.wrappers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapper {
    /// Its name, as `FrameStackObservation`.
    pub name: String,
    /// Its keyword arguments.
    #[serde(default)]
    pub options: Map<String, Value>,
}

impl Recipe {
    /// An environment as it is registered.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            options: Map::new(),
            wrappers: Vec::new(),
        }
    }
}
