//! Two programs that play the same episodes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use kinglet_envs::mujoco::{Mujoco, MujocoMoment, python};
use kinglet_envs::{Actions, End, Simulator};
use ndarray::Array1;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::Serialize;

/// An episode that has been played here.
#[derive(Debug, Serialize)]
pub(crate) struct Episode {
    pub(crate) qpos: Vec<f64>,
    pub(crate) qvel: Vec<f64>,
    /// MuJoCo's state at the beginning, positions and velocities in it.
    pub(crate) state: Vec<f64>,
    /// What the task keeps at the beginning.
    pub(crate) carry: Vec<f64>,
    pub(crate) actions: Vec<Vec<f64>>,
    /// The first observation, then of each step the observation, the reward, and the end as a number.
    #[serde(skip)]
    pub(crate) seen: Vec<f64>,
}

/// Episodes of at least so many steps in all, with actions uniform in their bounds.
pub(crate) fn play(env: &mut Mujoco, steps: usize, seed: u64) -> Vec<Episode> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut episodes = Vec::new();
    let mut taken = 0;
    while taken < steps {
        let episode = one(env, steps, &mut rng);
        taken += episode.actions.len();
        episodes.push(episode);
    }
    episodes
}

fn one(env: &mut Mujoco, steps: usize, rng: &mut Xoshiro256PlusPlus) -> Episode {
    env.reset(rng).unwrap();
    let data = &env.physics.data;
    let (qpos, qvel) = (data.qpos().to_vec(), data.qvel().to_vec());
    let MujocoMoment { state, carry, .. } = env.save().expect("it can be saved");
    let (mut seen, mut actions) = (observation(env), Vec::new());
    for _ in 0..steps {
        let action = any_action(env, rng);
        let (reward, end) = env.step(&action, rng).unwrap();
        actions.push(action);
        seen.extend(observation(env));
        seen.extend([reward, number(end)]);
        if end.is_some() {
            break;
        }
    }
    Episode {
        qpos,
        qvel,
        state,
        carry,
        actions,
        seen,
    }
}

/// An action uniform in its bounds.
pub(crate) fn any_action(env: &Mujoco, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    let Actions::Box { low, high } = env.actions() else {
        panic!("its actions are a box");
    };
    let bounds = low.iter().zip(&high);
    bounds
        .map(|(low, high)| low + (high - low) * rng.random::<f64>())
        .collect()
}

pub(crate) fn observation(env: &Mujoco) -> Vec<f64> {
    let mut seen = Array1::zeros(env.obs_dim());
    env.observe(seen.view_mut());
    seen.to_vec()
}

fn number(end: Option<End>) -> f64 {
    match end {
        None => 0.0,
        Some(End::Terminated) => 1.0,
        Some(End::Truncated) => 2.0,
    }
}

/// What another program writes, asked on its standard input.
pub(crate) fn ask(script: &str, told: &impl Serialize) -> Vec<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/mujoco")
        .join(script);
    let mut command = Command::new(python());
    command
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let told = serde_json::to_vec(told).unwrap();
    let writer = std::thread::spawn(move || input.write_all(&told));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let numbers = output.stdout.chunks_exact(8);
    numbers
        .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
        .collect()
}

/// Observations bit for bit, ends exactly, rewards within 1e-12.
pub(crate) fn assert_same(name: &str, episodes: &[Episode], theirs: &[f64], obs_dim: usize) {
    let ours: usize = episodes.iter().map(|episode| episode.seen.len()).sum();
    assert_eq!(
        ours,
        theirs.len(),
        "{name}: numbers, ours (left) and theirs"
    );
    let mut rest = theirs;
    for (i, episode) in episodes.iter().enumerate() {
        let (theirs, after) = rest.split_at(episode.seen.len());
        rest = after;
        for (j, (x, y)) in episode.seen.iter().zip(theirs).enumerate() {
            // The first observation stands alone.
            let (step, column) = match j.checked_sub(obs_dim) {
                None => (0, j),
                Some(later) => (1 + later / (obs_dim + 2), later % (obs_dim + 2)),
            };
            let same = if column == obs_dim && step > 0 {
                (x - y).abs() <= 1e-12 * x.abs().max(1.0)
            } else {
                x.to_bits() == y.to_bits()
            };
            assert!(
                same,
                "{name}, episode {i}, step {step}, column {column}: {x:e}, theirs {y:e}"
            );
        }
    }
}
