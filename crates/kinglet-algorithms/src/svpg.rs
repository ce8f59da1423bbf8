//! The Stein variational policy gradient.

use kinglet_nn::{Adam, Scalar, clip_global_norm};
use kinglet_objectives::{median_width, svgd_direction};
use ndarray::{Array2, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{above_zero, positive, rate};
use crate::critic_fit::Fitter;
use crate::learner::{adam, load_adam, save_adam};
use crate::{Agent, Checkpoint, CriticFit, Diagnostics, Element, Error, Learner, Rate, Samples};

/// The Stein variational policy gradient: a policy for each shard of environments, which learn from each other as far as
/// they are alike and keep apart. Catalogue: XU-04.
///
/// ```text
/// θᵢ ← θᵢ + η 1/n Σⱼ [ k(θⱼ, θᵢ) ( ∇R(θⱼ) + α ∇ln p₀(θⱼ) ) + α ∂k(θⱼ, θᵢ)/∂θⱼ ],   p₀ = N(0, s²)
/// ```
///
/// k is Gaussian, of the median's width, found anew in each update. R is the mean over the steps of a rollout, so α is in
/// units of the (normalised) advantage of one step. One critic serves all particles: as a baseline it leaves the mean of
/// their gradients alone, and it learns from n times the data. The agent acts, when it does not train, with the particle
/// whose episodes have returned most.
///
/// # Source
/// Liu, Ramachandran, Liu & Peng 2017, algorithm 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Svpg {
    /// Adam's learning rate.
    pub learning_rate: Rate,
    /// The length to which a longer step's direction, of all particles together, is cut; `inf` for none.
    pub max_gradient_norm: f64,
    /// α > 0, what a nat of the particles' law is worth, in units of the advantage of a step.
    pub temperature: Rate,
    /// s, the standard deviation of the prior N(0, s²) of each parameter; `inf` for none.
    pub prior_std: f64,
    /// How the critic learns, where it is the baseline.
    pub critic: CriticFit,
}

impl Default for Svpg {
    fn default() -> Self {
        Self {
            learning_rate: Rate::Constant(1e-2),
            max_gradient_norm: f64::INFINITY,
            temperature: Rate::Constant(1e-4),
            prior_std: f64::INFINITY,
            critic: CriticFit::default(),
        }
    }
}

impl Svpg {
    pub(crate) fn check(&self) -> Result<(), Error> {
        rate("algorithm.learning_rate", self.learning_rate)?;
        above_zero("algorithm.max_gradient_norm", self.max_gradient_norm)?;
        for temperature in [self.temperature.at(0.0), self.temperature.at(1.0)] {
            positive("algorithm.temperature", temperature)?;
        }
        above_zero("algorithm.prior_std", self.prior_std)?;
        self.critic.check()
    }
}

/// SVPG in the middle of a run.
#[derive(Clone, Debug)]
pub(crate) struct SvpgLearner<S> {
    settings: Svpg,
    /// Parameters of one particle.
    n: usize,
    /// θ of each; none before the first rollout.
    particles: Vec<Vec<S>>,
    /// The decaying average of each one's returns; −∞ before an episode has ended.
    returns: Vec<f64>,
    /// One for all.
    adam: Adam<S>,
    fitter: Fitter<S>,
}

/// The direction of each particle, up. Catalogue: XU-04.
///
/// # Shapes
/// `particles`, `gradients`, of R: `[n, P]`. Returns `[n, P]`.
pub(crate) fn direction(
    particles: &Array2<f64>,
    gradients: Array2<f64>,
    temperature: f64,
    prior_std: f64,
) -> Array2<f64> {
    let score = gradients - particles * (temperature * prior_std.powi(-2));
    if particles.nrows() < 2 {
        return score;
    }
    let width = median_width(particles.view());
    svgd_direction(particles.view(), (score / temperature).view(), width) * temperature
}

impl<S: Scalar + Element> SvpgLearner<S> {
    pub(crate) fn new(settings: Svpg, agent: &Agent<S>) -> Self {
        Self {
            n: agent.policy.n_params(),
            particles: Vec::new(),
            returns: Vec::new(),
            adam: adam(0),
            fitter: Fitter::new(settings.critic.clone(), agent),
            settings,
        }
    }

