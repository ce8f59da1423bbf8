//! Gymnasium's tasks.

use kinglet_envs::Simulator;
use kinglet_envs::mujoco::gym::{Ant, HalfCheetah, Hopper, Humanoid, Walker2d};
use kinglet_envs::mujoco::{Mujoco, Task};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::{Value, json};

use crate::peer::{ask, assert_same, play};

/// Three seeds of a thousand steps or more.
fn assert_equal<T: Task + Clone + 'static>(id: &str, options: Value, task: T) {
    let mut env = Mujoco::new(Box::new(task), &mut Xoshiro256PlusPlus::seed_from_u64(0)).unwrap();
    for seed in 0..3 {
        let episodes = play(&mut env, 1000, seed);
        let told = json!({ "id": id, "options": options, "episodes": episodes });
        let theirs = ask("gymnasium_peer.py", &told);
        assert_same(
            &format!("{id} {options}, seed {seed}"),
            &episodes,
            &theirs,
            env.obs_dim(),
        );
    }
}

#[test]
fn half_cheetah() {
    assert_equal("HalfCheetah-v5", json!({}), HalfCheetah::default());
    assert_equal("HalfCheetah-v4", json!({}), HalfCheetah::default());
}

#[test]
fn hopper() {
    assert_equal("Hopper-v5", json!({}), Hopper::default());
}

#[test]
fn walker2d() {
    assert_equal("Walker2d-v5", json!({}), Walker2d::default());
}

#[test]
fn ant() {
    assert_equal("Ant-v5", json!({}), Ant::default());
    assert_equal("Ant-v4", json!({}), Ant::v4());
}

#[test]
fn humanoid() {
    assert_equal("Humanoid-v5", json!({}), Humanoid::default());
}
