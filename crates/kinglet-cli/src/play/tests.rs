//! Pictures of episodes, looked at pixel by pixel.

use std::f64::consts::PI;
use std::path::Path;

use kinglet_algorithms::{Actor, Head, Policy, evaluate};
use kinglet_envs::{Actions, CarState, EnvName, Moment, NamedMoment, Simulator};
use kinglet_nn::{Activation, Mlp};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use tiny_skia::Pixmap;

use super::Refused;
use super::canvas::CAPTION;
use super::color::*;
use super::episode::{Recording, record, stream};
use super::frame::{frame, seconds};

type Generator = Xoshiro256PlusPlus;

/// What is recorded of up to so many uniform actions.
fn recording(name: EnvName, seed: u64, limit: usize) -> Recording {
    let mut rng = Generator::seed_from_u64(seed);
    let actions = name.make(&mut rng.clone()).unwrap().actions();
    let drawn = |_: &[f64], rng: &mut Generator| match &actions {
        Actions::Discrete(n) => vec![rng.random_range(0..*n) as f64],
        Actions::Box { low, high } => {
            let pairs = low.iter().zip(high);
            let draw = |(low, high): (&f64, &f64)| low + (high - low) * rng.random::<f64>();
            pairs.map(draw).collect()
        }
    };
    record(name, limit, &mut rng, drawn).unwrap()
}

/// A recording of one moment, in which nothing is done.
fn still(name: EnvName, moment: NamedMoment) -> Pixmap {
    let still = Recording {
        moments: vec![moment],
        ..Recording::start(name.make(&mut Generator::seed_from_u64(0)).unwrap())
    };
    frame(&still, 0)
}

fn color_at(picture: &Pixmap, [x, y]: [f64; 2]) -> Rgb {
    let pixel = picture.pixel(x.round() as u32, y.round() as u32).unwrap();
    [pixel.red(), pixel.green(), pixel.blue()]
}

/// The middle of the pixels of a colour.
fn middle_of(picture: &Pixmap, color: Rgb) -> [f64; 2] {
    let width = picture.width() as usize;
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for (i, pixel) in picture.pixels().iter().enumerate() {
        if [pixel.red(), pixel.green(), pixel.blue()] == color {
            sum = [sum[0] + (i % width) as f64, sum[1] + (i / width) as f64];
            count += 1.0;
        }
    }
    sum.map(|sum| sum / count)
}

#[test]
fn the_pole_leans_as_the_angle_says_and_the_cart_stands_where_it_is() {
    let at = |x, theta| {
        let moment = Moment::start([x, 0.0, theta, 0.0]);
        still(EnvName::CartPole, NamedMoment::CartPole(moment))
    };
    // Of a pole of one length, upright on the middle of the track, the others are images.
    let upright = middle_of(&at(0.0, 0.0), LIMB);
    let unit = (middle_of(&at(1.0, 0.0), LIMB)[0] - upright[0]).abs();
    assert!((upright[0] - 299.5).abs() < 0.6);
    for (x, theta) in [(0.3, 0.15), (-1.7, -0.2), (1.8, 0.8), (-1.5, 1.5)] {
        let picture = at(x, theta);
        let hinge = [299.5 + x * unit, upright[1] + unit / 2.0];
        let along = |share: f64| {
            let (sin, cos) = theta.sin_cos();
            [hinge[0] + share * unit * sin, hinge[1] - share * unit * cos]
        };
        for share in [0.1, 0.5, 0.97] {
            assert_eq!(color_at(&picture, along(share)), LIMB, "{x}, {theta}");
        }
        assert_ne!(color_at(&picture, along(1.1)), LIMB, "{x}, {theta}");
        let wheels = middle_of(&picture, INK);
        assert!((wheels[0] - hinge[0]).abs() < 1.0, "{wheels:?}");
    }
}

#[test]
fn the_pendulum_hangs_at_its_angle_from_upright() {
    for theta in [0.0, 0.4, PI / 2.0, PI, -2.0, 7.0] {
        let moment = NamedMoment::Pendulum(Moment::start([theta, 0.0]));
        let picture = still(EnvName::Pendulum, moment);
        let pivot = [200.0, f64::from(CAPTION) + 200.0];
        let [x, y] = middle_of(&picture, BODY);
        // Gymnasium turns the rod to the left by θ.
        let angle = f64::atan2(-(x - pivot[0]), -(y - pivot[1]));
        let off = (angle - theta + PI).rem_euclid(2.0 * PI) - PI;
        assert!(off.abs() < 0.02, "{theta}: {angle}");
    }
}

