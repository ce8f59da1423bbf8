//! A spread that is fixed, learnt as σ or learnt as log σ: the trainings of the deck's figures 2 and 3.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::aim::{Aim, LinearNormal, SLOPE};
use crate::direction::DIRECTION;
use crate::{Baseline, ControlGuide, ControlModel, Credit, Elbo, Error, Gradient, Svi};

/// Which parameter the standard deviation of the policy is. Catalogue: DECK-24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// None: it stays as it is.
    Fixed,
    /// σ itself, which a step can make negative.
    Raw,
    /// log σ.
    Log,
}

/// A linear policy on the direction task, its spread, and how it is trained. Catalogue: DECK-24, DECK-27.
///
/// ```text
/// s ~ U(−1, 1)²,   a ~ N(W s + b, σ² I),   r = −‖a − A s − (1, −1)‖²,   A = (1 ½; −½ 1)
/// ELBO = E Σₜ [rₜ / α − log q(aₜ | sₜ)],   best at W = A, b = (1, −1), σ² = α / 2
/// ```
///
/// Each step is the last with probability 1/10, and the fiftieth is. The gradient goes by the score; what follows an
/// action is its weight, less the decaying average of such weights and less what a network, the critic, has learnt to
/// expect from the state. Of the task behind the deck's figures nothing is printed; this one is ours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// What σ is.
    pub spread: Spread,
    /// σ at first.
    pub start: f64,
    /// α, in units of reward.
    pub temperature: f64,
    /// How many episodes an epoch has, of which the gradient is the mean.
    pub episodes: usize,
    /// The step that Adam takes.
    pub learning_rate: f64,
}

impl Trial {
    /// Figure 2: σ = ½ throughout, temperature 1.
    pub fn figure_2() -> Self {
        Self {
            spread: Spread::Fixed,
            start: 0.5,
            temperature: 1.0,
            episodes: 10,
            learning_rate: 0.01,
        }
    }

    /// Figure 3: σ is learnt from 1 down to 1/10, at temperature 1/50.
    pub fn figure_3(spread: Spread) -> Self {
        Self {
            spread,
            start: 1.0,
            temperature: 0.02,
            episodes: 10,
            learning_rate: 0.02,
        }
    }

    /// The σ of the best policy, √(α/2).
    pub fn best_std(&self) -> f64 {
        (self.temperature / 2.0).sqrt()
    }
}

/// What an epoch, which is one step of the optimiser, saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// The mean over its episodes of Σ r.
    pub reward: f64,
    /// The estimate of the ELBO, nats.
    pub elbo: f64,
    /// The gradient by W, row by row, nats.
    pub weights: [f64; 4],
    /// The gradient by b.
    pub bias: [f64; 2],
    /// The gradient by what σ is; 0 where it is fixed.
    pub scale: f64,
    /// σ, before the step.
    pub std: f64,
    /// ‖(W, b) − (A, (1, −1))‖, before the step.
    pub distance: f64,
}

/// A training.
#[derive(Debug)]
pub struct Training {
    /// Epoch by epoch.
    pub epochs: Vec<Epoch>,
    /// What ended it early: a step made σ negative.
    pub broken: Option<Error>,
}

/// Trains for so many epochs, or until a step makes σ negative.
///
/// # Errors
/// What is wrong before the first step: no episode, a start that is not positive.
///
/// # Example
/// ```
/// use kinglet_svi::spread::{Trial, train};
/// let training = train(&Trial::figure_2(), 500, 0)?;
/// let (first, last) = (training.epochs[0], training.epochs[499]);
/// assert!(first.distance > 2.0 && last.distance < 0.8);
/// # Ok::<(), kinglet_svi::Error>(())
/// ```
pub fn train(trial: &Trial, epochs: usize, seed: u64) -> Result<Training, Error> {
    let mut svi = Svi::new(trial.estimator(), trial.learning_rate);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut training = Training {
        epochs: Vec::with_capacity(epochs),
        broken: None,
    };
    for _ in 0..epochs {
        match trial.epoch(&mut svi, &mut rng) {
            Ok(epoch) => training.epochs.push(epoch),
            Err(error) if training.epochs.is_empty() => return Err(error),
            Err(error) => {
                training.broken = Some(error);
                break;
            }
        }
        svi.ascend();
    }
    Ok(training)
}

impl Trial {
    fn estimator(&self) -> Elbo {
        Elbo {
            particles: self.episodes,
            gradient: Gradient::Score,
            credit: Credit::Dependencies,
            baseline: Baseline::DecayingAverage(0.9),
            ..Elbo::default()
        }
    }

    /// An estimate of the gradient, and what it saw.
    fn epoch(&self, svi: &mut Svi, rng: &mut Xoshiro256PlusPlus) -> Result<Epoch, Error> {
        let policy = LinearNormal::new(self.spread, self.start)?;
        let (seen, unseen) = (Aim::new(self.temperature), Aim::new(self.temperature));
        let model = ControlModel {
            env: &seen,
            horizon: 50,
        };
        let guide = ControlGuide {
            env: &unseen,
            horizon: 50,
            policy,
        };
        let elbo = svi.estimate(&model, &guide, rng)?;
        let (w, b, scale) = (numbers(svi, "W"), numbers(svi, "b"), numbers(svi, "scale"));
        let off = |found: &[(f64, f64)], best: &[f64]| -> f64 {
            let pairs = found.iter().zip(best);
            pairs.map(|((value, _), best)| (value - best).powi(2)).sum()
        };
        Ok(Epoch {
            reward: seen.reward(),
            elbo,
            weights: std::array::from_fn(|i| w[i].1),
            bias: std::array::from_fn(|i| b[i].1),
            scale: scale.first().map_or(0.0, |scale| scale.1),
            std: match (self.spread, scale.first()) {
                (Spread::Raw, Some((std, _))) => *std,
                (Spread::Log, Some((log_std, _))) => log_std.exp(),
                _ => self.start,
            },
            distance: (off(&w, &SLOPE) + off(&b, &DIRECTION)).sqrt(),
        })
    }
}

/// A parameter's numbers, unconstrained, each with its gradient.
fn numbers(svi: &Svi, name: &'static str) -> Vec<(f64, f64)> {
    let params = svi.params();
    let named = params
        .blocks
        .iter()
        .filter(|block| block.name == name.into());
    let all = named.flat_map(|block| block.start..block.start + block.len);
    all.map(|i| (params.unconstrained[i], svi.gradient[i]))
        .collect()
}
