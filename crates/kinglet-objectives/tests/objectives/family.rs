//! The family: each row of the table beside its entry of the catalogue.

use crate::problems::go_on;
use kinglet_envs::fixtures::{disc, tab};
use kinglet_objectives::family::{
    BAYES_NPG, Direction, IRL, Iterate, MAXENT_PG, MPO, Member, NPG, PPO, PPO_KL, REINFORCE, SAC,
    SOFT_Q, TRPO, Temperature, TrustRegion, VIREL, VPG, clipped_slope, sweep, sweep_reward,
};
use kinglet_objectives::family::{Critic, EStep};
use kinglet_objectives::*;
use kinglet_trust_region::{
    ConjugateGradient, DenseFisher, Evaluation, GaussianPosterior, LineSearch, NaturalGradient,
    Trpo, natural_gradient, trpo_step, trust_region_step,
};
use ndarray::{Array1, Array2, Axis, array};

fn logits() -> Array2<f64> {
    Array2::from_shape_fn((4, 3), |(s, a)| (1.3 * s as f64 + 2.1 * a as f64).sin())
}

/// Somewhere in the middle of learning.
pub(crate) fn middle() -> Iterate {
    Iterate {
        policy: soft_policy(logits().view(), 1.0).unwrap(),
        q: Array2::from_shape_fn((4, 3), |(s, a)| 3.0 * (0.7 * s as f64 - a as f64).cos()),
        temperature: 0.8,
    }
}

pub(crate) fn after(member: &Member, from: &Iterate) -> Iterate {
    sweep(&disc(), member, from).unwrap()
}

/// The law of the states under the policy of `middle`, discounted, summing to one.
pub(crate) fn states(policy: &Array2<f64>) -> Array1<f64> {
    discounted_occupancy(&disc(), policy.view()).unwrap() * 0.1
}

fn plain_advantage(policy: &Array2<f64>) -> Array2<f64> {
    let values = evaluate_soft_policy(&disc(), policy.view(), 0.0).unwrap();
    values.q - values.v.insert_axis(Axis(1))
}

#[track_caller]
pub(crate) fn assert_close(a: &Array2<f64>, b: &Array2<f64>, tolerance: f64) {
    let off = (a - b).fold(0.0_f64, |m, x| m.max(x.abs()));
    assert!(off <= tolerance, "off by {off}: {a} and {b}");
}

/// A policy moved by a step of its logits.
fn stepped(step: &Array2<f64>) -> Array2<f64> {
    soft_policy((logits() + step).view(), 1.0).unwrap()
}

#[test]
fn xu_09_deck_04_a_policy_gradient_is_the_step_of_the_catalogue() {
    for (member, temperature) in [(REINFORCE, 0.0), (MAXENT_PG, 0.1)] {
        let gradient = discounted_policy_gradient(&disc(), logits().view(), temperature).unwrap();
        let expected = stepped(&(0.1 * gradient));
        assert_close(&after(&member, &middle()).policy, &expected, 1e-14);
    }
}

/// F and ∇J of the discounted law of states, listed pair by pair, with no use of their closed form.
fn listed(policy: &Array2<f64>) -> (DenseFisher, Array1<f64>) {
    let (weights, advantage) = (states(policy), plain_advantage(policy));
    let scores = Array2::from_shape_fn((12, 12), |(n, i)| {
        let same_state = f64::from(n / 3 == i / 3);
        same_state * (f64::from(n == i) - policy[[i / 3, i % 3]])
    });
    let weights = Array1::from_shape_fn(12, |n| weights[n / 3] * policy[[n / 3, n % 3]]);
    let terms = Array1::from_shape_fn(12, |n| weights[n] * advantage[[n / 3, n % 3]]);
    let fisher = DenseFisher::from_scores(scores.view(), weights.view()).unwrap();
    (fisher, scores.t().dot(&terms))
}

const EXACTLY: ConjugateGradient = ConjugateGradient {
    damping: 0.0,
    tolerance: 1e-14,
    max_iterations: 60,
};

pub(crate) fn natural(policy: &Array2<f64>) -> NaturalGradient {
    let (fisher, gradient) = listed(policy);
    natural_gradient(&fisher, gradient.view(), EXACTLY).unwrap()
}

