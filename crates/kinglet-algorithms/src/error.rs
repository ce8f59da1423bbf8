//! What can be wrong with a user's values and files.

use std::path::PathBuf;

use kinglet_envs::Actions;

use crate::{Head, Link};

/// What can be wrong with the values and files that a user hands to this crate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A network whose outputs cannot be means and log-scales, one of each for a number of the action.
    #[error(
        "the network has {outputs} outputs: a scale that depends on the state needs an even number, means then log-scales"
    )]
    OddOutputs {
        /// The network's outputs.
        outputs: usize,
    },
    /// State-dependent exploration without features.
    #[error(
        "the body has no features for state-dependent exploration: it must be a network, not a random function"
    )]
    NoFeatures,
    /// A log-scale that is NaN or infinite.
    #[error("the log-scale is {value}: it must be finite")]
    LogStd {
        /// The log-scale given.
        value: f64,
    },
    /// Networks of a mean and a scale that do not belong together.
    #[error(
        "the mean's network goes from {} numbers to {}, the scale's from {} to {}: they must be the same",
        mean[0], mean[1], scale[0], scale[1]
    )]
    MeanAndScale {
        /// The mean's inputs and outputs.
        mean: [usize; 2],
        /// The scale's.
        scale: [usize; 2],
    },
    /// A scale to start from that its link does not reach.
    #[error("the scale starts at {value}: with {link:?} it must lie above 0 and below {}", ceiling(*link))]
    StartScale {
        /// The scale given.
        value: f64,
        /// The link.
        link: Link,
    },
    /// An auxiliary network for another θ or another state.
    #[error("the auxiliary network takes {inputs} numbers: θ and the state have {expected}")]
    AuxiliaryInputs {
        /// The network's inputs.
        inputs: usize,
        /// The numbers of θ and of the state.
        expected: usize,
    },
    /// Rollouts of nothing, or in no shard.
    #[error("{environments} environments in {shards} shards: at least one of each is needed")]
    Empty {
        /// How many environments.
        environments: usize,
        /// How many shards.
        shards: usize,
    },
    /// A batch without rows.
    #[error(
        "a batch of {steps} steps in {environments} environments: at least one of each is needed"
    )]
    EmptyBatch {
        /// How many environments.
        environments: usize,
        /// How many steps.
        steps: usize,
    },
    /// A replay without room.
    #[error(
        "a replay of {capacity} transitions in {environments} environments, of {obs_dim} numbers an observation and {n_action} an action: at least one of each is needed"
    )]
    EmptyReplay {
        /// How many transitions.
        capacity: usize,
        /// How many environments.
        environments: usize,
        /// Numbers of an observation.
        obs_dim: usize,
        /// Numbers of an action.
        n_action: usize,
    },
    /// An algorithm for other actions than the environment's.
    #[error("{algorithm} {wanted}; the environment wants {actions:?}")]
    Actions {
        /// The algorithm.
        algorithm: &'static str,
        /// What it can do.
        wanted: &'static str,
        /// The environment's actions.
        actions: Actions,
    },
    /// A policy for another problem.
    #[error(
        "the policy takes {inputs} numbers and its head is {head:?} over {numbers}: the environment gives {obs_dim} and wants {actions:?}"
    )]
    Misfit {
        /// The inputs of the policy's network.
        inputs: usize,
        /// The policy's head.
        head: Head,
        /// Its categories, or the numbers of its action.
        numbers: usize,
        /// What the environment shows.
        obs_dim: usize,
        /// What it can be told.
        actions: Actions,
    },
    /// A number that is NaN or infinite, in a rollout.
    #[error("the {what} of step {step} in environment {environment} is {value}: it must be finite")]
    NotFinite {
        /// What the number is.
        what: &'static str,
        /// The environment, from 0.
        environment: usize,
        /// The step of the rollout, from 0.
        step: usize,
        /// The number.
        value: f64,
    },
    /// A loss or a parameter that is NaN or infinite, after an update.
    #[error(
        "after {step} steps the {what} is {value}: the run has diverged; a smaller learning rate may help"
    )]
    Diverged {
        /// What the number is.
        what: String,
        /// The steps of the run.
        step: u64,
        /// The number.
        value: f64,
    },
    /// A config that cannot be read.
    #[error("the config cannot be read: {reason}")]
    Config {
        /// Where, and why.
        reason: String,
    },
    /// A setting that no run can begin with.
    #[error("{key} is {value}: it must be {wanted}")]
    Setting {
        /// Its place in the config.
        key: String,
        /// Its value.
        value: f64,
        /// What would be right.
        wanted: &'static str,
    },
    /// Settings that do not go together.
    #[error("{key} does not fit: {reason}")]
    Combination {
        /// The place of one in the config.
        key: &'static str,
        /// What it does not go with, and what would.
        reason: &'static str,
    },
    /// A checkpoint that is not of a run like this one.
    #[error("the checkpoint is of no run that can go on here: {reason}")]
    Incomplete {
        /// What is wrong with it.
        reason: String,
    },
    /// The network cannot be made.
    #[error("network: {0}")]
    Network(#[from] kinglet_nn::Error),
    /// The trust region refused.
    #[error("trust region: {0}")]
    TrustRegion(#[from] kinglet_trust_region::Error),
    /// The environment refused a step.
    #[error("environment: {0}")]
    Environment(#[from] kinglet_envs::Error),
    /// The critic refused.
    #[error("critic: {0}")]
    Critic(#[from] kinglet_critics::Error),
    /// What is computed from tables refused.
    #[error("{0}")]
    Objectives(#[from] kinglet_objectives::Error),
    /// Nothing to learn a reward from.
    #[error("no demonstration: at least one is needed")]
    NoDemonstrations,
    /// A demonstration that cannot be of the problem.
    #[error("demonstration {episode}, step {step}: {reason}")]
    Demonstration {
        /// Which one, from 0.
        episode: usize,
        /// Its step, from 0.
        step: usize,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// A file of demonstrations that cannot be used.
    #[error("{}{}: {reason}", path.display(), in_line(*line))]
    DemonstrationFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1; 0 for the file as a whole.
        line: usize,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// The disk refused.
    #[error("could not {doing} {}: {reason}", path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The kind of refusal.
        kind: std::io::ErrorKind,
        /// What the system said.
        reason: String,
    },
    /// A checkpoint that no file can hold.
    #[error("this checkpoint cannot be written: {reason}")]
    NotWritable {
        /// What is wrong with it.
        reason: String,
    },
    /// A file whose length is not the one that it names.
    #[error("{} is no whole checkpoint: it has {length} bytes, not as many as it should", path.display())]
    CutShort {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        length: usize,
    },
    /// A file that no program of this project wrote in this layout.
    #[error("{} is no checkpoint that can be read here: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file that was changed after it was written.
    #[error("{} was changed after it was written: it says that its SHA-256 is {carried}, and it is {found}", path.display())]
    Altered {
        /// The file.
        path: PathBuf,
        /// The digest that it carries.
        carried: String,
        /// The digest that it has.
        found: String,
    },
    /// A file of rows that does not hold what a checkpoint needs of it.
    #[error("{} does not hold the rows that the checkpoint needs: it has {found}, and should have {expected}", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// What it has: so many bytes, or another SHA-256.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A folder without a good checkpoint.
    #[error("{} holds no good checkpoint{}", folder.display(), reasons(refused))]
    NoCheckpoint {
        /// The folder.
        folder: PathBuf,
        /// Why each that it holds was refused, from the newest.
        refused: Vec<Error>,
    },
    /// An array that a checkpoint lacks.
    #[error("the checkpoint holds no array {name:?}, only {names:?}")]
    NoArray {
        /// The name asked for.
        name: String,
        /// The names that there are.
        names: Vec<String>,
    },
    /// An array of other numbers.
    #[error("the checkpoint's array {name:?} is of {stored}, not of {asked}")]
    ArrayType {
        /// Its name.
        name: String,
        /// The type that it has.
        stored: &'static str,
        /// The type asked for.
        asked: &'static str,
    },
    /// An array of another length.
    #[error("the checkpoint's array {name:?} has {stored} numbers, not {asked}")]
    ArrayLength {
        /// Its name.
        name: String,
        /// The numbers that it has.
        stored: usize,
        /// The numbers asked for.
        asked: usize,
    },
    /// A bootstrap without resamples.
    #[error("a bootstrap needs resamples: 2000, say")]
    NoResamples,
    /// A level that no interval has.
    #[error("the level is {level}: it must lie between 0 and 1, as 0.95 for 95 %")]
    Level {
        /// The level given.
        level: f64,
    },
    /// A task without runs.
    #[error("task {task} has no score")]
    NoScores {
        /// Which one, from 0.
        task: usize,
    },
    /// A score that is NaN or infinite.
    #[error("the score of task {task}, run {run} is {value}: it must be finite")]
    Score {
        /// Which task, from 0.
        task: usize,
        /// Which of its runs, from 0.
        run: usize,
        /// The score.
        value: f64,
    },
    /// Scores to be compared that are not of the same tasks.
    #[error("one has scores of {x} tasks, the other of {y}: they must be the same tasks")]
    TaskCounts {
        /// The tasks of the one.
        x: usize,
        /// The tasks of the other.
        y: usize,
    },
}

fn in_line(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}

fn ceiling(link: Link) -> f64 {
    match link {
        Link::Exp => f64::INFINITY,
        Link::Sigmoid => 1.0,
    }
}

/// The reasons of the refused, each after a semicolon.
fn reasons(refused: &[Error]) -> String {
    refused.iter().map(|error| format!("; {error}")).collect()
}
