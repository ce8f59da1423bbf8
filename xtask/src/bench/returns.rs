//! Every algorithm on every task.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use duct::cmd;
use kinglet_algorithms::{Algorithm, Bootstrap, interquartile_mean_interval};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::Deserialize;

use super::{kinglet, table};
use crate::report::Step;
use crate::workspace;

/// The tasks, as the program names them.
const TASKS: [&str; 4] = ["cartpole", "pendulum", "acrobot", "mountain-car-continuous"];

/// What to train.
#[derive(Debug, clap::Args)]
pub(crate) struct Returns {
    /// The algorithms; all, if none is named. The README's table is written only when all are run.
    #[arg(value_name = "ALGO")]
    algorithms: Vec<String>,
    /// How many seeds, from 0.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// How many steps a run.
    #[arg(long, default_value_t = 100_000)]
    steps: u64,
    /// Where the runs' folders go; what is there already is not trained again.
    #[arg(long, default_value = "target/returns")]
    out: PathBuf,
}

/// What the program writes of an evaluation (the field that is read here).
#[derive(Deserialize)]
struct Evaluation {
    returns: Vec<f64>,
}

impl Returns {
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(1, 1, "returns", "training every algorithm on every task")?;
        let program = kinglet(&mut step)?;
        let named = |name: &&str| self.algorithms.iter().any(|one| one == name);
        let chosen: Vec<&str> = Algorithm::NAMES
            .into_iter()
            .filter(|name| self.algorithms.is_empty() || named(name))
            .collect();
        ensure!(
            !chosen.is_empty(),
            "none of {:?} is an algorithm",
            self.algorithms
        );
        let mut rows = Vec::new();
        for algorithm in &chosen {
            let mut row = vec![format!("`{algorithm}`")];
            for task in TASKS {
                step.say(&format!("{algorithm} on {task}"));
                row.push(self.cell(&mut step, &program, algorithm, task)?);
            }
            rows.push(row);
        }
        let head = [&[String::new()][..], &TASKS.map(String::from)].concat();
        let text = table::markdown(&head, &rows);
        if chosen.len() < Algorithm::NAMES.len() {
            print!("{text}");
            return Ok(());
        }
        table::write("returns", &text)
    }

    /// Trains and evaluates all seeds; the interquartile mean of their returns, with its interval.
    fn cell(&self, step: &mut Step, program: &Path, algorithm: &str, task: &str) -> Result<String> {
        let out = workspace::root()
            .join(&self.out)
            .join(format!("{algorithm}-{task}"));
        let folder = |seed: u64| out.join(format!("seed{seed}"));
        let done = |seed: u64| folder(seed).join("eval.json").exists();
        if !(0..self.seeds).all(done) {
            let _ = std::fs::remove_dir_all(&out); // begun, perhaps, and not finished
            let (seeds, steps) = (format!("0..{}", self.seeds), self.steps.to_string());
            step.run(cmd!(
                program, "train", algorithm, "--env", task, "--seeds", seeds, "--steps", steps,
                "--out", &out
            ))?;
        }
        let scores = (0..self.seeds).map(|seed| score(&folder(seed)));
        let scores = scores.collect::<Result<Vec<f64>>>()?;
        let bootstrap = Bootstrap {
            resamples: 2000,
            level: 0.95,
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        let found = interquartile_mean_interval(&[scores], bootstrap, &mut rng)?;
        let (low, high) = (found.low, found.high);
        Ok(format!("{:.1} [{low:.1}, {high:.1}]", found.estimate))
    }
}

/// The mean return of a run's evaluation.
fn score(folder: &Path) -> Result<f64> {
    let path = folder.join("eval.json");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let Evaluation { returns } = serde_json::from_str(&text)?;
    ensure!(!returns.is_empty(), "{} holds no return", path.display());
    Ok(returns.iter().sum::<f64>() / returns.len() as f64)
}
