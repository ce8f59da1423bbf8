//! The protocol: one message is one line of standard output.
//!
//! A line is `␂kinglet:` *kind* *field*… `␃`, the fields in base64 and parted by spaces, so that
//! no content can end a message early or look like another one.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::Bundle;

const START: &str = "\u{2}kinglet:";
const END: char = '\u{3}';

/// What a running program tells the notebook, kernel or book around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A value is displayed; with an `id` it can be updated later.
    Show {
        /// The name under which the display can be updated.
        id: Option<String>,
        /// What is displayed.
        bundle: Bundle,
    },
    /// An earlier display changes in its place.
    Update {
        /// The name that the display was given.
        id: String,
        /// What it displays from now on.
        bundle: Bundle,
    },
    /// The output that follows belongs to this cell of a chapter.
    CellStart(usize),
    /// The cell's output is complete.
    CellEnd(usize),
    /// A number that the prose around the cells refers to by name.
    Value {
        /// The name used in the prose.
        name: String,
        /// The number as it is to be printed.
        text: String,
    },
    /// A thread panicked, as the panic hook of a cell's process tells it.
    Panic {
        /// What was said.
        text: String,
        /// Where, as `file:line:column`.
        location: String,
    },
}

/// The message as one line, without the newline.
///
/// # Example
/// ```
/// use kinglet_display::{Message, decode, encode};
/// let message = Message::Value { name: "kl".into(), text: "0.25\nnats".into() };
/// assert!(!encode(&message).contains('\n'));
/// assert_eq!(decode(&encode(&message)), Some(message));
/// ```
pub fn encode(message: &Message) -> String {
    let (kind, fields) = fields(message);
    let mut line = format!("{START}{kind}");
    for field in fields {
        line.push(' ');
        STANDARD.encode_string(field, &mut line);
    }
    line.push(END);
    line
}

/// The message that a line holds, or `None` where the line is anything else.
pub fn decode(line: &str) -> Option<Message> {
    let body = line.strip_prefix(START)?.strip_suffix(END)?;
    let mut words = body.split(' ');
    let kind = words.next()?;
    let fields: Vec<String> = words.map(unpacked).collect::<Option<_>>()?;
    message(kind, fields)
}

/// A line of output in two: the plain text, and the message that follows it, if any.
///
/// A message starts in mid-line where the program had printed text without a newline before.
///
/// # Example
/// ```
/// use kinglet_display::{Message, encode, split_line};
/// let line = format!("half a line{}", encode(&Message::CellEnd(3)));
/// assert_eq!(split_line(&line), ("half a line", Some(Message::CellEnd(3))));
/// assert_eq!(split_line("plain"), ("plain", None));
/// ```
pub fn split_line(line: &str) -> (&str, Option<Message>) {
    let found = line
        .rfind(START)
        .and_then(|at| Some((&line[..at], decode(&line[at..])?)));
    match found {
        Some((text, message)) => (text, Some(message)),
        None => (line, None),
    }
}

fn fields(message: &Message) -> (&'static str, Vec<String>) {
    match message {
        Message::Show { id: None, bundle } => ("show", flatten(None, bundle)),
        Message::Show { id, bundle } => ("show-as", flatten(id.as_ref(), bundle)),
        Message::Update { id, bundle } => ("update", flatten(Some(id), bundle)),
        Message::CellStart(n) => ("cell-start", vec![n.to_string()]),
        Message::CellEnd(n) => ("cell-end", vec![n.to_string()]),
        Message::Value { name, text } => ("value", vec![name.clone(), text.clone()]),
        Message::Panic { text, location } => ("panic", vec![text.clone(), location.clone()]),
    }
}

fn flatten(id: Option<&String>, bundle: &Bundle) -> Vec<String> {
    let pairs = bundle
        .data
        .iter()
        .flat_map(|(mime, content)| [mime, content]);
    id.into_iter().chain(pairs).cloned().collect()
}

fn message(kind: &str, mut fields: Vec<String>) -> Option<Message> {
    match kind {
        "show" => Some(Message::Show {
            id: None,
            bundle: gather(fields)?,
        }),
        "show-as" | "update" if !fields.is_empty() => {
            let id = fields.remove(0);
            let bundle = gather(fields)?;
            Some(match kind {
                "update" => Message::Update { id, bundle },
                _ => Message::Show {
                    id: Some(id),
                    bundle,
                },
            })
        }
        "cell-start" => Some(Message::CellStart(number(fields)?)),
        "cell-end" => Some(Message::CellEnd(number(fields)?)),
        "value" => {
            let [name, text] = fields.try_into().ok()?;
            Some(Message::Value { name, text })
        }
        "panic" => {
            let [text, location] = fields.try_into().ok()?;
            Some(Message::Panic { text, location })
        }
        _ => None,
    }
}

fn gather(fields: Vec<String>) -> Option<Bundle> {
    let mut data = Vec::new();
    let mut fields = fields.into_iter();
    while let Some(mime) = fields.next() {
        data.push((mime, fields.next()?));
    }
    Some(Bundle { data })
}

fn number(fields: Vec<String>) -> Option<usize> {
    let [field] = fields.try_into().ok()?;
    field.parse().ok()
}

fn unpacked(word: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(word).ok()?).ok()
}
