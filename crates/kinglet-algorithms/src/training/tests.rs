//! A run and its interruptions.

use kinglet_envs::{CartPole, Discrete, End, Env, Episode, Error as EnvError, Pendulum, Step};
use ndarray::ArrayViewMut1;
use rand::Rng;

use super::*;
use crate::{Algorithm, Init, Ppo, PpoKl, Rate, Scale, Weights};

type Generator = Xoshiro256PlusPlus;

/// Two episodes of six steps in all.
const CARTPOLE_DEMONSTRATIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/cartpole-demonstrations.csv"
);

/// Every algorithm, in updates so small that a test can take many.
fn all() -> Vec<Config> {
    let every = Algorithm::NAMES.iter().map(|name| {
        let text = format!("name = {name:?}");
        let algorithm: Algorithm = toml::from_str(&text).unwrap();
        let mut config = Config::of(algorithm);
        if let Algorithm::Irl(irl) = &mut config.algorithm {
            irl.demonstrations = CARTPOLE_DEMONSTRATIONS.to_owned();
            (irl.updates, irl.window) = (3, 50);
        }
        config.rollout.environments = 5;
        config.rollout.steps = 30;
        config.rollout.shards = 3;
        let on_policy = !config.algorithm.learns_off_policy();
        config.rollout.normalise_observations = on_policy;
        config.rollout.normalise_rewards = on_policy;
        config.replay.capacity = 200;
        config.replay.warmup = 20;
        config.replay.every = 6;
        config.replay.updates = 2;
        config.replay.batch = 17;
        config.policy.hidden = vec![8];
        config.critic.hidden = vec![8];
        config
    });
    every.collect()
}

/// Whether an algorithm has continuous actions; those that have none say so.
fn knows_continuous(config: &Config) -> bool {
    match Training::<_>::new(config, 600, 7, pendulum) {
        Ok(_) => true,
        Err(error) => {
            assert!(matches!(error, Error::Actions { .. }), "{error}");
            assert!(["soft-q", "irl"].contains(&config.algorithm.name()));
            false
        }
    }
}

fn cartpole(rng: &mut Generator) -> Result<Episode<CartPole>, EnvError> {
    Episode::new(CartPole::default(), Some(25), rng)
}

fn pendulum(rng: &mut Generator) -> Result<Episode<Pendulum>, EnvError> {
    Episode::new(Pendulum::default(), Some(40), rng)
}

/// The hash after each update, in a pool of this many threads; interrupted after each `interrupted`.
fn hashes<M: Simulator + Send>(
    config: &Config,
    make: fn(&mut Generator) -> Result<M, EnvError>,
    threads: usize,
    interrupted: bool,
) -> Vec<String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().unwrap();
    pool.install(|| {
        let mut run: Training<M> = Training::new(config, 600, 7, make).unwrap();
        let mut hashes = Vec::new();
        while !run.is_done() {
            run.update().unwrap();
            let checkpoint = run.checkpoint().unwrap();
            hashes.push(checkpoint.hash().unwrap());
            if interrupted {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("run");
                checkpoint.save(&path).unwrap();
                run = Training::resume(&crate::Checkpoint::load(&path).unwrap(), make).unwrap();
            }
        }
        hashes
    })
}

