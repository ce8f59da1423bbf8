//! What a user gets wrong is an error, never a panic.

use crate::problems::{generator, go_on};
use kinglet_envs::Horizon;
use kinglet_envs::fixtures::{disc, tab};
use kinglet_objectives::{
    DENSE_LIMIT, Error, QLearning, Sweep, bernoulli_likelihood, boltzmann, elbo, elbo_enumerated,
    elbo_monte_carlo, evaluate_soft_policy, exact_inference, likelihood_weighting,
    log_evidence_enumerated, max_entropy_objective, posterior_kl, soft_max, soft_policy,
    soft_policy_iteration, soft_q_learning, soft_value_iteration, soft_value_iteration_finite,
    soft_values, state_marginals, temperature_cost, trajectory_posterior, worst_reward,
};
use ndarray::{Array2, Array3, array};

#[test]
fn temperatures_below_zero_or_undefined() {
    let uniform = Array3::from_elem((3, 3, 2), 0.5);
    for value in [-1.0, -1e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let q = array![[1.0, 2.0]];
        let refused = [
            soft_max(q.row(0), value).err(),
            boltzmann(q.row(0), value).err(),
            soft_values(q.view(), value).err(),
            soft_policy(q.view(), value).err(),
            exact_inference(&tab(), value).err(),
            elbo(&tab(), uniform.view(), value).err(),
            elbo_monte_carlo(&tab(), uniform.view(), value, 10, &mut generator(1)).err(),
            max_entropy_objective(&tab(), uniform.view(), value).err(),
            soft_value_iteration_finite(&tab(), value).err(),
            soft_value_iteration(&disc(), value, 1e-6, &mut go_on()).err(),
            soft_policy_iteration(&disc(), value, 1e-6, &mut go_on()).err(),
            Sweep::new(&disc(), value).err(),
            temperature_cost(&disc(), value).err(),
        ];
        for error in refused {
            let Some(Error::Temperature { value: named }) = error else {
                panic!("{value}: {error:?}")
            };
            assert_eq!(named.to_bits(), value.to_bits());
        }
    }
}

#[test]
fn temperatures_that_have_to_be_positive() {
    let uniform = Array3::from_elem((3, 3, 2), 0.5);
    let statistic = |_: &[usize], _: &[usize]| 0.0;
    for value in [0.0, -1.0, f64::NAN] {
        let refused = [
            trajectory_posterior(&tab(), value, 1000).err(),
            log_evidence_enumerated(&tab(), value, 1000).err(),
            elbo_enumerated(&tab(), uniform.view(), value).err(),
            posterior_kl(&tab(), uniform.view(), value).err(),
            bernoulli_likelihood(&tab(), value).err(),
            likelihood_weighting(&tab(), value, 10, statistic, &mut generator(1)).err(),
            worst_reward(array![1.0].view(), array![1.0].view(), value).err(),
        ];
        for error in refused {
            assert!(
                matches!(
                    error,
                    Some(Error::NotPositive {
                        name: "temperature",
                        ..
                    })
                ),
                "{error:?}"
            );
        }
    }
}

#[test]
fn horizons_of_the_other_kind() {
    let stationary = Array2::from_elem((4, 3), 1.0 / 3.0);
    let sums = [
        exact_inference(&disc(), 1.0).err(),
        soft_value_iteration_finite(&disc(), 1.0).err(),
        trajectory_posterior(&disc(), 1.0, 10).err(),
        state_marginals(&disc(), Array3::zeros((1, 4, 3)).view()).err(),
    ];
    assert!(
        sums.iter()
            .all(|e| *e == Some(Error::NeedsFiniteHorizon { discount: 0.9 }))
    );
    let ends = disc().with_horizon(Horizon::Finite(5)).unwrap();
    let fixed_points = [
        soft_value_iteration(&ends, 1.0, 1e-6, &mut go_on()).err(),
        soft_policy_iteration(&ends, 1.0, 1e-6, &mut go_on()).err(),
        evaluate_soft_policy(&ends, stationary.view(), 1.0).err(),
        temperature_cost(&ends, 1.0).err(),
    ];
    assert!(
        fixed_points
            .iter()
            .all(|e| *e == Some(Error::NeedsDiscount { steps: 5 }))
    );
}

#[test]
fn policies_that_are_none() {
    for row in [
        [0.5, 0.6],
        [1.5, -0.5],
        [f64::NAN, 1.0],
        [f64::INFINITY, 0.0],
    ] {
        let mut policy = Array3::from_elem((3, 3, 2), 0.5);
        policy
            .slice_mut(ndarray::s![1, 2, ..])
            .assign(&array![row[0], row[1]]);
        let error = elbo(&tab(), policy.view(), 1.0).unwrap_err();
        assert!(error.to_string().contains("step 1, state 2"), "{error}");
        let stationary =
            Array2::from_shape_fn(
                (4, 3),
                |(s, a)| if s == 3 { 0.4 } else { f64::from(a == 0) },
            );
        let error = evaluate_soft_policy(&disc(), stationary.view(), 1.0).unwrap_err();
        assert!(error.to_string().contains("state 3"), "{error}");
    }
}

#[test]
fn counts_and_tolerances() {
    let uniform = Array3::from_elem((3, 3, 2), 0.5);
    let one = elbo_monte_carlo(&tab(), uniform.view(), 1.0, 1, &mut generator(1));
    assert_eq!(
        one,
        Err(kinglet_distributions::Error::TooFewSamples { samples: 1 }.into())
    );
    // Two samples are the fewest that have a standard error.
    let statistic = |_: &[usize], actions: &[usize]| actions[0] as f64;
    let weigh = |n| likelihood_weighting(&tab(), 1.0, n, statistic, &mut generator(1));
    assert!(weigh(1).is_err() && weigh(2).is_ok());
    for tolerance in [0.0, -1.0, f64::NAN] {
        let error = soft_value_iteration(&disc(), 1.0, tolerance, &mut go_on()).unwrap_err();
        assert!(matches!(
            error,
            Error::NotPositive {
                name: "tolerance",
                ..
            }
        ));
    }
    let error = trajectory_posterior(&tab(), 1.0, 215).unwrap_err();
    assert!(error.to_string().contains("216"), "{error}");
    let wide = crate::problems::grid(65, 64, 0.1);
    let policy = Array2::from_elem((65 * 64, 5), 0.2);
    let error = evaluate_soft_policy(&wide, policy.view(), 1.0).unwrap_err();
    assert_eq!(
        error,
        Error::TooManyStates {
            states: 4160,
            limit: DENSE_LIMIT
        }
    );
}

#[test]
fn settings_of_q_learning() {
    let good = QLearning {
        temperature: 1.0,
        steps: 10,
        exploration: 0.5,
        step_size_power: 0.8,
        episode_length: 5,
    };
    let wrong = [
        QLearning {
            temperature: f64::NAN,
            ..good
        },
        QLearning {
            exploration: 1.1,
            ..good
        },
        QLearning {
            exploration: f64::NAN,
            ..good
        },
        QLearning {
            step_size_power: 0.5,
            ..good
        },
        QLearning {
            step_size_power: 1.01,
            ..good
        },
        QLearning {
            episode_length: 0,
            ..good
        },
    ];
    assert!(soft_q_learning(&disc(), &good, &mut go_on(), &mut generator(1)).is_ok());
    for settings in wrong {
        assert!(soft_q_learning(&disc(), &settings, &mut go_on(), &mut generator(1)).is_err());
    }
}
