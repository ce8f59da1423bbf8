//! XU-24: the metric as a covariance of scores.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution, Normal, Reparameterised};
use kinglet_objectives::Estimate;
use ndarray::Array1;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::gaussian_policy::{
    LAW, STD, exact_fisher, kl, means_jacobian, sampled_fisher, score, theta_old,
};
use crate::matrices::{elements, worst};
use crate::optimise::hessian;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-24",
    title: "The metric is the scores' covariance under the policy's own actions",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_24,
};

const DRAWS: usize = 20_000;

/// The metric as a covariance of scores. Catalogue: XU-24.
///
/// ```text
/// H(θ_old) = E_s E_{a ∼ π}[ ∇ log π(a|s) ∇ log π(a|s)ᵀ ]
/// ```
///
/// For a Gaussian policy on three states: by quadrature over the actions, by drawing them, and as
/// the Hessian of the mean divergence; and at the mean action, where nothing is left of it.
pub fn xu_24() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let theta = theta_old();
    let mut checks = exact(&theta)?;
    checks.extend(drawn(&theta)?);
    Ok(Outcome {
        checks,
        printed: vec![at_the_mean(&theta)?],
        ..Outcome::default()
    })
}

fn exact(theta: &Array1<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    Ok(elements(
        "H",
        OPTIMISED,
        [
            (
                "scores over six nodes of actions",
                &exact_fisher(theta)?.matrix,
            ),
            ("Hessian of E_s KL", &hessian(&|t| kl(t, theta), theta)),
        ],
    ))
}

/// States and noises of the policy's own actions.
fn draw() -> Result<Vec<(usize, f64)>, Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(24);
    let (law, unit) = (
        Categorical::from_probabilities(&LAW)?,
        Normal::new(0.0, STD)?,
    );
    let one = |_| (law.sample(&mut rng), unit.noise(&mut rng));
    Ok((0..DRAWS).map(one).collect())
}

fn drawn(theta: &Array1<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let (draws, exact) = (draw()?, exact_fisher(theta)?.matrix);
    let (sampled, j) = (sampled_fisher(theta, &draws), means_jacobian(theta));
    let mut checks = Vec::new();
    for (i, k) in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2)] {
        let terms = draws.iter().map(|&(state, noise)| {
            let score = score(&j, state, noise);
            score[i] * score[k]
        });
        let estimate = Estimate {
            mean: sampled[[i, k]],
            ..Estimate::from_samples(terms)?
        };
        checks.push(Check::monte_carlo(
            format!("H[{i}, {k}] with actions drawn from the policy"),
            ("quadrature", exact[[i, k]]),
            ("20 000 draws", estimate),
        ));
    }
    Ok(checks)
}

/// "π(·|s)" names no action; a Gaussian policy's own representative is its mean.
fn at_the_mean(theta: &Array1<f64>) -> Result<Printed, Box<dyn Error>> {
    let exact = exact_fisher(theta)?.matrix;
    let printed = sampled_fisher(theta, &[(0, 0.0), (1, 0.0), (2, 0.0)]);
    let (i, k) = worst(&printed, &exact);
    Ok(Printed::number(
        format!("E_s alone, at each state's mean action: H[{i}, {k}]"),
        printed[[i, k]],
        exact[[i, k]],
        "The expectation over actions is missing: the score belongs to an action drawn from the \
         policy. At a Gaussian's mean it is 0, and so is the matrix.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_24_the_covariance_needs_its_actions() {
        let outcome = xu_24();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
        assert_eq!(outcome.printed[0].value, Some(0.0));
        assert!(outcome.printed[0].off_by.unwrap() > 0.1);
    }
}
