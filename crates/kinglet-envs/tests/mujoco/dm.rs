//! The DeepMind Control Suite's tasks.

use kinglet_envs::mujoco::dm::{Margin, Sigmoid, tolerance};
use kinglet_envs::mujoco::{Mujoco, MujocoMoment, make};
use kinglet_envs::{MujocoName, Simulator};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::json;

use crate::law::assert_same_law;
use crate::peer::{any_action, ask, assert_same, observation, play};

const PEER: &str = "dm_peer.py";

/// The tasks of a domain.
fn tasks(domain: &str) -> Vec<MujocoName> {
    let prefix = format!("dm/{domain}-");
    let named = |name: &MujocoName| name.as_str().starts_with(&prefix);
    let tasks: Vec<MujocoName> = MujocoName::all().filter(named).collect();
    assert!(!tasks.is_empty(), "no task is of {domain}");
    tasks
}

fn begin(name: MujocoName, seed: u64) -> Mujoco {
    make(name, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).unwrap()
}

/// Three seeds of an episode for each task of a domain.
fn assert_equal(domain: &str) {
    let mut played = Vec::new();
    for name in tasks(domain) {
        let mut env = begin(name, 0);
        for seed in 0..3 {
            played.push((name.as_str(), env.obs_dim(), play(&mut env, 1000, seed)));
        }
    }
    let told = played
        .iter()
        .map(|(name, _, episodes)| json!({ "name": name, "episodes": episodes }));
    let theirs = ask(PEER, &json!({ "play": told.collect::<Vec<_>>() }));
    let mut rest = &theirs[..];
    for (name, obs_dim, episodes) in &played {
        let count = episodes.iter().map(|episode| episode.seen.len()).sum();
        let (theirs, after) = rest.split_at(count);
        rest = after;
        assert_same(name, episodes, theirs, *obs_dim);
        let steps: usize = episodes.iter().map(|episode| episode.actions.len()).sum();
        assert_eq!(
            (episodes.len(), steps),
            (1, 1000),
            "{name}: episodes, steps"
        );
    }
    assert!(rest.is_empty(), "{} numbers more are theirs", rest.len());
}

/// Positions, velocities and what was changed in the model, at the beginning of `count` episodes.
fn assert_same_beginnings(name: &str, count: usize) {
    let task = MujocoName::all()
        .find(|task| task.as_str() == name)
        .unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut env = make(task, &mut rng).unwrap();
    let (mut ours, mut changed) = (Vec::new(), 0);
    for _ in 0..count {
        env.reset(&mut rng).unwrap();
        ours.extend(env.physics.data.qpos());
        ours.extend(env.physics.data.qvel());
        let MujocoMoment { carry, .. } = env.save().unwrap();
        changed = carry.len();
        ours.extend(carry);
    }
    let told = json!({ "reset": { "name": name, "count": count, "changed": changed } });
    let columns = ours.len() / count;
    let theirs = ask(PEER, &told);
    assert_eq!(theirs.len(), ours.len());
    assert_same_law(name, columns, &ours, &theirs);
}

macro_rules! domains {
    ($($domain:ident: $name:literal, [$(($begins:literal, $count:literal)),*];)*) => {
        $(mod $domain {
            #[test]
            fn episodes_are_equal() {
                super::assert_equal($name);
            }

            #[test]
            fn beginnings_have_one_law() {
                $(super::assert_same_beginnings($begins, $count);)*
            }
        })*
    };
}

