//! A bar that moves while a long loop runs.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use crate::{
    Bundle, Handle, Show,
    bundle::escape_html,
    emit::{Reader, reader},
    interrupted, show, show_updatable,
};

/// The time between two redraws, and between two questions whether to stop.
const PAUSE: Duration = Duration::from_millis(50);

/// A progress bar, displayed once and then updated in its place.
///
/// Its [`report`](ProgressBar::report) is what a long loop's progress callback calls: it draws
/// the bar at most twenty times a second and answers `Break` once the user has interrupted.
/// When all is done, and when it is dropped, it draws its last state, so that what remains in a
/// notebook is the same every time; a loop whose total is not known should have its bar in a
/// block with it. Where the reader of the output knows no updates only the last state is shown.
///
/// # Example
/// ```
/// use kinglet_display::ProgressBar;
/// let mut bar = ProgressBar::new("sweeps");
/// for sweep in 1..=100 {
///     if bar.report(sweep, Some(100), 0.5_f64.powi(sweep as i32)).is_break() {
///         break;
///     }
/// }
/// assert_eq!(bar.done, 100);
/// ```
#[derive(Debug)]
pub struct ProgressBar {
    /// What is counted.
    pub name: String,
    /// How much is done.
    pub done: u64,
    /// How much there is to do, where that is known.
    pub total: Option<u64>,
    /// How far from the goal the loop still is, in its own unit; NaN where it has no such measure.
    pub residual: f64,
    handle: Option<Handle>,
    drawn: Option<Instant>,
}

impl ProgressBar {
    /// A bar that has not been drawn yet.
    pub fn new(name: &str) -> Self {
        ProgressBar {
            name: name.into(),
            done: 0,
            total: None,
            residual: f64::NAN,
            handle: None,
            drawn: None,
        }
    }

    /// Takes note of the loop's progress; `Break` where the user asks the loop to stop.
    pub fn report(&mut self, done: u64, total: Option<u64>, residual: f64) -> ControlFlow<()> {
        self.done = done;
        self.total = total;
        self.residual = residual;
        let all_done = total == Some(done);
        if !all_done && self.drawn.is_some_and(|at| at.elapsed() < PAUSE) {
            return ControlFlow::Continue(());
        }
        self.drawn = Some(Instant::now());
        if reader() == Reader::Kinglet {
            self.draw();
        }
        match interrupted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn draw(&mut self) {
        match &self.handle {
            Some(handle) => handle.clone().update(self),
            None => self.handle = Some(show_updatable(self)),
        }
    }

    fn label(&self) -> String {
        let mut label = match self.total {
            Some(total) => format!("{}: {} of {total}", self.name, self.done),
            None => format!("{}: {}", self.name, self.done),
        };
        if self.residual.is_finite() {
            label += &format!(", residual {:.2e}", self.residual);
        }
        label
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        match (&self.handle, self.drawn) {
            (Some(handle), _) => handle.update(self),
            (None, Some(_)) => show(self),
            (None, None) => {}
        }
    }
}

impl Show for ProgressBar {
    fn bundle(&self) -> Bundle {
        let label = self.label();
        let total = self.total.unwrap_or(self.done).max(1);
        let html = format!(
            "<progress value=\"{}\" max=\"{total}\"></progress> {}",
            self.done.min(total),
            escape_html(&label)
        );
        Bundle::text(label).with("text/html", html)
    }
}
