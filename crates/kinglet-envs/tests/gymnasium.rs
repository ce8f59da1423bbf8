//! Classic control against the real Gymnasium, step by step.
//!
//! The tables in `fixtures/` are written by `scripts/gymnasium_fixtures.py`, which says what their
//! columns are. Every episode is played twice: freely from its first state on, and one step at a
//! time from Gymnasium's own states.
//!
//! Gymnasium's last bits are those of the sine, the cosine and the power of the C library that it
//! runs on. Its bits are asked for where that library is the same one with the same instructions,
//! glibc on an x86-64 processor with FMA (the tables are glibc 2.36's; numpy hands the sine of a
//! double to it, with AVX-512 too). Elsewhere a difference may grow along an episode, so that only
//! single steps are compared, to 1e-12.

use kinglet_envs::{
    Acrobot, Action, Bounds, CarState, CartPole, End, Env, Episode, Moment, MountainCar,
    MountainCarContinuous, Pendulum, Precision,
};
use ndarray::Array1;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// An environment and its table.
struct Case<E: Env> {
    table: &'static str,
    time_limit: usize,
    env: E,
    /// With the constants of the episodes that are called `constants`.
    changed: E,
    /// A state from its components, and whether it is the first of its episode.
    state: fn(&[f64], bool) -> E::State,
    components: fn(&E::State) -> Vec<f64>,
    action: fn(&str) -> Action<E>,
}

/// A line of a table.
struct Row<'a> {
    end: &'a str,
    /// In the first row the name of the episode.
    action: &'a str,
    /// In the first row the time limit.
    reward: f64,
    state: Vec<f64>,
    observation: Vec<f32>,
}

impl<'a> Row<'a> {
    fn parse(line: &'a str, n_components: usize) -> Self {
        let fields: Vec<&str> = line.split(',').collect();
        let (state, observation) = fields[3..].split_at(n_components);
        let state: Vec<f64> = state.iter().map(|x| x.parse().unwrap()).collect();
        let observation = match observation {
            [] => state.iter().map(|&x| x as f32).collect(),
            seen => seen.iter().map(|x| x.parse().unwrap()).collect(),
        };
        Row {
            end: fields[0],
            action: fields[1],
            reward: fields[2].parse().unwrap(),
            state,
            observation,
        }
    }

    /// The end as this crate tells it: termination wins.
    fn end(&self) -> Option<End> {
        match self.end {
            "" => None,
            "terminated" | "both" => Some(End::Terminated),
            "truncated" => Some(End::Truncated),
            other => panic!("no end: {other}"),
        }
    }
}

/// What an episode's steps start from.
#[derive(Clone, Copy, PartialEq)]
enum From {
    OwnStates,
    GymnasiumStates,
}

/// How far numbers may differ; at 0 they are equal in every bit.
#[derive(Clone, Copy)]
struct Tolerance {
    state: f64,
    reward: f64,
    observation: f64,
}

const BITS: Tolerance = Tolerance {
    state: 0.0,
    reward: 1e-10,
    observation: 0.0,
};

/// For one step. A reward may hold a square in single precision, an observation is in it.
const OTHER_LIBRARY: Tolerance = Tolerance {
    state: 1e-12,
    reward: 1e-9,
    observation: 1e-6,
};

/// What a table holds.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// For each seed, with the usual constants.
    steps: [usize; 3],
    /// The longest.
    time_limit: usize,
    terminated: usize,
    truncated: usize,
    both: usize,
}

impl<E: Env + Clone> Case<E> {
    fn n_components(&self) -> usize {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
        (self.components)(&self.env.reset(&mut rng)).len()
    }

