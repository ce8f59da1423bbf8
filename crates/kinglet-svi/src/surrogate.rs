//! Several steps on one batch of runs: importance ratios, clipped.

use kinglet_distributions::erf;
use rand::Rng;

use crate::how::Baseline;
use crate::svi::Svi;
use crate::tape::CONSTANT;
use crate::{Error, Name, Program, Scalar, tape};

/// The standard deviation of the importance ratio of a run of T steps, each of whose log-ratios is normal with variance
/// σ² and ratio 1 in the mean. Catalogue: DECK-23.
///
/// ```text
/// ln ρ ~ N(−Tσ²/2, Tσ²),   sd ρ = √(e^(Tσ²) − 1)
/// ```
pub fn ratio_sd(steps: usize, sigma: f64) -> f64 {
    (steps as f64 * sigma * sigma).exp_m1().sqrt()
}

/// The share of such ratios outside 1 ± `clip`, 0 < clip < 1. Catalogue: DECK-23.
///
/// # Example
/// ```
/// use kinglet_svi::{ratio_outside, ratio_sd};
/// assert_eq!((ratio_sd(100, 0.1) * 100.0).round(), 131.0);
/// assert_eq!((ratio_outside(100, 0.1, 0.2) * 100.0).round(), 86.0); // of a run of a hundred steps
/// assert_eq!((ratio_outside(1, 0.1, 0.2) * 100.0).round(), 5.0); // of one step
/// ```
pub fn ratio_outside(steps: usize, sigma: f64, clip: f64) -> f64 {
    let spread = (steps as f64).sqrt() * sigma;
    let below = |ratio: f64| {
        let z = ratio.ln() / spread + 0.5 * spread;
        0.5 * (1.0 + erf(z * std::f64::consts::FRAC_1_SQRT_2))
    };
    1.0 - (below(1.0 + clip) - below(1.0 - clip))
}

/// Runs of both programs, kept to be learnt from more than once: what was drawn, with which probability, and what
/// followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// The mean of log p − log q.
    pub elbo: f64,
    runs: Vec<Run>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Run {
    /// log p − log q.
    value: f64,
    numbers: Vec<f64>,
    /// By draw.
    names: Vec<Name>,
    log_q: Vec<f64>,
    advantages: Vec<f64>,
}

/// What the importance ratio is taken of.
///
/// ```text
/// Site:   ρᵢ = q(zᵢ | …) / q_old(zᵢ | …), one for each draw, weighing its own Âᵢ
/// Trace:  ρ = Πᵢ ρᵢ, one for each run, weighing log p − log q
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ratio {
    /// Of each site.
    Site,
    /// Of the whole run.
    Trace,
}

/// The surrogate's value at the parameters, and what its ratios were like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surrogate {
    /// The mean over the runs of Σ min(ρ Â, clip(ρ) Â).
    pub value: f64,
    /// The standard deviation of the ratios.
    pub ratio_sd: f64,
    /// The share of ratios outside 1 ± clip.
    pub outside: f64,
}

impl Svi {
    /// Runs both programs, [`Elbo::particles`](crate::Elbo::particles) times, to learn from with
    /// [`surrogate`](Self::surrogate). Every site counts as a score site. The weights are those of the estimator's
    /// credit; of baselines only [`Baseline::LeaveOneOut`] is taken off.
    ///
    /// # Errors
    /// Those of [`estimate`](Self::estimate).
    pub fn record<R: Rng + ?Sized>(
        &mut self,
        model: &impl Program,
        guide: &impl Program,
        rng: &mut R,
    ) -> Result<Recorded, Error> {
        if self.elbo.particles == 0 {
            return Err(Error::NoParticles);
        }
        self.begin(rng);
        self.trace.plan.score_only = true;
        let mut recorded = Recorded::default();
        for _ in 0..self.elbo.particles {
            let mark = tape::with(|tape| {
                tape.forget_escapes();
                tape.len()
            });
            self.trace.run(model, guide)?;
            let value = self
                .settled
                .settle_terms(&self.elbo, &self.trace, 0.0, mark);
            tape::with(|tape| tape.sweep(mark));
            recorded.runs.push(self.keep(value));
        }
        let n = recorded.runs.len() as f64;
        recorded.elbo = recorded.runs.iter().map(|run| run.value).sum::<f64>() / n;
        if self.elbo.baseline == Baseline::LeaveOneOut {
            recorded.leave_one_out();
        }
        Ok(recorded)
    }

    fn keep(&self, value: f64) -> Run {
        let trace = &self.trace;
        Run {
            value,
            numbers: trace.values.iter().map(|x| x.plain()).collect(),
            names: trace.draws.iter().map(|draw| draw.name).collect(),
            log_q: trace.draws.iter().map(|draw| draw.log_q.plain()).collect(),
            advantages: self.settled.rewards().to_vec(),
        }
    }

