//! A model and its state.

use std::fmt::Display;
use std::path::Path;
use std::sync::Once;

use mujoco_rs::logging::install_logging_hook;
use mujoco_rs::mujoco_c::{mjVERSION_HEADER, mjtDisableBit, mjtIntegrator, mjtState};
use mujoco_rs::mujoco_version;
use mujoco_rs::wrappers::mj_auxiliary::MjVfs;
use mujoco_rs::wrappers::mj_model::MjtObjBase;
use mujoco_rs::wrappers::{MjData, MjModel};

use crate::Error;

/// What a state consists of: with it, MuJoCo goes on to the same bits.
const INTEGRATION: u32 = mjtState::mjSTATE_INTEGRATION as u32;

/// A model with its state, as MuJoCo steps it.
#[derive(Clone, Debug)]
pub struct Physics {
    /// MuJoCo's own data, which holds the model.
    pub data: MjData<Box<MjModel>>,
    /// The model once more, to be changed and then exchanged for the other.
    spare: Option<Box<MjModel>>,
}

impl Physics {
    /// Reads a model.
    ///
    /// # Errors
    /// [`Error::MujocoVersion`] for a library of another version than the bindings'; [`Error::MujocoModel`] for a file that
    /// is no model.
    pub fn load(path: &Path) -> Result<Self, Error> {
        check_version(mujoco_version())?;
        route_messages();
        Self::of(MjModel::from_xml(path).map_err(|error| unusable(path, &error))?)
    }

    /// Reads a model whose text stands in the place of a file's: what it includes lies beside that file.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        check_version(mujoco_version())?;
        route_messages();
        let mut files = MjVfs::new();
        files
            .add_from_buffer(path, text.as_bytes())
            .map_err(|error| unusable(path, &error))?;
        Self::of(MjModel::from_xml_vfs(path, &files).map_err(|error| unusable(path, &error))?)
    }

    /// Of a model that has been read.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where there is no memory for its state.
    pub fn of(mut model: MjModel) -> Result<Self, Error> {
        spare_islands(&mut model);
        let data = MjData::try_new(Box::new(model)).map_err(|error| Error::MujocoModel {
            path: "a model".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { data, spare: None })
    }

    /// The model.
    pub fn model(&self) -> &MjModel {
        self.data.model()
    }

    /// Changes the model.
    ///
    /// # Panics
    /// If the change gives it another layout.
    pub fn edit(&mut self, change: impl Fn(&mut MjModel)) {
        let model = || Box::new(self.data.model().clone());
        let mut spare = self.spare.take().unwrap_or_else(model);
        change(&mut spare);
        let mut other = self.data.swap_model(spare);
        change(&mut other);
        self.spare = Some(other);
    }

    /// The number of what has a name.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where nothing of this kind has it.
    pub fn id(&self, kind: MjtObjBase, name: &str) -> Result<usize, Error> {
        let found = self.model().name_to_id(kind, name);
        found.ok_or_else(|| Error::MujocoModel {
            path: "the model".to_owned(),
            reason: format!("it has no {kind:?} named `{name}`"),
        })
    }

    /// Where a joint's numbers begin: among the positions, among the velocities.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where no joint has this name.
    pub fn joint(&self, name: &str) -> Result<(usize, usize), Error> {
        let id = self.id(MjtObjBase::mjOBJ_JOINT, name)?;
        let model = self.model();
        let (position, velocity) = (model.jnt_qposadr()[id], model.jnt_dofadr()[id]);
        Ok((position as usize, velocity as usize))
    }

    /// Where a sensor's numbers begin.
    ///
    /// # Errors
    /// [`Error::MujocoModel`] where no sensor has this name.
    pub fn sensor(&self, name: &str) -> Result<usize, Error> {
        let id = self.id(MjtObjBase::mjOBJ_SENSOR, name)?;
        Ok(self.model().sensor_adr()[id] as usize)
    }

    /// Puts the joints at these positions and velocities, and computes what follows from them.
    ///
    /// # Panics
    /// If there are not as many numbers as the model has.
    pub fn place(&mut self, positions: &[f64], velocities: &[f64]) {
        self.data.qpos_mut().copy_from_slice(positions);
        self.data.qvel_mut().copy_from_slice(velocities);
        self.data.forward();
    }

    /// Takes `frames` steps of the model with these controls.
    ///
    /// # Panics
    /// If there are not as many controls as the model has.
    pub fn advance(&mut self, controls: &[f64], frames: usize) {
        self.data.ctrl_mut().copy_from_slice(controls);
        for _ in 0..frames {
            self.data.step();
        }
    }

    /// Takes `frames` steps of the model with these controls, after each of which what follows from positions and velocities
    /// is that of the new ones, not of those a frame before. What follows from accelerations, a force say, stays behind.
    ///
    /// It goes on from where positions and velocities have been worked out, as it leaves them.
    ///
    /// # Panics
    /// If there are not as many controls as the model has.
    ///
    /// # Source
    /// dm_control 1.0.50, `mujoco/engine.py`, `Physics._step_with_up_to_date_position_velocity`.
    pub fn advance_in_sync(&mut self, controls: &[f64], frames: usize) {
        self.data.ctrl_mut().copy_from_slice(controls);
        let begun = self.model().opt().integrator != mjtIntegrator::mjINT_RK4 as i32;
        let flags = self.model().opt().disableflags;
        // What sensors say between the frames is seen by nobody.
        let silent = flags | mjtDisableBit::mjDSBL_SENSOR as i32;
        for frame in 0..frames {
            let last = frame + 1 == frames;
            self.data.model_opt_mut().disableflags = if last { flags } else { silent };
            if frame == 0 && begun {
                self.data.step2();
            } else {
                self.data.step();
            }
        }
        self.data.step1();
    }

    /// Computes all that follows from the state with the actuators off.
    ///
    /// # Source
    /// dm_control 1.0.50, `mujoco/engine.py`, `Physics.after_reset`.
    pub fn forward_unactuated(&mut self) {
        let flags = self.model().opt().disableflags;
        let off = mjtDisableBit::mjDSBL_ACTUATION as i32;
        self.data.model_opt_mut().disableflags = flags | off;
        self.data.forward();
        self.data.model_opt_mut().disableflags = flags;
    }

    /// All that the future depends on.
    pub fn save(&self) -> Vec<f64> {
        self.data.state(INTEGRATION).into_vec()
    }

    /// Puts back what [`save`](Self::save) gave, and computes positions and velocities of all that is seen from it.
    ///
    /// # Errors
    /// [`Error::MujocoState`] for a state of another model.
    pub fn restore(&mut self, state: &[f64]) -> Result<(), Error> {
        let expected = self.model().state_size(INTEGRATION);
        let found = state.len();
        if found != expected {
            return Err(Error::MujocoState { expected, found });
        }
        self.data
            .set_state(state, INTEGRATION)
            .map_err(|_| Error::MujocoState { expected, found })?;
        self.data.step1();
        Ok(())
    }
}

