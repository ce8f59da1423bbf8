//! `kinglet list`.

use std::io::{self, Write};

use kinglet_envs::{Actions, EnvName, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::args::{List, Listed};
use crate::error::Error;

/// Prints the names that there are, one a line, with what they stand for.
pub(crate) fn list(args: &List) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    match args.what {
        Listed::Envs => envs(&mut out)?,
    }
    Ok(())
}

fn envs(out: &mut impl Write) -> io::Result<()> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    for name in EnvName::ALL {
        let env = name.make(&mut rng);
        let actions = match env.actions() {
            Actions::Discrete(n) => format!("{n} actions"),
            Actions::Box { low, .. } => format!("{} to act by", numbers(low.len())),
        };
        let limit = name
            .time_limit()
            .map_or("ends by itself".into(), |limit| format!("{limit} steps"));
        let sees = format!("{} to see", numbers(env.obs_dim()));
        writeln!(
            out,
            "{name:24} {} ({sees}, {actions}, {limit})",
            name.about()
        )?;
    }
    Ok(())
}

fn numbers(count: usize) -> String {
    format!("{count} number{}", if count == 1 { "" } else { "s" })
}
