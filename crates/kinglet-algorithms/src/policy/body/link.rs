//! From a network's output to a scale.

use kinglet_nn::Scalar;

/// How a scale σ(s) > 0 is made of a network's output x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// σ = eˣ.
    Exp,
    /// σ = 1/(1 + e⁻ˣ), which stays below 1. Catalogue: XU-18.
    Sigmoid,
}

impl Link {
    /// ln σ.
    pub(super) fn log_std<S: Scalar>(self, x: S) -> S {
        match self {
            Link::Exp => x,
            Link::Sigmoid => x.min(S::zero()) - (-x.abs()).exp().ln_1p(),
        }
    }

    /// ∂ ln σ/∂x.
    pub(super) fn slope<S: Scalar>(self, std: S) -> S {
        match self {
            Link::Exp => S::one(),
            Link::Sigmoid => S::one() - std,
        }
    }

    /// The x of this scale, if there is one.
    pub(super) fn inverse(self, std: f64) -> Option<f64> {
        let x = match self {
            Link::Exp => std.ln(),
            Link::Sigmoid => (std / (1.0 - std)).ln(),
        };
        x.is_finite().then_some(x)
    }
}
