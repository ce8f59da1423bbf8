//! What the sliders cannot ask for.

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The world refuses, a slip outside [0, 1] for instance.
    World(kinglet_envs::Error),
    /// The objective refuses, a negative temperature for instance.
    Objective(kinglet_objectives::Error),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::World(error) => error.fmt(f),
            Error::Objective(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<kinglet_envs::Error> for Error {
    fn from(error: kinglet_envs::Error) -> Self {
        Error::World(error)
    }
}

impl From<kinglet_objectives::Error> for Error {
    fn from(error: kinglet_objectives::Error) -> Self {
        Error::Objective(error)
    }
}
