//! `kinglet eval`.

use std::io::{self, Write};

use kinglet_algorithms::{Finished, interquartile_mean};

use crate::args::Eval;
use crate::error::Error;
use crate::trained::{Trained, Which};

/// Plays episodes with what a run has come to, and prints what they returned.
pub(crate) fn eval(args: &Eval) -> Result<(), Error> {
    let trained = Trained::load(&args.folder, Which::of(args.newest_good))?;
    let threads = args.threads.count();
    let episodes = trained.evaluate(args.episodes.get(), args.seed, threads)?;
    let mut out = io::stdout().lock();
    let (run, step) = (&trained.run, trained.step);
    let algorithm = trained.config.algorithm.name();
    writeln!(
        out,
        "{algorithm} on {}, seed {}, after {step} steps",
        run.environment, run.seed
    )?;
    writeln!(out, "  checkpoint {}", trained.path.display())?;
    for (name, value) in summary(&episodes) {
        writeln!(out, "  {name:20} {value}")?;
    }
    Ok(())
}

/// Named numbers of some episodes.
fn summary(episodes: &[Finished]) -> Vec<(&'static str, String)> {
    let returns: Vec<f64> = episodes.iter().map(|episode| episode.total).collect();
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let squares: f64 = returns.iter().map(|x| (x - mean).powi(2)).sum();
    let error = if n > 1.0 {
        (squares / (n - 1.0) / n).sqrt()
    } else {
        f64::NAN
    };
    let length = episodes
        .iter()
        .map(|episode| episode.steps as f64)
        .sum::<f64>()
        / n;
    let extreme =
        |pick: fn(f64, f64) -> f64| returns.iter().copied().reduce(pick).unwrap_or(f64::NAN);
    vec![
        ("episodes", format!("{n}")),
        ("mean return", format!("{mean:.2}")),
        ("standard error", format!("{error:.2}")),
        (
            "interquartile mean",
            format!("{:.2}", interquartile_mean(&returns)),
        ),
        (
            "least, greatest",
            format!("{:.2}, {:.2}", extreme(f64::min), extreme(f64::max)),
        ),
        ("mean length", format!("{length:.1}")),
    ]
}
