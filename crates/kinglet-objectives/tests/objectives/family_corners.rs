//! The family: where two rows meet, and one that meets none.

use crate::family::{after, assert_close, middle, natural, states};
use crate::problems::go_on;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::family::{
    Critic, Direction, Iterate, MAXENT_PG, MPO, Member, NPG, PPO_KL, Prior, REINFORCE, SAC, SOFT_Q,
    Temperature, TrustRegion, VIREL, clipped_slope,
};
use kinglet_objectives::{
    action_values, mpo_e_step, mpo_e_step_objective, policy_gradient_theorem, soft_policy,
    soft_q_backup, soft_value_iteration, soft_values, virel_policy_from_prior,
};
use kinglet_trust_region::trust_region_step;
use ndarray::{Array2, array};

/// CS285-09, MPO-10: α log E_uniform\[exp(Q/α)\] = α log Σ exp(Q/α) − α log A, and q ∝ exp(Q/α).
#[test]
fn mpo_10_cs285_13_mpo_about_the_uniform_policy_is_sac() {
    let tempered = Member {
        prior: Prior::Uniform,
        temperature: Temperature::Fixed(0.4),
        trust_region: TrustRegion::None,
        ..MPO
    };
    let sac = Member {
        temperature: Temperature::Fixed(0.4),
        ..SAC
    };
    let mut at = middle();
    for _ in 0..5 {
        let (mpo, sac) = (after(&tempered, &at), after(&sac, &at));
        assert_eq!(mpo, sac);
        let uniform = Array2::from_elem((4, 3), 1.0 / 3.0);
        let tilted = mpo_e_step(mpo.q.view(), uniform.view(), 0.4).unwrap();
        let soft = soft_values(mpo.q.view(), 0.4).unwrap();
        let values = &tilted.values + 0.4 * 3f64.ln();
        assert!((&values - &soft).iter().all(|off| off.abs() < 1e-14));
        assert_close(
            &tilted.policy,
            &soft_policy(mpo.q.view(), 0.4).unwrap(),
            1e-15,
        );
        // The target of SAC's critic under the policy of the E-step is the backup of that value.
        let target = soft_q_backup(&disc(), mpo.q.view(), tilted.policy.view(), 0.4).unwrap();
        assert_close(&action_values(&disc(), values.view()), &target, 1e-13);
        at = mpo;
    }
}

#[test]
fn virel_14_virel_about_the_old_policy_is_mpo() {
    let about_the_old = Member {
        prior: Prior::OldPolicy,
        critic: Critic::ActionValues,
        ..VIREL
    };
    let of_the_residual = Member {
        temperature: VIREL.temperature,
        trust_region: TrustRegion::None,
        ..MPO
    };
    let from = middle();
    let virel = after(&about_the_old, &from);
    assert_eq!(virel, after(&of_the_residual, &from));
    let (q, prior) = (virel.q.view(), from.policy.view());
    assert!(virel.temperature > 1e-3);
    let by_virel = virel_policy_from_prior(q, prior, virel.temperature).unwrap();
    assert_close(&virel.policy, &by_virel, 1e-13);
    // MPO's own temperature, where it is what VIREL's would be.
    let states = states(&from.policy);
    let (q, policy) = (virel.q.view(), virel.policy.view());
    let at_no_price = |policy| mpo_e_step_objective(q, prior, states.view(), policy, 0.0).unwrap();
    let kl =
        at_no_price(policy) - mpo_e_step_objective(q, prior, states.view(), policy, 1.0).unwrap();
    let bounded = Member {
        temperature: Temperature::DualOfKl(kl),
        trust_region: TrustRegion::None,
        ..MPO
    };
    let mpo = after(&bounded, &from);
    assert!((mpo.temperature / virel.temperature - 1.0).abs() < 1e-8);
    assert_close(&mpo.policy, &virel.policy, 1e-9);
}

/// A natural step of length β, a reverse penalty of 1/β, MPO's E-step at temperature 1/β: π e^{βA}.
#[test]
fn deck_13_deck_21_mpo_10_a_natural_step_is_a_tilt_of_the_old_policy() {
    let from = middle();
    let beta = trust_region_step(0.01, natural(&from.policy).squared_length).unwrap();
    let npg = after(&NPG, &from).policy;
    let penalty = TrustRegion::Penalty {
        coefficient: 1.0 / beta,
        direction: Direction::Reverse,
    };
    let penalised = Member {
        trust_region: penalty,
        ..PPO_KL
    };
    let mpo = Member {
        temperature: Temperature::Fixed(1.0 / beta),
        trust_region: TrustRegion::None,
        ..MPO
    };
    assert_close(&npg, &after(&penalised, &from).policy, 1e-12);
    assert_close(&npg, &after(&mpo, &from).policy, 1e-12);
}

