//! What is estimated, and how.

use crate::{Baseline, Gradient};

/// An estimator of the ELBO and of its gradient. Catalogue: DECK-15, DECK-18.
///
/// ```text
/// ELBO = E_q[ log p(x, z) − log q(z) ]
/// ```
///
/// The fields combine freely; the default is Pyro's `Trace_ELBO`, and with [`Credit::Dependencies`] it is its
/// `TraceGraph_ELBO`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elbo {
    /// How many runs an estimate is the mean of.
    pub particles: usize,
    /// How the gradient passes a site that does not say.
    pub gradient: Gradient,
    /// What a score is weighted by.
    pub credit: Credit,
    /// What stands for the divergence of a site's two laws.
    pub divergence: Divergence,
    /// The baseline of a site that does not say.
    pub baseline: Baseline,
}

/// What the score of a site is weighted by.
///
/// ```text
/// E[∇ log qᵢ f] = 0   for f without zᵢ and what follows from it
/// ```
///
/// so that leaving such terms out changes no mean, and the variance most often for the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credit {
    /// All terms of log p − log q.
    #[default]
    Whole,
    /// The terms that depend on the site's draw, by the record of the computation: Rao–Blackwellised.
    Dependencies,
}

/// What stands for E[log q(zᵢ) − log p(zᵢ)].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Divergence {
    /// The two log-probabilities of the draw.
    #[default]
    Sampled,
    /// KL(qᵢ ‖ pᵢ) in closed form, where there is one and neither law depends on zᵢ; else the draw's.
    Analytic,
}

impl Default for Elbo {
    fn default() -> Self {
        Self {
            particles: 1,
            gradient: Gradient::default(),
            credit: Credit::default(),
            divergence: Divergence::default(),
            baseline: Baseline::default(),
        }
    }
}
