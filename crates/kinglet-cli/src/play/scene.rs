//! Scenes of three dimensions, by MuJoCo's renderer.

use kinglet_envs::mujoco::Mujoco;
use kinglet_envs::{Named, NamedMoment, Simulator};
use mujoco_rs::renderer::MjRenderer;
use mujoco_rs::wrappers::mj_model::MjtObjBase;
use mujoco_rs::wrappers::{MjModel, MjvCamera};
use tiny_skia::Pixmap;

use super::Refused;
use super::canvas::{Canvas, View};
use super::color::{SOFT_INK, WHITE};
use super::episode::Recording;
use super::frame::words;

/// Pixels of a picture.
const SIZE: [u32; 2] = [400, 300];

/// What draws the moments of an episode.
#[derive(Debug)]
pub(crate) struct Scene {
    env: Mujoco,
    renderer: MjRenderer,
}

impl Scene {
    /// Opens an off-screen renderer; without a graphics card it draws in software, where there is a library that can.
    pub(crate) fn open(env: &Mujoco) -> Result<Self, Refused> {
        let model = env.physics.model();
        let builder = MjRenderer::builder().width(SIZE[0]).height(SIZE[1]);
        let renderer = builder.camera(camera(model)).build(model);
        let renderer = renderer.map_err(|error| Refused::NoRenderer(format!("{error:?}")))?;
        Ok(Self {
            env: env.clone(),
            renderer,
        })
    }

    /// Draws the moment after so many steps.
    pub(crate) fn frame(&mut self, recording: &Recording, step: usize) -> Result<Pixmap, Refused> {
        let failed = |error| Refused::NoRenderer(format!("{error:?}"));
        if let NamedMoment::Mujoco(_, now) = &recording.moments[step] {
            self.env.restore(now);
        }
        self.renderer
            .sync_data(&mut self.env.physics.data)
            .map_err(failed)?;
        self.renderer.render().map_err(failed)?;
        let view = View {
            low: [0.0; 2],
            high: SIZE.map(f64::from),
            pixels: SIZE[0],
        };
        let mut canvas = Canvas::new(view, WHITE);
        canvas.paste(self.renderer.rgb_flat().unwrap_or_default());
        let [left, right] = words(recording, step);
        canvas.caption(&left, &right, SOFT_INK);
        Ok(canvas.finish())
    }
}

/// The camera that the model calls `track`, else its first, else one that follows the first body.
fn camera(model: &MjModel) -> MjvCamera {
    let track = model.name_to_id(MjtObjBase::mjOBJ_CAMERA, "track");
    let first = (model.ffi().ncam > 0).then_some(0);
    match track.or(first) {
        Some(fixed) => MjvCamera::new_fixed(fixed),
        None => {
            let mut camera = MjvCamera::new_tracking(1);
            camera.distance = 1.5 * model.stat().extent;
            camera
        }
    }
}

/// The scene of an episode; none where it is drawn flat.
pub(crate) fn of(recording: &Recording) -> Option<Result<Scene, Refused>> {
    match &recording.env {
        Named::Mujoco(_, env) => Some(Scene::open(env)),
        _ => None,
    }
}
