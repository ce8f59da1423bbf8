//! Maximum a posteriori policy optimisation in the middle of a run.

mod e_step;
#[cfg(test)]
mod inside;

use kinglet_nn::{Adam, Scalar, polyak};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::dual::Tilt;
use super::m_step::Fit;
use super::multiplier::Multiplier;
use super::shard::{Networks, Shard};
use super::{EStepConstraint, EStepForm, MStepBounds, Mpo};
use crate::critics::{CriticSteps, add, share};
use crate::learner::{load_adam, save_adam};
use crate::pathwise::fill_normal;
use crate::{
    ActionInput, Agent, Checkpoint, Config, Diagnostics, Element, Error, Minibatch,
    OffPolicyLearner, Replay,
};

/// Maximum a posteriori policy optimisation in the middle of a run.
#[derive(Debug)]
pub(crate) struct MpoLearner<S> {
    settings: Mpo,
    discount: f64,
    /// How critics see continuous actions.
    input: Option<ActionInput>,
    critics: CriticSteps<S>,
    actor: Adam<S>,
    /// π̄'s parameters.
    target_actor: Vec<S>,
    /// A parametric q's parameters, and its optimiser.
    candidate: Vec<S>,
    candidate_adam: Adam<S>,
    /// η of the last update.
    pub(super) temperature: f64,
    /// η where it is learned.
    price: Multiplier,
    /// Those of ε_μ and ε_Σ.
    multipliers: [Multiplier; 2],
    updates: u64,
    noise: Vec<S>,
    pub(super) tilt: Tilt,
    pub(super) shards: Vec<Shard<S>>,
}

impl<S: Scalar + Element> MpoLearner<S> {
    pub(crate) fn new(settings: Mpo, config: &Config, agent: &Agent<S>) -> Self {
        let (shards, n) = (config.replay.shards, agent.policy.n_params());
        let rate = settings.multiplier_learning_rate;
        let candidate = match settings.e_step {
            EStepForm::NonParametric => Vec::new(),
            EStepForm::Parametric => agent.actor().to_vec(),
        };
        Self {
            discount: config.advantage.discount,
            input: ActionInput::new(&agent.policy, &agent.actions),
            critics: CriticSteps::new(agent, shards),
            actor: Adam::new(n, S::zero()),
            target_actor: agent.actor().to_vec(),
            candidate_adam: Adam::new(candidate.len(), S::zero()),
            candidate,
            temperature: settings.temperature,
            price: Multiplier::new(settings.temperature, rate),
            multipliers: [settings.mean_multiplier, settings.covariance_multiplier]
                .map(|start| Multiplier::new(start, rate)),
            updates: 0,
            noise: Vec::new(),
            tilt: Tilt::default(),
            shards: vec![Shard::default(); shards],
            settings,
        }
    }

    /// What all shards read.
    fn networks<'a>(&'a self, agent: &'a Agent<S>, minibatch: &'a Minibatch<S>) -> Networks<'a, S> {
        let steps: usize = minibatch.lengths.iter().sum();
        Networks {
            settings: &self.settings,
            agent,
            input: self.input.as_ref(),
            minibatch,
            target_critics: &self.critics.targets,
            target_actor: &self.target_actor,
            candidate: &self.candidate,
            temperature: S::from_f64(self.price()),
            multipliers: [0, 1].map(|k| S::from_f64(self.multipliers[k].value())),
            discount: S::from_f64(self.discount),
            share: S::from_f64((steps as f64).recip()),
        }
    }

    /// Q̄ of the actions of π̄, and each shard's share of the gradients of the critics and of a parametric q.
    pub(super) fn evaluate(
        &mut self,
        agent: &Agent<S>,
        minibatch: &Minibatch<S>,
        rng: &mut Xoshiro256PlusPlus,
    ) {
        let before = |sequence: usize| minibatch.lengths[..sequence].iter().sum::<usize>();
        let a_step = self.input.as_ref().map_or(0, ActionInput::n_action) * self.settings.actions;
        let all = before(minibatch.sequences) * a_step;
        self.noise.resize(all, S::zero());
        fill_normal(&mut self.noise, rng);
        let mut shards = std::mem::take(&mut self.shards);
        let mut fits = std::mem::take(&mut self.critics.fits);
        let (networks, n) = (self.networks(agent, minibatch), shards.len());
        let each = shards.par_iter_mut().zip(&mut fits).enumerate();
        each.for_each(|(k, (shard, fits))| {
            let own = share(minibatch.sequences, n, k);
            let noise = before(own.start) * a_step..before(own.end) * a_step;
            shard.evaluate(&networks, own, &self.noise[noise], fits);
        });
        (self.shards, self.critics.fits) = (shards, fits);
    }

    /// Each shard's share of the policy's gradient.
    pub(super) fn fit(&mut self, agent: &Agent<S>, minibatch: &Minibatch<S>) -> Fit<f64> {
        let mut shards = std::mem::take(&mut self.shards);
        let networks = self.networks(agent, minibatch);
        let mut rest = self.tilt.weights.as_slice();
        let mut weights = Vec::with_capacity(shards.len());
        for shard in &shards {
            let own = shard.q.len().min(rest.len());
            weights.push(&rest[..own]);
            rest = &rest[own..];
        }
        let each = shards.par_iter_mut().zip(weights);
        each.for_each(|(shard, weights)| shard.fit(&networks, weights));
        self.shards = shards;
        let total = |of: fn(&Shard<S>) -> S| {
            let sum: S = self.shards.iter().map(of).sum();
            sum.to_f64().unwrap_or(f64::NAN)
        };
        Fit {
            loss: total(|shard| shard.fit.loss),
            kls: [
                total(|shard| shard.fit.kls[0]),
                total(|shard| shard.fit.kls[1]),
            ],
        }
    }

    /// Whether mean and covariance have a bound each.
    fn is_decoupled(&self) -> bool {
        self.input.is_some() && self.settings.m_step == MStepBounds::Decoupled
    }

    /// The steps of the policy, of the multipliers, and, where they are due, of the targets.
    fn step(&mut self, agent: &mut Agent<S>, kls: [f64; 2], learning_rate: f64) {
        let (actor, critics) = agent.halves_mut();
        self.actor.learning_rate = S::from_f64(learning_rate);
        let gradient = sum(&mut self.shards, |shard| &mut shard.d_actor);
        self.actor.step(actor, gradient);
        self.critics.step(critics, learning_rate);
        self.multipliers[0].step(kls[0], self.settings.mean_kl_bound);
        if self.is_decoupled() {
            self.multipliers[1].step(kls[1], self.settings.covariance_kl_bound);
        }
        self.updates += 1;
        if self
            .updates
            .is_multiple_of(self.settings.target_every as u64)
        {
            let rate = self.settings.target_rate;
            follow(&mut self.target_actor, actor, rate);
            follow(&mut self.critics.targets, critics, rate);
        }
    }
}

