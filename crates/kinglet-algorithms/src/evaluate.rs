//! What a policy is worth.

use kinglet_envs::Simulator;
use kinglet_nn::Scalar;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::prelude::*;

use crate::{Actor, Error, Finished};

/// Plays whole episodes with the middle of the policy's law for an action (its mode, mean or median), each in an
/// environment of its own.
///
/// Episode k takes the seed's k-th stream, so that a longer evaluation begins with a shorter one's episodes, and as many
/// threads as the current rayon pool has give the same bits.
///
/// # Shapes
/// Returns a [`Finished`] for each episode, whose `environment` is its number and whose `step` its last.
/// # Errors
/// [`Error::Environment`]; [`Error::NotFinite`] for a reward.
/// # Panics
/// If the policy's sizes are not the environment's.
/// # Example
/// ```
/// use kinglet_algorithms::{Actor, Head, Policy, evaluate};
/// use kinglet_envs::{Actions, CartPole, Episode};
/// use kinglet_nn::{Activation, Mlp};
/// let policy = Policy::new(Mlp::new(&[4, 2], Activation::Tanh)?, Head::Categorical)?;
/// let mut params = vec![0.0f64; 10]; // push to where the pole leans and falls: logits 0 and angle + velocity
/// (params[5], params[7]) = (1.0, 1.0);
/// let actor = Actor::new(policy, params, None, Actions::Discrete(2));
/// let make = |rng: &mut _| Episode::new(CartPole::default(), Some(500), rng);
/// let episodes = evaluate(&actor, 10, 1, make)?;
/// assert!(episodes.iter().all(|episode| episode.total > 100.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate<M: Simulator + Send, S: Scalar>(
    actor: &Actor<S>,
    episodes: usize,
    seed: u64,
    make: impl Fn(&mut Xoshiro256PlusPlus) -> Result<M, kinglet_envs::Error> + Sync,
) -> Result<Vec<Finished>, Error> {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(seed);
    let streams: Vec<_> = (0..episodes)
        .map(|_| {
            let own = stream.clone();
            stream.jump();
            own
        })
        .collect();
    let each = streams.into_par_iter().enumerate();
    each.map(|(number, mut rng)| {
        let mut simulator = make(&mut rng)?;
        play(actor.clone(), &mut simulator, &mut rng, number)
    })
    .collect()
}

/// One episode, from where the simulator stands.
fn play<M: Simulator, S: Scalar>(
    mut actor: Actor<S>,
    simulator: &mut M,
    rng: &mut Xoshiro256PlusPlus,
    environment: usize,
) -> Result<Finished, Error> {
    let (mut seen, mut total) = (vec![0.0; simulator.obs_dim()], 0.0);
    for step in 0.. {
        simulator.observe((&mut seen[..]).into());
        let (reward, end) = simulator.step(actor.act(&seen), rng)?;
        if !reward.is_finite() {
            return Err(Error::NotFinite {
                what: "reward",
                environment,
                step,
                value: reward,
            });
        }
        total += reward;
        if let Some(end) = end {
            return Ok(Finished {
                environment,
                step,
                end,
                total,
                steps: step + 1,
            });
        }
    }
    unreachable!("an episode has fewer steps than a usize counts")
}
