//! The policy beside dual numbers and the densities of `kinglet-distributions`.

use autodiff::F1;
use kinglet_nn::{Activation, Mlp};
use ndarray::{Array2, ArrayView2};

use super::referee::*;
use super::*;

#[test]
fn log_probs_and_their_gradient_are_the_dual_numbers() {
    for case in cases() {
        let (policy, actions) = (&case.policy, &case.actions);
        let n = policy.n_action();
        let f = |i: usize, law: &[F1]| log_prob(policy.head, law, &actions[i * n..(i + 1) * n]);
        let expected = referee(&case, f);
        let (values, gradient) = found(
            &case,
            |memory, out| policy.log_probs(actions, memory, out),
            |memory| policy.weigh_log_probs(actions, &case.weights, memory),
        );
        let what = format!("{:?}", policy.head);
        assert_close(&values, &expected.0, 1e-12, &what);
        assert_close(&gradient, &expected.1, 1e-11, &what);
    }
}

#[test]
fn entropies_and_their_gradient_are_the_dual_numbers() {
    for case in cases() {
        let policy = &case.policy;
        let expected = referee(&case, |_, law| entropy(policy.head, law));
        let (values, gradient) = found(
            &case,
            |memory, out| policy.entropies(memory, out),
            |memory| policy.weigh_entropies(&case.weights, memory),
        );
        let what = format!("{:?}", policy.head);
        let tolerance = match policy.head {
            Head::TanhNormal(_) => 1e-8, // the quadrature's, at σ up to 2
            _ => 1e-11,
        };
        assert_close(&values, &expected.0, tolerance, &what);
        assert_close(&gradient, &expected.1, 10.0 * tolerance, &what);
    }
}

#[test]
fn divergences_and_their_gradient_are_the_dual_numbers() {
    for case in cases() {
        let (policy, old) = (&case.policy, &case.old);
        let n = policy.n_law();
        let f = |i: usize, law: &[F1]| kl(policy.head, &old[i * n..(i + 1) * n], law);
        let expected = referee(&case, f);
        let (values, gradient) = found(
            &case,
            |memory, out| policy.kls(old, memory, out),
            |memory| policy.weigh_kls(old, &case.weights, memory),
        );
        let what = format!("{:?}", policy.head);
        assert_close(&values, &expected.0, 1e-12, &what);
        assert_close(&gradient, &expected.1, 1e-11, &what);
    }
}

#[test]
fn one_pass_back_serves_a_sum_of_terms() {
    type Term = fn(&Case, &mut Memory<f64>);
    let terms: [Term; 3] = [
        |case, memory| (case.policy).weigh_log_probs(&case.actions, &case.weights, memory),
        |case, memory| case.policy.weigh_entropies(&case.weights, memory),
        |case, memory| (case.policy).weigh_kls(&case.old, &case.weights, memory),
    ];
    for case in cases() {
        let gradient = |terms: &[Term]| {
            let weigh = |memory: &mut _| terms.iter().for_each(|term| term(&case, memory));
            found(&case, |_, _| {}, weigh).1
        };
        let mut sum = vec![0.0; case.params.len()];
        for term in terms {
            let own = gradient(&[term]);
            sum.iter_mut().zip(own).for_each(|(sum, g)| *sum += g);
        }
        assert_close(&gradient(&terms), &sum, 1e-12, "the sum");
    }
}

fn product(case: &Case, v: &[f64]) -> Vec<f64> {
    let (mut memory, mut out) = (Memory::default(), vec![f64::NAN; v.len()]);
    case.policy
        .forward(&case.params, case.x.view(), &mut memory);
    case.policy
        .fisher_product(&case.params, v, &mut memory, &mut out);
    out
}

