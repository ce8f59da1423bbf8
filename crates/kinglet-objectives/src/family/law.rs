//! One exact sweep of a member that holds a law over the parameters of a policy.

use super::member::{Direction, Member, Over, TrustRegion};
use super::no_sweep;
use super::tempered_return::{TemperedReturn, stepped};
use crate::evaluation::check_dense;
use crate::problem::discounted;
use crate::{Error, Noise};
use kinglet_envs::TabularMdp;
use ndarray::Array2;

/// A law over the logits θ\[s, a\] of a softmax policy, state by state.
#[derive(Debug, Clone, PartialEq)]
pub enum Law {
    /// θ = μ + σ ξ, φ = (μ, σ): a [`DiagonalTransport`](crate::DiagonalTransport).
    Map {
        /// φ, `[2 S A]`.
        params: Vec<f64>,
        /// The points that stand for ξ, of S A coordinates.
        noise: Noise,
    },
    /// θ₁ … θₙ, `[n, S A]`.
    Particles(Array2<f64>),
}

/// One exact sweep of a member over parameters. Catalogue: XU-04, XU-08, XU-16, XU-20, XU-21, XU-25.
///
/// ```text
/// g = −∂KL(q_φ ‖ p₀ exp(R / τ))/∂φ,   R(θ) = E[V^{π_θ}(s₁)]
/// φ ← φ + η g,   or to the edge of E_ξ KL(π_old ‖ π) ≤ δ,   or up the penalised surrogate
/// θᵢ ← θᵢ + η (Stein direction),   for particles
/// ```
///
/// The mean over ξ is over the noise that the law carries: exact by quadrature. Values are exact for
/// each θ. The surrogate of a trust region is L_ξ(θ) = Σ d(s) π_θ(a | s) A(s, a), with d and A those
/// of the old θ of the same ξ, R to first order.
///
/// # Errors
/// [`Error::NoSweep`] where member and law, or two choices, do not go together;
/// [`Error::NeedsDiscount`]; [`Error::NotPositive`] for its numbers; [`Error::Distribution`] for a
/// φ that makes no bijection.
/// # Panics
/// When the law has another number of parameters than S A.
/// # Source
/// Xu 2018, equations (4) and (9) to (12), section 4; Liu 2017, algorithm 1.
/// # Example
/// ```
/// use kinglet_envs::{Horizon, TabularMdp};
/// use kinglet_objectives::Noise;
/// use kinglet_objectives::family::{Law, VPG, sweep_law};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 1.0]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let law = Law::Map { params: vec![0.0, 0.0, 1.0, 1.0], noise: Noise::quadrature(8, 2) };
/// let Law::Map { params, .. } = sweep_law(&mdp, &VPG, &law)? else { panic!() };
/// assert!(params[1] > 0.0 && params[0] < 0.0); // towards the better action
/// assert!((params[0] + params[1]).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sweep_law(mdp: &TabularMdp, member: &Member, law: &Law) -> Result<Law, Error> {
    discounted(mdp)?;
    check_dense(mdp)?;
    let target = TemperedReturn::new(mdp, member)?;
    match (member.over, law) {
        (Over::Parameters, Law::Map { params, noise }) => {
            let params = match member.trust_region {
                TrustRegion::Step(size) => stepped(params, &target.slope(params, noise)?, size)?,
                TrustRegion::LineSearch { kl_bound } => target.search(params, noise, kl_bound)?,
                TrustRegion::Penalty {
                    coefficient,
                    direction: Direction::Forward,
                } => target.penalised(params, noise, coefficient)?,
                _ => {
                    let why = "a law takes a step, a line search or a forward penalty";
                    return no_sweep(member, why);
                }
            };
            let noise = noise.clone();
            Ok(Law::Map { params, noise })
        }
        (Over::Particles, Law::Particles(particles)) => {
            let TrustRegion::Step(size) = member.trust_region else {
                return no_sweep(member, "particles take a step");
            };
            Ok(Law::Particles(target.repel(particles, size)?))
        }
        _ => no_sweep(member, "the law given is not of its kind"),
    }
}
