//! How the gradient passes a site.

/// How a site's parameters get their gradient. Catalogue: DECK-18.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gradient {
    /// Through the draw, x = h(ξ), where the law has such an h; else as [`Score`](Self::Score).
    #[default]
    Pathwise,
    /// By the score: what follows from the draw, times ∇ log q. Not for a uniform law, whose support moves with its
    /// parameters, so that the score's mean is not zero; it goes as [`Pathwise`](Self::Pathwise).
    Score,
    /// By summing over all values, where they can be listed; else as [`Pathwise`](Self::Pathwise).
    Enumerate,
}

/// What is subtracted from the weight of a site's score. Catalogue: DECK-19.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Nothing.
    #[default]
    None,
    /// The decaying average of earlier steps, which keeps this share of the past.
    DecayingAverage(f64),
    /// The mean of the other particles of the step.
    LeaveOneOut,
}

/// What a site wants otherwise than the estimator does by default.
///
/// # Example
/// ```
/// use kinglet_svi::{Baseline, Gradient, How};
/// let how: How<f64> = How { gradient: Some(Gradient::Score), ..How::default() };
/// assert_eq!(how.baseline, None); // the estimator's
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct How<S> {
    /// How the gradient passes; `None` for what the estimator says.
    pub gradient: Option<Gradient>,
    /// The baseline; `None` for what the estimator says.
    pub baseline: Option<Baseline>,
    /// A prediction b of the weight R, from a network for example, subtracted too. It learns: the gradient holds
    /// −∇(R − b)². What it is computed from should be [detached](crate::Scalar::detach).
    pub prediction: Option<S>,
}

impl<S> Default for How<S> {
    /// What the estimator says.
    fn default() -> Self {
        Self {
            gradient: None,
            baseline: None,
            prediction: None,
        }
    }
}

impl<S> How<S> {
    /// By the score, whatever the estimator says.
    pub fn score() -> Self {
        Self {
            gradient: Some(Gradient::Score),
            ..Self::default()
        }
    }
}
