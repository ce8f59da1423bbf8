//! Gymnasium inside this program beside Gymnasium in a Python of its own.

mod errors;
mod peer;
mod saved;
mod vector;
mod wrappers;

use std::process::Command;

use kinglet_envs::gymnasium::{Atari, Gymnasium, Recipe, Sight};
use kinglet_envs::{Actions, Error, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::{Value, json};

use crate::peer::{assert_same, draw};

pub(crate) fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(4)
}

pub(crate) fn with_options(id: &str, options: Value) -> Recipe {
    let options = options.as_object().cloned().unwrap();
    Recipe {
        options,
        ..Recipe::new(id)
    }
}

/// Whether `ale-py` is installed.
pub(crate) fn has_games() -> bool {
    let mut program = Command::new(env!("KINGLET_PYTHON_PROGRAM"));
    let answer = program.args(["-c", "import ale_py"]).output();
    answer.unwrap().status.success()
}

#[test]
fn cartpole_is_gymnasiums() {
    assert!(assert_same(&Recipe::new("CartPole-v1"), 1000, 1) > 20);
}

#[test]
fn half_cheetah_is_gymnasiums() {
    let short = with_options("HalfCheetah-v5", json!({ "max_episode_steps": 300 }));
    assert_eq!(assert_same(&short, 1000, 2), 4);
}

/// Indices, dictionaries of arrays, numbers of 64 bits, random dynamics and options of the environment.
#[test]
fn spaces_of_other_kinds_are_gymnasiums() {
    assert_same(&Recipe::new("FrozenLake-v1"), 1000, 3);
    assert_same(
        &with_options("CliffWalking-v1", json!({ "is_slippery": true })),
        1000,
        4,
    );
    assert_same(&Recipe::new("Blackjack-v1"), 1000, 5);
    assert_same(&with_options("Pendulum-v1", json!({ "g": 9.81 })), 1000, 6);
    assert_same(&Recipe::new("Ant-v5"), 1000, 7);
}

#[test]
fn a_boxs_bounds_are_the_actions() {
    let pendulum = Gymnasium::new(&Recipe::new("Pendulum-v1"), &mut generator()).unwrap();
    let (low, high) = (vec![-2.0], vec![2.0]);
    assert_eq!(pendulum.actions(), Actions::Box { low, high });
}

/// Episodes of environments that others have been in, on several threads.
#[test]
fn an_episode_depends_on_its_generator_alone() {
    let play = |env: &mut Gymnasium, mut rng: Xoshiro256PlusPlus| {
        let mut bits = Vec::new();
        env.reset(&mut rng).unwrap();
        for _ in 0..300 {
            let action = draw(&env.actions(), &mut rng);
            let (reward, end) = env.step(&action, &mut rng).unwrap();
            let mut seen = vec![0.0; env.obs_dim()];
            env.observe((&mut seen[..]).into());
            bits.extend(seen.iter().chain([&reward]).map(|x: &f64| x.to_bits()));
            if end.is_some() {
                env.reset(&mut rng).unwrap();
            }
        }
        bits
    };
    let recipe = Recipe::new("Hopper-v5");
    let expected = play(
        &mut Gymnasium::new(&recipe, &mut generator()).unwrap(),
        generator(),
    );
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (recipe, expected) = (&recipe, &expected);
            scope.spawn(move || {
                let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
                let mut env = Gymnasium::new(recipe, &mut rng).unwrap();
                assert!(play(&mut env, rng) != *expected);
                assert!(play(&mut env, generator()) == *expected);
            });
        }
    });
}

/// Where the games are installed they are Gymnasium's; elsewhere it is said how they are.
#[test]
fn pong_is_gymnasiums() {
    if !has_games() {
        let refused = Gymnasium::new(&Recipe::new("ALE/Pong-v5"), &mut generator());
        let said = refused.map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("cargo xtask mujoco --atari"), "{said}");
        return;
    }
    assert_same(&Recipe::new("ALE/Pong-v5"), 1000, 8);
    let memory = Atari {
        sight: Sight::Ram,
        ..Atari::default()
    };
    assert_same(&memory.recipe("Pong"), 1000, 9);
    let pong = Atari::default().recipe("Pong");
    match Gymnasium::new(&pong, &mut generator()) {
        Ok(seen) => {
            assert_eq!(seen.obs_dim(), 4 * 84 * 84);
            assert_same(&pong, 200, 10);
        }
        Err(error) => {
            assert!(matches!(error, Error::Python { .. }) && error.to_string().contains("opencv"))
        }
    }
}
