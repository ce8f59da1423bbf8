//! The surrogate of one run: what its derivative is an estimate of ∇ ELBO.

use crate::baselines::Baselines;
use crate::dependencies::Dependencies;
use crate::elbo::{Credit, Elbo};
use crate::how::{Baseline, Gradient};
use crate::records::{Draw, Kind};
use crate::tape::Tape;
use crate::trace::Trace;
use crate::var::Var;
use crate::{Error, Scalar, tape};

/// Turns runs into derivatives on the tape, by a surrogate with the detached weights ⊥. Catalogue: DECK-19, DECK-23.
///
/// ```text
/// w [ Σ log p − Σ_pathwise log q + Σ_score log qᵢ ⊥(Rᵢ − bᵢ) ],   w = Π_enumerated q(zᵢ)
/// Rᵢ = Σ of the terms log p and −log q that zᵢ is credited with
/// ```
///
/// −log q of a score or an enumerated site is not differentiated: E[∇ log q] is zero.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    dependencies: Dependencies,
    baselines: Baselines,
    /// By draw: R, and whether a divergence in closed form stands for its log-probabilities.
    rewards: Vec<f64>,
    closed: Vec<bool>,
    /// Scores that wait for the other particles.
    waiting: Vec<Waiting>,
    /// By site: Σ w and Σ w R of the particle at hand.
    own: Vec<[f64; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    particle: usize,
    site: usize,
    node: u32,
    w: f64,
    reward: f64,
}

