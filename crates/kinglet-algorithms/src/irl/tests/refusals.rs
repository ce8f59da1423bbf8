//! What learning does not look at, when it stops, and what it refuses.

use kinglet_envs::Rewards;

use super::*;

#[test]
fn learning_reports_and_can_be_stopped() {
    let mdp = tab();
    let drawn =
        Demonstrations::draw(&mdp, expert(&mdp).unwrap().view(), 50, &mut generator(16)).unwrap();
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
    let good = Demonstrations::draw(&mdp, expert(&mdp).unwrap().view(), 3, &mut rng).unwrap();
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

#[test]
fn the_problems_own_rewards_are_not_looked_at() {
    let mdp = cliff(0.3).unwrap();
    let drawn =
        Demonstrations::draw(&mdp, expert(&mdp).unwrap().view(), 20, &mut generator(6)).unwrap();
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
