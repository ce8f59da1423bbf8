//! The outcomes as one JSON object.

use std::io::Write;

use kinglet_derivations::{Check, Kind, Printed, Verdict};
use serde::Serialize;

use crate::collect::Done;
use crate::error::Error;

#[derive(Debug, Serialize)]
struct Object<'a> {
    entries: Vec<EntryObject<'a>>,
}

#[derive(Debug, Serialize)]
struct EntryObject<'a> {
    id: &'a str,
    title: &'a str,
    kind: Kind,
    verdict: Verdict,
    checks: &'a [Check],
    printed: &'a [Printed],
}

/// Writes `{"entries": […]}` and a line end.
pub(crate) fn write(out: &mut impl Write, done: &[Done]) -> Result<(), Error> {
    let entries = done.iter().map(|Done { entry, outcome }| EntryObject {
        id: entry.id,
        title: entry.title,
        kind: entry.kind,
        verdict: outcome.verdict(),
        checks: &outcome.checks,
        printed: &outcome.printed,
    });
    let object = Object {
        entries: entries.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &object).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}
