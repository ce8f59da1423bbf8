//! What a trace does at a site: the guide's draw, the model's word on it.

use crate::error::Part;
use crate::events::{Event, What};
use crate::how::{Gradient, How};
use crate::law::Law;
use crate::records::{Draw, Kind, Term};
use crate::tape;
use crate::{Error, Name, Scalar, Trace};

impl<S: Scalar> Trace<S> {
    /// One draw of the guide, whose laws are the last ones.
    #[inline]
    pub(crate) fn draw(&mut self, name: Name, how: How<S>) -> Result<usize, Error> {
        self.guide_names.claim(name, Part::Guide)?;
        let first = self.values.len();
        let laws = &self.laws[first..];
        let gradient = match self.plan.score_only {
            true => Gradient::Score,
            false => resolve(laws, how.gradient.unwrap_or(self.plan.gradient)),
        };
        let discrete = laws.iter().any(|law| law.count().is_some());
        let watched = self.look_away();
        for law in laws {
            let x = self.source.draw(law, gradient, name, &mut self.rng)?;
            self.values.push(x);
        }
        let drawn = &mut self.values[first..];
        if self.plan.follow && !discrete {
            follow(drawn, gradient);
        }
        let log_q = log_prob(laws, drawn);
        check(name, log_q.plain(), drawn, Part::Guide)?;
        let len = drawn.len();
        self.look_again(watched);
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
    #[inline]
    pub(crate) fn score(&mut self, name: Name) -> Result<usize, Error> {
        let index = self.find(name)?;
        let Draw { first, len, .. } = self.draws[index];
        self.compare(name, first, len)?;
        let watched = self.look_away();
        let drawn = &self.values[first..first + len];
        let log_p = log_prob(&self.model_laws, drawn);
        check(name, log_p.plain(), drawn, Part::Model)?;
        let kl = match self.plan.analytic {
            true => self.divergence(first),
            false => None,
        };
        self.look_again(watched);
        self.draws[index].matched = true;
        self.matched += 1;
        self.add_term(name, Kind::Sample(index), log_p, kl);
        Ok(first)
    }

    /// Whether the model's laws are as many as the guide's, and allow what these draw.
    fn compare(&self, site: Name, first: usize, guide: usize) -> Result<(), Error> {
        let model = self.model_laws.len();
        if guide != model {
            return Err(Error::LengthMismatch { site, guide, model });
        }
        for (q, p) in self.laws[first..].iter().zip(&self.model_laws) {
            let (guide, model) = (q.support(), p.admits());
            if !model.contains(guide) {
                return Err(Error::SupportMismatch { site, guide, model });
            }
        }
        Ok(())
    }

    /// What the laws compare for themselves is no look of the program. Returns whether its looks were noted.
    fn look_away(&self) -> bool {
        self.plan.follow && tape::with(|tape| tape.watch(false))
    }

    fn look_again(&self, watched: bool) {
        if watched {
            tape::with(|tape| tape.watch(true));
        }
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

    /// A term of the model that is no draw of the guide.
    pub(crate) fn weigh(
        &mut self,
        name: Name,
        kind: Kind,
        log_p: S,
        seen: &[S],
    ) -> Result<(), Error> {
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

    /// Notes what happened, where that is followed.
    #[inline]
    pub(crate) fn note(&mut self, what: What) {
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

/// Σ log p.
#[inline]
pub(crate) fn log_prob<S: Scalar>(laws: &[Law<S>], values: &[S]) -> S {
    let pairs = laws.iter().zip(values);
    pairs.fold(S::zero(), |sum, (law, &x)| sum + law.log_prob(x))
}

#[inline]
fn check<S: Scalar>(site: Name, log_prob: f64, seen: &[S], program: Part) -> Result<(), Error> {
    if log_prob.is_finite() {
        return Ok(());
    }
    Err(if log_prob == f64::NEG_INFINITY {
        Error::Impossible {
            site,
            value: seen.first().map_or(f64::NAN, |x| x.plain()),
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
