//! XU-12: the gradient of an affine map, one draw at a time.

use std::error::Error;

use autodiff::{F1, grad};
use kinglet_distributions::Bijection;
use kinglet_objectives::{DiagonalTransport, Noise, Transport, vpg_gradient, vpg_objective};
use ndarray::{Array1, arr1};
use num_traits::Float;

use super::sigmoid_bandit::{PAY, TEMPERATURE, share};
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-12",
    title: "For θ = μ + σ ξ the gradient by σᵢ is (1/α) ξᵢ ∂R/∂θᵢ + 1/σᵢ, drawn or averaged",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_12,
};

const FAMILY: DiagonalTransport = DiagonalTransport { dim: 2 };

/// (μ₁, μ₂, σ₁, σ₂).
const PARAMS: [f64; 4] = [0.3, -0.5, 0.8, 1.4];

/// The gradient of an affine map. Catalogue: XU-12.
///
/// ```text
/// −∂KL/∂μᵢ = (1/α) ∂R/∂θᵢ        −∂KL/∂σᵢ = (1/α) ξᵢ ∂R/∂θᵢ + 1/σᵢ
/// ```
///
/// At one draw of the noise by the formula and by dual numbers, and averaged over the noise beside
/// differences of R̃/α.
pub fn xu_12() -> Outcome {
    Outcome::of(compute())
}

/// R(θ) = b σ(θ₁) σ(θ₂).
fn reward<S: Float>(theta: &[S]) -> S {
    let sigmoid = |x: S| (S::one() + (-x).exp()).recip();
    S::from(PAY).expect("a scalar holds every f64") * sigmoid(theta[0]) * sigmoid(theta[1])
}

fn reward_gradient(theta: &[f64]) -> Vec<f64> {
    let (p, q) = (share(theta[0]), share(theta[1]));
    vec![PAY * p * (1.0 - p) * q, PAY * p * q * (1.0 - q)]
}

/// R/α + log |det| of one draw, in any scalar.
fn one_draw(params: &[F1], xi: &[f64]) -> F1 {
    let map = FAMILY.map(params).expect("the scales are not 0");
    let xi = xi.iter().map(|x| F1::cst(*x)).collect();
    reward(&map.forward(&xi)) / F1::cst(TEMPERATURE) + map.log_abs_det(&xi)
}

fn compute() -> Computed {
    let mut checks = drawn(&[0.9, -1.6])?;
    checks.extend(averaged()?);
    Ok(Outcome {
        checks,
        notes: vec![
            "The formula is that of one draw; the gradient is its mean over ξ.",
            "With a negative σᵢ it holds as it stands: the derivative of log |σ| is 1/σ.",
        ],
        ..Outcome::default()
    })
}

fn drawn(xi: &[f64; 2]) -> Result<Vec<Check>, Box<dyn Error>> {
    let theta = FAMILY.map(&PARAMS)?.forward(&xi.to_vec());
    let slope = reward_gradient(&theta);
    let force: Vec<f64> = slope.iter().map(|r| r / TEMPERATURE).collect();
    let pulled = FAMILY.pull_back(&PARAMS, xi, &force, 1.0)?;
    let dual = grad(|t: &[F1]| one_draw(t, xi), &PARAMS);
    let by_scale = |i: usize| xi[i] * slope[i] / TEMPERATURE + 1.0 / PARAMS[2 + i];
    let formula = [force[0], force[1], by_scale(0), by_scale(1)];
    let names = ["μ₁", "μ₂", "σ₁", "σ₂"];
    Ok((0..4)
        .map(|i| {
            Check::exact(
                format!("−∂KL/∂{} at one ξ", names[i]),
                [
                    ("formula", formula[i]),
                    ("pulled back through the map", pulled.params[i]),
                    ("dual numbers", dual[i]),
                ],
            )
        })
        .collect())
}

fn averaged() -> Result<Vec<Check>, Box<dyn Error>> {
    let noise = Noise::quadrature(30, 2);
    let mean = vpg_gradient(&FAMILY, &PARAMS, &noise, TEMPERATURE, reward_gradient)?;
    let objective = |params: &Array1<f64>| {
        let value = vpg_objective(&FAMILY, &params.to_vec(), &noise, TEMPERATURE, |theta| {
            reward(theta)
        });
        value.map_or(f64::NAN, |value| value / TEMPERATURE)
    };
    let differences = gradient(&objective, &arr1(&PARAMS));
    Ok((0..4)
        .map(|i| {
            Check::within(
                format!("its mean over ξ, component {i}"),
                1e-8,
                [
                    ("over the noise", mean[i]),
                    ("central difference", differences[i]),
                ],
            )
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_12_one_draw_and_its_mean() {
        assert_eq!(xu_12().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_12_a_negative_scale_has_a_negative_repulsion() {
        let pulled = FAMILY.pull_back(&[0.0, 0.0, -0.5, 2.0], &[0.0; 2], &[0.0; 2], 1.0);
        assert_eq!(pulled.unwrap().params, [0.0, 0.0, -2.0, 0.5]);
    }
}
