//! What stands around a simulator, beside the same done by hand.

use kinglet_envs::{
    Acrobot, Actions, Bounds, CartPole, ClippedActions, End, Env, Episode, Error, FrameStack,
    MountainCarContinuous, Pendulum, ScaledActions, Simulator, Step, TimeLimit,
};
use ndarray::{ArrayViewMut1, aview1};
use rand::{Rng, RngExt};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

type Generator = Xoshiro256PlusPlus;

/// Shows the last action, and pays its first number.
#[derive(Clone, Debug)]
struct Witness;

impl Env for Witness {
    type State = [f64; 2];
    type Actions = Bounds<2>;

    fn actions(&self) -> Bounds<2> {
        Bounds {
            low: [-2.0, -1.0],
            high: [2.0, 5.0],
        }
    }

    fn obs_dim(&self) -> usize {
        2
    }

    fn reset<R: Rng + ?Sized>(&self, _: &mut R) -> [f64; 2] {
        [0.0; 2]
    }

    fn step<R: Rng + ?Sized>(&self, _: &[f64; 2], a: &[f64; 2], _: &mut R) -> Step<[f64; 2]> {
        Step {
            next: *a,
            reward: a[0],
            end: None,
        }
    }

    fn observe(&self, s: &[f64; 2], mut out: ArrayViewMut1<'_, f64>) {
        out.assign(&aview1(s));
    }
}

fn generator() -> Generator {
    Generator::seed_from_u64(4)
}

fn observed<S: Simulator>(simulator: &S) -> Vec<f64> {
    let mut seen = vec![0.0; simulator.obs_dim()];
    simulator.observe((&mut seen[..]).into());
    seen
}

/// An action up to three times as far out as its bounds.
fn draw(actions: &Actions, rng: &mut Generator) -> Vec<f64> {
    match actions {
        Actions::Discrete(n) => vec![rng.random_range(0..*n) as f64],
        Actions::Box { low, high } => {
            let pairs = low.iter().zip(high);
            pairs
                .map(|(low, high)| rng.random_range(3.0 * low..=3.0 * high))
                .collect()
        }
    }
}

/// What is seen along some steps, through resets; an action goes through `told` first.
fn play<S: Simulator>(
    simulator: &mut S,
    rng: &mut Generator,
    told: impl Fn(&[f64]) -> Vec<f64>,
) -> Vec<(Vec<f64>, f64, Option<End>)> {
    let mut choices = Generator::seed_from_u64(5);
    let actions = simulator.actions();
    let steps = (0..100).map(|_| {
        let action = told(&draw(&actions, &mut choices));
        let (reward, end) = simulator.step(&action, rng).unwrap();
        let seen = (observed(simulator), reward, end);
        if end.is_some() {
            simulator.reset(rng).unwrap();
        }
        seen
    });
    steps.collect()
}

fn as_it_is(action: &[f64]) -> Vec<f64> {
    action.to_vec()
}

/// From a file, in another simulator, it goes on as it would have.
fn assert_restores<S: Simulator + Clone>(mut simulator: S) {
    let mut rng = generator();
    let mut other = simulator.clone();
    play(&mut simulator, &mut rng, as_it_is);
    simulator
        .step(&draw(&simulator.actions(), &mut generator()), &mut rng)
        .unwrap();
    let file = serde_json::to_string(&simulator.save().unwrap()).unwrap();
    other.restore(&serde_json::from_str(&file).unwrap());
    assert_eq!(observed(&other), observed(&simulator));
    let mut same = rng.clone();
    let expected = play(&mut simulator, &mut rng, as_it_is);
    assert_eq!(play(&mut other, &mut same, as_it_is), expected);
    assert_eq!(other.save(), simulator.save());
}

#[test]
fn a_time_limit_is_an_episodes() {
    let (mut rng, mut twin) = (generator(), generator());
    let endless = Episode::new(CartPole::default(), None, &mut rng).unwrap();
    let mut limited = TimeLimit::new(endless, 15).unwrap();
    let mut episode = Episode::new(CartPole::default(), Some(15), &mut twin).unwrap();
    let seen = play(&mut limited, &mut rng, as_it_is);
    assert_eq!(seen, play(&mut episode, &mut twin, as_it_is));
    for end in [End::Terminated, End::Truncated] {
        assert!(
            seen.iter().any(|(_, _, other)| *other == Some(end)),
            "{end:?}"
        );
    }
}

