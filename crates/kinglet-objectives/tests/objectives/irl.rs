//! Inverse reinforcement learning against enumeration, differences and soft value iteration.

use crate::problems::{assert_close, generator, go_on, grid, random_mdp, random_policy};
use kinglet_envs::fixtures::{lot, tab, tabdet};
use kinglet_envs::{Horizon, Rewards, TabularMdp, Trajectory};
use kinglet_objectives::{
    CausalIrl, Error, FeatureReward, IrlModel, MaxEntIrl, RewardTable, demonstration_visits,
    exact_inference, fit_reward, irl_likelihood, log_evidence_enumerated, policy_log_likelihood,
    policy_visits, soft_value_iteration_finite, trajectory_posterior,
};
use ndarray::{Array1, Array2};
use rand::RngExt;

/// Visits to the far corner and to the first, and the value, of numpy's gradient: see `benches/peer.py`.
const PEER: [f64; 3] = [2.3449290374653238e-7, 6.3274343002495135, 95.96627479149569];
pub(crate) const TABLES: [RewardTable; 2] = [RewardTable::State, RewardTable::StateAction];

fn finite(mdp: TabularMdp, steps: usize) -> TabularMdp {
    mdp.with_horizon(Horizon::Finite(steps)).unwrap()
}

/// Problems small enough to list, certain and not, as slips and entry by entry.
fn small() -> Vec<TabularMdp> {
    let mut rng = generator(80);
    let slip = finite(grid(2, 2, 0.3), 4);
    vec![
        tab(),
        tabdet(),
        lot(10.0).unwrap(),
        random_mdp((4, 3, 2), Horizon::Finite(3), &mut rng),
        random_mdp((3, 2, 3), Horizon::Finite(1), &mut rng),
        slip.to_sparse(),
        slip,
        finite(grid(1, 3, 0.0), 3),
    ]
}

fn length(mdp: &TabularMdp, table: RewardTable) -> usize {
    match table {
        RewardTable::State => mdp.n_states(),
        RewardTable::StateAction => mdp.n_states() * mdp.n_actions(),
    }
}

pub(crate) fn rewards(mdp: &TabularMdp, table: RewardTable, spread: f64, seed: u64) -> Vec<f64> {
    let mut rng = generator(seed);
    let n = length(mdp, table);
    (0..n)
        .map(|_| spread * rng.random_range(-1.0..1.0))
        .collect()
}

fn rewarded(mdp: &TabularMdp, table: RewardTable, reward: &[f64]) -> TabularMdp {
    let shape = (mdp.n_states(), mdp.n_actions());
    let rewards = match table {
        RewardTable::State => Rewards::State(Array1::from(reward.to_vec())),
        RewardTable::StateAction => {
            Rewards::StateAction(Array2::from_shape_vec(shape, reward.to_vec()).unwrap())
        }
    };
    mdp.clone().with_rewards(rewards).unwrap()
}

/// Visits [S, A] as a table.
pub(crate) fn as_table(table: RewardTable, visits: &Array2<f64>) -> Vec<f64> {
    match table {
        RewardTable::State => visits.sum_axis(ndarray::Axis(1)).to_vec(),
        RewardTable::StateAction => visits.iter().copied().collect(),
    }
}

pub(crate) fn run(model: &mut impl IrlModel, reward: &[f64]) -> (f64, Vec<f64>) {
    let mut visits = vec![f64::NAN; reward.len()];
    (model.normaliser(reward, &mut visits), visits)
}

pub(crate) fn assert_all_close(x: &[f64], y: &[f64], tolerance: f64) {
    assert_eq!(x.len(), y.len());
    x.iter()
        .zip(y)
        .for_each(|(x, y)| assert_close(*x, *y, tolerance));
}

fn posterior_visits(mdp: &TabularMdp) -> Array2<f64> {
    let mut visits = Array2::zeros((mdp.n_states(), mdp.n_actions()));
    for (path, p) in trajectory_posterior(mdp, 1.0, 1_000_000).unwrap() {
        for (&s, &a) in path.states.iter().zip(&path.actions) {
            visits[[s, a]] += p;
        }
    }
    visits
}