    /// Plays the table through, and compares.
    fn play(&self, from: From, tolerance: Tolerance) -> Seen {
        let unused = Xoshiro256PlusPlus::seed_from_u64(0);
        let mut rng = unused.clone();
        let (mut seen, mut name) = (Seen::default(), "");
        let mut episode = Episode::new(self.env.clone(), None, &mut rng).unwrap();
        rng = unused.clone();

        for (i, line) in self.table.lines().enumerate().skip(2) {
            let row = Row::parse(line, self.n_components());
            let place = format!("line {} of the table, {name}", i + 1);
            if row.end == "reset" {
                name = row.action;
                episode = self.begin(&row);
                seen.time_limit = seen.time_limit.max(row.reward as usize);
            } else {
                let action = (self.action)(row.action);
                let (reward, end) = episode.step(&action, &mut rng).expect(&place);
                assert_close(reward, row.reward, tolerance.reward, &place);
                assert_eq!(end, row.end(), "{place}");
                seen.count(name, &row);
            }
            let state = (self.components)(&episode.now.state);
            for (ours, theirs) in state.iter().zip(&row.state) {
                assert_close(*ours, *theirs, tolerance.state, &place);
            }
            self.assert_observed(&episode, &row, tolerance.observation, &place);
            if from == From::GymnasiumStates {
                episode.now.state = (self.state)(&row.state, row.end == "reset");
            }
        }
        assert_eq!(rng, unused, "a step drew a random number");
        seen
    }

    fn begin(&self, first: &Row) -> Episode<E> {
        let changed = first.action.starts_with("constants");
        let env = if changed { &self.changed } else { &self.env };
        Episode {
            env: env.clone(),
            time_limit: Some(first.reward as usize),
            now: Moment::start((self.state)(&first.state, true)),
        }
    }

    /// Gymnasium's observation is in single precision; so is ours, once it is rounded.
    fn assert_observed(&self, episode: &Episode<E>, row: &Row, tolerance: f64, place: &str) {
        let mut out = Array1::zeros(episode.env.obs_dim());
        episode.observe(out.view_mut());
        assert_eq!(out.len(), row.observation.len(), "{place}");
        for (ours, theirs) in out.iter().zip(&row.observation) {
            assert_close((*ours as f32).into(), (*theirs).into(), tolerance, place);
        }
    }

    fn assert_equal_to_gymnasium(&self) -> Seen {
        let (tolerance, free) = match bits_are_gymnasiums() {
            true => (BITS, From::OwnStates),
            false => (OTHER_LIBRARY, From::GymnasiumStates),
        };
        let seen = self.play(free, tolerance);
        assert_eq!(self.play(From::GymnasiumStates, tolerance), seen);
        assert!(seen.steps.iter().all(|&n| n >= 1000), "{seen:?}");
        assert_eq!(seen.time_limit, self.time_limit);
        seen
    }
}

impl Seen {
    fn count(&mut self, name: &str, row: &Row) {
        let (policy, seed) = name.split_once('/').unwrap();
        if policy != "constants" {
            self.steps[seed.parse::<usize>().unwrap()] += 1;
        }
        self.terminated += usize::from(row.end == "terminated");
        self.truncated += usize::from(row.end == "truncated");
        self.both += usize::from(row.end == "both");
    }
}

/// Equal in every bit if the tolerance is zero.
fn assert_close(ours: f64, theirs: f64, tolerance: f64, place: &str) {
    let close = ours.to_bits() == theirs.to_bits() || (ours - theirs).abs() < tolerance;
    assert!(close, "{place}: {ours:?} where Gymnasium has {theirs:?}");
}

fn bits_are_gymnasiums() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    return is_x86_feature_detected!("fma");
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")))]
    return false;
}

fn index(action: &str) -> usize {
    action.parse().unwrap()
}

fn number(action: &str) -> [f64; 1] {
    [action.parse().unwrap()]
}

fn array<const N: usize>(components: &[f64], _first: bool) -> [f64; N] {
    components.try_into().unwrap()
}

