//! The evaluator: evcxr, started with the prelude, and what its answers mean to a user.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    process::Command,
    sync::Arc,
};

use anyhow::{Context, Result, anyhow};
use evcxr::{CommandContext, Error, EvalContext};
use jupyter_protocol::JupyterMessage;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    folders::{Session, kernels, lock, workspace},
    interrupt::{Interrupt, Stopped},
    offline,
    output::{Cell, Ending, Output},
    prelude::{self, Network, dependency},
    relay,
    report::{self, Failure},
    sources,
    toolchain::{NO_SOURCES, Toolchain},
};

/// The kind of a failure that an interrupt caused.
const INTERRUPTED: &str = "Interrupted";

/// The state of a notebook: its variables, its definitions, the process that holds them.
pub struct Evaluator {
    context: CommandContext,
    output: Output,
    interrupt: Arc<Interrupt>,
    has_sources: bool,
    // Dropped last: the process runs in its folder.
    _session: Session,
}

impl std::fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evaluator").finish_non_exhaustive()
    }
}

impl Evaluator {
    /// Starts evcxr with the prelude; `say` is told what takes long.
    ///
    /// # Errors
    /// There is no toolchain, no workspace, or the prelude does not build.
    pub fn start(
        iopub: UnboundedSender<JupyterMessage>,
        interrupt: Arc<Interrupt>,
        say: impl FnMut(&str),
    ) -> Result<Self> {
        let workspace = workspace()?;
        let folder = offline::session().context("the kernel has no folder of its own")?;
        let toolchain = Toolchain::find()?;
        let kernels = kernels(&workspace)?;
        let locked = lock(&kernels)?;
        prelude::build(&workspace, &kernels, &toolchain, Network::Refused, say)?;
        let session = Session::new(&kernels, folder.clone())?;
        let library = prelude::link(&kernels, &folder, &toolchain)?;
        drop(locked);

        let view = offline::view(&folder);
        sources::empty(&view)?;
        interrupt.set_file(folder.join("interrupt"));
        let (context, outputs) = context(&folder, &library)?;
        let output = Output::start(outputs.stdout, iopub, Arc::clone(&interrupt));
        fs::write(folder.join("listening"), "")?;
        // Nobody writes there but a relay in trouble.
        std::thread::spawn(move || outputs.stderr.iter().for_each(|line| eprintln!("{line}")));
        let sources = toolchain.standard_library();
        if let Some(library) = &sources {
            sources::fill(&view, library)?;
        }
        let mut evaluator = Evaluator {
            context: CommandContext::with_eval_context(context),
            output,
            interrupt,
            has_sources: sources.is_some(),
            _session: session,
        };
        prelude::pin(&kernels, &folder)?;
        evaluator.configure(&workspace)?;
        Ok(evaluator)
    }

    /// Links the prelude. Two things that evcxr would find out in every cell by compiling it a
    /// second time are settled here: what shows a value without a form of its own, and that a
    /// cell may use `?`.
    fn configure(&mut self, workspace: &Path) -> Result<()> {
        let code = format!(
            ":linker system\n:efmt {{}}\n:dep {}\n\
             use kinglet::value::ShowAsDebug as _;\n\
             Ok::<(), String>(())?;",
            dependency(workspace)
        );
        let executed = self.context.execute(&code);
        executed
            .map(drop)
            .map_err(|error| anyhow!("evcxr does not start: {error}"))
    }

