//! The table of divergences in closed form.

use kinglet_distributions::{Entropy, Kl};

use crate::Scalar;
use crate::law::Law;

impl<S: Scalar> Law<S> {
    /// KL(self ‖ other), where it is known in closed form and finite. Beside an improper uniform law, −H(self).
    pub fn kl(&self, other: &Self) -> Option<S> {
        let kl = match other {
            Self::Improper => self.entropy().map(|entropy| -entropy),
            _ => self.kl_of_its_kind(other).or_else(|| self.kl_across(other)),
        };
        kl.filter(|kl| kl.is_finite())
    }

    fn entropy(&self) -> Option<S> {
        match self {
            Self::Normal(q) => Some(q.entropy()),
            Self::LogNormal(q) => Some(q.entropy()),
            Self::Laplace(q) => Some(q.entropy()),
            Self::Gamma(q) => Some(q.entropy()),
            Self::Beta(q) => Some(q.entropy()),
            Self::Uniform(q) => Some(q.entropy()),
            _ => None,
        }
    }

    fn kl_of_its_kind(&self, other: &Self) -> Option<S> {
        match (self, other) {
            (Self::Normal(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::LogNormal(q), Self::LogNormal(p)) => Some(q.kl(p)),
            (Self::Laplace(q), Self::Laplace(p)) => Some(q.kl(p)),
            (Self::Gamma(q), Self::Gamma(p)) => Some(q.kl(p)),
            (Self::Beta(q), Self::Beta(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::Uniform(p)) => Some(q.kl(p)),
            (Self::Bernoulli(q), Self::Bernoulli(p)) => Some(q.kl(p)),
            (Self::Categorical(q), Self::Categorical(p)) => Some(q.kl(p)),
            (Self::Seed, Self::Seed) => Some(S::zero()),
            _ => None,
        }
    }

    fn kl_across(&self, other: &Self) -> Option<S> {
        match (self, other) {
            (Self::Laplace(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::LogNormal(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::Gamma(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::Beta(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::Normal(p)) => Some(q.kl(p)),
            (Self::Gamma(q), Self::LogNormal(p)) => Some(q.kl(p)),
            (Self::Beta(q), Self::LogNormal(p)) => Some(q.kl(p)),
            (Self::LogNormal(q), Self::Gamma(p)) => Some(q.kl(p)),
            (Self::Beta(q), Self::Gamma(p)) => Some(q.kl(p)),
            (Self::Normal(q), Self::Laplace(p)) => Some(q.kl(p)),
            (Self::LogNormal(q), Self::Laplace(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::Laplace(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::LogNormal(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::Gamma(p)) => Some(q.kl(p)),
            (Self::Uniform(q), Self::Beta(p)) => Some(q.kl(p)),
            (Self::Beta(q), Self::Uniform(p)) => Some(q.kl(p)),
            _ => None,
        }
    }
}
