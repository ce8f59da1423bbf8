//! What happened in an episode.

use kinglet_envs::{End, EnvName, Error, Named, NamedMoment, Simulator};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// An environment and all that happened in one of its episodes, of T steps.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) env: Named,
    /// Where it stood, T + 1 times; nothing where that cannot be told.
    pub(crate) moments: Vec<NamedMoment>,
    /// The actions, T of them.
    pub(crate) actions: Vec<Vec<f64>>,
    /// The sum of the rewards before each moment, T + 1 of them.
    pub(crate) returns: Vec<f64>,
    /// How it ended; none if it was broken off.
    pub(crate) end: Option<End>,
}

impl Recording {
    /// The beginning of an episode.
    pub(crate) fn start(env: Named) -> Self {
        Self {
            moments: env.save().into_iter().collect(),
            env,
            actions: Vec::new(),
            returns: vec![0.0],
            end: None,
        }
    }

    /// How many steps were taken.
    pub(crate) fn steps(&self) -> usize {
        self.actions.len()
    }

    /// The sum of all rewards.
    pub(crate) fn sum(&self) -> f64 {
        self.returns.last().copied().unwrap_or(0.0)
    }
}

/// The stream of the seed's episode of that number, from 0, as an evaluation hands it out.
pub(crate) fn stream(seed: u64, number: usize) -> Xoshiro256PlusPlus {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..number).for_each(|_| stream.jump());
    stream
}

/// Plays an episode to its end, or for so many steps, by what `act` says to each observation, and records it.
pub(crate) fn record(
    name: EnvName,
    limit: usize,
    rng: &mut Xoshiro256PlusPlus,
    mut act: impl FnMut(&[f64], &mut Xoshiro256PlusPlus) -> Vec<f64>,
) -> Result<Recording, Error> {
    let mut recording = Recording::start(name.make(rng)?);
    let mut seen = vec![0.0; recording.env.obs_dim()];
    while recording.end.is_none() && recording.steps() < limit {
        recording.env.observe((&mut seen[..]).into());
        let action = act(&seen, rng);
        let (reward, end) = recording.env.step(&action, rng)?;
        recording.moments.extend(recording.env.save());
        recording.actions.push(action);
        recording.returns.push(recording.sum() + reward);
        recording.end = end;
    }
    Ok(recording)
}
