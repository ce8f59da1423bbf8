//! What the user sees while tasks run: a line a step, the last line of its log while it lasts.

use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duct::Expression;
use indicatif::{ProgressBar, ProgressStyle};

use crate::workspace;

/// Passed and failed checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Count {
    /// `n` checks that passed.
    pub(crate) fn passed(n: usize) -> Self {
        Self {
            passed: n,
            failed: 0,
        }
    }

    /// `n` checks that failed.
    pub(crate) fn failed(n: usize) -> Self {
        Self {
            passed: 0,
            failed: n,
        }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// One running step: its log and its line on the terminal.
#[derive(Debug)]
pub(crate) struct Step {
    log: std::fs::File,
    log_path: PathBuf,
    line: ProgressBar,
    started: Instant,
}

impl Step {
    /// Opens the step `name`, number `index` of `total`, that is `about` something.
    pub(crate) fn open(index: usize, total: usize, name: &str, about: &str) -> Result<Self> {
        let folder = workspace::target().join("xtask");
        std::fs::create_dir_all(&folder)?;
        let log_path = folder.join(format!("{name}.log"));
        let line = ProgressBar::no_length();
        let head = format!("[{index:2}/{total}] {name:<10}");
        if std::io::stderr().is_terminal() {
            line.set_style(ProgressStyle::with_template(
                "{prefix} {spinner} {elapsed:>4} {wide_msg}",
            )?);
            line.enable_steady_tick(Duration::from_millis(120));
            line.set_prefix(head);
        } else {
            eprintln!("{head} … {about}");
        }
        line.set_message(about.to_owned());
        let log = std::fs::File::create(&log_path)
            .with_context(|| format!("{} cannot be written", log_path.display()))?;
        Ok(Self {
            log,
            log_path,
            line,
            started: Instant::now(),
        })
    }

    /// Says what is being done now.
    pub(crate) fn say(&mut self, what: &str) {
        if self.line.is_hidden() {
            eprintln!("        {what}");
        }
        self.line.set_message(what.to_owned());
        // The log is a convenience: a full disk must not hide the step's own result.
        let _ = writeln!(self.log, "# {what}");
    }

    /// Runs a command to its end, its output in the log, and returns its output.
    ///
    /// # Errors
    /// A command that cannot start or that ends with a status other than zero.
    pub(crate) fn run(&mut self, command: Expression) -> Result<String> {
        let (output, ok) = self.attempt(command)?;
        if !ok {
            bail!(
                "the command failed; its output is in {}",
                self.log_path.display()
            );
        }
        Ok(output)
    }

    /// Runs a command to its end and returns its output and whether it succeeded.
    pub(crate) fn attempt(&mut self, command: Expression) -> Result<(String, bool)> {
        writeln!(self.log, "$ {command:?}")?;
        let reader = command
            .dir(workspace::root())
            .env("CARGO_TERM_COLOR", "never")
            .stderr_to_stdout()
            .unchecked()
            .reader()
            .context("the command cannot be started")?;
        let mut output = String::new();
        let mut lines = BufReader::new(&reader);
        let mut bytes = Vec::new();
        while lines.read_until(b'\n', &mut bytes)? > 0 {
            self.log.write_all(&bytes)?;
            let text = String::from_utf8_lossy(&bytes);
            if !text.trim().is_empty() {
                self.line
                    .set_message(text.trim().chars().take(200).collect::<String>());
            }
            output.push_str(&text);
            bytes.clear();
        }
        let ok = reader
            .try_wait()?
            .is_none_or(|status| status.status.success());
        Ok((output, ok))
    }

    /// Closes the step: its line says what came of it; the end of the log follows a failure.
    pub(crate) fn close(self, name: &str, outcome: &Result<Count>) -> Count {
        self.line.finish_and_clear();
        let seconds = self.started.elapsed().as_secs_f64();
        let (count, verdict) = match outcome {
            Ok(count) if count.failed == 0 => (*count, format!("ok, {} passed", count.passed)),
            Ok(count) => (
                *count,
                format!("FAILED, {} passed, {} failed", count.passed, count.failed),
            ),
            Err(error) => (Count::failed(1), format!("FAILED: {error:#}")),
        };
        println!("{name:<10} {seconds:>6.1} s  {verdict}");
        if count.failed > 0 {
            self.print_tail();
        }
        count
    }

    /// Prints the last lines of the log.
    fn print_tail(&self) {
        let log = std::fs::read(&self.log_path).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        println!("  the end of {}:", self.log_path.display());
        for line in &lines[lines.len().saturating_sub(60)..] {
            println!("  | {line}");
        }
    }
}
