//! CS285-14: soft actor-critic's actor.

use std::error::Error;

use autodiff::F1;
use kinglet_distributions::{Normal, Reparameterised};
use kinglet_objectives::{
    Estimate, QuadraticCritic, actor_gradient_pathwise, actor_gradient_score, actor_objective,
    gauss_hermite,
};
use ndarray::{Array1, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::check::OPTIMISED;
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// Q(a) = −(a − 1)².
const CRITIC: QuadraticCritic = QuadraticCritic {
    peak: 1.0,
    curvature: 2.0,
};
const TEMPERATURE: f64 = 0.3;
const MEAN: f64 = 0.2;
const STD: f64 = 0.6;
const SAMPLES: usize = 50_000;
const PARAMETERS: [&str; 2] = ["μ", "ln σ"];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "CS285-14",
    title: "SAC's actor climbs E[Q − β log π], by the score or through the action",
    kind: Kind::Formula,
    source: Source::Cs285,
    run: cs285_14,
};

/// The actor of soft actor-critic. Catalogue: CS285-14.
///
/// ```text
/// max_π E_{a ~ π}[ Q(s, a) − β log π(a | s) ]
/// ```
///
/// For Q = −(a − 1)² and a Gaussian policy: the gradient in closed form, by forward
/// differentiation, and as the mean of two estimators, exactly and by sampling; and the optimum,
/// whose variance is β/2.
pub fn cs285_14() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: [gradients()?, sampled()?, optimum()?].concat(),
        notes: vec![
            "Both estimators are right in the mean. The one through the action needs the slope of \
             Q, and has a far smaller error.",
            "By σ instead of ln σ the second component is −.7: divide by σ = .6.",
        ],
        ..Outcome::default()
    })
}

fn policy() -> Result<Normal, kinglet_distributions::Error> {
    Normal::new(MEAN, STD)
}

fn score(policy: &Normal, noise: f64) -> [f64; 2] {
    let action = policy.transform(&noise);
    actor_gradient_score(|a| CRITIC.value(a), policy, action, TEMPERATURE, 0.0)
}

fn pathwise(policy: &Normal, noise: f64) -> [f64; 2] {
    actor_gradient_pathwise(|a| CRITIC.slope(a), policy, noise, TEMPERATURE)
}

/// By forward differentiation of one sample, averaged over the noise.
fn differentiated(i: usize) -> f64 {
    let parameters = [MEAN, STD.ln()];
    let variable = |j: usize| match j == i {
        true => F1::var(parameters[j]),
        false => F1::cst(parameters[j]),
    };
    let policy = Normal::from_log_std(variable(0), variable(1));
    gauss_hermite(40).mean(|noise| {
        let value = |a: &F1| CRITIC.value(*a);
        actor_objective(value, &policy, &noise, F1::cst(TEMPERATURE)).dx
    })
}

fn gradients() -> Result<Vec<Check>, Box<dyn Error>> {
    let (policy, rule) = (policy()?, gauss_hermite(40));
    let closed = CRITIC.gradient(&policy, TEMPERATURE);
    let check = |i: usize| {
        Check::exact(
            format!("∂/∂({}) of E[Q − β log π]", PARAMETERS[i]),
            [
                ("closed form", closed[i]),
                ("forward differentiation, Gauss–Hermite", differentiated(i)),
                (
                    "score, Gauss–Hermite",
                    rule.mean(|noise| score(&policy, noise)[i]),
                ),
                (
                    "pathwise, Gauss–Hermite",
                    rule.mean(|noise| pathwise(&policy, noise)[i]),
                ),
            ],
        )
    };
    Ok((0..2).map(check).collect())
}

/// Both estimators by sampling, and which is the better.
fn sampled() -> Result<Vec<Check>, Box<dyn Error>> {
    let policy = policy()?;
    let closed = CRITIC.gradient(&policy, TEMPERATURE);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(14);
    let noises: Vec<f64> = (0..SAMPLES).map(|_| policy.noise(&mut rng)).collect();
    let mut checks = Vec::new();
    for i in 0..2 {
        let of = |estimator: &dyn Fn(&Normal, f64) -> [f64; 2]| {
            Estimate::from_samples(noises.iter().map(|&noise| estimator(&policy, noise)[i]))
        };
        let (by_score, by_path) = (of(&score)?, of(&pathwise)?);
        for (name, estimate) in [("50 000 scores", by_score), ("50 000 paths", by_path)] {
            checks.push(Check::monte_carlo(
                format!("∂/∂({}) by {name}", PARAMETERS[i]),
                ("closed form", closed[i]),
                (name, estimate),
            ));
        }
        checks.push(Check::at_most(
            format!("the standard error of ∂/∂({})", PARAMETERS[i]),
            ("pathwise", by_path.standard_error),
            ("score", by_score.standard_error),
        ));
    }
    Ok(checks)
}

fn optimum() -> Result<Vec<Check>, Box<dyn Error>> {
    let cost = |x: &Array1<f64>| -CRITIC.objective(&Normal::from_log_std(x[0], x[1]), TEMPERATURE);
    let found = minimise(cost, array![0.0, 0.0]);
    let best = CRITIC.best_policy(TEMPERATURE)?;
    Ok(vec![
        Check::within(
            "the best μ",
            OPTIMISED,
            [
                ("BFGS", found[0]),
                ("closed form", best.mean()),
                ("the peak", 1.0),
            ],
        ),
        Check::within(
            "the best σ²",
            OPTIMISED,
            [
                ("BFGS", (2.0 * found[1]).exp()),
                ("closed form", best.variance()),
                ("β / 2", TEMPERATURE / 2.0),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn cs285_14_both_estimators_climb_the_same_slope() {
        assert_eq!(cs285_14().verdict(), Verdict::Holds);
        let [mean, log_std] = CRITIC.gradient(&policy().unwrap(), TEMPERATURE);
        assert!((mean - 1.6).abs() < 1e-12 && (log_std / STD + 0.7).abs() < 1e-12);
    }
}
