//! `kinglet list`.

use std::io::{self, Write};

use kinglet_envs::{Actions, EnvName, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::args::{List, Listed};
use crate::config;
use crate::error::Error;

/// Prints the names that there are, one a line, with what they stand for.
pub(crate) fn list(args: &List) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match args.what {
        Listed::Algorithms => algorithms(&mut out)?,
        Listed::Envs => envs(&mut out)?,
        Listed::Presets => presets(&mut out)?,
    }
    Ok(())
}

fn algorithms(out: &mut impl Write) -> io::Result<()> {
    for (name, about) in config::algorithms() {
        writeln!(out, "{name:24} {about}")?;
    }
    Ok(())
}

/// Each with the first line of its text, which says where its values come from.
fn presets(out: &mut impl Write) -> io::Result<()> {
    for (algorithm, environment, text) in config::presets::all() {
        let source = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("# ");
        writeln!(out, "{algorithm:10} {environment:24} {source}")?;
    }
    Ok(())
}

fn envs(out: &mut impl Write) -> io::Result<()> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    for name in EnvName::all() {
        let env = match name.make(&mut rng) {
            Ok(env) => env,
            Err(error) => {
                writeln!(out, "{name:32} {}: {}", name.about(), cannot(&error))?;
                continue;
            }
        };
        let actions = match env.actions() {
            Actions::Discrete(n) => format!("{n} actions"),
            Actions::Box { low, .. } => format!("{} to act by", numbers(low.len())),
        };
        let limit = env
            .time_limit()
            .map_or("ends by itself".into(), |limit| format!("{limit} steps"));
        let sees = format!("{} to see", numbers(env.obs_dim()));
        writeln!(
            out,
            "{name:32} {} ({sees}, {actions}, {limit})",
            name.about()
        )?;
    }
    writeln!(
        out,
        "{:32} any environment of an installed Gymnasium: gym/Taxi-v4, gym/ALE/Pong-v5?obs_type=ram{}",
        "gym/ID",
        if cfg!(feature = "gymnasium") {
            ""
        } else {
            "; not in this build; `cargo xtask mujoco`, then `--features gymnasium`"
        }
    )?;
    Ok(())
}

/// Why an environment cannot run, and what makes it run.
fn cannot(error: &kinglet_envs::Error) -> String {
    match error {
        kinglet_envs::Error::Feature { feature, .. } => {
            format!("not in this build; `cargo xtask mujoco`, then `--features {feature}`")
        }
        other => other.to_string(),
    }
}

fn numbers(count: usize) -> String {
    format!("{count} number{}", if count == 1 { "" } else { "s" })
}
