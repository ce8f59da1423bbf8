//! The Fisher matrix of a law over policies, by the parameters of the law.

use crate::{Noise, Transport};
use autodiff::F1;
use kinglet_distributions::Bijection;
use kinglet_trust_region::{Fisher, ProductFisher};
use ndarray::{Array1, ArrayView1};

/// The Fisher matrix that a law q_φ over policies inherits from its policies. Catalogue: XU-21.
///
/// ```text
/// F_φ = E_ξ[ Jᵀ F(θ) J ],   θ = h_φ(ξ),   J = ∂θ/∂φ
/// ```
///
/// It is the Hessian of E_ξ KL(π_θ_old(ξ) ‖ π_θ(ξ)) by φ, at φ_old and with the noise shared: what a
/// trust region on the policies means for φ. F(θ) itself has θ's dimension and cannot multiply a
/// gradient by φ.
///
/// # Shapes
/// `params`, φ: `[P]`; `head(θ, v)` is F(θ) v. Acts on `[P]`.
/// # Errors
/// If φ makes no bijection.
/// # Panics
/// If a length does not fit.
/// # Source
/// Schulman 2015, appendix C, for one policy.
/// # Example
/// ```
/// use kinglet_objectives::{DiagonalTransport, Noise, variational_fisher};
/// use kinglet_trust_region::Fisher;
/// use ndarray::array;
/// // One parameter with F = 4: J = (1, ξ), so that F_φ = 4 E[(1, ξ)(1, ξ)ᵀ] = 4 I.
/// let (family, noise) = (DiagonalTransport { dim: 1 }, Noise::quadrature(5, 1));
/// let fisher = variational_fisher(&family, &[0.3, 0.5], &noise, |_, v| vec![4.0 * v[0]])?;
/// let product = fisher.product(array![1.0, -2.0].view());
/// assert!((product - array![4.0, -8.0]).iter().all(|off| off.abs() < 1e-14));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn variational_fisher<T: Transport>(
    family: &T,
    params: &[f64],
    noise: &Noise,
    head: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) -> Result<impl Fisher, crate::Error> {
    family.map(params)?;
    let product = move |v: ArrayView1<'_, f64>| {
        assert_eq!(v.len(), params.len(), "a vector of another length than φ");
        let seeded = params.iter().zip(v).map(|(&p, &v)| F1::new(p, v));
        let map = family.map(&seeded.collect::<Vec<F1>>());
        let map = map.expect("φ made a bijection before");
        let mut sum = Array1::zeros(params.len());
        for (xi, &weight) in noise.points.outer_iter().zip(&noise.weights) {
            let xi = xi.to_vec();
            let theta = map.forward(&xi.iter().copied().map(F1::cst).collect());
            let (theta, moved): (Vec<f64>, Vec<f64>) = theta.iter().map(|t| (t.x, t.dx)).unzip();
            let force = head(&theta, &moved);
            let pulled = family.pull_back(params, &xi, &force, 0.0);
            let pulled = pulled.expect("φ made a bijection before");
            sum.scaled_add(weight, &Array1::from(pulled.params));
        }
        sum
    };
    Ok(ProductFisher::new(params.len(), product))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AffineTransport;
    use kinglet_distributions::{Categorical, Fisher as _, Kl};
    use ndarray::Array2;

    fn policy(theta: &[f64]) -> Categorical {
        Categorical::from_logits(theta).unwrap()
    }

    #[test]
    fn xu_21_it_is_the_hessian_of_the_mean_divergence() {
        let (family, noise) = (AffineTransport { dim: 2 }, Noise::quadrature(10, 2));
        let old = [0.2, -0.4, 0.5, 0.1, -0.2, 0.6];
        let fisher = variational_fisher(&family, &old, &noise, |theta, v| {
            policy(theta).fisher(&v.to_vec())
        });
        let fisher = fisher.unwrap();
        let at = |params: &[f64]| {
            let (from, to) = (family.map(&old).unwrap(), family.map(params).unwrap());
            noise.mean(|xi| {
                let xi = xi.to_vec();
                policy(&from.forward(&xi)).kl(&policy(&to.forward(&xi)))
            })
        };
        let h = 1e-4;
        let moved = |i: usize, a: f64, j: usize, b: f64| {
            let mut params = old;
            params[i] += a * h;
            params[j] += b * h;
            at(&params)
        };
        let hessian = Array2::from_shape_fn((6, 6), |(i, j)| {
            let same = moved(i, 1.0, j, 1.0) + moved(i, -1.0, j, -1.0);
            (same - moved(i, 1.0, j, -1.0) - moved(i, -1.0, j, 1.0)) / (4.0 * h * h)
        });
        for i in 0..6 {
            let unit = Array1::from_shape_fn(6, |k| f64::from(i == k));
            let off = fisher.product(unit.view()) - hessian.column(i);
            assert!(off.iter().all(|off| off.abs() < 1e-6), "column {i}: {off}");
        }
    }
}