/// The upper end of the lower link's colour; above the line or not says whether the episode is over.
#[test]
fn the_acrobats_tip_is_above_the_line_when_the_episode_is_over() {
    let mut rng = Generator::seed_from_u64(5);
    let line = {
        let moment = NamedMoment::Acrobot(Moment::start([0.0; 4]));
        middle_of(&still(EnvName::Acrobot, moment), GOAL)[1]
    };
    let scale = (f64::from(CAPTION) + 210.0 - line).abs();
    let mut over = 0;
    for _ in 0..60 {
        let [theta1, theta2] = [0; 2].map(|_| rng.random_range(-PI..PI));
        let moment = NamedMoment::Acrobot(Moment::start([theta1, theta2, 0.0, 0.0]));
        let picture = still(EnvName::Acrobot, moment);
        // Twice the way from the joint to the second link's middle.
        let joint = [
            209.5 + scale * theta1.sin(),
            line + scale * (1.0 + theta1.cos()),
        ];
        let middle = middle_of(&picture, LIMB);
        let tip = joint[1] + 2.0 * (middle[1] - joint[1]);
        let height = -theta1.cos() - (theta1 + theta2).cos();
        if (height - 1.0).abs() > 0.1 {
            assert_eq!(
                tip < line,
                height > 1.0,
                "{theta1}, {theta2}: {tip}, {line}"
            );
            over += u32::from(height > 1.0);
        }
    }
    assert!(over > 3, "{over}");
}

#[test]
fn the_car_is_at_the_flag_when_it_is_at_the_goal_and_lies_along_the_road() {
    let at = |x| {
        let moment = Moment::start(CarState::start(x, 0.0));
        still(
            EnvName::MountainCarContinuous,
            NamedMoment::MountainCarContinuous(moment),
        )
    };
    let one = |x: f64| {
        let moment = NamedMoment::MountainCar(Moment::start([x, 0.0]));
        still(EnvName::MountainCar, moment)
    };
    let valley = at(-PI / 6.0);
    let [flag, car] = [middle_of(&valley, GOAL), middle_of(&valley, BODY)];
    let unit = 600.0 / 2.0; // the road's 1.8 and a tenth on both sides
    assert!(
        ((car[0] - 299.5) / unit + PI / 6.0 - 0.3).abs() < 0.01,
        "{car:?}"
    );
    // The flag flies to the right of its pole, by a third of its length on the average.
    for (flag, goal) in [(flag, 0.45), (middle_of(&one(-0.5), GOAL), 0.5)] {
        let pole = 299.5 + unit * (goal + 0.3);
        let beside = (flag[0] - pole) / unit;
        assert!((0.02..0.05).contains(&beside), "{goal}: {flag:?}");
    }
    for x in [-1.0, -0.8, 0.0, 0.4] {
        assert_eq!(middle_of(&at(x), BODY), middle_of(&one(x), BODY));
        let [before, here, after] = [x - 0.01, x, x + 0.01].map(|x| middle_of(&at(x), BODY));
        let drawn = (before[1] - after[1]) / (after[0] - before[0]);
        let road = 1.35 * (3.0 * x).cos();
        assert!((drawn - road).abs() < 0.25, "{x}: {drawn}, not {road}");
        assert!(here[1] > 0.0);
    }
}

#[test]
fn what_the_agent_does_is_shown_and_nothing_where_it_does_nothing() {
    let count = |picture: &Pixmap| {
        let is_action =
            |p: &&tiny_skia::PremultipliedColorU8| [p.red(), p.green(), p.blue()] == ACTION;
        picture.pixels().iter().filter(is_action).count()
    };
    for (name, row, shown) in [
        (EnvName::CartPole, vec![0.0], true),
        (EnvName::Pendulum, vec![-2.0], true),
        (EnvName::Pendulum, vec![0.0], false),
        (EnvName::Acrobot, vec![2.0], true),
        (EnvName::Acrobot, vec![1.0], false),
        (EnvName::MountainCar, vec![0.0], true),
        (EnvName::MountainCar, vec![1.0], false),
        (EnvName::MountainCarContinuous, vec![0.8], true),
        (EnvName::Gridworld, vec![0.0], true),
        (EnvName::Direction, vec![1.0, 0.5], true),
    ] {
        let mut one = recording(name, 1, 500);
        one.actions[0] = row.clone();
        assert_eq!(count(&frame(&one, 0)) > 40, shown, "{name} {row:?}");
    }
    // To the left of the cart for a push to the left.
    let mut one = recording(EnvName::CartPole, 1, 500);
    let side = |one: &Recording| {
        let picture = frame(one, 0);
        (middle_of(&picture, ACTION)[0] - middle_of(&picture, BODY)[0]).signum()
    };
    for (action, expected) in [(0.0, -1.0), (1.0, 1.0)] {
        one.actions[0] = vec![action];
        assert_eq!(side(&one), expected);
    }
}

