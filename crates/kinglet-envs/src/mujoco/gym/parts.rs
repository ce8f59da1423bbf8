//! What is seen of a humanoid body.

use crate::mujoco::Physics;

/// Which parts of the state of a humanoid's body are seen, in this order after positions and velocities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Leave x and y out of the positions.
    pub exclude_current_positions: bool,
    /// Show the bodies' inertia and mass, 10 numbers each.
    pub inertia: bool,
    /// Show the bodies' velocities, 6 numbers each.
    pub velocity: bool,
    /// Show the actuators' forces on the joints.
    pub actuator_forces: bool,
    /// Show the contact forces on the bodies, 6 numbers each.
    pub contact_forces: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            exclude_current_positions: true,
            inertia: true,
            velocity: true,
            actuator_forces: true,
            contact_forces: true,
        }
    }
}

impl Parts {
    /// The numbers seen. The world is the first body and is left out; the first six joints are the root's, which nothing
    /// drives.
    pub(super) fn of<'a>(&self, physics: &'a Physics) -> [&'a [f64]; 6] {
        let data = &physics.data;
        let shown = |is: bool, part: &'a [f64]| if is { part } else { &[] };
        [
            &data.qpos()[2 * usize::from(self.exclude_current_positions)..],
            data.qvel(),
            shown(self.inertia, data.cinert()[1..].as_flattened()),
            shown(self.velocity, data.cvel()[1..].as_flattened()),
            shown(self.actuator_forces, &data.qfrc_actuator()[6..]),
            shown(self.contact_forces, data.cfrc_ext()[1..].as_flattened()),
        ]
    }

    /// How many numbers are seen.
    pub(super) fn obs_dim(&self, physics: &Physics) -> usize {
        self.of(physics).iter().map(|part| part.len()).sum()
    }
}
