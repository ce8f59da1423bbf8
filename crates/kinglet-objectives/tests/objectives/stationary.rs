//! The discounted problem: one fixed point, reached in several ways.

use crate::problems::{assert_close, generator, go_on, random_mdp};
use kinglet_envs::fixtures::disc;
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    Finish, Progress, Sweep, action_gap, action_values, boltzmann, evaluate_soft_policy,
    evaluate_soft_policy_iteratively, safe_temperature, soft_max, soft_policy,
    soft_policy_iteration, soft_value_iteration, soft_values, temperature_cost,
};
use ndarray::{Array1, Array2, ArrayView1, array};
use rand::RngExt;
use std::ops::ControlFlow;

fn distance(v: &Array1<f64>, w: &Array1<f64>) -> f64 {
    (v - w).iter().fold(0.0, |m, x| m.max(x.abs()))
}

fn argmax(row: ArrayView1<'_, f64>) -> usize {
    (0..row.len()).fold(0, |best, a| if row[a] > row[best] { a } else { best })
}

#[test]
fn cs285_09_a_sweep_contracts_by_the_discount() {
    let mut rng = generator(40);
    let mut worst: f64 = 0.0;
    for _ in 0..500 {
        let temperature = rng.random_range(0.01..2.0);
        let problem = disc();
        let mut sweep = Sweep::new(&problem, temperature).unwrap();
        let mut values = || Array1::from_shape_fn(4, |_| rng.random_range(-5.0..5.0));
        let (v, w) = (values(), values());
        let mut next = (Array1::zeros(4), Array1::zeros(4));
        sweep.apply(v.as_slice().unwrap(), next.0.as_slice_mut().unwrap());
        sweep.apply(w.as_slice().unwrap(), next.1.as_slice_mut().unwrap());
        worst = worst.max(distance(&next.0, &next.1) / distance(&v, &w));
    }
    assert!((0.5..=0.9 + 1e-12).contains(&worst), "{worst}");
}

#[test]
fn cs285_09_constants_pass_through_discounted() {
    // V + c gives V′ + γ c: the rate of the contraction is attained.
    let problem = disc();
    let mut sweep = Sweep::new(&problem, 0.7).unwrap();
    let (mut low, mut high) = ([0.0; 4], [0.0; 4]);
    sweep.apply(&[1.0, 2.0, -1.0, 0.5], &mut low);
    sweep.apply(&[11.0, 12.0, 9.0, 10.5], &mut high);
    for (low, high) in low.iter().zip(high) {
        assert_close(high - low, 9.0, 1e-14);
    }
}

#[test]
fn cs285_09_the_error_falls_at_the_rate_of_the_discount() {
    let truth = soft_value_iteration(&disc(), 0.3, 1e-14, &mut go_on())
        .unwrap()
        .v;
    let problem = disc();
    let mut sweep = Sweep::new(&problem, 0.3).unwrap();
    let mut v = Array1::zeros(4);
    let mut errors = Vec::new();
    for _ in 0..120 {
        let mut next = Array1::zeros(4);
        sweep.apply(v.as_slice().unwrap(), next.as_slice_mut().unwrap());
        v = next;
        errors.push(distance(&v, &truth));
    }
    let rate = (errors[119] / errors[59]).powf(1.0 / 60.0);
    assert!((rate - 0.9).abs() < 1e-3, "{rate}");
}

#[test]
fn cs285_09_soft_maximum_between_its_bounds() {
    let mut rng = generator(41);
    for _ in 0..200 {
        let q = Array1::from_shape_fn(5, |_| rng.random_range(-3.0..3.0));
        let temperature = rng.random_range(0.0..2.0);
        let soft = soft_max(q.view(), temperature).unwrap();
        let hard = q[argmax(q.view())];
        assert!(soft >= hard && soft <= hard + temperature * 5f64.ln() + 1e-14);
        // It is the largest E_π[q] + α H(π), attained by the Boltzmann policy.
        let policy = boltzmann(q.view(), temperature).unwrap();
        let entropy: f64 = policy
            .iter()
            .filter(|&&p| p > 0.0)
            .map(|p| -p * p.ln())
            .sum();
        assert_close(policy.dot(&q) + temperature * entropy, soft, 1e-14);
        assert_close(policy.sum(), 1.0, 1e-15);
    }
}

