//! Soft actor-critic against soft value iteration, and its temperature.

use std::ops::ControlFlow;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::soft_value_iteration;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::Algorithm;
use crate::every_transition::EveryTransition;

/// Takes so many updates with every transition of DISC, and gives the diagnostics of the last.
fn learn(settings: Sac, logits: f64, updates: u32) -> (EveryTransition, Diagnostics) {
    let mut seen = EveryTransition::new(disc(), Algorithm::Sac(settings.clone()));
    let table = logits * seen.table(0.0);
    seen.set(&[table.view()]);
    let mut learner = SacLearner::new(settings, &seen.config, &seen.agent);
    let replay = Replay::new(1, 1, 4, 1).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut diagnostics = Diagnostics::default();
    for update in 0..updates {
        let progress = f64::from(update) / f64::from(updates);
        let (agent, minibatch) = (&mut seen.agent, &seen.minibatch);
        diagnostics = learner
            .learn(agent, minibatch, &replay, progress, &mut rng)
            .unwrap();
    }
    (seen, diagnostics)
}

#[test]
fn cs285_13_cs285_14_with_every_transition_it_comes_to_soft_value_iteration() {
    let settings = Sac {
        learning_rate: Rate::linear(0.05, 0.0),
        target_rate: 0.05,
        temperature: 0.4,
        learn_temperature: false,
        ..Sac::default()
    };
    let (seen, _) = learn(settings, 0.0, 3000);
    let best = soft_value_iteration(&seen.mdp, 0.4, 1e-12, &mut |_| ControlFlow::Continue(()));
    let best = best.unwrap();
    for critic in [1, 2] {
        let off = seen.network(critic) - &best.q;
        assert!(off.iter().all(|off| off.abs() < 5e-3), "{critic}: {off}");
    }
    let off = seen.policy() - &best.policy;
    assert!(off.iter().all(|off| off.abs() < 5e-3), "{off}");
}

#[test]
fn the_temperature_rises_where_there_is_too_little_entropy_and_falls_where_too_much() {
    let temperature = |logits, entropy_share| {
        let settings = Sac {
            learning_rate: Rate::Constant(0.01),
            entropy_share,
            ..Sac::default()
        };
        let (_, before) = learn(settings.clone(), logits, 1);
        let (_, after) = learn(settings, logits, 2);
        assert_eq!(before.temperature, Some(1.0));
        (before.entropy.unwrap(), after.temperature.unwrap())
    };
    // Adam's first step is the learning rate, in the direction of the target.
    let (entropy, after) = temperature(0.0, 0.5);
    assert!((entropy - 3f64.ln()).abs() < 1e-12 && (after.ln() + 0.01).abs() < 1e-6);
    let (entropy, after) = temperature(4.0, 0.5);
    assert!(entropy < 0.5 * 3f64.ln() && (after.ln() - 0.01).abs() < 1e-6);
}

#[test]
fn the_entropy_to_come_to_is_a_share_of_the_largest_or_so_much_a_number() {
    let settings = Sac::default();
    let found = settings.target_entropy(&Actions::Discrete(4));
    assert!((found - 0.5 * 4f64.ln()).abs() < 1e-15);
    let (low, high) = (vec![-1.0; 3], vec![1.0; 3]);
    assert_eq!(settings.target_entropy(&Actions::Box { low, high }), -3.0);
}
