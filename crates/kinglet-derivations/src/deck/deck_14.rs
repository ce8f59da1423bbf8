//! DECK-14: the posterior of the gradient.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution};
use kinglet_objectives::Estimate;
use kinglet_plots::{Axes, Axis, Series, lines};
use kinglet_trust_region::{GaussianPosterior, NormalInverseWishartPosterior};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, array, s};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::gradient_posterior::{direction, grid, kalman, prior_moments, simpson, tail};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-14",
    title: "The gradient has a Gaussian posterior, once the score times the return is its sample",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_14,
};

/// The posterior of the gradient. Catalogue: DECK-14.
///
/// ```text
/// μ ~ N(m₀, S₀),  ĝᵢ ~ N(μ, R):   Σₙ = (S₀⁻¹ + n R⁻¹)⁻¹,   μₙ = Σₙ (S₀⁻¹ m₀ + R⁻¹ Σᵢ ĝᵢ)
/// ```
///
/// On BAND, by its first two logits: all at once, one by one and on a grid, with R known and, in
/// one dimension, unknown; the chance that a step ascends; how normal one sample and the mean of 64
/// are; and the mean of the printed sample.
pub fn deck_14() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let policy = bandit::policy(&bandit::LOGITS)?;
    let gradients = drawn(&policy, 12);
    let mut checks = known_noise(&policy, &gradients)?;
    checks.extend(unknown_noise(&gradients)?);
    checks.extend(concentration(&policy)?);
    checks.extend(normality(&policy)?);
    Ok(Outcome {
        checks,
        printed: printed(&policy)?,
        notes: vec![
            "One sample need not be normal: on BAND it takes three values. The mean of a batch \
             nearly is, by the central limit theorem, and batches are what should be fed in.",
            "What the covariance says of \"stability\": the probability P(gᵀd > 0) that a small \
             step along d ascends.",
        ],
        figures: vec![figure(&policy)?],
    })
}

/// ĝ = r ∇ log q of each arm, by the first two logits.
fn samples(policy: &Categorical) -> Array2<f64> {
    let scores = bandit::scores(policy);
    Array2::from_shape_fn((3, 2), |(a, i)| bandit::REWARD[a] * scores[[a, i]])
}

fn drawn(policy: &Categorical, n: usize) -> Array2<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(14);
    let arms: Vec<usize> = (0..n).map(|_| policy.sample(&mut rng)).collect();
    samples(policy).select(ndarray::Axis(0), &arms)
}

/// Mean and covariance of ĝ, exactly.
fn moments(policy: &Categorical) -> (Array1<f64>, Array2<f64>) {
    let samples = samples(policy);
    let mean = Array1::from_shape_fn(2, |i| policy.mean(|a| samples[[a, i]]));
    let covariance = Array2::from_shape_fn((2, 2), |(i, j)| {
        policy.mean(|a| (samples[[a, i]] - mean[i]) * (samples[[a, j]] - mean[j]))
    });
    (mean, covariance)
}

fn prior(noise: ArrayView2<'_, f64>) -> Result<GaussianPosterior, kinglet_trust_region::Error> {
    let (mean, covariance) = prior_moments();
    GaussianPosterior::new(mean.view(), covariance.view(), noise)
}

fn known_noise(
    policy: &Categorical,
    gradients: &Array2<f64>,
) -> Result<Vec<Check>, Box<dyn Error>> {
    let noise = moments(policy).1;
    let (mut whole, mut singly) = (prior(noise.view())?, prior(noise.view())?);
    whole.update(gradients.view())?;
    for n in 0..gradients.nrows() {
        singly.update(gradients.slice(s![n..n + 1, ..]))?;
    }
    let kalman = kalman(&noise, gradients);
    let width = whole.covariance()?.diag().mapv(f64::sqrt);
    let grid = grid((&whole.mean()?, &width), &noise, gradients);
    let (a, b) = (
        (whole.mean()?, whole.covariance()?),
        (singly.mean()?, singly.covariance()?),
    );
    let check = |name: &str, tolerance, values: [f64; 4]| {
        let [whole, singly, kalman, grid] = values;
        Check::within(
            format!("posterior {name} after 12 gradients"),
            tolerance,
            [
                ("all at once", whole),
                ("one by one", singly),
                ("Kalman gains", kalman),
                ("a grid of gradients", grid),
            ],
        )
    };
    let mut checks: Vec<Check> = (0..2)
        .map(|i| {
            check(
                ["mean of g₁", "mean of g₂"][i],
                1e-10,
                [a.0[i], b.0[i], kalman.0[i], grid.0[i]],
            )
        })
        .collect();
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let at = |m: &Array2<f64>| m[[i, j]];
        let values = [at(&a.1), at(&b.1), at(&kalman.1), at(&grid.1)];
        checks.push(check(&format!("covariance [{i}, {j}]"), 1e-10, values));
    }
    checks.push(Check::within(
        "P(gᵀd > 0), d = (.5, .4)",
        1e-9,
        [
            ("Φ(μₙᵀd / √(dᵀΣₙd))", whole.ascends(direction().view())?),
            ("the density of gᵀd, summed", tail(&a)),
        ],
    ));
    Ok(checks)
}

