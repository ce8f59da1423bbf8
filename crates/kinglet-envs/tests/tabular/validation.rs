//! A problem that is wrong in one place is refused, and the error names that place.

use kinglet_envs::{Error, Horizon, Rewards, Slip, Sparse, TabularMdp, Transitions, fixtures};
use ndarray::{Array1, Array2, Array3, array};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use crate::random::Tables;

/// Damages one random place of many random problems and looks at what comes of it.
fn damaged(
    damage: impl Fn(&mut Tables, (usize, usize, usize)) -> f64,
    names: impl Fn(Error, (usize, usize, usize), f64) -> bool,
) {
    for seed in 0..200 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut tables = Tables::draw(&mut rng);
        assert!(tables.mdp().is_ok(), "seed {seed}");
        let (n_states, n_actions, _) = tables.transition.dim();
        let (s, a) = (
            rng.random_range(0..n_states),
            rng.random_range(0..n_actions),
        );
        let place = (s, a, rng.random_range(0..n_states));
        let given = damage(&mut tables, place);
        let error = tables.mdp().expect_err("damaged");
        assert!(
            names(error.clone(), place, given),
            "seed {seed}, {place:?}: {error}"
        );
    }
}

/// Equal, or both NaN.
fn same(x: f64, y: f64) -> bool {
    x == y || (x.is_nan() && y.is_nan())
}

#[test]
fn a_row_that_does_not_sum_to_one() {
    for excess in [0.5, 1e-3, 2e-9, -2e-9] {
        let damage = |tables: &mut Tables, (s, a, _)| {
            // The greatest entry, so that it stays positive.
            let mut row = tables.transition.slice_mut(ndarray::s![s, a, ..]);
            let greatest = row.iter_mut().max_by(|x, y| x.total_cmp(y)).unwrap();
            *greatest += excess;
            row.sum()
        };
        damaged(damage, |error, (s, a, _), given| {
            matches!(error, Error::RowSum { state, action, sum }
                if (state, action) == (s, a) && (sum - given).abs() < 1e-15)
        });
    }
}

#[test]
fn rounding_in_a_row_is_let_through() {
    let thirds = Array3::from_elem((3, 1, 3), 1.0 / 3.0 + 3e-10);
    assert!(Sparse::from_dense(thirds.view()).is_ok());
    let typed = Array3::from_elem((3, 1, 3), 0.33333333);
    assert!(matches!(
        Sparse::from_dense(typed.view()),
        Err(Error::RowSum {
            state: 0,
            action: 0,
            ..
        })
    ));
}

#[test]
fn a_probability_that_is_none() {
    for value in [-0.25, -1e-300, f64::NAN, f64::INFINITY] {
        let damage = |tables: &mut Tables, place: (usize, usize, usize)| {
            tables.transition[place] = value;
            value
        };
        damaged(damage, |error, place, given| {
            matches!(error, Error::Probability { state, action, next, value }
                if (state, action, next) == place && same(value, given))
        });
    }
}

#[test]
fn a_reward_that_is_not_finite() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let damage = |tables: &mut Tables, (s, a, _)| {
            tables.reward[[s, a]] = value;
            value
        };
        damaged(damage, |error, (s, a, _), given| {
            matches!(error, Error::Reward { state, action: Some(action), value }
                if (state, action) == (s, a) && same(value, given))
        });
    }
}

#[test]
fn an_initial_law_that_is_none() {
    for value in [-0.5, f64::NAN, f64::INFINITY] {
        let damage = |tables: &mut Tables, (s, ..): (usize, usize, usize)| {
            tables.initial[s] = value;
            value
        };
        damaged(damage, |error, (s, ..), given| {
            matches!(error, Error::InitialProbability { state, value }
                    if state == s && same(value, given))
        });
    }
    let damage = |tables: &mut Tables, (s, ..): (usize, usize, usize)| {
        tables.initial[s] += 0.125;
        tables.initial.sum()
    };
    damaged(
        damage,
        |error, _, given| matches!(error, Error::InitialSum { sum } if same(sum, given)),
    );
}

#[test]
fn a_successor_that_is_no_state() {
    let rows = [vec![(0, 1.0)], vec![(0, 0.5), (2, 0.5)]];
    let expected = Error::Successor {
        state: 1,
        action: 0,
        next: 2,
        n_states: 2,
    };
    assert_eq!(Sparse::from_rows(2, 1, rows), Err(expected.clone()));
    assert_eq!(Slip::new(1, vec![0, 2], 0.1), Err(expected));
    assert_eq!(
        Slip::new(2, vec![0, 1, 1, u32::MAX], 0.1),
        Err(Error::Successor {
            state: 1,
            action: 1,
            next: u32::MAX as usize,
            n_states: 2
        })
    );
}

