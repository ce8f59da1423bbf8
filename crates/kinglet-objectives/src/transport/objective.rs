//! The divergence that a transport minimises, and the variational policy gradient.

use super::{Noise, Transport};
use crate::Error;
use crate::problem::check_positive;
use kinglet_distributions::Bijection;

/// ½ ln 2πe, the entropy of one standard normal number.
const UNIT_ENTROPY: f64 = 1.418_938_533_204_672_7;

/// The entropy of θ = h_φ(ξ), ξ ~ N(0, I). Catalogue: XU-01.
///
/// ```text
/// H(q) = H(q₀) + E[ ln |det ∂h_φ/∂ξ| ]
/// ```
///
/// # Errors
/// If φ makes no bijection.
/// # Source
/// Xu 2018, eq. (1), with the absolute value that it lacks.
/// # Example
/// ```
/// use kinglet_objectives::{AffineTransport, Noise, transport_entropy};
///
/// // An exchange of the coordinates, one of them doubled: the determinant is −2.
/// let parameters = [0.0, 0.0, 0.0, 2.0, 1.0, 0.0];
/// let h = transport_entropy(&AffineTransport { dim: 2 }, &parameters, &Noise::quadrature(1, 2))?;
/// assert!((h - 3.531024).abs() < 1e-6); // ln 2πe + ln 2
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn transport_entropy<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
) -> Result<f64, Error> {
    let map = family.map(params)?;
    let spread = noise.mean(|xi| map.log_abs_det(&xi.to_vec()));
    Ok(noise.dim() as f64 * UNIT_ENTROPY + spread)
}

/// KL(q_φ ‖ p) from ln p, which may lack a constant, as KL then does. Catalogue: XU-02.
///
/// ```text
/// KL = −H(q₀) − E[ ln |det ∂h_φ/∂ξ| + ln p(h_φ(ξ)) ]
/// ```
///
/// With ln p = R/α + ln p₀ its negative is the bound on ln ∫ p₀ e^(R/α).
///
/// # Errors
/// If φ makes no bijection.
/// # Source
/// Xu 2018, section 1.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, transport_kl};
///
/// let p = |theta: &[f64]| -0.5 * (theta[0] - 1.0).powi(2) - 0.5 * (2.0 * std::f64::consts::PI).ln();
/// let kl = transport_kl(&DiagonalTransport { dim: 1 }, &[0.0, 1.0], &Noise::quadrature(5, 1), p)?;
/// assert!((kl - 0.5).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn transport_kl<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    log_target: impl Fn(&[f64]) -> f64,
) -> Result<f64, Error> {
    let map = family.map(params)?;
    let energy = noise.mean(|xi| log_target(&map.forward(&xi.to_vec())));
    Ok(-transport_entropy(family, params, noise)? - energy)
}

/// ∂KL(q_φ ‖ p)/∂φ from ∂ ln p/∂θ. Catalogue: XU-03, XU-04.
///
/// ```text
/// ∂KL/∂φ = −E[ (∂h_φ/∂φ)ᵀ ∂ ln p(θ)/∂θ + ∂/∂φ ln |det ∂h_φ/∂ξ| ]
/// ```
///
/// The second term keeps the θ's apart; without it they fall on the mode of p.
///
/// # Errors
/// If φ makes no bijection.
/// # Source
/// Xu 2018, eq. (2).
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, transport_kl_gradient};
///
/// let by_theta = |theta: &[f64]| vec![1.0 - theta[0]]; // p = N(1, 1)
/// let noise = Noise::quadrature(5, 1);
/// let slope = transport_kl_gradient(&DiagonalTransport { dim: 1 }, &[0.0, 2.0], &noise, by_theta)?;
/// assert!((slope[0] + 1.0).abs() < 1e-14 && (slope[1] - 1.5).abs() < 1e-14); // σ − 1/σ
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn transport_kl_gradient<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    log_target_gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<f64>, Error> {
    let map = family.map(params)?;
    let mut gradient = vec![0.0; family.n_params()];
    for (xi, weight) in noise.weighted() {
        let force = log_target_gradient(&map.forward(&xi));
        let pulled = family.pull_back(params, &xi, &force, 1.0)?;
        for (sum, term) in gradient.iter_mut().zip(pulled.params) {
            *sum -= weight * term;
        }
    }
    Ok(gradient)
}

/// The entropy-regularised return of a law over policies. Catalogue: XU-06, XU-07.
///
/// ```text
/// R̃ = E_q[R(θ)] + α H(q) = α ∫ ln( e^(R/α) / q ) dq
/// ```
///
/// Its maximum over all q is α ln ∫ e^(R/α) dθ, where that is finite; a bounded R on unbounded parameters has none, and
/// needs a prior.
///
/// # Errors
/// [`Error::NotPositive`] for the temperature; or if φ makes no bijection.
/// # Source
/// Xu 2018, section 2, whose last line lacks the α.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, vpg_objective};
///
/// let noise = Noise::quadrature(5, 1);
/// let value = vpg_objective(&DiagonalTransport { dim: 1 }, &[3.0, 1.0], &noise, 2.0, |t| t[0])?;
/// assert!((value - (3.0 + (2.0 * std::f64::consts::PI).ln() + 1.0)).abs() < 1e-14);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn vpg_objective<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    temperature: f64,
    reward: impl Fn(&[f64]) -> f64,
) -> Result<f64, Error> {
    check_positive("temperature", temperature)?;
    let kl = transport_kl(family, params, noise, |theta| reward(theta) / temperature)?;
    Ok(-temperature * kl)
}

