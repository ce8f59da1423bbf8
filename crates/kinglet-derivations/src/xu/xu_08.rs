//! XU-08: the variational policy gradient.

use std::error::Error;

use kinglet_objectives::{
    AffineTransport, ComposedTransport, DiagonalTransport, Noise, PlanarTransport, Transport,
    vpg_gradient, vpg_objective,
};
use ndarray::{Array1, arr1};

use super::sigmoid_bandit::{PAY, TEMPERATURE, reward, reward_gradient, share};
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-08",
    title: "The variational policy gradient is E[(1/α) ∂R/∂θ ∂θ/∂φ + ∂ log |det|/∂φ]",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_08,
};

/// The gradient of the law over policies. Catalogue: XU-08.
///
/// ```text
/// −∂KL/∂φ = E_ξ[ (1/α) ∂R(θ)/∂θ ∂θ/∂φ + ∂ log |det ∂h_φ/∂ξ| / ∂φ ]
/// ```
///
/// On the bandit with a normal law, and on a return of two parameters with a flow: the expectation
/// over the noise beside differences of R̃/α.
pub fn xu_08() -> Outcome {
    Outcome::of(compute())
}

/// An affine map that turns the plane over, and a bend.
type Flow = ComposedTransport<AffineTransport, PlanarTransport>;
const FLOW: Flow = ComposedTransport {
    first: AffineTransport { dim: 2 },
    then: PlanarTransport { dim: 2 },
};
const FLOW_PARAMS: [f64; 11] = [0.2, -0.4, 0.3, 0.9, 1.1, -0.2, 0.5, -0.7, 1.2, 0.4, 0.3];

/// A return of two logits, neither alike nor apart.
fn joint_reward(theta: &[f64]) -> f64 {
    PAY * share(theta[0]) * share(theta[1] - 0.5 * theta[0])
}

fn joint_gradient(theta: &[f64]) -> Vec<f64> {
    let (p, q) = (share(theta[0]), share(theta[1] - 0.5 * theta[0]));
    let by_second = p * q * (1.0 - q);
    vec![PAY * (p * (1.0 - p) * q - 0.5 * by_second), PAY * by_second]
}

fn compute() -> Computed {
    let (line, plane) = (Noise::quadrature(60, 1), Noise::quadrature(24, 2));
    let normal = DiagonalTransport { dim: 1 };
    let by_noise = vpg_gradient(&normal, &[0.3, 0.8], &line, TEMPERATURE, reward_gradient)?;
    let by_flow = vpg_gradient(&FLOW, &FLOW_PARAMS, &plane, TEMPERATURE, joint_gradient)?;
    let mut checks = compare("μ, σ of a normal law", &by_noise, &{
        differences(&normal, &[0.3, 0.8], &line, reward)?
    });
    checks.extend(compare("parameter of a flow", &by_flow, &{
        differences(&FLOW, &FLOW_PARAMS, &plane, joint_reward)?
    }));
    Ok(Outcome {
        checks,
        notes: vec![
            "It is 1/α times the gradient of R̃. With a prior p₀ there is one more term; see XU-16.",
        ],
        ..Outcome::default()
    })
}

/// ∇ R̃/α by central differences.
fn differences<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    reward: impl Fn(&[f64]) -> f64,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let objective = |params: &Array1<f64>| {
        let value = vpg_objective(family, &params.to_vec(), noise, TEMPERATURE, &reward);
        value.map_or(f64::NAN, |value| value / TEMPERATURE)
    };
    Ok(gradient(&objective, &arr1(params)).to_vec())
}

fn compare(what: &str, over_noise: &[f64], differences: &[f64]) -> Vec<Check> {
    let pairs = over_noise.iter().zip(differences).enumerate();
    pairs
        .map(|(i, (noise, difference))| {
            Check::within(
                format!("−∂KL/∂φ, {what}, component {i}"),
                1e-8,
                [
                    ("over the noise", *noise),
                    ("central difference", *difference),
                ],
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_08_the_gradient_of_a_normal_law_and_of_a_flow() {
        let outcome = xu_08();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert_eq!(outcome.checks.len(), 13);
    }

    #[test]
    fn xu_08_the_return_of_two_logits_has_its_gradient() {
        let theta = arr1(&[0.4, -0.7]);
        let slope = gradient(&|t: &Array1<f64>| joint_reward(&t.to_vec()), &theta);
        for (a, b) in slope.iter().zip(joint_gradient(&theta.to_vec())) {
            assert!((a - b).abs() < 1e-9);
        }
    }
}
