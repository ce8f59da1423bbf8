//! `kinglet reproduce`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use kinglet_derivations::{Entry, Verdict};

use crate::args::Reproduce;
use crate::collect::{Collected, Done, collect};
use crate::error::Error;
use crate::report::Page;
use crate::select::select;
use crate::{json, layout, text, work};

/// Runs the entries that were asked for and shows them.
pub(crate) fn reproduce(args: &Reproduce) -> Result<ExitCode, Error> {
    let entries = select(&args.ids, args.source)?;
    let page = args.report.as_deref().map(Page::open).transpose()?;
    let collected = if args.json {
        as_json(&entries)?
    } else {
        as_text(&entries)?
    };
    if let Some(page) = page {
        write_page(&page, &collected)?;
    }
    Ok(status(&collected))
}

fn as_json(entries: &[&'static Entry]) -> Result<Collected, Error> {
    let collected = run(entries, |_, _| Ok(()))?;
    json::write(&mut io::stdout().lock(), &collected.done)?;
    Ok(collected)
}

fn as_text(entries: &[&'static Entry]) -> Result<Collected, Error> {
    let start = Instant::now();
    let width = layout::width();
    let collected = run(entries, |bar, done| {
        let mut lines = Vec::new();
        text::entry(&mut lines, done, width)?;
        bar.suspend(|| io::stdout().write_all(&lines))?;
        Ok(())
    })?;
    text::summary(&mut io::stdout().lock(), &collected, start.elapsed())?;
    Ok(collected)
}

/// Runs the entries under a progress bar, which shows on standard error if that is a terminal.
fn run(
    entries: &[&'static Entry],
    mut each: impl FnMut(&ProgressBar, &Done) -> Result<(), Error>,
) -> Result<Collected, Error> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} entries  {msg}");
    let style = style.expect("the template is a constant");
    let bar = ProgressBar::new(entries.len() as u64).with_style(style);
    let events = work::start(entries)?;
    let collected = collect(
        entries,
        events,
        |id| {
            bar.set_message(id);
            bar.inc(1);
        },
        |done| each(&bar, done),
    );
    bar.finish_and_clear();
    collected
}

fn write_page(page: &Page, collected: &Collected) -> Result<(), Error> {
    let mut stderr = io::stderr();
    if collected.interrupted {
        writeln!(stderr, "kinglet: no report: interrupted")?;
    } else {
        let path = page.write(&collected.done)?;
        writeln!(stderr, "report: {}", path.display())?;
    }
    Ok(())
}

fn status(collected: &Collected) -> ExitCode {
    if collected.interrupted {
        ExitCode::from(130)
    } else if collected.count(Verdict::Fails) > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
