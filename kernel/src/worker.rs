//! The thread that runs cells, one after the other.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    },
    time::Duration,
};

use jupyter_protocol::{
    CompleteReply, CompleteRequest, ExecuteInput, ExecuteReply, ExecuteRequest, ExecutionCount,
    InspectReply, InspectRequest, JupyterMessage, JupyterMessageContent, Media, MediaType,
    ReplyStatus, Status, StreamContent,
};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    complete::ends_with_expression, evaluator::Evaluator, interrupt::Interrupt, output::Cell,
    report::Failure, toolchain::NO_SOURCES,
};

/// How long nobody must ask for anything until rust-analyzer is warmed.
const IDLE: Duration = Duration::from_millis(100);

/// What the worker is asked to do.
#[derive(Debug)]
pub enum Task {
    /// Run a cell.
    Execute(Box<JupyterMessage>, ExecuteRequest),
    /// Complete what stands before the cursor.
    Complete(Box<JupyterMessage>, CompleteRequest),
    /// Tell about what stands at the cursor.
    Inspect(Box<JupyterMessage>, InspectRequest),
    /// End.
    Quit,
}

/// Where the worker's answers go.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Replies, to the one who asked.
    pub shell: UnboundedSender<JupyterMessage>,
    /// Output, to all.
    pub iopub: UnboundedSender<JupyterMessage>,
}

impl Answers {
    /// Tells all that work on a request begins.
    pub fn busy(&self, parent: &JupyterMessage) {
        self.publish(Status::busy(), parent);
    }

    /// Tells all that work on a request has ended.
    pub fn idle(&self, parent: &JupyterMessage) {
        self.publish(Status::idle(), parent);
    }

    /// Sends output to all.
    pub fn publish(&self, content: impl Into<JupyterMessageContent>, parent: &JupyterMessage) {
        // Without a listener the kernel is about to end.
        let _ = self.iopub.send(JupyterMessage::new(content, Some(parent)));
    }

    /// Replies to a request.
    pub fn reply(&self, content: impl Into<JupyterMessageContent>, parent: &JupyterMessage) {
        let _ = self.shell.send(JupyterMessage::new(content, Some(parent)));
    }
}

/// Runs the worker until it is told to quit.
pub fn run(tasks: Receiver<Task>, answers: Answers, interrupt: Arc<Interrupt>) {
    let mut queue = Queue {
        tasks,
        waiting: VecDeque::new(),
    };
    let mut told = false;
    let evaluator = Evaluator::start(answers.iopub.clone(), interrupt, |name| {
        eprintln!("compiling {name}");
        told = told || tell_of_compilation(&mut queue, &answers);
    });
    let evaluator = evaluator.map_err(|error| {
        eprintln!("{error:#}");
        Failure::new("KernelNotReady", format!("{error:#}"))
    });
    Worker {
        answers,
        evaluator,
        count: 0,
        warned: false,
    }
    .run(queue);
}

/// Tells the first cell that waits why it does; whether there is one.
fn tell_of_compilation(queue: &mut Queue, answers: &Answers) -> bool {
    queue.collect();
    let Some(Task::Execute(request, _)) = queue.waiting.front() else {
        return false;
    };
    let text = "The crates that cells link to are being compiled; this takes minutes, once.\n";
    answers.publish(StreamContent::stderr(text), request);
    true
}

/// The tasks that have come and those to come.
#[derive(Debug)]
struct Queue {
    tasks: Receiver<Task>,
    waiting: VecDeque<Task>,
}

impl Queue {
    fn collect(&mut self) {
        self.waiting.extend(self.tasks.try_iter());
    }

    /// Takes the cells that wait out of the queue.
    fn take_cells(&mut self) -> Vec<JupyterMessage> {
        self.collect();
        let mut cells = Vec::new();
        for task in std::mem::take(&mut self.waiting) {
            match task {
                Task::Execute(request, _) => cells.push(*request),
                task => self.waiting.push_back(task),
            }
        }
        cells
    }

    /// The next task, if one comes soon.
    fn soon(&mut self) -> Result<Task, RecvTimeoutError> {
        match self.waiting.pop_front() {
            Some(task) => Ok(task),
            None => self.tasks.recv_timeout(IDLE),
        }
    }

    fn next(&mut self) -> Result<Task, TryRecvError> {
        match self.waiting.pop_front() {
            Some(task) => Ok(task),
            None => self.tasks.recv().map_err(|_| TryRecvError::Disconnected),
        }
    }
}

#[derive(Debug)]
struct Worker {
    answers: Answers,
    evaluator: Result<Evaluator, Failure>,
    count: usize,
    warned: bool,
}

impl Worker {
    fn run(mut self, mut queue: Queue) {
        let first = queue.soon();
        if let (Err(RecvTimeoutError::Timeout), Ok(evaluator)) = (&first, &mut self.evaluator) {
            evaluator.warm();
        }
        let mut task = first.ok();
        loop {
            let Ok(now) = task.take().map_or_else(|| queue.next(), Ok) else {
                return;
            };
            match now {
                Task::Execute(request, asked) => {
                    self.execute(&request, &asked, &mut queue);
                }
                Task::Complete(request, asked) => self.complete(&request, &asked),
                Task::Inspect(request, asked) => self.inspect(&request, &asked),
                Task::Quit => return,
            }
        }
    }

