//! XU-14: the generative policy.

use std::error::Error;

use autodiff::{F1, grad};
use kinglet_distributions::{Distribution, Normal};
use kinglet_objectives::{
    AffineTransport, DiagonalTransport, Noise, gauss_hermite, transport_entropy, vpg_gradient,
};
use kinglet_plots::{Axes, Axis, Series, lines};

use super::sigmoid_bandit::{TEMPERATURE, integral, reward_gradient};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-14",
    title: "a = θ(s, ξ) + ζ with a normal θ is one normal policy; two modes need a curved head",
    kind: Kind::Claim,
    source: Source::Xu,
    run: xu_14,
};

/// The generative policy θ(s) = μ(s) + ξ σ(s), a = θ + ζ. Catalogue: XU-14.
///
/// Its score by θ; its marginal over ξ, which is normal; what a curved head does to it; what one ξ
/// for all states does to the entropy; and the 1/α that KL(q ‖ exp{R}) lacks.
pub fn xu_14() -> Outcome {
    Outcome::of(compute())
}

const MEAN: f64 = 0.3;
const SCALE: f64 = 1.4;

fn compute() -> Computed {
    let mut checks = vec![score()];
    checks.extend(marginal()?);
    checks.push(Check::exact(
        "modes of a = μ + σ ξ + ζ",
        [("counted", modes(|xi| MEAN + SCALE * xi)), ("one", 1.0)],
    ));
    checks.push(Check::exact(
        "modes of a = 3 tanh(5 ξ) + ζ",
        [("counted", modes(curved)), ("two", 2.0)],
    ));
    checks.extend(shared_noise()?);
    Ok(Outcome {
        checks,
        printed: vec![without_temperature()?],
        notes: vec![
            "That the policy is \"stochastic multi-modal\" (section 2) and general needs a condition: \
             given ξ, and over all ξ, the policy of section 3.1 has one mode. A head that is not \
             affine in ξ, such as the auxiliary network of section 3.2, can give more.",
            "The noise ξ must be fresh for each state. With one ξ for all of them θ lies on a line \
             through the space of tables, the map has no inverse, and the entropy is −∞.",
            "The \"variance networks\" σ_φ are standard deviations. The ½ in exp(−½ (a − θ)²) is right.",
        ],
        figures: vec![figure()?],
    })
}

fn score() -> Check {
    let (a, theta) = (1.2, 0.4);
    let log_density = |t: &[F1]| Normal::from_log_std(t[0], F1::cst(0.0)).log_prob(&F1::cst(a));
    Check::exact(
        "∂ log π(a|s, θ)/∂θ",
        [
            ("a − θ", a - theta),
            ("dual numbers", grad(log_density, &[theta])[0]),
        ],
    )
}

/// The density of a = head(ξ) + ζ: the mean of N(a; head(ξ), 1) over ξ.
fn density(a: f64, head: impl Fn(f64) -> f64) -> f64 {
    let unit: Normal = Normal::from_log_std(0.0, 0.0);
    let density = |x: f64| unit.log_prob(&x).exp();
    integral(-8.0, 8.0, 400, |xi| density(xi) * density(a - head(xi)))
}

fn curved(xi: f64) -> f64 {
    3.0 * (5.0 * xi).tanh()
}

fn marginal() -> Result<Vec<Check>, Box<dyn Error>> {
    let normal: Normal = Normal::new(MEAN, (1.0 + SCALE * SCALE).sqrt())?;
    let unit: Normal = Normal::new(0.0, 1.0)?;
    let rule = gauss_hermite(120);
    Ok([-3.0, 0.0, 0.9, 4.0]
        .map(|a| {
            let mixture = rule.mean(|xi| unit.log_prob(&(a - MEAN - SCALE * xi)).exp());
            Check::exact(
                format!("density of a = {a} over all ξ and ζ"),
                [
                    ("E over ξ of N(a; θ(ξ), 1)", mixture),
                    ("N(a; μ, 1 + σ²)", normal.log_prob(&a).exp()),
                    (
                        "the same by integration",
                        density(a, |xi| MEAN + SCALE * xi),
                    ),
                ],
            )
        })
        .to_vec())
}

