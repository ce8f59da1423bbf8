//! Reward networks against finite differences, exact tables and the sampling error of demonstrations.

use std::ops::ControlFlow;

use kinglet_distributions::Estimate;
use kinglet_envs::fixtures::{tab, tabdet};
use kinglet_envs::{CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, TabularMdp};
use kinglet_nn::{Activation, Mlp};
use kinglet_objectives::{
    CausalIrl, FeatureReward, IrlModel, MaxEntIrl, RewardTable, fit_reward, irl_likelihood,
    policy_visits, soft_value_iteration_finite, state_marginals,
};
use ndarray::{Array1, Array2, Array3};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;
use crate::Rate;

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn go_on<P>() -> impl FnMut(P) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// A way along a cliff to a goal that pays for as long as one is there.
fn grid(slip: f64) -> TabularMdp {
    let rewards = CellRewards {
        step: -0.5,
        cliff: -3.0,
        goal: 1.0,
    };
    let rules = GridRules {
        moves: Moves::Four,
        slip,
        rewards,
        after_goal: Exit::Absorbing,
        after_cliff: Exit::Free,
        horizon: Horizon::Finite(10),
    };
    Gridworld::from_map("....\n....\nSCCG", rules).unwrap().mdp
}

fn expert(mdp: &TabularMdp) -> Array3<f64> {
    soft_value_iteration_finite(mdp, 1.0).unwrap().policy
}

/// The soft-optimal policy of a reward `[S, A]`.
fn follower(mdp: &TabularMdp, reward: Array2<f64>) -> Array3<f64> {
    expert(
        &mdp.clone()
            .with_rewards(Rewards::StateAction(reward))
            .unwrap(),
    )
}

/// P(sₜ = s, aₜ = a), `[T, S, A]`.
fn visitation(mdp: &TabularMdp, policy: &Array3<f64>) -> Array3<f64> {
    let law = state_marginals(mdp, policy.view()).unwrap();
    Array3::from_shape_fn(policy.dim(), |(t, s, a)| law[[t, s]] * policy[[t, s, a]])
}

/// The share of demonstrations that do a in s at t, `[T, S, A]`.
fn seen(demonstrations: &Demonstrations, shape: (usize, usize, usize)) -> Array3<f64> {
    let paths = demonstrations.paths().unwrap();
    let mut share = Array3::zeros(shape);
    for path in &paths {
        for (t, &(s, a)) in path.iter().enumerate() {
            share[[t, s, a]] += 1.0 / paths.len() as f64;
        }
    }
    share
}

/// The total variation between two laws of (s, a), a mean over the steps.
fn distance(x: &Array3<f64>, y: &Array3<f64>) -> f64 {
    (x - y).mapv(f64::abs).sum() / (2.0 * x.dim().0 as f64)
}

/// Settings for N demonstrations: a standard normal prior for each parameter.
fn settings(n: usize, steps: u64, inner: InnerLoop) -> TabularIrl {
    let reward = RewardConfig {
        hidden: vec![32],
        weight_decay: 1.0 / n as f64,
        learning_rate: Rate::linear(2e-2, 0.0),
        ..RewardConfig::default()
    };
    TabularIrl {
        reward,
        steps,
        inner,
        ..TabularIrl::default()
    }
}

fn random_reward(mdp: &TabularMdp, seed: u64) -> Array2<f64> {
    let mut rng = generator(seed);
    let shape = (mdp.n_states(), mdp.n_actions());
    Array2::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
}

#[test]
fn the_gradient_is_that_of_finite_differences() {
    let mut rng = generator(1);
    let net = Mlp::new(&[3, 5, 2], Activation::Tanh).unwrap();
    let params = net.init(&mut rng).to_vec();
    let mut reward = RewardNetwork::new(net, params);
    let mut uniform = |n| Array2::from_shape_simple_fn((4, n), || rng.random_range(-1.0..1.0));
    let (observations, weights): (Array2<f64>, Array2<f64>) = (uniform(3), uniform(2));
    let mut gradient = vec![0.0; reward.params.len()];
    reward.rewards(observations.view());
    reward.add_gradient(weights.view(), &mut gradient);
    for (i, slope) in gradient.iter().enumerate() {
        let at = |by: f64| {
            let mut moved = reward.clone();
            moved.params[i] += by;
            (&weights * &moved.rewards(observations.view())).sum()
        };
        let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((slope - difference).abs() < 1e-9, "{slope}, {difference}");
    }
}