#[test]
fn cs285_15_log_z_is_that_of_all_trajectories() {
    for (mdp, table) in small()
        .iter()
        .flat_map(|mdp| TABLES.map(|table| (mdp, table)))
    {
        // The last spread is too large for linear messages.
        for (seed, spread) in [(1, 1.0), (2, 5.0), (3, 2000.0)] {
            let reward = rewards(mdp, table, spread, seed);
            let (log_z, visits) = run(&mut MaxEntIrl::new(mdp, table).unwrap(), &reward);
            let rewarded = rewarded(mdp, table, &reward);
            let listed = log_evidence_enumerated(&rewarded, 1.0, 1_000_000).unwrap();
            assert_close(log_z, listed, 1e-14);
            assert_close(
                log_z,
                exact_inference(&rewarded, 1.0).unwrap().log_evidence,
                1e-14,
            );
            assert_all_close(
                &visits,
                &as_table(table, &posterior_visits(&rewarded)),
                1e-11,
            );
        }
    }
}

#[test]
fn cs285_16_visits_are_the_gradient_of_the_normaliser() {
    fn check(model: &mut impl IrlModel, reward: &[f64]) {
        let (_, visits) = run(model, reward);
        for (i, visits) in visits.iter().enumerate() {
            let mut at = |step: f64| {
                let mut moved = reward.to_vec();
                moved[i] += step;
                run(model, &moved).0
            };
            assert_close((at(1e-5) - at(-1e-5)) / 2e-5, *visits, 1e-9);
        }
    }
    for (mdp, table) in small()
        .iter()
        .flat_map(|mdp| TABLES.map(|table| (mdp, table)))
    {
        let reward = rewards(mdp, table, 1.0, 4);
        check(&mut MaxEntIrl::new(mdp, table).unwrap(), &reward);
        check(&mut CausalIrl::new(mdp, table).unwrap(), &reward);
        let n = reward.len();
        let features = Array2::from_shape_fn((n, 2), |(i, k)| ((3 * i + k) % 5) as f64 - 2.0);
        let causal = CausalIrl::new(mdp, table).unwrap();
        check(&mut FeatureReward::new(causal, features), &[0.3, -0.2]);
    }
}

#[test]
fn cs285_17_the_causal_law_is_that_of_the_soft_optimal_policy() {
    let mut problems = small();
    problems.extend([0.0, 0.1, 1.0].map(|slip| finite(grid(5, 9, slip), 12)));
    for (mdp, table) in problems
        .iter()
        .flat_map(|mdp| TABLES.map(|table| (mdp, table)))
    {
        // The last spread is too large for the factored form.
        for (seed, spread) in [(5, 1.0), (6, 20.0), (7, 2000.0)] {
            let reward = rewards(mdp, table, spread, seed);
            let (log_z, visits) = run(&mut CausalIrl::new(mdp, table).unwrap(), &reward);
            let rewarded = rewarded(mdp, table, &reward);
            let best = soft_value_iteration_finite(&rewarded, 1.0).unwrap();
            assert_close(log_z, best.v.row(0).dot(&rewarded.initial()), 1e-13);
            let expected = policy_visits(mdp, best.policy.view()).unwrap();
            assert_all_close(&visits, &as_table(table, &expected), 1e-10);
        }
    }
}

#[test]
fn both_laws_are_one_where_nothing_is_left_to_luck() {
    for (mdp, same) in [(tabdet(), true), (tab(), false), (lot(1.0).unwrap(), false)] {
        for table in TABLES {
            let reward = rewards(&mdp, table, 1.0, 8);
            let (log_z, visits) = run(&mut MaxEntIrl::new(&mdp, table).unwrap(), &reward);
            let (causal_log_z, causal) = run(&mut CausalIrl::new(&mdp, table).unwrap(), &reward);
            let off = visits
                .iter()
                .zip(&causal)
                .fold(0.0, |m: f64, (x, y)| m.max((x - y).abs()));
            assert_eq!(off < 1e-14, same, "{off}");
            assert_eq!((log_z - causal_log_z).abs() < 1e-14, same);
        }
    }
}

