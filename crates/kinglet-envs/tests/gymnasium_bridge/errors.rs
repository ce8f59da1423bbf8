//! What a user can get wrong.

use kinglet_envs::gymnasium::{Gymnasium, GymnasiumVector, Recipe, Vectorisation, Wrapper};
use kinglet_envs::{Error, Simulator};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::{Map, json};

use crate::{generator, with_options};

/// What Python says of a recipe.
fn refusal(recipe: &Recipe) -> String {
    match Gymnasium::new(recipe, &mut generator()) {
        Err(error @ Error::Python { .. }) => error.to_string(),
        other => panic!("{recipe:?} is not refused: {other:?}"),
    }
}

#[test]
fn what_does_not_exist_is_refused_in_gymnasiums_words() {
    for (recipe, words) in [
        (Recipe::new("CartPole-v9"), "VersionNotFound"),
        (Recipe::new("Cartpoles-v1"), "`Cartpoles` doesn't exist"),
        (Recipe::new("no_such_module:Name-v0"), "no_such_module"),
        (Recipe::new(""), "Malformed"),
        (
            with_options("CartPole-v1", json!({ "gravity": 3 })),
            "gravity",
        ),
    ] {
        let said = refusal(&recipe);
        assert!(
            said.contains("gymnasium.make") && said.contains(words),
            "{said}"
        );
    }
}

#[test]
fn a_wrapper_that_does_not_exist_is_named() {
    let mut recipe = Recipe::new("CartPole-v1");
    recipe.wrappers.push(Wrapper {
        name: "Polish".into(),
        options: Map::new(),
    });
    assert!(refusal(&recipe).contains("Polish"));
}

#[test]
fn actions_that_no_row_stands_for_are_refused() {
    let mut recipe = Recipe::new("CartPole-v1");
    let options = json!({ "func": 1, "action_space": 2 }).as_object().cloned();
    recipe.wrappers.push(Wrapper {
        name: "TransformAction".into(),
        options: options.unwrap(),
    });
    let said = refusal(&recipe);
    assert!(said.contains("action space"), "{said}");
}

#[test]
fn what_is_no_action_is_refused_and_changes_nothing() {
    let rng = &mut generator();
    let mut cartpole = Gymnasium::new(&Recipe::new("CartPole-v1"), rng).unwrap();
    let mut cheetah = Gymnasium::new(&Recipe::new("HalfCheetah-v5"), rng).unwrap();
    for number in [2.0, 0.5, -1.0, f64::NAN] {
        let refused = cartpole.step(&[number], rng);
        assert!(matches!(refused, Err(Error::Action { .. })), "{number}");
    }
    let refused = cheetah.step(&[0.0, 0.0, f64::INFINITY, 0.0, 0.0, 0.0], rng);
    assert!(matches!(refused, Err(Error::Action { .. })));
    let (mut seen, mut fresh) = ([0.0; 4], [0.0; 4]);
    cartpole.observe((&mut seen).into());
    let same = Gymnasium::new(&Recipe::new("CartPole-v1"), &mut generator()).unwrap();
    same.observe((&mut fresh).into());
    assert_eq!(seen, fresh);
}

#[test]
fn a_step_after_the_end_is_refused_until_a_reset() {
    let rng = &mut generator();
    let recipe = with_options("CartPole-v1", json!({ "max_episode_steps": 3 }));
    let mut cartpole = Gymnasium::new(&recipe, rng).unwrap();
    while cartpole.step(&[1.0], rng).unwrap().1.is_none() {}
    let refused = cartpole.step(&[1.0], rng);
    assert!(matches!(refused, Err(Error::EpisodeOver { steps: 3, .. })));
    cartpole.reset(rng).unwrap();
    assert_eq!(cartpole.step(&[1.0], rng), Ok((1.0, None)));
}

#[test]
fn an_error_of_the_environments_own_comes_through() {
    let rng = &mut generator();
    // A wrapper that fails in every step, and one that fails in every reset.
    let recipe = |name: &str, options: serde_json::Value| {
        let mut recipe = Recipe::new("CartPole-v1");
        recipe.wrappers.push(Wrapper {
            name: name.into(),
            options: options.as_object().cloned().unwrap(),
        });
        recipe
    };
    let mut fails = Gymnasium::new(&recipe("TransformReward", json!({ "func": 1 })), rng).unwrap();
    let said = fails.step(&[0.0], rng).unwrap_err().to_string();
    assert!(
        said.contains("step: TypeError") && said.contains("not callable"),
        "{said}"
    );
    let transform = json!({ "func": 1, "observation_space": null });
    let said = Gymnasium::new(&recipe("TransformObservation", transform), rng).unwrap_err();
    assert!(said.to_string().contains("reset: TypeError"), "{said}");
}

#[test]
fn a_vectorisation_that_always_resets_is_refused() {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(0);
    let own = GymnasiumVector::new(&Recipe::new("CartPole-v1"), 2, Vectorisation::Own, rng);
    assert!(own.unwrap_err().to_string().contains("autoreset_mode"));
}