/// What each parameter of a linear network adds to each r(s, a), `[S A, n_params]`.
fn features(n_states: usize, n_actions: usize) -> Array2<f64> {
    let shape = (n_states * n_actions, (n_states + 1) * n_actions);
    Array2::from_shape_fn(shape, |(i, k)| {
        let of_all = k >= n_states * n_actions && k % n_actions == i % n_actions;
        f64::from(u8::from(k == i || of_all))
    })
}

/// The gradient of a linear network over trajectories of the inner loop's law, one by one, against an exact model's.
fn compare(mdp: &TabularMdp, inner: &mut Inner, model: impl IrlModel) {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let mut rng = generator(2);
    let net = Mlp::new(&[n_states, n_actions], Activation::Tanh).unwrap();
    let params: Vec<f64> = net.init(&mut rng).to_vec();
    let mut model = FeatureReward::new(model, features(n_states, n_actions));
    let mut exact = vec![0.0; params.len()];
    model.normaliser(&params, &mut exact);
    let mut network = RewardNetwork::new(net, params);
    let reward = network.table();
    let law = inner.follow(mdp, reward, &mut rng).unwrap();
    let samples: Vec<Vec<f64>> = (0..4000)
        .map(|_| {
            let mut gradient = vec![0.0; exact.len()];
            let visits = law.sampled_visits(mdp, 1, &mut rng);
            network.add_gradient(visits.view(), &mut gradient);
            gradient
        })
        .collect();
    for (k, exact) in exact.iter().enumerate() {
        let estimate = Estimate::from_samples(samples.iter().map(|sample| sample[k])).unwrap();
        let off = (estimate.mean - exact).abs();
        assert!(
            off < 1e-12 || off < 4.0 * estimate.standard_error,
            "{k}: {estimate:?}, {exact}"
        );
    }
}

#[test]
fn cs285_16_the_sampled_gradient_of_a_linear_network_has_the_exact_one_for_its_mean() {
    for mdp in [tab(), tabdet(), grid(0.3)] {
        let table = RewardTable::StateAction;
        let causal = CausalIrl::new(&mdp, table).unwrap();
        compare(&mdp, &mut Inner::SoftValues, causal);
        let posterior = MaxEntIrl::new(&mdp, table).unwrap();
        compare(&mdp, &mut Inner::Posterior, posterior);
    }
}

/// The expert's own reward is where the causal gradient vanishes, and the posterior's does not but without luck.
#[test]
fn cs285_17_the_posteriors_gradient_at_the_experts_reward() {
    for (slip, biased) in [(0.0, false), (0.3, true)] {
        let mdp = grid(slip);
        let reward = Array2::from_shape_fn((12, 4), |(s, a)| mdp.reward(s, a));
        let counts = policy_visits(&mdp, expert(&mdp).view()).unwrap();
        let slope = |model: &mut dyn FnMut(&mut [f64]) -> f64| {
            let mut gradient = [0.0; 48];
            model(&mut gradient);
            gradient.iter().fold(0.0f64, |m, g| m.max(g.abs()))
        };
        let (counts, reward) = (counts.as_slice().unwrap(), reward.as_slice().unwrap());
        let mut causal = CausalIrl::new(&mdp, RewardTable::StateAction).unwrap();
        let mut posterior = MaxEntIrl::new(&mdp, RewardTable::StateAction).unwrap();
        assert!(slope(&mut |g| irl_likelihood(&mut causal, counts, reward, g)) < 1e-12);
        let off = slope(&mut |g| irl_likelihood(&mut posterior, counts, reward, g));
        assert!(if biased { off > 0.1 } else { off < 1e-12 }, "{off}");
    }
}

