//! Every algorithm that learns from each rollout once, on every task.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use kinglet_algorithms::{Algorithm, Bootstrap, Config, interquartile_mean_interval};
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

/// Runs of an algorithm on a task that differ in their seed alone.
pub(super) struct Runs<'a> {
    pub(super) algorithm: &'a str,
    pub(super) task: &'a str,
    /// What `--set` changes of the preset.
    pub(super) settings: &'a [&'a str],
    pub(super) steps: u64,
    pub(super) seeds: u64,
    /// Where their folders go; what is there already is not trained again.
    pub(super) out: PathBuf,
}

impl Returns {
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(1, 1, "returns", "training every algorithm on every task")?;
        let program = kinglet(&mut step, &[])?;
        let all = on_policy()?;
        let named = |name: &&str| self.algorithms.iter().any(|one| one == name);
        let mut chosen = all.clone();
        chosen.retain(|name| self.algorithms.is_empty() || named(name));
        ensure!(
            !chosen.is_empty(),
            "none of {:?} is an algorithm that learns from each rollout once; they are {all:?}",
            self.algorithms
        );
        let mut rows = Vec::new();
        for algorithm in &chosen {
            let mut row = vec![format!("`{algorithm}`")];
            for task in TASKS {
                step.say(&format!("{algorithm} on {task}"));
                let runs = Runs {
                    algorithm,
                    task,
                    settings: &[],
                    steps: self.steps,
                    seeds: self.seeds,
                    out: self.out.join(format!("{algorithm}-{task}")),
                };
                row.push(runs.cell(&mut step, &program)?);
            }
            rows.push(row);
        }
        let head = [&[String::new()][..], &TASKS.map(String::from)].concat();
        let text = table::markdown(&head, &rows);
        if chosen.len() < all.len() {
            print!("{text}");
            return Ok(());
        }
        table::write("returns", &text)
    }
}

/// The algorithms that learn from each rollout once.
fn on_policy() -> Result<Vec<&'static str>> {
    let mut names = Vec::new();
    for name in Algorithm::NAMES {
        let config = Config::from_toml(&format!("[algorithm]\nname = {name:?}"))?;
        if !config.algorithm.learns_off_policy() {
            names.push(name);
        }
    }
    Ok(names)
}

impl Runs<'_> {
    /// Trains and evaluates all seeds; the interquartile mean of their returns, with its interval.
    pub(super) fn cell(&self, step: &mut Step, program: &Path) -> Result<String> {
        let out = workspace::root().join(&self.out);
        let folder = |seed: u64| out.join(format!("seed{seed}"));
        let done = |seed: u64| folder(seed).join("eval.json").exists();
        if !(0..self.seeds).all(done) {
            let _ = std::fs::remove_dir_all(&out); // begun, perhaps, and not finished
            let (seeds, steps) = (format!("0..{}", self.seeds), self.steps.to_string());
            let mut arguments = vec!["train", self.algorithm, "--env", self.task];
            arguments.extend(["--seeds", &seeds, "--steps", &steps]);
            arguments.extend(self.settings.iter().flat_map(|one| ["--set", *one]));
            let place = out.display().to_string();
            arguments.extend(["--out", &place]);
            step.run(duct::cmd(program, arguments))?;
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
