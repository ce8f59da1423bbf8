//! Simulators around any other: a time limit, other actions, other observations.

mod clipped_actions;
mod frame_stack;
mod scaled_actions;
mod time_limit;

pub use clipped_actions::ClippedActions;
pub use frame_stack::{FrameStack, Stacked};
pub use scaled_actions::ScaledActions;
pub use time_limit::{Limited, TimeLimit};

/// # Panics
/// If a row of an action has another length.
fn assert_width(action: &[f64], expected: usize) {
    let found = action.len();
    assert_eq!(
        found, expected,
        "numbers of an action (left), expected (right)"
    );
}