#[test]
fn demonstrations_are_drawn_from_the_policy() {
    let mdp = grid(0.3);
    let policy = expert(&mdp);
    let drawn = Demonstrations::draw(&mdp, policy.view(), 4000, &mut generator(3)).unwrap();
    let exact = visitation(&mdp, &policy);
    for ((at, share), p) in seen(&drawn, exact.dim()).indexed_iter().zip(&exact) {
        let error = (p * (1.0 - p) / 4000.0).sqrt();
        assert!((share - p).abs() <= 4.5 * error, "{at:?}: {share}, {p}");
    }
}

/// The recovered policy's visitation is nearer to the expert's than demonstrations are, of which the deviation over
/// independent sets says how far they lie; the policy before learning is not.
#[test]
fn cs285_16_the_experts_visitation_is_recovered_to_less_than_the_demonstrations_sampling_error() {
    for slip in [0.0, 0.3] {
        let mdp = grid(slip);
        let policy = expert(&mdp);
        let truth = visitation(&mdp, &policy);
        let draw =
            |seed| Demonstrations::draw(&mdp, policy.view(), 100, &mut generator(seed)).unwrap();
        let far = |demonstrations: &_| distance(&seen(demonstrations, truth.dim()), &truth);
        let sets = (100..120).map(|seed| far(&draw(seed)));
        let sampling = Estimate::from_samples(sets).unwrap();
        let deviation = sampling.standard_error * 20f64.sqrt();
        let bound = sampling.mean - 2.0 * deviation;
        let of_zero = follower(&mdp, Array2::zeros((12, 4)));
        assert!(distance(&visitation(&mdp, &of_zero), &truth) > sampling.mean);
        for seed in 0..3 {
            let settings = settings(100, 300, InnerLoop::SoftValues);
            let learnt = irl(
                &mdp,
                &draw(seed),
                &settings,
                &mut generator(seed),
                &mut go_on(),
            );
            let off = distance(&visitation(&mdp, &learnt.unwrap().policy), &truth);
            assert!(off < bound, "slip {slip}: {off}, {sampling:?}");
        }
    }
}

/// With many demonstrations the causal form comes near to the expert and the trajectory form does not; without luck the
/// two are one.
#[test]
fn cs285_17_the_trajectory_form_stays_biased_however_many_demonstrations_there_are() {
    let off = |slip: f64, n: usize, inner| {
        let mdp = grid(slip);
        let policy = expert(&mdp);
        let drawn = Demonstrations::draw(&mdp, policy.view(), n, &mut generator(4)).unwrap();
        let settings = settings(n, 400, inner);
        let mut learnt = irl(&mdp, &drawn, &settings, &mut generator(5), &mut go_on()).unwrap();
        let own = follower(&mdp, learnt.reward.table());
        distance(&visitation(&mdp, &own), &visitation(&mdp, &policy))
    };
    let (causal, trajectory) = (
        off(0.0, 100, InnerLoop::SoftValues),
        off(0.0, 100, InnerLoop::Posterior),
    );
    assert!((causal - trajectory).abs() < 1e-6, "{causal}, {trajectory}");
    let (few, many) = (300, 10_000);
    let causal = [few, many].map(|n| off(0.3, n, InnerLoop::SoftValues));
    let trajectory = [few, many].map(|n| off(0.3, n, InnerLoop::Posterior));
    assert!(causal[1] < 0.5 * causal[0], "{causal:?}");
    assert!(trajectory[1] > 0.8 * trajectory[0], "{trajectory:?}");
    assert!(
        trajectory[1] > 3.0 * causal[1],
        "{trajectory:?}, {causal:?}"
    );
}

