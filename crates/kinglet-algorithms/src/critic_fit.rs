//! How a critic learns by itself, beside a policy that does not use its optimiser.

use kinglet_nn::{Adam, Scalar};
use ndarray::{ArrayView2, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, rate};
use crate::learner::{adam, load_adam, save_adam};
use crate::minibatches::{Order, gather};
use crate::{Agent, Baseline, Checkpoint, Element, Error, Rate, Samples};

/// How a critic learns by itself: least squares by Adam, over minibatches. Catalogue: DECK-08.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CriticFit {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// Passes over a rollout; 0 for none.
    pub epochs: usize,
    /// Samples of a gradient.
    pub minibatch: usize,
}

impl Default for CriticFit {
    /// As Stable-Baselines3's TRPO has it.
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(1e-3),
            epochs: 10,
            minibatch: 128,
        }
    }
}

impl CriticFit {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.critic.learning_rate", self.learning_rate)?;
        at_least_one("algorithm.critic.minibatch", self.minibatch)
    }
}

/// A fit in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct Fitter<S> {
    settings: CriticFit,
    adam: Adam<S>,
    gradient: Vec<S>,
    observations: Vec<S>,
    d_values: Vec<S>,
}

impl<S: Scalar + Element> Fitter<S> {
    pub(crate) fn new(settings: CriticFit, agent: &Agent<S>) -> Self {
        let n = agent.critic.n_params();
        Self {
            settings,
            adam: adam(n),
            gradient: vec![S::zero(); n],
            observations: Vec::new(),
            d_values: Vec::new(),
        }
    }

    /// Fits the critic to the returns, if it is the baseline, and gives its mean squared error in the last pass.
    pub(crate) fn fit(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<f64> {
        if samples.baseline != Baseline::Critic {
            return None;
        }
        self.adam.learning_rate = S::from_f64(self.settings.learning_rate.at(progress));
        let mut order = Order::new(samples.len());
        let mut loss = None;
        for _ in 0..self.settings.epochs {
            let mut squares = 0.0;
            for rows in order.shuffled(self.settings.minibatch, rng) {
                squares += self.step(agent, samples, rows);
            }
            loss = Some(squares / samples.len() as f64);
        }
        loss
    }

    /// One step on these rows; gives the sum of the squared errors before it.
    fn step(&mut self, agent: &mut Agent<S>, samples: &Samples<'_, S>, rows: &[u32]) -> f64 {
        let x = gather(&samples.batch.observations, rows, &mut self.observations);
        let params = &mut agent.params[agent.policy.n_params()..];
        let states = x.slice_move(s![.., ..agent.critic.n_inputs()]);
        let values = agent.critic.forward(params, states, &mut agent.cache);
        let share = S::from_f64(2.0 / rows.len() as f64);
        let errors = values.iter().zip(rows);
        self.d_values.clear();
        self.d_values
            .extend(errors.map(|(v, row)| share * (*v - samples.returns[*row as usize])));
        self.gradient.fill(S::zero());
        let d = ArrayView2::from_shape((rows.len(), 1), &self.d_values).expect("a column");
        let (critic, cache) = (&agent.critic, &mut agent.cache);
        critic.vjp(params, cache, d, &mut self.gradient, None);
        self.adam.step(params, &self.gradient);
        let squares: S = self.d_values.iter().map(|d| *d * *d).sum();
        (squares / (share * share)).to_f64().unwrap_or(f64::NAN)
    }

    pub(crate) fn save(&self, checkpoint: &mut Checkpoint) {
        save_adam(&self.adam, "critic.adam", checkpoint);
    }

    pub(crate) fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        load_adam(&mut self.adam, "critic.adam", checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;
    use crate::samples::tests::gathered;
    use crate::{Config, Samples};

    /// The mean squared error, and the length of its gradient by differences.
    fn error(agent: &mut Agent<f64>, samples: &Samples<'_, f64>) -> (f64, f64) {
        let mut values = Vec::new();
        let mut at = |agent: &mut Agent<f64>| {
            agent.value(samples.batch.states(), &mut values);
            let pairs = values.iter().zip(samples.returns);
            pairs.map(|(v, g)| (v - g).powi(2)).sum::<f64>() / samples.len() as f64
        };
        let mut square = 0.0;
        for i in agent.policy.n_params()..agent.params.len() {
            let old = agent.params[i];
            agent.params[i] = old + 1e-5;
            let above = at(agent);
            agent.params[i] = old - 1e-5;
            square += ((above - at(agent)) / 2e-5).powi(2);
            agent.params[i] = old;
        }
        (at(agent), square.sqrt())
    }

    #[test]
    fn deck_08_the_critic_goes_to_least_squares_and_says_how_far_it_was() {
        let (mut agent, batch, mut appraisal) = gathered(&Config::default());
        let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
        let settings = CriticFit {
            learning_rate: Rate::linear(0.02, 0.0),
            epochs: 1,
            minibatch: samples.len(),
        };
        let mut fitter = Fitter::new(settings, &agent);
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
        let actor = agent.actor().to_vec();
        let (first, slope) = error(&mut agent, &samples);
        let told = fitter.fit(&mut agent, &samples, 0.0, rng).unwrap();
        assert!((told - first).abs() < 1e-9 * first, "{told} {first}");
        let norm = fitter.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!((norm / slope - 1.0).abs() < 1e-6, "{norm} {slope}");
        for step in 1..2000 {
            fitter.fit(&mut agent, &samples, f64::from(step) / 2000.0, rng);
        }
        let (last, slope_left) = error(&mut agent, &samples);
        assert!(
            last < 0.5 * first && slope_left < 0.01 * slope,
            "{last} {slope_left}"
        );
        assert_eq!(agent.actor(), actor);
    }

    #[test]
    fn at_the_end_of_its_schedule_the_critic_stands_still() {
        let (mut agent, batch, mut appraisal) = gathered(&Config::default());
        let samples = appraisal.appraise(&mut agent, &batch, 0.0).unwrap();
        let settings = CriticFit {
            learning_rate: Rate::linear(0.02, 0.0),
            ..CriticFit::default()
        };
        let before = agent.params.clone();
        let mut fitter = Fitter::new(settings, &agent);
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
        fitter.fit(&mut agent, &samples, 1.0, rng);
        assert_eq!(agent.params, before);
    }
}