    /// The clipped surrogate of recorded runs at the parameters of now, and its gradient in
    /// [`gradient`](Self::gradient): PPO inside variational inference. Catalogue: DECK-23.
    ///
    /// ```text
    /// L = (1/N) Σ min( ρ Â, clip(ρ, 1 − c, 1 + c) Â ),   ρ = q / q_old,   Â detached
    /// ```
    ///
    /// At the parameters of the recording, the gradient is the score-function estimate of ∇ ELBO. A clip of ∞ clips
    /// nothing. With [`Ratio::Trace`] the ratio multiplies T factors: if each log-ratio is normal with variance σ² the
    /// ratio has the standard deviation √(e^(Tσ²) − 1), and soon nearly all runs are clipped.
    ///
    /// # Errors
    /// A clip that is not positive; a guide that draws more than was recorded.
    ///
    /// # Source
    /// Schulman 2017, the clipped objective.
    pub fn surrogate(
        &mut self,
        guide: &impl Program,
        recorded: &Recorded,
        ratio: Ratio,
        clip: f64,
    ) -> Result<Surrogate, Error> {
        if clip.is_nan() || clip <= 0.0 {
            return Err(Error::Clip { clip });
        }
        let known = self.trace.params.unconstrained.len();
        self.begin_again();
        self.trace.plan.score_only = true;
        let first = known as u32 + 1;
        let mut sums = Sums::default();
        let share = 1.0 / recorded.runs.len().max(1) as f64;
        for run in &recorded.runs {
            self.trace.source.play(Some(run.numbers.clone()));
            let played = self.trace.run_guide(guide);
            self.trace.source.play(None);
            played?;
            self.weigh_run(run, ratio, clip, share, &mut sums)?;
            tape::with(|tape| tape.sweep(first));
        }
        self.end(known);
        Ok(sums.surrogate(share))
    }

    /// The derivatives of one run's part of the surrogate.
    fn weigh_run(
        &mut self,
        run: &Run,
        ratio: Ratio,
        clip: f64,
        share: f64,
        sums: &mut Sums,
    ) -> Result<(), Error> {
        let draws = &self.trace.draws;
        if let Some(draw) = draws.get(run.log_q.len()) {
            return Err(Error::NotRecorded { site: draw.name });
        }
        let logs = draws.iter().zip(&run.log_q);
        let logs = logs.map(|(draw, old)| (draw.log_q.node(), draw.log_q.plain() - old));
        match ratio {
            Ratio::Site => {
                // A site without parameters has the ratio 1 and nothing to learn.
                let sites = logs.zip(&run.advantages);
                for ((node, log_ratio), &advantage) in
                    sites.filter(|((node, _), _)| *node != CONSTANT)
                {
                    let slope = sums.add(log_ratio.exp(), advantage, clip);
                    tape::with(|tape| tape.seed(node, share * slope));
                }
            }
            Ratio::Trace => {
                let log_ratio: f64 = logs.clone().map(|(_, log_ratio)| log_ratio).sum();
                let slope = sums.add(log_ratio.exp(), run.value, clip);
                for (node, _) in logs {
                    tape::with(|tape| tape.seed(node, share * slope));
                }
            }
        }
        Ok(())
    }
}

impl Recorded {
    /// Takes off each weight the mean of the other runs' at the same site.
    fn leave_one_out(&mut self) {
        let before = self.runs.clone();
        for (index, run) in self.runs.iter_mut().enumerate() {
            for (name, advantage) in run.names.iter().zip(&mut run.advantages) {
                let others = before
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != index);
                let weights = others.filter_map(|(_, other)| {
                    let place = other.names.iter().position(|known| known == name)?;
                    Some(other.advantages[place])
                });
                let (n, sum) = weights.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
                if n > 0.0 {
                    *advantage -= sum / n;
                }
            }
        }
        let mean = self.elbo;
        let n = self.runs.len() as f64;
        if n > 1.0 {
            for run in &mut self.runs {
                run.value = (run.value - mean) * n / (n - 1.0);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    value: f64,
    n: f64,
    ratio: f64,
    square: f64,
    outside: f64,
}

impl Sums {
    /// Takes in one ratio. Returns the slope of min(ρ Â, clip(ρ) Â) in log q: ρ Â, or 0 where clipping stops it.
    fn add(&mut self, ratio: f64, advantage: f64, clip: f64) -> f64 {
        let clipped = ratio.max(1.0 - clip).min(1.0 + clip);
        let (free, bounded) = (ratio * advantage, clipped * advantage);
        self.value += free.min(bounded);
        self.n += 1.0;
        self.ratio += ratio;
        self.square += ratio * ratio;
        self.outside += f64::from(clipped != ratio);
        if free <= bounded { free } else { 0.0 }
    }

    fn surrogate(&self, share: f64) -> Surrogate {
        let mean = self.ratio / self.n;
        Surrogate {
            value: self.value * share,
            ratio_sd: (self.square / self.n - mean * mean).max(0.0).sqrt(),
            outside: self.outside / self.n,
        }
    }
}
