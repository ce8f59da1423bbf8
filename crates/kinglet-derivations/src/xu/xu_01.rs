//! XU-01: the entropy of transported noise.

use kinglet_distributions::{
    Bijection, Cubic, Distribution, Entropy, MvNormal, Normal, Transformed,
};
use kinglet_objectives::{AffineTransport, Noise, gauss_hermite, transport_entropy};

use super::sigmoid_bandit::integral;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-01",
    title: "Noise carried through a map has the entropy H(q₀) + E log |det ∂h/∂ξ|, with the bars",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_01,
};

/// The entropy of θ = h(ξ). Catalogue: XU-01.
///
/// ```text
/// H(q) = H(q₀) + E_ξ[ log |det ∂h/∂ξ| ]
/// ```
///
/// For an affine map of the plane with determinant −2, and for θ = ξ + .2 ξ³, whose density is
/// integrated over θ.
pub fn xu_01() -> Outcome {
    Outcome::of(compute())
}

/// m and A, row by row: det A = .5 · 2 − 1.5 · 2 = −2.
const TURNING: [f64; 6] = [0.3, -1.0, 0.5, 1.5, 2.0, 2.0];

fn determinant() -> f64 {
    let [_, _, a, b, c, d] = TURNING;
    a * d - b * c
}

fn compute() -> Computed {
    Ok(Outcome {
        checks: vec![affine()?, cubic()?, cubic_sum()?],
        printed: vec![Printed::number(
            "e^(H(q) − H(q₀)) = det ∂h/∂ξ, without the bars",
            determinant(),
            determinant().abs(),
            "A density is divided by the size of the determinant, so its logarithm needs |·|: where \
             a map turns space over, log det is no real number, and H(q) neither.",
        )],
        ..Outcome::default()
    })
}

/// The entropy of N(m, A Aᵀ), by its own formula and by that of the map.
fn affine() -> Result<Check, Box<dyn std::error::Error>> {
    let [_, _, a, b, c, d] = TURNING;
    let (across, covariance) = (a * c + b * d, [a * a + b * b, c * c + d * d]);
    let covariance = [covariance[0], across, across, covariance[1]];
    let normal = MvNormal::from_covariance(TURNING[..2].to_vec(), &covariance)?;
    let family = AffineTransport { dim: 2 };
    let noise = Noise::quadrature(3, 2);
    Ok(Check::within(
        "H of an affine map of the plane, det = −2",
        5e-7,
        [
            (
                "H(q₀) + E log |det|",
                transport_entropy(&family, &TURNING, &noise)?,
            ),
            ("of the normal law N(m, A Aᵀ)", normal.entropy()),
            ("known", 3.531_024),
        ],
    ))
}

fn bent() -> Result<Transformed<Normal, Cubic>, kinglet_distributions::Error> {
    Ok(Transformed {
        base: Normal::new(0.0, 1.0)?,
        bijection: Cubic::new(0.2)?,
    })
}

/// H(N(0, 1)) + E log(1 + .6 ξ²).
fn by_the_map() -> Result<f64, kinglet_distributions::Error> {
    let law = bent()?;
    let spread = gauss_hermite(200).mean(|xi| law.bijection.log_abs_det(&xi));
    Ok(law.base.entropy() + spread)
}

fn cubic() -> Result<Check, Box<dyn std::error::Error>> {
    let law = bent()?;
    let over_theta = integral(-150.0, 150.0, 60_000, |theta| {
        let log_density = law.log_prob(&theta);
        -log_density * log_density.exp()
    });
    Ok(Check::within(
        "H of θ = ξ + .2 ξ³",
        1e-8,
        [
            ("H(q₀) + E log |h′(ξ)|, 200 nodes in ξ", by_the_map()?),
            ("−∫ q log q dθ", over_theta),
            ("known", 1.796_357_83),
        ],
    ))
}

/// −E log q(h(ξ)), the density through the inverse at the points that the noise goes to.
fn cubic_sum() -> Result<Check, Box<dyn std::error::Error>> {
    let law = bent()?;
    let surprise = |xi: f64| -law.log_prob(&law.bijection.forward(&xi));
    Ok(Check::exact(
        "the same as the mean of −log q(h(ξ))",
        [
            ("H(q₀) + E log |h′(ξ)|", by_the_map()?),
            ("through the inverse", gauss_hermite(200).mean(surprise)),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_01_the_entropy_gains_the_logarithm_of_the_volume() {
        assert_eq!(xu_01().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_01_without_the_bars_there_is_no_entropy() {
        assert!((determinant() + 2.0).abs() < 1e-15);
        assert!(determinant().ln().is_nan());
        assert_eq!(xu_01().printed[0].off_by, Some(4.0));
    }
}