/// What is left of that with endless demonstrations and a table of rewards, exactly.
#[test]
fn cs285_17_endless_demonstrations_leave_the_bias() {
    let mdp = grid(0.3);
    let policy = expert(&mdp);
    let truth = visitation(&mdp, &policy);
    let counts = policy_visits(&mdp, policy.view()).unwrap();
    let off = |reward: Array1<f64>| {
        let reward = reward.into_shape_with_order((12, 4)).unwrap();
        distance(&visitation(&mdp, &follower(&mdp, reward)), &truth)
    };
    let counts = counts.as_slice().unwrap();
    let table = RewardTable::StateAction;
    let mut causal = CausalIrl::new(&mdp, table).unwrap();
    let fit = fit_reward(&mut causal, counts, 1e-4, 20_000, &mut go_on()).unwrap();
    assert!(off(fit.reward) < 1e-3);
    let mut posterior = MaxEntIrl::new(&mdp, table).unwrap();
    let fit = fit_reward(&mut posterior, counts, 1e-4, 20_000, &mut go_on()).unwrap();
    assert!(fit.residual < 1e-4 && off(fit.reward) > 0.1);
}

#[test]
fn the_problems_own_rewards_are_not_looked_at() {
    let mdp = grid(0.3);
    let drawn = Demonstrations::draw(&mdp, expert(&mdp).view(), 20, &mut generator(6)).unwrap();
    let other = mdp
        .clone()
        .with_rewards(Rewards::StateAction(random_reward(&mdp, 7)));
    for inner in [
        InnerLoop::SoftValues,
        InnerLoop::Posterior,
        InnerLoop::SoftQ(FiniteSoftQ::default()),
    ] {
        let settings = settings(20, 20, inner);
        let learn = |mdp| irl(mdp, &drawn, &settings, &mut generator(8), &mut go_on()).unwrap();
        let (one, two) = (learn(&mdp), learn(other.as_ref().unwrap()));
        assert_eq!(one.reward.params, two.reward.params);
        assert_eq!(one.policy, two.policy);
    }
}

/// One state, two actions, one step, and demonstrations that only ever do the first: the log-odds x of the best reward
/// solve 1 − σ(x) = λ x / 4, for x is four parameters of the same size.
#[test]
fn weight_decay_bounds_the_reward_of_what_is_never_done() {
    let mdp = TabularMdp::from_dense(
        ndarray::array![[[1.0], [1.0]]].view(),
        ndarray::array![[0.0, 0.0]].view(),
        ndarray::array![1.0].view(),
        Horizon::Finite(1),
    );
    let always = ndarray::array![[[1.0, 0.0]]];
    let mdp = mdp.unwrap();
    let drawn = Demonstrations::draw(&mdp, always.view(), 5, &mut generator(9)).unwrap();
    for decay in [0.05, 0.5] {
        let reward = RewardConfig {
            hidden: Vec::new(),
            weight_decay: decay,
            learning_rate: Rate::linear(0.05, 0.0),
            ..RewardConfig::default()
        };
        let settings = TabularIrl {
            reward,
            steps: 1000,
            ..TabularIrl::default()
        };
        let mut learnt = irl(&mdp, &drawn, &settings, &mut generator(10), &mut go_on()).unwrap();
        let table = learnt.reward.table();
        let odds = table[[0, 0]] - table[[0, 1]];
        let (mut low, mut high) = (0.0, 100.0);
        for _ in 0..60 {
            let x = 0.5 * (low + high);
            let rises = 1.0 / (1.0 + f64::exp(x)) > decay * x / 4.0;
            (low, high) = if rises { (x, high) } else { (low, x) };
        }
        assert!(
            (odds - low).abs() < 0.05 * low,
            "λ = {decay}: {odds}, {low}"
        );
    }
}

/// Soft Q-learning goes on from where it stood, to the soft-optimal policy of a reward and then of another.
#[test]
fn soft_q_learning_follows_the_reward() {
    let mdp = tab();
    let settings = FiniteSoftQ {
        hidden: vec![32],
        ..FiniteSoftQ::default()
    };
    let mut rng = generator(11);
    let mut inner = Inner::new(&InnerLoop::SoftQ(settings), &mdp, 3, &mut rng).unwrap();
    for seed in [12, 13] {
        let reward = random_reward(&mdp, seed);
        let best = visitation(&mdp, &follower(&mdp, reward.clone()));
        let mut off = || {
            let law = inner.follow(&mdp, reward.clone(), &mut rng).unwrap();
            distance(&visitation(&mdp, &law.policy), &best)
        };
        let (first, last) = (off(), (0..100).map(|_| off()).last().unwrap());
        assert!(first > 0.05 && last < 0.02, "{first}, {last}");
    }
}