#[test]
fn over_is_over_at_a_time_limit() {
    let rng = &mut generator();
    let endless = Episode::new(Acrobot::default(), None, rng).unwrap();
    assert!(matches!(
        TimeLimit::new(endless.clone(), 0),
        Err(Error::NoTime)
    ));
    let mut limited = TimeLimit::new(endless, 1).unwrap();
    limited.step(&[0.0], rng).unwrap();
    let before = limited.save();
    let refused = limited.step(&[0.0], rng);
    assert!(matches!(refused, Err(Error::EpisodeOver { steps: 1, .. })));
    assert_eq!(limited.save(), before);
}

#[test]
fn clipped_actions_are_at_most_their_bounds() {
    let (mut rng, mut twin) = (generator(), generator());
    let plain = Episode::new(Witness, Some(40), &mut rng).unwrap();
    let mut clipped = ClippedActions::new(plain);
    let mut plain = Episode::new(Witness, Some(40), &mut twin).unwrap();
    let seen = play(&mut clipped, &mut rng, as_it_is);
    let by_hand = |action: &[f64]| vec![action[0].clamp(-2.0, 2.0), action[1].clamp(-1.0, 5.0)];
    assert_eq!(seen, play(&mut plain, &mut twin, by_hand));
    let refused = clipped.step(&[f64::NAN, 0.0], &mut rng);
    assert!(matches!(refused, Err(Error::Action { .. })));
}

#[test]
fn scaled_actions_reach_from_bound_to_bound() {
    let rng = &mut generator();
    let mut scaled = ScaledActions::new(Episode::new(Witness, None, rng).unwrap()).unwrap();
    for (action, told) in [
        ([-1.0, -1.0], [-2.0, -1.0]),
        ([1.0, 1.0], [2.0, 5.0]),
        ([0.5, 0.0], [1.0, 2.0]),
    ] {
        scaled.step(&action, rng).unwrap();
        assert_eq!(observed(&scaled), told);
    }
}

#[test]
fn indices_are_clipped_nowhere_and_not_scaled() {
    let (mut rng, mut twin) = (generator(), generator());
    let cartpole = Episode::new(CartPole::default(), Some(20), &mut rng).unwrap();
    let refused = ScaledActions::new(cartpole.clone()).map(|_| ());
    assert!(matches!(refused, Err(Error::Unbounded { .. })));
    let mut clipped = ClippedActions::new(cartpole);
    let mut plain = Episode::new(CartPole::default(), Some(20), &mut twin).unwrap();
    let seen = play(&mut clipped, &mut rng, as_it_is);
    assert_eq!(seen, play(&mut plain, &mut twin, as_it_is));
    assert!(clipped.step(&[7.0], &mut rng).is_err());
}

#[test]
fn a_stack_holds_the_latest_observations() {
    let (mut rng, mut twin) = (generator(), generator());
    let acrobot = Episode::new(Acrobot::default(), Some(9), &mut rng).unwrap();
    let mut stacked = FrameStack::new(acrobot, 3).unwrap();
    let mut plain = Episode::new(Acrobot::default(), Some(9), &mut twin).unwrap();
    let mut choices = Generator::seed_from_u64(5);
    let mut latest = vec![observed(&plain); 3];
    for _ in 0..40 {
        assert_eq!(observed(&stacked), latest.concat());
        let action = draw(&Simulator::actions(&plain), &mut choices);
        let outcome = Simulator::step(&mut plain, &action, &mut twin);
        assert_eq!(stacked.step(&action, &mut rng), outcome);
        latest.remove(0);
        latest.push(observed(&plain));
        assert_eq!(observed(&stacked), latest.concat());
        if outcome.unwrap().1.is_some() {
            stacked.reset(&mut rng).unwrap();
            plain.reset(&mut twin);
            latest = vec![observed(&plain); 3];
        }
    }
    let empty = FrameStack::new(plain, 0).map(|_| ());
    assert_eq!(empty, Err(Error::NoFrames));
}

#[test]
fn restored_wrappers_go_on_to_the_same_bits() {
    let rng = &mut generator();
    let pendulum = Episode::new(Pendulum::default(), None, rng).unwrap();
    assert_restores(TimeLimit::new(pendulum.clone(), 7).unwrap());
    assert_restores(FrameStack::new(TimeLimit::new(pendulum, 11).unwrap(), 4).unwrap());
    let car = Episode::new(MountainCarContinuous::default(), Some(13), rng).unwrap();
    assert_restores(ClippedActions::new(ScaledActions::new(car).unwrap()));
}
