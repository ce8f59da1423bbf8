//! What the demo teaches, checked.

use kinglet_demo_cliff::{HORIZON, Inference, Plan, world};
use kinglet_envs::{Cell, Env};
use kinglet_objectives::soft_value_iteration_finite;
use ndarray::s;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

fn settings() -> impl Iterator<Item = (f64, f64)> {
    let temperatures = [0.0, 0.05, 0.3, 1.0, 2.0];
    temperatures
        .into_iter()
        .flat_map(|t| [0.0, 0.1, 0.3, 0.6].map(|slip| (t, slip)))
}

#[test]
fn the_variational_policy_keeps_its_promise() {
    for (temperature, slip) in settings() {
        let plan = Plan::new(Inference::Variational, temperature, slip).unwrap();
        let off = plan.promised - plan.kept;
        assert!(off.abs() < 1e-9, "{temperature} {slip}: {off}");
    }
}

/// What is missing is α KL(q ‖ posterior), which is positive unless nothing is left to luck.
#[test]
fn exact_inference_promises_more_than_it_keeps_unless_there_is_no_luck() {
    for (temperature, slip) in settings() {
        let plan = Plan::new(Inference::Exact, temperature, slip).unwrap();
        let gap = plan.promised - plan.kept;
        if slip == 0.0 {
            assert!(gap.abs() < 1e-9, "{temperature}: {gap}");
        } else {
            assert!(gap > 0.01, "{temperature} {slip}: {gap}");
        }
    }
}

#[test]
fn no_policy_does_better_in_truth_than_the_variational_one() {
    for (temperature, slip) in settings() {
        let best = Plan::new(Inference::Variational, temperature, slip).unwrap();
        let exact = Plan::new(Inference::Exact, temperature, slip).unwrap();
        assert!(exact.kept <= best.kept + 1e-9, "{temperature} {slip}");
        assert!(
            best.promised <= exact.promised + 1e-9,
            "{temperature} {slip}"
        );
    }
}

#[test]
fn at_the_first_setting_one_walk_hugs_the_cliff_and_the_other_keeps_away() {
    let exact = Plan::new(Inference::Exact, 0.3, 0.3).unwrap();
    let variational = Plan::new(Inference::Variational, 0.3, 0.3).unwrap();
    let lowest_row = |plan: &Plan| {
        let between = plan
            .walk
            .iter()
            .filter(|(_, column)| (1..7).contains(column));
        between.map(|(row, _)| *row).max().unwrap()
    };
    assert_eq!((lowest_row(&exact), exact.walk.len()), (2, 10));
    assert_eq!((lowest_row(&variational), variational.walk.len()), (1, 12));
    assert!(exact.promised > 0.0 && variational.promised < 0.0);
    assert!(exact.fall > 0.6 && variational.fall < 0.2);
    assert!(exact.goal < 0.5 && variational.goal > 0.8);
}

/// An action drawn by inverting the cumulative probabilities.
fn draw(probabilities: Vec<f64>, rng: &mut Xoshiro256PlusPlus) -> usize {
    let mut left = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let passed = probabilities.iter().take_while(|p| {
        left -= **p;
        left >= 0.0
    });
    passed.count().min(probabilities.len() - 1)
}

#[test]
fn fate_agrees_with_sampled_walks() {
    const WALKS: usize = 20_000;
    let (temperature, slip) = (0.3, 0.3);
    let plan = Plan::new(Inference::Variational, temperature, slip).unwrap();
    let world = world(slip).unwrap();
    let policy = soft_value_iteration_finite(&world.mdp, temperature)
        .unwrap()
        .policy;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let (mut falls, mut goals, mut total, mut squares) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..WALKS {
        let mut state = world.mdp.reset(&mut rng);
        let (mut fell, mut earned) = (false, 0.0);
        for t in 0..HORIZON {
            earned += world.mdp.reward(state, 0);
            fell |= world.cells[world.cell(state)] == Cell::Cliff;
            if t + 1 == HORIZON {
                break;
            }
            let action = draw(policy.slice(s![t, state, ..]).to_vec(), &mut rng);
            state = world.mdp.step(&state, &action, &mut rng).next;
        }
        falls += f64::from(u8::from(fell));
        goals += f64::from(u8::from(world.goals.contains(&state)));
        total += earned;
        squares += earned * earned;
    }
    let n = WALKS as f64;
    let share = |count: f64, expected: f64| {
        let z = (count / n - expected) / (expected * (1.0 - expected) / n).sqrt();
        assert!(z.abs() < 4.0, "{} for {expected}: {z}", count / n);
    };
    share(falls, plan.fall);
    share(goals, plan.goal);
    let mean = total / n;
    let z = (mean - plan.expected_return) / ((squares / n - mean * mean) / n).sqrt();
    assert!(z.abs() < 4.0, "{mean} for {}: {z}", plan.expected_return);
}

#[test]
fn what_the_sliders_cannot_ask_for_is_refused() {
    for (temperature, slip) in [
        (-0.1, 0.3),
        (f64::NAN, 0.3),
        (0.3, 1.1),
        (0.3, -0.1),
        (0.3, f64::NAN),
    ] {
        assert!(
            Plan::new(Inference::Exact, temperature, slip).is_err(),
            "{temperature} {slip}"
        );
    }
}
