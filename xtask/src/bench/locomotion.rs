//! Locomotion on MuJoCo, beside what others have published.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::returns::Runs;
use super::{kinglet, table};
use crate::report::Step;

/// The tasks of what learns from each rollout once, as the program names them.
const TASKS: [&str; 5] = ["half-cheetah", "hopper", "walker2d", "ant", "humanoid"];

/// The returns that Tianshou's benchmark gives of each, in the same order: the mean over ten seeds of the best evaluation
/// within a million steps, on version 3 of the tasks with MuJoCo 2.0.
const PUBLISHED: [(&str, [f64; 5]); 3] = [
    ("ppo", [5783.9, 2609.3, 3588.5, 3258.4, 787.1]),
    ("trpo", [4471.2, 2046.0, 3826.7, 2866.7, 810.1]),
    ("npg", [3485.2, 1915.2, 2503.2, 2358.0, 765.1]),
];

/// What learns from a replay.
const OFF_POLICY: [&str; 3] = ["sac", "mpo", "virel"];
const OFF_POLICY_TASKS: [&str; 2] = ["mujoco/half-cheetah", "dm/walker-walk"];

/// What to train.
#[derive(Debug, clap::Args)]
pub(crate) struct Locomotion {
    /// The algorithms; those that learn from each rollout once, if none is named, whose table then goes into the README.
    #[arg(value_name = "ALGO")]
    algorithms: Vec<String>,
    /// How many seeds, from 0.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Where the runs' folders go; what is there already is not trained again.
    #[arg(long, default_value = "target/locomotion")]
    out: PathBuf,
}

impl Locomotion {
    pub(super) fn run(&self) -> Result<()> {
        let known: Vec<&str> = PUBLISHED
            .iter()
            .map(|(name, _)| *name)
            .chain(OFF_POLICY)
            .collect();
        for name in &self.algorithms {
            ensure!(
                known.contains(&name.as_str()),
                "{name} is none of {known:?}"
            );
        }
        let mut step = Step::open(1, 1, "locomotion", "training on MuJoCo")?;
        let program = kinglet(&mut step, &["--features", "mujoco"])?;
        let named = |name: &str| self.algorithms.iter().any(|one| one == name);
        let mut rows = Vec::new();
        for (algorithm, published) in PUBLISHED {
            if !self.algorithms.is_empty() && !named(algorithm) {
                continue;
            }
            let mut row = vec![format!("`{algorithm}`")];
            for task in TASKS {
                row.push(self.cell(
                    &mut step,
                    &program,
                    algorithm,
                    &format!("mujoco/{task}"),
                    1_000_000,
                )?);
            }
            rows.push(row);
            let published = published.map(|mean| format!("{mean:.0}"));
            rows.push([&["Tianshou's".to_owned()][..], &published].concat());
        }
        let head = [&[String::new()][..], &TASKS.map(String::from)].concat();
        let text = table::markdown(&head, &rows);
        if self.algorithms.is_empty() {
            table::write("locomotion", &text)?;
        } else if !rows.is_empty() {
            print!("{text}");
        }
        let mut rows = Vec::new();
        for algorithm in OFF_POLICY.into_iter().filter(|name| named(name)) {
            let mut row = vec![format!("`{algorithm}`")];
            for task in OFF_POLICY_TASKS {
                row.push(self.cell(&mut step, &program, algorithm, task, 200_000)?);
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            let head = [&[String::new()][..], &OFF_POLICY_TASKS.map(String::from)].concat();
            print!("{}", table::markdown(&head, &rows));
        }
        Ok(())
    }

    fn cell(
        &self,
        step: &mut Step,
        program: &std::path::Path,
        algorithm: &str,
        task: &str,
        steps: u64,
    ) -> Result<String> {
        step.say(&format!("{algorithm} on {task}"));
        let runs = Runs {
            algorithm,
            task,
            settings: &[],
            steps,
            seeds: self.seeds,
            out: self
                .out
                .join(format!("{algorithm}-{}", task.replace('/', "-"))),
        };
        runs.cell(step, program)
    }
}
