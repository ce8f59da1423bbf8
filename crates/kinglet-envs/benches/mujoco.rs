//! Steps a second of the tasks on MuJoCo beside those of the programs that they follow: one environment on one thread; of
//! Gymnasium's tasks also eight on two threads, which wait for the last at every step as EnvPool's do, and which do not wait,
//! as in a rollout.
//!
//! `cargo bench --features mujoco --bench mujoco [-- PREFIX…]`: of each task whose name begins so, ours and theirs run by
//! turns, 40 times 50 milliseconds each, with the same uniform actions over and over and episodes that restart; the best turn
//! of each counts, so that what else runs on the machine matters little.

use std::env::args;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use kinglet_envs::mujoco::{Mujoco, make, python};
use kinglet_envs::{Actions, Error, MujocoName, Simulator};
use ndarray::Array1;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use serde_json::json;

const ROUNDS: usize = 40;
const ROUND: Duration = Duration::from_millis(50);
const ACTIONS: usize = 100;

fn main() -> Result<(), Error> {
    let prefixes: Vec<String> = args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let chosen = |name: &MujocoName| {
        let name = name.as_str();
        prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    let pool = ThreadPoolBuilder::new().num_threads(2).build();
    let pool = pool.expect("two threads");
    let mut peer = Peer::start();
    println!("steps a second: ours, theirs, ratio; together: ours, EnvPool's, ratio; in a rollout");
    for name in MujocoName::all().filter(chosen) {
        let mut one = [Player::new(name, 0)?];
        let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            ours = ours.max(steps_per_second(&mut one, ACTIONS)?);
            theirs = theirs.max(peer.steps_per_second(name.as_str(), &one));
        }
        print!("{name:32} {ours:>7.0} {theirs:>7.0} {:.2}", ours / theirs);
        if let Some(task) = name.as_str().strip_prefix("mujoco/") {
            let eight: Result<Vec<_>, _> = (0..8).map(|seed| Player::new(name, seed)).collect();
            let (mut eight, pooled) = (eight?, format!("envpool/{task}"));
            let (mut ours, mut theirs, mut free) = (0.0_f64, 0.0_f64, 0.0_f64);
            for _ in 0..ROUNDS {
                ours = ours.max(pool.install(|| steps_per_second(&mut eight, 1))?);
                theirs = theirs.max(peer.steps_per_second(&pooled, &eight));
                free = free.max(pool.install(|| steps_per_second(&mut eight, ACTIONS))?);
            }
            let ratio = ours / theirs;
            print!("; {ours:>7.0} {theirs:>7.0} {ratio:.2}; {free:>7.0}");
        }
        println!();
    }
    peer.stop();
    Ok(())
}

/// An environment, what it draws from, what is seen of it, and the actions that it plays over and over.
struct Player {
    env: Mujoco,
    rng: Xoshiro256PlusPlus,
    seen: Array1<f64>,
    actions: Vec<Vec<f64>>,
}

impl Player {
    fn new(name: MujocoName, seed: u64) -> Result<Self, Error> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let env = make(name, &mut rng)?;
        Ok(Self {
            seen: Array1::zeros(env.obs_dim()),
            actions: draw(&env, &mut rng),
            env,
            rng,
        })
    }

    fn play(&mut self, first: usize, steps: usize) -> Result<(), Error> {
        for action in &self.actions[first..][..steps] {
            let (_, end) = self.env.step(action, &mut self.rng)?;
            self.env.observe(self.seen.view_mut());
            if end.is_some() {
                self.env.reset(&mut self.rng)?;
            }
        }
        Ok(())
    }
}

/// Of all players together, who wait for the last after so many steps, on the threads of the pool that this is called in.
fn steps_per_second(players: &mut [Player], between: usize) -> Result<f64, Error> {
    let (begin, mut steps) = (Instant::now(), 0);
    while begin.elapsed() < ROUND {
        for first in (0..ACTIONS).step_by(between) {
            match &mut *players {
                [one] => one.play(first, between)?,
                many => many
                    .par_iter_mut()
                    .try_for_each(|player| player.play(first, between))?,
            }
        }
        steps += ACTIONS * players.len();
    }
    Ok(steps as f64 / begin.elapsed().as_secs_f64())
}

fn draw(env: &Mujoco, rng: &mut Xoshiro256PlusPlus) -> Vec<Vec<f64>> {
    let Actions::Box { low, high } = env.actions() else {
        unreachable!("actions on MuJoCo are a box")
    };
    let mut one = || {
        let bounds = low.iter().zip(&high);
        bounds.map(|(&a, &b)| rng.random_range(a..b)).collect()
    };
    (0..ACTIONS).map(|_| one()).collect()
}

/// The other programs, in a Python.
struct Peer {
    python: Child,
    told: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/mujoco_peer.py");
        let mut command = Command::new(python());
        command.arg(script).stdin(Stdio::piped());
        let mut python = command.stdout(Stdio::piped()).spawn().expect("a Python");
        Self {
            told: python.stdin.take().expect("its input"),
            answers: BufReader::new(python.stdout.take().expect("its output")),
            python,
        }
    }

    /// Of as many as there are players, with their actions.
    fn steps_per_second(&mut self, name: &str, players: &[Player]) -> f64 {
        let actions: Vec<_> = players.iter().map(|player| &player.actions).collect();
        let told = json!({ "name": name, "seconds": ROUND.as_secs_f64(), "actions": actions });
        writeln!(self.told, "{told}").expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        line.trim().parse().expect("steps a second")
    }

    fn stop(self) {
        let Self {
            mut python, told, ..
        } = self;
        drop(told);
        python.wait().expect("it ends");
    }
}