/// The Hessian of the mean KL at the old policy, by central differences of the dual numbers' gradient.
#[test]
fn deck_11_the_fisher_product_is_the_curvature_of_kl() {
    for mut case in cases() {
        case.weights = vec![1.0 / ROWS as f64; ROWS];
        let (policy, n) = (&case.policy, case.policy.n_law());
        let mut memory = Memory::default();
        let old = policy.forward(&case.params, case.x.view(), &mut memory);
        let v: Vec<f64> = (0..case.params.len())
            .map(|i| (1.0 + i as f64).sin())
            .collect();
        let slope = |h: f64| {
            let moved: Vec<f64> = case.params.iter().zip(&v).map(|(x, v)| x + h * v).collect();
            let f = |i: usize, law: &[F1]| kl(policy.head, &old[i * n..(i + 1) * n], law);
            referee_at(&case, &moved, f).1
        };
        let h = 1e-5;
        let (up, down) = (slope(h), slope(-h));
        let expected: Vec<f64> = up
            .iter()
            .zip(down)
            .map(|(u, d)| (u - d) / (2.0 * h))
            .collect();
        let what = format!("{:?}", case.policy.head);
        assert_close(&product(&case, &v), &expected, 1e-7, &what);
    }
}

/// Every action of the categorical head is listed.
#[test]
fn enumeration_gives_the_categorical_head() {
    let case = cases().last().unwrap();
    let (policy, n) = (&case.policy, case.params.len());
    assert_eq!(policy.head, Head::Categorical);
    let v: Vec<f64> = (0..n).map(|i| (2.0 + i as f64).cos()).collect();
    let (mut mean_score, mut fisher) = (vec![0.0; n], vec![0.0; n]);
    let mut memory = Memory::default();
    for row in case.x.outer_iter() {
        let x = row.insert_axis(ndarray::Axis(0));
        let law = policy.forward(&case.params, x, &mut memory).to_vec();
        assert!((law.iter().map(|x| x.exp()).sum::<f64>() - 1.0).abs() < 1e-14);
        let (mut entropy, mut expected) = ([0.0], 0.0);
        policy.entropies(&memory, &mut entropy);
        for (k, log_prob) in law.iter().enumerate() {
            let mut score = vec![0.0; n];
            policy.weigh_log_probs(&[k as f64], &[1.0], &mut memory);
            policy.vjp(&case.params, &mut memory, &mut score);
            let p = log_prob.exp();
            expected -= p * log_prob;
            let along: f64 = score.iter().zip(&v).map(|(s, v)| s * v).sum();
            for i in 0..n {
                mean_score[i] += p * score[i];
                fisher[i] += p * score[i] * along / ROWS as f64;
            }
        }
        assert!((entropy[0] - expected).abs() < 1e-14);
    }
    assert!(mean_score.iter().all(|x| x.abs() < 1e-14));
    assert_close(&product(&case, &v), &fisher, 1e-12, "F v");
}