#[test]
fn a_slip_that_is_no_probability() {
    for value in [-0.1, 1.0 + 1e-15, f64::NAN, f64::INFINITY] {
        let slip = Slip::new(1, vec![0], value);
        assert!(matches!(slip, Err(Error::Slip { value: given }) if same(value, given)));
    }
}

#[test]
fn a_horizon_of_no_steps_and_a_discount_out_of_range() {
    let with = |horizon| fixtures::tab().with_horizon(horizon);
    assert_eq!(with(Horizon::Finite(0)), Err(Error::EmptyHorizon));
    for value in [-0.1, 1.0, 1.5, f64::NAN, f64::INFINITY] {
        let outcome = with(Horizon::Discounted(value));
        assert!(matches!(outcome, Err(Error::Discount { value: given }) if same(value, given)));
    }
    for horizon in [
        Horizon::Finite(1),
        Horizon::Discounted(0.0),
        Horizon::Discounted(0.999),
    ] {
        assert_eq!(with(horizon).unwrap().horizon(), horizon);
    }
}

#[test]
fn parts_that_do_not_fit() {
    let shape = |error: Error| match error {
        Error::Shape {
            expected, found, ..
        } => (expected, found),
        other => panic!("{other}"),
    };
    let tab = fixtures::tab;
    let with = |rewards| shape(tab().with_rewards(rewards).unwrap_err());
    assert_eq!(with(Rewards::State(Array1::zeros(2))), (vec![3], vec![2]));
    assert_eq!(
        with(Rewards::StateAction(Array2::zeros((2, 3)))),
        (vec![3, 2], vec![2, 3])
    );

    let rows = |n| shape(Sparse::from_rows(2, 2, vec![[(0, 1.0)]; n]).unwrap_err());
    assert_eq!(rows(3), (vec![4], vec![3]));
    assert_eq!(rows(5), (vec![4], vec![5]));
    let dense = Sparse::from_dense(Array3::zeros((2, 1, 3)).view());
    assert_eq!(shape(dense.unwrap_err()), (vec![2, 1, 2], vec![2, 1, 3]));
    assert_eq!(
        shape(Slip::new(2, vec![0; 5], 0.0).unwrap_err()),
        (vec![4], vec![5])
    );

    let (transitions, rewards) = (tab().transitions().clone(), tab().rewards().clone());
    let mdp = TabularMdp::new(transitions, rewards, array![1.0], Horizon::Finite(1));
    assert_eq!(shape(mdp.unwrap_err()), (vec![3], vec![1]));
}

#[test]
fn too_few_states_and_too_many() {
    let sparse = |n_states, n_actions| Sparse::from_rows(n_states, n_actions, [[(0, 1.0)]; 0]);
    for (n_states, n_actions) in [(0, 1), (1, 0), (0, 0)] {
        assert_eq!(
            sparse(n_states, n_actions),
            Err(Error::Empty {
                n_states,
                n_actions
            })
        );
    }
    assert_eq!(
        Slip::new(0, vec![0], 0.0),
        Err(Error::Empty {
            n_states: 0,
            n_actions: 0
        })
    );
    assert_eq!(
        Slip::new(2, vec![], 0.0),
        Err(Error::Empty {
            n_states: 0,
            n_actions: 2
        })
    );
    let most = u32::MAX as usize;
    for (n_states, n_actions) in [(most + 1, 1), (usize::MAX, 1), (most, usize::MAX)] {
        assert_eq!(
            sparse(n_states, n_actions),
            Err(Error::TooManyStates {
                n_states,
                n_actions
            })
        );
    }
    assert!(matches!(sparse(most, 1), Err(Error::Shape { .. }))); // numbered, but not given
}

/// Order, zeros and repetitions in the list of a row make no difference.
#[test]
fn a_row_has_one_form() {
    let plain = Sparse::from_rows(
        3,
        1,
        [
            [(0, 0.25), (2, 0.75)],
            [(0, 0.5), (1, 0.5)],
            [(1, 0.5), (2, 0.5)],
        ],
    );
    let mixed = [
        vec![(2, 0.5), (0, 0.25), (1, 0.0), (2, 0.25)],
        vec![(1, 0.25), (0, 0.5), (1, 0.25)],
        vec![(2, 0.5), (1, 0.5), (0, -0.0)],
    ];
    let mixed = Sparse::from_rows(3, 1, mixed).unwrap();
    assert_eq!(plain.unwrap(), mixed);
    assert!(
        Transitions::Sparse(mixed)
            .successors(1, 0)
            .eq([(0, 0.5), (1, 0.5)])
    );
}
