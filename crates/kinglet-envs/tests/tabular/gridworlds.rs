//! Gridworlds against their definition, cell by cell.

use kinglet_envs::{
    Cell, CellRewards, Error, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, TabularMdp,
    Transitions,
};
use ndarray::{Array1, Array2, Array3};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::random;

/// The transition table `[S, A, S']` of a map, straight from the rules: who leaves by a move
/// arrives where it points, unless there is a wall or no cell.
fn by_definition(world: &Gridworld) -> Array3<f64> {
    let moves = world.rules.moves.list();
    let states: Vec<(usize, usize)> = (world.cells.indexed_iter())
        .filter(|&(_, &cell)| cell != Cell::Wall)
        .map(|(place, _)| place)
        .collect();
    let number = |place| states.iter().position(|&other| other == place).unwrap();
    let start = states
        .iter()
        .position(|&place| world.cells[place] == Cell::Start)
        .unwrap();
    let arrive = |(row, column): (usize, usize), action: usize| {
        let exit = match world.cells[(row, column)] {
            Cell::Goal => world.rules.after_goal,
            Cell::Cliff => world.rules.after_cliff,
            _ => Exit::Free,
        };
        let (down, right) = moves[action].offset();
        let place = (
            row.wrapping_add_signed(down),
            column.wrapping_add_signed(right),
        );
        let is_cell = world
            .cells
            .get(place)
            .is_some_and(|&cell| cell != Cell::Wall);
        match exit {
            Exit::ToStart => start,
            Exit::Free if is_cell => number(place),
            Exit::Free | Exit::Absorbing => number((row, column)),
        }
    };
    let mut transition = Array3::zeros((states.len(), moves.len(), states.len()));
    for (state, &place) in states.iter().enumerate() {
        for action in 0..moves.len() {
            transition[[state, action, arrive(place, action)]] += 1.0 - world.rules.slip;
            for carried_out in 0..moves.len() {
                let slipped = world.rules.slip / moves.len() as f64;
                transition[[state, action, arrive(place, carried_out)]] += slipped;
            }
        }
    }
    transition
}

/// The transition table `[S, A, S']` of a problem as it gives it.
fn dense(mdp: &TabularMdp) -> Array3<f64> {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut transition = Array3::zeros((n_states, n_actions, n_states));
    for (state, action) in (0..n_states).flat_map(|s| (0..n_actions).map(move |a| (s, a))) {
        for (next, probability) in mdp.successors(state, action) {
            assert!(probability > 0.0);
            assert_eq!(transition[[state, action, next]], 0.0, "named twice");
            transition[[state, action, next]] = probability;
        }
    }
    transition
}

/// The greatest difference of two entries.
fn farthest(left: &Array3<f64>, right: &Array3<f64>) -> f64 {
    let differences = left.iter().zip(right).map(|(x, y)| (x - y).abs());
    differences.fold(0.0, f64::max)
}

