//! Episodes that are taken up again.

use kinglet_envs::gymnasium::{Atari, Gymnasium, Recipe, Sight, Wrapper};
use kinglet_envs::{Error, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::{Map, json};

use crate::peer::draw;
use crate::{generator, has_games, with_options};

/// What is seen along some steps, through resets.
fn play(env: &mut Gymnasium, steps: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<u64> {
    let mut bits = Vec::new();
    for _ in 0..steps {
        let action = draw(&env.actions(), rng);
        let (reward, end) = env.step(&action, rng).unwrap();
        let mut seen = vec![0.0; env.obs_dim()];
        env.observe((&mut seen[..]).into());
        bits.extend(seen.iter().chain([&reward]).map(|x: &f64| x.to_bits()));
        if end.is_some() {
            env.reset(rng).unwrap();
        }
    }
    bits
}

fn assert_restores(recipe: &Recipe) {
    let rng = &mut generator();
    let mut env = Gymnasium::new(recipe, rng).unwrap();
    play(&mut env, 70, rng);
    let file = serde_json::to_string(&env.save().unwrap()).unwrap();
    let mut same = rng.clone();
    let rest = play(&mut env, 100, rng);
    let mut other = Gymnasium::new(recipe, &mut Xoshiro256PlusPlus::seed_from_u64(1)).unwrap();
    other.restore(&serde_json::from_str(&file).unwrap());
    assert!(play(&mut other, 100, &mut same) == rest, "{}", recipe.id);
    assert_eq!(other.save(), env.save());
}

#[test]
fn restored_environments_go_on_to_the_same_bits() {
    assert_restores(&Recipe::new("CartPole-v1"));
    assert_restores(&Recipe::new("FrozenLake-v1"));
    assert_restores(&with_options(
        "Hopper-v5",
        json!({ "max_episode_steps": 50 }),
    ));
    if has_games() {
        let memory = Atari {
            sight: Sight::Ram,
            ..Atari::default()
        };
        assert_restores(&memory.recipe("Pong"));
    }
}

#[test]
fn an_end_is_restored() {
    let rng = &mut generator();
    let mut cartpole = Gymnasium::new(&Recipe::new("CartPole-v1"), rng).unwrap();
    let mut other = Gymnasium::new(&Recipe::new("CartPole-v1"), rng).unwrap();
    while cartpole.step(&[1.0], rng).unwrap().1.is_none() {}
    other.restore(&cartpole.save().unwrap());
    assert_eq!(other.step(&[0.0], rng), cartpole.step(&[0.0], rng));
    assert!(matches!(
        other.step(&[0.0], rng),
        Err(Error::EpisodeOver { .. })
    ));
}

/// Its running moments are those of all episodes.
#[test]
fn what_depends_on_earlier_episodes_is_noticed() {
    let rng = &mut generator();
    let mut recipe = Recipe::new("CartPole-v1");
    recipe.wrappers.push(Wrapper {
        name: "NormalizeObservation".into(),
        options: Map::new(),
    });
    let mut env = Gymnasium::new(&recipe, rng).unwrap();
    play(&mut env, 100, rng);
    let mut other = Gymnasium::new(&recipe, rng).unwrap();
    other.restore(&env.save().unwrap());
    let lost = other.step(&[0.0], rng);
    assert!(matches!(lost, Err(Error::Replay { .. })), "{lost:?}");
    other.reset(rng).unwrap();
    other.step(&[0.0], rng).unwrap();
}

#[test]
fn a_file_of_another_environment_is_refused() {
    let rng = &mut generator();
    let mut cheetah = Gymnasium::new(&Recipe::new("HalfCheetah-v5"), rng).unwrap();
    let mut cartpole = Gymnasium::new(&Recipe::new("CartPole-v1"), rng).unwrap();
    let mut saved = cheetah.save().unwrap();
    cartpole.restore(&saved);
    assert!(matches!(cartpole.reset(rng), Err(Error::Replay { .. })));
    saved.actions = vec![0.0; 7];
    cheetah.restore(&saved);
    assert!(matches!(cheetah.reset(rng), Err(Error::Replay { .. })));
    saved.actions = vec![7.5];
    cartpole.restore(&saved);
    let refused = cartpole.step(&[0.0], rng).unwrap_err().to_string();
    assert!(refused.contains("[7.5]"), "{refused}");
}
