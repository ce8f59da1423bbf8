//! Where displays go: to a kinglet reader, to the stock evcxr kernel, or to a terminal.

use std::{
    env,
    fmt::Write,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{Bundle, Message, Show, encode};

/// Who reads this process's standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A program that decodes our messages: the kernel, or the weaver of a chapter.
    Kinglet,
    /// The stock evcxr kernel, which knows markers of its own and no updates.
    Evcxr,
    /// A person.
    Plain,
}

pub(crate) fn reader() -> Reader {
    static READER: OnceLock<Reader> = OnceLock::new();
    *READER.get_or_init(|| {
        if env::var_os("KINGLET_DISPLAY").is_some_and(|v| v == "1") {
            Reader::Kinglet
        } else if env::var_os("EVCXR_IS_RUNTIME").is_some() {
            Reader::Evcxr
        } else {
            Reader::Plain
        }
    })
}

/// Displays a value.
///
/// One message on standard output where `KINGLET_DISPLAY=1` says that a reader decodes it,
/// evcxr's own markers under the stock evcxr kernel, the form `text/plain` otherwise.
pub fn show<T: Show + ?Sized>(value: &T) {
    emit(&Message::Show {
        id: None,
        bundle: value.bundle(),
    });
}

/// Displays a value that can be updated in its place.
///
/// Where the reader knows no updates, an update is one more display.
pub fn show_updatable<T: Show + ?Sized>(value: &T) -> Handle {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    emit(&Message::Show {
        id: Some(id.clone()),
        bundle: value.bundle(),
    });
    Handle { id }
}

/// A display that can be updated in its place.
#[derive(Clone, Debug)]
pub struct Handle {
    id: String,
}

impl Handle {
    /// Puts another value where this display stands.
    pub fn update<T: Show + ?Sized>(&self, value: &T) {
        emit(&Message::Update {
            id: self.id.clone(),
            bundle: value.bundle(),
        });
    }
}

/// Writes one message to standard output, in the form that its reader understands.
pub fn emit(message: &Message) {
    print!("{}", rendered(message, reader()));
}

fn rendered(message: &Message, reader: Reader) -> String {
    match (reader, message) {
        (Reader::Kinglet, message) => format!("{}\n", encode(message)),
        (Reader::Evcxr, Message::Show { bundle, .. } | Message::Update { bundle, .. }) => {
            evcxr_markers(bundle)
        }
        (Reader::Plain, Message::Show { bundle, .. } | Message::Update { bundle, .. }) => {
            format!("{}\n", bundle.get("text/plain").unwrap_or_default())
        }
        _ => String::new(),
    }
}

fn evcxr_markers(bundle: &Bundle) -> String {
    let mut out = String::new();
    for (mime, content) in &bundle.data {
        let _ = write!(
            out,
            "EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT\n"
        );
    }
    out
}
