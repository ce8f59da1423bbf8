//! What can be wrong with a problem, a map or an action.

use crate::env::End;

/// What can be wrong with an environment that a user describes.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A name that no environment has.
    #[error(
        "no environment is named `{name}`: they are {names}, mujoco/… and dm/… on MuJoCo, gym/ID of Gymnasium"
    )]
    EnvName {
        /// The name given.
        name: String,
        /// The names of those that need nothing installed.
        names: String,
    },
    /// A problem without states or without actions.
    #[error("{n_states} states and {n_actions} actions: at least one of each is needed")]
    Empty {
        /// Number of states.
        n_states: usize,
        /// Number of actions.
        n_actions: usize,
    },
    /// More states than 32 bits number, or more rows than memory can index.
    #[error(
        "{n_states} states and {n_actions} actions are too many: successors are 32-bit numbers, \
         so at most {} states fit",
        u32::MAX
    )]
    TooManyStates {
        /// Number of states.
        n_states: usize,
        /// Number of actions.
        n_actions: usize,
    },
    /// Two parts of a problem that do not fit each other.
    #[error("{what} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The part.
        what: &'static str,
        /// The shape that fits.
        expected: Vec<usize>,
        /// The shape given.
        found: Vec<usize>,
    },
    /// A transition to a state that does not exist.
    #[error(
        "p(s' | s={state}, a={action}) names the successor {next}, but states go from 0 to {}",
        n_states - 1
    )]
    Successor {
        /// The state s.
        state: usize,
        /// The action a.
        action: usize,
        /// The successor named.
        next: usize,
        /// Number of states.
        n_states: usize,
    },
    /// A transition probability that is negative, NaN or infinite.
    #[error(
        "p(s'={next} | s={state}, a={action}) is {value}: a probability is finite and not negative"
    )]
    Probability {
        /// The state s.
        state: usize,
        /// The action a.
        action: usize,
        /// The successor s'.
        next: usize,
        /// The probability given.
        value: f64,
    },
    /// A row of the transition table that is no distribution.
    #[error("p(· | s={state}, a={action}) sums to {sum}, it must sum to 1")]
    RowSum {
        /// The state s.
        state: usize,
        /// The action a.
        action: usize,
        /// What the row sums to.
        sum: f64,
    },
    /// An initial probability that is negative, NaN or infinite.
    #[error("p(s₁={state}) is {value}: a probability is finite and not negative")]
    InitialProbability {
        /// The state.
        state: usize,
        /// The probability given.
        value: f64,
    },
    /// An initial law that is no distribution.
    #[error("the initial law p(s₁) sums to {sum}, it must sum to 1")]
    InitialSum {
        /// What the law sums to.
        sum: f64,
    },
    /// A reward that is NaN or infinite.
    #[error("the reward r({}) is {value}: a reward is finite", arguments(*state, *action))]
    Reward {
        /// The state s.
        state: usize,
        /// The action a, where rewards depend on it.
        action: Option<usize>,
        /// The reward given.
        value: f64,
    },
    /// A slip that is no probability.
    #[error("the slip is {value}: it is a probability, from 0 to 1")]
    Slip {
        /// The slip given.
        value: f64,
    },
    /// A horizon of no steps.
    #[error("a finite horizon of 0 steps: at least 1 is needed")]
    EmptyHorizon,
    /// A discount outside [0, 1).
    #[error("the discount γ is {value}: 0 ≤ γ < 1 is needed (for γ = 1 take a finite horizon)")]
    Discount {
        /// The discount given.
        value: f64,
    },
    /// Trajectories were asked of a problem without end.
    #[error(
        "trajectories can be listed for a finite horizon only, this one is discounted by {discount}"
    )]
    InfiniteHorizon {
        /// The problem's discount γ.
        discount: f64,
    },
    /// More trajectories than the caller would list.
    #[error(
        "{} trajectories have positive probability, more than the limit of {limit}",
        at_least(*count)
    )]
    TooManyTrajectories {
        /// How many there are, exactly; `u128::MAX` stands for that many or more.
        count: u128,
        /// The caller's limit.
        limit: usize,
    },
    /// A character of a map that means nothing.
    #[error(
        "line {line}, column {column}: {character:?} is no kind of cell \
         (known: # wall, . free, S start, C cliff, G goal)"
    )]
    UnknownCell {
        /// The character.
        character: char,
        /// Its line, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// A line of a map that is shorter or longer than the first.
    #[error("line {line} of the map has {found} cells, the lines above have {expected}")]
    RaggedMap {
        /// The line, from 1.
        line: usize,
        /// Cells of the first line.
        expected: usize,
        /// Cells of this line.
        found: usize,
    },
    /// A map without cells.
    #[error("the map has no cells")]
    EmptyMap,
    /// A map without a start.
    #[error("the map has no start: mark at least one cell S")]
    NoStart,
    /// A map without a goal.
    #[error("the map has no goal: mark at least one cell G")]
    NoGoal,
    /// Cells that lead back to the start, on a map with several.
    #[error("a cell that leads back to the start needs exactly one start, the map has {starts}")]
    AmbiguousStart {
        /// Number of starts.
        starts: usize,
    },
    /// An action that the environment does not have.
    #[error("the action {action} is not possible here: an action is {space}")]
    Action {
        /// The action given.
        action: String,
        /// What an action is.
        space: String,
    },
    /// A step after the end of an episode.
    #[error("the episode is over, {end:?} after {steps} steps: reset it before the next step")]
    EpisodeOver {
        /// How it ended.
        end: End,
        /// After how many steps.
        steps: usize,
    },
    /// An environment that needs what this build lacks.
    #[error(
        "{name} needs the feature `{feature}`: run `cargo xtask mujoco` once, then build with `--features {feature}`"
    )]
    Feature {
        /// The environment.
        name: String,
        /// The feature of the crate.
        feature: &'static str,
    },
    /// A Python package whose models are needed, and not found.
    #[error("the models of {package} are not found ({reason}): run `cargo xtask mujoco`")]
    Package {
        /// The package.
        package: &'static str,
        /// Where it was looked for.
        reason: String,
    },
    /// A library of another version than its bindings.
    #[error(
        "MuJoCo's library has the version {found}, {expected} is needed: run `cargo xtask mujoco`"
    )]
    MujocoVersion {
        /// The library's version.
        found: String,
        /// The version of the bindings.
        expected: String,
    },
    /// A file that is no model, or lacks what a task needs.
    #[error("{path} cannot be used as a MuJoCo model: {reason}")]
    MujocoModel {
        /// The file.
        path: String,
        /// What MuJoCo says.
        reason: String,
    },
    /// A step in which no time goes by.
    #[error(
        "a step of {seconds} s: it takes a frame of the model at least (frame_skip = 1), and a frame takes time"
    )]
    NoDuration {
        /// Seconds of a step.
        seconds: f64,
    },
    /// A state of another model.
    #[error("a state of {found} numbers: this model's has {expected}")]
    MujocoState {
        /// Numbers of this model's state.
        expected: usize,
        /// Numbers given.
        found: usize,
    },
    /// What a program in Python says.
    #[error("Python refuses, {doing}: {message}")]
    Python {
        /// What was asked of it.
        doing: String,
        /// The type of its error, and the text.
        message: String,
    },
    /// An episode that was to be restored by playing it again.
    #[error("a saved episode of {steps} steps cannot be played again: {reason}")]
    Replay {
        /// Its steps.
        steps: usize,
        /// What went otherwise.
        reason: String,
    },
    /// Actions that cannot be scaled.
    #[error("actions are scaled between finite bounds only, these are {actions}")]
    Unbounded {
        /// The actions.
        actions: String,
    },
    /// Observations without a place to stand.
    #[error("a stack of 0 observations: at least 1 is needed")]
    NoFrames,
    /// An episode without time for a step.
    #[error("a time limit of 0 steps: at least 1 is needed (None for no limit)")]
    NoTime,
}

fn arguments(state: usize, action: Option<usize>) -> String {
    action.map_or(format!("s={state}"), |action| {
        format!("s={state}, a={action}")
    })
}

fn at_least(count: u128) -> String {
    match count {
        u128::MAX => format!("at least {count}"),
        _ => count.to_string(),
    }
}
