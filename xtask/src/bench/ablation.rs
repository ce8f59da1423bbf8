//! What the parts of MPO are worth.

use std::path::PathBuf;

use anyhow::Result;

use super::returns::Runs;
use super::{kinglet, table};
use crate::report::Step;

const TASKS: [&str; 2] = ["pendulum", "cartpole"];

/// What is changed of the preset, and how.
const CHANGES: [(&str, &str, &[&str]); 5] = [
    (
        "none: dual exact, KL decoupled, Retrace, non-parametric",
        "none",
        &[],
    ),
    (
        "the dual by gradient",
        "gradient",
        &["algorithm.constraint=\"gradient\""],
    ),
    (
        "one KL bound for mean and covariance",
        "joint",
        &["algorithm.m_step=\"joint\""],
    ),
    ("a one-step critic", "one-step", &["algorithm.sequence=1"]),
    (
        "a parametric E-step",
        "parametric",
        &["algorithm.e_step=\"parametric\""],
    ),
];

/// What to train.
#[derive(Debug, clap::Args)]
pub(crate) struct Ablation {
    /// How many seeds, from 0.
    #[arg(long, default_value_t = 10)]
    seeds: u64,
    /// How many steps a run.
    #[arg(long, default_value_t = 50_000)]
    steps: u64,
    /// Where the runs' folders go; what is there already is not trained again.
    #[arg(long, default_value = "target/ablation")]
    out: PathBuf,
}

impl Ablation {
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(
            1,
            1,
            "ablation",
            "training MPO without one part and another",
        )?;
        let program = kinglet(&mut step, &[])?;
        let mut rows = Vec::new();
        for (label, name, settings) in CHANGES {
            let mut row = vec![label.to_owned()];
            for task in TASKS {
                step.say(&format!("changed: {label}; on {task}"));
                let runs = Runs {
                    algorithm: "mpo",
                    task,
                    settings,
                    steps: self.steps,
                    seeds: self.seeds,
                    out: self.out.join(format!("{name}-{task}")),
                };
                row.push(runs.cell(&mut step, &program)?);
            }
            rows.push(row);
        }
        let head = [&["changed".to_owned()][..], &TASKS.map(String::from)].concat();
        table::write("ablation", &table::markdown(&head, &rows))
    }
}