/// R unknown, in one dimension: updates, and the chance to ascend by the integral over R.
fn unknown_noise(gradients: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let first = gradients.slice(s![.., ..1]);
    let prior =
        || NormalInverseWishartPosterior::new(array![0.1].view(), 0.5, array![[0.8]].view(), 2.0);
    let (mut whole, mut singly) = (prior()?, prior()?);
    whole.update(first)?;
    for n in 0..first.nrows() {
        singly.update(first.slice(s![n..n + 1, ..]))?;
    }
    let (m, kappa) = (whole.mean[0], whole.strength);
    let (psi, nu) = (whole.scatter[[0, 0]], whole.degrees);
    // R ~ IG(ν/2, Ψ/2) in ln R, and given R the mean of g is normal with variance R/κ.
    let log_density = |l: f64| -0.5 * nu * l - 0.5 * psi * (-l).exp();
    let above = |l: f64| {
        let spread = (l.exp() / kappa).sqrt();
        tail(&(array![m, 0.0], array![[spread * spread, 0.0], [0.0, 0.0]]))
    };
    let top = (psi / nu).ln();
    let weight = |l: f64| (log_density(l) - log_density(top)).exp();
    let (lo, hi) = (top - 4.0, top + 8.0);
    let chance = simpson(|l| weight(l) * above(l), lo, hi, 400) / simpson(weight, lo, hi, 400);
    Ok(vec![
        Check::exact(
            "mean of g₁, R unknown",
            [("all at once", m), ("one by one", singly.mean[0])],
        ),
        Check::exact(
            "Ψ, R unknown",
            [("all at once", psi), ("one by one", singly.scatter[[0, 0]])],
        ),
        Check::exact(
            "κ and ν, R unknown",
            [
                ("all at once", kappa + nu),
                ("one by one", singly.strength + singly.degrees),
            ],
        ),
        Check::within(
            "P(g₁ > 0), R unknown",
            1e-8,
            [
                ("Student's t", whole.ascends(array![1.0].view())?),
                ("Φ, averaged over R", chance),
            ],
        ),
    ])
}

/// After many gradients the posterior stands at ∇J, as wide as its samples' mean.
fn concentration(policy: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    const MANY: usize = 20_000;
    let (_, noise) = moments(policy);
    let truth = bandit::gradient(&bandit::LOGITS)?;
    let mut posterior = prior(noise.view())?;
    posterior.update(drawn(policy, MANY).view())?;
    let (mean, covariance) = (posterior.mean()?, posterior.covariance()?);
    let check = |i: usize| {
        let estimate = Estimate {
            mean: mean[i],
            standard_error: covariance[[i, i]].sqrt(),
        };
        Check::monte_carlo(
            format!("∂J / ∂θ[{i}]"),
            ("p (r − J)", truth[i]),
            ("posterior of 20 000 gradients", estimate),
        )
    };
    let ascent = posterior.ascends(ArrayView1::from(&truth[..2]))?;
    Ok(vec![
        check(0),
        check(1),
        Check::at_most(
            "a step along ∇J then surely ascends",
            ("1 − 10⁻⁹", 1.0 - 1e-9),
            ("P(gᵀ∇J > 0)", ascent),
        ),
    ])
}

