//! One frame of an episode.

use kinglet_envs::{End, Named, NamedMoment, Space};
use tiny_skia::Pixmap;

use super::canvas::Canvas;
use super::color::{SOFT_INK, WHITE};
use super::episode::Recording;
use super::picture::Picture;

/// Draws the moment after so many steps.
///
/// # Panics
/// If the episode had fewer.
pub(crate) fn frame(recording: &Recording, step: usize) -> Pixmap {
    let shown = Shown {
        row: recording.actions.get(step).map(Vec::as_slice),
        words: words(recording, step),
    };
    match (&recording.env, &recording.moments[step]) {
        (Named::CartPole(e), NamedMoment::CartPole(now)) => shown.draw(&e.env, &now.state),
        (Named::Pendulum(e), NamedMoment::Pendulum(now)) => shown.draw(&e.env, &now.state),
        (Named::Acrobot(e), NamedMoment::Acrobot(now)) => shown.draw(&e.env, &now.state),
        (Named::MountainCar(e), NamedMoment::MountainCar(now)) => shown.draw(&e.env, &now.state),
        (Named::MountainCarContinuous(e), NamedMoment::MountainCarContinuous(now)) => {
            shown.draw(&e.env, &now.state)
        }
        (Named::Direction(e), NamedMoment::Direction(now)) => shown.draw(&e.env, &now.state),
        (Named::Gridworld(e), NamedMoment::Gridworld(now)) => shown.draw(&e.env, &now.state),
        // A scene of three dimensions is drawn by `scene`.
        (env, now) => panic!("{} cannot stand at {now:?}", env.name()),
    }
}

/// How many seconds a step takes for who watches.
pub(crate) fn seconds(env: &Named) -> f64 {
    match env {
        Named::CartPole(e) => e.env.seconds(),
        Named::Pendulum(e) => e.env.seconds(),
        Named::Acrobot(e) => e.env.seconds(),
        Named::MountainCar(e) => e.env.seconds(),
        Named::MountainCarContinuous(e) => e.env.seconds(),
        Named::Direction(e) => e.env.seconds(),
        Named::Gridworld(e) => e.env.seconds(),
        #[cfg(feature = "mujoco")]
        Named::Mujoco(_, e) => e.seconds(),
        // Nothing of it is drawn.
        #[cfg(feature = "gymnasium")]
        Named::Gymnasium(..) => 0.0,
    }
}

/// The words at the left and the right of a moment.
pub(crate) fn words(recording: &Recording, step: usize) -> [String; 2] {
    let right = format!("return {}", number(recording.returns[step]));
    [left(recording, step), right]
}

/// What a frame shows besides the state.
struct Shown<'a> {
    /// The action as a row of numbers.
    row: Option<&'a [f64]>,
    words: [String; 2],
}

impl Shown<'_> {
    fn draw<E: Picture>(&self, env: &E, state: &E::State) -> Pixmap {
        let mut canvas = Canvas::new(env.view(), WHITE);
        let action = self.row.and_then(|row| env.actions().read(row));
        env.paint(&mut canvas, state, action.as_ref());
        let [left, right] = &self.words;
        canvas.caption(left, right, SOFT_INK);
        canvas.finish()
    }
}

/// The step, and after the last one how the episode ended.
fn left(recording: &Recording, step: usize) -> String {
    let end = match recording.end {
        Some(End::Terminated) if step == recording.steps() => ", terminated",
        Some(End::Truncated) if step == recording.steps() => ", time limit",
        _ => "",
    };
    format!("step {step}{end}")
}

/// A return: whole where it is, else to one digit.
pub(crate) fn number(sum: f64) -> String {
    if sum == sum.round() {
        format!("{sum:.0}")
    } else {
        format!("{sum:.1}")
    }
}
