//! XU-27: variational policy gradient from end to end.

use std::error::Error;

use kinglet_distributions::{Kl, Normal};
use kinglet_objectives::{
    DiagonalTransport, Noise, gauss_hermite, transport_kl, vpg_gradient_with_prior,
};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, arr1};

use super::sigmoid_bandit::{
    TEMPERATURE, integral, log_posterior, log_prior, log_prior_gradient, reward, reward_gradient,
};
use crate::optimise::minimise;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-27",
    title: "Variational policy gradient on a two-armed bandit finds the posterior, but for a gap",
    kind: Kind::Experiment,
    source: Source::Xu,
    run: xu_27,
};

/// Variational policy gradient on a two-armed bandit. Catalogue: XU-27.
///
/// ```text
/// p(θ) ∝ N(θ; 0, 1) e^(R(θ)/α),  R = b σ(θ),  b = 2,  α = ½
/// ```
///
/// The best normal law by a general optimiser and by the policy gradient itself; the evidence; the
/// gap between evidence and bound, as a divergence; and a normal target, where there is none.
pub fn xu_27() -> Outcome {
    Outcome::of(compute())
}

const FAMILY: DiagonalTransport = DiagonalTransport { dim: 1 };

fn noise() -> Noise {
    Noise::quadrature(80, 1)
}

/// −KL(q ‖ p₀ e^(R/α)).
fn bound(q: [f64; 2]) -> Result<f64, kinglet_objectives::Error> {
    Ok(-transport_kl(&FAMILY, &q, &noise(), log_posterior)?)
}

fn optimised() -> [f64; 2] {
    let kl = |x: &Array1<f64>| -bound([x[0], x[1].exp()]).unwrap_or(f64::NAN);
    let found = minimise(kl, arr1(&[0.0, 0.0]));
    [found[0], found[1].exp()]
}

/// A hundred steps of the variational policy gradient, its ∂R/∂θ summed over the arms.
fn ascended() -> Result<[f64; 2], kinglet_objectives::Error> {
    let (noise, mut q) = (noise(), [0.0, 1.0]);
    for _ in 0..100 {
        let slope = vpg_gradient_with_prior(
            &FAMILY,
            &q,
            &noise,
            TEMPERATURE,
            reward_gradient,
            log_prior_gradient,
        )?;
        q = [q[0] + 0.4 * slope[0], q[1] + 0.4 * slope[1]];
    }
    Ok(q)
}

/// log E₀[e^(R/α)].
fn log_evidence() -> f64 {
    let weight = |theta: f64| (reward(&[theta]) / TEMPERATURE).exp();
    gauss_hermite(80).mean(weight).ln()
}

/// E[f(θ)] under the posterior, on a grid.
fn posterior_mean(f: impl Fn(f64) -> f64) -> f64 {
    let log_z = log_evidence();
    integral(-9.0, 9.0, 2000, |theta| {
        (log_posterior(&[theta]) - log_z).exp() * f(theta)
    })
}

fn compute() -> Computed {
    let (q, ascended) = (optimised(), ascended()?);
    let (elbo, log_z) = (bound(q)?, log_evidence());
    let digits = |what: &str, tolerance: f64, found: (&str, f64), known: f64| {
        Check::within(what, tolerance, [found, ("known", known)])
    };
    let half_log = 0.5 * (2.0 * std::f64::consts::PI).ln();
    let mut checks = vec![
        digits("μ of the best q", 5e-5, ("optimiser", q[0]), 0.7707),
        digits("σ of the best q", 5e-5, ("optimiser", q[1]), 0.9176),
    ];
    checks.extend(["μ", "σ"].iter().enumerate().map(|(i, name)| {
        Check::within(
            format!("{name} of the best q, two ways"),
            OPTIMISED,
            [
                ("general optimiser", q[i]),
                ("policy gradient", ascended[i]),
            ],
        )
    }));
    checks.extend(evidence(log_z));
    checks.push(digits("log Z", 5e-7, ("80 nodes", log_z), 2.331_358));
    checks.push(digits("ELBO", 5e-7, ("80 nodes", elbo), 2.328_785));
    let bare = "with the bare e^(−θ²/2) for a prior";
    let (log_z_bare, elbo_bare) = (log_z + half_log, elbo + half_log);
    checks.push(digits(
        &format!("log Z {bare}"),
        5e-7,
        ("log Z + ½ log 2π", log_z_bare),
        3.250_296,
    ));
    checks.push(digits(
        &format!("ELBO {bare}"),
        5e-7,
        ("ELBO + ½ log 2π", elbo_bare),
        3.247_723,
    ));
    checks.push(Check::exact(
        "the gap log Z − ELBO is KL(q ‖ posterior)",
        [
            ("log Z − ELBO", log_z - elbo),
            ("∫ q log(q/p) dθ", gap(q, log_z)),
        ],
    ));
    checks.extend(moments(q));
    checks.push(normal_target()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The paper reports no experiment; this one is ours. The prior is normalised, so that log \
             Z is log E₀[e^(R/α)].",
            "What the bound lacks, 2.6 · 10⁻³, is that the posterior is not normal: it is a little \
             wider than q, with a mean a little below q's.",
        ],
        figures: vec![figure(q)?],
        ..Outcome::default()
    })
}