#[test]
fn temperature_zero_is_classic_and_is_where_small_ones_lead() {
    let best = soft_value_iteration(&disc(), 0.0, 1e-13, &mut go_on()).unwrap();
    for member in [SOFT_Q, SAC, MPO] {
        for temperature in [Temperature::Zero, Temperature::Fixed(1e-4)] {
            let member = Member {
                temperature,
                ..member
            };
            let mut at = Iterate::start(&disc());
            for _ in 0..300 {
                at = after(&member, &at);
            }
            assert_close(&at.policy, &best.policy, 1e-12);
            assert_close(
                &at.q,
                &best.q,
                5e-3 * f64::from(temperature != Temperature::Zero) + 1e-9,
            );
        }
    }
    // VIREL gets there by itself.
    let mut at = Iterate::start(&disc());
    for _ in 0..500 {
        at = after(&VIREL, &at);
    }
    assert_close(&at.policy, &best.policy, 1e-12);
    assert_close(&at.q, &best.q, 1e-9);
    // The policy gradient of maximum entropy goes over into REINFORCE's.
    let plain = after(&REINFORCE, &middle()).policy;
    for temperature in [1e-2, 1e-4, 0.0] {
        let member = Member {
            temperature: Temperature::Fixed(temperature),
            ..MAXENT_PG
        };
        assert_close(
            &after(&member, &middle()).policy,
            &plain,
            10.0 * temperature,
        );
    }
}

/// Where ratios are past the clip its slope is 0; L − β KL has a slope there, for every β and in
/// either direction, if the ratios do not rise with the advantage.
#[test]
fn deck_22_clipping_is_no_divergence() {
    let (old, states) = (array![[0.3, 0.3, 0.4]], array![1.0]);
    let advantage: Array2<f64> = array![[1.0, 0.5, -1.125]];
    assert!((&old * &advantage).sum().abs() < 1e-15);
    let policy = array![[0.37, 0.45, 0.18]]; // ratios 1.23, 1.5, 0.45
    let (new, from, by) = (policy.view(), old.view(), advantage.view());
    let flat = clipped_slope(new, from, by, states.view(), 0.2).unwrap();
    assert!(flat.iter().all(|slope| *slope == 0.0));
    let surrogate = policy_gradient_theorem(new, states.view(), by);
    let forward = &policy - &old; // ∇KL(π_old ‖ π)
    let surprise = (&policy / &old).mapv(f64::ln);
    let reverse = policy_gradient_theorem(new, states.view(), surprise.view()); // ∇KL(π ‖ π_old)
    for kl in [forward, reverse] {
        // The β of the least slope, and what is left there.
        let beta = (&surrogate * &kl).sum() / (&kl * &kl).sum();
        let left = (&surrogate - beta * &kl).mapv(|x| x * x).sum().sqrt();
        assert!(left > 0.05, "{left}");
    }
    // The slope of the unclipped surrogate is not 0 either.
    assert!(surrogate.iter().any(|slope| slope.abs() > 0.1));
}

#[test]
fn a_fit_between_two_policies_is_an_arithmetic_or_a_geometric_mean() {
    let from = middle();
    let target = after(&SAC, &from).policy;
    let fitted = |direction| {
        let trust_region = TrustRegion::Penalty {
            coefficient: 1.5,
            direction,
        };
        let member = Member {
            direction,
            trust_region,
            ..SAC
        };
        after(&member, &from).policy
    };
    let arithmetic = (&target + &(1.5 * &from.policy)) / 2.5;
    assert_close(&fitted(Direction::Forward), &arithmetic, 1e-14);
    let kl = |p: &Array2<f64>, q: &Array2<f64>| (p * &(p / q).mapv(f64::ln)).sum();
    let geometric = fitted(Direction::Reverse);
    let cost = |p: &Array2<f64>| kl(p, &target) + 1.5 * kl(p, &from.policy);
    for s in 0..4 {
        for step in [1e-4, -1e-4] {
            let mut moved = geometric.clone();
            moved[[s, 0]] *= 1.0 + step;
            moved[[s, 1]] -= step * geometric[[s, 0]];
            assert!(cost(&moved) > cost(&geometric));
        }
    }
}