#[test]
fn cartpole_is_gymnasiums_bit_by_bit() {
    let changed = CartPole {
        gravity: 3.7,
        mass_cart: 1.5,
        mass_pole: 0.3,
        half_length: 0.7,
        force: 6.0,
        dt: 0.03,
        angle_limit: 0.3,
        position_limit: 0.4,
        ..CartPole::default()
    };
    let seen = Case {
        table: include_str!("fixtures/cartpole.csv"),
        time_limit: CartPole::TIME_LIMIT,
        env: CartPole::default(),
        changed,
        state: array,
        components: |s| s.to_vec(),
        action: index,
    }
    .assert_equal_to_gymnasium();
    assert!(seen.terminated > 0 && seen.truncated > 0 && seen.both > 0);
}

#[test]
fn pendulum_is_gymnasiums_bit_by_bit() {
    let changed = Pendulum {
        gravity: 9.81,
        mass: 0.7,
        length: 1.3,
        dt: 0.04,
        max_speed: 6.0,
        max_torque: 1.7,
        ..Pendulum::default()
    };
    let seen = Case {
        table: include_str!("fixtures/pendulum.csv"),
        time_limit: Pendulum::TIME_LIMIT,
        env: Pendulum::default(),
        changed,
        state: array,
        components: |s| s.to_vec(),
        action: number,
    }
    .assert_equal_to_gymnasium();
    assert!(seen.terminated == 0 && seen.truncated > 0);
}

#[test]
fn mountain_car_is_gymnasiums_bit_by_bit() {
    let changed = MountainCar {
        force: 0.002,
        gravity: 0.003,
        position: Bounds {
            low: [-1.1],
            high: [0.55],
        },
        max_speed: 0.05,
        goal_position: 0.52,
        goal_velocity: 0.025,
        ..MountainCar::default()
    };
    let seen = Case {
        table: include_str!("fixtures/mountain_car.csv"),
        time_limit: MountainCar::TIME_LIMIT,
        env: MountainCar::default(),
        changed,
        state: array,
        components: |s| s.to_vec(),
        action: index,
    }
    .assert_equal_to_gymnasium();
    assert!(seen.terminated > 0 && seen.truncated > 0 && seen.both > 0);
}

#[test]
fn mountain_car_continuous_is_gymnasiums_bit_by_bit() {
    let changed = MountainCarContinuous {
        power: 0.002,
        position: Bounds {
            low: [-1.0],
            high: [0.55],
        },
        max_speed: 0.05,
        max_action: 0.8,
        goal_position: 0.52,
        goal_velocity: 0.03,
        ..MountainCarContinuous::default()
    };
    let seen = Case {
        table: include_str!("fixtures/mountain_car_continuous.csv"),
        time_limit: MountainCarContinuous::TIME_LIMIT,
        env: MountainCarContinuous::default(),
        changed,
        state: |s, first| match CarState::start(s[0], s[1]) {
            start if first => start,
            start => CarState {
                precision: Precision::Single,
                ..start
            },
        },
        components: |s| vec![s.position, s.velocity],
        action: number,
    }
    .assert_equal_to_gymnasium();
    assert!(seen.terminated > 0 && seen.truncated > 0 && seen.both > 0);
}

#[test]
fn acrobot_is_gymnasiums_bit_by_bit() {
    let changed = Acrobot {
        masses: [1.2, 0.8],
        length: 1.1,
        centres: [0.6, 0.4],
        inertia: 0.5,
        torques: [-2.0, 0.5, 3.0],
        dt: 0.1,
        max_speeds: [1.0, 1.5],
        ..Acrobot::default()
    };
    let seen = Case {
        table: include_str!("fixtures/acrobot.csv"),
        time_limit: Acrobot::TIME_LIMIT,
        env: Acrobot::default(),
        changed,
        state: array,
        components: |s| s.to_vec(),
        action: index,
    }
    .assert_equal_to_gymnasium();
    assert!(seen.terminated > 0 && seen.truncated > 0 && seen.both > 0);
}