/// Excess kurtosis of g₁, of one sample and of the mean of n, by listing the counts of each arm.
fn kurtosis(policy: &Categorical, n: usize) -> f64 {
    let samples = samples(policy);
    let p = policy.log_probabilities();
    let log_factorial = |k: usize| (1..=k).map(|i| (i as f64).ln()).sum::<f64>();
    let mut powers = [0.0; 5];
    let (mean, _) = moments(policy);
    for i in 0..=n {
        for j in 0..=n - i {
            let counts = [i, j, n - i - j];
            let ways = log_factorial(n) - counts.iter().map(|&k| log_factorial(k)).sum::<f64>();
            let log: f64 = (0..3).map(|a| counts[a] as f64 * p[a]).sum();
            let sum: f64 = (0..3).map(|a| counts[a] as f64 * samples[[a, 0]]).sum();
            let off = sum / n as f64 - mean[0];
            for (k, power) in powers.iter_mut().enumerate() {
                *power += (ways + log).exp() * off.powi(k as i32);
            }
        }
    }
    powers[4] / (powers[2] * powers[2]) - 3.0
}

fn normality(policy: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let (one, many) = (kurtosis(policy, 1), kurtosis(policy, 64));
    Ok(vec![
        Check::within(
            "excess kurtosis of g₁ for means of 64 gradients, 0 for a normal law",
            1e-9,
            [
                ("2145 counts of the three arms", many),
                ("that of one gradient / 64", one / 64.0),
            ],
        ),
        Check::at_most(
            "one gradient is far from normal",
            ("excess kurtosis", one),
            ("−1/2", -0.5),
        ),
        Check::at_most(
            "the mean of 64 is not",
            ("|excess kurtosis|", many.abs()),
            ("0.05", 0.05),
        ),
    ])
}

/// The mean of ∇q(a), the printed sample, beside ∇J.
fn printed(policy: &Categorical) -> Result<Vec<Printed>, Box<dyn Error>> {
    let (scores, truth) = (bandit::scores(policy), bandit::gradient(&bandit::LOGITS)?);
    let mean = |i: usize| policy.mean(|a| policy.probabilities()[a] * scores[[a, i]]);
    let number = |i: usize| {
        Printed::number(
            format!("E_q[∇q] as the gradient, component {i}"),
            mean(i),
            truth[i],
            "∇q(a|s) is no sample of the gradient. What has the mean ∇J is the score times the \
             advantage, ∇ log q(a|s) Â.",
        )
    };
    Ok((0..3).map(number).collect())
}

fn figure(policy: &Categorical) -> Result<Illustration, Box<dyn Error>> {
    let sizes = [2, 4, 8, 16, 32, 64, 128, 256, 512];
    let (_, noise) = moments(policy);
    let all = drawn(policy, 512);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in sizes {
        let batch = all.slice(s![..n, ..]);
        let mut gaussian = prior(noise.view())?;
        gaussian.update(batch)?;
        known.push(gaussian.ascends(direction().view())?);
        let (mean, covariance) = prior_moments();
        let mut wishart =
            NormalInverseWishartPosterior::new(mean.view(), 1.0, covariance.view(), 3.0)?;
        wishart.update(batch)?;
        unknown.push(wishart.ascends(direction().view())?);
    }
    let axes = Axes::new(
        "How sure a step is to ascend",
        Axis::log("gradients seen"),
        Axis::linear("P(gᵀd > 0)"),
        "The probability that a step along a fixed direction ascends rises towards one as \
         gradients come in, with the noise known and unknown.",
    );
    Ok(Illustration {
        caption: "BAND: the probability that a step along d = (.5, .4) ascends, after the first \
                  n of 512 drawn gradients.",
        figure: lines(
            &axes,
            &[
                Series::line("R known", sizes.map(f64::from), known),
                Series::line("R unknown", sizes.map(f64::from), unknown),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_14_posteriors_and_their_conditions() {
        let outcome = deck_14();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_14_the_printed_sample_has_another_mean() {
        let outcome = deck_14();
        assert_eq!(outcome.printed.len(), 3);
        assert!(outcome.printed.iter().any(|p| p.off_by.unwrap() > 0.1));
    }

    #[test]
    fn deck_14_kurtosis_of_one_sample_by_hand() {
        let policy = bandit::policy(&bandit::LOGITS).unwrap();
        let (samples, (mean, _)) = (samples(&policy), moments(&policy));
        let power = |k: i32| policy.mean(|a| (samples[[a, 0]] - mean[0]).powi(k));
        let by_hand = power(4) / power(2).powi(2) - 3.0;
        assert!((kurtosis(&policy, 1) - by_hand).abs() < 1e-13);
    }
}
