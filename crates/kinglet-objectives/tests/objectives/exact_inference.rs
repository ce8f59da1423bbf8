//! Exact inference against the list of all trajectories.

use crate::problems::{assert_close, generator, random_mdp};
use kinglet_envs::fixtures::{lot, lot_state, tab, tabdet};
use kinglet_envs::{Horizon, TabularMdp, Trajectory};
use kinglet_objectives::{
    exact_inference, likelihood_weighting, log_evidence_enumerated, trajectory_posterior,
};

const BUY: usize = 1;

/// p(event | given, O) by listing all trajectories.
fn conditional(
    posterior: &[(Trajectory, f64)],
    event: impl Fn(&Trajectory) -> bool,
    given: impl Fn(&Trajectory) -> bool,
) -> f64 {
    let mass = |f: &dyn Fn(&Trajectory) -> bool| -> f64 {
        posterior
            .iter()
            .filter(|(tau, _)| f(tau))
            .map(|(_, p)| p)
            .sum()
    };
    mass(&|tau| event(tau) && given(tau)) / mass(&given)
}

/// Problems small enough to list, with stochastic and deterministic dynamics.
fn problems() -> Vec<TabularMdp> {
    let mut rng = generator(1);
    let mut problems = vec![tab(), tabdet(), lot(10.0).unwrap()];
    problems.extend((0..5).map(|_| random_mdp((4, 2, 3), Horizon::Finite(3), &mut rng)));
    problems
}

#[test]
fn cs285_01_backward_messages_are_the_evidence() {
    for mdp in problems() {
        for temperature in [0.05, 0.5, 1.0, 7.0] {
            let exact = exact_inference(&mdp, temperature).unwrap();
            let listed = log_evidence_enumerated(&mdp, temperature, 100_000).unwrap();
            assert_close(exact.log_evidence, listed, 1e-13);
        }
    }
}

#[test]
fn cs285_01_lottery_golden_numbers() {
    let lottery = lot(10.0).unwrap();
    let exact = exact_inference(&lottery, 1.0).unwrap();
    assert!((exact.log_evidence - 6.104672421).abs() < 5e-10);
    assert!((exact.v[[0, lot_state::START]] - 6.104672421).abs() < 5e-10);
    assert!((exact.policy()[[0, lot_state::START, BUY]] - 0.987863).abs() < 5e-7);
}

#[test]
fn cs285_02_lottery_is_certain_only_of_large_prizes() {
    let golden = [
        (0.0, 0.01),
        (2.0, 0.0695),
        (4.6, 0.5012),
        (6.0, 0.8030),
        (10.0, 0.9955),
        (20.0, 1.0),
    ];
    for (jackpot, p_win) in golden {
        let lottery = lot(jackpot).unwrap();
        let exact = exact_inference(&lottery, 1.0).unwrap();
        let luck = exact.dynamics(&lottery, 0, lot_state::START, BUY);
        let win = luck
            .iter()
            .find(|(next, _)| *next == lot_state::WIN)
            .unwrap()
            .1;
        assert!((win - p_win).abs() < 5e-5, "{jackpot}: {win}");
        let posterior = trajectory_posterior(&lottery, 1.0, 100).unwrap();
        let listed = conditional(
            &posterior,
            |tau| tau.states[1] == lot_state::WIN,
            |tau| tau.actions[0] == BUY,
        );
        assert_close(win, listed, 1e-14);
    }
}

#[test]
fn cs285_02_dynamics_are_the_trajectories() {
    for mdp in problems() {
        for temperature in [0.3, 1.0, 4.0] {
            let exact = exact_inference(&mdp, temperature).unwrap();
            let posterior = trajectory_posterior(&mdp, temperature, 100_000).unwrap();
            for (tau, _) in posterior.iter().step_by(7) {
                for t in 0..tau.states.len() - 1 {
                    let (s, a) = (tau.states[t], tau.actions[t]);
                    for (next, p) in exact.dynamics(&mdp, t, s, a) {
                        let here = |o: &Trajectory| o.states[t] == s && o.actions[t] == a;
                        let listed = conditional(&posterior, |o| o.states[t + 1] == next, here);
                        assert_close(p, listed, 1e-12);
                    }
                }
            }
        }
    }
}

#[test]
fn cs285_02_after_the_last_step_the_dynamics_are_the_priors() {
    let exact = exact_inference(&tab(), 1.0).unwrap();
    let prior: Vec<_> = tab().successors(1, 0).collect();
    assert_eq!(exact.dynamics(&tab(), 2, 1, 0), prior);
    assert_ne!(exact.dynamics(&tab(), 1, 1, 0), prior);
}

#[test]
fn cs285_03_policy_is_the_trajectories() {
    for mdp in problems() {
        for temperature in [0.3, 1.0, 4.0] {
            let policy = exact_inference(&mdp, temperature).unwrap().policy();
            let posterior = trajectory_posterior(&mdp, temperature, 100_000).unwrap();
            for ((t, s, a), &p) in policy.indexed_iter() {
                if posterior.iter().any(|(tau, _)| tau.states[t] == s) {
                    let listed = conditional(
                        &posterior,
                        |tau| tau.actions[t] == a,
                        |tau| tau.states[t] == s,
                    );
                    assert_close(p, listed, 1e-12);
                }
            }
        }
    }
}

