//! The rates at which errors fall: a wrong order of an approximation, or a missing factor, changes the slope.

use autodiff::{F1, diff};
use kinglet_distributions::{Categorical, Distribution, Fisher, Kl, Normal, Score};
use kinglet_envs::{GridRules, Gridworld, Horizon, TabularMdp, fixtures};
use kinglet_objectives::{Sweep, elbo, elbo_monte_carlo, soft_value_iteration_finite};
use kinglet_tests::{close, rate};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// Halvings of a step, from `first` on.
fn halvings<const N: usize>(first: f64) -> [f64; N] {
    std::array::from_fn(|i| first * 0.5f64.powi(i as i32))
}

/// DECK-01: the error of n rollouts falls as n^(−½), and the standard error with it.
#[test]
fn deck_01_monte_carlo_elbo_converges_with_slope_minus_one_half() {
    let (mdp, temperature) = (fixtures::tab(), 0.8);
    let policy = soft_value_iteration_finite(&mdp, 3.0).unwrap().policy;
    let exact = elbo(&mdp, policy.view(), temperature).unwrap();
    let sizes = [100, 400, 1600, 6400, 25_600];
    let mut rng = rng(1);
    let mut stated = Vec::new();
    let errors = sizes.map(|n| {
        let estimates: Vec<_> = (0..100)
            .map(|_| elbo_monte_carlo(&mdp, policy.view(), temperature, n, &mut rng).unwrap())
            .collect();
        stated.push(estimates.iter().map(|e| e.standard_error).sum::<f64>() / 100.0);
        (estimates
            .iter()
            .map(|e| (e.mean - exact).powi(2))
            .sum::<f64>()
            / 100.0)
            .sqrt()
    });
    let sizes = sizes.map(|n| n as f64);
    rate::assert_slope("error of the ELBO", &sizes, &errors, -0.5, 0.05);
    rate::assert_slope("its standard error", &sizes, &stated, -0.5, 0.01);
    // With 100 runs a root mean square has an error of 7 percent.
    for (error, stated) in errors.iter().zip(&stated) {
        assert!(
            (error / stated - 1.0).abs() < 0.3,
            "error {error}, standard error {stated}"
        );
    }
}

/// The residuals of repeated sweeps from zero, and the distances to the limit.
fn residuals(mdp: &TabularMdp, temperature: f64, sweeps: usize) -> (Vec<f64>, Vec<f64>) {
    let mut sweep = Sweep::new(mdp, temperature).unwrap();
    let mut values = vec![vec![0.0; mdp.n_states()]];
    let mut residuals = Vec::new();
    for k in 0..sweeps {
        let mut next = vec![0.0; mdp.n_states()];
        residuals.push(sweep.apply(&values[k], &mut next));
        values.push(next);
    }
    let limit = values.last().expect("there is the start").clone();
    let distance = |v: &Vec<f64>| {
        v.iter()
            .zip(&limit)
            .fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()))
    };
    (residuals, values.iter().map(distance).collect())
}

/// CS285-09: a soft sweep contracts by γ or faster in the largest norm, at every temperature.
#[test]
fn cs285_09_soft_value_iteration_contracts_by_the_discount() {
    let rules = GridRules::cliff_walking(Horizon::Discounted(0.95));
    let grid = Gridworld::open(6, 5, rules).unwrap().mdp;
    for mdp in [fixtures::disc(), grid] {
        for temperature in [0.0, 0.1, 1.0, 10.0] {
            let (residuals, distances) = residuals(&mdp, temperature, 1200);
            for fall in residuals.windows(2).chain(distances.windows(2)) {
                let rounding = 1e-11 * distances[0];
                assert!(
                    fall[1] <= mdp.discount() * fall[0] + rounding,
                    "{fall:?} at α = {temperature}"
                );
            }
            assert!(residuals[1199] < 1e-9 * residuals[0]);
        }
    }
}

