//! DECK-18: the score function and the pathwise derivative.

use std::error::Error;

use autodiff::F1;
use kinglet_critics::optimal_baselines;
use kinglet_distributions::{DiagNormal, Distribution, Entropy, Reparameterised, Uniform};
use kinglet_objectives::{
    Estimate, gauss_hermite, pathwise_estimate, pathwise_sample, score_estimate, score_sample,
};
use kinglet_plots::{Axes, Axis, Bars, bars};
use ndarray::{Array1, Array2, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::gradients::agree;
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, EXACT, Entry, Illustration, Kind, Outcome, Source};

/// The direction that is sought.
const TARGET: [f64; 2] = [1.0, -1.0];

/// Where the gradients are taken.
const MEAN: [f64; 2] = [0.2, 0.4];

/// The guide's standard deviation.
const STD: f64 = 0.5;

/// Half the side of the square that is the prior's support.
const HALF_SIDE: f64 = 100.0;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-18",
    title: "Score and path give one gradient; at one sample their deviations are 23.8 and 1",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_18,
};

/// The score function and the pathwise derivative. Catalogue: DECK-18.
///
/// ```text
/// ∇ELBO = E[ ∇ log q(a) (f(a) − b) ] = E[ ∇_a f · ∂a/∂W ],   f = r + log p(a) − log q(a)
/// DIR: a ~ N(W, ½²),  r = −|a − (1, −1)|²,  p uniform on a square of side 200:  ∇ELBO = −2 (W − (1, −1))
/// ```
///
/// At W = (.2, .4): in closed form, by differences, and by both estimators, averaged exactly and
/// drawn. Then the deviation of one draw: along the path, by the score, and by the score with
/// baselines.
pub fn deck_18() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = bound();
    checks.extend(gradients()?);
    let deviations = deviations()?;
    checks.extend(deviations.checks());
    Ok(Outcome {
        checks,
        notes: vec![
            "Nearly all of the score's deviation comes from the level of f, −12.2, most of it the \
             constant of the prior. The path does not feel a level; the score needs a baseline.",
            "The score asks only for log q, and serves discrete draws and rewards without \
             derivative. The path asks for a smooth draw and a differentiable f.",
            "Where the trace has several draws, crediting each with what follows it takes out \
             more: on TAB the variance falls from 6.24 to 4.16 (DECK-07).",
        ],
        figures: vec![figure(&deviations)?],
        ..Outcome::default()
    })
}

fn family(mean: &[F1]) -> DiagNormal<[F1; 2]> {
    DiagNormal::from_log_std([mean[0], mean[1]], [F1::cst(STD.ln()); 2])
}

fn guide(mean: [f64; 2]) -> DiagNormal<[f64; 2]> {
    DiagNormal::from_log_std(mean, [STD.ln(); 2])
}

/// r(a) + log p(a), for any scalar.
fn log_joint<S: num_traits::Float + std::fmt::Debug>(a: &[S; 2]) -> S {
    let constant = |x: f64| S::from(x).expect("a scalar holds every f64");
    let prior =
        Uniform::new(constant(-HALF_SIDE), constant(HALF_SIDE)).expect("the ends are ordered");
    let off = |i: usize| a[i] - constant(TARGET[i]);
    let reward = -(off(0) * off(0) + off(1) * off(1));
    reward + prior.log_prob(&a[0]) + prior.log_prob(&a[1])
}

/// f along the path: the guide moves too.
fn moving(guide: &DiagNormal<[F1; 2]>, a: &[F1; 2]) -> F1 {
    log_joint(a) - guide.log_prob(a)
}

/// f as a number, which is what the score multiplies.
fn detached(_: &DiagNormal<[F1; 2]>, a: &[F1; 2]) -> F1 {
    F1::cst(value(&a.map(|x| x.value())))
}

fn value(a: &[f64; 2]) -> f64 {
    log_joint(a) - guide(MEAN).log_prob(a)
}

/// E over the noise of two coordinates.
fn expect(f: impl Fn(&[f64; 2]) -> f64) -> f64 {
    let quadrature = gauss_hermite(20);
    quadrature.mean(|x| quadrature.mean(|y| f(&[x, y])))
}

