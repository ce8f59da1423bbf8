//! Reading the standard output of the cells: plain text, and the markers that stand in it.

use kinglet_display::split_line;

use crate::event::Event;

const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANICKED: &str = "EVCXR_PANIC_NOTIFICATION";
const RETURNED: &str = "EVCXR_ERROR_OCCURRED";
const CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
const BEGIN_CONTENT: &str = "EVCXR_BEGIN_CONTENT ";
const END_CONTENT: &str = "EVCXR_END_CONTENT";

/// What every marker starts with: text up to there can be shown before its line is complete.
const STARTS: [&str; 2] = ["EVCXR_", "\u{2}kinglet"];

/// One piece of the standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// For the kernel.
    Event(Event),
    /// A line that evcxr must see.
    Forward(String),
    /// The compiled code has returned.
    Complete,
}

/// A reader that is fed bytes as they come and keeps what is not decided yet.
#[derive(Debug, Default)]
pub struct Markers {
    pending: Vec<u8>,
    content: Option<(String, Vec<String>)>,
}

impl Markers {
    /// The pieces that are decided once `bytes` have come too.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.pending.extend_from_slice(bytes);
        let mut pieces = Vec::new();
        while let Some(end) = self.pending.iter().position(|&b| b == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            self.line(&line, &mut pieces);
        }
        if self.content.is_none() {
            let shown = undecided(&self.pending);
            let text: Vec<u8> = self.pending.drain(..shown).collect();
            push_text(&String::from_utf8_lossy(&text), &mut pieces);
        }
        pieces
    }

    /// What is left when no more bytes will come.
    pub fn finish(&mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        push_text(&String::from_utf8_lossy(&self.pending), &mut pieces);
        self.pending.clear();
        pieces
    }

    fn line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        if let Some((mime, mut lines)) = self.content.take() {
            let panicked = line == PANICKED;
            if line == END_CONTENT || panicked {
                let text = lines.join("\n");
                pieces.push(Piece::Event(Event::Content { mime, text }));
            } else {
                lines.push(line.into());
                self.content = Some((mime, lines));
            }
            if panicked {
                pieces.extend(panic_pieces());
            }
        } else if let Some(text) = line.strip_suffix(COMPLETE) {
            push_text(text, pieces);
            pieces.push(Piece::Complete);
        } else if let Some(text) = line.strip_suffix(PANICKED) {
            push_text(text, pieces);
            pieces.extend(panic_pieces());
        } else if let Some(text) = line.strip_suffix(RETURNED) {
            push_text(text, pieces);
            pieces.push(Piece::Event(Event::Returned));
            pieces.push(Piece::Forward(RETURNED.into()));
        } else if line.starts_with(CHANGED_TYPE) {
            pieces.push(Piece::Forward(line.into()));
        } else if let Some((text, mime)) = line.split_once(BEGIN_CONTENT) {
            push_text(text, pieces);
            self.content = Some((mime.into(), Vec::new()));
        } else {
            match split_line(line) {
                (text, Some(message)) => {
                    push_text(text, pieces);
                    pieces.push(Piece::Event(Event::message(&message)));
                }
                (text, None) => push_text(&format!("{text}\n"), pieces),
            }
        }
    }
}

fn panic_pieces() -> [Piece; 2] {
    [
        Piece::Event(Event::Panicked),
        Piece::Forward(PANICKED.into()),
    ]
}

/// Adds text, joined to text that came directly before it.
fn push_text(text: &str, pieces: &mut Vec<Piece>) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some(Piece::Event(Event::Stdout(before))) => before.push_str(text),
        _ => pieces.push(Piece::Event(Event::Stdout(text.into()))),
    }
}

/// How many bytes of an incomplete line can be shown: those before a possible marker and before
/// an incomplete character.
fn undecided(bytes: &[u8]) -> usize {
    let marker = (0..bytes.len()).find(|&at| {
        let rest = &bytes[at..];
        STARTS.iter().any(|start| {
            let n = rest.len().min(start.len());
            rest[..n] == start.as_bytes()[..n]
        })
    });
    let end = marker.unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use kinglet_display::{Message, encode};

    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Event(Event::Stdout(text.into()))
    }

    /// The pieces of `bytes` fed in all at once, and byte by byte with the text joined again.
    fn read(bytes: &[u8]) -> Vec<Piece> {
        let (mut whole, mut single) = (Markers::default(), Markers::default());
        let mut at_once = whole.feed(bytes);
        at_once.extend(whole.finish());
        let mut one_by_one = Vec::new();
        let fed = bytes
            .iter()
            .flat_map(|&b| single.feed(&[b]))
            .collect::<Vec<_>>();
        for piece in fed.into_iter().chain(single.finish()) {
            match piece {
                Piece::Event(Event::Stdout(t)) => push_text(&t, &mut one_by_one),
                piece => one_by_one.push(piece),
            }
        }
        assert_eq!(at_once, one_by_one);
        at_once
    }

    #[test]
    fn text_without_newline_comes_before_a_marker() {
        let pieces = read(b"abcEVCXR_EXECUTION_COMPLETE\n");
        assert_eq!(pieces, [text("abc"), Piece::Complete]);
        let pieces = read(b"EVCXR_PANIC_NOTIFICATION\nEVCXR_EXECUTION_COMPLETE\n");
        let [event, forward] = panic_pieces();
        assert_eq!(pieces, [event, forward, Piece::Complete]);
    }

    #[test]
    fn partial_lines_are_shown_unless_they_may_be_a_marker() {
        let mut markers = Markers::default();
        assert_eq!(markers.feed(b"50 %"), [text("50 %")]);
        assert_eq!(markers.feed(b" EVC"), [text(" ")]);
        assert_eq!(markers.feed(b"ENT"), [text("EVCENT")]);
        let (first, second) = "é".as_bytes().split_at(1);
        assert_eq!(markers.feed(first), []);
        assert_eq!(markers.feed(second), [text("é")]);
    }

    #[test]
    fn messages_and_contents_are_told_from_text() {
        let message = Message::CellEnd(7);
        let line = format!(
            "a{}\nEVCXR_BEGIN_CONTENT text/plain\nx\ny\n",
            encode(&message)
        );
        let pieces = read(format!("{line}EVCXR_END_CONTENT\nb\n").as_bytes());
        let content = Event::Content {
            mime: "text/plain".into(),
            text: "x\ny".into(),
        };
        let message = Piece::Event(Event::message(&message));
        assert_eq!(
            pieces,
            [text("a"), message, Piece::Event(content), text("b\n")]
        );
    }

    #[test]
    fn what_evcxr_must_know_is_forwarded() {
        let pieces = read(b"EVCXR_ERROR_OCCURRED\nEVCXR_VARIABLE_CHANGED_TYPE:x\n");
        let returned = Piece::Event(Event::Returned);
        let forward = |line: &str| Piece::Forward(line.into());
        let expected = [
            returned,
            forward("EVCXR_ERROR_OCCURRED"),
            forward("EVCXR_VARIABLE_CHANGED_TYPE:x"),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_stop_the_reader() {
        assert_eq!(read(b"\xff\xfe\n"), [text("\u{fffd}\u{fffd}\n")]);
    }
}
