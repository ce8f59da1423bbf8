//! What can be wrong with a user's values.

/// What can be wrong with the values that a user hands to this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A temperature that is negative, infinite or NaN.
    #[error("temperature {value} must be a finite number, at least 0")]
    Temperature {
        /// The temperature given.
        value: f64,
    },
    /// A number that has to be finite and above zero.
    #[error("{name} {value} must be a finite number above 0")]
    NotPositive {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
    },
    /// A number that is infinite or NaN.
    #[error("{name} is {value}: it must be a finite number")]
    NotFinite {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
    },
    /// A number outside the interval that it has to lie in.
    #[error("{name} {value} must lie in {interval}")]
    OutOfRange {
        /// What the number is.
        name: &'static str,
        /// The number given.
        value: f64,
        /// Where it has to lie, for example `(0.5, 1]`.
        interval: &'static str,
    },
    /// A sum over time steps was asked for where the horizon is discounted.
    #[error("this needs a finite horizon, and the problem is discounted by {discount}")]
    NeedsFiniteHorizon {
        /// The discount of the problem.
        discount: f64,
    },
    /// A fixed point was asked for where the horizon is finite.
    #[error("this needs a discount below 1, and the problem ends after {steps} steps")]
    NeedsDiscount {
        /// The number of steps of the problem.
        steps: usize,
    },
    /// A reward above 0 where exp(reward) is to be a probability.
    #[error(
        "reward {reward} of action {action} in state {state} is above 0: exp(reward) is no \
         probability; subtract the largest reward, or use the unnormalised factors"
    )]
    PositiveReward {
        /// The state of the reward.
        state: usize,
        /// The action of the reward.
        action: usize,
        /// The reward.
        reward: f64,
    },
    /// A row of a policy that holds a negative or undefined probability, or does not sum to one.
    #[error("the policy's row for {place} is no distribution: it is {row:?}, its sum {sum}")]
    PolicyRow {
        /// The step (where the policy has one) and the state of the row.
        place: String,
        /// The row.
        row: Vec<f64>,
        /// What it sums to.
        sum: f64,
    },
    /// Weights that are to be a distribution, and hold a negative or undefined one or do not sum
    /// to one.
    #[error("{name} is no distribution: its least entry is {least}, its sum {sum}")]
    NoDistribution {
        /// What the weights are.
        name: &'static str,
        /// The least of them.
        least: f64,
        /// What they sum to.
        sum: f64,
    },
    /// Nothing to learn a reward from.
    #[error("no demonstration: at least one is needed")]
    NoDemonstration,
    /// A demonstration that the problem does not allow.
    #[error("demonstration {number}: {why}")]
    Demonstration {
        /// Which one, from 0.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A dense solve that would not fit.
    #[error("a dense solve over {states} states is too large (at most {limit}): iterate instead")]
    TooManyStates {
        /// The number of states of the problem.
        states: usize,
        /// The largest number that is solved densely.
        limit: usize,
    },
    /// Choices of a member of the family that have no exact sweep together.
    #[error("no exact sweep of `{member}`: {why}")]
    NoSweep {
        /// The member.
        member: &'static str,
        /// What does not fit, and what would.
        why: &'static str,
    },
    /// The distribution or the map refused, for example a scale of 0.
    #[error(transparent)]
    Distribution(#[from] kinglet_distributions::Error),
    /// The trust region refused, for example a bound that is not positive.
    #[error(transparent)]
    TrustRegion(#[from] kinglet_trust_region::Error),
    /// The problem itself refused, for example to list too many trajectories.
    #[error(transparent)]
    Environment(#[from] kinglet_envs::Error),
}
