//! What a training run is made of, as a user writes it down.

use kinglet_nn::{Activation, Schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Algorithm, Error};

/// All that a training run depends on, but for its environment, seed and length.
///
/// It is written as TOML, a table for each field. A key that is left out has its default; one that there is not is
/// refused.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Algorithm, Config, Rate};
/// let config = Config::from_toml(
///     r#"
///     [rollout]
///     environments = 4
///     [algorithm]
///     name = "ppo"
///     learning_rate = { from = 0.001, to = 0.0, along = "linear" }
///     "#,
/// )?;
/// let Algorithm::Ppo(ppo) = &config.algorithm else { panic!("{config:?}") };
/// assert_eq!(ppo.learning_rate.at(0.5), 0.0005);
/// assert_eq!(Config::from_toml(&config.to_toml())?, config);
///
/// let error = Config::from_toml("[rollout]\nenvironment = 4").unwrap_err().to_string();
/// assert!(error.contains("line 2") && error.contains("environment"));
/// # Ok::<(), kinglet_algorithms::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How experience is gathered.
    pub rollout: RolloutConfig,
    /// How experience is kept and drawn, for what learns off-policy; of no meaning to other algorithms.
    pub replay: ReplayConfig,
    /// The network that acts, and what its outputs mean.
    pub policy: PolicyConfig,
    /// The network that values states; off-policy, actions.
    pub critic: CriticConfig,
    /// What a step is found to be worth.
    pub advantage: AdvantageConfig,
    /// How the policy learns.
    pub algorithm: Algorithm,
}

/// How experience is gathered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutConfig {
    /// Environments that are stepped side by side; at least 1.
    pub environments: usize,
    /// Steps in each of them before the policy learns; at least 1. Off-policy, those of one line of the metrics.
    pub steps: usize,
    /// Groups of environments that threads share out; the result depends on it, and not on the number of threads.
    pub shards: usize,
    /// Whether observations are brought to mean 0 and variance 1, by those of earlier rollouts.
    pub normalise_observations: bool,
    /// Whether rewards are divided by the standard deviation of the discounted return.
    pub normalise_rewards: bool,
}

impl Default for RolloutConfig {
    fn default() -> Self {
        Self {
            environments: 8,
            steps: 256,
            shards: 2,
            normalise_observations: false,
            normalise_rewards: false,
        }
    }
}

/// How experience is kept and drawn, for what learns off-policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayConfig {
    /// Transitions that are kept; the oldest are forgotten first.
    pub capacity: usize,
    /// Transitions that are gathered before the first update.
    pub warmup: usize,
    /// Steps in each environment from one round of updates to the next; at least 1.
    pub every: usize,
    /// Updates of a round; at least 1.
    pub updates: usize,
    /// Transitions, or sequences, of an update; at least 1.
    pub batch: usize,
    /// Parts of an update that threads share out; the result depends on it, and not on the number of threads.
    pub shards: usize,
}

impl Default for ReplayConfig {
    fn default() -> Self {
        Self {
            capacity: 1_000_000,
            warmup: 1000,
            every: 1,
            updates: 1,
            batch: 256,
            shards: 2,
        }
    }
}

/// The network that acts, and what its outputs mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// The units of each hidden layer; none for a linear policy.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Whether hidden layers are normalised before their activation.
    pub layer_norm: bool,
    /// How the first parameters are drawn.
    pub init: Init,
    /// Where the scale of a continuous action comes from.
    pub scale: Scale,
    /// ln σ, the log-scale of a continuous action: where it starts, or stays if it is fixed. Not used with the scale
    /// `of-state`.
    pub log_std: f64,
    /// Steps after which the noise of the scale `of-features` is drawn anew; 0 for once a rollout.
    pub sample_every: usize,
    /// Whether a continuous action is squashed by tanh and stretched to its bounds, rather than clipped to them.
    pub squash: bool,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            activation: ActivationName::Tanh,
            layer_norm: false,
            init: Init::Orthogonal,
            scale: Scale::Learned,
            log_std: 0.0,
            sample_every: 0,
            squash: false,
        }
    }
}

/// The network that values states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CriticConfig {
    /// The units of each hidden layer; none for a linear critic.
    pub hidden: Vec<usize>,
    /// What a hidden layer does to each of its numbers.
    pub activation: ActivationName,
    /// Whether hidden layers are normalised before their activation.
    pub layer_norm: bool,
}

impl Default for CriticConfig {
    fn default() -> Self {
        Self {
            hidden: vec![64, 64],
            activation: ActivationName::Tanh,
            layer_norm: false,
        }
    }
}

