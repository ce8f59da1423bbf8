//! Soft value iteration over a finite horizon maximises the bound.

use crate::problems::{assert_close, generator, random_mdp, random_policy, softmax};
use kinglet_envs::fixtures::{lot, lot_state, tab, tabdet};
use kinglet_envs::{Horizon, TabularMdp};
use kinglet_objectives::{
    boltzmann, elbo, evaluate_soft_policy_finite, exact_inference, posterior_kl, soft_max,
    soft_value_iteration_finite,
};
use ndarray::{Array1, Array3, ArrayView1, array};

const BUY: usize = 1;

#[test]
fn lottery_golden_numbers_know_the_odds() {
    let golden = [
        (0.0, 0.2689),
        (2.0, 0.2729),
        (4.6, 0.2781),
        (6.0, 0.2809),
        (10.0, 0.2891),
        (20.0, 0.3100),
    ];
    for (jackpot, buy) in golden {
        let best = soft_value_iteration_finite(&lot(jackpot).unwrap(), 1.0).unwrap();
        assert!(
            (best.policy[[0, lot_state::START, BUY]] - buy).abs() < 5e-5,
            "{jackpot}"
        );
    }
    let best = soft_value_iteration_finite(&lot(10.0).unwrap(), 1.0).unwrap();
    assert!((best.policy[[0, lot_state::START, BUY]] - 0.289050).abs() < 5e-7);
}

#[test]
fn cs285_06_the_last_step_is_a_softmax_of_rewards() {
    // The optimum of E_π[r] + α H(π) by ascent of the logits, a step at a time.
    let rewards: Array1<f64> = array![0.4, -1.0, 0.9];
    for temperature in [0.5, 1.0, 2.0] {
        let mut logits: Array1<f64> = Array1::zeros(3);
        for _ in 0..2000 {
            let mut policy = logits.mapv(f64::exp);
            policy /= policy.sum();
            let gain = &rewards - &(policy.mapv(f64::ln) * temperature);
            let mean = policy.dot(&gain);
            logits += &(policy * (gain - mean) / temperature);
        }
        let mut policy = logits.mapv(f64::exp);
        policy /= policy.sum();
        let closed = boltzmann(rewards.view(), temperature).unwrap();
        assert!((&policy - &closed).iter().all(|off| off.abs() < 1e-10));
        let value = policy.dot(&(&rewards - &(policy.mapv(f64::ln) * temperature)));
        assert_close(soft_max(rewards.view(), temperature).unwrap(), value, 1e-12);
    }
}

#[test]
fn cs285_07_an_optimiser_of_the_logits_finds_soft_value_iteration() {
    for temperature in [0.5, 1.0] {
        let best = soft_value_iteration_finite(&tab(), temperature).unwrap();
        let (policy, found) = ascend(&tab(), temperature);
        let by_recursion = tab().initial().dot(&best.v.row(0));
        assert_close(found, by_recursion, 1e-10);
        assert!((&policy - &best.policy).iter().all(|off| off.abs() < 1e-5));
    }
}

/// Gradient ascent of the bound in all logits, its gradient by differences.
fn ascend(mdp: &TabularMdp, temperature: f64) -> (Array3<f64>, f64) {
    let mut logits: Array3<f64> = Array3::zeros((3, 3, 2));
    let value = |logits: &Array3<f64>| elbo(mdp, softmax(logits).view(), temperature).unwrap();
    let h = 1e-5;
    for _ in 0..3000 {
        let mut gradient = Array3::zeros(logits.dim());
        for (index, slope) in gradient.indexed_iter_mut() {
            let mut moved = logits.clone();
            moved[index] += h;
            let above = value(&moved);
            moved[index] -= 2.0 * h;
            *slope = (above - value(&moved)) / (2.0 * h);
        }
        logits += &(gradient * 4.0);
    }
    (softmax(&logits), value(&logits))
}

