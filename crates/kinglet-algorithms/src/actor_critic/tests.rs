//! The two steps against tables, and against losses written out anew and their difference quotients.

mod continuous;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    one_sample_excess, residual_temperature, soft_policy, soft_q_backup, soft_value_iteration,
    virel_policy, virel_policy_gradient,
};
use ndarray::{Array1, Array2};
use std::ops::ControlFlow;

use super::*;
use crate::ResidualEstimator::{OneSample, TwoActions};
use crate::every_transition::{EveryTransition, action_spread, table};
use crate::{Algorithm, Sac};

/// DISC with every transition, some logits and two critics; the targets are the critics.
fn seen() -> (EveryTransition, ActorCritic<f64>) {
    let mut seen = EveryTransition::new(disc(), Algorithm::Sac(Sac::default()));
    let tables = [0.3, 1.0, 2.0].map(|seed| seen.table(seed));
    seen.set(&tables.each_ref().map(|table| table.view()));
    let both = ActorCritic::new(&seen.config, &seen.agent, 0.5);
    (seen, both)
}

/// minₖ qₖ(s, a).
fn smaller(seen: &EveryTransition) -> Array2<f64> {
    let (one, two) = (seen.network(1), seen.network(2));
    Array2::from_shape_fn(one.dim(), |at| one[at].min(two[at]))
}

#[track_caller]
fn assert_near(found: &Array2<f64>, expected: &Array2<f64>) {
    let off = (found - expected).mapv(f64::abs);
    assert!(off.iter().all(|off| *off < 1e-12), "{found} {expected}");
}

#[test]
fn cs285_13_virel_12_each_critic_goes_towards_the_backup_of_the_smaller() {
    for temperature in [0.4, 0.0] {
        let (seen, mut both) = seen();
        both.critics_back(&seen.agent, &seen.minibatch, temperature);
        let policy = seen.policy();
        let target = soft_q_backup(&seen.mdp, smaller(&seen).view(), policy.view(), temperature);
        let target = target.unwrap();
        for k in [0, 1] {
            let mut gradient = Array2::zeros((4, 3));
            for fits in &both.critics.fits {
                gradient += &table(&[&fits[k].gradient[..12], &[0.0; 3]].concat(), 4, 3);
            }
            let expected = 2.0 * seen.law() * (seen.network(k + 1) - &target);
            assert_near(&gradient, &expected);
        }
    }
}

#[test]
fn cs285_14_virel_11_the_policy_goes_up_the_bound_of_the_smaller_critic() {
    let (mut seen, mut both) = seen();
    let states = Array1::from_elem(4, 0.25);
    let gradient = |seen: &EveryTransition, both: &mut ActorCritic<f64>| {
        both.actor_back(&seen.agent, &seen.minibatch, 0.4);
        table(&[&both.shards[0].d_actor[..12], &[0.0; 3]].concat(), 4, 3)
    };
    let found = gradient(&seen, &mut both);
    let (q, policy) = (smaller(&seen), seen.policy());
    let slope = virel_policy_gradient(q.view(), policy.view(), states.view(), 0.4).unwrap();
    assert_near(&found, &(-0.4 * slope));
    let entropy = |p: &f64| -p * p.ln();
    let mean = policy.iter().map(entropy).sum::<f64>() / 4.0;
    assert!((both.shards[0].log_prob + mean).abs() < 1e-12);
    let loss = (&policy * &q).sum() / -4.0 - 0.4 * mean;
    assert!((both.shards[0].loss - loss).abs() < 1e-12);

    // It rests at the Boltzmann policy.
    let (one, two) = (seen.network(1), seen.network(2));
    seen.set(&[(&q / 0.4).view(), one.view(), two.view()]);
    assert_near(&seen.policy(), &virel_policy(q.view(), 0.4).unwrap());
    assert_near(&gradient(&seen, &mut both), &Array2::zeros((4, 3)));
}

#[test]
fn virel_07_virel_09_the_residual_is_the_error_and_what_one_successor_adds() {
    let (mut seen, mut both) = seen();
    let mut check = |seen: &EveryTransition| {
        let mut found = |estimator| both.residual(&seen.agent, &seen.minibatch, estimator);
        let (found, one) = (found(TwoActions), found(OneSample));
        let (q, policy, law) = (smaller(seen), seen.policy(), seen.law());
        let (q, pi, d) = (q.view(), policy.view(), law.view());
        let error = residual_temperature(&seen.mdp, q, pi, d).unwrap();
        let excess = one_sample_excess(&seen.mdp, q, pi, d).unwrap();
        assert!((found - error - excess).abs() < 1e-12);
        let spread = action_spread(&seen.mdp, q, pi, d);
        assert!((one - error - excess - spread).abs() < 1e-12);
        (error, found)
    };
    let (error, _) = check(&seen);
    assert!(error > 1.0);
    // At Q* and its greedy policy there is no error, and still a temperature.
    let best = soft_value_iteration(&seen.mdp, 0.0, 1e-14, &mut |_| ControlFlow::Continue(()));
    let best = best.unwrap().q;
    let greedy = soft_policy(best.view(), 0.0).unwrap() * 1000.0;
    seen.set(&[greedy.view(), best.view(), best.view()]);
    let (error, found) = check(&seen);
    assert!(error < 1e-20 && found > 0.02, "{found}");
}

#[test]
fn the_targets_go_their_share_of_the_way_and_shards_change_no_sum() {
    let (mut seen, mut both) = seen();
    let before = seen.agent.critic_params().to_vec();
    let (loss, value) = both.evaluate(&mut seen.agent, &seen.minibatch, 0.4, 0.1);
    let after = seen.agent.critic_params();
    assert_ne!(before, after);
    for (target, (before, after)) in both.critics.targets.iter().zip(before.iter().zip(after)) {
        assert!((target - 0.5 * (before + after)).abs() < 1e-12);
    }
    let (mut seen, _) = super::tests::seen();
    seen.config.replay.shards = 1;
    let mut whole = ActorCritic::new(&seen.config, &seen.agent, 0.5);
    let (other_loss, other_value) = whole.evaluate(&mut seen.agent, &seen.minibatch, 0.4, 0.1);
    assert!((loss - other_loss).abs() < 1e-12 && (value - other_value).abs() < 1e-12);
}