#[test]
fn soft_maximum_bears_any_size() {
    for scale in [1e-300, 1e-3, 1.0, 1e5, 1e300] {
        let q = array![scale, 2.0 * scale, -scale];
        for temperature in [5e-324, 1e-308, 1e-3, 1.0, 1e308] {
            let soft = soft_max(q.view(), temperature).unwrap();
            assert!(soft >= 2.0 * scale, "{scale} {temperature}: {soft}");
            let policy = boltzmann(q.view(), temperature).unwrap();
            assert_close(policy.sum(), 1.0, 1e-15);
        }
        assert_eq!(soft_max(q.view(), 0.0).unwrap(), 2.0 * scale);
    }
}

#[test]
fn cs285_09_values_above_the_hard_ones_within_the_bound() {
    let hard = soft_value_iteration(&disc(), 0.0, 1e-13, &mut go_on()).unwrap();
    let mut before = f64::INFINITY;
    for temperature in [1.0, 0.1, 0.01] {
        let soft = soft_value_iteration(&disc(), temperature, 1e-13, &mut go_on()).unwrap();
        let cost = temperature_cost(&disc(), temperature).unwrap();
        assert!(
            (&soft.v - &hard.v)
                .iter()
                .all(|&off| (-1e-11..=cost).contains(&off))
        );
        assert!(
            (&soft.q - &hard.q)
                .iter()
                .all(|&off| (-1e-11..=0.9 * cost).contains(&off))
        );
        assert!(distance(&soft.v, &hard.v) < before);
        before = distance(&soft.v, &hard.v);
    }
    // Equal rewards attain the bound.
    let idle = disc()
        .with_rewards(kinglet_envs::Rewards::State(Array1::zeros(4)))
        .unwrap();
    let soft = soft_value_iteration(&idle, 0.5, 1e-13, &mut go_on()).unwrap();
    assert_close(soft.v[2], temperature_cost(&idle, 0.5).unwrap(), 1e-11);
}

#[test]
fn cs285_09_below_the_safe_temperature_the_mode_is_optimal() {
    let mut rng = generator(42);
    let mut wrong_above = 0;
    for _ in 0..30 {
        let mdp = random_mdp((5, 3, 3), Horizon::Discounted(0.6), &mut rng);
        let hard = soft_value_iteration(&mdp, 0.0, 1e-13, &mut go_on()).unwrap();
        let safe = safe_temperature(&mdp, hard.q.view()).unwrap();
        let modes = |temperature: f64| {
            let soft = soft_value_iteration(&mdp, temperature, 1e-13, &mut go_on()).unwrap();
            (0..5).all(|s| argmax(soft.policy.row(s)) == argmax(hard.q.row(s)))
        };
        assert!(modes(0.99 * safe));
        wrong_above += usize::from(!modes(100.0 * safe));
    }
    assert!(wrong_above > 5, "the bound would be vacuous");
    assert_eq!(action_gap(array![[1.0]].view())[0], f64::INFINITY);
}

#[test]
fn cs285_09_the_fixed_point_is_the_linear_solve_of_its_policy() {
    for temperature in [0.05, 0.5, 2.0] {
        let best = soft_value_iteration(&disc(), temperature, 1e-14, &mut go_on()).unwrap();
        let solved = evaluate_soft_policy(&disc(), best.policy.view(), temperature).unwrap();
        assert!(
            distance(&solved.v, &best.v) < 1e-12,
            "{}",
            distance(&solved.v, &best.v)
        );
        assert!(solved.residual < 1e-13);
        let swept = evaluate_soft_policy_iteratively(
            &disc(),
            best.policy.view(),
            temperature,
            1e-13,
            &mut go_on(),
        );
        assert!(distance(&solved.v, &swept.unwrap().v) < 1e-11);
    }
}

