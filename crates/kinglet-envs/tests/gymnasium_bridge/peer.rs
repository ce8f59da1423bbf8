//! Gymnasium in a Python of its own, told what has been played here.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use kinglet_envs::gymnasium::{Gymnasium, Recipe};
use kinglet_envs::{Actions, End, Simulator};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::Serialize;
use serde_json::json;

#[derive(Debug, Default, Serialize)]
struct Episode {
    seed: u32,
    actions: Vec<Vec<f64>>,
    #[serde(skip)]
    seen: Vec<f64>,
}

/// So many steps here and there, with actions uniform in their bounds (and in [−1, 1] where there are none), are the same
/// to the bit: observations, rewards and ends. The number of episodes.
pub(crate) fn assert_same(recipe: &Recipe, steps: usize, seed: u64) -> usize {
    let episodes = play(recipe, steps, seed);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gymnasium_bridge/peer.py");
    let mut program = Command::new(env!("KINGLET_PYTHON_PROGRAM"));
    program
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut peer = program.spawn().unwrap();
    let told = serde_json::to_vec(&json!({ "recipe": recipe, "episodes": episodes })).unwrap();
    let mut input = peer.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&told));
    let output = peer.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let theirs = output.stdout.chunks_exact(8);
    let theirs: Vec<u64> = theirs
        .map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let ours: Vec<u64> = episodes
        .iter()
        .flat_map(|episode| &episode.seen)
        .map(|x| x.to_bits())
        .collect();
    let differs = ours.iter().zip(&theirs).position(|(x, y)| x != y);
    assert_eq!((ours.len(), differs), (theirs.len(), None), "{}", recipe.id);
    episodes.len()
}

fn play(recipe: &Recipe, steps: usize, seed: u64) -> Vec<Episode> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut choices = rng.clone();
    choices.jump();
    let mut episode = Episode::begin(&rng);
    let mut env = Gymnasium::new(recipe, &mut rng).unwrap();
    episode.see(&env);
    let mut episodes = Vec::new();
    for _ in 0..steps {
        let action = draw(&env.actions(), &mut choices);
        let (reward, end) = env.step(&action, &mut rng).unwrap();
        episode.actions.push(action);
        episode.see(&env);
        episode.seen.extend([reward, number(end)]);
        if end.is_some() {
            episodes.push(std::mem::replace(&mut episode, Episode::begin(&rng)));
            env.reset(&mut rng).unwrap();
            episode.see(&env);
        }
    }
    episodes.push(episode);
    episodes
}

impl Episode {
    /// The seed that the next reset will draw.
    fn begin(rng: &Xoshiro256PlusPlus) -> Self {
        Self {
            seed: rng.clone().random(),
            ..Self::default()
        }
    }

    fn see(&mut self, env: &Gymnasium) {
        let at = self.seen.len();
        self.seen.resize(at + env.obs_dim(), 0.0);
        env.observe((&mut self.seen[at..]).into());
    }
}

/// An action, uniform.
pub(crate) fn draw(actions: &Actions, rng: &mut Xoshiro256PlusPlus) -> Vec<f64> {
    match actions {
        Actions::Discrete(n) => vec![rng.random_range(0..*n) as f64],
        Actions::Box { low, high } => {
            let pairs = low.iter().zip(high);
            let bounded = pairs.map(|(low, high)| (low.max(-1.0), high.min(1.0)));
            bounded
                .map(|(low, high)| rng.random_range(low..=high))
                .collect()
        }
    }
}

fn number(end: Option<End>) -> f64 {
    match end {
        None => 0.0,
        Some(End::Terminated) => 1.0,
        Some(End::Truncated) => 2.0,
    }
}
