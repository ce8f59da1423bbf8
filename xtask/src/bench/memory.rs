//! The memory of a long run whose replay is full.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{kinglet, table};
use crate::report::Step;

/// How long to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Memory {
    /// Steps of CartPole.
    #[arg(long, default_value_t = 1_000_000)]
    steps: u64,
    /// Transitions that the replay holds.
    #[arg(long, default_value_t = 20_000)]
    capacity: u64,
}

impl Memory {
    /// Prints a row for each tenth of the run: the steps, and the memory that the process holds.
    pub(super) fn run(&self) -> Result<()> {
        let mut step = Step::open(1, 1, "memory", "a long run whose replay is full")?;
        let program = kinglet(&mut step, &[])?;
        let folder = tempfile::tempdir()?;
        let out = folder.path().join("run");
        let (steps, place) = (self.steps.to_string(), out.display().to_string());
        let capacity = format!("replay.capacity={}", self.capacity);
        let mut arguments = vec!["train", "soft-q", "--env", "cartpole", "--threads", "1"];
        arguments.extend(["--steps", &steps, "--set", &capacity, "--out", &place]);
        let running = duct::cmd(program, arguments)
            .stdout_null()
            .stderr_null()
            .start()?;
        let process = running.pids().first().copied().context("no process")?;
        let mut rows = Vec::new();
        while running.try_wait()?.is_none() {
            std::thread::sleep(Duration::from_millis(200));
            let (Some(taken), Some(kilobytes)) = (taken(&out), resident(process)) else {
                continue; // not begun, or just over
            };
            if taken * 10 > self.steps * rows.len() as u64 {
                rows.push(vec![taken.to_string(), kilobytes]);
            }
        }
        let head = ["steps", "memory, kB"].map(String::from);
        print!("{}", table::markdown(&head, &rows));
        Ok(())
    }
}

/// The steps of the last whole line of a run's metrics.
fn taken(out: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(out.join("metrics.csv")).ok()?;
    let whole = &text[..text.rfind('\n')?];
    whole.lines().last()?.split(',').next()?.parse().ok()
}

/// The kilobytes of memory that a process holds, as Linux counts them.
fn resident(process: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").to_owned())
}