/// The sum of the shards' gradients, in their order.
fn sum<S: Scalar>(shards: &mut [Shard<S>], of: fn(&mut Shard<S>) -> &mut Vec<S>) -> &[S] {
    let (first, others) = shards.split_first_mut().expect("a shard");
    let first = of(first);
    for other in others {
        add(first, of(other));
    }
    first
}

/// Moves a target a share of the way.
fn follow<S: Scalar>(target: &mut [S], params: &[S], rate: f64) {
    if rate == 1.0 {
        target.copy_from_slice(params);
    } else {
        polyak(target, params, S::from_f64(rate));
    }
}

impl<S: Scalar + Element> OffPolicyLearner<S> for MpoLearner<S> {
    fn learn(
        &mut self,
        agent: &mut Agent<S>,
        minibatch: &Minibatch<S>,
        _replay: &Replay<S>,
        progress: f64,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Diagnostics, Error> {
        let learning_rate = self.settings.learning_rate.at(progress);
        self.evaluate(agent, minibatch, rng);
        let kl = self.improve(agent, learning_rate);
        let fit = self.fit(agent, minibatch);
        self.step(agent, fit.kls, learning_rate);
        let (value_loss, action_value) = self.critics.loss_and_value();
        let entropy: S = self.shards.iter().map(|shard| shard.entropy).sum();
        let (settings, decoupled) = (&self.settings, self.is_decoupled());
        let bounded = settings.constraint != EStepConstraint::Soft;
        Ok(Diagnostics {
            policy_loss: Some(fit.loss),
            value_loss: Some(value_loss),
            action_value: Some(action_value),
            entropy: entropy.to_f64(),
            temperature: Some(self.temperature),
            e_step_kl: bounded.then(|| kl / settings.kl_bound),
            mean_kl: decoupled.then(|| fit.kls[0] / settings.mean_kl_bound),
            covariance_kl: decoupled.then(|| fit.kls[1] / settings.covariance_kl_bound),
            kl: (!decoupled).then_some(fit.kls[0]),
            kl_bound: (!decoupled).then_some(settings.mean_kl_bound),
            ..Diagnostics::default()
        })
    }

    fn save(&self, checkpoint: &mut Checkpoint) {
        self.critics.save(checkpoint);
        save_adam(&self.actor, "actor", checkpoint);
        checkpoint.insert_slice("target_actor", &self.target_actor);
        save_adam(&self.candidate_adam, "candidate", checkpoint);
        checkpoint.insert_slice("candidate", &self.candidate);
        checkpoint.insert_slice("temperature", &[self.temperature]);
        self.price.save("price", checkpoint);
        self.multipliers[0].save("mean_multiplier", checkpoint);
        self.multipliers[1].save("covariance_multiplier", checkpoint);
        checkpoint.insert_slice("updates", &[self.updates]);
    }

    fn load(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.critics.load(checkpoint)?;
        load_adam(&mut self.actor, "actor", checkpoint)?;
        checkpoint.copy_to("target_actor", &mut self.target_actor)?;
        load_adam(&mut self.candidate_adam, "candidate", checkpoint)?;
        checkpoint.copy_to("candidate", &mut self.candidate)?;
        self.temperature = checkpoint.number("temperature")?;
        self.updates = checkpoint.number("updates")?;
        self.price.load("price", checkpoint)?;
        self.multipliers[0].load("mean_multiplier", checkpoint)?;
        self.multipliers[1].load("covariance_multiplier", checkpoint)
    }
}
