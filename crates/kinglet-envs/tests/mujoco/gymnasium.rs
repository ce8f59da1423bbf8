//! Gymnasium's tasks.

mod options;

use kinglet_envs::mujoco::gym::{
    Ant, Body, HalfCheetah, Hopper, Humanoid, HumanoidStandup, InvertedDoublePendulum,
    InvertedPendulum, Pusher, Reacher, Swimmer, Walker2d,
};
use kinglet_envs::mujoco::{Mujoco, Task, make};
use kinglet_envs::{End, Error, MujocoName, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::{Value, json};

use crate::law::assert_same_law;
use crate::peer::{Episode, any_action, ask, assert_same, observation, play};

/// Beginnings of a task, from which its law is known.
const RESETS: usize = 10_000;

/// A task of ours, and what makes it in Gymnasium.
struct Pair {
    id: &'static str,
    options: Value,
    ours: Mujoco,
}

fn pair(id: &'static str, options: Value, task: impl Task + 'static) -> Pair {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let ours = Mujoco::new(Box::new(task), &mut rng).unwrap();
    Pair { id, options, ours }
}

/// Three seeds of a thousand steps or more.
fn episodes(env: &mut Mujoco) -> Vec<Episode> {
    (0..3).flat_map(|seed| play(env, 1000, seed)).collect()
}

/// Positions and velocities at the beginnings of episodes.
fn beginnings(env: &mut Mujoco) -> Vec<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut states = Vec::new();
    for _ in 0..RESETS {
        env.reset(&mut rng).unwrap();
        states.extend(env.physics.data.qpos());
        states.extend(env.physics.data.qvel());
    }
    states
}

/// Episodes go as Gymnasium's, and begin by the same law.
fn assert_equal(pairs: Vec<Pair>) {
    let (mut told, mut ours) = (Vec::new(), Vec::new());
    for mut pair in pairs {
        let episodes = episodes(&mut pair.ours);
        told.push(json!({
            "id": pair.id,
            "options": pair.options,
            "episodes": &episodes,
            "resets": RESETS,
        }));
        ours.push((pair, episodes));
    }
    let theirs = ask("gymnasium_peer.py", &told);
    let mut rest = &theirs[..];
    for (mut pair, episodes) in ours {
        let name = format!("{} {}", pair.id, pair.options);
        let count = episodes.iter().map(|episode| episode.seen.len()).sum();
        let (seen, after) = rest.split_at(count);
        assert_same(&name, &episodes, seen, pair.ours.obs_dim());
        let states = beginnings(&mut pair.ours);
        let (begun, after) = after.split_at(states.len());
        assert_same_law(&name, states.len() / RESETS, &states, begun);
        rest = after;
    }
    assert!(rest.is_empty(), "{} numbers more are theirs", rest.len());
}

#[test]
fn half_cheetah() {
    assert_equal(vec![
        pair("HalfCheetah-v5", json!({}), HalfCheetah::default()),
        options::half_cheetah(),
        pair("HalfCheetah-v4", json!({}), HalfCheetah::default()),
        options::half_cheetah_v4(),
    ]);
}

#[test]
fn hopper() {
    assert_equal(vec![
        pair("Hopper-v5", json!({}), Hopper::default()),
        options::hopper(),
    ]);
}

#[test]
fn walker2d() {
    assert_equal(vec![
        pair("Walker2d-v5", json!({}), Walker2d::default()),
        options::walker2d(),
    ]);
}

#[test]
fn ant() {
    assert_equal(vec![
        pair("Ant-v5", json!({}), Ant::default()),
        options::ant(),
        pair("Ant-v4", json!({}), Ant::v4()),
        options::ant_v4(),
    ]);
}

#[test]
fn humanoid() {
    assert_equal(vec![
        pair("Humanoid-v5", json!({}), Humanoid::default()),
        options::humanoid(),
    ]);
}

/// Of four parts each pair is told apart.
#[test]
fn parts_of_a_humanoid() {
    assert_equal(vec![
        options::humanoid_without_bodies(),
        options::humanoid_without_inertia_and_actuators(),
    ]);
}

#[test]
fn humanoid_standup() {
    assert_equal(vec![
        pair("HumanoidStandup-v5", json!({}), HumanoidStandup::default()),
        options::humanoid_standup(),
    ]);
}