/// Rewards by state, spread over actions, take the other road.
#[test]
fn the_fast_forms_and_the_general_ones_agree() {
    let mut rng = generator(81);
    let sparse = random_mdp((60, 3, 5), Horizon::Finite(40), &mut rng);
    for mdp in [
        sparse,
        finite(grid(13, 17, 0.2), 50),
        finite(grid(20, 20, 0.1), 60),
    ] {
        let reward = rewards(&mdp, RewardTable::State, 1.0, 9);
        let n_actions = mdp.n_actions();
        let spread: Vec<f64> = reward.iter().flat_map(|&r| vec![r; n_actions]).collect();
        let fast = run(
            &mut MaxEntIrl::new(&mdp, RewardTable::State).unwrap(),
            &reward,
        );
        let slow = run(
            &mut MaxEntIrl::new(&mdp, RewardTable::StateAction).unwrap(),
            &spread,
        );
        let summed: Vec<f64> = slow
            .1
            .chunks(n_actions)
            .map(|row| row.iter().sum())
            .collect();
        assert_close(fast.0, slow.0, 1e-13);
        assert_all_close(&fast.1, &summed, 1e-11);
        let fast = run(
            &mut CausalIrl::new(&mdp, RewardTable::State).unwrap(),
            &reward,
        );
        let slow = run(
            &mut CausalIrl::new(&mdp, RewardTable::StateAction).unwrap(),
            &spread,
        );
        let summed: Vec<f64> = slow
            .1
            .chunks(n_actions)
            .map(|row| row.iter().sum())
            .collect();
        assert_close(fast.0, slow.0, 1e-13);
        assert_all_close(&fast.1, &summed, 1e-11);
    }
}

/// The same numbers as numpy's, see `benches/peer.py`.
#[test]
fn peer_numbers_of_the_gradient() {
    let start = Array1::from_shape_fn(400, |s| f64::from(u8::from(s == 0)));
    let mut reward = vec![-0.01; 400];
    reward[399] = 1.0;
    for mdp in [grid(20, 20, 0.1), grid(20, 20, 0.1).to_sparse()] {
        let (transitions, rewards) = (mdp.transitions().clone(), mdp.rewards().clone());
        let mdp =
            TabularMdp::new(transitions, rewards, start.clone(), Horizon::Finite(60)).unwrap();
        let mut model = CausalIrl::new(&mdp, RewardTable::State).unwrap();
        let (log_z, visits) = run(&mut model, &reward);
        assert!((visits[399] / PEER[0] - 1.0).abs() < 1e-11);
        assert_close(visits[0], PEER[1], 1e-12);
        assert_close(log_z, PEER[2], 1e-13);
        assert_close(visits.iter().sum(), 60.0, 1e-13);
    }
}

#[test]
fn a_model_keeps_no_trace_of_the_reward_before() {
    for mdp in [finite(grid(6, 11, 0.1), 20), tab()] {
        let (near, far) = (
            rewards(&mdp, RewardTable::State, 1.0, 10),
            rewards(&mdp, RewardTable::State, 1e4, 11),
        );
        let (mut causal, mut exact) = (
            CausalIrl::new(&mdp, RewardTable::State).unwrap(),
            MaxEntIrl::new(&mdp, RewardTable::State).unwrap(),
        );
        let first = (run(&mut causal, &near), run(&mut exact, &near));
        let _ = (run(&mut causal, &far), run(&mut exact, &far));
        assert_eq!((run(&mut causal, &near), run(&mut exact, &near)), first);
    }
}