#[test]
fn actions_follow_the_law_that_log_probs_are_of() {
    let draws = 20_000;
    for case in cases() {
        let policy = &case.policy;
        let (mut memory, mut rng) = (Memory::default(), generator());
        let x = [0.3, -0.7];
        let mut action = vec![0.0; policy.n_action()];
        let mut sums = [0.0; 2];
        for _ in 0..draws {
            let log_prob = policy.act(&case.params, &x, &mut memory, &mut action, &mut rng);
            let mut again = [0.0];
            policy.log_probs(&action, &memory, &mut again);
            assert_eq!(log_prob, again[0]);
            sums[0] += log_prob;
            sums[1] += log_prob * log_prob;
        }
        let mut entropy = [0.0];
        policy.entropies(&memory, &mut entropy);
        let mean = sums[0] / f64::from(draws);
        let error = ((sums[1] / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
        let off = (mean + entropy[0]) / error;
        assert!(off.abs() < 4.0, "{:?}: {off} standard errors", policy.head);
        assert!(error > 0.0);
    }
}

/// The first moments of each number of an action, and the frequency of each category.
#[test]
fn draws_have_the_laws_moments() {
    let draws = 20_000;
    for case in cases() {
        let policy = &case.policy;
        let (mut memory, mut rng) = (Memory::default(), generator());
        let law = policy
            .forward(&case.params, case.x.view(), &mut memory)
            .to_vec();
        let n = policy.n_law();
        let (row, mut action) = (3, vec![0.0; policy.n_action()]);
        let law = &law[row * n..(row + 1) * n];
        let mut sums = vec![0.0; n];
        for _ in 0..draws {
            policy.draw(row, &memory, &mut action, &mut rng);
            match policy.head {
                Head::Categorical => sums[action[0] as usize] += 1.0,
                _ => sums.iter_mut().zip(&action).for_each(|(sum, a)| *sum += a),
            }
        }
        for i in 0..if policy.head == Head::Categorical {
            n
        } else {
            n / 2
        } {
            let (mean, variance) = match policy.head {
                Head::Categorical => (law[i].exp(), law[i].exp() * (1.0 - law[i].exp())),
                _ => (law[i], (2.0 * law[n / 2 + i]).exp()),
            };
            let off = (sums[i] / f64::from(draws) - mean) / (variance / f64::from(draws)).sqrt();
            assert!(off.abs() < 4.0, "{:?}: {off} standard errors", policy.head);
        }
    }
}

#[test]
fn f32_acts_as_f64_does() {
    for case in cases() {
        let policy = &case.policy;
        let single: Vec<f32> = case.params.iter().map(|x| *x as f32).collect();
        let double: Vec<f64> = single.iter().map(|x| f64::from(*x)).collect();
        let (mut m32, mut m64) = (Memory::default(), Memory::default());
        let (mut a32, mut a64) = (vec![0f32; policy.n_action()], vec![0f64; policy.n_action()]);
        let (mut r32, mut r64) = (generator(), generator());
        for _ in 0..50 {
            let p32 = policy.act(&single, &[0.25, -0.5], &mut m32, &mut a32, &mut r32);
            let p64 = policy.act(&double, &[0.25, -0.5], &mut m64, &mut a64, &mut r64);
            assert!((f64::from(p32) - p64).abs() < 2e-5);
            let pairs = a32.iter().zip(&a64);
            assert!(
                pairs
                    .into_iter()
                    .all(|(x, y)| (f64::from(*x) - y).abs() < 1e-5)
            );
        }
        assert_eq!(r32, r64);
    }
}

/// A batch after a larger one gives what a fresh memory gives, and memory does not move.
#[test]
fn memory_is_kept_and_nothing_of_it_is_seen() {
    for case in cases() {
        let policy = &case.policy;
        let mut memory = Memory::default();
        policy.forward(&case.params, case.x.view(), &mut memory);
        policy.weigh_entropies(&case.weights, &mut memory);
        let at = (
            memory.laws.as_ptr(),
            memory.d_laws.as_ptr(),
            memory.t_laws.as_ptr(),
        );
        let two: ArrayView2<'_, f64> = case.x.slice(ndarray::s![1..3, ..]);
        let small = policy.forward(&case.params, two, &mut memory).to_vec();
        let mut fresh = Memory::default();
        assert_eq!(policy.forward(&case.params, two, &mut fresh), small);
        let (mut gradient, mut none) = (vec![0.0; case.params.len()], vec![0.0; case.params.len()]);
        policy.vjp(&case.params, &mut memory, &mut gradient);
        policy.vjp(&case.params, &mut fresh, &mut none);
        assert_eq!((&gradient, memory.rows), (&none, 2));
        policy.forward(&case.params, case.x.view(), &mut memory);
        assert_eq!(
            at,
            (
                memory.laws.as_ptr(),
                memory.d_laws.as_ptr(),
                memory.t_laws.as_ptr()
            )
        );
    }
}

#[test]
fn an_action_is_applied_as_its_head_says() {
    let mut out = [0.0];
    let one = |head| Policy::new(Mlp::new(&[1, 1], Activation::Tanh).unwrap(), head).unwrap();
    one(Head::TanhNormal(LogStd::Fixed(0.0))).applied(&[0.5f32], &mut out);
    assert_eq!(out, [0.5f64.tanh()]);
    one(Head::Normal(LogStd::Fixed(0.0))).applied(&[3.5f32], &mut out);
    assert_eq!(out, [3.5]);
}

#[test]
fn the_middle_is_the_mean_or_the_most_probable() {
    for case in cases() {
        let (policy, mut memory) = (&case.policy, Memory::default());
        let law =
            policy.forward(&case.params, case.x.view(), &mut memory)[..policy.n_law()].to_vec();
        let mut action = vec![f64::NAN; policy.n_action()];
        policy.middle(0, &memory, &mut action);
        match policy.head {
            Head::Categorical => assert!(law.iter().all(|x| *x <= law[action[0] as usize])),
            _ => assert_eq!(action, law[..action.len()]),
        }
    }
}

#[test]
fn a_squashed_action_far_out_keeps_its_log_prob() {
    let head = Head::TanhNormal(LogStd::Fixed(0.0));
    let policy = Policy::new(Mlp::new(&[1, 1], Activation::Tanh).unwrap(), head).unwrap();
    let (mut memory, mut out) = (Memory::default(), [0.0f64]);
    policy.act(
        &[0.0, 40.0],
        &[0.0],
        &mut memory,
        &mut [0.0],
        &mut generator(),
    );
    policy.log_probs(&[40.0], &memory, &mut out);
    // ln N(0; 0, 1) + 80 − ln 4
    assert!((out[0] - (80.0 - 4f64.ln() - 0.918_938_533_204_672_7)).abs() < 1e-12);
}

#[test]
fn refuses_what_has_no_meaning() {
    let net = |outputs| Mlp::new(&[1, outputs], Activation::Tanh).unwrap();
    let odd = Policy::new(net(3), Head::Normal(LogStd::OfState));
    assert_eq!(odd, Err(Error::OddOutputs { outputs: 3 }));
    for scale in [
        LogStd::Fixed(f64::INFINITY),
        LogStd::Learned(f64::NEG_INFINITY),
        LogStd::OfFeatures {
            start: f64::NAN,
            sample_every: None,
        },
    ] {
        assert!(Policy::new(net(2), Head::TanhNormal(scale)).is_err());
    }
    assert!(Policy::new(net(3), Head::Normal(LogStd::Learned(0.0))).is_ok());
    let random = Perturbed::new(net(2), net(2), Link::Exp, 0.1).unwrap();
    let found = Policy::new(random, Head::Normal(OF_FEATURES));
    assert_eq!(found, Err(Error::NoFeatures));
}

#[test]
#[should_panic(expected = "the action 3 is no index below 3")]
fn a_category_out_of_range_panics() {
    let policy = policy(Head::Categorical);
    let (mut memory, params) = (Memory::default(), vec![0.0; policy.n_params()]);
    policy.forward(&params, Array2::zeros((1, INPUTS)).view(), &mut memory);
    policy.log_probs(&[3.0], &memory, &mut [0.0]);
}

/// As far off as the doc of `entropies` says.
#[test]
fn the_integrated_entropy_is_as_close_as_stated() {
    let squashed = |mean: f64, std: f64| {
        let law = [mean, std.ln()];
        let found = normal::entropy(&law) + squash::entropy(&law);
        (found - squashed_entropy(mean, std.ln())).abs()
    };
    for mean in [0.0, 0.05, 0.6, 3.0] {
        for (std, bound) in [(0.05, 1e-10), (0.5, 1e-10), (2.0, 1e-8), (4.0, 1e-4)] {
            let off = squashed(mean, std);
            assert!(off < bound, "at μ = {mean}, σ = {std}: {off}");
        }
    }
}