#[test]
fn swimmer() {
    assert_equal(vec![
        pair("Swimmer-v5", json!({}), Swimmer::default()),
        options::swimmer(),
    ]);
}

#[test]
fn arms() {
    assert_equal(vec![
        pair("Reacher-v5", json!({}), Reacher::default()),
        options::reacher(),
        pair("Pusher-v5", json!({}), Pusher::default()),
        options::pusher(),
    ]);
}

#[test]
fn pendulums() {
    let (one, two) = (
        InvertedPendulum::default(),
        InvertedDoublePendulum::default(),
    );
    assert_equal(vec![
        pair("InvertedPendulum-v5", json!({}), one),
        options::inverted_pendulum(),
        pair("InvertedDoublePendulum-v5", json!({}), two),
        options::inverted_double_pendulum(),
    ]);
}

fn names() -> impl Iterator<Item = MujocoName> {
    MujocoName::all().filter(|name| name.as_str().starts_with("mujoco/"))
}

/// The bits of observations and rewards, and the ends, along some steps, through resets.
fn bits(
    env: &mut Mujoco,
    steps: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<(Vec<u64>, Option<End>)> {
    let step = |_| {
        let action = any_action(env, rng);
        let (reward, end) = env.step(&action, rng).unwrap();
        let seen = observation(env).into_iter().chain([reward]);
        let bits = seen.map(f64::to_bits).collect();
        if end.is_some() {
            env.reset(rng).unwrap();
        }
        (bits, end)
    };
    (0..steps).map(step).collect()
}

/// Another instance goes on to the same bits from what was written in the middle of an episode.
#[test]
fn what_is_saved_goes_on_to_the_same_bits() {
    for name in names() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut one = make(name, &mut rng).unwrap();
        let mut other = make(name, &mut rng).unwrap();
        let mut contacts = 0;
        for steps in [3, 4, 10, 40, 200] {
            bits(&mut one, steps, &mut rng);
            contacts = contacts.max(one.physics.data.ncon());
            let file = serde_json::to_string(&one.save().unwrap()).unwrap();
            other.restore(&serde_json::from_str(&file).unwrap());
            assert_eq!(observation(&one), observation(&other), "{name}");
            let mut again = rng.clone();
            let expected = bits(&mut one, 100, &mut rng);
            assert!(expected == bits(&mut other, 100, &mut again), "{name}");
        }
        let floats = ["swimmer", "reacher", "pendulum"];
        let touches = !floats.iter().any(|kind| name.as_str().contains(kind));
        assert_eq!(contacts > 0, touches, "{name}: {contacts} contacts");
    }
}

#[test]
fn every_name_is_made() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let limits = names().map(|name| make(name, &mut rng).unwrap().time_limit.unwrap());
    let mut limits: Vec<usize> = limits.collect();
    limits.sort_unstable();
    assert_eq!(limits[..2], [50, 100]);
    assert_eq!(limits[2..], [1000; 11]);
}

fn refusal(task: impl Task + 'static) -> String {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    match Mujoco::new(Box::new(task), &mut rng).unwrap_err() {
        Error::MujocoModel { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_model_that_lacks_what_a_task_looks_at_is_refused() {
    let pendulum = InvertedPendulum::default().model().unwrap();
    let model = || Some(pendulum.clone());
    let reason = refusal(Pusher {
        model: model(),
        ..Pusher::default()
    });
    assert!(
        reason.contains("2 degrees of freedom") && reason.contains('7'),
        "{reason}"
    );
    let reason = refusal(Reacher {
        model: model(),
        ..Reacher::default()
    });
    assert!(reason.contains("fingertip"), "{reason}");
    let reason = refusal(Ant {
        main_body: Body::Number(14),
        ..Ant::default()
    });
    assert!(reason.contains("14 bodies"), "{reason}");
    let reason = refusal(Ant {
        main_body: "wing".into(),
        ..Ant::default()
    });
    assert!(reason.contains("wing"), "{reason}");
    let hopper = Hopper::default().model().ok();
    let reason = refusal(InvertedDoublePendulum {
        model: hopper,
        ..Default::default()
    });
    assert!(reason.contains("site"), "{reason}");
}
