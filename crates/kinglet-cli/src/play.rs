//! `kinglet play`.

mod acrobot;
mod canvas;
mod cartpole;
mod color;
mod direction;
mod episode;
mod frame;
mod gif;
mod gridworld;
mod mountain_car;
mod palette;
mod pendulum;
mod picture;
#[cfg(feature = "mujoco")]
mod scene;
mod strip;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use kinglet_envs::{End, EnvName};
use tiny_skia::Pixmap;

use crate::error::Error;
use crate::trained::{Trained, Which};
use crate::whole_file;
use episode::{Recording, record, stream};

/// What `play` is asked.
#[derive(Debug, Args)]
pub(crate) struct Play {
    /// The folder of a run.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,

    /// Where to: FILE.gif moves, FILE.png shows nine moments side by side [default: DIR/episode.gif].
    #[arg(long, visible_alias = "record", value_name = "FILE", value_parser = drawable)]
    pub(crate) out: Option<PathBuf>,

    /// What the episodes' random numbers come from, as in `kinglet eval`.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) seed: u64,

    /// Which of the seed's episodes, from 0: the one of that place in `kinglet eval`.
    #[arg(long, value_name = "K", default_value_t = 0)]
    pub(crate) episode: usize,

    /// Draw the actions from the policy, as in training, in place of its mode.
    #[arg(long)]
    pub(crate) sampled: bool,

    /// Only the moment after so many steps, as a PNG.
    #[arg(long, value_name = "STEP")]
    pub(crate) frame: Option<usize>,

    /// If the newest checkpoint is damaged, take the newest that is good.
    #[arg(long)]
    pub(crate) newest_good: bool,
}

/// A path whose ending says what to draw.
fn drawable(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ending(&path) {
        Some("gif" | "png") => Ok(path),
        _ => Err("it should end in .gif, for an animation, or in .png, for a picture".into()),
    }
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(|ending| ending.to_str())
}

/// Why an episode cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the episode has {steps} steps: there is no moment after {asked}")]
    NoMoment { steps: usize, asked: usize },
    #[error("{} shall move, and --frame asks for one moment: name a .png", path.display())]
    FrameOfGif { path: PathBuf },
    #[cfg(feature = "mujoco")]
    #[error(
        "MuJoCo's renderer finds no OpenGL: {0}; without a graphics card it draws in software by Mesa's EGL (Debian: \
         apt install libegl1 libegl-mesa0 libgl1-mesa-dri)"
    )]
    NoRenderer(String),
    #[error("{0} keeps its state to itself, so that it cannot be drawn")]
    NotDrawn(EnvName),
    #[error("the animation: {0}")]
    Gif(#[from] ::gif::EncodingError),
    #[error("the picture: {0}")]
    Png(String),
}

/// Plays an episode with what a run has come to, and draws it.
pub(crate) fn play(args: &Play) -> Result<(), Error> {
    let trained = Trained::load(&args.folder, Which::of(args.newest_good))?;
    if let EnvName::Gymnasium(_) = trained.run.environment {
        return Err(Refused::NotDrawn(trained.run.environment).into());
    }
    let mut actor = trained.actor;
    let mut rng = stream(args.seed, args.episode);
    let recording = record(
        trained.run.environment,
        usize::MAX,
        &mut rng,
        |seen, rng| {
            let action = match args.sampled {
                true => actor.sample(seen, rng),
                false => actor.act(seen),
            };
            action.to_vec()
        },
    );
    let recording = recording.map_err(|error| Error::Evaluation(error.into()))?;
    let path = path(args);
    let bytes = draw(&recording, &path, args.frame)?;
    whole_file::write(&path, &bytes)?;
    let end = match recording.end {
        Some(End::Terminated) => "terminated",
        Some(End::Truncated) => "time limit",
        None => "not over",
    };
    writeln!(
        io::stdout(),
        "{}, episode {} of seed {}: return {} in {} steps, {end}\nwritten: {}",
        trained.run.environment,
        args.episode,
        args.seed,
        frame::number(recording.sum()),
        recording.steps(),
        path.display(),
    )?;
    Ok(())
}

/// Where the picture goes.
fn path(args: &Play) -> PathBuf {
    let name = match args.frame {
        Some(_) => "episode.png",
        None => "episode.gif",
    };
    args.out.clone().unwrap_or_else(|| args.folder.join(name))
}

/// What draws the moment after so many steps.
type Painter<'a> = Box<dyn Fn(usize) -> Result<Pixmap, Refused> + 'a>;

fn painter(recording: &Recording) -> Result<Painter<'_>, Refused> {
    #[cfg(feature = "mujoco")]
    if let Some(scene) = scene::of(recording) {
        let scene = std::cell::RefCell::new(scene?);
        return Ok(Box::new(move |step| {
            scene.borrow_mut().frame(recording, step)
        }));
    }
    Ok(Box::new(|step| Ok(frame::frame(recording, step))))
}

/// The file of that ending.
fn draw(recording: &Recording, path: &Path, moment: Option<usize>) -> Result<Vec<u8>, Refused> {
    let steps = recording.steps();
    let moves = ending(path) == Some("gif");
    let frame = painter(recording)?;
    let picture = match moment {
        Some(asked) if asked > steps => return Err(Refused::NoMoment { steps, asked }),
        Some(_) if moves => {
            let path = path.to_owned();
            return Err(Refused::FrameOfGif { path });
        }
        Some(step) => frame(step)?,
        None if moves => {
            let mut bytes = Vec::new();
            let seconds = frame::seconds(&recording.env);
            gif::write(&mut bytes, steps + 1, seconds, frame)?;
            return Ok(bytes);
        }
        None => {
            let frames = strip::steps(steps).into_iter();
            let frames: Result<Vec<_>, _> = frames.map(frame).collect();
            strip::lay_out(&frames?)
        }
    };
    picture
        .encode_png()
        .map_err(|error| Refused::Png(error.to_string()))
}
