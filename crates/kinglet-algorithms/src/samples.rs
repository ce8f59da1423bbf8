//! What an update learns from.

use kinglet_critics::{DecayingAverage, Next};
use kinglet_nn::Scalar;

use crate::{AdvantageConfig, Agent, Baseline, Batch, Error, Weights};

/// A rollout, and what each of its steps was found to be worth.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, S> {
    /// The rollout: observations, actions and their log-probabilities under the policy that took them, `[N T]`.
    pub batch: &'a Batch<S>,
    /// Â of each step, `[N T]`.
    pub advantages: &'a [S],
    /// v of each step, `[N T]`: the baseline.
    pub values: &'a [S],
    /// What the critic is to learn: Â + v, `[N T]`.
    pub returns: &'a [S],
    /// What each step weighs in a gradient, `[N T]`; `None` for all alike.
    pub weights: Option<&'a [S]>,
    /// What the advantage was taken over.
    pub baseline: Baseline,
    /// Whether the advantages of each gradient are to be brought to mean 0 and variance 1.
    pub normalise: bool,
}

impl<S: Scalar> Samples<'_, S> {
    /// Steps.
    pub fn len(&self) -> usize {
        self.advantages.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.advantages.is_empty()
    }

    /// The advantages of all steps as one gradient is to have them: normalised if they are to be, and weighed.
    pub fn whole(&self) -> Vec<S> {
        let mut advantages = self.advantages.to_vec();
        if self.normalise {
            normalise(&mut advantages);
        }
        if let Some(weights) = self.weights {
            for (advantage, weight) in advantages.iter_mut().zip(weights) {
                *advantage *= *weight;
            }
        }
        advantages
    }

    /// −log π of the actions taken, on the average: an estimate of the entropy.
    pub fn entropy(&self) -> f64 {
        -mean(&self.batch.log_probs)
    }
}

/// Brings numbers to mean 0 and variance 1 (that of a sample, with n − 1); where they do not vary, to 0.
pub(crate) fn normalise<S: Scalar>(x: &mut [S]) {
    let n = x.len() as f64;
    let mean = mean(x);
    let wide = |x: &S| x.to_f64().unwrap_or(f64::NAN);
    let squares: f64 = x.iter().map(|x| (wide(x) - mean).powi(2)).sum();
    let scale = ((squares / (n - 1.0).max(1.0)).sqrt() + 1e-8).recip();
    x.iter_mut()
        .for_each(|x| *x = S::from_f64((wide(x) - mean) * scale));
}

/// The mean of a slice, summed in f64.
pub(crate) fn mean<S: Scalar>(x: &[S]) -> f64 {
    let sum: f64 = x.iter().map(|x| x.to_f64().unwrap_or(f64::NAN)).sum();
    sum / x.len() as f64
}

/// Finds what the steps of a rollout were worth, and keeps the numbers.
#[derive(Clone, Debug)]
pub(crate) struct Appraisal<S> {
    config: AdvantageConfig,
    /// The baseline that is one number.
    pub(crate) average: DecayingAverage<S>,
    values: Vec<S>,
    finals: Vec<S>,
    rewards: Vec<S>,
    next: Vec<Next<S>>,
    advantages: Vec<S>,
    returns: Vec<S>,
    weights: Vec<S>,
}

impl<S: Scalar> Appraisal<S> {
    pub(crate) fn new(config: &AdvantageConfig) -> Result<Self, Error> {
        Ok(Self {
            config: config.clone(),
            average: DecayingAverage::new(S::from_f64(0.9))?,
            values: Vec::new(),
            finals: Vec::new(),
            rewards: Vec::new(),
            next: Vec::new(),
            advantages: Vec::new(),
            returns: Vec::new(),
            weights: Vec::new(),
        })
    }

