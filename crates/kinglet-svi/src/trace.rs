//! One run of a guide and of a model on what it drew.

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::at_site::log_prob;
use crate::error::Part;
use crate::events::{Event, What};
use crate::how::How;
use crate::law::Law;
use crate::names::Names;
use crate::records::{Draw, Kind, Plan, Term};
use crate::source::Source;
use crate::{Error, Name, Params, Program, Scalar, Site};

/// What a run of guide and model sampled and scored; the handle that both programs call.
///
/// The guide runs first and draws. Then the model runs on what the guide drew: its `sample` gives the guide's value and
/// scores it. Printed, it is a table of the sites.
///
/// ```text
/// log p(x, z) = Σ log p over the model's sites,   log q(z) = Σ log q over the guide's
/// ```
///
/// The other methods of a trace, for parameters and networks, are in their own section below.
#[derive(Debug)]
pub struct Trace<S> {
    /// The parameters, with those that the programs asked for first in this run.
    pub params: Params,
    pub(crate) leaves: Vec<S>,
    /// By the order of asking: which parameter it was in the last run.
    pub(crate) asked: Vec<usize>,
    pub(crate) next_asked: usize,
    pub(crate) rng: Xoshiro256PlusPlus,
    pub(crate) source: Source,
    pub(crate) plan: Plan,
    pub(crate) part: Part,
    pub(crate) draws: Vec<Draw<S>>,
    pub(crate) terms: Vec<Term<S>>,
    /// The laws of the guide's draws and what they gave, number by number.
    pub(crate) laws: Vec<Law<S>>,
    pub(crate) values: Vec<S>,
    pub(crate) model_laws: Vec<Law<S>>,
    pub(crate) events: Vec<Event>,
    pub(crate) guide_names: Names,
    pub(crate) model_names: Names,
    /// By the order of the model's samples: which draw it was in the last run.
    pub(crate) matches: Vec<usize>,
    pub(crate) matched: usize,
}

impl<S: Scalar> Trace<S> {
    /// A run of both programs with these parameters.
    ///
    /// # Errors
    /// What is wrong with the programs, by the site's name.
    pub fn of<R: Rng + ?Sized>(
        model: &impl Program,
        guide: &impl Program,
        params: &Params,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let leaves = Self::reading(params).leaves;
        Self::at(model, guide, params, leaves, rng)
    }

    /// A run of both programs at parameters of another kind of number, unconstrained as in
    /// [`Params::unconstrained`]: with dual numbers, the derivative along them.
    ///
    /// # Errors
    /// What is wrong with the programs, by the site's name.
    ///
    /// # Panics
    /// If there is not one number for each parameter.
    pub fn at<R: Rng + ?Sized>(
        model: &impl Program,
        guide: &impl Program,
        params: &Params,
        leaves: Vec<S>,
        rng: &mut R,
    ) -> Result<Self, Error> {
        let (given, known) = (leaves.len(), params.unconstrained.len());
        assert_eq!(given, known, "{given} numbers for {known} parameters");
        let mut trace = Self::empty(params.clone());
        trace.leaves = leaves;
        trace.rng = Xoshiro256PlusPlus::seed_from_u64(rng.next_u64());
        trace.run(model, guide)?;
        Ok(trace)
    }

    /// A trace to read parameters from, outside a run.
    pub(crate) fn reading(params: &Params) -> Self {
        let mut trace = Self::empty(params.clone());
        let leaves = params.unconstrained.iter().map(|&x| S::constant(x));
        trace.leaves = leaves.collect();
        trace
    }

    pub(crate) fn empty(params: Params) -> Self {
        Self {
            params,
            leaves: Vec::new(),
            asked: Vec::new(),
            next_asked: 0,
            rng: Xoshiro256PlusPlus::seed_from_u64(0),
            source: Source::default(),
            plan: Plan::default(),
            part: Part::Guide,
            draws: Vec::new(),
            terms: Vec::new(),
            laws: Vec::new(),
            values: Vec::new(),
            model_laws: Vec::new(),
            events: Vec::new(),
            guide_names: Names::default(),
            model_names: Names::default(),
            matches: Vec::new(),
            matched: 0,
        }
    }

    /// Both programs, the guide first.
    pub(crate) fn run(&mut self, model: &impl Program, guide: &impl Program) -> Result<(), Error> {
        self.run_guide(guide)?;
        self.part = Part::Model;
        self.note(What::Model);
        model.run(self)?;
        if self.matched == self.draws.len() {
            return Ok(());
        }
        let alone = self.draws.iter().find(|draw| !draw.matched);
        Err(Error::MissingInModel {
            site: alone.expect("fewer matches than draws").name,
        })
    }

