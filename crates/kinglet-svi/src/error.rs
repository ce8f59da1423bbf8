//! What can be wrong with a pair of programs.

use crate::{Constraint, Name, Support};

/// What a program, its partner or a number in them got wrong. It names the site.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Two sites of one program share a name.
    #[error("site {site} occurs twice in one run of the {program}; every site needs its own name")]
    SampledTwice {
        /// The site.
        site: Name,
        /// Model or guide.
        program: Part,
    },
    /// The model samples what the guide does not.
    #[error("the model samples {site}, the guide does not; it must, or the model must observe it")]
    MissingInGuide {
        /// The site.
        site: Name,
    },
    /// The guide samples what the model does not.
    #[error("the guide samples {site}, the model does not; it must sample the same sites")]
    MissingInModel {
        /// The site.
        site: Name,
    },
    /// The guide draws from one set, the model from another.
    #[error(
        "the guide draws {site} from {guide}, the model from {model}, which does not contain it"
    )]
    SupportMismatch {
        /// The site.
        site: Name,
        /// Where the guide draws from.
        guide: Support,
        /// Where the model draws from.
        model: Support,
    },
    /// A draw of one length in the guide, of another in the model.
    #[error("site {site} has {guide} numbers in the guide and {model} in the model")]
    LengthMismatch {
        /// The site.
        site: Name,
        /// Numbers in the guide.
        guide: usize,
        /// Numbers in the model.
        model: usize,
    },
    /// The model rules out what the guide drew, so that the ELBO is −∞.
    #[error("site {site}: {value} is impossible in the {program}; its log-probability is -inf")]
    Impossible {
        /// The site.
        site: Name,
        /// What was drawn or observed.
        value: f64,
        /// Where it has probability zero.
        program: Part,
    },
    /// A log-probability or a factor that is NaN or +∞.
    #[error("site {site} has the log-probability {value} in the {program}; it must be a number")]
    NotANumber {
        /// The site.
        site: Name,
        /// NaN or +∞.
        value: f64,
        /// Model or guide.
        program: Part,
    },
    /// A guide's law that nothing can be drawn from.
    #[error("the guide cannot draw {site} from a law without a normaliser; only the model may")]
    NotDrawable {
        /// The site.
        site: Name,
    },
    /// An observation or a factor in the guide.
    #[error("the guide observes {site}; only the model may")]
    ObservedInGuide {
        /// The site.
        site: Name,
    },
    /// A parameter starts outside the set that it is constrained to.
    #[error("parameter {name} starts at {value}; it must be {constraint}")]
    OutsideConstraint {
        /// The parameter.
        name: Name,
        /// What was given.
        value: f64,
        /// What it must be.
        constraint: Constraint,
    },
    /// A parameter asked for again in another shape.
    #[error("parameter {name} has {known} numbers, and was asked for with {asked}")]
    ParameterChanged {
        /// The parameter.
        name: Name,
        /// Its length.
        known: usize,
        /// The length asked for.
        asked: usize,
    },
    /// An estimate of no particle.
    #[error("an estimate needs at least one particle")]
    NoParticles,
    /// A clip that bounds nothing.
    #[error("the ratio cannot be clipped to 1 ± {clip}; the clip must be positive")]
    Clip {
        /// What was given.
        clip: f64,
    },
    /// A recorded run does not fit the guide.
    #[error("the recorded run has no value for site {site}; the guide has changed since")]
    NotRecorded {
        /// The site.
        site: Name,
    },
    /// Parameters of no distribution.
    #[error(transparent)]
    Distribution(#[from] kinglet_distributions::Error),
    /// A network that cannot be.
    #[error(transparent)]
    Network(#[from] kinglet_nn::Error),
    /// A baseline that cannot be.
    #[error(transparent)]
    Baseline(#[from] kinglet_critics::Error),
}

/// Which of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// p(x, z).
    Model,
    /// q(z).
    Guide,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Part::Model => "model",
            Part::Guide => "guide",
        })
    }
}
