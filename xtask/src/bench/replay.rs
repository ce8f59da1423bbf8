//! What learns from a replay, and what the parts of MPO are worth.

use std::path::PathBuf;

use anyhow::Result;

use super::returns::Runs;
use super::{kinglet, table};
use crate::report::Step;

/// Label, algorithm, task, thousands of steps, and what differs from the preset.
type Work = (
    &'static str,
    &'static str,
    &'static str,
    u64,
    &'static [&'static str],
);

const PARAMETRIC: &[&str] = &["algorithm.e_step=\"parametric\""];

/// What the README's table of returns holds.
const RETURNS: [Work; 8] = [
    ("`sac`", "sac", "pendulum", 20, &[]),
    ("`mpo`, non-parametric", "mpo", "pendulum", 50, &[]),
    ("`mpo`, parametric", "mpo", "pendulum", 50, PARAMETRIC),
    ("`virel`", "virel", "pendulum", 50, &[]),
    ("`mpo`", "mpo", "cartpole", 50, &[]),
    ("`sac`", "sac", "cartpole", 50, &[]),
    ("`soft-q`", "soft-q", "cartpole", 50, &[]),
    ("`sac`, gSDE", "sac", "mountain-car-continuous", 50, &[]),
];

/// What to train.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// How many seeds, from 0.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// Where the runs' folders go; what is there already is not trained again.
    #[arg(long, default_value = "target/replay")]
    out: PathBuf,
}

impl Replay {
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(1, 1, "replay", "training what learns from a replay")?;
        let program = kinglet(&mut step, &[])?;
        let mut rows = Vec::new();
        for (number, (label, algorithm, task, thousands, settings)) in RETURNS.iter().enumerate() {
            step.say(&format!("{label} on {task}"));
            let runs = Runs {
                algorithm,
                task,
                settings,
                steps: 1000 * thousands,
                seeds: self.seeds,
                out: self.out.join(format!("{number}-{algorithm}-{task}")),
            };
            let found = runs.cell(&mut step, &program)?;
            let (task, steps) = ((*task).to_owned(), format!("{thousands} 000"));
            rows.push(vec![(*label).to_owned(), task, steps, found]);
        }
        let head = ["", "task", "steps", "return"].map(String::from);
        table::write("replay", &table::markdown(&head, &rows))
    }
}