impl Settled {
    pub(crate) fn begin_step(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn end_step(&mut self) {
        self.baselines.end_step();
    }

    /// Whether there are scores whose baseline is not known yet.
    pub(crate) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// R of each draw, in the run settled last.
    pub(crate) fn rewards(&self) -> &[f64] {
        &self.rewards
    }

    /// Puts the derivatives of a run whose nodes begin at `mark` onto the tape. Returns Π q (log p − log q).
    pub(crate) fn settle(
        &mut self,
        elbo: &Elbo,
        trace: &Trace<Var>,
        particle: usize,
        mark: u32,
    ) -> Result<f64, Error> {
        let probability = probability(&trace.draws);
        let w = probability / elbo.particles as f64;
        let value = self.settle_terms(elbo, trace, w, mark);
        for (index, draw) in trace.draws.iter().enumerate() {
            let node = draw.log_q.node();
            match draw.gradient {
                Gradient::Pathwise if self.closed[index] => {}
                Gradient::Pathwise => tape::with(|tape| tape.seed(node, -w)),
                Gradient::Enumerate => tape::with(|tape| tape.seed(node, w * value)),
                Gradient::Score => self.settle_score(elbo, draw, index, particle, w)?,
            }
        }
        Ok(probability * value)
    }

    /// The derivatives of the model's terms, and R of each draw. Returns log p − log q.
    pub(crate) fn settle_terms(
        &mut self,
        elbo: &Elbo,
        trace: &Trace<Var>,
        w: f64,
        mark: u32,
    ) -> f64 {
        self.closed.clear();
        self.closed.resize(trace.draws.len(), false);
        self.rewards.clear();
        self.rewards.resize(trace.draws.len(), 0.0);
        let mut value = tape::with(|tape| {
            if trace.plan.follow {
                let (draws, values) = (&trace.draws, &trace.values);
                let dependencies = &mut self.dependencies;
                dependencies.find(tape, mark, draws, values, &trace.terms, &trace.events);
            }
            (0..trace.terms.len()).fold(0.0, |sum, index| {
                sum + self.settle_term(tape, trace, w, index)
            })
        });
        for (draw, closed) in trace.draws.iter().zip(&self.closed) {
            if !closed {
                value -= draw.log_q.plain();
            }
        }
        match elbo.credit {
            Credit::Whole => self.rewards.fill(value),
            Credit::Dependencies => self.credit(trace),
        }
        value
    }

    /// The derivative of one of the model's terms. Returns its value.
    #[inline]
    fn settle_term(&mut self, tape: &mut Tape, trace: &Trace<Var>, w: f64, index: usize) -> f64 {
        if let Some((draw, kl)) = self.closed_form(trace, index) {
            self.closed[draw] = true;
            tape.seed(kl.node(), -w);
            return -kl.plain();
        }
        let log_p = trace.terms[index].log_p;
        tape.seed(log_p.node(), w);
        log_p.plain()
    }

    /// A term's divergence in closed form, and its draw, where it may stand for the draw's log-probabilities.
    fn closed_form(&self, trace: &Trace<Var>, index: usize) -> Option<(usize, Var)> {
        let term = &trace.terms[index];
        let (Some(kl), Kind::Sample(draw)) = (term.kl, term.kind) else {
            return None;
        };
        let mut depends = self.dependencies.of_divergence(index);
        (!depends.any(|other| other == draw)).then_some((draw, kl))
    }

    /// Each term goes to the draws that it depends on.
    fn credit(&mut self, trace: &Trace<Var>) {
        for (index, term) in trace.terms.iter().enumerate() {
            if let Some((_, kl)) = self.closed_form(trace, index) {
                for draw in self.dependencies.of_divergence(index) {
                    self.rewards[draw] -= kl.plain();
                }
            } else {
                for draw in self.dependencies.of_term(index) {
                    self.rewards[draw] += term.log_p.plain();
                }
            }
        }
        for (index, draw) in trace.draws.iter().enumerate() {
            if !self.closed[index] {
                for other in self.dependencies.of_draw(index) {
                    self.rewards[other] -= draw.log_q.plain();
                }
            }
        }
    }

    /// ∇ log q ⊥(R − b), and −∇(R − b)² where b is a prediction.
    fn settle_score(
        &mut self,
        elbo: &Elbo,
        draw: &Draw<Var>,
        index: usize,
        particle: usize,
        w: f64,
    ) -> Result<(), Error> {
        let baseline = draw.baseline.unwrap_or(elbo.baseline);
        let mut reward = self.rewards[index];
        let node = draw.log_q.node();
        if node == tape::CONSTANT {
            return Ok(()); // nothing to learn there
        }
        if let Some(prediction) = draw.prediction {
            reward -= prediction.plain();
            tape::with(|tape| tape.seed(prediction.node(), 2.0 * w * reward));
        }
        if baseline == Baseline::None {
            tape::with(|tape| tape.seed(node, w * reward));
            return Ok(());
        }
        let site = self.baselines.id(draw.name);
        let known = self.baselines.before(site, baseline)?;
        self.baselines.add(site, w, reward);
        if baseline == Baseline::LeaveOneOut {
            self.waiting.push(Waiting {
                particle,
                site,
                node,
                w,
                reward,
            });
        } else {
            tape::with(|tape| tape.seed(node, w * (reward - known)));
        }
        Ok(())
    }

    /// The derivatives that waited: each score's weight less the mean of the other particles'.
    pub(crate) fn leave_one_out(&mut self) {
        let Self {
            baselines,
            waiting,
            own,
            ..
        } = self;
        for scores in waiting.chunk_by(|a, b| a.particle == b.particle) {
            own.clear();
            for score in scores {
                own.resize(own.len().max(score.site + 1), [0.0; 2]);
                own[score.site][0] += score.w;
                own[score.site][1] += score.w * score.reward;
            }
            for score in scores {
                let [w, sum] = own[score.site];
                let baseline = baselines.without(score.site, w, sum);
                tape::with(|tape| tape.seed(score.node, score.w * (score.reward - baseline)));
            }
        }
    }
}

/// Π q over the enumerated draws.
fn probability(draws: &[Draw<Var>]) -> f64 {
    let enumerated = draws
        .iter()
        .filter(|draw| draw.gradient == Gradient::Enumerate);
    let logs = enumerated.map(|draw| draw.log_q.plain());
    logs.fold(0.0, |sum, log_q| sum + log_q).exp()
}