    /// The advantages and returns of a rollout, of rewards less α log π.
    ///
    /// Catalogue: DECK-06, DECK-07, DECK-09, XU-11.
    pub(crate) fn appraise<'a>(
        &'a mut self,
        agent: &mut Agent<S>,
        batch: &'a Batch<S>,
        temperature: f64,
    ) -> Result<Samples<'a, S>, Error> {
        self.value(agent, batch);
        self.reward(batch, S::from_f64(temperature));
        let config = &self.config;
        batch.advantages(
            &self.rewards,
            (&self.values, &self.finals),
            (S::from_f64(config.discount), S::from_f64(config.lambda)),
            &mut self.next,
            &mut self.advantages,
        )?;
        self.returns.clear();
        let pairs = self.advantages.iter().zip(&self.values);
        self.returns.extend(pairs.map(|(a, v)| *a + *v));
        if self.config.baseline == Baseline::Average {
            self.average.update(S::from_f64(mean(&self.returns)));
        }
        self.weigh(batch);
        Ok(Samples {
            batch,
            advantages: &self.advantages,
            values: &self.values,
            returns: &self.returns,
            weights: (!self.weights.is_empty()).then_some(&self.weights),
            baseline: self.config.baseline,
            normalise: self.config.normalise,
        })
    }

    fn value(&mut self, agent: &mut Agent<S>, batch: &Batch<S>) {
        let constant = match self.config.baseline {
            Baseline::Critic => {
                agent.value(batch.states(), &mut self.values);
                agent.value(batch.finals(), &mut self.finals);
                return;
            }
            Baseline::Average => self.average.value,
            Baseline::None => S::zero(),
        };
        for (values, length) in [
            (&mut self.values, batch.rewards.len()),
            (&mut self.finals, batch.final_rows.len()),
        ] {
            values.clear();
            values.resize(length, constant);
        }
    }

    /// r − α log π.
    fn reward(&mut self, batch: &Batch<S>, temperature: S) {
        self.rewards.clear();
        let pairs = batch.rewards.iter().zip(&batch.log_probs);
        self.rewards.extend(pairs.map(|(r, log_prob)| {
            if temperature == S::zero() {
                *r
            } else {
                *r - temperature * *log_prob
            }
        }));
    }

    /// γᵗ, where steps weigh by it.
    fn weigh(&mut self, batch: &Batch<S>) {
        self.weights.clear();
        if self.config.weights == Weights::Discounted {
            let discount = self.config.discount;
            let power = |t: &usize| S::from_f64(discount.powi((*t).min(i32::MAX as usize) as i32));
            self.weights.extend(batch.times.iter().map(power));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kinglet_envs::{CartPole, End, Episode, Simulator};
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    use super::*;
    use crate::{Config, Rollouts};

    /// An agent of small networks, and what it gathered in four CartPoles of at most 20 steps.
    pub(crate) fn gathered(config: &Config) -> (Agent<f64>, Batch<f64>, Appraisal<f64>) {
        let mut config = config.clone();
        (config.policy.hidden, config.critic.hidden) = (vec![8], vec![8]);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let make = |rng: &mut Xoshiro256PlusPlus| Episode::new(CartPole::default(), Some(20), rng);
        let mut rollouts = Rollouts::from_stream(4, 1, rng.clone(), make).unwrap();
        let actions = rollouts.places[0].simulator.actions();
        let agent = Agent::new(&config, 4, &actions, &mut rng).unwrap();
        let mut batch = Batch::new(4, 64, &agent.policy).unwrap();
        let params = agent.actor().to_vec();
        rollouts
            .collect(&agent.policy, &params, &mut batch)
            .unwrap();
        (agent, batch, Appraisal::new(&config.advantage).unwrap())
    }

    /// Of one step, r + γ v(s') as it stands there: v of the next row, 0 after an end, v of what was seen where the
    /// episode was cut.
    #[test]
    fn returns_look_one_step_ahead_and_bootstrap_from_what_was_seen_last() {
        let mut config = Config::default();
        config.advantage.lambda = 0.0;
        let (mut agent, batch, mut appraisal) = gathered(&config);
        let (mut values, mut finals) = (Vec::new(), Vec::new());
        agent.value(batch.states(), &mut values);
        agent.value(batch.finals(), &mut finals);
        let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
        let (mut cut, mut over) = (0, 0);
        for row in 0..samples.len() {
            let last = batch.final_rows.iter().position(|own| *own == row);
            let next = match (last, batch.ends[row]) {
                (Some(k), _) => finals[k],
                (None, Some(End::Terminated)) => 0.0,
                (None, _) => values[row + 1],
            };
            cut += usize::from(batch.ends[row] == Some(End::Truncated));
            over += usize::from(batch.ends[row] == Some(End::Terminated));
            let expected = batch.rewards[row] + 0.99 * next;
            assert!((samples.returns[row] - expected).abs() < 1e-12, "{row}");
            let advantage = expected - values[row];
            assert!((samples.advantages[row] - advantage).abs() < 1e-12, "{row}");
        }
        assert!(cut > 2 && over > 2, "{cut} {over}");
    }

    #[test]
    fn the_baseline_that_is_one_number_follows_the_returns() {
        let mut config = Config::default();
        config.advantage.baseline = Baseline::Average;
        config.advantage.lambda = 1.0;
        let (mut agent, batch, mut appraisal) = gathered(&config);
        let mut expected = 0.0;
        for _ in 0..3 {
            let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
            assert!(samples.values.iter().all(|v| (v - expected).abs() < 1e-12));
            expected = 0.9 * expected + 0.1 * mean(samples.returns);
        }
    }

    #[test]
    fn normalised_advantages_have_mean_zero_and_variance_one_and_are_weighed_after_that() {
        let mut config = Config::default();
        config.advantage.weights = Weights::Discounted;
        let (mut agent, batch, mut appraisal) = gathered(&config);
        let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
        let whole = samples.whole();
        let times = batch.times.iter();
        let free = times.zip(&whole).map(|(t, a)| a / 0.99f64.powi(*t as i32));
        let free: Vec<f64> = free.collect();
        let centre = mean(&free);
        let squares: f64 = free.iter().map(|a| (a - centre).powi(2)).sum();
        assert!(centre.abs() < 1e-12 && (squares / 255.0 - 1.0).abs() < 1e-6);
        let mut alike = [2.0; 4];
        normalise(&mut alike);
        assert_eq!(alike, [0.0; 4]);
    }
}
