//! The Control Suite's rewards where there are any: random actions seldom come there.

use kinglet_envs::mujoco::{Mujoco, MujocoMoment, make};
use kinglet_envs::{MujocoName, Simulator};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::Serialize;

use crate::peer::{any_action, ask};

/// Steps of a task that are paid more than 0.01, and as many that are paid less.
const STEPS: usize = 40;

#[derive(Serialize)]
struct Step {
    name: &'static str,
    state: Vec<f64>,
    carry: Vec<f64>,
    action: Vec<f64>,
    #[serde(skip)]
    reward: f64,
}

/// Moves to where the task can be paid within a step, if no episode begins there.
fn approach(name: &str, env: &mut Mujoco, rng: &mut Xoshiro256PlusPlus) {
    let mut within = |low: f64, high: f64| rng.random_range(low..high);
    let data = &mut env.physics.data;
    match name {
        "dm/acrobot-swingup" | "dm/acrobot-swingup-sparse" => {
            data.qpos_mut().fill_with(|| within(-0.3, 0.3));
        }
        "dm/ball-in-cup-catch" => {
            data.qpos_mut()[2] = within(-0.04, 0.04);
            data.qpos_mut()[3] = within(0.31, 0.4);
        }
        "dm/cartpole-swingup" | "dm/cartpole-swingup-sparse" => {
            data.qpos_mut().fill_with(|| within(-0.3, 0.3));
            data.qvel_mut().fill_with(|| within(-6.0, 6.0));
        }
        "dm/cheetah-run" => data.qvel_mut()[0] = within(0.0, 15.0),
        "dm/finger-spin" => data.qvel_mut()[2] = within(-25.0, 0.0),
        "dm/hopper-hop" => data.qvel_mut()[0] = within(0.0, 5.0),
        "dm/walker-walk" | "dm/walker-run" => data.qvel_mut()[0] = within(0.0, 12.0),
        "dm/humanoid-walk" | "dm/humanoid-run" => {
            data.qvel_mut()[..2].fill_with(|| within(-9.0, 9.0));
        }
        _ => {}
    }
}

/// A step from a beginning of an episode, or from near it.
fn one(name: &'static str, env: &mut Mujoco, rng: &mut Xoshiro256PlusPlus) -> Step {
    env.reset(rng).unwrap();
    approach(name, env, rng);
    env.physics.forward_unactuated();
    let MujocoMoment { state, carry, .. } = env.save().unwrap();
    let action = any_action(env, rng);
    let (reward, _) = env.step(&action, rng).unwrap();
    Step {
        name,
        state,
        carry,
        action,
        reward,
    }
}

fn steps(task: MujocoName) -> Vec<Step> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
    let mut env = make(task, &mut rng).unwrap();
    let (mut paid, mut other) = (Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let step = one(task.as_str(), &mut env, &mut rng);
        if step.reward > 0.01 {
            paid.push(step);
        } else if other.len() < STEPS {
            other.push(step);
        }
        if paid.len() == STEPS {
            break;
        }
    }
    assert_eq!(paid.len(), STEPS, "{task}: steps that are paid");
    paid.append(&mut other);
    paid
}

#[test]
fn rewards_are_equal_where_there_are_any() {
    let suite = MujocoName::all().filter(|task| task.as_str().starts_with("dm/"));
    let ours: Vec<Step> = suite.flat_map(steps).collect();
    let theirs = ask("dm_peer.py", &serde_json::json!({ "pay": ours }));
    assert_eq!(ours.len(), theirs.len());
    for (step, theirs) in ours.iter().zip(theirs) {
        let Step { name, reward, .. } = step;
        assert!(
            (reward - theirs).abs() <= 1e-12,
            "{name}: {reward}, theirs {theirs}"
        );
    }
}
