//! Reinforcement learning as a pair of programs, over any environment.

use kinglet_distributions::{Categorical, ImproperUniform};
use kinglet_envs::{Action, Bounds, Discrete, Env, Space};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::{Error, Name, Program, Scalar, Seed, Trace};

/// `model(env)`: an episode whose every step is optimal. Catalogue: DECK-16.
///
/// ```text
/// s₁ ~ p(s₁),   aₜ ~ uniform,   sₜ₊₁ ~ p(· | sₜ, aₜ),   log p(Oₜ | sₜ, aₜ) = rₜ       t = 1 … T, or until it ends
/// ```
///
/// Chance comes through [seeds](Seed): the site `s[t]` holds the seed that the environment makes its step with, so that
/// any environment will do, and its unknown probabilities cancel between model and guide:
/// log p − log q = Σ (rₜ − log q(aₜ | sₜ)) and the constant of the action's prior. Steps are counted from 0; `horizon` is
/// T, the steps of an episode, not one more. A reward is a factor, so it may be positive; but where an episode's length
/// depends on the actions a constant added to the rewards changes what is best.
#[derive(Clone, Copy, Debug)]
pub struct ControlModel<'a, E> {
    /// The environment.
    pub env: &'a E,
    /// T.
    pub horizon: usize,
}

/// `guide(env, policy)`: the same episode with the policy's actions. Catalogue: DECK-16.
#[derive(Clone, Copy, Debug)]
pub struct ControlGuide<'a, E, P> {
    /// The environment.
    pub env: &'a E,
    /// T.
    pub horizon: usize,
    /// The policy, whose parameters are learnt.
    pub policy: P,
}

/// A policy as a part of a guide.
pub trait Policy<E: Env> {
    /// Draws the action at time t at the site of this name.
    ///
    /// # Errors
    /// What the trace refuses.
    fn act<S: Scalar>(
        &self,
        trace: &mut Trace<S>,
        site: Name,
        env: &E,
        state: &E::State,
        t: usize,
    ) -> Result<Action<E>, Error>;
}

/// A set of actions with a law that prefers none.
pub trait Uniform: Space {
    /// An action at the site of this name: each index with the same probability; any vector, with density one.
    ///
    /// # Errors
    /// What the trace refuses.
    fn uniform<S: Scalar>(&self, trace: &mut Trace<S>, site: Name) -> Result<Self::Action, Error>;
}

impl Uniform for Discrete {
    fn uniform<S: Scalar>(&self, trace: &mut Trace<S>, site: Name) -> Result<usize, Error> {
        trace.sample(site, Categorical::from_logits(&vec![S::zero(); self.0])?)
    }
}

impl<const D: usize> Uniform for Bounds<D> {
    fn uniform<S: Scalar>(&self, trace: &mut Trace<S>, site: Name) -> Result<[f64; D], Error> {
        Ok(trace.sample(site, [ImproperUniform; D])?.map(S::look))
    }
}

/// The generator of the step at time t.
fn chance<S: Scalar>(trace: &mut Trace<S>, t: usize) -> Result<Xoshiro256PlusPlus, Error> {
    Ok(Xoshiro256PlusPlus::seed_from_u64(
        trace.sample(("s", t), Seed)?,
    ))
}

impl<E: Env> Program for ControlModel<'_, E>
where
    E::Actions: Uniform,
{
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let mut state = self.env.reset(&mut chance(trace, 0)?);
        for t in 0..self.horizon {
            let action = self.env.actions().uniform(trace, Name::from(("a", t)))?;
            let step = self.env.step(&state, &action, &mut chance(trace, t + 1)?);
            trace.factor(("O", t), S::constant(step.reward))?;
            if step.end.is_some() {
                break;
            }
            state = step.next;
        }
        Ok(())
    }
}

impl<E: Env, P: Policy<E>> Program for ControlGuide<'_, E, P> {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let mut state = self.env.reset(&mut chance(trace, 0)?);
        for t in 0..self.horizon {
            let site = Name::from(("a", t));
            let action = self.policy.act(trace, site, self.env, &state, t)?;
            let step = self.env.step(&state, &action, &mut chance(trace, t + 1)?);
            if step.end.is_some() {
                break;
            }
            state = step.next;
        }
        Ok(())
    }
}