    /// These particles, with nothing known of them.
    fn begin(&mut self, particles: Vec<Vec<S>>) {
        self.adam = adam(particles.iter().map(Vec::len).sum());
        self.returns = vec![f64::NEG_INFINITY; particles.len()];
        self.particles = particles;
    }

    /// ∇R of each particle, over its own rows; gives the mean of Â log π too.
    fn gradients(&self, agent: &mut Agent<S>, samples: &Samples<'_, S>) -> (Array2<f64>, f64) {
        let (policy, batch, mut weights) = (&agent.policy, samples.batch, samples.whole());
        let terms = weights.iter().zip(&batch.log_probs).map(|(a, l)| *a * *l);
        let objective = terms.sum::<S>().to_f64().unwrap_or(f64::NAN) / samples.len() as f64;
        let (n, n_action) = (policy.n_params(), policy.n_action());
        let mut gradients = Array2::zeros((self.particles.len(), n));
        let mut own = vec![S::zero(); n];
        for (k, theta) in self.particles.iter().enumerate() {
            let rows = self.rows(samples, k);
            let weights = &mut weights[rows.clone()];
            let share = S::from_f64((rows.len() as f64).recip());
            weights.iter_mut().for_each(|w| *w *= share);
            let x = batch.observations.slice(s![rows.clone(), ..]);
            policy.forward(theta, x, &mut agent.memory);
            let actions = &batch.actions[rows.start * n_action..rows.end * n_action];
            policy.weigh_log_probs(actions, weights, &mut agent.memory);
            own.fill(S::zero());
            policy.vjp(theta, &mut agent.memory, &mut own);
            let numbers = own.iter().map(|x| x.to_f64().unwrap_or(f64::NAN));
            gradients
                .row_mut(k)
                .iter_mut()
                .zip(numbers)
                .for_each(|(g, x)| *g = x);
        }
        (gradients, objective)
    }

    /// Its rows of a rollout.
    fn rows(&self, samples: &Samples<'_, S>, k: usize) -> std::ops::Range<usize> {
        let own = self.per_particle(samples) * samples.batch.steps;
        k * own..((k + 1) * own).min(samples.len())
    }

    /// The environments of each.
    fn per_particle(&self, samples: &Samples<'_, S>) -> usize {
        samples.batch.environments.div_ceil(self.particles.len())
    }

    /// Takes the episodes that have ended into the averages, and gives the best particle, the first of equals.
    fn rank(&mut self, samples: &Samples<'_, S>) -> usize {
        let per_particle = self.per_particle(samples);
        for episode in &samples.batch.finished {
            let average = &mut self.returns[episode.environment / per_particle];
            *average = if average.is_finite() {
                *average + 0.1 * (episode.total - *average)
            } else {
                episode.total
            };
        }
        let better = |best: usize, k: usize| {
            if self.returns[k] > self.returns[best] {
                k
            } else {
                best
            }
        };
        (0..self.returns.len()).fold(0, better)
    }

    /// One step of all particles along these directions, up; gives the directions' length.
    fn step(&mut self, up: &Array2<f64>, progress: f64) -> f64 {
        let mut down: Vec<S> = up.iter().map(|x| S::from_f64(-x)).collect();
        let norm = clip_global_norm(&mut down, self.settings.max_gradient_norm);
        self.adam.learning_rate = S::from_f64(self.settings.learning_rate.at(progress));
        let mut flat = self.particles.concat();
        self.adam.step(&mut flat, &down);
        for (particle, flat) in self.particles.iter_mut().zip(flat.chunks_exact(up.ncols())) {
            particle.copy_from_slice(flat);
        }
        norm
    }
}