#[test]
fn random_maps_are_their_definition_slipping_or_sparse() {
    for seed in 0..300 {
        let world = random::gridworld(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        assert!(matches!(world.mdp.transitions(), Transitions::Slip(_)));
        let expected = by_definition(&world);
        let slipping = dense(&world.mdp);
        assert!(
            farthest(&expected, &slipping) < 1e-15,
            "seed {seed}:\n{world}\n{:?}",
            world.rules
        );
        assert_eq!(slipping, dense(&world.mdp.to_sparse()), "seed {seed}");
    }
}

#[test]
fn a_map_reads_as_it_prints_and_numbers_its_states_row_by_row() {
    for seed in 0..100 {
        let world = random::gridworld(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        assert_eq!(
            Gridworld::from_map(&world.to_string(), world.rules).unwrap(),
            world
        );
        let mut states = 0..world.mdp.n_states();
        for ((row, column), &cell) in world.cells.indexed_iter() {
            let state = world.state(row, column);
            assert_eq!(
                state,
                if cell == Cell::Wall {
                    None
                } else {
                    states.next()
                }
            );
            assert!(state.is_none_or(|state| world.cell(state) == (row, column)));
        }
        assert_eq!(states.len(), 0);
        assert_eq!(world.state(world.cells.nrows(), 0), None);
        assert_eq!(world.state(0, world.cells.ncols()), None);
    }
}

#[test]
fn numbers_of_states_are_laid_out_on_the_map() {
    let rules = GridRules::cliff_walking(Horizon::Finite(1));
    let world = Gridworld::from_map(
        "S#G\nS.C",
        GridRules {
            after_cliff: Exit::Free,
            ..rules
        },
    )
    .unwrap();
    let laid_out = world.lay_out(Array1::range(0.0, 5.0, 1.0).view());
    let expected = [[0.0, f64::NAN, 1.0], [2.0, 3.0, 4.0]];
    assert_eq!(
        format!("{laid_out}"),
        format!("{}", ndarray::arr2(&expected))
    );
    assert_eq!(world.mdp.initial().to_vec(), [0.5, 0.0, 0.5, 0.0, 0.0]);
    let Rewards::State(reward) = world.mdp.rewards() else {
        panic!("of the state")
    };
    assert_eq!(reward.to_vec(), [-1.0, 0.0, -1.0, -1.0, -99.0]);
}

/// Soft values of a discounted problem by sweeps from zero, until none changes by 1e-8.
///
///     V(s) = α log ∑ₐ exp((r(s) + γ ∑_{s'} p(s' | s, a) V(s')) / α)
fn soft_values(mdp: &TabularMdp, temperature: f64) -> (Vec<f64>, usize) {
    let mut values = vec![0.0; mdp.n_states()];
    for sweep in 1.. {
        let expected = |s, a| {
            mdp.successors(s, a)
                .map(|(next, p)| p * values[next])
                .sum::<f64>()
        };
        let q = |s, a| mdp.reward(s, a) + mdp.discount() * expected(s, a);
        let soft_max = |s| {
            let q: Vec<f64> = (0..mdp.n_actions()).map(|a| q(s, a)).collect();
            let max = q.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            max + temperature
                * q.iter()
                    .map(|q| ((q - max) / temperature).exp())
                    .sum::<f64>()
                    .ln()
        };
        let swept: Vec<f64> = (0..mdp.n_states()).map(soft_max).collect();
        let change = swept
            .iter()
            .zip(&values)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, f64::max);
        values = swept;
        if change < 1e-8 {
            return (values, sweep);
        }
    }
    unreachable!()
}

/// The open grid on which speed is compared: 20 × 20, five moves, slip .1, γ = .95, α = .1.
/// Soft value iteration in numpy needs 362 sweeps on it.
#[test]
fn the_open_grid_takes_362_sweeps() {
    let rules = GridRules {
        moves: Moves::Five,
        slip: 0.1,
        rewards: CellRewards {
            step: -0.01,
            cliff: 0.0,
            goal: 1.0,
        },
        after_goal: Exit::Free,
        after_cliff: Exit::Free,
        horizon: Horizon::Discounted(0.95),
    };
    let world = Gridworld::open(20, 20, rules).unwrap();
    assert!(farthest(&by_definition(&world), &dense(&world.mdp)) < 1e-15);
    let (_, sweeps) = soft_values(&world.mdp, 0.1);
    let (_, sparse_sweeps) = soft_values(&world.mdp.to_sparse(), 0.1);
    assert_eq!((sweeps, sparse_sweeps), (362, 362));
}

/// The shortest way is 13 steps; without slip the hard optimum walks along the cliff.
#[test]
fn the_cliff_walk_costs_13() {
    let rules = GridRules::cliff_walking(Horizon::Finite(30));
    let world = Gridworld::from_map(GridRules::CLIFF_WALKING, rules).unwrap();
    let mdp = &world.mdp;
    let mut values = Array1::<f64>::zeros(mdp.n_states());
    for _ in 0..30 {
        let q = |s, a| {
            mdp.reward(s, a)
                + mdp
                    .successors(s, a)
                    .map(|(next, p)| p * values[next])
                    .sum::<f64>()
        };
        let best = |s| (0..4).map(|a| q(s, a)).fold(f64::NEG_INFINITY, f64::max);
        values = Array1::from_shape_fn(mdp.n_states(), best);
    }
    let laid_out = world.lay_out(values.view());
    assert_eq!(laid_out[[3, 0]], -13.0);
    assert_eq!(laid_out[[3, 11]], 0.0);
    // From the cliff: 99 for the fall, 13 from the start.
    assert_eq!(laid_out[[3, 5]], -112.0);
}

#[test]
fn maps_and_rules_that_make_no_problem() {
    let rules = GridRules::cliff_walking(Horizon::Finite(5));
    let made = |map, rules| Gridworld::from_map(map, rules).unwrap_err();
    assert_eq!(made("..G", rules), Error::NoStart);
    assert_eq!(made("S..", rules), Error::NoGoal);
    assert_eq!(made("SCG\nS..", rules), Error::AmbiguousStart { starts: 2 });
    assert!(Gridworld::from_map("S.G\nS..", rules).is_ok()); // nothing leads back
    assert_eq!(
        made("SG", GridRules { slip: 2.0, ..rules }),
        Error::Slip { value: 2.0 }
    );
    let rewards = CellRewards {
        goal: f64::INFINITY,
        ..rules.rewards
    };
    let expected = Error::Reward {
        state: 1,
        action: None,
        value: f64::INFINITY,
    };
    assert_eq!(made("SG", GridRules { rewards, ..rules }), expected);
    let horizon = Horizon::Discounted(1.0);
    assert_eq!(
        made("SG", GridRules { horizon, ..rules }),
        Error::Discount { value: 1.0 }
    );
    assert_eq!(
        Gridworld::new(Array2::from_elem((0, 3), Cell::Free), rules),
        Err(Error::EmptyMap)
    );
}

#[test]
fn open_grids_of_any_size() {
    let rules = GridRules::cliff_walking(Horizon::Discounted(0.5));
    let open = |n_rows, n_cols| Gridworld::open(n_rows, n_cols, rules);
    assert_eq!(open(0, 4), Err(Error::EmptyMap));
    assert_eq!(open(1, 1), Err(Error::NoStart)); // start and goal are one cell
    assert_eq!(open(1, 2).unwrap().to_string(), "SG");
    for (n_rows, n_cols) in [(usize::MAX, 2), (70_000, 70_000)] {
        assert!(matches!(
            open(n_rows, n_cols),
            Err(Error::TooManyStates { n_actions: 4, .. })
        ));
    }

    let million = open(1000, 1000).unwrap();
    assert_eq!(million.mdp.n_states(), 1_000_000);
    let middle = million.state(500, 500).unwrap();
    let arrives = |action| million.mdp.successors(middle, action).next().unwrap();
    let expected = [(499, 500), (500, 501), (501, 500), (500, 499)];
    for (action, cell) in expected.into_iter().enumerate() {
        let (next, probability) = arrives(action);
        assert_eq!((million.cell(next), probability), (cell, 1.0));
    }
}
