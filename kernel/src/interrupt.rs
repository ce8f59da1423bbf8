//! Interrupts: the first asks the cell to stop, the second ends its process.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jupyter_protocol::JupyterMessage;
use rustix::process::{Pid, Signal, kill_process};

/// What an interrupt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No cell runs.
    Idle,
    /// The cell was asked to stop: this cell, counted from the kernel's start.
    Asked(u64),
    /// The cell has been asked before and is still being compiled; it will not run.
    Compiling,
    /// The cell had been asked before: its process was ended.
    Killed,
}

/// How a cell's end came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Nobody interrupted it.
    No,
    /// It was asked to stop.
    Asked,
    /// Its process was ended.
    Killed,
}

#[derive(Debug, Default)]
struct State {
    file: Option<PathBuf>,
    cells: u64,
    cell: Option<JupyterMessage>,
    running: Option<u32>,
    asked: bool,
    killed: bool,
}

/// What the threads of the kernel know of the running cell.
#[derive(Debug, Default)]
pub struct Interrupt {
    state: Mutex<State>,
}

impl Interrupt {
    /// The file whose existence asks a cell to stop.
    pub fn set_file(&self, file: PathBuf) {
        self.state().file = Some(file);
    }

    /// The process in which compiled code runs now, if any does.
    pub fn set_running(&self, process: Option<u32>) {
        self.state().running = process;
    }

    /// A cell begins, asked for by `request`.
    pub fn begin(&self, request: &JupyterMessage) {
        let mut state = self.state();
        state.withdraw();
        state.cells += 1;
        state.cell = Some(request.clone());
    }

    /// The cell has ended.
    pub fn end(&self) -> Stopped {
        let mut state = self.state();
        let stopped = match (state.asked, state.killed) {
            (_, true) => Stopped::Killed,
            (true, false) => Stopped::Asked,
            (false, false) => Stopped::No,
        };
        state.withdraw();
        state.cell = None;
        stopped
    }

    /// The request for this cell, if it still runs.
    pub fn still_in(&self, cell: u64) -> Option<JupyterMessage> {
        let state = self.state();
        let request = state.cell.clone();
        request.filter(|_| state.running.is_some() && state.cells == cell)
    }

    /// The user interrupts.
    pub fn request(&self) -> Answer {
        let mut state = self.state();
        if state.cell.is_none() {
            return Answer::Idle;
        }
        if !state.asked {
            state.asked = true;
            if let Some(file) = &state.file {
                // Without the file the cell is not asked, and a second interrupt ends it.
                let _ = fs::write(file, "");
            }
            return Answer::Asked(state.cells);
        }
        match state.running {
            Some(process) => {
                state.kill(process);
                Answer::Killed
            }
            None => Answer::Compiling,
        }
    }

    /// Ends the process of the cells if one of them runs.
    pub fn kill_running(&self) {
        let mut state = self.state();
        if let Some(process) = state.running {
            state.kill(process);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn kill(&mut self, process: u32) {
        if let Some(id) = i32::try_from(process).ok().and_then(Pid::from_raw) {
            // It may have ended by itself meanwhile.
            let _ = kill_process(id, Signal::KILL);
            self.killed = true;
        }
    }

    fn withdraw(&mut self) {
        if let Some(file) = &self.file {
            // Usually there is none.
            let _ = fs::remove_file(file);
        }
        self.asked = false;
        self.killed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_asks_and_the_second_ends() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("interrupt");
        let mut sleep = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let request = JupyterMessage::new(jupyter_protocol::InterruptRequest {}, None);
        let interrupt = Interrupt::default();
        interrupt.set_file(file.clone());
        assert_eq!(interrupt.request(), Answer::Idle);

        interrupt.begin(&request);
        assert_eq!(interrupt.request(), Answer::Asked(1));
        assert!(file.exists());
        assert_eq!(interrupt.request(), Answer::Compiling);
        assert_eq!(interrupt.end(), Stopped::Asked);
        assert!(!file.exists());

        interrupt.begin(&request);
        interrupt.set_running(Some(sleep.id()));
        assert_eq!(interrupt.request(), Answer::Asked(2));
        assert!(interrupt.still_in(2).is_some());
        assert!(interrupt.still_in(1).is_none());
        assert_eq!(interrupt.request(), Answer::Killed);
        assert!(!sleep.wait().unwrap().success());
        assert_eq!(interrupt.end(), Stopped::Killed);

        interrupt.begin(&request);
        assert_eq!(interrupt.end(), Stopped::No);
    }
}
