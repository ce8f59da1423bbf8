//! What a cell shows: the relay's events, turned into messages of the Jupyter protocol.

use std::{sync::Arc, thread};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use jupyter_protocol::{
    DisplayData, ExecuteResult, ExecutionCount, JupyterMessage, JupyterMessageContent, Media,
    Stdio, StreamContent, Transient, UpdateDisplayData,
};
use kinglet_display::{Bundle, Message, decode};
use tokio::sync::mpsc::UnboundedSender;

use crate::{event::Event, interrupt::Interrupt};

/// The cell whose output is shown.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The request that it came with.
    pub request: JupyterMessage,
    /// Its number.
    pub count: usize,
    /// Whether nothing of it is to be shown.
    pub silent: bool,
    /// Whether its last statement is an expression, whose value is the cell's.
    pub has_value: bool,
}

/// What is known of a cell when it has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Whether a panic ended it.
    pub panicked: bool,
    /// The last panic: what was said, and where.
    pub panic: Option<(String, String)>,
    /// Whether a `?` ended it.
    pub returned: bool,
    /// The last line on standard error.
    pub last_error: String,
    /// How the process ended, if it did.
    pub exited: Option<String>,
}

/// The thread that shows what cells write.
#[derive(Debug)]
pub struct Output {
    orders: Sender<Order>,
}

#[derive(Debug)]
enum Order {
    Begin(Box<Cell>),
    End(Vec<(String, String)>, Sender<Ending>),
}

impl Output {
    /// Starts the thread; `lines` is evcxr's account of the process's standard output.
    pub fn start(
        lines: Receiver<String>,
        iopub: UnboundedSender<JupyterMessage>,
        interrupt: Arc<Interrupt>,
    ) -> Self {
        let (orders, received) = unbounded();
        thread::spawn(move || {
            let mut shown = Shown::new(iopub, interrupt);
            loop {
                select! {
                    recv(lines) -> line => match line {
                        Ok(line) => shown.line(&line),
                        Err(_) => return,
                    },
                    recv(received) -> order => match order {
                        Ok(Order::Begin(cell)) => shown.begin(*cell),
                        Ok(Order::End(value, to)) => {
                            // All lines of the cell are in the channel by now.
                            lines.try_iter().for_each(|line| shown.line(&line));
                            // Without a listener nobody wants to know.
                            let _ = to.send(shown.end(value));
                        }
                        Err(_) => return,
                    },
                }
            }
        });
        Output { orders }
    }

    /// What comes from now on belongs to this cell.
    pub fn begin(&self, cell: Cell) {
        // The thread lives as long as this value.
        let _ = self.orders.send(Order::Begin(Box::new(cell)));
    }

    /// The cell has been run; `value` is what evcxr itself has to show for it.
    pub fn end(&self, value: Vec<(String, String)>) -> Ending {
        let (to, ending) = bounded(1);
        let _ = self.orders.send(Order::End(value, to));
        ending.recv().unwrap_or_default()
    }
}

/// What of the current cell has been shown, and what is held back.
#[derive(Debug)]
struct Shown {
    iopub: UnboundedSender<JupyterMessage>,
    interrupt: Arc<Interrupt>,
    /// Display names are unique to a kernel: an old notebook's displays must not change.
    prefix: String,
    cell: Option<Cell>,
    /// A display that may turn out to be the cell's value.
    held: Option<Bundle>,
    /// The same, by evcxr's own markers.
    contents: Vec<(String, String)>,
    panics: Vec<(String, String)>,
    ending: Ending,
}

impl Shown {
    fn new(iopub: UnboundedSender<JupyterMessage>, interrupt: Arc<Interrupt>) -> Self {
        Shown {
            iopub,
            interrupt,
            prefix: format!("kinglet-{}-{}", std::process::id(), now()),
            cell: None,
            held: None,
            contents: Vec::new(),
            panics: Vec::new(),
            ending: Ending::default(),
        }
    }

    fn begin(&mut self, cell: Cell) {
        self.cell = Some(cell);
        self.ending = Ending::default();
        self.panics.clear();
    }