#[test]
fn an_episode_is_the_one_that_an_evaluation_plays() {
    // Push to where the pole leans: it swings more and more.
    let network = Mlp::new(&[4, 2], Activation::Tanh).unwrap();
    let policy = Policy::new(network, Head::Categorical).unwrap();
    let mut params = [0.0f64; 10];
    params[5] = 1.0;
    let name = EnvName::CartPole;
    let actor = Actor::new(policy, params.to_vec(), None, Actions::Discrete(2));
    let make = |rng: &mut Generator| name.make(rng);
    let evaluated = evaluate(&actor, 6, 9, make).unwrap();
    assert!(evaluated.iter().any(|one| one.steps != evaluated[0].steps));
    for (number, finished) in evaluated.iter().enumerate() {
        let mut actor = actor.clone();
        let act = |seen: &[f64], _: &mut Generator| actor.act(seen).to_vec();
        let recording = record(name, usize::MAX, &mut stream(9, number), act).unwrap();
        assert_eq!(recording.steps(), finished.steps);
        assert_eq!(
            (recording.sum(), recording.end),
            (finished.total, Some(finished.end))
        );
        assert_eq!(recording.moments.len(), finished.steps + 1);
        assert_eq!(recording.returns.len(), finished.steps + 1);
        // Each moment is what its action makes of the one before.
        let mut env = name.make(&mut stream(9, number)).unwrap();
        for (step, action) in recording.actions.iter().enumerate() {
            env.restore(&recording.moments[step]);
            env.step(action, &mut Generator::seed_from_u64(0)).unwrap();
            assert_eq!(env.save(), Some(recording.moments[step + 1].clone()));
        }
    }
}

#[test]
fn a_moment_that_there_is_not_is_refused() {
    let one = recording(EnvName::CartPole, 1, 5);
    let draw = |path: &str, moment| super::draw(&one, Path::new(path), moment);
    assert!(draw("a.png", Some(5)).is_ok());
    assert!(matches!(
        draw("a.png", Some(6)),
        Err(Refused::NoMoment { steps: 5, asked: 6 })
    ));
    assert!(matches!(
        draw("a.gif", Some(0)),
        Err(Refused::FrameOfGif { .. })
    ));
    assert_eq!(&draw("a.png", None).unwrap()[1..4], b"PNG");
    assert_eq!(&draw("a.gif", None).unwrap()[..3], b"GIF");
}

/// What a viewer sees after each frame of a GIF, and how long.
fn shown(bytes: &[u8]) -> Vec<(Vec<u8>, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let (mut sheet, mut shown) = (vec![0; 4 * width * height], Vec::new());
    while let Some(part) = decoder.read_next_frame().unwrap() {
        let row = 4 * usize::from(part.width);
        for (i, pixels) in part.buffer.chunks(row).enumerate() {
            let start = 4 * ((usize::from(part.top) + i) * width + usize::from(part.left));
            sheet[start..start + row].copy_from_slice(pixels);
        }
        shown.push((sheet.clone(), part.delay));
    }
    shown
}

#[test]
fn an_animation_shows_every_moment_for_as_long_as_a_step_takes() {
    for name in [EnvName::CartPole, EnvName::MountainCar, EnvName::Gridworld] {
        let episode = recording(name, 7, 24);
        let count = episode.steps() + 1;
        let mut bytes = Vec::new();
        let seconds = seconds(&episode.env);
        let drawn = |i| Ok::<_, gif::EncodingError>(frame(&episode, i));
        super::gif::write(&mut bytes, count, seconds, drawn).unwrap();
        let shown = shown(&bytes);
        assert_eq!(shown.len(), count, "{name}");
        let time: u16 = shown[..count - 1].iter().map(|(_, delay)| delay).sum();
        let expected = (count - 1) as f64 * seconds * 100.0;
        assert!((f64::from(time) - expected).abs() <= 0.5, "{name}: {time}");
        for (i, (seen, _)) in shown.iter().enumerate() {
            let picture = frame(&episode, i);
            let off = seen.iter().zip(picture.data()).map(|(a, b)| a.abs_diff(*b));
            let total: u64 = off.clone().map(u64::from).sum();
            // Single pixels at edges take a neighbouring shade.
            assert!(
                off.clone().max().unwrap() <= 64,
                "{name} {i}: {:?}",
                off.max()
            );
            assert!(total < 3000, "{name} {i}: {total}");
        }
    }
}
