//! Training beside Stable-Baselines3.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use duct::cmd;
use serde::Deserialize;

use super::{kinglet, table};
use crate::report::Step;
use crate::{setup, workspace};

/// Both sides' work.
struct Work {
    algorithm: &'static str,
    /// The environment, as ours and as the peer names it.
    environments: [&'static str; 2],
    /// Threads of ours; the peer has one.
    threads: &'static str,
    /// What our preset has otherwise than the peer, put back.
    settings: &'static [&'static str],
    /// A preset of ours that the peer reads, where its own settings are others.
    preset: Option<&'static str>,
    /// The share of the usual steps that is taken.
    share: f64,
}

const CARTPOLE: [&str; 2] = ["cartpole", "CartPole-v1"];
const PENDULUM: [&str; 2] = ["pendulum", "Pendulum-v1"];
/// The peer's networks for SAC. It takes as many updates as steps.
const SAC: &[&str] = &[
    "policy.hidden=[256, 256]",
    "critic.hidden=[256, 256]",
    "replay.warmup=100",
];

const fn work(
    algorithm: &'static str,
    environments: [&'static str; 2],
    threads: &'static str,
    settings: &'static [&'static str],
    share: f64,
) -> Work {
    Work {
        algorithm,
        environments,
        threads,
        settings,
        preset: None,
        share,
    }
}

const WORK: [Work; 7] = [
    work("ppo", CARTPOLE, "1", &[], 1.0),
    work(
        "ppo",
        PENDULUM,
        "1",
        &["algorithm.learning_rate=0.001"],
        1.0,
    ),
    work("trpo", CARTPOLE, "1", &[], 1.0),
    work("trpo", PENDULUM, "1", &[], 1.0),
    work("sac", PENDULUM, "1", SAC, 0.05),
    work("sac", PENDULUM, "2", SAC, 0.05),
    Work {
        preset: Some("presets/ppo/mujoco.toml"),
        ..work(
            "ppo",
            ["mujoco/half-cheetah", "HalfCheetah-v5"],
            "1",
            &[],
            1.0,
        )
    },
];

/// How often to time.
#[derive(Debug, clap::Args)]
pub(crate) struct Speed {
    /// Rounds, in each of which both sides do all the work in turn; the table holds the medians.
    #[arg(long, default_value_t = 5)]
    rounds: u64,
    /// Steps that ours takes; of an algorithm that learns with each step, a twentieth.
    #[arg(long, default_value_t = 100_000)]
    steps: u64,
    /// Steps that the peer takes; a twentieth, likewise.
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
        let program = kinglet(&mut step, &["--features", "mujoco"])?;
        let here = workspace::root().join("crates/kinglet-cli");
        let benches = here.join("benches");
        let python = setup::python(&mut step, &benches.join("requirements.txt"))?;
        let mut rates: Vec<_> = WORK.iter().map(|_| (Vec::new(), Vec::new())).collect();
        for round in 0..self.rounds {
            for (work, (ours, peers)) in WORK.iter().zip(&mut rates) {
                step.say(&format!("round {}: {}", round + 1, work.label()));
                ours.push(self.ours(&mut step, &program, work, round)?);
                let steps = ((self.peer_steps as f64 * work.share) as u64).to_string();
                let (script, theirs) = (benches.join("peer.py"), work.environments[1]);
                let preset = work.preset.map(|preset| here.join(preset).into_os_string());
                let arguments = [
                    script.into(),
                    work.algorithm.into(),
                    theirs.into(),
                    steps.into(),
                ];
                let arguments: Vec<OsString> = arguments.into_iter().chain(preset).collect();
                let printed = step.run(cmd(&python, arguments))?;
                let line = printed.lines().last().context("the peer printed nothing")?;
                let timed: Timed = serde_json::from_str(line)?;
                peers.push(timed.steps / timed.seconds);
            }
        }
        let rows: Vec<Vec<String>> = WORK
            .iter()
            .zip(&mut rates)
            .map(|(work, (ours, peers))| row(&work.label(), ours, peers))
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
    fn ours(&self, step: &mut Step, program: &Path, work: &Work, seed: u64) -> Result<f64> {
        let folder = tempfile::tempdir()?;
        let out = folder.path().join("run").display().to_string();
        let steps = (self.steps as f64 * work.share) as u64;
        let (seed, taken) = (seed.to_string(), steps.to_string());
        let mut arguments = vec!["train", work.algorithm, "--env", work.environments[0]];
        arguments.extend(["--threads", work.threads, "--seed", &seed]);
        arguments.extend(["--steps", &taken, "--out", &out]);
        arguments.extend(work.settings.iter().flat_map(|one| ["--set", *one]));
        let start = Instant::now();
        step.run(cmd(program, arguments))?;
        Ok(steps as f64 / start.elapsed().as_secs_f64())
    }
}

impl Work {
    fn label(&self) -> String {
        let threads = if self.threads == "1" {
            ""
        } else {
            ", two threads"
        };
        format!("`{}` on {}{threads}", self.algorithm, self.environments[0])
    }
}

fn row(label: &str, ours: &mut [f64], peers: &mut [f64]) -> Vec<String> {
    let mut ratios: Vec<f64> = ours.iter().zip(&*peers).map(|(a, b)| a / b).collect();
    vec![
        label.to_owned(),
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
        let row = row("x", &mut [30.0, 10.0, 20.0], &mut [10.0, 10.0, 2.0]);
        assert_eq!(row[1..], ["20", "10", "3.0"]);
        assert_eq!(median(&mut [4.0, 1.0]), 2.5);
    }
}
