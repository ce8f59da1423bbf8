//! Batches.

use std::convert::Infallible;

use kinglet_envs::gymnasium::{Gymnasium, GymnasiumVector, Recipe, Vectorisation};
use kinglet_envs::{End, Error, Simulator};
use ndarray::{Array1, Array2, arr2};
use rand::{RngExt, TryRng};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde_json::json;

use crate::peer::draw;
use crate::{generator, has_games, with_options};

/// A generator that draws one number only: the seed that is to be given to an environment.
struct Constant(u32);

impl TryRng for Constant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.0))
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unreachable!("a seed is drawn as a number")
    }
}

/// The seed of a batch's next reset.
fn seed(rng: &Xoshiro256PlusPlus) -> u32 {
    rng.clone().random::<u32>() >> 2
}

fn observed(env: &Gymnasium) -> Vec<f64> {
    let mut seen = vec![0.0; env.obs_dim()];
    env.observe((&mut seen[..]).into());
    seen
}

/// A batch shows, step by step and through resets, what its environments show one by one.
fn assert_is_its_environments(recipe: &Recipe, by: Vectorisation, steps: usize) {
    const N: usize = 3;
    let rng = &mut generator();
    let mut choices = Xoshiro256PlusPlus::seed_from_u64(5);
    let first = seed(rng);
    let numbered = (0..N as u32).map(|i| Constant(first + i));
    let mut each: Vec<_> = numbered
        .map(|mut seed| Gymnasium::new(recipe, &mut seed).unwrap())
        .collect();
    let mut batch = GymnasiumVector::new(recipe, N, by, rng).unwrap();
    assert_eq!(batch.actions(), each[0].actions());
    let mut actions = Array2::zeros((N, batch.actions().len()));
    let mut ends = 0;
    for _ in 0..steps {
        for mut row in actions.rows_mut() {
            row.assign(&Array1::from(draw(&batch.actions(), &mut choices)));
        }
        batch.step(actions.view()).unwrap();
        let next = seed(rng);
        for (i, env) in each.iter_mut().enumerate() {
            let action = actions.row(i).to_vec();
            let (reward, end) = env.step(&action, &mut Constant(0)).unwrap();
            assert_eq!((batch.rewards()[i], batch.ends()[i]), (reward, end));
            assert_eq!(batch.observations().row(i).to_vec(), observed(env));
            if end.is_some() {
                env.reset(&mut Constant(next + i as u32)).unwrap();
                ends += 1;
            }
        }
        batch.reset_ended(rng).unwrap();
        for (i, env) in each.iter().enumerate() {
            assert_eq!(batch.observations().row(i).to_vec(), observed(env));
        }
    }
    assert!(ends > 3, "{ends} ends");
}

#[test]
fn a_batch_is_its_environments() {
    let lake = with_options("FrozenLake-v1", json!({ "max_episode_steps": 7 }));
    assert_is_its_environments(&lake, Vectorisation::Sync, 100);
    assert_is_its_environments(&Recipe::new("CartPole-v1"), Vectorisation::Sync, 200);
    let short = with_options("Pendulum-v1", json!({ "max_episode_steps": 20 }));
    assert_is_its_environments(&short, Vectorisation::Sync, 100);
}

#[test]
fn a_batch_of_processes_is_its_environments() {
    assert_is_its_environments(&Recipe::new("CartPole-v1"), Vectorisation::Async, 100);
}

/// Its options are other ones than a single game's: it is its own twin only.
#[test]
fn a_batch_of_games_depends_on_its_generator_alone() {
    if !has_games() {
        return;
    }
    let pong = with_options("ALE/Pong-v5", json!({ "max_num_frames_per_episode": 200 }));
    let play = |seed: u64| {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut batch = GymnasiumVector::new(&pong, 3, Vectorisation::Own, rng).unwrap();
        let (mut seen, mut ends) = (Vec::new(), 0);
        for _ in 0..120 {
            let actions = Array2::from_shape_fn((3, 1), |_| rng.random_range(0..6) as f64);
            batch.step(actions.view()).unwrap();
            seen.push(batch.observations().sum());
            let over = batch.ends().iter().flatten().count();
            let last = batch.observations().sum();
            batch.reset_ended(rng).unwrap();
            // An end is not seen as the beginning that follows it.
            assert_eq!(batch.observations().sum() == last, over == 0);
            ends += over;
        }
        assert!(ends >= 3, "{ends} ends");
        seen
    };
    assert_eq!(play(1), play(1));
    assert!(play(1) != play(2));
}

#[test]
fn an_end_stands_until_it_is_reset() {
    let rng = &mut generator();
    let recipe = with_options("MountainCar-v0", json!({ "max_episode_steps": 2 }));
    let mut cars = GymnasiumVector::new(&recipe, 2, Vectorisation::Sync, rng).unwrap();
    let push = arr2(&[[0.0], [2.0]]);
    cars.step(push.view()).unwrap();
    cars.step(push.view()).unwrap();
    assert_eq!(cars.ends(), [Some(End::Truncated); 2]);
    let refused = cars.step(push.view());
    assert!(matches!(refused, Err(Error::EpisodeOver { steps: 2, .. })));
    cars.reset_ended(rng).unwrap();
    let refused = cars.step(arr2(&[[0.0], [3.0]]).view());
    assert!(matches!(refused, Err(Error::Action { .. })));
    assert_eq!(cars.ends(), [None; 2]);
    cars.step(push.view()).unwrap();
}