    /// The guide alone.
    pub(crate) fn run_guide(&mut self, guide: &impl Program) -> Result<(), Error> {
        self.part = Part::Guide;
        self.draws.clear();
        self.terms.clear();
        self.laws.clear();
        self.values.clear();
        self.events.clear();
        self.guide_names.restart();
        self.model_names.restart();
        self.next_asked = 0;
        self.matched = 0;
        self.source.restart();
        guide.run(self)
    }

    /// Draws at a site, in the guide; scores what the guide drew there, in the model.
    ///
    /// # Errors
    /// A name used twice, a site that the guide lacks, a support or a length that does not match, a value that is
    /// impossible, a log-probability that is NaN.
    #[inline]
    pub fn sample<D: Site<S>>(
        &mut self,
        name: impl Into<Name>,
        site: D,
    ) -> Result<D::Event, Error> {
        self.sample_by(name, site, How::default())
    }

    /// [`sample`](Self::sample), with a gradient or a baseline of the site's own. The model may say what it likes, the
    /// guide's word counts.
    ///
    /// # Errors
    /// Those of [`sample`](Self::sample).
    #[inline]
    pub fn sample_by<D: Site<S>>(
        &mut self,
        name: impl Into<Name>,
        site: D,
        how: How<S>,
    ) -> Result<D::Event, Error> {
        let name = name.into();
        let first = match self.part {
            Part::Guide => {
                site.laws(&mut self.laws);
                self.draw(name, how)?
            }
            Part::Model => {
                self.model_laws.clear();
                site.laws(&mut self.model_laws);
                self.score(name)?
            }
        };
        Ok(D::event(&self.values[first..]))
    }

    /// The log-probability of what is known, in the model.
    ///
    /// # Errors
    /// In the guide; a name used twice, a value that is impossible, a log-probability that is NaN.
    pub fn observe<D: Site<S>>(
        &mut self,
        name: impl Into<Name>,
        site: D,
        value: &[S],
    ) -> Result<(), Error> {
        let name = name.into();
        self.model_laws.clear();
        site.laws(&mut self.model_laws);
        let (known, wanted) = (value.len(), self.model_laws.len());
        if known != wanted {
            return Err(Error::LengthMismatch {
                site: name,
                guide: known,
                model: wanted,
            });
        }
        let log_p = log_prob(&self.model_laws, value);
        self.weigh(name, Kind::Observe, log_p, value)
    }

    /// A term of log p that is no distribution's: a reward, for example. Catalogue: DECK-17.
    ///
    /// # Errors
    /// In the guide; a name used twice, −∞, +∞ or NaN.
    pub fn factor(&mut self, name: impl Into<Name>, log_factor: S) -> Result<(), Error> {
        self.weigh(name.into(), Kind::Factor, log_factor, &[log_factor])
    }

    /// n runs of a part of the program that, given what came before, do not depend on each other: nothing may pass from
    /// one to the next. What comes after may depend on all.
    ///
    /// It matters for [`Credit::Dependencies`](crate::Credit::Dependencies) with discrete sites and with values that the
    /// program looks at, where the order of the program says what depends on what.
    ///
    /// # Errors
    /// Those of the part.
    pub fn plate(
        &mut self,
        n: usize,
        mut part: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.note(What::Open);
        for i in 0..n {
            part(self, i)?;
            self.note(What::Next);
        }
        self.note(What::Close);
        Ok(())
    }

    /// log p(x, z): the model's terms.
    pub fn log_p(&self) -> S {
        let terms = self.terms.iter();
        terms.fold(S::zero(), |sum, term| sum + term.log_p)
    }

    /// log q(z): the guide's draws.
    pub fn log_q(&self) -> S {
        let draws = self.draws.iter();
        draws.fold(S::zero(), |sum, draw| sum + draw.log_q)
    }

    /// log p of one of the model's sites.
    pub fn log_prob(&self, name: impl Into<Name>) -> Option<S> {
        let name = name.into();
        let term = self.terms.iter().find(|term| term.name == name)?;
        Some(term.log_p)
    }

    /// What the guide drew, site after site; categories as their number.
    pub fn values(&self) -> &[S] {
        &self.values
    }

    /// What the guide drew at one site.
    pub fn value(&self, name: impl Into<Name>) -> Option<&[S]> {
        let name = name.into();
        let draw = self.draws.iter().find(|draw| draw.name == name)?;
        Some(&self.values[draw.first..draw.first + draw.len])
    }
}