/// What a step is found to be worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AdvantageConfig {
    /// γ, the discount of a step later; in [0, 1].
    pub discount: f64,
    /// λ of generalised advantage estimation: 1 for the return, 0 for one step and the critic's word; in [0, 1].
    pub lambda: f64,
    /// α, the temperature: what a nat of the policy's entropy is worth, in units of the reward. 0 is classic
    /// reinforcement learning.
    pub temperature: Rate,
    /// What is subtracted from the return, and bootstrapped from where an episode is cut.
    pub baseline: Baseline,
    /// Whether the advantages of each gradient's samples are brought to mean 0 and variance 1.
    pub normalise: bool,
    /// How steps late in an episode weigh in a gradient.
    pub weights: Weights,
}

impl Default for AdvantageConfig {
    fn default() -> Self {
        Self {
            discount: 0.99,
            lambda: 0.95,
            temperature: Rate::Constant(0.0),
            baseline: Baseline::Critic,
            normalise: true,
            weights: Weights::Equal,
        }
    }
}

/// What is subtracted from the return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Nothing.
    None,
    /// One number for all states, the decaying average of the returns seen (of decay 0.9).
    Average,
    /// A value for each state, which a network learns.
    Critic,
}

/// How steps late in an episode weigh in a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// All alike, as is usual.
    Equal,
    /// Step t by γᵗ, as the gradient of the discounted objective has it.
    Discounted,
}

/// Where the scale of a continuous action comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// It stays as it is.
    Fixed,
    /// A parameter for each number of the action, the same in every state.
    Learned,
    /// Outputs of the network, beside the means.
    OfState,
    /// Noise that the policy's last hidden layer weighs: generalised state-dependent exploration.
    OfFeatures,
}

/// How the first parameters are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// Orthogonal layers: gain √2 in hidden layers, 0.01 in the policy's last and 1 in the critic's.
    Orthogonal,
    /// Normal weights of variance 1/inputs.
    Lecun,
}

/// What a hidden layer does to each of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationName {
    /// tanh z.
    Tanh,
    /// max(z, 0).
    Relu,
    /// z σ(z), σ the logistic function.
    Silu,
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::Tanh => Self::Tanh,
            ActivationName::Relu => Self::Relu,
            ActivationName::Silu => Self::Silu,
        }
    }
}

/// A number that may change over the run: `0.1`, or `{ from = 0.1, to = 0.0, along = "linear" }`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Rate {
    /// Always the same.
    Constant(f64),
    /// From one number at the run's start to another at its end.
    Ramp(Ramp),
}

/// From one number at the run's start to another at its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// At the start.
    pub from: f64,
    /// At the end.
    pub to: f64,
    /// In which way.
    pub along: Along,
}

/// In which way a number changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// On a straight line.
    Linear,
    /// Along half a wave of the cosine.
    Cosine,
    /// By the same factor in equal times.
    Exponential,
}

impl Rate {
    /// From one number to another on a straight line.
    pub fn linear(from: f64, to: f64) -> Self {
        let along = Along::Linear;
        Self::Ramp(Ramp { from, to, along })
    }

    /// From one number to another by the same factor in equal times.
    pub fn exponential(from: f64, to: f64) -> Self {
        let along = Along::Exponential;
        Self::Ramp(Ramp { from, to, along })
    }

    /// The number when the fraction `progress` of the run is done.
    pub fn at(self, progress: f64) -> f64 {
        let schedule = match self {
            Self::Constant(value) => Schedule::Constant(value),
            Self::Ramp(Ramp { from, to, along }) => match along {
                Along::Linear => Schedule::Linear { from, to },
                Along::Cosine => Schedule::Cosine { from, to },
                Along::Exponential => Schedule::Exponential { from, to },
            },
        };
        schedule.at(progress)
    }

    /// Whether the number is finite and not negative all along.
    fn check(self, key: &str) -> Result<(), Error> {
        for value in [self.at(0.0), self.at(1.0)] {
            not_negative(key, value)?;
        }
        Ok(())
    }
}

