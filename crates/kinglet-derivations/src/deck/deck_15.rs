//! DECK-15: the ELBO of a model and a guide.

use std::error::Error;

use autodiff::F1;
use kinglet_distributions::{Distribution, Normal, Uniform};
use kinglet_objectives::{Estimate, gauss_hermite};
use kinglet_svi::direction::{
    DirectionGuide, DirectionModel, SIDE, SPREAD, direction_elbo, log_evidence,
};
use kinglet_svi::{Divergence, Elbo, Gradient, Svi};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The parameter at which the bound is computed.
pub(crate) const AT: [f64; 2] = [0.2, 0.4];

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-15",
    title: "Variational inference by programs: the ELBO of model and guide is E[log p − log q]",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_15,
};

/// The ELBO of a model and a guide. Catalogue: DECK-15.
///
/// ```text
/// ELBO = E_q[ log p(x, z) − log q(z) ] = log p(x) − KL(q ‖ p(z | x))
/// ```
///
/// On the direction task: in closed form, by quadrature, and by running the two programs; its gradient by dual numbers and
/// by the programs; and where it meets log p(O).
pub fn deck_15() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mut checks = vec![bound(AT, SPREAD)?, sampled()?];
    checks.extend(gradient()?);
    checks.extend(gap()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "\"Gradient descent on the ELBO\" means ascent: it is −ELBO that descends.",
            "The prior is uniform on a square of side 200, and its edge is nowhere near: to leave \
             it out changes no digit.",
        ],
        ..Outcome::default()
    })
}

/// In closed form and by quadrature over the guide's noise.
fn bound(mean: [f64; 2], std: f64) -> Result<Check, Box<dyn Error>> {
    Ok(Check::within(
        format!("ELBO of the direction task at W = {mean:?}, σ = {std}"),
        1e-11,
        [
            ("closed form", direction_elbo(mean, std)),
            ("quadrature of log p − log q", integrated(mean, std)?),
        ],
    ))
}

fn integrated(mean: [f64; 2], std: f64) -> Result<f64, Box<dyn Error>> {
    let quadrature = gauss_hermite(20);
    let prior = Uniform::new(-SIDE, SIDE)?;
    let mut sum = 0.0;
    for (coordinate, target) in mean.into_iter().zip([1.0, -1.0]) {
        let q = Normal::new(coordinate, std)?;
        for (xi, w) in quadrature.nodes.iter().zip(&quadrature.weights) {
            let a = coordinate + std * xi;
            let log_p = prior.log_prob(&a) - (a - target) * (a - target);
            sum += w * (log_p - q.log_prob(&a));
        }
    }
    Ok(sum)
}

/// The programs' estimates of the bound and of its gradient, many times.
pub(crate) fn estimates(
    elbo: Elbo,
    model: DirectionModel,
    runs: usize,
) -> Result<[Estimate; 3], Box<dyn Error>> {
    let mut svi = Svi::new(elbo, 0.0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(15);
    let guide = DirectionGuide { start: AT };
    let mut rows = Vec::with_capacity(runs);
    for _ in 0..runs {
        let value = svi.estimate(&model, &guide, &mut rng)?;
        rows.push([value, svi.gradient[0], svi.gradient[1]]);
    }
    let column = |i: usize| Estimate::from_samples(rows.iter().map(|row| row[i]));
    Ok([column(0)?, column(1)?, column(2)?])
}

fn sampled() -> Result<Check, Box<dyn Error>> {
    let [value, ..] = estimates(Elbo::default(), DirectionModel::default(), 20_000)?;
    Ok(Check::monte_carlo(
        "the same from the two programs",
        ("closed form", direction_elbo(AT, SPREAD)),
        ("20 000 runs of guide and model", value),
    ))
}

fn gradient() -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    let path = estimates(Elbo::default(), DirectionModel::default(), 20_000)?;
    let analytic = Elbo {
        gradient: Gradient::Score,
        divergence: Divergence::Analytic,
        particles: 10,
        ..Elbo::default()
    };
    let score = estimates(analytic, DirectionModel::default(), 5_000)?;
    for (i, exact) in [(0, 1.6), (1, -2.8)] {
        let closed = slope(i);
        checks.push(Check::exact(
            format!("∂ELBO/∂W{}", i + 1),
            [("dual numbers", closed), ("−2 (W − d)", exact)],
        ));
        for (method, found) in [
            ("through the draws, 20 000 runs", path[i + 1]),
            ("by scores, 50 000 runs", score[i + 1]),
        ] {
            checks.push(Check::monte_carlo(
                format!("∂ELBO/∂W{} from the two programs", i + 1),
                ("closed form", closed),
                (method, found),
            ));
        }
    }
    Ok(checks)
}

/// ∂ELBO/∂Wᵢ by forward duals.
fn slope(i: usize) -> f64 {
    let w = [0, 1].map(|j| F1 {
        x: AT[j],
        dx: f64::from(i == j),
    });
    direction_elbo(w, F1::cst(SPREAD)).dx
}

/// What is left to log p(O) at W = d, where the guide is as good as it gets at its σ, and at the best σ.
fn gap() -> Result<Vec<Check>, Box<dyn Error>> {
    let at_target = direction_elbo([1.0, -1.0], SPREAD);
    let posterior = Normal::new(0.0, 0.5_f64.sqrt())?;
    let guide = Normal::new(0.0, SPREAD)?;
    let kl = 2.0 * kinglet_distributions::Kl::kl(&guide, &posterior);
    Ok(vec![
        bound([1.0, -1.0], SPREAD)?,
        Check::exact(
            "the gap at W = d, σ = ½ is KL(q ‖ p(a | O)), p(a | O) = N(d, ½)",
            [
                ("log p(O) − ELBO", log_evidence() - at_target),
                ("KL of two normal laws", kl),
            ],
        ),
        Check::exact(
            "no gap at σ² = ½",
            [
                ("log p(O) = log π − 2 log 200", log_evidence()),
                ("ELBO", direction_elbo([1.0, -1.0], 0.5_f64.sqrt())),
            ],
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_15_the_programs_bound_is_the_closed_form() {
        assert_eq!(deck_15().verdict(), Verdict::Holds);
    }

    /// ln π − 2 ln 200 = −9.45190, at W = d −9.64505 with the gap ln 2 − ½, at W = (.2, .4) −12.24505.
    #[test]
    fn deck_15_to_five_digits() {
        let five = |x: f64| (x * 1e5).round() / 1e5;
        assert_eq!(five(log_evidence()), -9.4519);
        let best = direction_elbo([1.0, -1.0], SPREAD);
        assert_eq!(five(best), -9.64505);
        assert_eq!(five(log_evidence() - best), 0.19315);
        assert_eq!(five(direction_elbo(AT, SPREAD)), -12.24505);
        assert!((slope(0) - 1.6).abs() < 1e-14 && (slope(1) + 2.8).abs() < 1e-14);
    }

    #[test]
    fn deck_15_another_sigma_another_bound() {
        for std in [0.3, 0.5, 1.1] {
            let closed = direction_elbo([0.7, 0.1], std);
            assert!((closed - integrated([0.7, 0.1], std).unwrap()).abs() < 1e-11);
            assert!(closed < log_evidence());
        }
    }
}