    fn line(&mut self, line: &str) {
        match Event::decode(line) {
            Some(event) => self.event(event),
            // Only the relay writes there; anything else is shown as it is.
            None => self.stream(Stdio::Stdout, format!("{line}\n")),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Started(process) => self.interrupt.set_running(Some(process)),
            Event::Ended => self.interrupt.set_running(None),
            Event::Stdout(text) => self.stream(Stdio::Stdout, text),
            Event::Stderr(text) => {
                if let Some(line) = text.lines().rfind(|line| !line.is_empty()) {
                    self.ending.last_error = line.into();
                }
                self.stream(Stdio::Stderr, text);
            }
            Event::Message(line) => {
                if let Some(message) = decode(&line) {
                    self.message(message);
                }
            }
            Event::Content { mime, text } => {
                if self.held.is_some() || self.contents.iter().any(|(m, _)| *m == mime) {
                    self.release();
                }
                self.contents.push((mime, text));
            }
            Event::Panicked => self.ending.panicked = true,
            Event::Returned => self.ending.returned = true,
            Event::Exited(status) => {
                self.interrupt.set_running(None);
                self.ending.exited = Some(status);
            }
        }
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Show { id: None, bundle } => {
                self.release();
                self.held = Some(bundle);
            }
            Message::Show {
                id: Some(id),
                bundle,
            } => {
                self.release();
                let display = DisplayData {
                    transient: Some(self.named(&id)),
                    ..DisplayData::new(media(bundle.data))
                };
                self.send(display);
            }
            Message::Update { id, bundle } => {
                self.release();
                let update = UpdateDisplayData {
                    data: media(bundle.data),
                    metadata: serde_json::Map::new(),
                    transient: self.named(&id),
                };
                self.send(update);
            }
            Message::Panic { text, location } => self.panics.push((text, location)),
            // What chapters are woven from; a notebook has its cells and numbers already.
            Message::CellStart(_) | Message::CellEnd(_) | Message::Value { .. } => {}
        }
    }

    fn named(&self, id: &str) -> Transient {
        Transient {
            display_id: Some(format!("{}-{id}", self.prefix)),
        }
    }

    /// Shows what was held back: it was not the last thing of the cell.
    fn release(&mut self) {
        let bundle = self.held.take().map(|bundle| bundle.data);
        for data in [bundle, Some(std::mem::take(&mut self.contents))] {
            if let Some(data) = data.filter(|data| !data.is_empty() && !is_unit(data)) {
                self.send(DisplayData::new(media(data)));
            }
        }
    }

    fn end(&mut self, value: Vec<(String, String)>) -> Ending {
        self.contents.extend(value);
        let complete = !self.ending.panicked && !self.ending.returned;
        let cell = self.cell.clone().filter(|cell| complete && cell.has_value);
        if let Some(cell) = cell {
            let held = self.held.take().map(|bundle| bundle.data);
            let value = held.unwrap_or_else(|| std::mem::take(&mut self.contents));
            if !value.is_empty() && !is_unit(&value) {
                let count = ExecutionCount::new(cell.count);
                let result = ExecuteResult {
                    transient: Some(Transient::default()),
                    ..ExecuteResult::new(count, media(value))
                };
                self.send(result);
            }
        }
        self.release();
        let mut ending = std::mem::take(&mut self.ending);
        if ending.panicked {
            ending.panic = self.panics.pop();
        }
        for (text, location) in std::mem::take(&mut self.panics) {
            let text = format!("a thread panicked at {location}:\n{text}\n");
            self.send(StreamContent::stderr(&text));
        }
        ending
    }

    fn stream(&mut self, name: Stdio, text: String) {
        self.release();
        self.send(StreamContent { name, text });
    }

    fn send(&self, content: impl Into<JupyterMessageContent>) {
        if let Some(cell) = self.cell.as_ref().filter(|cell| !cell.silent) {
            // Without a listener the kernel is about to end.
            let _ = self
                .iopub
                .send(JupyterMessage::new(content, Some(&cell.request)));
        }
    }
}

/// What `{:?}` says of an expression without a value.
fn is_unit(data: &[(String, String)]) -> bool {
    matches!(data, [(mime, text)] if mime == "text/plain" && text == "()")
}

fn now() -> u128 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis())
}

/// Media type and content as the protocol wants them: JSON as a value, the rest as text.
fn media(data: Vec<(String, String)>) -> Media {
    let value = |mime: &str, text: String| match mime.ends_with("json") {
        true => serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)),
        false => serde_json::Value::String(text),
    };
    let map: serde_json::Map<String, serde_json::Value> = data
        .into_iter()
        .map(|(mime, text)| (mime.clone(), value(&mime, text)))
        .collect();
    serde_json::from_value(map.into()).unwrap_or_default()
}
