//! The relay: a small process between evcxr and the process in which the cells run.
//!
//! evcxr reads the cells' standard output line by line, keeps one display a cell and hides from
//! its caller that a cell panicked. The relay reads both outputs of the cells as bytes, hands on
//! to evcxr what evcxr must know, and tells the kernel everything else as [`Event`]s. After every
//! cell it has the prelude empty the buffers, so that no text is late.

use std::{
    io::{BufRead, Read, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    event::Event,
    markers::{Markers, Piece},
};

/// The variable that tells a process that it is the relay.
pub const RELAY: &str = "KINGLET_RELAY";
/// The variable that names the prelude's dynamic library.
pub const LIBRARY: &str = "KINGLET_PRELUDE_LIBRARY";
/// The variable that names the file whose existence asks a cell to stop.
pub const INTERRUPT: &str = "KINGLET_INTERRUPT";

/// The variable that names the file whose existence says that the kernel reads events.
pub const LISTENING: &str = "KINGLET_LISTENING";

/// Whether the kernel reads events. evcxr runs a cell of its own before it gives the kernel
/// anything to read, and waits in vain for what that cell tells.
static HEARD: AtomicBool = AtomicBool::new(false);

const COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const RETURNED: &str = "EVCXR_ERROR_OCCURRED";
const END_OF_CELL: &str = "\u{2}kinglet:end-of-cell\u{3}\n";
const POLL: Duration = Duration::from_millis(10);
/// How long the relay waits for what should follow at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// The commands to the process of the cells; `None` once no more will come.
type Commands = Arc<Mutex<Option<ChildStdin>>>;

/// Runs the relay until the process of the cells ends; the exit status to leave with.
///
/// # Errors
/// The process cannot be started.
pub fn run() -> Result<i32> {
    let library = PathBuf::from(std::env::var_os(LIBRARY).context("the prelude is not named")?);
    let mut child = Command::new(std::env::current_exe()?)
        .env_remove(RELAY)
        // The kernel shows where a cell panicked; a backtrace would show evcxr's own frames.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("the process for the cells cannot be started")?;
    let process = child.id();
    let commands: Commands = Arc::new(Mutex::new(child.stdin.take()));
    command(&commands, &load(&library, "kinglet_session_start"));
    let (end, ends) = channel();
    let readers = [
        child.stdout.take().map(|out| {
            let commands = Arc::clone(&commands);
            thread::spawn(move || read_output(out, &commands, &library, &ends))
        }),
        child
            .stderr
            .take()
            .map(|err| thread::spawn(move || read_errors(err, &end))),
    ];
    let handed_on = thread::spawn(move || hand_on_commands(&commands, process));
    let status = wait(&mut child, &handed_on)?;
    drain(&readers);
    tell(&Event::Exited(status.to_string()));
    Ok(status.code().unwrap_or(1))
}

fn load(library: &Path, symbol: &str) -> String {
    format!("LOAD_AND_RUN {} {symbol}", library.display())
}

/// Waits for the process to end; ends it when nobody gives it commands any more.
fn wait(child: &mut Child, handed_on: &JoinHandle<()>) -> Result<ExitStatus> {
    let mut orphaned: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if handed_on.is_finished() {
            let since = *orphaned.get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                child.kill()?;
            }
        }
        thread::sleep(POLL);
    }
}

/// Lets the readers finish, unless something else still holds the process's outputs.
fn drain(readers: &[Option<JoinHandle<()>>]) {
    let start = Instant::now();
    let busy = || readers.iter().flatten().any(|reader| !reader.is_finished());
    while busy() && start.elapsed() < PATIENCE {
        thread::sleep(POLL);
    }
}

/// Hands evcxr's commands on to the process, until there are no more.
fn hand_on_commands(commands: &Commands, process: u32) {
    let exists = |name| std::env::var_os(name).is_some_and(|file| Path::new(&file).exists());
    for line in stdin().lock().lines() {
        let Ok(line) = line else { break };
        HEARD.store(exists(LISTENING), Ordering::Relaxed);
        if exists(INTERRUPT) {
            // Interrupted while it was being compiled: as if its first statement had returned.
            tell(&Event::Ended);
            forward(&format!("{RETURNED}\n{COMPLETE}"));
            continue;
        }
        tell(&Event::Started(process));
        command(commands, &line);
    }
    commands.lock().expect("no thread panics").take();
}

fn command(commands: &Commands, line: &str) {
    if let Some(to) = commands.lock().expect("no thread panics").as_mut() {
        // A process that has ended takes no command; that it has ended is told by `wait`.
        let _ = writeln!(to, "{line}").and_then(|()| to.flush());
    }
}

/// What the compiled code that runs now is.
enum Running {
    Start,
    Cell,
    End,
}

fn read_output(mut from: ChildStdout, commands: &Commands, library: &Path, ends: &Receiver<()>) {
    let mut markers = Markers::default();
    let mut running = Running::Start;
    let mut bytes = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        for piece in markers.feed(&bytes[..n]) {
            let Some(()) = hand_on(&piece) else { continue };
            running = match running {
                Running::Start => Running::Cell,
                Running::Cell => {
                    command(commands, &load(library, "kinglet_cell_end"));
                    Running::End
                }
                Running::End => {
                    // A cell may have closed its standard error: then nothing comes.
                    let _ = ends.recv_timeout(PATIENCE);
                    tell(&Event::Ended);
                    forward(COMPLETE);
                    Running::Cell
                }
            };
        }
    }
    for piece in markers.finish() {
        hand_on(&piece);
    }
}

/// Hands a piece on; some where it is the end of compiled code, which the caller decides about.
fn hand_on(piece: &Piece) -> Option<()> {
    match piece {
        Piece::Event(event) => tell(event),
        Piece::Forward(line) => forward(line),
        Piece::Complete => return Some(()),
    }
    None
}

fn read_errors(mut from: ChildStderr, end: &Sender<()>) {
    let mut pending = String::new();
    let mut bytes = vec![0; 1 << 16];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        pending += &String::from_utf8_lossy(&bytes[..n]);
        while let Some((text, rest)) = pending.split_once(END_OF_CELL) {
            tell_errors(text);
            pending = rest.into();
            let _ = end.send(());
        }
        if !pending.contains('\u{2}') {
            tell_errors(&std::mem::take(&mut pending));
        }
    }
    tell_errors(&pending);
}

fn tell_errors(text: &str) {
    if !text.is_empty() {
        tell(&Event::Stderr(text.into()));
    }
}

fn tell(event: &Event) {
    if HEARD.load(Ordering::Relaxed) {
        forward(&event.encode());
    }
}

/// One line to evcxr; without a reader there is nobody to tell, and the commands end too.
fn forward(line: &str) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
