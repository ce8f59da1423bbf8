//! Soft Q-learning against soft value iteration.

use std::ops::ControlFlow;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::soft_value_iteration;
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::Algorithm;
use crate::every_transition::{EveryTransition, table};

#[test]
fn cs285_11_with_every_transition_it_comes_to_soft_value_iteration() {
    let settings = SoftQ {
        learning_rate: Rate::linear(0.05, 0.0),
        temperature: Rate::Constant(0.4),
        target_rate: 0.05,
    };
    let mut seen = EveryTransition::new(disc(), Algorithm::SoftQ(settings.clone()));
    let mut learner = SoftQLearner::new(settings, &seen.config, &seen.agent).unwrap();
    let replay = Replay::new(1, 1, 4, 1).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for update in 0..3000 {
        let progress = f64::from(update) / 3000.0;
        let (agent, minibatch) = (&mut seen.agent, &seen.minibatch);
        learner
            .learn(agent, minibatch, &replay, progress, &mut rng)
            .unwrap();
    }
    let best = soft_value_iteration(&seen.mdp, 0.4, 1e-12, &mut |_| ControlFlow::Continue(()));
    let best = best.unwrap();
    let off = table(&learner.params, 4, 3) - &best.q;
    assert!(off.iter().all(|off| off.abs() < 1e-3), "{off}");
    let off = seen.policy() - &best.policy; // exp(q/α) / Σ exp(q/α), whatever the critic's error
    assert!(off.iter().all(|off| off.abs() < 1e-3), "{off}");
}
