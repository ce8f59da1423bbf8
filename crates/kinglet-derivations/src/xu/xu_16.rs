//! XU-16: the posterior with a prior, and the auxiliary network.

use std::error::Error;

use kinglet_distributions::Bijection;
use kinglet_objectives::{
    DiagonalTransport, Noise, Transport, auxiliary_gradient, transport_kl, vpg_gradient,
    vpg_gradient_with_prior,
};
use ndarray::{Array1, arr1};

use super::sigmoid_bandit::{
    PAY, TEMPERATURE, log_posterior, log_prior_gradient, reward_gradient, share,
};
use crate::optimise::{STEP, derivative, gradient};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-16",
    title: "With a prior the gradient gains ∂ log p₀(θ)/∂φ; that by Ψ is a mean over q_φ",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_16,
};

const FAMILY: DiagonalTransport = DiagonalTransport { dim: 1 };

/// (μ, σ).
const Q: [f64; 2] = [0.8, 0.9];

/// The posterior of section 3.2. Catalogue: XU-16.
///
/// ```text
/// p(θ) ∝ p₀(θ) e^(R_Ψ(θ)/α)
/// −∂KL/∂φ = E_ξ[ (1/α) ∂R/∂φ + ∂ log p₀(θ)/∂φ + ∂ log |det| / ∂φ ]
/// ∂/∂Ψ E_q[R_Ψ(θ)] = E_q[ ∂R_Ψ(θ)/∂Ψ ]
/// ```
///
/// On the bandit with the prior N(0, 1), at q = N(.8, .9²).
pub fn xu_16() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let noise = Noise::quadrature(80, 1);
    let with = vpg_gradient_with_prior(
        &FAMILY,
        &Q,
        &noise,
        TEMPERATURE,
        reward_gradient,
        log_prior_gradient,
    )?;
    let without = vpg_gradient(&FAMILY, &Q, &noise, TEMPERATURE, reward_gradient)?;
    let bound = |params: &Array1<f64>| {
        let kl = transport_kl(&FAMILY, &params.to_vec(), &noise, log_posterior);
        kl.map_or(f64::NAN, |kl| -kl)
    };
    let differences = gradient(&bound, &arr1(&Q));
    let mut checks: Vec<Check> = ["μ", "σ"]
        .iter()
        .enumerate()
        .map(|(i, by)| {
            Check::within(
                format!("−∂KL/∂{by} towards the posterior"),
                1e-9,
                [
                    ("over the noise", with[i]),
                    ("central difference", differences[i]),
                ],
            )
        })
        .collect();
    checks.extend(prior_terms(&with, &without));
    checks.push(auxiliary(&noise)?);
    Ok(Outcome {
        checks,
        printed: vec![
            Printed::number(
                "\"the gradient is Eq. 4\": −∂KL/∂μ without the prior's term",
                without[0],
                with[0],
                "Eq. 4 has no prior. With p ∝ p₀ e^(R/α) the gradient gains E[∂ log p₀(θ)/∂φ], here \
                 −μ = −.8.",
            ),
            Printed::number(
                "∂R_Ψ(θ)/∂Ψ at one θ, the mean of q, Ψ = 1.3",
                by_psi(&[Q[0]])[0],
                auxiliary_gradient(&FAMILY, &Q, &noise, by_psi)?[0],
                "Ψ is one for all θ: its gradient is the mean of ∂R_Ψ(θ)/∂Ψ over q_φ.",
            ),
        ],
        ..Outcome::default()
    })
}

/// E[∂ log p₀/∂φ] of N(0, 1) is (−μ, −σ).
fn prior_terms(with: &[f64], without: &[f64]) -> [Check; 2] {
    [0, 1].map(|i| {
        Check::exact(
            format!("what the prior adds, component {i}"),
            [("with − without", with[i] - without[i]), ("−φ", -Q[i])],
        )
    })
}

const PSI: f64 = 1.3;

/// R_Ψ(θ) = b σ(Ψ θ), and its slope by Ψ, b p (1 − p) θ.
fn by_psi(theta: &[f64]) -> Vec<f64> {
    let p = share(PSI * theta[0]);
    vec![PAY * p * (1.0 - p) * theta[0]]
}

fn auxiliary(noise: &Noise) -> Result<Check, Box<dyn Error>> {
    let map = FAMILY.map(&Q)?;
    let mean = |psi: f64| noise.mean(|xi| PAY * share(psi * map.forward(&xi.to_vec())[0]));
    Ok(Check::within(
        "∂/∂Ψ E_q[R_Ψ(θ)]",
        1e-9,
        [
            (
                "E_q[∂R_Ψ(θ)/∂Ψ]",
                auxiliary_gradient(&FAMILY, &Q, noise, by_psi)?[0],
            ),
            (
                "central difference",
                derivative(|step| mean(PSI + step), STEP),
            ),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_16_the_prior_has_a_term_of_its_own() {
        let outcome = xu_16();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!((outcome.printed[0].off_by.unwrap() - 0.8).abs() < 1e-12);
    }

    #[test]
    fn xu_16_one_draw_of_the_policy_misleads_the_auxiliary_network() {
        assert!(xu_16().printed[1].off_by.unwrap() > 0.01);
    }
}