#[test]
fn deck_13_the_natural_step_is_that_of_the_listed_fisher_matrix() {
    let from = middle();
    let natural = natural(&from.policy);
    let beta = trust_region_step(0.01, natural.squared_length).unwrap();
    let step = (beta * natural.direction)
        .into_shape_with_order((4, 3))
        .unwrap();
    assert_close(&after(&NPG, &from).policy, &stepped(&step), 1e-12);
}

/// An exact gradient leaves nothing to be unsure of: the posterior's mean is it, and it ascends.
#[test]
fn deck_14_without_noise_the_posterior_changes_nothing() {
    let from = middle();
    assert_eq!(after(&BAYES_NPG, &from), after(&NPG, &from));
    let ((_, gradient), natural) = (listed(&from.policy), natural(&from.policy));
    let (zero, unit) = (Array1::zeros(12), Array2::eye(12));
    let mut posterior =
        GaussianPosterior::new(zero.view(), unit.view(), (1e-12 * &unit).view()).unwrap();
    posterior
        .update(gradient.view().insert_axis(Axis(0)))
        .unwrap();
    let off = posterior.mean().unwrap() - &gradient;
    assert!(off.iter().all(|off| off.abs() < 1e-11));
    let sure = posterior.ascends(natural.direction.view()).unwrap();
    assert_eq!(2.0 * sure - 1.0, 1.0);
}

#[test]
fn xu_20_a_trust_region_step_is_that_of_the_listed_fisher_matrix() {
    let from = middle();
    let (old, weights) = (&from.policy, states(&from.policy));
    let (advantage, (fisher, gradient)) = (plain_advantage(old), listed(old));
    for kl_bound in [0.01, 2.0] {
        let settings = Trpo {
            conjugate_gradient: EXACTLY,
            line_search: LineSearch {
                kl_bound,
                shrink: 0.8,
                max_tries: 30,
            },
        };
        let product = |v: &[f64], out: &mut [f64]| {
            let product = fisher.matrix.dot(&Array1::from(v.to_vec()));
            out.copy_from_slice(product.as_slice().unwrap());
        };
        let worth = |theta: &[f64]| {
            let theta = Array2::from_shape_vec((4, 3), theta.to_vec()).unwrap();
            let new = soft_policy(theta.view(), 1.0).unwrap();
            let kl = (old * &(old / &new).mapv(f64::ln)).sum_axis(Axis(1));
            Evaluation {
                objective: weights.dot(&(&new * &advantage).sum_axis(Axis(1))),
                kl: weights.dot(&kl),
            }
        };
        let theta = logits().into_iter().collect::<Vec<_>>();
        let gradient = gradient.to_vec();
        let step = trpo_step(&theta, &gradient, 0.0, settings, product, worth).unwrap();
        let expected = Array2::from_shape_vec((4, 3), step.theta).unwrap();
        let expected = soft_policy(expected.view(), 1.0).unwrap();
        let member = Member {
            trust_region: TrustRegion::LineSearch { kl_bound },
            ..TRPO
        };
        assert_close(&after(&member, &from).policy, &expected, 1e-10);
        assert!(step.accepted.unwrap().kl <= kl_bound);
    }
}

/// Every mass moved between two actions of a state costs: DECK-21 with the minus sign.
#[test]
fn deck_21_the_penalised_policy_is_the_maximum_of_its_objective() {
    let from = middle();
    let (old, weights) = (&from.policy, states(&from.policy));
    let advantage = plain_advantage(old);
    for (direction, coefficient) in [(Direction::Forward, 1.0), (Direction::Reverse, 2.5)] {
        let trust_region = TrustRegion::Penalty {
            coefficient,
            direction,
        };
        let member = Member {
            trust_region,
            ..PPO_KL
        };
        let value = |policy: &Array2<f64>| {
            let (p, q) = match direction {
                Direction::Forward => (old, policy),
                Direction::Reverse => (policy, old),
            };
            let kl = p * &(p / q).mapv(f64::ln);
            weights.dot(&(policy * &advantage - coefficient * kl).sum_axis(Axis(1)))
        };
        let best = after(&member, &from).policy;
        for s in 0..4 {
            for (a, b, step) in [(0, 1, 1e-3), (0, 2, -1e-3), (1, 2, 1e-3), (2, 0, -1e-4)] {
                let mut moved = best.clone();
                moved[[s, a]] += step;
                moved[[s, b]] -= step;
                assert!(value(&moved) < value(&best), "state {s}");
            }
        }
    }
}

