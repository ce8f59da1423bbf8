//! The sampler draws from the law that the tables state, by chi-square tests.

use kinglet_envs::{Env, Gridworld, Horizon, Rewards, TabularMdp, fixtures};
use ndarray::{Array1, aview1};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::random;

const N: usize = 100_000;
/// One test in a million goes wrong by chance, and there are some hundreds of rows.
const SIGNIFICANCE: f64 = 1e-6;

/// Pearson's X² = ∑ (observed − expected)² / expected has a chi-square law with one degree of
/// freedom less than there are values; a value of probability zero must never be seen.
fn assert_law(law: &[f64], mut draw: impl FnMut() -> usize) {
    let mut counts = vec![0_usize; law.len()];
    for _ in 0..N {
        counts[draw()] += 1;
    }
    let (mut statistic, mut values) = (0.0, 0_usize);
    for (&count, &p) in counts.iter().zip(law) {
        if p > 0.0 {
            let expected = p * N as f64;
            statistic += (count as f64 - expected).powi(2) / expected;
            values += 1;
        } else {
            assert_eq!(count, 0, "{counts:?} drawn from {law:?}");
        }
    }
    if values > 1 {
        let p_value = ChiSquared::new((values - 1) as f64).unwrap().sf(statistic);
        assert!(
            p_value > SIGNIFICANCE,
            "p-value {p_value}: {counts:?} drawn from {law:?}"
        );
    }
}

/// The law p(· | s, a) in full, `[S]`.
fn dense_law(mdp: &TabularMdp, state: usize, action: usize) -> Vec<f64> {
    let mut law = vec![0.0; mdp.n_states()];
    for (next, probability) in mdp.successors(state, action) {
        law[next] = probability;
    }
    law
}

#[test]
fn every_row_of_the_fixtures() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    for mdp in [
        fixtures::lot(10.0).unwrap(),
        fixtures::tab(),
        fixtures::tabdet(),
        fixtures::disc(),
    ] {
        for (state, action) in
            (0..mdp.n_states()).flat_map(|s| (0..mdp.n_actions()).map(move |a| (s, a)))
        {
            let law = dense_law(&mdp, state, action);
            assert_law(&law, || mdp.step(&state, &action, &mut rng).next);
        }
        let initial = mdp.initial().to_vec();
        assert_law(&initial, || mdp.reset(&mut rng));
    }
}

/// The walker that slips is drawn in another way than the sparse row; both have the same law.
#[test]
fn slipping_and_sparse_walkers() {
    let mut tested = 0;
    for seed in 0..20 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let Gridworld { mdp: slipping, .. } = random::gridworld(&mut rng);
        let sparse = slipping.to_sparse();
        let state = rng.random_range(0..slipping.n_states());
        let action = rng.random_range(0..slipping.n_actions());
        let law = dense_law(&sparse, state, action);
        tested += usize::from(law.iter().filter(|&&p| p > 0.0).count() > 1);
        assert_law(&law, || slipping.step(&state, &action, &mut rng).next);
        assert_law(&law, || sparse.step(&state, &action, &mut rng).next);
    }
    assert!(
        tested >= 5,
        "only {tested} of the laws have more than one value"
    );
}

#[test]
fn a_step_earns_the_reward_of_the_state_it_leaves() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let by_state = Rewards::State(Array1::from_vec(vec![0.5, -1.0, 2.0]));
    for mdp in [
        fixtures::tab(),
        fixtures::tab().with_rewards(by_state).unwrap(),
    ] {
        for (state, action) in [(0, 0), (0, 1), (1, 1), (2, 0)] {
            let step = mdp.step(&state, &action, &mut rng);
            assert_eq!((step.reward, step.end), (mdp.reward(state, action), None));
        }
    }
    let mdp = fixtures::tab().with_horizon(Horizon::Finite(1)).unwrap();
    let mut seen = Array1::from_elem(mdp.obs_dim(), f64::NAN);
    mdp.observe(&1, seen.view_mut());
    assert_eq!(seen, aview1(&[0.0, 1.0, 0.0]));
}
