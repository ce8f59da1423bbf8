//! What is shown of runs while they train.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use kinglet_algorithms::Update;

/// Time between two lines where there is no terminal.
const QUIET: Duration = Duration::from_secs(5);

/// Where runs are shown: a bar each on a terminal, else a line each now and then.
#[derive(Debug)]
pub(crate) struct Screen {
    bars: Option<MultiProgress>,
}

/// What is shown of one run.
#[derive(Debug)]
pub(crate) struct Shown {
    bar: Option<ProgressBar>,
    name: String,
    /// When it began, and at which step.
    since: (Instant, u64),
    last: Instant,
}

impl Screen {
    /// Standard error.
    pub(crate) fn new() -> Self {
        Self {
            bars: io::stderr().is_terminal().then(MultiProgress::new),
        }
    }

    /// A run that is at a step of its so many.
    pub(crate) fn show(&self, name: String, step: u64, steps: u64) -> Shown {
        let style = "{prefix} {bar:24} {percent:>3}% {msg}";
        let style = ProgressStyle::with_template(style).expect("the template is a constant");
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars
                .add(ProgressBar::new(steps))
                .with_style(style)
                .with_prefix(name.clone());
            bar.set_position(step);
            bar
        });
        let now = Instant::now();
        Shown {
            bar,
            name,
            since: (now, step),
            last: now,
        }
    }
}

impl Shown {
    /// Shows an update, and the mean return of the last episodes.
    pub(crate) fn update(&mut self, update: &Update, mean_return: Option<f64>) {
        let quiet = self.bar.is_none() && self.last.elapsed() < QUIET;
        if quiet {
            return;
        }
        let speed = thousands(self.speed(update.step));
        let text = format!("{speed} steps/s{}", numbers(update, mean_return));
        if let Some(bar) = &self.bar {
            bar.set_position(update.step.min(update.steps));
            bar.set_message(text);
        } else {
            self.last = Instant::now();
            let (name, step, steps) = (&self.name, update.step, update.steps);
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "{name}: {step} of {steps} steps, {text}");
        }
    }

    /// Steps a second since it began.
    pub(crate) fn speed(&self, step: u64) -> f64 {
        let (began, first) = self.since;
        (step - first) as f64 / began.elapsed().as_secs_f64().max(1e-9)
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Return, entropy, and KL against its bound.
fn numbers(update: &Update, mean_return: Option<f64>) -> String {
    let diagnostics = &update.diagnostics;
    let mut text = String::new();
    if let Some(mean_return) = mean_return {
        text += &format!(", return {mean_return:.1}");
    }
    if let Some(entropy) = diagnostics.entropy {
        text += &format!(", entropy {entropy:.2}");
    }
    match (diagnostics.kl, diagnostics.kl_bound) {
        (Some(kl), Some(bound)) => text += &format!(", KL {kl:.4} of {bound}"),
        (Some(kl), None) => text += &format!(", KL {kl:.4}"),
        _ => {}
    }
    text
}

/// A whole number with a space between thousands.
pub(crate) fn thousands(x: f64) -> String {
    let digits = format!("{x:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (x, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1000.0, "1 000"),
            (1_234_567.0, "1 234 567"),
        ] {
            assert_eq!(thousands(x), text);
        }
    }
}
