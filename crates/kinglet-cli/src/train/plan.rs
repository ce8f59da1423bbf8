//! Which runs are asked for.

use std::path::{Path, PathBuf};

use super::folder::{self, CONFIG};
use super::session::Session;
use crate::args::Train;
use crate::config::{Settings, Told, of_folder, settings};
use crate::error::{Error, note};
use crate::plain::plain;
use crate::trained::Which;

/// A run to begin or to go on with.
#[derive(Debug)]
pub(crate) enum Plan {
    Begin {
        settings: Box<Settings>,
        path: PathBuf,
    },
    Resume {
        path: PathBuf,
        which: Which,
    },
}

impl Plan {
    pub(crate) fn open(&self) -> Result<Session, Error> {
        match self {
            Self::Begin { settings, path } => Session::begin(settings, path),
            Self::Resume { path, which } => Session::resume(path, *which),
        }
    }

    /// What a bar is called.
    pub(crate) fn name(&self, session: &Session) -> String {
        let algorithm = session.training.config.algorithm.name();
        format!(
            "{algorithm} {} seed {}",
            session.run.environment, session.run.seed
        )
    }
}

/// The algorithm, and what the first run is told.
pub(crate) fn first(args: &Train) -> Result<(&str, Told), Error> {
    let algorithm = args.algorithm.as_deref().ok_or(Error::NoAlgorithm)?;
    let first = args.seeds.as_ref().map(|seeds| seeds.0.start);
    let told = Told {
        preset: args.preset.clone(),
        file: args.config.clone(),
        sets: args.set.clone(),
        environment: args.env,
        steps: args.steps,
        seed: first.or(args.seed),
    };
    Ok((algorithm, told))
}

/// The runs that are asked for. Every folder has been seen to be free.
pub(crate) fn plan(args: &Train) -> Result<Vec<Plan>, Error> {
    if let Some(path) = &args.resume {
        return Ok(vec![resume(args, path)?]);
    }
    let (algorithm, told) = first(args)?;
    let seeds = args
        .seeds
        .as_ref()
        .map_or(vec![told.seed], |seeds| seeds.0.clone().map(Some).collect());
    let mut plans = Vec::new();
    for seed in seeds {
        let settings = settings(
            algorithm,
            &Told {
                seed,
                ..told.clone()
            },
        )?;
        let path = place(args, algorithm, &settings);
        folder::vacant(&path)?;
        if plans.is_empty() && !settings.preset {
            let environment = settings.run.environment;
            note(format_args!(
                "no preset for {algorithm} on {environment}: the algorithm's defaults hold"
            ));
        }
        plans.push(Plan::Begin {
            settings: Box::new(settings),
            path,
        });
    }
    Ok(plans)
}

/// Where a run stands.
fn place(args: &Train, algorithm: &str, settings: &Settings) -> PathBuf {
    let seed = settings.run.seed;
    match (&args.out, &args.seeds) {
        (Some(out), None) => out.clone(),
        (Some(out), Some(_)) => out.join(format!("seed{seed}")),
        (None, _) => PathBuf::from("runs").join(format!(
            "{algorithm}-{}-seed{seed}",
            plain(settings.run.environment.as_str())
        )),
    }
}

/// The run of a folder; if an algorithm or an environment is named too, it has to be that.
fn resume(args: &Train, path: &Path) -> Result<Plan, Error> {
    if !path.join(CONFIG).exists() {
        return Err(folder::Unfit::NoRun(path.to_owned()).into());
    }
    let (run, config) = of_folder(&path.join(CONFIG))?;
    let found = [config.algorithm.name(), run.environment.as_str()];
    let asked = [args.algorithm.as_deref(), args.env.map(|env| env.as_str())];
    for (found, asked) in found.into_iter().zip(asked) {
        if let Some(asked) = asked.filter(|asked| *asked != found) {
            let (folder, asked) = (path.to_owned(), asked.to_owned());
            return Err(Error::NotThatRun {
                folder,
                found: found.to_owned(),
                asked,
            });
        }
    }
    let which = Which::of(args.newest_good);
    Ok(Plan::Resume {
        path: path.to_owned(),
        which,
    })
}
