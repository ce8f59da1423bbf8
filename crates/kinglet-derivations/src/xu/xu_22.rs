//! XU-22: a divergence to second order.

use std::error::Error;

use kinglet_distributions::{Categorical, Kl, Normal};
use kinglet_plots::{Axes, Axis, Series, lines};
use kinglet_trust_region::quadratic_kl;
use ndarray::{Array1, Array2, array};

use crate::matrices::elements;
use crate::optimise::hessian;
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-22",
    title: "Both orders of the KL have one Hessian; they part at the third order",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_22,
};

/// A divergence to second order. Catalogue: XU-22.
///
/// ```text
/// KL(π_θ, π_old) ≈ ½ (θ − θ_old)ᵀ H (θ − θ_old),   KL(old ‖ new) − KL(new ‖ old) = −κ₃ e³/6 + O(e⁴)
/// ```
///
/// On BAND along one direction d: the Hessian of either order, what each leaves at third order, and
/// their difference beside the third cumulant κ₃ of d. For a Gaussian with a shared variance the two
/// are equal.
pub fn xu_22() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let old = bandit::policy(&bandit::LOGITS)?;
    let mut checks = hessians(&old)?;
    checks.extend(third_order(&old)?);
    checks.extend(shared_variance()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The order here is KL(π_θ, π_old), in TRPO it is KL(π_old, π_θ): a trust region that \
             is small does not tell them apart.",
            "KL(μ_θ, μ_old) stands for the divergence of two Gaussians with these means and one \
             covariance.",
        ],
        figures: vec![figure(&old)?],
        ..Outcome::default()
    })
}

fn direction() -> Array1<f64> {
    array![1.0, -0.4, 0.2]
}

/// KL(old ‖ new) and KL(new ‖ old) after a step along the direction.
fn both(old: &Categorical, step: f64) -> [f64; 2] {
    let logits = bandit::logits() + step * direction();
    bandit::policy(&logits.to_vec()).map_or([f64::NAN; 2], |new| [old.kl(&new), new.kl(old)])
}

fn hessians(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let of = |order: usize| -> Array2<f64> {
        let kl = |l: &Array1<f64>| {
            let new = bandit::policy(&l.to_vec());
            new.map_or(f64::NAN, |new| [old.kl(&new), new.kl(old)][order])
        };
        hessian(&kl, &bandit::logits())
    };
    Ok(elements(
        "H",
        OPTIMISED,
        [
            ("Fisher matrix", &bandit::fisher(old)?.matrix),
            ("Hessian of KL(old ‖ new)", &of(0)),
            ("Hessian of KL(new ‖ old)", &of(1)),
        ],
    ))
}

/// E[(d − E d)³] under the old policy.
fn third_cumulant(old: &Categorical) -> f64 {
    let d = direction();
    let mean = old.mean(|a| d[a]);
    old.mean(|a| (d[a] - mean).powi(3))
}

fn third_order(old: &Categorical) -> Result<Vec<Check>, Box<dyn Error>> {
    let fisher = bandit::fisher(old)?;
    let off = |order: usize, step: f64| {
        (both(old, step)[order] - quadratic_kl(&fisher, (step * direction()).view())).abs()
    };
    let slope = |order: usize| (off(order, 0.02) / off(order, 0.01)).log2();
    let kappa = third_cumulant(old);
    // The mean of both directions of the step leaves no fourth order.
    let odd = |step: f64| {
        let gap = |step: f64| both(old, step)[0] - both(old, step)[1];
        (gap(step) - gap(-step)) / (2.0 * step.powi(3))
    };
    Ok(vec![
        Check::within(
            "order of what the quadratic form leaves of KL(old ‖ new)",
            0.1,
            [("slope from .02 to .01", slope(0)), ("3", 3.0)],
        ),
        Check::within(
            "order of what it leaves of KL(new ‖ old)",
            0.1,
            [("slope from .02 to .01", slope(1)), ("3", 3.0)],
        ),
        Check::within(
            "(KL(old ‖ new) − KL(new ‖ old)) / e³ as e → 0",
            1e-5,
            [("a step of .01", odd(0.01)), ("−κ₃ / 6", -kappa / 6.0)],
        ),
    ])
}

/// N(μ, σ²) with one σ: ½ (Δμ/σ)², in either order.
fn shared_variance() -> Result<Vec<Check>, Box<dyn Error>> {
    let (old, new) = (Normal::new(0.4, 0.7)?, Normal::new(-0.5, 0.7)?);
    Ok(vec![Check::exact(
        "KL of two Gaussians with one variance",
        [
            ("KL(old ‖ new)", old.kl(&new)),
            ("KL(new ‖ old)", new.kl(&old)),
            ("½ (Δμ/σ)²", 0.5 * (0.9_f64 / 0.7).powi(2)),
        ],
    )])
}

fn figure(old: &Categorical) -> Result<Illustration, Box<dyn Error>> {
    let steps: Vec<f64> = (-100..=100).map(|i| 0.03 * f64::from(i)).collect();
    let fisher = bandit::fisher(old)?;
    let quadratic = steps
        .iter()
        .map(|&e| quadratic_kl(&fisher, (e * direction()).view()));
    let of = |order: usize| {
        steps
            .iter()
            .map(|&e| both(old, e)[order])
            .collect::<Vec<_>>()
    };
    let axes = Axes::new(
        "Two divergences and their common parabola",
        Axis::linear("step along d"),
        Axis::linear("nats"),
        "Both divergences touch one parabola at zero and leave it at the third order, the second \
         twice as fast.",
    );
    Ok(Illustration {
        caption: "KL(old ‖ new), KL(new ‖ old) and ½ e² dᵀH d on BAND.",
        figure: lines(
            &axes,
            &[
                Series::line("KL(old ‖ new)", &steps, of(0)),
                Series::line("KL(new ‖ old)", &steps, of(1)),
                Series::line("quadratic", &steps, quadratic.collect::<Vec<_>>()),
            ],
        )?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_22_one_hessian_two_third_orders() {
        let outcome = xu_22();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn xu_22_the_third_cumulant_is_not_zero() {
        let old = bandit::policy(&bandit::LOGITS).unwrap();
        assert!(third_cumulant(&old).abs() > 0.02);
    }
}