/// E[r] = −|W − d|² − 2 σ², H, and −2 log 200.
fn closed_form(mean: [f64; 2]) -> f64 {
    let off = |i: usize| (mean[i] - TARGET[i]).powi(2) + STD * STD;
    guide(mean).entropy() - off(0) - off(1) - 2.0 * (2.0 * HALF_SIDE).ln()
}

fn bound() -> Vec<Check> {
    let closed = closed_form(MEAN);
    vec![
        Check::exact(
            "ELBO of DIR at W = (.2, .4)",
            [
                ("closed form", closed),
                (
                    "Gauss–Hermite",
                    expect(|noise| value(&guide(MEAN).transform(noise))),
                ),
            ],
        ),
        Check::within(
            "the same, to its printed digits",
            5e-6,
            [("closed form", closed), ("five decimals", -12.24505)],
        ),
    ]
}

/// One draw's gradient from its noise.
type Drawn = fn(&[f64; 2]) -> Array1<f64>;

fn by_path(noise: &[f64; 2]) -> Array1<f64> {
    pathwise_sample(&MEAN, family, moving, noise)
}

fn by_score(noise: &[f64; 2]) -> Array1<f64> {
    scored(noise, 0.0)
}

fn scored(noise: &[f64; 2], baseline: f64) -> Array1<f64> {
    let event = guide(MEAN).transform(noise).map(F1::cst);
    score_sample(&MEAN, family, detached, baseline, &event)
}

fn averaged(drawn: Drawn) -> Array1<f64> {
    (0..2).map(|k| expect(|noise| drawn(noise)[k])).collect()
}

fn gradients() -> Result<Vec<Check>, Box<dyn Error>> {
    let closed = array![1.6, -2.8];
    let differences = gradient(
        &|w: &Array1<f64>| closed_form([w[0], w[1]]),
        &array![0.2, 0.4],
    );
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(18);
    let path = pathwise_estimate(&MEAN, family, moving, 1000, &mut rng)?;
    let score = score_estimate(&MEAN, family, detached, 0.0, 4000, &mut rng)?;
    let sampled = |name: &str, estimate: Estimate| {
        Check::monte_carlo("∂ELBO/∂W₁", ("−2 (W₁ − 1)", closed[0]), (name, estimate))
    };
    Ok(vec![
        agree(
            "∇ELBO of DIR at W = (.2, .4)",
            EXACT,
            [
                ("−2 (W − d)", &closed),
                ("along the path, Gauss–Hermite", &averaged(by_path)),
                ("by the score, Gauss–Hermite", &averaged(by_score)),
            ],
        ),
        agree(
            "∇ELBO and the differences of the ELBO",
            1e-8,
            [
                ("−2 (W − d)", &closed),
                ("central differences", &differences),
            ],
        ),
        sampled("path, 1000 draws", path[0]),
        sampled("score, 4000 draws", score[0]),
    ])
}

/// The standard deviation of one draw's ∂ELBO/∂W₁.
struct Deviations {
    path: f64,
    score: f64,
    mean_baseline: f64,
    best_baseline: f64,
}

fn deviation(drawn: impl Fn(&[f64; 2]) -> f64) -> f64 {
    let mean = expect(&drawn);
    expect(|noise| (drawn(noise) - mean).powi(2)).sqrt()
}

fn deviations() -> Result<Deviations, Box<dyn Error>> {
    let best = best_baseline();
    Ok(Deviations {
        path: deviation(|noise| by_path(noise)[0]),
        score: deviation(|noise| by_score(noise)[0]),
        mean_baseline: deviation(|noise| scored(noise, closed_form(MEAN))[0]),
        best_baseline: deviation(|noise| scored(noise, best)[0]),
    })
}

/// E[s² f] / E[s²] for the first component's score.
fn best_baseline() -> f64 {
    let quadrature = gauss_hermite(20);
    let n = quadrature.nodes.len();
    let noise = |i: usize| [quadrature.nodes[i / n], quadrature.nodes[i % n]];
    let weight = Array1::from_shape_fn(n * n, |i| {
        quadrature.weights[i / n] * quadrature.weights[i % n]
    });
    let score = Array2::from_shape_fn((n * n, 2), |(i, k)| noise(i)[k] / STD);
    let f = Array1::from_shape_fn(n * n, |i| value(&guide(MEAN).transform(&noise(i))));
    optimal_baselines(weight.view(), score.view(), f.view())[0]
}

