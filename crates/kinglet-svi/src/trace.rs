//! One run of a guide and of a model on what it drew.

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::error::Part;
use crate::events::{Event, What};
use crate::how::{Baseline, Gradient, How};
use crate::law::Law;
use crate::names::Names;
use crate::source::Source;
use crate::tape;
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
    part: Part,
    pub(crate) draws: Vec<Draw<S>>,
    pub(crate) terms: Vec<Term<S>>,
    /// The laws of the guide's draws and what they gave, number by number.
    pub(crate) laws: Vec<Law<S>>,
    pub(crate) values: Vec<S>,
    model_laws: Vec<Law<S>>,
    pub(crate) events: Vec<Event>,
    guide_names: Names,
    model_names: Names,
    /// By the order of the model's samples: which draw it was in the last run.
    matches: Vec<usize>,
    matched: usize,
}

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
    matched: bool,
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
        let mut log_p = S::zero();
        for (law, &x) in self.model_laws.iter().zip(value) {
            log_p = log_p + law.log_prob(x);
        }
        self.weigh(name, Kind::Observe, log_p, first_of(value))
    }

    /// A term of log p that is no distribution's: a reward, for example. Catalogue: DECK-17.
    ///
    /// # Errors
    /// In the guide; a name used twice, −∞, +∞ or NaN.
    pub fn factor(&mut self, name: impl Into<Name>, log_factor: S) -> Result<(), Error> {
        self.weigh(name.into(), Kind::Factor, log_factor, log_factor.plain())
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

    /// One draw of the guide, whose laws are the last ones.
    fn draw(&mut self, name: Name, how: How<S>) -> Result<usize, Error> {
        self.guide_names.claim(name, Part::Guide)?;
        let first = self.values.len();
        let laws = &self.laws[first..];
        let gradient = if self.plan.score_only {
            Gradient::Score
        } else {
            resolve(laws, how.gradient.unwrap_or(self.plan.gradient))
        };
        let watched = self.plan.follow && tape::with(|tape| tape.watch(false));
        for law in laws {
            let x = self.source.draw(law, gradient, name, &mut self.rng)?;
            self.values.push(x);
        }
        let drawn = &mut self.values[first..];
        let discrete = laws.iter().any(|law| law.count().is_some());
        if self.plan.follow && !discrete {
            follow(drawn, gradient);
        }
        let mut log_q = S::zero();
        for (law, &x) in laws.iter().zip(&*drawn) {
            log_q = log_q + law.log_prob(x);
        }
        let (len, seen) = (drawn.len(), first_of(drawn));
        check(name, log_q.plain(), seen, Part::Guide)?;
        if watched {
            tape::with(|tape| tape.watch(true));
        }
        self.note(What::Draw(self.draws.len()));
        self.draws.push(Draw {
            name,
            first,
            len,
            discrete,
            log_q,
            gradient,
            baseline: how.baseline,
            prediction: how.prediction,
            matched: false,
        });
        Ok(first)
    }

    /// The model's word on one of the guide's draws.
    fn score(&mut self, name: Name) -> Result<usize, Error> {
        let index = self.find(name)?;
        let Draw { first, len, .. } = self.draws[index];
        let model = self.model_laws.len();
        if len != model {
            return Err(Error::LengthMismatch {
                site: name,
                guide: len,
                model,
            });
        }
        let pairs = self.laws[first..].iter().zip(&self.model_laws);
        for (q, p) in pairs {
            let (guide, model) = (q.support(), p.support());
            if !model.contains(guide) {
                return Err(Error::SupportMismatch {
                    site: name,
                    guide,
                    model,
                });
            }
        }
        let watched = self.plan.follow && tape::with(|tape| tape.watch(false));
        let drawn = &self.values[first..first + len];
        let mut log_p = S::zero();
        for (law, &x) in self.model_laws.iter().zip(drawn) {
            log_p = log_p + law.log_prob(x);
        }
        let seen = first_of(drawn);
        let kl = if self.plan.analytic {
            self.divergence(first)
        } else {
            None
        };
        if watched {
            tape::with(|tape| tape.watch(true));
        }
        check(name, log_p.plain(), seen, Part::Model)?;
        self.draws[index].matched = true;
        self.matched += 1;
        self.add_term(name, Kind::Sample(index), log_p, kl);
        Ok(first)
    }

    /// KL(q ‖ p), where every number has it.
    fn divergence(&self, first: usize) -> Option<S> {
        let mut pairs = self.laws[first..].iter().zip(&self.model_laws);
        pairs.try_fold(S::zero(), |sum, (q, p)| Some(sum + q.kl(p)?))
    }

    /// Which draw has this name: most often the one that it was in the last run.
    fn find(&mut self, name: Name) -> Result<usize, Error> {
        self.model_names.claim(name, Part::Model)?;
        let guess = self.matches.get(self.matched).copied();
        if let Some(index) = guess
            && self.draws.get(index).is_some_and(|draw| draw.name == name)
        {
            return Ok(index);
        }
        let index = self.draws.iter().position(|draw| draw.name == name);
        let index = index.ok_or(Error::MissingInGuide { site: name })?;
        self.matches.truncate(self.matched);
        self.matches.push(index);
        Ok(index)
    }

    fn weigh(&mut self, name: Name, kind: Kind, log_p: S, seen: f64) -> Result<(), Error> {
        if self.part == Part::Guide {
            return Err(Error::ObservedInGuide { site: name });
        }
        self.model_names.claim(name, Part::Model)?;
        check(name, log_p.plain(), seen, Part::Model)?;
        self.add_term(name, kind, log_p, None);
        Ok(())
    }

    fn add_term(&mut self, name: Name, kind: Kind, log_p: S, kl: Option<S>) {
        let discrete = match kind {
            Kind::Sample(index) => self.draws[index].discrete,
            Kind::Observe | Kind::Factor => false,
        };
        self.note(What::Term(self.terms.len()));
        self.terms.push(Term {
            name,
            kind,
            discrete,
            log_p,
            kl,
        });
    }

    fn note(&mut self, what: What) {
        if self.plan.follow {
            let seen = tape::with(|tape| tape.escapes().len());
            self.events.push(Event { what, seen });
        }
    }
}

/// What a wish for a gradient comes to at these laws.
#[inline]
fn resolve<S: Scalar>(laws: &[Law<S>], wish: Gradient) -> Gradient {
    match wish {
        Gradient::Score if laws.iter().all(Law::has_score) => Gradient::Score,
        Gradient::Enumerate if laws.iter().all(|law| law.count().is_some()) => Gradient::Enumerate,
        _ if laws.iter().all(Law::is_pathwise) => Gradient::Pathwise,
        _ => Gradient::Score,
    }
}

/// Makes nodes of the numbers drawn, so that what depends on them can be told.
fn follow<S: Scalar>(drawn: &mut [S], gradient: Gradient) {
    for x in drawn {
        *x = match gradient {
            Gradient::Pathwise => x.renamed(),
            _ => S::leaf(x.plain()),
        };
    }
}

/// The first number, for an error to show.
fn first_of<S: Scalar>(values: &[S]) -> f64 {
    values.first().map_or(f64::NAN, |x| x.plain())
}

#[inline]
fn check(site: Name, log_prob: f64, value: f64, program: Part) -> Result<(), Error> {
    if log_prob.is_finite() {
        return Ok(());
    }
    Err(if log_prob == f64::NEG_INFINITY {
        Error::Impossible {
            site,
            value,
            program,
        }
    } else {
        Error::NotANumber {
            site,
            value: log_prob,
            program,
        }
    })
}
