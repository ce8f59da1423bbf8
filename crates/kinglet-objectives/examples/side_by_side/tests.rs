//! What the tables show, held to what is known otherwise.

use crate::comparison::*;
use kinglet_envs::Horizon;
use kinglet_objectives::{
    action_gap, evaluate_soft_policy, misleading_temperature, safe_temperature, soft_policy,
    soft_value_iteration, soft_value_iteration_finite, temperature_cost,
};
use ndarray::{Array1, Array2, s};
use std::ops::ControlFlow;

fn find<'a>(ways: &'a [Way], name: &str) -> &'a Way {
    ways.iter().find(|way| way.name == name).unwrap()
}

/// How far a way's values fall short of the best, in the state where that is most.
fn shortfall(way: &Way, best: &Array1<f64>) -> f64 {
    (best - &way.v).fold(f64::NEG_INFINITY, |m, off| m.max(*off))
}

fn optimal(temperature: f64) -> kinglet_objectives::StationaryValues {
    let mdp = world(Horizon::Discounted(DISCOUNT)).unwrap().mdp;
    soft_value_iteration(&mdp, temperature, 1e-13, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn mpo_16_virel_13_both_reach_the_deterministic_optimum_and_maximum_entropy_does_not() {
    let world = world(Horizon::Discounted(DISCOUNT)).unwrap();
    let (ways, best) = (ways().unwrap(), best(&world.mdp).unwrap());
    for name in ["MPO", "VIREL"] {
        assert!(shortfall(find(&ways, name), &best).abs() < 1e-9, "{name}");
    }
    // Q-learning's greedy policy differs, if at all, where it hardly matters.
    assert!(shortfall(find(&ways, "Q-learning"), &best) < 0.01);
    let soft = find(&ways, "soft-optimal");
    let short = best.dot(&world.mdp.initial()) - soft.value;
    let most = temperature_cost(&world.mdp, TEMPERATURE).unwrap();
    assert!(short > 0.5 && short < most, "{short} of at most {most}");
    assert!(soft.policy.iter().all(|p| *p > 0.0));
}

#[test]
fn cs285_03_exact_inference_walks_along_the_edge_and_falls() {
    let world = world(Horizon::Discounted(DISCOUNT)).unwrap();
    let ways = ways().unwrap();
    // Rows between the first and the last column: 0 is out of reach of a single slip.
    let lowest = |way: &Way| {
        let cells = walk(&world, &way.policy, 30)
            .into_iter()
            .map(|s| world.cell(s));
        let between = cells.filter(|(_, column)| (1..5).contains(column));
        between.map(|(row, _)| row).max()
    };
    let exact = find(&ways, "exact inference");
    assert_eq!(lowest(exact), Some(1));
    for name in ["soft-optimal", "MPO", "VIREL", "Q-learning"] {
        let way = find(&ways, name);
        assert_eq!(lowest(way), Some(0), "{name}");
        assert!(
            exact.falls > 4.0 * way.falls && exact.value < way.value - 7.0,
            "{name}"
        );
    }
}

/// It is the luck, not the missing discount: a soft-optimal walker of as many steps keeps away.
#[test]
fn cs285_07_the_same_horizon_without_luck_is_careful() {
    let off = inferred(STEPS).unwrap() - inferred(STEPS - 20).unwrap();
    assert!(off.iter().all(|off| off.abs() < 1e-9));
    let finite = world(Horizon::Finite(STEPS)).unwrap();
    let soft = soft_value_iteration_finite(&finite.mdp, TEMPERATURE).unwrap();
    let first = soft.policy.slice(s![0, .., ..]);
    let discounted = world(Horizon::Discounted(DISCOUNT)).unwrap().mdp;
    let v = evaluate_soft_policy(&discounted, first, 0.0).unwrap().v;
    let value = v.dot(&discounted.initial());
    assert!(
        (value - find(&ways().unwrap(), "soft-optimal").value).abs() < 0.5,
        "{value}"
    );
}

/// Where a state has nothing to decide it does not count: one action is put far above the others.
#[test]
fn cs285_09_below_the_safe_temperature_the_mode_is_right() {
    let mdp = world(Horizon::Discounted(DISCOUNT)).unwrap().mdp;
    let mut q = optimal(0.0).q;
    for mut row in q
        .outer_iter_mut()
        .filter(|row| row.iter().all(|x| (x - row[0]).abs() < 1e-9))
    {
        row[0] += 100.0;
    }
    let safe = safe_temperature(&mdp, q.view()).unwrap();
    assert!(safe > 1e-6 && safe < TEMPERATURE);
    let mode = |table: &Array2<f64>, s: usize| {
        let row = table.row(s);
        (0..4).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap()
    };
    let policy = optimal(0.99 * safe).policy;
    let deciding = (0..mdp.n_states()).filter(|&s| q[[s, 0]] < 50.0);
    assert!(deciding.clone().count() >= 13);
    for s in deciding {
        assert_eq!(mode(&policy, s), mode(&q, s), "state {s}");
    }
}

#[test]
fn virel_05_the_crowd_wins_above_its_temperature_and_never_over_mpo_or_virel() {
    let c = misleading_temperature([1.0, 0.9], [1, 4]).unwrap();
    assert!((c - 0.1 / 4_f64.ln()).abs() < 1e-15);
    let q = soft_value_iteration(&crowd().unwrap(), 0.0, 1e-13, &mut |_| {
        ControlFlow::Continue(())
    });
    let gap = action_gap(q.unwrap().q.view())[0];
    assert!((c - gap / (DISCOUNT * 4_f64.ln())).abs() < 1e-12);
    assert!((soft_choice(c).unwrap() - 0.5).abs() < 1e-10);
    assert!(soft_choice(0.9999 * c).unwrap() > 0.5 && soft_choice(1.0001 * c).unwrap() < 0.5);
    let [mpo, free, virel] = other_choices().unwrap();
    assert!((mpo - 1.0).abs() < 1e-9 && virel == 1.0);
    // Free, MPO takes a greedy round while the few still look worse, and never looks there again.
    assert_eq!(free, 0.0);
}

#[test]
fn the_readme_has_the_tables() {
    let mdp = world(Horizon::Discounted(DISCOUNT)).unwrap().mdp;
    let best = best(&mdp).unwrap().dot(&mdp.initial());
    let readme = include_str!("../../README.md");
    for table in [table(&ways().unwrap(), best), crowd_table().unwrap()] {
        assert!(
            readme.contains(&table),
            "README.md wants this table:\n{table}"
        );
    }
}

/// The greedy policy of V* is deterministic wherever something is to be decided.
#[test]
fn the_optimum_is_deterministic() {
    let best = optimal(0.0);
    let greedy = soft_policy(best.q.view(), 0.0).unwrap();
    let world = world(Horizon::Discounted(DISCOUNT)).unwrap();
    for (state, row) in greedy.outer_iter().enumerate() {
        let (row_of, _) = world.cell(state);
        if row_of < 2 {
            assert!(row.iter().any(|p| *p == 1.0), "state {state}: {row}");
        }
    }
}
