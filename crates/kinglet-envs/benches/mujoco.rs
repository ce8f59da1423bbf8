//! Steps a second of the tasks on MuJoCo, one thread, beside those of the programs that they follow.
//!
//! `cargo bench --features mujoco --bench mujoco [-- PREFIX…]`: of each task whose name begins so, ours and theirs run by
//! turns, 40 times 25 milliseconds each, with uniform actions that were drawn before and episodes that restart; the best
//! turn of each counts, so that what else runs on the machine matters little.

use std::env::args;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use kinglet_envs::mujoco::{Mujoco, make, python};
use kinglet_envs::{Actions, Error, MujocoName, Simulator};
use ndarray::Array1;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const ROUNDS: usize = 40;
const ROUND: Duration = Duration::from_millis(25);

fn main() -> Result<(), Error> {
    let prefixes: Vec<String> = args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let chosen = |name: &MujocoName| {
        let name = name.as_str();
        prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    let mut peer = Peer::start();
    println!(
        "{:32} {:>10} {:>10} {:>7}",
        "steps/s", "ours", "theirs", "ratio"
    );
    for name in MujocoName::all().filter(chosen) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut env = make(name, &mut rng)?;
        let actions = draw(&env, &mut rng);
        let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
        for _ in 0..ROUNDS {
            ours = ours.max(steps_per_second(&mut env, &actions, &mut rng)?);
            theirs = theirs.max(peer.steps_per_second(name));
        }
        println!(
            "{name:32} {ours:>10.0} {theirs:>10.0} {:>7.2}",
            ours / theirs
        );
    }
    peer.stop();
    Ok(())
}

fn steps_per_second(
    env: &mut Mujoco,
    actions: &[Vec<f64>],
    rng: &mut Xoshiro256PlusPlus,
) -> Result<f64, Error> {
    let mut seen = Array1::zeros(env.obs_dim());
    let (begin, mut steps) = (Instant::now(), 0_u32);
    while begin.elapsed() < ROUND {
        for action in actions {
            let (_, end) = env.step(action, rng)?;
            env.observe(seen.view_mut());
            if end.is_some() {
                env.reset(rng)?;
            }
        }
        steps += actions.len() as u32;
    }
    Ok(f64::from(steps) / begin.elapsed().as_secs_f64())
}

/// Ten actions.
fn draw(env: &Mujoco, rng: &mut Xoshiro256PlusPlus) -> Vec<Vec<f64>> {
    let Actions::Box { low, high } = env.actions() else {
        unreachable!("actions on MuJoCo are a box")
    };
    let mut one = || {
        let bounds = low.iter().zip(&high);
        bounds.map(|(&a, &b)| rng.random_range(a..b)).collect()
    };
    (0..10).map(|_| one()).collect()
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

    fn steps_per_second(&mut self, name: MujocoName) -> f64 {
        writeln!(self.told, "{name} {}", ROUND.as_secs_f64()).expect("it listens");
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