/// How many actions between −6 and 6 are more likely than both neighbours.
fn modes(head: impl Fn(f64) -> f64) -> f64 {
    let density: Vec<f64> = (0..=240)
        .map(|i| density(-6.0 + 0.05 * f64::from(i), &head))
        .collect();
    let peaks = density.windows(3).filter(|w| w[1] > w[0] && w[1] > w[2]);
    peaks.count() as f64
}

/// θ(s) = σ(s) (√(1 − ε²) ξ₀ + ε ξ_s): as ε falls the states come to share one ξ.
fn shared_noise() -> Result<Vec<Check>, Box<dyn Error>> {
    let scales = [0.5, 1.0, 3.0];
    let entropy = |own: f64| {
        let shared = (1.0 - own * own).sqrt();
        let [a, b, c] = scales;
        let matrix = [
            a,
            0.0,
            0.0,
            b * shared,
            b * own,
            0.0,
            c * shared,
            0.0,
            c * own,
        ];
        let params = [vec![0.0; 3], matrix.to_vec()].concat();
        transport_entropy(
            &AffineTransport { dim: 3 },
            &params,
            &Noise::quadrature(1, 3),
        )
    };
    let (fresh, nearly) = (entropy(1.0)?, entropy(1e-6)?);
    let apart = transport_entropy(
        &DiagonalTransport { dim: 3 },
        &[vec![0.0; 3], scales.to_vec()].concat(),
        &Noise::quadrature(1, 3),
    )?;
    let one_for_all = [
        vec![0.0; 3],
        vec![0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 3.0, 0.0, 0.0],
    ]
    .concat();
    let refused = kinglet_objectives::Transport::map(&AffineTransport { dim: 3 }, &one_for_all);
    Ok(vec![
        Check::exact(
            "entropy of θ in three states, fresh ξ in each",
            [("a matrix", fresh), ("a scale for each state", apart)],
        ),
        Check::within(
            "with ε of its own noise in two states it falls by 2 log ε, without end",
            1e-9,
            [
                ("ε = 10⁻⁶", nearly - fresh),
                ("2 log ε", 2.0 * 1e-6_f64.ln()),
            ],
        ),
        Check::exact(
            "with ε = 0 the map has rank 1 of 3",
            [
                ("refused as singular", f64::from(u8::from(refused.is_err()))),
                ("expected", 1.0),
            ],
        ),
    ])
}

/// ∂/∂μ of −KL(q ‖ exp{R}) instead of −KL(q ‖ exp{R/α}).
fn without_temperature() -> Result<Printed, Box<dyn Error>> {
    let (family, noise) = (DiagonalTransport { dim: 1 }, Noise::quadrature(60, 1));
    let slope =
        |temperature: f64| vpg_gradient(&family, &[0.3, 0.8], &noise, temperature, reward_gradient);
    Ok(Printed::number(
        "KL(q_φ(θ) ‖ exp{R(θ)}): its slope by μ, on the bandit with α = ½",
        slope(1.0)?[0],
        slope(TEMPERATURE)?[0],
        "The 1/α is missing: the target of (3) is exp{R/α}, and so is that of (8) two lines below.",
    ))
}

fn figure() -> Result<Illustration, Box<dyn Error>> {
    let actions: Vec<f64> = (0..=120).map(|i| -6.0 + 0.1 * f64::from(i)).collect();
    let densities = |head: &dyn Fn(f64) -> f64| -> Vec<f64> {
        actions.iter().map(|&a| density(a, head)).collect()
    };
    let axes = Axes::new(
        "Two modes need a curved head",
        Axis::linear("action a"),
        Axis::linear("density over all noise"),
        "The density of an affine head has one mode, that of 3 tanh(5 ξ) has two, near −3 and 3.",
    );
    Ok(Illustration {
        caption: "The policy a = θ(ξ) + ζ over all noise: with an affine head it is a normal law, \
                  wider than given ξ; with 3 tanh(5 ξ) it has two modes.",
        figure: lines(
            &axes,
            &[
                Series::line("θ = μ + σ ξ", &actions, densities(&|xi| MEAN + SCALE * xi)),
                Series::line("θ = 3 tanh(5 ξ)", &actions, densities(&curved)),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_14_one_mode_or_two() {
        assert_eq!(xu_14().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_14_a_density_over_all_noise_is_one() {
        assert!((integral(-12.0, 12.0, 500, |a| density(a, curved)) - 1.0).abs() < 1e-9);
    }
}