#[test]
fn deck_22_a_pass_of_clipping_is_the_policy_gradient_and_later_ones_stop() {
    let from = middle();
    let member = |step_size, passes| Member {
        trust_region: TrustRegion::Clip {
            width: 0.2,
            step_size,
            passes,
        },
        ..PPO
    };
    let gradient = discounted_policy_gradient(&disc(), logits().view(), 0.0).unwrap();
    let expected = stepped(&(0.3 * 0.1 * gradient)); // an expectation has 1 − γ of the sum
    assert_close(&after(&member(0.3, 1), &from).policy, &expected, 1e-14);
    // Ten thousand passes come to rest, and not at a greedy policy.
    let rested = after(&member(0.5, 10_000), &from).policy;
    let (old, weights, advantage) = (
        &from.policy,
        states(&from.policy),
        plain_advantage(&from.policy),
    );
    let slope = clipped_slope(
        rested.view(),
        old.view(),
        advantage.view(),
        weights.view(),
        0.2,
    );
    assert!(slope.unwrap().iter().all(|slope| *slope == 0.0));
    assert!(rested.iter().all(|p| *p > 0.01), "{rested}");
}

#[test]
fn cs285_09_cs285_11_a_sweep_of_soft_q_is_one_of_soft_value_iteration() {
    for temperature in [0.0, 0.1, 2.0] {
        let member = Member {
            temperature: Temperature::Fixed(temperature),
            ..SOFT_Q
        };
        let mut at = Iterate::start(&disc());
        let mut v = vec![temperature * 3f64.ln(); 4]; // of Q = 0
        let mdp = disc();
        let mut sweep = Sweep::new(&mdp, temperature).unwrap();
        for _ in 0..30 {
            at = after(&member, &at);
            let q = action_values(&disc(), Array1::from(v.clone()).view());
            assert_close(&at.q, &q, 1e-13);
            let mut next = vec![0.0; 4];
            sweep.apply(&v, &mut next);
            v = next;
        }
        let expected = soft_policy(at.q.view(), temperature).unwrap();
        assert_close(&at.policy, &expected, 1e-14);
    }
}

#[test]
fn cs285_13_a_sweep_of_sac_is_a_round_of_soft_policy_iteration() {
    let run = soft_policy_iteration(&disc(), 0.1, 1e-12, &mut go_on()).unwrap();
    let mut at = Iterate::start(&disc());
    for v in &run.history {
        at = after(&SAC, &at);
        assert_close(&at.q, &action_values(&disc(), v.view()), 1e-13);
    }
    assert_close(&at.policy, &run.policy, 1e-10);
    // Its critic is the fixed point of the target, with the entropy of the policy that comes next.
    let next = after(&SAC, &at);
    let target = soft_q_backup(&disc(), next.q.view(), at.policy.view(), 0.1).unwrap();
    assert_close(&next.q, &target, 1e-12);
}

#[test]
fn mpo_16_a_sweep_of_mpo_is_a_round_of_its_policy_iteration() {
    let from = middle();
    let penalty = TrustRegion::Penalty {
        coefficient: 0.7,
        direction: Direction::Forward,
    };
    for (temperature, e_step) in [
        (Temperature::DualOfKl(0.1), MpoEStep::Hard { kl_bound: 0.1 }),
        (Temperature::Fixed(0.5), MpoEStep::Soft { temperature: 0.5 }),
    ] {
        for (trust_region, m_step) in [
            (TrustRegion::None, MpoMStep::MaximumLikelihood),
            (penalty, MpoMStep::Penalised { coefficient: 0.7 }),
            (
                TrustRegion::Bound { kl_bound: 0.01 },
                MpoMStep::Bounded { kl_bound: 0.01 },
            ),
        ] {
            let member = Member {
                temperature,
                trust_region,
                ..MPO
            };
            let settings = Mpo {
                e_step,
                m_step,
                tolerance: 1e-9,
                rounds: 1,
            };
            let states = states(&from.policy);
            let (start, states) = (from.policy.view(), states.view());
            let run = mpo_policy_iteration(&disc(), start, states, &settings, &mut go_on());
            let (run, found) = (run.unwrap(), after(&member, &from));
            assert_close(&found.policy, &run.policy, 1e-12);
            assert!((found.temperature - run.temperatures[0]).abs() < 1e-10);
        }
    }
}

