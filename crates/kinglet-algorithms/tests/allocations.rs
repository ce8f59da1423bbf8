//! The step loop allocates nothing: a rollout costs the same few allocations, however long it is.

use allocation_counter::measure;
use kinglet_algorithms::{Algorithm, Batch, Config, PolicyConfig, Rollouts, Scale, Training};
use kinglet_envs::{EnvName, Named};
use kinglet_nn::Normaliser;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The allocations of a rollout of so many steps, once everything has its size.
fn allocations(name: EnvName, policy: PolicyConfig, steps: usize) -> u64 {
    let config = Config {
        policy,
        ..Config::of(Algorithm::default())
    };
    let make = |rng: &mut Xoshiro256PlusPlus| name.make(rng);
    let training: Training<Named> = Training::new(&config, 1, 1, make).unwrap();
    let (policy, params) = (&training.agent.policy, training.agent.actor());
    let mut rollouts = Rollouts::new(6, 2, 1, make).unwrap();
    rollouts.observations = Some(Normaliser::new(policy.body().n_inputs()));
    let mut batch = Batch::new(6, steps, policy).unwrap();
    for _ in 0..3 {
        rollouts.collect(policy, params, &mut batch).unwrap();
    }
    let count = || rollouts.collect(policy, params, &mut batch).unwrap();
    measure(count).count_total
}

#[test]
fn a_rollout_allocates_nothing_for_a_step() {
    let plain = PolicyConfig::default();
    let of_features = PolicyConfig {
        scale: Scale::OfFeatures,
        sample_every: 4,
        ..PolicyConfig::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(|| {
        for (name, policy) in [
            (EnvName::CartPole, &plain),
            (EnvName::Pendulum, &plain),
            (EnvName::Pendulum, &of_features),
            (EnvName::Acrobot, &plain),
            (EnvName::MountainCarContinuous, &of_features),
        ] {
            let [short, long] = [50, 2000].map(|steps| allocations(name, policy.clone(), steps));
            assert!(
                long <= short + 8,
                "{name}: {short} in 50 steps, {long} in 2000"
            );
            assert!(short < 40, "{name}: {short}");
        }
    });
}
