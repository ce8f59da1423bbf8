//! How near to the expert a learnt reward leads.

use kinglet_objectives::fit_reward;
use ndarray::Array1;

use super::*;
use crate::irl::cliff::{distance, follower};

/// The recovered policy's visitation is nearer to the expert's than demonstrations are, of which the deviation over
/// independent sets says how far they lie; the policy before learning is not.
#[test]
fn cs285_16_the_experts_visitation_is_recovered_to_less_than_the_demonstrations_sampling_error() {
    for slip in [0.0, 0.3] {
        let mdp = cliff(slip).unwrap();
        let policy = expert(&mdp).unwrap();
        let truth = visitation(&mdp, &policy).unwrap();
        let draw =
            |seed| Demonstrations::draw(&mdp, policy.view(), 100, &mut generator(seed)).unwrap();
        let far =
            |demonstrations: &_| distance(&seen(demonstrations, truth.dim()).unwrap(), &truth);
        let sets = (100..120).map(|seed| far(&draw(seed)));
        let sampling = Estimate::from_samples(sets).unwrap();
        let deviation = sampling.standard_error * 20f64.sqrt();
        let bound = sampling.mean - 2.0 * deviation;
        let of_zero = follower(&mdp, Array2::zeros((12, 4))).unwrap();
        assert!(distance(&visitation(&mdp, &of_zero).unwrap(), &truth) > sampling.mean);
        for seed in 0..3 {
            let settings = settings(100, 300, InnerLoop::SoftValues);
            let learnt = irl(
                &mdp,
                &draw(seed),
                &settings,
                &mut generator(seed),
                &mut go_on(),
            );
            let off = distance(&visitation(&mdp, &learnt.unwrap().policy).unwrap(), &truth);
            assert!(off < bound, "slip {slip}: {off}, {sampling:?}");
        }
    }
}

/// With many demonstrations the causal form comes near to the expert and the trajectory form does not; without luck the
/// two are one.
#[test]
fn cs285_17_the_trajectory_form_stays_biased_however_many_demonstrations_there_are() {
    let off = |slip: f64, n: usize, inner| {
        let mdp = cliff(slip).unwrap();
        let policy = expert(&mdp).unwrap();
        let drawn = Demonstrations::draw(&mdp, policy.view(), n, &mut generator(4)).unwrap();
        let settings = settings(n, 400, inner);
        let mut learnt = irl(&mdp, &drawn, &settings, &mut generator(5), &mut go_on()).unwrap();
        let own = follower(&mdp, learnt.reward.table()).unwrap();
        distance(
            &visitation(&mdp, &own).unwrap(),
            &visitation(&mdp, &policy).unwrap(),
        )
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
    let mdp = cliff(0.3).unwrap();
    let policy = expert(&mdp).unwrap();
    let truth = visitation(&mdp, &policy).unwrap();
    let counts = policy_visits(&mdp, policy.view()).unwrap();
    let off = |reward: Array1<f64>| {
        let reward = reward.into_shape_with_order((12, 4)).unwrap();
        distance(
            &visitation(&mdp, &follower(&mdp, reward).unwrap()).unwrap(),
            &truth,
        )
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
        let best = visitation(&mdp, &follower(&mdp, reward.clone()).unwrap()).unwrap();
        let mut off = || {
            let law = inner.follow(&mdp, reward.clone(), &mut rng).unwrap();
            distance(&visitation(&mdp, &law.policy).unwrap(), &best)
        };
        let (first, last) = (off(), (0..100).map(|_| off()).last().unwrap());
        assert!(first > 0.05 && last < 0.02, "{first}, {last}");
    }
}

#[test]
fn a_reward_is_recovered_from_samples_of_the_dynamics() {
    let mdp = cliff(0.0).unwrap();
    let policy = expert(&mdp).unwrap();
    let truth = visitation(&mdp, &policy).unwrap();
    let drawn = Demonstrations::draw(&mdp, policy.view(), 100, &mut generator(14)).unwrap();
    let inner = FiniteSoftQ {
        hidden: vec![32],
        batch: 64,
        ..FiniteSoftQ::default()
    };
    let settings = settings(100, 800, InnerLoop::SoftQ(inner));
    let mut learnt = irl(&mdp, &drawn, &settings, &mut generator(15), &mut go_on()).unwrap();
    let sampling = distance(&seen(&drawn, truth.dim()).unwrap(), &truth);
    for policy in [
        follower(&mdp, learnt.reward.table()).unwrap(),
        learnt.policy,
    ] {
        let off = distance(&visitation(&mdp, &policy).unwrap(), &truth);
        assert!(off < 0.8 * sampling, "{off}, {sampling}");
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