// A task is not drawn from where a law is that of another: only rewards differ.
domains! {
    acrobot: "acrobot", [("dm/acrobot-swingup", 10_000)];
    ball_in_cup: "ball-in-cup", [("dm/ball-in-cup-catch", 10_000)];
    cartpole: "cartpole", [("dm/cartpole-balance", 10_000), ("dm/cartpole-swingup", 10_000)];
    cheetah: "cheetah", [("dm/cheetah-run", 4_000)];
    finger: "finger", [("dm/finger-spin", 10_000), ("dm/finger-turn-easy", 10_000)];
    fish: "fish", [("dm/fish-upright", 10_000), ("dm/fish-swim", 10_000)];
    hopper: "hopper", [("dm/hopper-stand", 10_000)];
    humanoid: "humanoid", [("dm/humanoid-walk", 10_000)];
    manipulator: "manipulator", [("dm/manipulator-bring-ball", 10_000)];
    pendulum: "pendulum", [("dm/pendulum-swingup", 10_000)];
    point_mass: "point-mass", [("dm/point-mass-easy", 10_000)];
    reacher: "reacher", [("dm/reacher-easy", 10_000)];
    swimmer: "swimmer", [("dm/swimmer-swimmer6", 10_000), ("dm/swimmer-swimmer15", 10_000)];
    walker: "walker", [("dm/walker-walk", 10_000)];
}

#[test]
fn every_name_is_made() {
    let names: Vec<_> = MujocoName::all()
        .filter(|name| name.as_str().starts_with("dm/"))
        .collect();
    assert_eq!(names.len(), 28);
    for name in names {
        assert_eq!(begin(name, 0).time_limit, Some(1000), "{name}");
    }
}

/// Another instance goes on to the same bits from what was written in the middle of an episode.
#[test]
fn what_is_saved_goes_on_to_the_same_bits() {
    for name in MujocoName::all().filter(|name| name.as_str().starts_with("dm/")) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut one = begin(name, 3);
        for _ in 0..300 {
            let action = any_action(&one, &mut rng);
            one.step(&action, &mut rng).unwrap();
        }
        let saved = serde_json::to_string(&one.save().unwrap()).unwrap();
        let mut other = begin(name, 4);
        other.restore(&serde_json::from_str(&saved).unwrap());
        assert_eq!(observation(&one), observation(&other), "{name}");
        loop {
            let action = any_action(&one, &mut rng);
            let step = one.step(&action, &mut rng).unwrap();
            assert_eq!(step, other.step(&action, &mut rng).unwrap(), "{name}");
            assert_eq!(observation(&one), observation(&other), "{name}");
            if step.1.is_some() {
                break;
            }
        }
    }
}

#[test]
fn tolerance_is_theirs() {
    let sigmoids = [
        (Sigmoid::Gaussian, "gaussian"),
        (Sigmoid::Hyperbolic, "hyperbolic"),
        (Sigmoid::LongTail, "long_tail"),
        (Sigmoid::Reciprocal, "reciprocal"),
        (Sigmoid::Cosine, "cosine"),
        (Sigmoid::Linear, "linear"),
        (Sigmoid::Quadratic, "quadratic"),
        (Sigmoid::TanhSquared, "tanh_squared"),
    ];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let (mut ours, mut told) = (Vec::new(), Vec::new());
    for (sigmoid, called) in sigmoids {
        for i in 0..2000 {
            let x = rng.random_range(-6.0..6.0);
            let low: f64 = rng.random_range(-3.0..3.0);
            let high = if i % 4 == 0 {
                f64::INFINITY
            } else {
                low + rng.random::<f64>()
            };
            let (width, value) = (rng.random_range(0.1..5.0), rng.random_range(0.01..0.99));
            let margin = (i % 5 > 0).then_some(Margin {
                width,
                value,
                sigmoid,
            });
            ours.push(tolerance(x, (low, high), margin));
            // An infinite number is written as null.
            told.push(json!([
                x,
                low,
                high,
                margin.map_or(0.0, |m| m.width),
                called,
                value
            ]));
        }
    }
    let theirs = ask(PEER, &json!({ "tolerance": told }));
    assert_eq!(ours.len(), theirs.len());
    for ((x, y), told) in ours.iter().zip(&theirs).zip(&told) {
        assert!(
            (x - y).abs() < 1e-14,
            "tolerance of {told}: {x}, theirs {y}"
        );
    }
}
