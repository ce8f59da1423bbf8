//! Each task with every option changed at once.

use std::path::{Path, PathBuf};

use kinglet_envs::mujoco::gym::{
    Ant, ContactForces, HalfCheetah, Hopper, Humanoid, HumanoidStandup, InvertedDoublePendulum,
    InvertedPendulum, Parts, Pusher, Reacher, Swimmer, Walker2d,
};
use kinglet_envs::mujoco::{Package, package_folder};
use serde_json::json;

use super::{Pair, pair};

/// The file of a model with one change.
fn changed(asset: &str, from: &str, to: &str) -> PathBuf {
    let assets = package_folder(Package::Gymnasium)
        .unwrap()
        .join("envs/mujoco/assets");
    let text = std::fs::read_to_string(assets.join(asset)).unwrap();
    assert!(text.contains(from), "{asset} has no {from}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("changed_{asset}"));
    std::fs::write(&path, text.replace(from, to)).unwrap();
    path
}

pub(super) fn half_cheetah() -> Pair {
    let model = changed(
        "half_cheetah.xml",
        "timestep=\"0.01\"",
        "timestep=\"0.008\"",
    );
    let options = json!({
        "xml_file": model,
        "frame_skip": 3,
        "forward_reward_weight": 2.0,
        "ctrl_cost_weight": 0.3,
        "reset_noise_scale": 0.2,
        "exclude_current_positions_from_observation": false,
    });
    let task = HalfCheetah {
        model: Some(model),
        frame_skip: 3,
        ..cheetah_of_v4()
    };
    pair("HalfCheetah-v5", options, task)
}

fn cheetah_of_v4() -> HalfCheetah {
    HalfCheetah {
        forward_reward_weight: 2.0,
        ctrl_cost_weight: 0.3,
        reset_noise_scale: 0.2,
        exclude_current_positions: false,
        ..HalfCheetah::default()
    }
}

pub(super) fn half_cheetah_v4() -> Pair {
    let options = json!({
        "forward_reward_weight": 2.0,
        "ctrl_cost_weight": 0.3,
        "reset_noise_scale": 0.2,
        "exclude_current_positions_from_observation": false,
    });
    pair("HalfCheetah-v4", options, cheetah_of_v4())
}

pub(super) fn hopper() -> Pair {
    let model = changed("hopper.xml", "timestep=\"0.002\"", "timestep=\"0.0015\"");
    let options = json!({
        "xml_file": model,
        "frame_skip": 5,
        "forward_reward_weight": 0.5,
        "ctrl_cost_weight": 0.01,
        "healthy_reward": 2.0,
        "terminate_when_unhealthy": false,
        "healthy_state_range": [-3.0, 4.0],
        "healthy_z_range": [0.5, 1.2],
        "healthy_angle_range": [-0.4, 0.3],
        "reset_noise_scale": 0.02,
        "exclude_current_positions_from_observation": false,
    });
    let task = Hopper {
        model: Some(model),
        frame_skip: 5,
        forward_reward_weight: 0.5,
        ctrl_cost_weight: 0.01,
        healthy_reward: 2.0,
        terminate_when_unhealthy: false,
        healthy_state_range: -3.0..4.0,
        healthy_z_range: 0.5..1.2,
        healthy_angle_range: -0.4..0.3,
        reset_noise_scale: 0.02,
        exclude_current_positions: false,
    };
    pair("Hopper-v5", options, task)
}

pub(super) fn walker2d() -> Pair {
    let model = changed(
        "walker2d_v5.xml",
        "timestep=\"0.002\"",
        "timestep=\"0.0015\"",
    );
    let options = json!({
        "xml_file": model,
        "frame_skip": 5,
        "forward_reward_weight": 0.5,
        "ctrl_cost_weight": 0.01,
        "healthy_reward": 2.0,
        "terminate_when_unhealthy": false,
        "healthy_z_range": [0.5, 1.2],
        "healthy_angle_range": [-0.4, 0.3],
        "reset_noise_scale": 0.02,
        "exclude_current_positions_from_observation": false,
    });
    let task = Walker2d {
        model: Some(model),
        frame_skip: 5,
        forward_reward_weight: 0.5,
        ctrl_cost_weight: 0.01,
        healthy_reward: 2.0,
        terminate_when_unhealthy: false,
        healthy_z_range: 0.5..1.2,
        healthy_angle_range: -0.4..0.3,
        reset_noise_scale: 0.02,
        exclude_current_positions: false,
    };
    pair("Walker2d-v5", options, task)
}

/// Version 4 demands twenty steps a second, rounded: the model's step is changed by as little as that allows.
fn ant_model() -> PathBuf {
    changed("ant.xml", "timestep=\"0.01\"", "timestep=\"0.0101\"")
}

fn changed_ant(ant: Ant) -> Ant {
    Ant {
        model: Some(ant_model()),
        ctrl_cost_weight: 0.2,
        contact_cost_weight: Some(1e-3),
        healthy_reward: 2.0,
        terminate_when_unhealthy: false,
        healthy_z_range: 0.4..=0.7,
        contact_force_range: -0.5..=2.0,
        reset_noise_scale: 0.05,
        exclude_current_positions: false,
        ..ant
    }
}

pub(super) fn ant() -> Pair {
    let options = json!({
        "xml_file": ant_model(),
        "frame_skip": 4,
        "forward_reward_weight": 2.0,
        "ctrl_cost_weight": 0.2,
        "contact_cost_weight": 1e-3,
        "healthy_reward": 2.0,
        "main_body": "front_left_leg",
        "terminate_when_unhealthy": false,
        "healthy_z_range": [0.4, 0.7],
        "contact_force_range": [-0.5, 2.0],
        "reset_noise_scale": 0.05,
        "exclude_current_positions_from_observation": false,
        "include_cfrc_ext_in_observation": false,
    });
    let task = Ant {
        frame_skip: 4,
        forward_reward_weight: 2.0,
        main_body: "front_left_leg".into(),
        contact_forces: ContactForces::Hidden,
        ..changed_ant(Ant::default())
    };
    pair("Ant-v5", options, task)
}

pub(super) fn ant_v4() -> Pair {
    let options = json!({
        "xml_file": ant_model(),
        "ctrl_cost_weight": 0.2,
        "use_contact_forces": true,
        "contact_cost_weight": 1e-3,
        "healthy_reward": 2.0,
        "terminate_when_unhealthy": false,
        "healthy_z_range": [0.4, 0.7],
        "contact_force_range": [-0.5, 2.0],
        "reset_noise_scale": 0.05,
        "exclude_current_positions_from_observation": false,
    });
    pair(
        "Ant-v4",
        options,
        changed_ant(Ant::v4_with_contact_forces()),
    )
}

const NOTHING: Parts = Parts {
    exclude_current_positions: false,
    inertia: false,
    velocity: false,
    actuator_forces: false,
    contact_forces: false,
};

pub(super) fn humanoid() -> Pair {
    let model = changed("humanoid.xml", "timestep=\"0.003\"", "timestep=\"0.0025\"");
    let options = json!({
        "xml_file": model,
        "frame_skip": 4,
        "forward_reward_weight": 2.0,
        "ctrl_cost_weight": 0.2,
        "contact_cost_weight": 1e-6,
        "contact_cost_range": [0.1, 1.0],
        "healthy_reward": 2.0,
        "terminate_when_unhealthy": false,
        "healthy_z_range": [0.8, 1.3],
        "reset_noise_scale": 0.05,
        "exclude_current_positions_from_observation": false,
        "include_cinert_in_observation": false,
        "include_cvel_in_observation": false,
        "include_qfrc_actuator_in_observation": false,
        "include_cfrc_ext_in_observation": false,
    });
    let task = Humanoid {
        model: Some(model),
        frame_skip: 4,
        forward_reward_weight: 2.0,
        ctrl_cost_weight: 0.2,
        contact_cost_weight: 1e-6,
        contact_cost_range: 0.1..=1.0,
        healthy_reward: 2.0,
        terminate_when_unhealthy: false,
        healthy_z_range: 0.8..1.3,
        reset_noise_scale: 0.05,
        parts: NOTHING,
    };
    pair("Humanoid-v5", options, task)
}

pub(super) fn humanoid_without_bodies() -> Pair {
    let options = json!({
        "include_cinert_in_observation": false,
        "include_cvel_in_observation": false,
    });
    let parts = Parts {
        inertia: false,
        velocity: false,
        ..Parts::default()
    };
    let task = Humanoid {
        parts,
        ..Humanoid::default()
    };
    pair("Humanoid-v5", options, task)
}

pub(super) fn humanoid_without_inertia_and_actuators() -> Pair {
    let options = json!({
        "include_cinert_in_observation": false,
        "include_qfrc_actuator_in_observation": false,
    });
    let parts = Parts {
        inertia: false,
        actuator_forces: false,
        ..Parts::default()
    };
    let task = Humanoid {
        parts,
        ..Humanoid::default()
    };
    pair("Humanoid-v5", options, task)
}

pub(super) fn humanoid_standup() -> Pair {
    let model = changed(
        "humanoidstandup.xml",
        "timestep=\"0.003\"",
        "timestep=\"0.0025\"",
    );
    let options = json!({
        "xml_file": model,
        "frame_skip": 4,
        "uph_cost_weight": 3.0,
        "ctrl_cost_weight": 0.2,
        "impact_cost_weight": 1e-6,
        "impact_cost_range": [0.1, 1.0],
        "reset_noise_scale": 0.05,
        "exclude_current_positions_from_observation": false,
        "include_cinert_in_observation": false,
        "include_cvel_in_observation": false,
        "include_qfrc_actuator_in_observation": false,
        "include_cfrc_ext_in_observation": false,
    });
    let task = HumanoidStandup {
        model: Some(model),
        frame_skip: 4,
        ctrl_cost_weight: 0.2,
        impact_cost_weight: 1e-6,
        impact_cost_range: 0.1..=1.0,
        reset_noise_scale: 0.05,
        parts: NOTHING,
    };
    pair("HumanoidStandup-v5", options, task)
}

pub(super) fn swimmer() -> Pair {
    let model = changed("swimmer.xml", "timestep=\"0.01\"", "timestep=\"0.009\"");
    let options = json!({
        "xml_file": model,
        "frame_skip": 3,
        "forward_reward_weight": 2.0,
        "ctrl_cost_weight": 0.01,
        "reset_noise_scale": 0.3,
        "exclude_current_positions_from_observation": false,
    });
    let task = Swimmer {
        model: Some(model),
        frame_skip: 3,
        forward_reward_weight: 2.0,
        ctrl_cost_weight: 0.01,
        reset_noise_scale: 0.3,
        exclude_current_positions: false,
    };
    pair("Swimmer-v5", options, task)
}

pub(super) fn reacher() -> Pair {
    let model = changed("reacher.xml", "timestep=\"0.01\"", "timestep=\"0.008\"");
    let options = json!({
        "xml_file": model,
        "frame_skip": 3,
        "reward_dist_weight": 2.0,
        "reward_control_weight": 0.5,
    });
    let task = Reacher {
        model: Some(model),
        frame_skip: 3,
        reward_dist_weight: 2.0,
        reward_control_weight: 0.5,
        ..Reacher::default()
    };
    pair("Reacher-v5", options, task)
}

pub(super) fn pusher() -> Pair {
    let model = changed("pusher_v5.xml", "timestep=\"0.01\"", "timestep=\"0.008\"");
    let options = json!({
        "xml_file": model,
        "frame_skip": 4,
        "reward_near_weight": 0.7,
        "reward_dist_weight": 2.0,
        "reward_control_weight": 0.3,
    });
    let task = Pusher {
        model: Some(model),
        frame_skip: 4,
        reward_near_weight: 0.7,
        reward_dist_weight: 2.0,
        reward_control_weight: 0.3,
        ..Pusher::default()
    };
    pair("Pusher-v5", options, task)
}

pub(super) fn inverted_pendulum() -> Pair {
    let model = changed(
        "inverted_pendulum.xml",
        "timestep=\"0.02\"",
        "timestep=\"0.015\"",
    );
    let options = json!({ "xml_file": model, "frame_skip": 3, "reset_noise_scale": 0.05 });
    let task = InvertedPendulum {
        model: Some(model),
        frame_skip: 3,
        reset_noise_scale: 0.05,
    };
    pair("InvertedPendulum-v5", options, task)
}

/// The rail is short, so that its end is seen to push.
pub(super) fn inverted_double_pendulum() -> Pair {
    let model = changed(
        "inverted_double_pendulum.xml",
        " range=\"-1 1\"",
        " range=\"-0.1 0.1\"",
    );
    let options = json!({
        "xml_file": model,
        "frame_skip": 4,
        "healthy_reward": 5.0,
        "reset_noise_scale": 0.2,
    });
    let task = InvertedDoublePendulum {
        model: Some(model),
        frame_skip: 4,
        healthy_reward: 5.0,
        reset_noise_scale: 0.2,
    };
    pair("InvertedDoublePendulum-v5", options, task)
}
