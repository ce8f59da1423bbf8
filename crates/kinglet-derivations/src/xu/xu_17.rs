//! XU-17: the log-determinant of a map for each state.

use std::error::Error;

use autodiff::{F1, grad};
use kinglet_distributions::Bijection;
use kinglet_objectives::{
    DiagonalTransport, Noise, PerStateTransport, Transport, transport_entropy,
};
use ndarray::array;

use super::sigmoid_bandit::{PAY, TEMPERATURE, share};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-17",
    title: "The log-determinant is Σᵢ₌₁ᵈ log σᵢ(s), summed over the states and not averaged",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_17,
};

/// The gradient of a map for each state. Catalogue: XU-17.
///
/// ```text
/// −∂KL/∂φ = E_ξ[ (1/α) ∂R/∂θ ∂h_φ(s, ξ)/∂φ + Σᵢ₌₁ᵈ ∂ log σᵢ(s)/∂φ ],  and Σₛ over the states
/// ```
///
/// For scales .5, 1 and 3 in three states, and for a network that gives them.
pub fn xu_17() -> Outcome {
    Outcome::of(compute())
}

const SCALES: [f64; 3] = [0.5, 1.0, 3.0];

/// Two features of three states, and (m, w).
fn family() -> PerStateTransport {
    PerStateTransport {
        features: array![[1.0, 0.3], [1.0, -0.8], [1.0, 2.0]],
    }
}

const PARAMS: [f64; 4] = [0.4, -0.7, -0.2, 0.9];

/// ∂R/∂θ of R = Σₛ b σ(θ(s)).
fn force(theta: &[f64]) -> Vec<f64> {
    let slope = |t: &f64| PAY * share(*t) * (1.0 - share(*t));
    theta.iter().map(slope).collect()
}

fn compute() -> Computed {
    let mut checks = vec![full_map()?, mean_over_states()?];
    checks.extend(gradient()?);
    checks.push(rescaled()?);
    Ok(Outcome {
        checks,
        printed: vec![Printed::words(
            "Σᵢ₌₀ᵈ ∂ log σᵢ/∂φ, in (8) and in the line after it",
            "The sum from 0 has d + 1 terms, and θ has d coordinates: it runs from 1, as log det of \
             a diagonal matrix does.",
        )],
        notes: vec![
            "Two readings of (8) for several states: the determinant of the full map is the sum over \
             the states. An average over states in its place is the same objective at 1/S of the \
             temperature, S states.",
            "\"∂R(φ)/∂φ\" is ∂R(θ)/∂φ, through θ = h_φ(s, ξ).",
        ],
        ..Outcome::default()
    })
}

fn full_map() -> Result<Check, Box<dyn Error>> {
    let diagonal = DiagonalTransport { dim: 3 };
    let params = [[0.0; 3], SCALES].concat();
    let log_det = diagonal.map(&params)?.log_abs_det(&vec![0.0; 3]);
    let noise = Noise::quadrature(1, 3);
    let unit = [vec![0.0; 3], vec![1.0; 3]].concat();
    let gained = transport_entropy(&diagonal, &params, &noise)?
        - transport_entropy(&diagonal, &unit, &noise)?;
    Ok(Check::within(
        "log det of the full map, scales .5, 1, 3",
        5e-5,
        [
            ("log |det|", log_det),
            ("entropy gained over σ = 1", gained),
            ("Σₛ log σ(s)", SCALES.iter().map(|s| s.ln()).sum()),
            ("known", 0.4055),
        ],
    ))
}

fn mean_over_states() -> Result<Check, Box<dyn Error>> {
    let logs: f64 = SCALES.iter().map(|s| s.ln()).sum();
    Ok(Check::within(
        "its mean over the states, which is not log det",
        5e-5,
        [("(1/S) Σₛ log σ(s)", logs / 3.0), ("known", 0.1352)],
    ))
}

/// (8) at one draw, for means and scales that are linear and logistic in the features.
fn gradient() -> Result<Vec<Check>, Box<dyn Error>> {
    let (family, xi) = (family(), [0.5, -1.0, 1.7]);
    let theta = family.map(&PARAMS)?.forward(&xi.to_vec());
    let scaled: Vec<f64> = force(&theta).iter().map(|f| f / TEMPERATURE).collect();
    let pulled = family.pull_back(&PARAMS, &xi, &scaled, 1.0)?;
    let dual = grad(
        |t: &[F1]| {
            let map = family.map(t).expect("a sigmoid is not 0");
            let xi = xi.map(F1::cst).to_vec();
            let theta = map.forward(&xi);
            let pushed = theta.iter().zip(&scaled).map(|(t, f)| *t * F1::cst(*f));
            pushed.fold(map.log_abs_det(&xi), |sum, t| sum + t)
        },
        &PARAMS,
    );
    Ok((0..4)
        .map(|i| {
            Check::exact(
                format!("−∂KL/∂φ at one ξ, component {i}"),
                [("(8)", pulled.params[i]), ("dual numbers", dual[i])],
            )
        })
        .collect())
}

/// S times the gradient with the mean over states is the gradient with the sum at α/S.
fn rescaled() -> Result<Check, Box<dyn Error>> {
    let (family, xi) = (family(), [0.5, -1.0, 1.7]);
    let theta = family.map(&PARAMS)?.forward(&xi.to_vec());
    let slope = |temperature: f64, log_det_weight: f64| {
        let scaled: Vec<f64> = force(&theta).iter().map(|f| f / temperature).collect();
        let pulled = family.pull_back(&PARAMS, &xi, &scaled, log_det_weight);
        pulled.map(|pulled| pulled.params[2])
    };
    Ok(Check::exact(
        "3 times the gradient with the mean over 3 states",
        [
            (
                "3 · (8) with (1/S) Σₛ",
                3.0 * slope(TEMPERATURE, 1.0 / 3.0)?,
            ),
            ("(8) with Σₛ at α/3", slope(TEMPERATURE / 3.0, 1.0)?),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_17_a_sum_over_states() {
        assert_eq!(xu_17().verdict(), Verdict::Holds);
    }

    #[test]
    fn xu_17_the_mean_over_states_is_another_gradient() {
        let family = family();
        let at = |weight| family.pull_back(&PARAMS, &[0.0; 3], &[0.0; 3], weight);
        let (sum, mean) = (at(1.0).unwrap(), at(1.0 / 3.0).unwrap());
        assert!((sum.params[2] - mean.params[2]).abs() > 0.1);
        assert_eq!(sum.params[0], 0.0);
    }
}
