//! Runs the entries on all cores.

use std::any::Any;
use std::num::NonZero;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use kinglet_derivations::{Entry, Outcome};

use crate::error::Error;

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The entry of this index is done.
    Done(usize, Outcome),
    /// The user wants no more.
    Interrupted,
}

/// Starts the entries on as many threads as there are cores. An entry takes no input, so that
/// neither their number nor the order in which entries end can change a value.
pub(crate) fn start(entries: &[&'static Entry]) -> Result<Receiver<Event>, Error> {
    let (sender, events) = channel();
    forward_interrupts(sender.clone())?;
    let next = Arc::new(AtomicUsize::new(0));
    let entries: Arc<[&'static Entry]> = entries.into();
    for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
        let (sender, next, entries) = (sender.clone(), next.clone(), entries.clone());
        thread::spawn(move || work(&entries, &next, &sender));
    }
    Ok(events)
}

fn work(entries: &[&'static Entry], next: &AtomicUsize, done: &Sender<Event>) {
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(entry) = entries.get(index) else {
            return;
        };
        let outcome =
            catch_unwind(entry.run).unwrap_or_else(|panic| Outcome::broke_off(message(&*panic)));
        if done.send(Event::Done(index, outcome)).is_err() {
            return;
        }
    }
}

/// What a panic says.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic")
}

/// The first Ctrl-C is an event; a second one ends the program at once, whatever it waits for.
fn forward_interrupts(events: Sender<Event>) -> Result<(), Error> {
    let interrupted = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if interrupted.swap(true, Ordering::Relaxed) || events.send(Event::Interrupted).is_err() {
            std::process::exit(130);
        }
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_derivations::{Kind, Source, Verdict};

    fn entry(run: fn() -> Outcome) -> &'static Entry {
        Box::leak(Box::new(Entry {
            id: "X-01",
            title: "",
            kind: Kind::Claim,
            source: Source::Xu,
            run,
        }))
    }

    #[test]
    fn every_entry_is_done_once_and_a_panic_is_a_failure() {
        let entries = [
            entry(Outcome::default),
            entry(|| panic!("the number {}", 7)),
            entry(Outcome::default),
        ];
        let (sender, events) = channel();
        work(&entries, &AtomicUsize::new(0), &sender);
        drop(sender);
        let done: Vec<_> = events
            .iter()
            .map(|event| match event {
                Event::Done(index, outcome) => (index, outcome),
                Event::Interrupted => panic!("nobody interrupted"),
            })
            .collect();
        let verdicts: Vec<_> = done.iter().map(|(i, o)| (*i, o.verdict())).collect();
        let prose = Verdict::Prose;
        assert_eq!(verdicts, [(0, prose), (1, Verdict::Fails), (2, prose)]);
        assert_eq!(done[1].1.checks[0].quantity, "broke off: the number 7");
    }
}