/// CS285-09: and by γ exactly for a constant, so that the rate is no better than that.
#[test]
fn cs285_09_a_constant_contracts_by_exactly_the_discount() {
    let mdp = fixtures::disc();
    let mut sweep = Sweep::new(&mdp, 0.5).unwrap();
    let v: Vec<f64> = (0..mdp.n_states()).map(|s| (s as f64).cos()).collect();
    let shifted: Vec<f64> = v.iter().map(|v| v + 3.0).collect();
    let (mut one, mut other) = (vec![0.0; v.len()], vec![0.0; v.len()]);
    sweep.apply(&v, &mut one);
    sweep.apply(&shifted, &mut other);
    for (one, other) in one.iter().zip(&other) {
        close::assert_close("the shift", other - one, 3.0 * mdp.discount(), 1e-13);
    }
}

/// The derivative of ln p(x) by the logits and by ln σ: central differences of step h are off by h².
#[test]
fn central_differences_converge_with_slope_two() {
    let steps: [f64; 5] = halvings(0.1);
    let logits = [0.3, -1.2, 2.0];
    let moved = |h: f64| Categorical::from_logits(&[logits[0], logits[1] + h, logits[2]]).unwrap();
    let exact = moved(0.0).score(&2)[1];
    let errors =
        steps.map(|h| ((moved(h).log_prob(&2) - moved(-h).log_prob(&2)) / (2.0 * h) - exact).abs());
    rate::assert_slope("score of a categorical", &steps, &errors, 2.0, 0.02);

    let log_prob = |log_std: f64| Normal::from_log_std(1.0, log_std).log_prob(&2.5);
    let exact = diff(
        |log_std| Normal::from_log_std(F1::cst(1.0), log_std).log_prob(&F1::cst(2.5)),
        -0.4,
    );
    let errors =
        steps.map(|h| ((log_prob(h - 0.4) - log_prob(-h - 0.4)) / (2.0 * h) - exact).abs());
    rate::assert_slope("score of a normal", &steps, &errors, 2.0, 0.02);
}

/// KL(θ ‖ θ + d) is ½ dᵀ F d up to the third order.
fn assert_quadratic(what: &str, kl: impl Fn(f64) -> f64, quadratic: f64) {
    let steps: [f64; 6] = halvings(0.2);
    rate::assert_slope(what, &steps, &steps.map(&kl), 2.0, 0.1);
    let rest = steps.map(|h| (kl(h) - quadratic * h * h).abs());
    rate::assert_slope(&format!("{what}, the rest"), &steps, &rest, 3.0, 0.2);
    let small = 1e-6;
    close::assert_close(what, kl(small) / (small * small) / quadratic, 1.0, 1e-4);
}

/// DECK-11: the Fisher matrix is the curvature of KL in both orders.
#[test]
fn deck_11_kl_is_half_the_fisher_quadratic_to_third_order() {
    let direction = [0.7, -0.4];
    let at = |h: f64| Normal::from_log_std(0.5 + h * direction[0], -0.3 + h * direction[1]);
    let fisher = at(0.0).fisher(&direction);
    let quadratic = 0.5 * (direction[0] * fisher[0] + direction[1] * fisher[1]);
    assert_quadratic("normal, forward", |h| at(0.0).kl(&at(h)), quadratic);
    assert_quadratic("normal, reverse", |h| at(h).kl(&at(0.0)), quadratic);

    let direction = vec![1.0, -0.5, 0.2, -1.0];
    let at = |h: f64| {
        let logits: Vec<f64> = [0.1, 1.3, -0.8, 0.4]
            .iter()
            .zip(&direction)
            .map(|(l, d)| l + h * d)
            .collect();
        Categorical::from_logits(&logits).unwrap()
    };
    let quadratic = 0.5
        * direction
            .iter()
            .zip(at(0.0).fisher(&direction))
            .map(|(d, f)| d * f)
            .sum::<f64>();
    assert_quadratic("categorical, forward", |h| at(0.0).kl(&at(h)), quadratic);
    assert_quadratic("categorical, reverse", |h| at(h).kl(&at(0.0)), quadratic);
}
