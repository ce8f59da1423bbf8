//! Puts the outcomes into the order of the entries.

use kinglet_derivations::{Entry, Outcome, Verdict};

use crate::error::Error;
use crate::work::Event;

/// An entry that was run.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) entry: &'static Entry,
    pub(crate) outcome: Outcome,
}

/// All that was run, in the order of the entries.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) done: Vec<Done>,
    pub(crate) asked: usize,
    pub(crate) interrupted: bool,
}

impl Collected {
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        let verdicts = self.done.iter().map(|d| d.outcome.verdict());
        verdicts.filter(|v| *v == verdict).count()
    }

    pub(crate) fn checks(&self) -> usize {
        self.done.iter().map(|d| d.outcome.checks.len()).sum()
    }

    /// The entries that are wrong as printed, however many slips each has.
    pub(crate) fn errata(&self) -> usize {
        let printed = self.done.iter().map(|d| &d.outcome.printed);
        printed.filter(|printed| !printed.is_empty()).count()
    }
}

/// Waits until every entry is done or the user interrupts. `finished` hears the identifier of each
/// entry as it ends; `each` sees the entries in their order, each as soon as all before it were
/// seen, and after an interrupt those that were done already.
pub(crate) fn collect(
    entries: &[&'static Entry],
    events: impl IntoIterator<Item = Event>,
    mut finished: impl FnMut(&'static str),
    mut each: impl FnMut(&Done) -> Result<(), Error>,
) -> Result<Collected, Error> {
    let mut waiting: Vec<Option<Outcome>> = entries.iter().map(|_| None).collect();
    let mut done = Vec::new();
    let mut see = |entry, outcome| {
        let seen = Done { entry, outcome };
        each(&seen)?;
        done.push(seen);
        Ok::<(), Error>(())
    };
    let mut seen = 0;
    let mut interrupted = false;
    for event in events {
        match event {
            Event::Done(index, outcome) => {
                finished(entries[index].id);
                waiting[index] = Some(outcome);
            }
            Event::Interrupted => interrupted = true,
        }
        while let Some(outcome) = waiting.get_mut(seen).and_then(Option::take) {
            see(entries[seen], outcome)?;
            seen += 1;
        }
        if interrupted || seen == entries.len() {
            break;
        }
    }
    for (entry, outcome) in entries.iter().zip(waiting) {
        outcome.map_or(Ok(()), |outcome| see(entry, outcome))?;
    }
    Ok(Collected {
        done,
        asked: entries.len(),
        interrupted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_derivations::catalogue;

    fn ids(events: Vec<Event>) -> (Vec<&'static str>, Vec<&'static str>, Collected) {
        let entries: Vec<_> = catalogue().iter().take(4).collect();
        let (mut finished, mut seen) = (Vec::new(), Vec::new());
        let collected = collect(
            &entries,
            events,
            |id| finished.push(id),
            |done| {
                seen.push(done.entry.id);
                Ok(())
            },
        );
        (finished, seen, collected.unwrap())
    }

    fn done(index: usize) -> Event {
        Event::Done(index, Outcome::default())
    }

    #[test]
    fn entries_are_seen_in_their_order() {
        let names: Vec<_> = catalogue().iter().take(4).map(|e| e.id).collect();
        let (finished, seen, collected) = ids(vec![done(2), done(0), done(3), done(1)]);
        assert_eq!(finished, [names[2], names[0], names[3], names[1]]);
        assert_eq!(seen, names);
        assert_eq!((collected.done.len(), collected.interrupted), (4, false));
    }

    #[test]
    fn an_interrupt_keeps_what_was_done() {
        let names: Vec<_> = catalogue().iter().take(4).map(|e| e.id).collect();
        let events = vec![done(3), done(0), Event::Interrupted, done(1)];
        let (_, seen, collected) = ids(events);
        assert_eq!(seen, [names[0], names[3]]);
        assert!(collected.interrupted);
        assert_eq!((collected.done.len(), collected.asked), (2, 4));
    }
}
