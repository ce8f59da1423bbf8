//! Training beside Stable-Baselines3.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use duct::cmd;
use serde::Deserialize;

use super::{kinglet, table};
use crate::report::Step;
use crate::{setup, workspace};

/// Algorithm, and environment as both sides name it.
const WORK: [(&str, &str, &str); 4] = [
    ("ppo", "cartpole", "CartPole-v1"),
    ("ppo", "pendulum", "Pendulum-v1"),
    ("trpo", "cartpole", "CartPole-v1"),
    ("trpo", "pendulum", "Pendulum-v1"),
];

/// What our preset for PPO on Pendulum has otherwise than the peer, put back.
const AS_THE_PEER: &str = "algorithm.learning_rate=0.001";

/// How often to time.
#[derive(Debug, clap::Args)]
pub(crate) struct Speed {
    /// Rounds, in each of which both sides do all the work in turn; the table holds the medians.
    #[arg(long, default_value_t = 5)]
    rounds: u64,
    /// Steps that ours takes.
    #[arg(long, default_value_t = 100_000)]
    steps: u64,
    /// Steps that the peer takes.
    #[arg(long, default_value_t = 20_000)]
    peer_steps: u64,
}

/// What the peer prints.
#[derive(Deserialize)]
struct Timed {
    steps: f64,
    seconds: f64,
}

impl Speed {
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(1, 1, "speed", "training beside Stable-Baselines3")?;
        let program = kinglet(&mut step)?;
        let benches = workspace::root().join("crates/kinglet-cli/benches");
        let python = setup::python(&mut step, &benches.join("requirements.txt"))?;
        let mut rates = WORK.map(|_| (Vec::new(), Vec::new()));
        for round in 0..self.rounds {
            for ((algorithm, own, theirs), (ours, peers)) in WORK.iter().zip(&mut rates) {
                step.say(&format!("round {}: {algorithm} on {own}", round + 1));
                ours.push(self.ours(&mut step, &program, algorithm, own, round)?);
                let steps = self.peer_steps.to_string();
                let script = benches.join("peer.py");
                let printed = step.run(cmd!(&python, script, algorithm, theirs, steps))?;
                let line = printed.lines().last().context("the peer printed nothing")?;
                let timed: Timed = serde_json::from_str(line)?;
                peers.push(timed.steps / timed.seconds);
            }
        }
        let rows: Vec<Vec<String>> = WORK
            .iter()
            .zip(&mut rates)
            .map(|((algorithm, own, _), (ours, peers))| row(algorithm, own, ours, peers))
            .collect();
        let head = [
            "",
            "kinglet, steps/s",
            "Stable-Baselines3 2.9.2, steps/s",
            "ratio",
        ];
        table::write("speed", &table::markdown(&head.map(String::from), &rows))
    }

    /// Steps a second of the whole program, its start and its files counted.
    fn ours(
        &self,
        step: &mut Step,
        program: &Path,
        algorithm: &str,
        environment: &str,
        seed: u64,
    ) -> Result<f64> {
        let folder = tempfile::tempdir()?;
        let out = folder.path().join("run").display().to_string();
        let (seed, steps) = (seed.to_string(), self.steps.to_string());
        let mut arguments = vec!["train", algorithm, "--env", environment, "--threads", "1"];
        arguments.extend(["--seed", &seed, "--steps", &steps, "--out", &out]);
        if (algorithm, environment) == ("ppo", "pendulum") {
            arguments.extend(["--set", AS_THE_PEER]);
        }
        let start = Instant::now();
        step.run(duct::cmd(program, arguments))?;
        Ok(self.steps as f64 / start.elapsed().as_secs_f64())
    }
}

fn row(algorithm: &str, environment: &str, ours: &mut [f64], peers: &mut [f64]) -> Vec<String> {
    let mut ratios: Vec<f64> = ours.iter().zip(&*peers).map(|(a, b)| a / b).collect();
    vec![
        format!("`{algorithm}` on {environment}"),
        format!("{:.0}", median(ours)),
        format!("{:.0}", median(peers)),
        format!("{:.1}", median(&mut ratios)),
    ]
}

/// The middle one; of an even number the mean of the two.
fn median(x: &mut [f64]) -> f64 {
    x.sort_unstable_by(f64::total_cmp);
    let n = x.len();
    0.5 * (x[(n - 1) / 2] + x[n / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_medians_and_the_median_of_the_ratios_of_the_rounds() {
        let row = row("ppo", "x", &mut [30.0, 10.0, 20.0], &mut [10.0, 10.0, 2.0]);
        assert_eq!(row[1..], ["20", "10", "3.0"]);
        assert_eq!(median(&mut [4.0, 1.0]), 2.5);
    }
}