fn assert_the_same_bits<M: Simulator + Send>(
    config: &Config,
    make: fn(&mut Generator) -> Result<M, EnvError>,
) {
    let name = config.algorithm.name();
    let once = hashes(config, make, 1, false);
    assert_eq!(once.len(), 4);
    assert!(once.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(
        hashes(config, make, 3, false),
        once,
        "{name}: three threads"
    );
    assert_eq!(hashes(config, make, 1, true), once, "{name}: interrupted");
}

#[test]
fn threads_and_interruptions_change_no_bit() {
    for config in all() {
        assert_the_same_bits(&config, cartpole);
        if knows_continuous(&config) {
            assert_the_same_bits(&config, pendulum);
        }
    }
    for (name, parameterisation) in [
        ("vpg", "simple"),
        ("trpo-vpg", "auxiliary"),
        ("ppo-vpg", "simple"),
    ] {
        let mut config = all().swap_remove(7);
        let text = format!("name = {name:?}\nposterior.parameterisation = {parameterisation:?}");
        config.algorithm = toml::from_str(&text).unwrap();
        assert_the_same_bits(&config, cartpole);
        assert_the_same_bits(&config, pendulum);
    }
    let mut config = all().swap_remove(5);
    config.policy.scale = Scale::OfFeatures;
    config.policy.sample_every = 4;
    config.policy.init = Init::Lecun;
    config.advantage.weights = Weights::Discounted;
    config.advantage.temperature = Rate::linear(0.1, 0.0);
    assert_the_same_bits(&config, pendulum);
}

#[test]
fn threads_and_interruptions_change_no_bit_of_any_kind_of_mpo() {
    let mpo = Algorithm::NAMES.iter().position(|name| *name == "mpo");
    for text in [
        "sequence = 1, target_every = 7",
        "sequence = 4, target_every = 7, target_rate = 0.3, e_step = 'parametric', critics = 2",
        "sequence = 3, returns = 'n-step', constraint = 'gradient', m_step = 'joint', critics = 2",
        "sequence = 2, constraint = 'soft', e_step = 'parametric', target_every = 1, target_rate = 0.01",
    ] {
        let mut config = all().swap_remove(mpo.unwrap());
        let text = format!("algorithm = {{ name = 'mpo', actions = 5, {text} }}");
        config.algorithm = Config::from_toml(&text).unwrap().algorithm;
        assert_the_same_bits(&config, cartpole);
        assert_the_same_bits(&config, pendulum);
        config.replay.batch = 1; // fewer than shards
        assert_the_same_bits(&config, pendulum);
    }
}

#[test]
fn another_seed_is_another_run() {
    let hash = |seed| {
        let mut run: Training<_> = Training::new(&all()[0], 150, seed, cartpole).unwrap();
        run.update().unwrap();
        run.agent.params
    };
    assert_ne!(hash(1), hash(2));
}

#[test]
fn a_checkpoint_of_another_problem_is_refused() {
    let config = all().swap_remove(7);
    let run: Training<_> = Training::new(&config, 600, 7, cartpole).unwrap();
    let checkpoint = run.checkpoint().unwrap();
    let refused = Training::<_>::resume(&checkpoint, pendulum).unwrap_err();
    assert!(matches!(refused, Error::ArrayLength { .. }), "{refused}");
    let mut none = checkpoint.clone();
    none.config = serde_json::Value::Null;
    let refused = Training::<_>::resume(&none, cartpole).unwrap_err();
    assert!(matches!(refused, Error::Incomplete { .. }), "{refused}");
    let mut fewer = checkpoint;
    fewer.places.pop();
    let refused = Training::<_>::resume(&fewer, cartpole).unwrap_err();
    assert!(matches!(refused, Error::Incomplete { .. }), "{refused}");
}

/// Pays 1 a step, and something else in the step after `steps`.
#[derive(Clone, Debug)]
struct Breaks {
    steps: usize,
    pays: f64,
}

impl Env for Breaks {
    type State = usize;
    type Actions = Discrete;
    fn actions(&self) -> Discrete {
        Discrete(2)
    }
    fn obs_dim(&self) -> usize {
        4
    }
    fn reset<R: Rng + ?Sized>(&self, _rng: &mut R) -> usize {
        0
    }
    fn step<R: Rng + ?Sized>(&self, s: &usize, _a: &usize, _rng: &mut R) -> Step<usize> {
        let next = s + 1;
        let reward = if next > self.steps { self.pays } else { 1.0 };
        let end: Option<End> = None;
        Step { next, reward, end }
    }
    fn observe(&self, _s: &usize, mut out: ArrayViewMut1<'_, f64>) {
        out.fill(1.0);
    }
}

#[test]
fn a_number_that_is_not_finite_stops_the_run_and_is_named() {
    for mut config in all() {
        config.rollout.normalise_rewards = false;
        let broken = |pays| {
            let env = Breaks { steps: 40, pays };
            let make = move |rng: &mut Generator| Episode::new(env.clone(), None, rng);
            let mut run: Training<_> = Training::new(&config, 600, 7, make).unwrap();
            run.run(&mut |_| ControlFlow::Continue(())).unwrap_err()
        };
        let name = config.algorithm.name();
        let Error::NotFinite {
            what, step, value, ..
        } = broken(f64::NAN)
        else {
            panic!("{name}")
        };
        assert_eq!((what, step), ("reward", 40), "{name}");
        assert!(value.is_nan());
        assert!(matches!(
            broken(1e39),
            Error::NotFinite { what: "reward", .. }
        )); // no f32 holds it
        let looks = name != "irl"; // which learns from no reward of the environment
        if config.advantage.baseline != Baseline::Critic || !looks {
            continue;
        }
        // A reward that an f32 holds, and whose square it does not.
        let refused = broken(1e30);
        let told = matches!(refused, Error::Diverged { .. } | Error::TrustRegion(_))
            || matches!(
                refused,
                Error::NotFinite {
                    what: "log-probability",
                    ..
                }
            );
        assert!(told, "{name}: {refused}");
    }
}

/// The diagnostics and the parameters of a first update on CartPole.
fn first_update(algorithm: Algorithm) -> (Diagnostics, Vec<f32>) {
    let mut config = Config::of(algorithm);
    (config.rollout.environments, config.rollout.steps) = (4, 64);
    let mut run: Training<_> = Training::new(&config, 10_000, 3, cartpole).unwrap();
    let diagnostics = run.update().unwrap().diagnostics;
    (diagnostics, run.agent.params)
}

#[test]
fn ppo_takes_no_further_pass_beyond_its_kl_limit() {
    let params = |epochs, kl_limit| {
        let settings = Ppo {
            epochs,
            kl_limit,
            ..Ppo::default()
        };
        first_update(Algorithm::Ppo(settings)).1
    };
    let one = params(1, f64::INFINITY);
    assert_eq!(params(10, 1e-12), one);
    assert_ne!(params(10, f64::INFINITY), one);
}

#[test]
fn the_kl_penalty_adapts_to_where_the_update_went() {
    let coefficient = |kl_target| {
        let settings = PpoKl {
            kl_target,
            ..PpoKl::default()
        };
        let (diagnostics, _) = first_update(Algorithm::PpoKl(settings));
        let kl = diagnostics.kl.unwrap();
        let expected = if kl < kl_target / 1.5 {
            0.5
        } else if kl > 1.5 * kl_target {
            2.0
        } else {
            1.0
        };
        assert_eq!(diagnostics.kl_coefficient, Some(expected));
        (expected, kl)
    };
    assert_eq!(coefficient(1e-9).0, 2.0);
    assert_eq!(coefficient(10.0).0, 0.5);
    let kl = coefficient(0.01).1;
    assert_eq!(coefficient(kl).0, 1.0);
}