#[test]
fn evaluation_is_the_discounted_sum_along_the_way() {
    // V = Σₜ γᵗ Pᵗ r_π, summed term by term.
    let mdp = random_mdp((6, 3, 4), Horizon::Discounted(0.8), &mut generator(43));
    let policy = soft_policy(
        Array2::from_shape_fn((6, 3), |(s, a)| (s * a) as f64 / 7.0).view(),
        1.0,
    );
    let policy = policy.unwrap();
    let gain = Array1::from_shape_fn(6, |s| {
        let row = policy.row(s);
        (0..3)
            .map(|a| row[a] * (mdp.reward(s, a) - 0.4 * row[a].ln()))
            .sum::<f64>()
    });
    let mut law = Array2::eye(6);
    let mut total = Array1::zeros(6);
    for t in 0..200 {
        total = total + law.dot(&gain) * 0.8f64.powi(t);
        let mut next = Array2::zeros((6, 6));
        for ((from, s), mass) in law.indexed_iter() {
            for a in 0..3 {
                for (to, p) in mdp.successors(s, a) {
                    next[[from, to]] += mass * policy[[s, a]] * p;
                }
            }
        }
        law = next;
    }
    let solved = evaluate_soft_policy(&mdp, policy.view(), 0.4).unwrap();
    assert!(distance(&solved.v, &total) < 1e-13);
}

#[test]
fn cs285_09_policy_iteration_never_falls_and_meets_value_iteration() {
    let mut rng = generator(44);
    for temperature in [0.0, 0.1, 1.0] {
        for _ in 0..10 {
            let mdp = random_mdp((7, 4, 5), Horizon::Discounted(0.9), &mut rng);
            let best = soft_policy_iteration(&mdp, temperature, 1e-11, &mut go_on()).unwrap();
            for pair in best.history.windows(2) {
                assert!((&pair[1] - &pair[0]).iter().all(|&gain| gain > -1e-12));
            }
            let swept = soft_value_iteration(&mdp, temperature, 1e-13, &mut go_on()).unwrap();
            assert!(distance(&best.v, &swept.v) < 1e-11);
            assert!(best.history.len() < 12, "{} rounds", best.history.len());
            assert_eq!(best.finish, Finish::Converged);
        }
    }
}

#[test]
fn policy_and_values_of_value_iteration_belong_together() {
    let best = soft_value_iteration(&disc(), 0.2, 1e-13, &mut go_on()).unwrap();
    assert_eq!(action_values(&disc(), best.v.view()), best.q);
    assert!(distance(&soft_values(best.q.view(), 0.2).unwrap(), &best.v) < 1e-12);
    for s in 0..4 {
        let row = boltzmann(best.q.row(s), 0.2).unwrap();
        assert!(distance(&row, &best.policy.row(s).to_owned()) < 1e-15);
    }
}

#[test]
fn tolerances_bound_the_error_and_the_sweeps_foretold_suffice() {
    let truth = soft_value_iteration(&disc(), 0.3, 1e-14, &mut go_on())
        .unwrap()
        .v;
    let mut foretold = 0;
    let mut report = |p: Progress| {
        foretold = p.total.unwrap();
        ControlFlow::Continue(())
    };
    let best = soft_value_iteration(&disc(), 0.3, 1e-6, &mut report).unwrap();
    assert!(best.residual < 1e-6 && distance(&best.v, &truth) <= 9.0 * best.residual);
    assert!(best.sweeps as u64 <= foretold, "{} {foretold}", best.sweeps);
    assert_eq!(best.finish, Finish::Converged);
}

#[test]
fn a_tolerance_below_rounding_ends_and_says_so() {
    let best = soft_value_iteration(&disc(), 0.3, 1e-300, &mut go_on()).unwrap();
    let usual = soft_value_iteration(&disc(), 0.3, 1e-13, &mut go_on()).unwrap();
    assert!(matches!(
        best.finish,
        Finish::RoundingLimit | Finish::Converged
    ));
    assert!(distance(&best.v, &usual.v) < 1e-11);
}

#[test]
fn a_stop_keeps_what_was_reached() {
    let stop_at = |n: u64| {
        move |p: Progress| {
            if p.done == n {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    };
    let early = soft_value_iteration(&disc(), 0.3, 1e-9, &mut stop_at(3)).unwrap();
    assert_eq!((early.finish, early.sweeps), (Finish::Stopped, 3));
    let problem: TabularMdp = disc();
    let mut sweep = Sweep::new(&problem, 0.3).unwrap();
    let (mut v, mut w) = ([0.0; 4], [0.0; 4]);
    for _ in 0..3 {
        sweep.apply(&v, &mut w);
        std::mem::swap(&mut v, &mut w);
    }
    assert_eq!(early.v.as_slice().unwrap(), v);
    let early = soft_policy_iteration(&disc(), 0.3, 1e-9, &mut stop_at(1)).unwrap();
    assert_eq!((early.finish, early.history.len()), (Finish::Stopped, 2));
}
