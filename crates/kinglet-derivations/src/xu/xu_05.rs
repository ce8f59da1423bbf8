//! XU-05: the weights of a Bayesian network.

use kinglet_distributions::{Bijection, DiagNormal, Entropy};
use kinglet_objectives::{DiagonalTransport, Noise, Transport, transport_entropy};

use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-05",
    title: "A network's weights are θᵢ = μᵢ + σᵢ ξᵢ; without the noise they do not vary",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_05,
};

const MEANS: [f64; 3] = [0.5, -1.0, 0.2];
const SCALES: [f64; 3] = [0.4, 1.5, 0.9];
const FAMILY: DiagonalTransport = DiagonalTransport { dim: 3 };

/// The weights of a Bayesian network. Catalogue: XU-05.
///
/// ```text
/// θᵢ = μᵢ + σᵢ ξᵢ
/// ```
///
/// The mean, the variance and the entropy of three weights, over the noise and in closed form; and
/// what the printed map, which has no ξ, gives.
pub fn xu_05() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let params = [MEANS, SCALES].concat();
    let map = FAMILY.map(&params)?;
    let noise = Noise::quadrature(3, 3);
    let weight = |i: usize, power: i32| {
        noise.mean(|xi| (map.forward(&xi.to_vec())[i] - MEANS[i]).powi(power))
    };
    let mut checks = Vec::new();
    for (i, scale) in SCALES.iter().enumerate() {
        checks.push(Check::exact(
            format!("mean of weight {i}, less μ"),
            [("over the noise", weight(i, 1)), ("closed form", 0.0)],
        ));
        checks.push(Check::exact(
            format!("variance of weight {i}"),
            [("over the noise", weight(i, 2)), ("σ²", scale * scale)],
        ));
    }
    let normal = DiagNormal::new(MEANS.to_vec(), SCALES.to_vec())?;
    checks.push(Check::exact(
        "entropy of the weights",
        [
            (
                "H(q₀) + Σ log σᵢ",
                transport_entropy(&FAMILY, &params, &noise)?,
            ),
            ("of the diagonal normal", normal.entropy()),
        ],
    ));
    Ok(Outcome {
        checks,
        printed: vec![Printed::number(
            "θᵢ = μᵢ + σᵢ, without ξᵢ: the variance of the second weight",
            without_noise(&noise),
            SCALES[1] * SCALES[1],
            "The noise is missing; example 1 of the same section has it. As printed every draw of \
             the weights is the same, the map is not invertible, and the entropy is −∞.",
        )],
        notes: vec![
            "Each realised network is one policy. That the mixture of them is multi-modal does not \
             follow from the weights alone; see XU-14.",
        ],
        ..Outcome::default()
    })
}

/// The variance of θ = μ + σ over the same noise.
fn without_noise(noise: &Noise) -> f64 {
    let printed = |_: &[f64]| MEANS[1] + SCALES[1];
    let mean = noise.mean(printed);
    noise.mean(|xi| (printed(xi) - mean).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_05_weights_vary_with_their_noise() {
        assert_eq!(xu_05().verdict(), Verdict::Holds);
        let printed = &xu_05().printed[0];
        assert!(printed.value.unwrap().abs() < 1e-15);
    }

    #[test]
    fn xu_05_a_weight_without_noise_is_no_bijection() {
        let mut params = [MEANS, SCALES].concat();
        params[4] = 0.0;
        assert!(FAMILY.map(&params).is_err());
    }
}
