//! `kinglet train`.

pub(crate) mod events;
pub(crate) mod folder;
mod interrupt;
pub(crate) mod metrics;
mod plan;
mod progress;
pub(crate) mod seeds;
pub(crate) mod session;
mod side_by_side;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use self::interrupt::listen;
use self::plan::{Plan, plan};
use self::progress::{Screen, thousands};
use self::session::Session;
use self::side_by_side::side_by_side;
use crate::args::Train;
use crate::config::settings;
use crate::error::{Error, note};
use crate::run_report;

/// Trains one run, or several side by side.
pub(crate) fn train(args: &Train) -> Result<ExitCode, Error> {
    if args.print_config {
        let (algorithm, told) = plan::first(args)?;
        let settings = settings(algorithm, &told)?;
        io::stdout().write_all(settings.text.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let plans = plan(args)?;
    let (screen, stop) = (Screen::new(), listen()?);
    let ends = side_by_side(plans.len(), args.threads.count(), |i| {
        one(&plans[i], &screen, &stop)
    });
    let mut failures: Vec<_> = ends.into_iter().filter_map(Result::err).collect();
    let Some(last) = failures.pop() else {
        let stopped = stop.load(Ordering::Relaxed);
        return Ok(if stopped {
            ExitCode::from(130)
        } else {
            ExitCode::SUCCESS
        });
    };
    for failure in failures {
        note(format_args!("{failure}"));
    }
    Err(last)
}

/// One run until its end, or until it is asked to stop.
fn one(plan: &Plan, screen: &Screen, stop: &AtomicBool) -> Result<(), Error> {
    if stop.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut session = plan.open()?;
    let path = quoted(&session.folder.path.display().to_string());
    let mut shown = screen.show(
        plan.name(&session),
        session.training.step,
        session.run.steps,
    );
    while !session.training.is_done() && !stop.load(Ordering::Relaxed) {
        let update = session.update()?;
        shown.update(&update, session.mean_return());
    }
    session.save()?;
    let speed = shown.speed(session.training.step);
    shown.finish();
    let folder = &session.folder.path;
    if session.training.is_done() {
        run_report::finish(folder, rayon::current_num_threads())?;
    } else {
        run_report::stop(folder)?;
    }
    writeln!(io::stdout(), "{}", summary(&session, &path, speed))?;
    Ok(())
}

/// What a run has come to, and how to go on.
fn summary(session: &Session, path: &str, speed: f64) -> String {
    let (step, steps) = (session.training.step, session.run.steps);
    let mean = session.mean_return();
    let mean = mean
        .map(|mean| format!(", return {mean:.1}"))
        .unwrap_or_default();
    let speed = thousands(speed);
    if session.training.is_done() {
        format!(
            "{path}: {step} steps at {speed} steps/s{mean}; look at it by `kinglet eval {path}`"
        )
    } else {
        format!(
            "{path}: stopped after {step} of {steps} steps{mean}; go on by `kinglet train --resume {path}`"
        )
    }
}

/// A word that a shell reads as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        for word in [
            "runs/ppo-seed0",
            "my runs/a",
            "it's",
            "$HOME",
            "a;b",
            "\"",
            "ü",
            "",
        ] {
            let script = format!("printf %s {}", quoted(word));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }
}