/// The deviation of the first component by moments of a normal number. With m = W − d, f is
/// A + Σᵢ (Bᵢ ξᵢ + C ξᵢ²), and the gradient ξ₁ f / σ.
fn by_moments(baseline: f64) -> f64 {
    let m = [MEAN[0] - TARGET[0], MEAN[1] - TARGET[1]];
    let constant = (2.0 * std::f64::consts::PI * STD * STD).ln() - 2.0 * (2.0 * HALF_SIDE).ln();
    let a = constant - m[0] * m[0] - m[1] * m[1] - baseline;
    let (b, c) = (m.map(|m| -2.0 * STD * m), 0.5 - STD * STD);
    let own = a * a + 3.0 * (b[0] * b[0] + 2.0 * a * c) + 15.0 * c * c;
    let mixed = 2.0 * c * (a + 3.0 * c);
    let other = b[1] * b[1] + 3.0 * c * c;
    let mean = b[0] / STD;
    ((own + mixed + other) / (STD * STD) - mean * mean).sqrt()
}

impl Deviations {
    fn checks(&self) -> Vec<Check> {
        let of = |name: &str, quadrature: f64, moments: f64| {
            Check::exact(
                format!("deviation of one draw's ∂ELBO/∂W₁: {name}"),
                [
                    ("Gauss–Hermite", quadrature),
                    ("moments of a normal number", moments),
                ],
            )
        };
        vec![
            of("along the path", self.path, 2.0 * STD),
            of("by the score", self.score, by_moments(0.0)),
            of(
                "by the score, b = E f",
                self.mean_baseline,
                by_moments(closed_form(MEAN)),
            ),
            of(
                "by the score, the b of least variance",
                self.best_baseline,
                by_moments(best_baseline()),
            ),
            Check::at_most(
                "no constant b does better",
                ("the b of least variance", self.best_baseline),
                ("b = E f", self.mean_baseline),
            ),
        ]
    }
}

fn figure(deviations: &Deviations) -> Result<Illustration, Box<dyn Error>> {
    let axes = Axes::new(
        "One draw's gradient, four ways",
        Axis::linear(""),
        Axis::linear("standard deviation of ∂ELBO/∂W₁"),
        "Along the path the deviation is 1, by the score 23.8, with the mean for a baseline 4.0 \
         and with the best baseline a little less.",
    );
    let heights = [
        deviations.path,
        deviations.score,
        deviations.mean_baseline,
        deviations.best_baseline,
    ];
    let names = ["path", "score", "score, mean", "score, best"];
    Ok(Illustration {
        caption: "The direction task at W = (.2, .4), where the derivative is 1.6. A baseline \
                  takes out most of the score's noise, the path all but what the reward's \
                  curvature leaves.",
        figure: bars(&axes, &names, &[Bars::new("", heights)])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_18_holds() {
        assert_eq!(deck_18().verdict(), Verdict::Holds);
    }

    #[test]
    fn deck_18_the_golden_deviations() {
        let deviations = deviations().unwrap();
        assert!((deviations.path - 1.0).abs() < 1e-12);
        assert!((deviations.score - 23.806406).abs() < 1e-6);
        assert!((deviations.mean_baseline - 3.994997).abs() < 1e-6);
        let second = deviation(|noise| scored(noise, closed_form(MEAN))[1]);
        assert!((second - 4.608687).abs() < 1e-6);
    }

    /// A guide that is at the target with the best spread: the path's gradient has no level left,
    /// only its own noise.
    #[test]
    fn deck_18_no_level_is_felt_along_the_path() {
        let moved = |guide: &DiagNormal<[F1; 2]>, a: &[F1; 2]| moving(guide, a) + F1::cst(100.0);
        let noise = [0.3, -1.2];
        assert_eq!(
            pathwise_sample(&MEAN, family, moved, &noise),
            by_path(&noise)
        );
    }
}