/// Sends MuJoCo's messages (of a model's deprecated attributes, of a simulation that has become unstable) to the crate `log`,
/// where a program may print them, instead of its own printing and its file `MUJOCO_LOG.TXT`.
#[expect(unsafe_code, reason = "the hook is a global of a C library")]
fn route_messages() {
    static ROUTED: Once = Once::new();
    // SAFETY: no other thread may use MuJoCo meanwhile. What this crate does with MuJoCo begins with a model that is read,
    // and reading comes after this; others wait here for the first.
    ROUTED.call_once(|| unsafe { install_logging_hook() });
}

fn unusable(path: &Path, error: &dyn Display) -> Error {
    Error::MujocoModel {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// Spares the search for islands of constraints where there is one tree of bodies: they are one island then, and solved to the
/// same bits as a whole. It costs a runner in a plane a tenth of its step.
fn spare_islands(model: &mut MjModel) {
    if model.ntree() == 1 {
        model.opt_mut().disableflags |= mjtDisableBit::mjDSBL_ISLAND as i32;
    }
}

/// MuJoCo's bindings panic at a library of another version; this comes first.
fn check_version(found: &str) -> Result<(), Error> {
    let (major, minor, patch) = version(mjVERSION_HEADER);
    let expected = format!("{major}.{minor}.{patch}");
    if found == expected {
        return Ok(());
    }
    let found = found.to_owned();
    Err(Error::MujocoVersion { found, expected })
}

/// 3017000 is 3.17.0.
fn version(header: u32) -> (u32, u32, u32) {
    (header / 1_000_000, header / 1000 % 1000, header % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_of_the_library_is_refused() {
        assert_eq!(check_version("3.17.0"), Ok(()));
        let error = check_version("3.5.0").unwrap_err().to_string();
        assert!(
            error.contains("3.5.0") && error.contains("3.17.0"),
            "{error}"
        );
    }
}
