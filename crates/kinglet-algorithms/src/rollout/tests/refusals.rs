//! What is refused.

use kinglet_envs::{CartPole, Episode};

use super::super::*;
use super::{echo, policy};
use crate::LogStd;

#[test]
fn refuses_a_number_that_is_not_finite() {
    let plain = echo(Head::Normal(LogStd::Fixed(0.0)), 9.0).unwrap();
    let largest = |n: usize| {
        let own = plain.actions[80 * n..80 * (n + 1)]
            .iter()
            .step_by(2)
            .copied();
        own.enumerate().max_by(|x, y| x.1.total_cmp(&y.1)).unwrap()
    };
    let tops = [largest(0), largest(1)];
    let n = usize::from(tops[1].1 > tops[0].1);
    let limit = tops[1 - n].1.max(tops[n].1 - 1e-9);
    let refused = echo(Head::Normal(LogStd::Fixed(0.0)), limit).unwrap_err();
    // The first action of that environment above the limit.
    let step = (0..40)
        .find(|t| plain.actions[80 * n + 2 * t] > limit)
        .unwrap();
    let Error::NotFinite {
        what,
        environment,
        step: at,
        value,
    } = refused
    else {
        panic!("{refused}");
    };
    assert_eq!(
        (what, environment, at, value.is_nan()),
        ("reward", n, step, true)
    );

    let cartpole = policy(&[4, 2], Head::Categorical);
    let mut rollouts =
        Rollouts::new(1, 1, 1, |rng| Episode::new(CartPole::default(), None, rng)).unwrap();
    let mut batch = Batch::new(1, 2, &cartpole).unwrap();
    let refused = rollouts.collect(&cartpole, &[f64::NAN; 10], &mut batch);
    assert!(matches!(
        refused,
        Err(Error::NotFinite {
            what: "log-probability",
            ..
        })
    ));
}

#[test]
fn refuses_a_policy_for_another_problem() {
    let heads = [
        policy(&[4, 3], Head::Categorical),
        policy(&[3, 2], Head::Categorical),
        policy(&[4, 1], Head::Normal(LogStd::Fixed(0.0))),
    ];
    for policy in heads {
        let mut rollouts =
            Rollouts::new(1, 1, 1, |rng| Episode::new(CartPole::default(), None, rng)).unwrap();
        let mut batch = Batch::new(1, 2, &policy).unwrap();
        let params = vec![0.0; policy.n_params()];
        let refused = rollouts.collect(&policy, &params, &mut batch);
        assert!(matches!(refused, Err(Error::Misfit { .. })));
    }
    let none = |n, shards| {
        let make = |rng: &mut _| Episode::new(CartPole::default(), None, rng);
        Rollouts::<_, f32>::new(n, shards, 1, make).err()
    };
    assert_eq!(
        none(0, 1),
        Some(Error::Empty {
            environments: 0,
            shards: 1
        })
    );
    assert_eq!(
        none(1, 0),
        Some(Error::Empty {
            environments: 1,
            shards: 0
        })
    );
    let empty = Batch::<f32>::new(1, 0, &policy(&[1, 2], Head::Categorical));
    assert_eq!(
        empty,
        Err(Error::EmptyBatch {
            environments: 1,
            steps: 0
        })
    );
}