impl Config {
    /// Reads a config.
    ///
    /// # Errors
    /// [`Error::Config`], with the line, for what is no TOML, an unknown key or a value of another type; and as
    /// [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|error| Error::Config {
            reason: error.to_string(),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Writes a config, every key of it.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a config is tables of plain values")
    }

    /// Whether every number is one that training can begin with.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that is not.
    pub fn check(&self) -> Result<(), Error> {
        let rollout = &self.rollout;
        at_least_one("rollout.environments", rollout.environments)?;
        at_least_one("rollout.steps", rollout.steps)?;
        at_least_one("rollout.shards", rollout.shards)?;
        let samples = rollout.environments as f64 * rollout.steps as f64;
        let (key, most) = ("rollout.environments times rollout.steps", MOST as f64);
        within(key, samples, 1.0, most, "at most 16777216")?;
        self.replay.check()?;
        for (key, hidden) in [
            ("policy.hidden", &self.policy.hidden),
            ("critic.hidden", &self.critic.hidden),
        ] {
            for units in hidden {
                at_least_one(key, *units)?;
            }
            let weights = hidden
                .windows(2)
                .map(|pair| pair[0] as f64 * pair[1] as f64);
            let largest = hidden.iter().map(|units| *units as f64).chain(weights);
            let largest = largest.fold(1.0, f64::max);
            within(
                key,
                largest,
                1.0,
                most,
                "at most 16777216 weights in a layer",
            )?;
        }
        let unit = "a number from 0 to 1";
        within(
            "policy.log_std",
            self.policy.log_std,
            -20.0,
            20.0,
            "a number from -20 to 20",
        )?;
        within(
            "advantage.discount",
            self.advantage.discount,
            0.0,
            1.0,
            unit,
        )?;
        within("advantage.lambda", self.advantage.lambda, 0.0, 1.0, unit)?;
        self.advantage.temperature.check("advantage.temperature")?;
        self.check_normalisers()?;
        self.algorithm.check()
    }
}

impl Config {
    /// What a replay keeps must mean the same when it is drawn as when it was seen.
    fn check_normalisers(&self) -> Result<(), Error> {
        let rollout = &self.rollout;
        for (key, normalises) in [
            ("normalise_observations", rollout.normalise_observations),
            ("normalise_rewards", rollout.normalise_rewards),
        ] {
            if normalises && self.algorithm.learns_off_policy() {
                let name = self.algorithm.name();
                let reason = format!(
                    "rollout.{key} is true: {name} learns from a replay, whose old rows a moving scale would falsify; set it to false"
                );
                return Err(Error::Config { reason });
            }
        }
        Ok(())
    }
}

impl ReplayConfig {
    fn check(&self) -> Result<(), Error> {
        at_least_one("replay.every", self.every)?;
        at_least_one("replay.updates", self.updates)?;
        at_least_one("replay.batch", self.batch)?;
        at_least_one("replay.shards", self.shards)?;
        let (capacity, most) = (self.capacity as f64, f64::from(MOST));
        within("replay.capacity", capacity, 1.0, most, "from 1 to 16777216")?;
        let (warmup, wanted) = (self.warmup as f64, "at most replay.capacity");
        within("replay.warmup", warmup, 0.0, capacity, wanted)?;
        let (batch, most) = (self.batch as f64, f64::from(MOST));
        within("replay.batch", batch, 1.0, most, "at most 16777216")
    }
}

/// How many samples a rollout, and how many weights a layer may have: more fit no memory that this is made for.
const MOST: u32 = 1 << 24;

/// # Errors
/// [`Error::Setting`] for 0.
pub(crate) fn at_least_one(key: &str, value: usize) -> Result<(), Error> {
    within(key, value as f64, 1.0, f64::MAX, "at least 1")
}

/// # Errors
/// [`Error::Setting`] for a learning rate that is negative or not finite, somewhere along the run.
pub(crate) fn rate(key: &str, value: Rate) -> Result<(), Error> {
    value.check(key)
}

/// # Errors
/// [`Error::Setting`] for a number that is 0, negative, NaN, or infinite.
pub(crate) fn positive(key: &str, value: f64) -> Result<(), Error> {
    within(
        key,
        value,
        f64::MIN_POSITIVE,
        f64::MAX,
        "a finite number above 0",
    )
}

/// # Errors
/// [`Error::Setting`] for a number that is 0, negative or NaN; infinity stands for no limit.
pub(crate) fn above_zero(key: &str, value: f64) -> Result<(), Error> {
    let (low, high) = (f64::MIN_POSITIVE, f64::INFINITY);
    within(
        key,
        value,
        low,
        high,
        "a number above 0, or inf for no limit",
    )
}

/// # Errors
/// [`Error::Setting`] for a number that is negative, NaN, or infinite.
pub(crate) fn not_negative(key: &str, value: f64) -> Result<(), Error> {
    within(key, value, 0.0, f64::MAX, "a finite number from 0 on")
}

/// # Errors
/// [`Error::Setting`] for NaN or infinity.
pub(crate) fn finite(key: &str, value: f64) -> Result<(), Error> {
    within(key, value, f64::MIN, f64::MAX, "a finite number")
}

/// # Errors
/// [`Error::Setting`] for a number outside the bounds, or NaN.
pub(crate) fn within(
    key: &str,
    value: f64,
    low: f64,
    high: f64,
    wanted: &'static str,
) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Error::Setting {
        key: key.to_owned(),
        value,
        wanted,
    })
}