#[test]
fn cs285_17_the_causal_likelihood_is_the_mean_log_probability_of_actions() {
    // Over all trajectories of some policy, each as often as it occurs.
    let mdp = tab();
    let policy = random_policy((3, 3, 2), &mut generator(12));
    let reward = rewards(&mdp, RewardTable::StateAction, 1.0, 13);
    let rewarded = rewarded(&mdp, RewardTable::StateAction, &reward);
    let best = soft_value_iteration_finite(&rewarded, 1.0).unwrap().policy;
    let path = |t: &Trajectory| -> Vec<(usize, usize)> {
        t.states
            .iter()
            .copied()
            .zip(t.actions.iter().copied())
            .collect()
    };
    let mut mean = 0.0;
    for t in mdp.trajectories(216).unwrap() {
        let path = path(&t);
        let steps = path.iter().enumerate();
        let q: f64 = steps.map(|(t, &(s, a))| policy[[t, s, a]]).product();
        let log_prob = policy_log_likelihood(&mdp, best.view(), &[path]).unwrap();
        mean += t.dynamics_probability * q * log_prob;
    }
    let paths: Vec<_> = mdp
        .trajectories(216)
        .unwrap()
        .take(3)
        .map(|t| path(&t))
        .collect();
    let each = |paths: &[Vec<_>]| policy_log_likelihood(&mdp, best.view(), paths).unwrap();
    let three: f64 = paths.chunks(1).map(each).sum();
    assert_close(each(&paths), three / 3.0, 1e-15);
    let counts = policy_visits(&mdp, policy.view()).unwrap();
    let mut model = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
    let l = irl_likelihood(
        &mut model,
        counts.as_slice().unwrap(),
        &reward,
        &mut [0.0; 6],
    );
    assert_close(l, mean, 1e-14);
}

#[test]
fn cs285_15_the_likelihood_is_that_of_the_demonstrations() {
    let mdp = tab();
    let reward = rewards(&mdp, RewardTable::StateAction, 1.0, 14);
    let posterior =
        trajectory_posterior(&rewarded(&mdp, RewardTable::StateAction, &reward), 1.0, 216).unwrap();
    let chosen = [5, 100, 100, 215];
    let paths = chosen.map(|i| {
        let t = &posterior[i].0;
        t.states
            .iter()
            .copied()
            .zip(t.actions.iter().copied())
            .collect::<Vec<_>>()
    });
    // log p(τ | O) less the dynamics' part.
    let terms = chosen.map(|i| posterior[i].1.ln() - posterior[i].0.dynamics_probability.ln());
    let counts = demonstration_visits(&mdp, &paths).unwrap();
    let mut model = MaxEntIrl::new(&mdp, RewardTable::StateAction).unwrap();
    let mut gradient = [0.0; 6];
    let counts = counts.as_slice().unwrap();
    let l = irl_likelihood(&mut model, counts, &reward, &mut gradient);
    assert_close(l, terms.iter().sum::<f64>() / 4.0, 1e-14);
    let (_, visits) = run(&mut model, &reward);
    for i in 0..6 {
        assert_close(gradient[i], counts[i] - visits[i], 1e-15);
    }
}

#[test]
fn wrong_values_are_refused() {
    let endless = grid(2, 2, 0.1);
    let needs = Error::NeedsFiniteHorizon { discount: 0.95 };
    assert_eq!(
        MaxEntIrl::new(&endless, RewardTable::State).unwrap_err(),
        needs
    );
    assert_eq!(
        CausalIrl::new(&endless, RewardTable::State).unwrap_err(),
        needs
    );
    assert_eq!(
        demonstration_visits(&tab(), &[]),
        Err(Error::NoDemonstration)
    );
    let fault = |mdp: &TabularMdp, path: &[(usize, usize)]| {
        let good = vec![(0, 1), (2, 1), (0, 0)];
        match demonstration_visits(mdp, &[good, path.to_vec()]) {
            Err(Error::Demonstration { number: 1, why }) => why,
            other => panic!("{other:?}"),
        }
    };
    for path in [
        &[(0, 1), (2, 1)][..],
        &[(0, 1), (2, 1), (3, 0)],
        &[(0, 1), (2, 2), (0, 0)],
        &[(1, 0), (0, 0), (1, 0)],
        &[(0, 1), (2, 1), (1, 0)],
    ] {
        fault(&tabdet(), path);
    }
    let mdp = tab();
    let mut model = CausalIrl::new(&mdp, RewardTable::State).unwrap();
    let fit = fit_reward(&mut model, &[1.0, f64::NAN, 1.0], 1e-9, 10, &mut go_on());
    assert!(matches!(fit, Err(Error::NotFinite { .. })));
    let fit = fit_reward(&mut model, &[1.0; 3], 0.0, 10, &mut go_on());
    assert!(matches!(fit, Err(Error::NotPositive { value: 0.0, .. })));
}