    /// Has rust-analyzer read what the first `let` needs, so that the user need not wait for it.
    pub fn warm(&mut self) {
        let code = "use kinglet::prelude::*; \
                    let numbers: Vec<f64> = vec![1.0]; \
                    let roots = numbers.iter().map(|x| x.sqrt()).collect::<Vec<_>>(); roots.l";
        // Only what it leaves in rust-analyzer's memory matters.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            self.context.completions(code, code.len())
        }));
    }

    /// Whether variables' types can be inferred through the standard library.
    pub fn has_sources(&self) -> bool {
        self.has_sources
    }

    /// A cell begins, asked for by `request`: from here on an interrupt is the cell's.
    pub fn begin(&self, request: &JupyterMessage) {
        self.interrupt.begin(request);
    }

    /// Runs the cell that has begun.
    ///
    /// # Errors
    /// What the user is told where the cell fails.
    pub fn execute(&mut self, code: &str, cell: Cell) -> Result<(), Failure> {
        let refused = refusal(code);
        if refused.is_some() || code.trim().is_empty() {
            self.interrupt.end();
            return refused.map_or(Ok(()), Err);
        }
        self.output.begin(cell);
        let result = catch_unwind(AssertUnwindSafe(|| self.context.execute(code)));
        let value = match &result {
            Ok(Ok(outputs)) => outputs.content_by_mime_type.clone().into_iter().collect(),
            _ => Vec::new(),
        };
        let ending = self.output.end(value);
        let stopped = self.interrupt.end();
        let Ok(result) = result else {
            return Err(Failure::new(
                "KernelFault",
                "the kernel's own code panicked on this cell",
            ));
        };
        self.outcome(result.map(drop), ending, stopped, code)
    }

    fn outcome(
        &self,
        result: Result<(), Error>,
        ending: Ending,
        stopped: Stopped,
        code: &str,
    ) -> Result<(), Failure> {
        let failed = match result {
            Err(Error::SubprocessTerminated(_)) => Some(process_ended(&ending, stopped)),
            Err(Error::CompilationErrors(errors)) => {
                Some(self.advised(report::compilation(&errors)))
            }
            Err(error) => Some(self.advised(Failure::new("Error", error.to_string()))),
            Ok(()) if ending.panicked => {
                let (text, location) = ending.panic.unwrap_or_default();
                let generated = self.context.last_source().unwrap_or_default();
                Some(report::panic(&text, &location, &generated, code))
            }
            Ok(()) if ending.returned => Some(Failure::new("Error", ending.last_error)),
            Ok(()) => None,
        };
        match (stopped, failed) {
            (Stopped::Asked, failed) => Err(asked(failed)),
            (_, Some(failure)) => Err(failure),
            (_, None) => Ok(()),
        }
    }

    /// A failure with what helps against it.
    fn advised(&self, failure: Failure) -> Failure {
        let about = |text| failure.account.contains(text);
        if about("Couldn't automatically determine type") && !self.has_sources {
            failure.with(NO_SOURCES)
        } else if about("offline") {
            failure.with("The kernel downloads nothing: fetch the crate with cargo first.")
        } else {
            failure
        }
    }

    /// The completions at a byte of `code`: their texts with their kinds, and the bytes that they
    /// replace.
    pub fn completions(&mut self, code: &str, position: usize) -> Option<Completions> {
        let found = catch_unwind(AssertUnwindSafe(|| {
            self.context.completions(code, position)
        }));
        let found = found.ok()?.ok()?;
        let candidate = |c: &(String, &'static str)| !c.0.is_empty();
        let candidates = found.completions.into_iter().map(|c| (c.code, c.kind));
        Some(Completions {
            candidates: candidates.filter(candidate).collect(),
            start: found.start_offset,
            end: found.end_offset,
        })
    }

    /// The documentation of what stands before a byte of `code`, as text and as HTML.
    pub fn inspect(&mut self, code: &str, position: usize) -> Option<(String, String)> {
        let hovered = catch_unwind(AssertUnwindSafe(|| self.context.hover_at(code, position)));
        let (text, html) = hovered.ok()?.ok()?;
        (text != "No documentation found").then_some((text, html))
    }
}

/// What could stand at a place in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// The texts, each with its kind.
    pub candidates: Vec<(String, &'static str)>,
    /// The first byte that they replace.
    pub start: usize,
    /// The byte after the last that they replace.
    pub end: usize,
}

/// evcxr's context in the session's folder; the cells themselves run where the kernel was started.
fn context(folder: &Path, library: &Path) -> Result<(EvalContext, evcxr::EvalContextOutputs)> {
    let here = std::env::current_dir()?;
    let toml = format!("[evcxr]\ntmpdir = {folder:?}\noffline_mode = true\nopt_level = \"0\"\n");
    fs::write(folder.join("evcxr.toml"), toml)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .current_dir(&here)
        .env(relay::RELAY, "1")
        .env(relay::LIBRARY, library)
        .env(relay::INTERRUPT, folder.join("interrupt"))
        .env(relay::LISTENING, folder.join("listening"))
        .env("KINGLET_DISPLAY", "1")
        .env_remove(offline::SESSION);
    // evcxr reads its settings from the current folder first.
    std::env::set_current_dir(folder)?;
    let context = EvalContext::with_subprocess_command(command);
    std::env::set_current_dir(&here).context("the notebook's folder is gone")?;
    context.map_err(|error| anyhow!("evcxr does not start: {error}"))
}

/// What the kernel does not run, and why.
fn refusal(code: &str) -> Option<Failure> {
    let words = |line: &str| line.split_whitespace().next().map(str::to_owned);
    if code
        .lines()
        .any(|line| words(line).as_deref() == Some(":quit"))
    {
        return Some(Failure::new(
            "Refused",
            "shut the kernel down from the notebook's menu",
        ));
    }
    let reads = code
        .match_indices("stdin()")
        .any(|(at, _)| !code[..at].ends_with('.'));
    reads.then(|| {
        let value = "a cell cannot read standard input: this kernel has none";
        Failure::new("Refused", value).with("Write the value into the cell instead.")
    })
}

fn process_ended(ending: &Ending, stopped: Stopped) -> Failure {
    if stopped == Stopped::Killed {
        let value = "the cell was ended by the second interrupt; all variables are lost";
        return Failure::new(INTERRUPTED, value);
    }
    let status = ending.exited.as_deref().unwrap_or("unknown");
    let value = format!("the process of the cells ended ({status}); all variables are lost");
    Failure::new("ProcessEnded", value).with(&ending.last_error)
}

fn asked(failed: Option<Failure>) -> Failure {
    let value = "the cell was stopped by the interrupt; the variables are kept";
    Failure::new(INTERRUPTED, value).with(&failed.map(|f| f.account).unwrap_or_default())
}