#[test]
fn cs285_07_no_policy_is_better() {
    let mut rng = generator(20);
    let best = soft_value_iteration_finite(&tab(), 1.0).unwrap();
    let top = elbo(&tab(), best.policy.view(), 1.0).unwrap();
    assert_close(top, tab().initial().dot(&best.v.row(0)), 1e-14);
    for i in 0..1000 {
        let mix = 0.5f64.powi(i % 12);
        let other = &best.policy * (1.0 - mix) + random_policy((3, 3, 2), &mut rng) * mix;
        assert!(elbo(&tab(), other.view(), 1.0).unwrap() < top);
    }
    let optimistic = exact_inference(&tab(), 1.0).unwrap().policy();
    assert!(elbo(&tab(), optimistic.view(), 1.0).unwrap() < top - 1e-6);
}

#[test]
fn cs285_07_evaluation_of_the_best_policy_returns_its_values() {
    let mdp = random_mdp((6, 3, 4), Horizon::Finite(7), &mut generator(21));
    for temperature in [0.0, 0.2, 3.0] {
        let best = soft_value_iteration_finite(&mdp, temperature).unwrap();
        let values = evaluate_soft_policy_finite(&mdp, best.policy.view(), temperature).unwrap();
        assert!((&values.v - &best.v).iter().all(|off| off.abs() < 1e-13));
        assert!((&values.q - &best.q).iter().all(|off| off.abs() < 1e-13));
    }
}

#[test]
fn cs285_08_no_gap_without_luck() {
    let gap = |mdp: &TabularMdp| {
        let best = soft_value_iteration_finite(mdp, 1.0).unwrap();
        posterior_kl(mdp, best.policy.view(), 1.0).unwrap()
    };
    assert!(gap(&tabdet()).abs() < 1e-14);
    assert!(gap(&tab()) > 0.01);
    // A random start alone is luck: the posterior leans towards the better one.
    let deterministic = random_mdp((3, 2, 1), Horizon::Finite(3), &mut generator(22));
    assert!(gap(&deterministic) > 0.01);
}

#[test]
fn cs285_08_gap_is_what_exact_inference_is_above() {
    for temperature in [0.3, 1.0, 2.0] {
        let best = soft_value_iteration_finite(&tab(), temperature).unwrap();
        let exact = exact_inference(&tab(), temperature).unwrap();
        let bound = tab().initial().dot(&best.v.row(0));
        let gap = temperature * posterior_kl(&tab(), best.policy.view(), temperature).unwrap();
        assert_close(exact.log_evidence - bound, gap, 1e-12);
        assert!((&exact.v - &best.v).iter().all(|&off| off > -1e-14));
    }
}

#[test]
fn no_temperature_is_dynamic_programming_exactly() {
    let mdp = random_mdp((5, 3, 3), Horizon::Finite(4), &mut generator(23));
    let best = soft_value_iteration_finite(&mdp, 0.0).unwrap();
    let greatest = |row: ArrayView1<'_, f64>| row.fold(f64::NEG_INFINITY, |m, &x| m.max(x));
    for t in 0..4 {
        for s in 0..5 {
            assert_eq!(
                best.v[[t, s]],
                greatest(best.q.slice(ndarray::s![t, s, ..]))
            );
            let ahead = |next| if t == 3 { 0.0 } else { best.v[[t + 1, next]] };
            for a in 0..3 {
                let q =
                    mdp.reward(s, a) + mdp.successors(s, a).map(|(n, p)| p * ahead(n)).sum::<f64>();
                assert_eq!(best.q[[t, s, a]], q);
            }
        }
    }
}

#[test]
fn small_temperatures_approach_the_maximum() {
    let mdp = random_mdp((5, 3, 3), Horizon::Finite(4), &mut generator(24));
    let hard = soft_value_iteration_finite(&mdp, 0.0).unwrap();
    for temperature in [1e-3, 1e-8, 1e-100, 1e-308, 5e-324] {
        let soft = soft_value_iteration_finite(&mdp, temperature).unwrap();
        let bound = 4.0 * temperature * 3f64.ln() + 1e-14;
        assert!(
            (&soft.v - &hard.v)
                .iter()
                .all(|&off| (-1e-14..=bound).contains(&off))
        );
        assert!(soft.policy.iter().all(|p| p.is_finite()));
    }
}
