//! The parameters of model and guide.

use std::fmt::{self, Display};

use crate::{Error, Name, Scalar};

/// The set that a parameter is kept in. It is stored as a number of the whole line and mapped there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Any number: θ.
    Real,
    /// Above zero: e^θ.
    Positive,
    /// Between 0 and 1: 1 / (1 + e^−θ).
    UnitInterval,
}

impl Constraint {
    /// From the whole line to the set.
    pub fn constrain<S: Scalar>(self, theta: S) -> S {
        match self {
            Self::Real => theta,
            Self::Positive => theta.exp(),
            Self::UnitInterval => (S::one() + (-theta).exp()).recip(),
        }
    }

    /// From the set to the whole line; NaN or infinite for a value outside.
    pub fn unconstrain(self, value: f64) -> f64 {
        match self {
            Self::Real => value,
            Self::Positive => value.ln(),
            Self::UnitInterval => (value / (1.0 - value)).ln(),
        }
    }
}

impl Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Real => "finite",
            Self::Positive => "positive",
            Self::UnitInterval => "between 0 and 1",
        })
    }
}

/// A range of parameters under one name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Its name.
    pub name: Name,
    /// Where it begins among all.
    pub start: usize,
    /// How many numbers it has.
    pub len: usize,
    /// The set that they are kept in.
    pub constraint: Constraint,
}

/// All parameters that the programs have asked for, in one flat vector.
///
/// # Example
/// ```
/// use kinglet_svi::{Constraint, Name, Params};
/// let mut params = Params::default();
/// params.insert(Name::from("scale"), Constraint::Positive, &[2.0])?;
/// assert_eq!(params.unconstrained, [2f64.ln()]);
/// assert_eq!(params.get("scale"), Some(vec![2.0]));
/// assert!(params.insert(Name::from("rate"), Constraint::Positive, &[-1.0]).is_err());
/// # Ok::<(), kinglet_svi::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// All numbers, unconstrained: what an optimiser moves.
    pub unconstrained: Vec<f64>,
    /// What they mean.
    pub blocks: Vec<Block>,
}

impl Params {
    /// A parameter's numbers as the programs see them.
    pub fn get(&self, name: impl Into<Name>) -> Option<Vec<f64>> {
        let name = name.into();
        let block = self.blocks.iter().find(|block| block.name == name)?;
        let own = &self.unconstrained[block.start..block.start + block.len];
        Some(
            own.iter()
                .map(|&theta| block.constraint.constrain(theta))
                .collect(),
        )
    }

    /// A new parameter, or other values for one that is known.
    ///
    /// # Errors
    /// A value outside the constraint; another length than it had.
    pub fn insert(
        &mut self,
        name: Name,
        constraint: Constraint,
        values: &[f64],
    ) -> Result<Block, Error> {
        if let Some(&value) = values
            .iter()
            .find(|v| !constraint.unconstrain(**v).is_finite())
        {
            return Err(Error::OutsideConstraint {
                name,
                value,
                constraint,
            });
        }
        let known = self.blocks.iter().find(|block| block.name == name);
        let block = known.copied().unwrap_or(Block {
            name,
            start: self.unconstrained.len(),
            len: values.len(),
            constraint,
        });
        block.check(values.len())?;
        if known.is_none() {
            self.blocks.push(block);
            self.unconstrained.resize(block.start + block.len, 0.0);
        }
        let own = &mut self.unconstrained[block.start..block.start + block.len];
        for (theta, &value) in own.iter_mut().zip(values) {
            *theta = block.constraint.unconstrain(value);
        }
        Ok(block)
    }
}

impl Block {
    /// # Errors
    /// If it was asked for in another length.
    pub(crate) fn check(&self, asked: usize) -> Result<(), Error> {
        if self.len == asked {
            return Ok(());
        }
        Err(Error::ParameterChanged {
            name: self.name,
            known: self.len,
            asked,
        })
    }
}
