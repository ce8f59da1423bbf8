//! Optimality as a probability and as a factor.

use crate::problems::assert_close;
use kinglet_envs::fixtures::tab;
use kinglet_envs::{Horizon, Rewards, Sparse, TabularMdp, Transitions};
use kinglet_objectives::{
    Error, bernoulli_likelihood, exact_inference, log_factor, trajectory_posterior,
};
use ndarray::{Array2, array};

fn shifted(mdp: &TabularMdp, by: f64) -> TabularMdp {
    let shape = (mdp.n_states(), mdp.n_actions());
    let rewards = Array2::from_shape_fn(shape, |(s, a)| mdp.reward(s, a) + by);
    mdp.clone()
        .with_rewards(Rewards::StateAction(rewards))
        .unwrap()
}

#[test]
fn deck_17_a_reward_above_zero_is_named() {
    let likelihood = bernoulli_likelihood(&tab(), 2.0).unwrap();
    assert!(likelihood.iter().all(|p| (0.0..=1.0).contains(p)));
    assert!((likelihood[[1, 0]].ln() * 2.0 - tab().reward(1, 0)).abs() < 1e-15);
    let raised = shifted(&tab(), 0.5);
    let refused = Error::PositiveReward {
        state: 0,
        action: 0,
        reward: raised.reward(0, 0),
    };
    assert_eq!(bernoulli_likelihood(&raised, 1.0), Err(refused));
    let largest = log_factor(&shifted(&tab(), 3.7), 1.0)
        .unwrap()
        .fold(0.0, |m: f64, &x| m.max(x));
    assert!(largest.exp() > 36.0); // no probability, and still a factor
}

#[test]
fn deck_17_bernoulli_evidence_is_the_mean_likelihood() {
    let likelihood = bernoulli_likelihood(&tab(), 1.0).unwrap();
    let mdp = tab();
    let evidence = mdp.trajectories(1000).unwrap().map(|tau| {
        let steps = tau.states.iter().zip(&tau.actions);
        tau.dynamics_probability * steps.map(|(&s, &a)| likelihood[[s, a]]).product::<f64>()
    });
    assert_close(
        exact_inference(&tab(), 1.0).unwrap().log_evidence,
        evidence.sum::<f64>().ln(),
        1e-14,
    );
}

#[test]
fn deck_17_a_constant_changes_nothing_over_a_fixed_horizon() {
    let posterior = trajectory_posterior(&tab(), 1.0, 1000).unwrap();
    let raised = trajectory_posterior(&shifted(&tab(), 3.7), 1.0, 1000).unwrap();
    for ((_, p), (_, q)) in posterior.iter().zip(&raised) {
        assert!((p - q).abs() < 1e-15);
    }
}

#[test]
fn deck_17_a_constant_changes_the_posterior_of_the_length() {
    // From state 0, action 0 ends at once, action 1 takes two steps more; each step earns c − ¼,
    // the end (state 3) nothing.
    let short = |c: f64| {
        let next = [[3, 1], [2, 2], [3, 3], [3, 3]];
        let rows = next.into_iter().flatten().map(|next| [(next, 1.0)]);
        let mdp = TabularMdp::new(
            Transitions::Sparse(Sparse::from_rows(4, 2, rows).unwrap()),
            Rewards::State(array![c - 0.25, c - 0.25, c - 0.25, 0.0]),
            array![1.0, 0.0, 0.0, 0.0],
            Horizon::Finite(3),
        );
        exact_inference(&mdp.unwrap(), 1.0).unwrap().policy()[[0, 0, 0]]
    };
    for (c, golden) in [(0.0, 0.6225), (1.0, 0.1824), (-1.0, 0.9241)] {
        assert!((short(c) - golden).abs() < 5e-5, "{c}: {}", short(c));
    }
}