fn evidence(log_z: f64) -> [Check; 1] {
    let grid = integral(-9.0, 9.0, 2000, |theta| log_posterior(&[theta]).exp());
    [Check::exact(
        "log Z, the evidence",
        [
            ("80 nodes over the prior", log_z),
            ("a grid over θ", grid.ln()),
        ],
    )]
}

fn log_q(q: [f64; 2], theta: f64) -> f64 {
    log_prior(&[(theta - q[0]) / q[1]]) - q[1].ln()
}

fn gap(q: [f64; 2], log_z: f64) -> f64 {
    integral(-9.0, 10.0, 2000, |theta| {
        let log_q = log_q(q, theta);
        log_q.exp() * (log_q - log_posterior(&[theta]) + log_z)
    })
}

/// The posterior's own mean and standard deviation lie near those of q.
fn moments(q: [f64; 2]) -> [Check; 2] {
    let mean = posterior_mean(|theta| theta);
    let std = posterior_mean(|theta| (theta - mean).powi(2)).sqrt();
    [("mean", mean, q[0]), ("standard deviation", std, q[1])].map(|(what, exact, found)| {
        Check::within(
            format!("{what} of the posterior, beside q's"),
            0.03,
            [("a grid over θ", exact), ("q", found)],
        )
    })
}

/// With R = −½ (θ − 2)² the posterior is N(4/3, 1/3): no gap.
fn normal_target() -> Result<Check, Box<dyn Error>> {
    let log_p = |theta: &[f64]| -0.5 * (theta[0] - 2.0).powi(2) / TEMPERATURE + log_prior(theta);
    let noise = Noise::quadrature(20, 1);
    let kl = |x: &Array1<f64>| {
        transport_kl(&FAMILY, &[x[0], x[1].exp()], &noise, log_p).unwrap_or(f64::NAN)
    };
    let found = minimise(kl, arr1(&[0.0, 0.0]));
    let (fitted, posterior): (Normal, Normal) = (
        Normal::from_log_std(found[0], found[1]),
        Normal::new(4.0 / 3.0, (1.0_f64 / 3.0).sqrt())?,
    );
    Ok(Check::within(
        "the gap where the posterior is normal",
        1e-9,
        [
            ("KL(q ‖ N(4/3, 1/3))", fitted.kl(&posterior)),
            ("zero", 0.0),
        ],
    ))
}

fn figure(q: [f64; 2]) -> Result<Illustration, Box<dyn Error>> {
    let thetas: Vec<f64> = (0..=140).map(|i| -3.0 + 0.05 * f64::from(i)).collect();
    let log_z = log_evidence();
    let densities = |log_density: &dyn Fn(f64) -> f64| -> Vec<f64> {
        thetas
            .iter()
            .map(|&theta| log_density(theta).exp())
            .collect()
    };
    let axes = Axes::new(
        "The posterior over a bandit's logit",
        Axis::linear("logit θ of the better arm"),
        Axis::linear("density"),
        "Prior N(0, 1), posterior, and the best normal law, which all but covers the posterior.",
    );
    Ok(Illustration {
        caption: "Two arms, one pays 2, α = ½. The policy gradient with a log-determinant finds \
                  the normal law nearest to the posterior.",
        figure: lines(
            &axes,
            &[
                Series::line("prior", &thetas, densities(&|t| log_prior(&[t]))),
                Series::line(
                    "posterior",
                    &thetas,
                    densities(&|t| log_posterior(&[t]) - log_z),
                ),
                Series::line("best q", &thetas, densities(&|t| log_q(q, t))),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_27_the_bandit_from_end_to_end() {
        assert_eq!(xu_27().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_27_no_normal_law_does_better() {
        let q = optimised();
        let best = bound(q).unwrap();
        for step in [[0.01, 0.0], [-0.01, 0.0], [0.0, 0.01], [0.0, -0.01]] {
            assert!(bound([q[0] + step[0], q[1] + step[1]]).unwrap() < best);
        }
        assert!((log_evidence() - best - 2.573e-3).abs() < 1e-5);
    }
}
