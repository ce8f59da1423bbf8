//! Locomotion on MuJoCo, beside what others have published.

use std::path::{Path, PathBuf};

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
    /// The tasks of those that learn from each rollout once.
    #[arg(long, value_name = "TASK", value_delimiter = ',', default_values = TASKS)]
    tasks: Vec<String>,
    /// How many seeds, from 0.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Where the runs' folders go; what is there already is not trained again.
    #[arg(long, default_value = "target/locomotion")]
    out: PathBuf,
}

impl Locomotion {
    pub(super) fn run(&self) -> Result<()> {
        let with_published = PUBLISHED.iter().map(|(name, _)| *name);
        let known: Vec<&str> = with_published.chain(OFF_POLICY).collect();
        for name in &self.algorithms {
            let is_known = known.contains(&name.as_str());
            ensure!(is_known, "{name} is none of {known:?}");
        }
        for task in &self.tasks {
            ensure!(
                TASKS.contains(&task.as_str()),
                "{task} is none of {TASKS:?}"
            );
        }
        let mut step = Step::open(1, 1, "locomotion", "training on MuJoCo")?;
        let program = kinglet(&mut step, &["--features", "mujoco"])?;
        self.beside_published(&mut step, &program)?;
        self.off_policy(&mut step, &program)
    }

    fn named(&self, algorithm: &str) -> bool {
        self.algorithms.iter().any(|one| one == algorithm)
    }

    /// What learns from each rollout once.
    fn beside_published(&self, step: &mut Step, program: &Path) -> Result<()> {
        let all = self.algorithms.is_empty();
        let mut rows = Vec::new();
        for (algorithm, published) in PUBLISHED {
            if !all && !self.named(algorithm) {
                continue;
            }
            let mut ours = vec![format!("`{algorithm}`")];
            let mut theirs = vec!["Tianshou's".to_owned()];
            for (task, mean) in TASKS.iter().zip(published) {
                if self.tasks.iter().any(|one| one == task) {
                    let task = format!("mujoco/{task}");
                    ours.push(self.cell(step, program, algorithm, &task, 1_000_000)?);
                    theirs.push(format!("{mean:.0}"));
                }
            }
            rows.extend([ours, theirs]);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let chosen = |task: &&str| self.tasks.iter().any(|one| one == task);
        let tasks = TASKS
            .iter()
            .filter(|task| chosen(task))
            .map(|task| (*task).to_owned());
        let head: Vec<String> = [String::new()].into_iter().chain(tasks).collect();
        let text = table::markdown(&head, &rows);
        if all {
            return table::write("locomotion", &text);
        }
        print!("{text}");
        Ok(())
    }

    /// What learns from a replay.
    fn off_policy(&self, step: &mut Step, program: &Path) -> Result<()> {
        let mut rows = Vec::new();
        for algorithm in OFF_POLICY.into_iter().filter(|name| self.named(name)) {
            let mut row = vec![format!("`{algorithm}`")];
            for task in OFF_POLICY_TASKS {
                row.push(self.cell(step, program, algorithm, task, 200_000)?);
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            let head = [&[String::new()], &OFF_POLICY_TASKS.map(String::from)[..]].concat();
            print!("{}", table::markdown(&head, &rows));
        }
        Ok(())
    }

    fn cell(
        &self,
        step: &mut Step,
        program: &Path,
        algorithm: &str,
        task: &str,
        steps: u64,
    ) -> Result<String> {
        step.say(&format!("{algorithm} on {task}"));
        let folder = format!("{algorithm}-{}", task.replace('/', "-"));
        let runs = Runs {
            algorithm,
            task,
            settings: &[],
            steps,
            seeds: self.seeds,
            out: self.out.join(folder),
        };
        runs.cell(step, program)
    }
}