#[test]
fn posterior_state_marginals_are_the_trajectories() {
    for mdp in problems() {
        let exact = exact_inference(&mdp, 0.7).unwrap();
        let posterior = trajectory_posterior(&mdp, 0.7, 100_000).unwrap();
        let marginals = exact.state_marginals(&mdp);
        for ((t, s), &p) in marginals.indexed_iter() {
            let listed = conditional(&posterior, |tau| tau.states[t] == s, |_| true);
            assert_close(p, listed, 1e-12);
            if t == 0 {
                assert_close(exact.initial(&mdp)[s], listed, 1e-12);
            }
        }
    }
}

#[test]
fn the_limit_of_no_temperature_is_the_luckiest_trajectory() {
    for mdp in problems() {
        let all = mdp.trajectories(100_000).unwrap();
        let luckiest = all
            .map(|tau| tau.total_reward)
            .fold(f64::NEG_INFINITY, f64::max);
        assert_close(
            exact_inference(&mdp, 0.0).unwrap().log_evidence,
            luckiest,
            1e-15,
        );
        assert_close(
            exact_inference(&mdp, 1e-9).unwrap().log_evidence,
            luckiest,
            1e-7,
        );
        assert_close(
            exact_inference(&mdp, 1e-300).unwrap().log_evidence,
            luckiest,
            1e-15,
        );
    }
}

#[test]
fn deck_02_likelihood_weighting_of_the_lottery() {
    let lottery = lot(10.0).unwrap();
    let bought = |_: &[usize], actions: &[usize]| f64::from(actions[0] == BUY);
    let n = 200_000;
    let weighted = likelihood_weighting(&lottery, 1.0, n, bought, &mut generator(2)).unwrap();
    let exact = exact_inference(&lottery, 1.0).unwrap();
    let truth = exact.policy()[[0, lot_state::START, BUY]];
    assert!(weighted.posterior_mean.z(truth).abs() < 4.0, "{weighted:?}");
    assert!(
        weighted.log_evidence.z(exact.log_evidence).abs() < 4.0,
        "{weighted:?}"
    );
    assert!(
        (3e-4..5e-4).contains(&weighted.posterior_mean.standard_error),
        "{weighted:?}"
    );
    // Half a percent: one trajectory in two hundred buys and wins, and outweighs the others.
    let expected = expected_sample_size(&lottery) * n as f64;
    assert!(
        (weighted.effective_sample_size / expected - 1.0).abs() < 0.15,
        "{weighted:?}"
    );
    assert!((expected - 1062.0).abs() < 100.0, "{expected}");
}

#[test]
fn deck_02_likelihood_weighting_at_other_temperatures() {
    let mut rng = generator(8);
    let last = |states: &[usize], _: &[usize]| f64::from(states[2] == 1);
    for temperature in [0.5, 2.5] {
        let weighted = likelihood_weighting(&tab(), temperature, 20_000, last, &mut rng).unwrap();
        let exact = exact_inference(&tab(), temperature).unwrap();
        assert!(
            weighted.log_evidence.z(exact.log_evidence).abs() < 4.0,
            "{weighted:?}"
        );
        let truth = exact.state_marginals(&tab())[[2, 1]];
        assert!(weighted.posterior_mean.z(truth).abs() < 4.0, "{weighted:?}");
    }
}

/// E[w]² / E[w²] under the prior, by listing all trajectories.
fn expected_sample_size(mdp: &TabularMdp) -> f64 {
    let (mut mean, mut square, mut mass) = (0.0, 0.0, 0.0);
    for tau in mdp.trajectories(1000).unwrap() {
        let w = tau.total_reward.exp();
        mean += tau.dynamics_probability * w;
        square += tau.dynamics_probability * w * w;
        mass += tau.dynamics_probability;
    }
    mean * mean / (square * mass)
}

#[test]
fn deck_02_standard_errors_are_those_of_repeated_runs() {
    let first = |_: &[usize], actions: &[usize]| actions[0] as f64;
    let mut rng = generator(3);
    let runs: Vec<_> = (0..400)
        .map(|_| likelihood_weighting(&tab(), 1.0, 500, first, &mut rng).unwrap())
        .collect();
    for part in [
        |w: &kinglet_objectives::Weighted| w.posterior_mean,
        |w: &kinglet_objectives::Weighted| w.log_evidence,
    ] {
        let spread = kinglet_objectives::Estimate::from_samples(runs.iter().map(|w| part(w).mean));
        let deviation = spread.unwrap().standard_error * 20.0;
        let claimed = runs.iter().map(|w| part(w).standard_error).sum::<f64>() / 400.0;
        // The standard deviation of 400 runs is itself known to 3.5 %.
        assert!(
            (claimed / deviation - 1.0).abs() < 0.15,
            "{claimed} {deviation}"
        );
    }
}
