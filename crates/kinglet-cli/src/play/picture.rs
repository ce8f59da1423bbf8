//! What a problem looks like.

use kinglet_envs::{Action, Env};

use super::canvas::{Canvas, View};

/// A problem that can be drawn.
pub(crate) trait Picture: Env {
    /// What is seen of its plane.
    fn view(&self) -> View;

    /// How many seconds a step takes for who watches.
    fn seconds(&self) -> f64;

    /// Draws a state, and the action that is taken in it.
    fn paint(&self, canvas: &mut Canvas, state: &Self::State, action: Option<&Action<Self>>);
}