/// The variational policy gradient −∂KL(q_φ ‖ e^(R/α))/∂φ, without a prior. Catalogue: XU-08.
///
/// ```text
/// E[ (1/α) (∂θ/∂φ)ᵀ ∂R/∂θ + ∂/∂φ ln |det ∂h_φ/∂ξ| ]
/// ```
///
/// It is 1/α times the gradient of [`vpg_objective`].
///
/// # Errors
/// As [`vpg_objective`].
/// # Source
/// Xu 2018, eq. (4) and (8).
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, vpg_gradient};
///
/// let noise = Noise::quadrature(5, 1);
/// let slope = vpg_gradient(&DiagonalTransport { dim: 1 }, &[3.0, 0.5], &noise, 2.0, |_| vec![1.0])?;
/// assert!((slope[0] - 0.5).abs() < 1e-14 && (slope[1] - 2.0).abs() < 1e-14); // 1/α, 1/σ
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn vpg_gradient<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    temperature: f64,
    reward_gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<f64>, Error> {
    let flat = |theta: &[f64]| vec![0.0; theta.len()];
    vpg_gradient_with_prior(family, params, noise, temperature, reward_gradient, flat)
}

/// The variational policy gradient towards a posterior p ∝ p₀ e^(R/α). Catalogue: XU-16, XU-27.
///
/// ```text
/// E[ (∂θ/∂φ)ᵀ ( (1/α) ∂R/∂θ + ∂ ln p₀/∂θ ) + ∂/∂φ ln |det ∂h_φ/∂ξ| ]
/// ```
///
/// # Errors
/// As [`vpg_objective`].
/// # Panics
/// If the two gradients differ in length.
/// # Source
/// Xu 2018, section 3.2, which refers to eq. (4) and so forgets the prior's own term.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, vpg_gradient_with_prior};
///
/// let (reward, prior) = (|_: &[f64]| vec![1.0], |t: &[f64]| vec![-t[0]]); // R = θ, p₀ = N(0, 1)
/// let noise = Noise::quadrature(5, 1);
/// let best = [0.5, 1.0]; // p ∝ e^(θ/2 − θ²/2) is N(½, 1)
/// let slope = vpg_gradient_with_prior(&DiagonalTransport { dim: 1 }, &best, &noise, 2.0, reward, prior)?;
/// assert!(slope.iter().all(|x| x.abs() < 1e-14));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn vpg_gradient_with_prior<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    temperature: f64,
    reward_gradient: impl Fn(&[f64]) -> Vec<f64>,
    log_prior_gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<f64>, Error> {
    check_positive("temperature", temperature)?;
    let by_theta = |theta: &[f64]| {
        let (reward, prior) = (reward_gradient(theta), log_prior_gradient(theta));
        assert_eq!(reward.len(), prior.len(), "lengths of the two gradients");
        let pairs = reward.iter().zip(prior);
        pairs.map(|(r, p)| r / temperature + p).collect()
    };
    let descent = transport_kl_gradient(family, params, noise, by_theta)?;
    Ok(descent.into_iter().map(|x| -x).collect())
}

/// The gradient of the expected return by the parameters Ψ of an auxiliary policy network. Catalogue: XU-16.
///
/// ```text
/// ∂/∂Ψ E_q[R_Ψ(θ)] = E_q[ ∂R_Ψ(θ)/∂Ψ ]
/// ```
///
/// Ψ is one for all θ, so its gradient is the mean over the θ's, not that of one.
///
/// # Errors
/// If φ makes no bijection.
/// # Panics
/// If two of the gradients differ in length.
/// # Source
/// Xu 2018, section 3.2.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, auxiliary_gradient};
///
/// let by_psi = |theta: &[f64]| vec![theta[0] * theta[0]]; // R = Ψ θ²
/// let noise = Noise::quadrature(5, 1);
/// let slope = auxiliary_gradient(&DiagonalTransport { dim: 1 }, &[1.0, 2.0], &noise, by_psi)?;
/// assert!((slope[0] - 5.0).abs() < 1e-13); // μ² + σ²
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn auxiliary_gradient<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    reward_gradient: impl Fn(&[f64]) -> Vec<f64>,
) -> Result<Vec<f64>, Error> {
    let map = family.map(params)?;
    let mut mean: Vec<f64> = Vec::new();
    for (xi, weight) in noise.weighted() {
        let gradient = reward_gradient(&map.forward(&xi));
        mean.resize(mean.len().max(gradient.len()), 0.0);
        assert_eq!(mean.len(), gradient.len(), "lengths of two gradients by Ψ");
        for (sum, term) in mean.iter_mut().zip(gradient) {
            *sum += weight * term;
        }
    }
    Ok(mean)
}
