//! What an update says of itself.

/// What an update says of itself; `None` where the algorithm has no such number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Diagnostics {
    /// What the policy descended, before the step, the mean over its samples.
    pub policy_loss: Option<f64>,
    /// The critic's mean squared error, in squared units of the (normalised) return.
    pub value_loss: Option<f64>,
    /// −log π of the actions taken, on the average: an unbiased estimate of the entropy, in nats.
    pub entropy: Option<f64>,
    /// KL(π_old ‖ π) of the whole update, the mean over the states seen, in nats.
    pub kl: Option<f64>,
    /// The bound on that, or what is aimed at, in nats.
    pub kl_bound: Option<f64>,
    /// The share of samples whose gradient clipping made 0.
    pub clip_fraction: Option<f64>,
    /// The share of the returns' variance that the critic explained before the update.
    pub explained_variance: Option<f64>,
    /// The length of the gradient before any clipping, the mean over the gradients of the update.
    pub gradient_norm: Option<f64>,
    /// The learning rate, or the length of the step along the natural gradient.
    pub step_size: Option<f64>,
    /// β, the coefficient of a KL penalty after the update.
    pub kl_coefficient: Option<f64>,
    /// α, the temperature.
    pub temperature: Option<f64>,
    /// The probability that the step ascends, by the posterior of the gradient.
    pub ascent_probability: Option<f64>,
    /// The mean standard deviation of the parameters' posterior.
    pub posterior_std: Option<f64>,
}

impl Diagnostics {
    /// The number of diagnostics.
    pub const COUNT: usize = 13;

    /// Each with its name, in the order of a table's columns.
    pub fn named(&self) -> [(&'static str, Option<f64>); Self::COUNT] {
        [
            ("policy_loss", self.policy_loss),
            ("value_loss", self.value_loss),
            ("entropy", self.entropy),
            ("kl", self.kl),
            ("kl_bound", self.kl_bound),
            ("clip_fraction", self.clip_fraction),
            ("explained_variance", self.explained_variance),
            ("gradient_norm", self.gradient_norm),
            ("step_size", self.step_size),
            ("kl_coefficient", self.kl_coefficient),
            ("temperature", self.temperature),
            ("ascent_probability", self.ascent_probability),
            ("posterior_std", self.posterior_std),
        ]
    }
}
