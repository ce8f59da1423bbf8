//! This crate's wrappers beside Gymnasium's.

use kinglet_envs::gymnasium::{Gymnasium, Recipe, Wrapper};
use kinglet_envs::{ClippedActions, FrameStack, ScaledActions, Simulator, TimeLimit};
use serde_json::{Value, json};

use crate::{generator, with_options};

fn wrapped(id: &str, name: &str, options: Value) -> Gymnasium {
    let mut recipe = Recipe::new(id);
    recipe.options.insert("max_episode_steps".into(), 30.into());
    let options = options.as_object().cloned().unwrap();
    let name = name.to_owned();
    recipe.wrappers.push(Wrapper { name, options });
    Gymnasium::new(&recipe, &mut generator()).unwrap()
}

fn plain(id: &str) -> Gymnasium {
    let recipe = with_options(id, json!({ "max_episode_steps": 30 }));
    Gymnasium::new(&recipe, &mut generator()).unwrap()
}

/// The same along 100 steps, through resets.
fn assert_same(mut ours: impl Simulator, mut theirs: Gymnasium, scale: f64) {
    let [mut rng, mut twin] = [(); 2].map(|()| generator());
    ours.reset(&mut rng).unwrap();
    theirs.reset(&mut twin).unwrap();
    for step in 0..100 {
        let action = [scale * f64::from(step).sin()];
        let (reward, end) = ours.step(&action, &mut rng).unwrap();
        let their = theirs.step(&action, &mut twin).unwrap();
        assert_eq!((reward, end), their);
        let [mut seen, mut they] = [(); 2].map(|()| vec![0.0; ours.obs_dim()]);
        ours.observe((&mut seen[..]).into());
        theirs.observe((&mut they[..]).into());
        assert_eq!(seen, they, "step {step}");
        if end.is_some() {
            ours.reset(&mut rng).unwrap();
            theirs.reset(&mut twin).unwrap();
        }
    }
}

#[test]
fn stacked_frames_are_gymnasiums() {
    let theirs = wrapped(
        "Pendulum-v1",
        "FrameStackObservation",
        json!({ "stack_size": 3 }),
    );
    assert_same(
        FrameStack::new(plain("Pendulum-v1"), 3).unwrap(),
        theirs,
        1.0,
    );
}

#[test]
fn clipped_actions_are_gymnasiums() {
    let theirs = wrapped("MountainCarContinuous-v0", "ClipAction", json!({}));
    assert_same(
        ClippedActions::new(plain("MountainCarContinuous-v0")),
        theirs,
        3.0,
    );
}

/// A power of two stretches exactly in any precision.
#[test]
fn scaled_actions_are_gymnasiums() {
    let bounds = json!({ "min_action": -1.0, "max_action": 1.0 });
    let theirs = wrapped("Pendulum-v1", "RescaleAction", bounds);
    assert_same(
        ScaledActions::new(plain("Pendulum-v1")).unwrap(),
        theirs,
        1.0,
    );
}

#[test]
fn a_time_limit_is_gymnasiums() {
    let endless = with_options("CartPole-v1", json!({ "max_episode_steps": -1 }));
    let endless = Gymnasium::new(&endless, &mut generator()).unwrap();
    let theirs = with_options("CartPole-v1", json!({ "max_episode_steps": 9 }));
    let theirs = Gymnasium::new(&theirs, &mut generator()).unwrap();
    assert_same(TimeLimit::new(endless, 9).unwrap(), theirs, 0.0);
}
