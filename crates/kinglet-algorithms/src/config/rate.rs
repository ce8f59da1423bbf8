//! Numbers that may change over a run.

use kinglet_nn::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::not_negative;
use crate::Error;

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
    pub(super) fn check(self, key: &str) -> Result<(), Error> {
        for value in [self.at(0.0), self.at(1.0)] {
            not_negative(key, value)?;
        }
        Ok(())
    }
}
