//! What is kept of each site of a run.

use crate::Name;
use crate::how::{Baseline, Gradient};

/// What the estimator needs of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) gradient: Gradient,
    /// Whether it is to be known what depends on what.
    pub(crate) follow: bool,
    /// Whether divergences in closed form are wanted.
    pub(crate) analytic: bool,
    /// Whether every site is to go by the score, whatever it says.
    pub(crate) score_only: bool,
}

/// One site of the guide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw<S> {
    pub(crate) name: Name,
    /// Its numbers among all.
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// Whether it can be listed: the program then holds a plain number, which no tape follows.
    pub(crate) discrete: bool,
    pub(crate) log_q: S,
    pub(crate) gradient: Gradient,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) prediction: Option<S>,
    pub(crate) matched: bool,
}

/// One site of the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term<S> {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
    pub(crate) discrete: bool,
    pub(crate) log_p: S,
    /// KL(q ‖ p) of a sample, where it was asked for and is known.
    pub(crate) kl: Option<S>,
}

/// What a site of the model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sample(usize),
    Observe,
    Factor,
}
