//! The set of actions, for whoever knows actions as rows of numbers.

/// What a row of numbers means as an action.
///
/// ```
/// use kinglet_envs::{Actions, Bounds, Space};
/// let actions = Bounds { low: [-2.0], high: [2.0] }.describe();
/// assert_eq!(actions, Actions::Box { low: vec![-2.0], high: vec![2.0] });
/// assert_eq!(actions.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Actions {
    /// One number: an index below this.
    Discrete(usize),
    /// A number for each component, between these; how far one counts that exceeds them is part of the dynamics.
    Box {
        /// The least value of each component.
        low: Vec<f64>,
        /// The greatest value of each component.
        high: Vec<f64>,
    },
}

impl Actions {
    /// Numbers of a row.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a row without numbers is no action"
    )]
    pub fn len(&self) -> usize {
        match self {
            Self::Discrete(_) => 1,
            Self::Box { low, .. } => low.len(),
        }
    }
}