#[test]
fn virel_13_a_sweep_of_virel_is_a_round_of_its_em() {
    let (zero, even) = (Array2::zeros((4, 3)), Array2::from_elem((4, 3), 1.0 / 12.0));
    let mut at = Iterate::start(&disc());
    for rounds in 1..60 {
        at = after(&VIREL, &at);
        let settings = VirelEm {
            rounds,
            operator: VirelOperator::Optimal,
            m_step: VirelMStep::Backup,
            step_size: 0.5,
            scale: 1.0,
        };
        let run = virel_em(&disc(), &settings, zero.view(), even.view(), &mut go_on()).unwrap();
        assert_close(&at.q, &run.q, 1e-12);
        assert_close(&at.policy, &run.policy, 1e-9);
        assert!((at.temperature - run.temperatures[rounds as usize]).abs() < 1e-13);
    }
}

#[test]
fn cs285_16_cs285_17_a_sweep_of_irl_moves_by_the_visits_it_misses() {
    let mdp = tab();
    let counts = array![[0.4, 0.6], [0.5, 0.5], [0.7, 0.3]];
    let reward = array![[0.2, -0.4], [0.1, 0.0], [-0.3, 0.5]];
    let known = kinglet_envs::Rewards::StateAction(reward.mapv(|r| r / 0.5));
    let problem = mdp.clone().with_rewards(known).unwrap();
    let soft = soft_value_iteration_finite(&problem, 1.0).unwrap().policy;
    let causal = policy_visits(&problem, soft.view()).unwrap();
    let posterior = exact_inference(&problem, 1.0).unwrap();
    let law = posterior.state_marginals(&problem);
    let lucky = (&posterior.policy() * &law.insert_axis(Axis(2))).sum_axis(Axis(0));
    let causal = causal.into_shape_with_order((3, 2)).unwrap();
    for (critic, visits) in [(Critic::SoftBackup, causal), (Critic::Messages, lucky)] {
        let member = Member {
            critic,
            temperature: Temperature::Fixed(0.5),
            ..IRL
        };
        let found = sweep_reward(&mdp, &member, counts.view(), reward.view()).unwrap();
        assert_close(&found, &(&reward + 0.1 / 0.5 * (&counts - visits)), 1e-12);
    }
}

#[test]
fn a_learnt_temperature_meets_its_entropy() {
    let member = Member {
        temperature: Temperature::EntropyTarget(0.6),
        ..SAC
    };
    let from = middle();
    let found = after(&member, &from);
    let entropy = -(&found.policy * &found.policy.mapv(f64::ln)).sum_axis(Axis(1));
    assert!((states(&from.policy).dot(&entropy) - 0.6).abs() < 1e-10);
    assert_close(
        &found.policy,
        &soft_policy(found.q.view(), found.temperature).unwrap(),
        1e-12,
    );
    let impossible = Member {
        temperature: Temperature::EntropyTarget(1.2),
        ..SAC
    };
    assert!(sweep(&disc(), &impossible, &from).is_err());
}

#[test]
fn choices_that_do_not_go_together_are_refused_by_name() {
    let refused = [
        VPG,
        IRL,
        Member {
            critic: Critic::Messages,
            ..SAC
        },
        Member {
            trust_region: TrustRegion::None,
            ..REINFORCE
        },
        Member {
            temperature: Temperature::DualOfKl(0.1),
            ..REINFORCE
        },
        Member {
            trust_region: PPO.trust_region,
            ..MPO
        },
        Member {
            e_step: EStep::Visits,
            ..SAC
        },
    ];
    for member in refused {
        let error = sweep(&disc(), &member, &middle()).unwrap_err();
        assert!(matches!(error, Error::NoSweep { member: name, .. } if name == member.name));
    }
}
