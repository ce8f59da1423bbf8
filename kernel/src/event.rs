//! What the relay tells the kernel about the process in which the cells run.
//!
//! An event travels as one line on the relay's standard output. It is armoured in base64, so that
//! evcxr, which reads the same output, finds none of its own markers in a user's text.

use base64::{Engine, engine::general_purpose::STANDARD};
use kinglet_display::Message;
use serde::{Deserialize, Serialize};

const START: &str = "\u{2}kinglet-event:";

/// One thing that happened in the process of the cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A compiled cell begins to run, in the process with this identifier.
    Started(u32),
    /// Text on standard output; not always a whole line.
    Stdout(String),
    /// Text on standard error; not always a whole line.
    Stderr(String),
    /// A message of `kinglet-display`, encoded.
    Message(String),
    /// One form of a value that is shown by evcxr's own markers.
    Content {
        /// The media type.
        mime: String,
        /// The content.
        text: String,
    },
    /// A panic ended the cell.
    Panicked,
    /// A `?` ended the cell.
    Returned,
    /// The cell has ended and all of its output has been told.
    Ended,
    /// The process has ended.
    Exited(String),
}

impl Event {
    /// The event that carries a message of `kinglet-display`.
    pub fn message(message: &Message) -> Self {
        Event::Message(kinglet_display::encode(message))
    }

    /// The event as one line, without the newline.
    pub fn encode(&self) -> String {
        let json = serde_json::to_vec(self).expect("an event is plain data");
        format!("{START}{}", STANDARD.encode(json))
    }

    /// The event that a line holds, or `None` where the line is anything else.
    pub fn decode(line: &str) -> Option<Self> {
        let bytes = STANDARD.decode(line.strip_prefix(START)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_survives_and_holds_no_marker() {
        for text in [
            "",
            "EVCXR_BEGIN_CONTENT text/plain\nx\nEVCXR_END_CONTENT",
            "\u{2}kinglet-event:\0\r\n\u{1f600}",
        ] {
            let event = Event::Stdout(text.into());
            let line = event.encode();
            assert!(!line.contains('\n') && !line.contains("EVCXR"), "{line}");
            assert_eq!(Event::decode(&line), Some(event));
        }
    }

    #[test]
    fn other_lines_are_no_events() {
        for line in [
            "",
            "text",
            START,
            &format!("{START}@"),
            &format!("{START}AAAA"),
        ] {
            assert_eq!(Event::decode(line), None, "{line}");
        }
    }
}