impl<S: Scalar + Element> Learner<S> for SvpgLearner<S> {
    fn behaviours(
        &mut self,
        agent: &Agent<S>,
        shards: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<&[Vec<S>]> {
        if self.particles.is_empty() {
            let drawn = (1..shards).map(|_| agent.draw_actor(rng));
            self.begin(
                std::iter::once(agent.actor().to_vec())
                    .chain(drawn)
                    .collect(),
            );
        }
        Some(&self.particles)
    }

    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        samples: &Samples<'_, S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let temperature = self.settings.temperature.at(progress);
        let (gradients, objective) = self.gradients(agent, samples);
        let places = Array2::from_shape_fn(gradients.dim(), |(k, i)| {
            self.particles[k][i].to_f64().unwrap_or(f64::NAN)
        });
        let up = direction(&places, gradients, temperature, self.settings.prior_std);
        let norm = self.step(&up, progress);
        let best = self.rank(samples);
        agent.params[..up.ncols()].copy_from_slice(&self.particles[best]);
        let value_loss = self.fitter.fit(agent, samples, progress, rng);
        Ok(Diagnostics {
            policy_loss: Some(-objective),
            value_loss,
            gradient_norm: Some(norm),
            step_size: Some(self.settings.learning_rate.at(progress)),
            temperature: Some(temperature),
            posterior_std: Some(spread(&places)),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        checkpoint.insert_slice("particles", &self.particles.concat());
        checkpoint.insert_slice("particles.returns", &self.returns);
        save_adam(&self.adam, "adam", checkpoint);
        self.fitter.save(checkpoint);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let particles = checkpoint.array::<f64>("particles.returns")?.len();
        let mut flat = vec![S::zero(); particles * self.n];
        checkpoint.copy_to("particles", &mut flat)?;
        self.begin(flat.chunks_exact(self.n).map(<[S]>::to_vec).collect());
        checkpoint.copy_to("particles.returns", &mut self.returns)?;
        load_adam(&mut self.adam, "adam", checkpoint)?;
        self.fitter.load(checkpoint)
    }
}

/// The mean over the parameters of the particles' standard deviation.
fn spread(particles: &Array2<f64>) -> f64 {
    let std = particles.std_axis(ndarray::Axis(0), 0.0);
    std.mean().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    /// One particle climbs R and the prior, and so do particles far apart, each at 1/n of the speed.
    #[test]
    fn xu_04_alone_it_is_the_policy_gradient() {
        let gradient = array![[0.3, -2.0]];
        let alone = direction(&array![[1.0, 4.0]], gradient.clone(), 0.1, 2.0);
        let expected = array![[0.3 - 0.1 / 4.0, -2.0 - 0.1]];
        assert!((alone - &expected).iter().all(|off| off.abs() < 1e-15));
        let bare = direction(&array![[1.0, 4.0]], gradient.clone(), 0.1, f64::INFINITY);
        assert_eq!(bare, gradient);
    }

    /// Two particles at −1 and 1: the median width is 4 / ln 2, so that k = ½, and by hand
    /// ½ [ ½ g₂ + g₁ + α ½ (2 ln 2 / 4) (θ₁ − θ₂) ].
    #[test]
    fn xu_04_two_particles_share_and_repel() {
        let (particles, gradients) = (array![[-1.0], [1.0]], array![[0.6], [-0.2]]);
        let found = direction(&particles, gradients, 0.3, f64::INFINITY);
        let apart = 0.3 * 0.5 * (0.5 * 2f64.ln()) * 2.0;
        let expected = array![[0.5 * (0.6 - 0.1 - apart)], [0.5 * (-0.2 + 0.3 + apart)]];
        assert!((found - expected).iter().all(|off| off.abs() < 1e-15));
    }

    /// R = −½ (θ − b)ᵀ C (θ − b): the particles' mean is the posterior's; colder, they stand closer.
    #[test]
    fn xu_04_xu_19_particles_settle_in_the_posterior() {
        let (curvature, best) = (array![1.0, 4.0], array![0.7, -0.5]);
        let mut particles =
            Array2::from_shape_fn((20, 2), |(k, i)| (3.0 * k as f64 + i as f64).sin());
        let mut spreads = Vec::new();
        for temperature in [1.0, 0.1] {
            for _ in 0..5000 {
                let gradients = -(&particles - &best) * &curvature;
                let up = direction(&particles, gradients, temperature, 0.8);
                particles.scaled_add(0.1, &up);
            }
            let precision = &curvature / temperature + 1.0 / 0.64;
            let mean: Array1<f64> = &curvature * &best / temperature / precision;
            let found = particles.mean_axis(ndarray::Axis(0)).unwrap();
            assert!((found - mean).iter().all(|off| off.abs() < 1e-3));
            spreads.push(spread(&particles));
        }
        assert!(spreads[1] < 0.6 * spreads[0], "{spreads:?}");
    }
}