#[test]
fn a_reward_is_recovered_from_samples_of_the_dynamics() {
    let mdp = grid(0.0);
    let policy = expert(&mdp);
    let truth = visitation(&mdp, &policy);
    let drawn = Demonstrations::draw(&mdp, policy.view(), 100, &mut generator(14)).unwrap();
    let inner = FiniteSoftQ {
        hidden: vec![32],
        batch: 64,
        ..FiniteSoftQ::default()
    };
    let settings = settings(100, 800, InnerLoop::SoftQ(inner));
    let mut learnt = irl(&mdp, &drawn, &settings, &mut generator(15), &mut go_on()).unwrap();
    let sampling = distance(&seen(&drawn, truth.dim()), &truth);
    for policy in [follower(&mdp, learnt.reward.table()), learnt.policy] {
        let off = distance(&visitation(&mdp, &policy), &truth);
        assert!(off < 0.8 * sampling, "{off}, {sampling}");
    }
}

#[test]
fn learning_reports_and_can_be_stopped() {
    let mdp = tab();
    let drawn = Demonstrations::draw(&mdp, expert(&mdp).view(), 50, &mut generator(16)).unwrap();
    let mut steps = Vec::new();
    let mut five = |step: RewardStep| {
        steps.push(step);
        match step.done {
            0..5 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    };
    let settings = settings(50, 100, InnerLoop::SoftValues);
    let learnt = irl(&mdp, &drawn, &settings, &mut generator(17), &mut five).unwrap();
    assert_eq!((learnt.steps, steps.len(), steps[4].done), (5, 5, 5));
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let (mdp, mut rng) = (tab(), generator(18));
    let good = Demonstrations::draw(&mdp, expert(&mdp).view(), 3, &mut rng).unwrap();
    let learn = |mdp: &_, demonstrations: &_, settings: &_| {
        irl(
            mdp,
            demonstrations,
            settings,
            &mut generator(0),
            &mut go_on(),
        )
        .unwrap_err()
    };
    let usual = TabularIrl::default();
    let changed = |change: &dyn Fn(&mut Demonstration)| {
        let mut bad = good.clone();
        change(&mut bad.episodes[1]);
        learn(&mdp, &bad, &usual)
    };
    let at = |error: Error| match error {
        Error::Demonstration {
            episode: 1, step, ..
        } => step,
        other => panic!("{other}"),
    };
    assert_eq!(at(changed(&|episode| episode.actions[2] = 2)), 2);
    assert_eq!(
        at(changed(&|episode| episode.observations[[1, 0]] = f64::NAN)),
        1
    );
    assert_eq!(
        at(changed(&|episode| episode.observations[[1, 0]] = 0.5)),
        1
    );
    assert_eq!(at(changed(&|episode| episode.actions.truncate(2))), 0);
    let empty = Demonstrations {
        episodes: Vec::new(),
    };
    assert_eq!(learn(&mdp, &empty, &usual), Error::NoDemonstrations);
    let longer = mdp.clone().with_horizon(Horizon::Finite(4)).unwrap();
    assert!(matches!(
        learn(&longer, &good, &usual),
        Error::Objectives(_)
    ));
    let endless = mdp.clone().with_horizon(Horizon::Discounted(0.9)).unwrap();
    assert!(matches!(
        learn(&endless, &good, &usual),
        Error::Objectives(_)
    ));
    let none = TabularIrl {
        trajectories: 0,
        ..TabularIrl::default()
    };
    assert!(matches!(learn(&mdp, &good, &none), Error::Setting { .. }));
}
