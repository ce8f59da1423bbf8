//! XU-02: the divergence as an expectation over noise.

use kinglet_distributions::{Distribution, Kl, Normal};
use kinglet_objectives::{DiagonalTransport, Noise, transport_kl};

use super::sigmoid_bandit::integral;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-02",
    title: "KL(q‖p) is an expectation over the noise of the map's log-determinant and log p",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_02,
};

/// q = N(.2, 1.3²), as (μ, σ).
pub(super) const Q: [f64; 2] = [0.2, 1.3];

/// p = N(1, .7²).
pub(super) fn target() -> Normal {
    Normal::from_log_std(1.0, 0.7_f64.ln())
}

pub(super) const FAMILY: DiagonalTransport = DiagonalTransport { dim: 1 };

/// KL(q‖p) over the noise. Catalogue: XU-02.
///
/// ```text
/// KL(q‖p) = −H(q₀) − E_ξ[ log |det ∂h/∂ξ| + log p(h(ξ)) ]
/// ```
///
/// For q = N(.2, 1.3²) and p = N(1, .7²), by the noise, by the closed form and by integration over
/// θ; and for a p that lacks its constant.
pub fn xu_02() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (p, noise) = (target(), Noise::quadrature(60, 1));
    let over_noise = transport_kl(&FAMILY, &Q, &noise, |theta| p.log_prob(&theta[0]))?;
    let q: Normal = Normal::new(Q[0], Q[1])?;
    let over_theta = integral(-20.0, 20.0, 4000, |theta| {
        q.log_prob(&theta).exp() * (q.log_prob(&theta) - p.log_prob(&theta))
    });
    let log_z = 0.7_f64.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
    let unnormalised = |theta: &[f64]| -0.5 * ((theta[0] - 1.0) / 0.7).powi(2);
    Ok(Outcome {
        checks: vec![
            Check::within(
                "KL(N(.2, 1.3²) ‖ N(1, .7²))",
                1e-10,
                [
                    ("over the noise", over_noise),
                    ("closed form", q.kl(&p)),
                    ("∫ q log(q/p) dθ", over_theta),
                    ("known", 1.258_511_812_0),
                ],
            ),
            Check::exact(
                "the same for p without its constant Z, less log Z",
                [
                    (
                        "over the noise",
                        transport_kl(&FAMILY, &Q, &noise, unnormalised)?,
                    ),
                    ("KL − log Z", over_noise - log_z),
                ],
            ),
        ],
        notes: vec![
            "An energy-based p is known up to Z alone. The identity then gives KL − log Z, which has \
             the same minimum and the same gradient.",
        ],
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_02_the_identity_holds_to_ten_digits() {
        assert_eq!(xu_02().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_02_the_divergence_vanishes_at_the_target() {
        let (p, noise) = (target(), Noise::quadrature(60, 1));
        let kl = transport_kl(&FAMILY, &[1.0, -0.7], &noise, |t| p.log_prob(&t[0]));
        assert!(kl.unwrap().abs() < 1e-13);
    }
}
