//! `cargo xtask bench`: the tables of the README that take long to make. `returns` and `replay` train the algorithms, `ablation` MPO without one part and another;
//! `speed` times training beside Stable-Baselines3, and `memory` watches a long run's.

mod ablation;
mod locomotion;
mod memory;
mod replay;
mod returns;
mod speed;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use duct::cmd;

use crate::report::Step;
use crate::workspace;

/// A table of the README.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Train every algorithm that learns from each rollout once on the four tasks, over several seeds, and write the table of returns into the README.
    Returns(returns::Returns),
    /// Train MPO with one part changed and another, and write the table of returns into the README.
    Ablation(ablation::Ablation),
    /// Train on MuJoCo's locomotion tasks, over several seeds, and write the table beside published returns into the README.
    Locomotion(locomotion::Locomotion),
    /// Watch the memory of a long run whose replay is full.
    Memory(memory::Memory),
    /// Train what learns from a replay, over several seeds, and write the table of returns into the README.
    Replay(replay::Replay),
    /// Time training beside Stable-Baselines3, in turn, on one thread each, and write the table into the README.
    Speed(speed::Speed),
}

/// Makes a table.
///
/// # Errors
/// A run that fails, or a README without the table's place.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Returns(returns) => returns.run(),
        Bench::Ablation(ablation) => ablation.run(),
        Bench::Locomotion(locomotion) => locomotion.run(),
        Bench::Memory(memory) => memory.run(),
        Bench::Replay(replay) => replay.run(),
        Bench::Speed(speed) => speed.run(),
    }
}

/// The program `kinglet`, built for speed.
fn kinglet(step: &mut Step, features: &[&str]) -> Result<PathBuf> {
    step.say("building kinglet");
    let build = ["build", "--release", "--quiet", "-p", "kinglet-cli"];
    step.run(cmd("cargo", [&build[..], features].concat()))?;
    Ok(workspace::target().join("release/kinglet"))
}