    /// Runs a cell and tells all about it. Where it fails, the cells that were sent together with
    /// it do not run; those that are sent once its failure is known do.
    fn execute(&mut self, request: &JupyterMessage, asked: &ExecuteRequest, queue: &mut Queue) {
        let answers = self.answers.clone();
        // An interrupt counts from when the user sees that the cell has begun.
        if let Ok(evaluator) = &self.evaluator {
            evaluator.begin(request);
        }
        answers.busy(request);
        if !asked.silent && asked.store_history {
            self.count += 1;
        }
        let execution_count = ExecutionCount::new(self.count);
        if !asked.silent {
            let code = asked.code.clone();
            answers.publish(
                ExecuteInput {
                    code,
                    execution_count,
                },
                request,
            );
            self.warn(request);
        }
        let result = self.evaluate(request, asked);
        let mut reply = ExecuteReply {
            execution_count,
            user_expressions: Some([].into()),
            ..ExecuteReply::default()
        };
        let mut aborted = Vec::new();
        if let Err(failure) = &result {
            if asked.stop_on_error {
                aborted = queue.take_cells();
            }
            if !asked.silent {
                answers.publish(failure.output(), request);
            }
            reply.status = ReplyStatus::Error;
            reply.error = Some(Box::new(failure.reply()));
        }
        answers.reply(reply, request);
        answers.idle(request);
        aborted.iter().for_each(|request| self.abort(request));
    }

    fn evaluate(
        &mut self,
        request: &JupyterMessage,
        asked: &ExecuteRequest,
    ) -> Result<(), Failure> {
        let evaluator = self.evaluator.as_mut().map_err(|failure| failure.clone())?;
        let cell = Cell {
            request: request.clone(),
            count: self.count,
            silent: asked.silent,
            has_value: asked.code.starts_with(':') || ends_with_expression(&asked.code),
        };
        evaluator.execute(&asked.code, cell)
    }

    /// Says once, where the first cell's output is seen, that sources are missing.
    fn warn(&mut self, request: &JupyterMessage) {
        let missing = self
            .evaluator
            .as_ref()
            .is_ok_and(|evaluator| !evaluator.has_sources());
        if missing && !self.warned {
            self.warned = true;
            let text = format!("{NO_SOURCES}\n");
            self.answers.publish(StreamContent::stderr(&text), request);
        }
    }

    fn abort(&self, request: &JupyterMessage) {
        self.answers.busy(request);
        let reply = ExecuteReply {
            status: ReplyStatus::Aborted,
            execution_count: ExecutionCount::new(self.count),
            ..ExecuteReply::default()
        };
        self.answers.reply(reply, request);
        self.answers.idle(request);
    }

    fn complete(&mut self, request: &JupyterMessage, asked: &CompleteRequest) {
        self.answers.busy(request);
        let position = byte_of(&asked.code, asked.cursor_pos);
        let evaluator = self.evaluator.as_mut().ok();
        let found = evaluator.and_then(|e| e.completions(&asked.code, position));
        let mut reply = CompleteReply {
            cursor_start: asked.cursor_pos,
            cursor_end: asked.cursor_pos,
            ..CompleteReply::default()
        };
        if let Some(found) = found {
            let (start, end) = (
                char_of(&asked.code, found.start),
                char_of(&asked.code, found.end),
            );
            let typed = found.candidates.iter().map(
                |(text, kind)| json!({"start": start, "end": end, "text": text, "type": kind}),
            );
            let typed = typed.collect();
            reply
                .metadata
                .insert("_jupyter_types_experimental".into(), typed);
            reply.matches = found.candidates.into_iter().map(|(text, _)| text).collect();
            (reply.cursor_start, reply.cursor_end) = (start, end);
        }
        self.answers.reply(reply, request);
        self.answers.idle(request);
    }

    fn inspect(&mut self, request: &JupyterMessage, asked: &InspectRequest) {
        self.answers.busy(request);
        let position = byte_of(&asked.code, asked.cursor_pos);
        let rest = &asked.code[position..];
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        let position = position + word.unwrap_or(rest.len());
        let evaluator = self.evaluator.as_mut().ok();
        let found = evaluator.and_then(|e| e.inspect(&asked.code, position));
        let reply = match found {
            Some((text, html)) => InspectReply {
                found: true,
                data: Media::new(vec![MediaType::Plain(text), MediaType::Html(html)]),
                ..InspectReply::default()
            },
            None => InspectReply::default(),
        };
        self.answers.reply(reply, request);
        self.answers.idle(request);
    }
}

/// The byte at which a character begins, both counted from the start.
fn byte_of(code: &str, characters: usize) -> usize {
    code.char_indices()
        .nth(characters)
        .map_or(code.len(), |(at, _)| at)
}

/// The number of characters before a byte.
fn char_of(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|&(at, _)| at < byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_characters_are_told_apart() {
        let code = "let é = \"→\";";
        for (characters, (byte, _)) in code.char_indices().enumerate() {
            assert_eq!(byte_of(code, characters), byte);
            assert_eq!(char_of(code, byte), characters);
        }
        assert_eq!(byte_of(code, 1000), code.len());
    }
}
