//! Runs whose replay lies beside their checkpoints.

use std::fs;

use kinglet_envs::{Actions, CartPole, End, Episode, Error as EnvError, Simulator};
use ndarray::ArrayViewMut1;
use rand::Rng;

use super::*;
use crate::{Actor, Algorithm, Checkpoint, Checkpoints};

type Run = Training<Episode<CartPole>>;

fn cartpole(rng: &mut Xoshiro256PlusPlus) -> Result<Episode<CartPole>, EnvError> {
    Episode::new(CartPole::default(), Some(25), rng)
}

/// A run of 960 steps in 16 updates, whose replay holds 200.
fn run(name: &str) -> Run {
    let algorithm: Algorithm = toml::from_str(&format!("name = {name:?}")).unwrap();
    let mut config = Config::of(algorithm);
    (config.rollout.environments, config.rollout.steps) = (5, 12);
    config.replay.capacity = 200;
    config.replay.warmup = 20;
    config.replay.every = 3;
    config.replay.batch = 17;
    config.policy.hidden = vec![8];
    config.critic.hidden = vec![8];
    Training::new(&config, 960, 7, cartpole).unwrap()
}

fn folder() -> (tempfile::TempDir, Checkpoints) {
    let temporary = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints {
        folder: temporary.path().to_owned(),
        keep: 2,
    };
    (temporary, checkpoints)
}

/// The run of the newest good checkpoint, as another process would begin with it.
fn resumed(checkpoints: &Checkpoints) -> Run {
    let found = checkpoints.newest_with_replay().unwrap();
    Training::resume_in(&checkpoints.folder, &found.checkpoint, cartpole).unwrap()
}

/// The hash of everything, and of the checkpoint's file.
fn hashes(run: &mut Run, checkpoints: &Checkpoints) -> [String; 2] {
    let path = run.save(checkpoints).unwrap();
    let whole = run.checkpoint().unwrap().hash().unwrap();
    [whole, Checkpoint::load(&path).unwrap().hash().unwrap()]
}

/// The hashes of the uninterrupted run.
fn uninterrupted(name: &str) -> Vec<[String; 2]> {
    let (_folder, checkpoints) = folder();
    let (mut run, mut all) = (run(name), Vec::new());
    while !run.is_done() {
        run.update().unwrap();
        all.push(hashes(&mut run, &checkpoints));
    }
    all
}

#[test]
fn a_run_that_goes_on_from_its_rows_on_the_disk_comes_to_the_same_bits() {
    for name in ["sac", "soft-q"] {
        let (_folder, checkpoints) = folder();
        let mut run = run(name);
        for (k, once) in uninterrupted(name).iter().enumerate() {
            run.update().unwrap();
            assert_eq!(&hashes(&mut run, &checkpoints), once, "{name}, update {k}");
            if k % 3 == 2 {
                run.update().unwrap(); // and killed before its checkpoint
            }
            run = resumed(&checkpoints);
        }
        assert!(run.is_done());
    }
}

#[test]
fn a_run_goes_on_from_the_checkpoint_before_a_damaged_one() {
    let once = uninterrupted("soft-q");
    for rows in [false, true] {
        let (_folder, checkpoints) = folder();
        let mut run = run("soft-q");
        for _ in 0..9 {
            run.update().unwrap();
            run.save(&checkpoints).unwrap();
        }
        let mut damaged = checkpoints.paths().unwrap()[0].clone();
        if rows {
            let mark = Checkpoint::load(&damaged).unwrap().replay.unwrap();
            let first = mark.files.last().unwrap().first;
            damaged = checkpoints.folder.join(format!("replay-{first:020}.rows"));
        }
        let bytes = fs::read(&damaged).unwrap();
        fs::write(&damaged, &bytes[..bytes.len() - 1]).unwrap();
        let mut run = resumed(&checkpoints);
        assert_eq!(run.step, 480);
        for once in &once[8..] {
            run.update().unwrap();
            assert_eq!(&hashes(&mut run, &checkpoints), once);
        }
    }
}

#[test]
fn to_act_no_rows_are_needed_and_to_go_on_they_are() {
    let (_folder, checkpoints) = folder();
    let mut run = run("sac");
    run.update().unwrap();
    let checkpoint = Checkpoint::load(&run.save(&checkpoints).unwrap()).unwrap();
    let refused = Run::resume(&checkpoint, cartpole).unwrap_err();
    assert!(matches!(refused, Error::Incomplete { .. }), "{refused}");
    let elsewhere = tempfile::tempdir().unwrap();
    let refused = Run::resume_in(elsewhere.path(), &checkpoint, cartpole).unwrap_err();
    assert!(
        matches!(refused, Error::Disk { doing: "read", .. }),
        "{refused}"
    );
    let simulator = &run.rollouts.places[0].simulator;
    assert!(Actor::<f32>::load(&checkpoint, simulator).is_ok());
}

/// A program outside, whose state nobody can tell.
struct Outside(Episode<CartPole>);

impl Simulator for Outside {
    type Saved = ();

    fn actions(&self) -> Actions {
        self.0.actions()
    }

    fn obs_dim(&self) -> usize {
        self.0.obs_dim()
    }

    fn reset<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<(), EnvError> {
        Simulator::reset(&mut self.0, rng)
    }

    fn step<R: Rng + ?Sized>(
        &mut self,
        action: &[f64],
        rng: &mut R,
    ) -> Result<(f64, Option<End>), EnvError> {
        Simulator::step(&mut self.0, action, rng)
    }

    fn observe(&self, out: ArrayViewMut1<'_, f64>) {
        self.0.observe(out);
    }

    fn save(&self) -> Option<()> {
        None
    }

    fn restore(&mut self, (): &()) {
        unreachable!("nothing was saved");
    }
}

#[test]
fn an_environment_that_cannot_be_saved_begins_another_episode() {
    let outside = |rng: &mut _| cartpole(rng).map(Outside);
    for name in ["ppo", "soft-q"] {
        let config = run(name).config;
        let mut first: Training<Outside> = Training::new(&config, 960, 7, outside).unwrap();
        first.update().unwrap();
        let (_folder, checkpoints) = folder();
        first.save(&checkpoints).unwrap();
        let found = checkpoints.newest_with_replay().unwrap().checkpoint;
        let again: Training<Outside> =
            Training::resume_in(&checkpoints.folder, &found, outside).unwrap();
        assert_eq!(
            (again.step, &again.agent.params),
            (first.step, &first.agent.params)
        );
        for place in &again.rollouts.places {
            assert_eq!(
                (place.simulator.0.now.steps, place.total),
                (0, 0.0),
                "{name}"
            );
        }
        // Twice from the same checkpoint, it goes on to the same bits.
        let [one, other] = [(); 2].map(|()| {
            let mut run: Training<Outside> =
                Training::resume_in(&checkpoints.folder, &found, outside).unwrap();
            run.update().unwrap();
            run.checkpoint().unwrap().hash().unwrap()
        });
        assert_eq!(one, other, "{name}");
    }
}
