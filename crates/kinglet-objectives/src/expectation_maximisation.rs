//! Expectation maximisation: what the evidence of a model is made of, and how to raise it.

use crate::Error;
use crate::problem::check_distribution;
use crate::soft::log_sum_exp;
use ndarray::{Array2, ArrayView1, ArrayView2, Zip};

/// The evidence of a model, in two parts, nats. Made by [`decompose_evidence`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// ln p(X | θ).
    pub log_evidence: f64,
    /// L(q, θ), the lower bound.
    pub bound: f64,
    /// KL(q ‖ p(Z | X, θ)) ≥ 0, what the bound lacks.
    pub kl: f64,
}

/// Splits the evidence of a model into a bound and a divergence. Catalogue: MPO-05.
///
/// ```text
/// ln p(X | θ) = L(q, θ) + KL(q ‖ p(Z | X, θ))
/// L(q, θ) = Σ_z q(z) ln( p(X, z | θ) / q(z) )
/// ```
///
/// The divergence is from the posterior of Z, not from its prior. Each number comes from its own
/// sum, so that the identity can be seen to hold.
///
/// # Shapes
/// `log_joint`, ln p(X, z | θ): `[Z]`, −∞ where that is impossible; `q`: `[Z]`.
/// # Errors
/// [`Error::NoDistribution`] when `q` is none.
/// # Panics
/// When the shapes differ, or are empty.
/// # Source
/// Bishop 2006, eqs. (9.70)–(9.72); Neal & Hinton 1998.
/// # Example
/// ```
/// use kinglet_objectives::decompose_evidence;
/// use ndarray::array;
/// // p(X, z) = .3 and .1: p(X) = .4, and the posterior is (¾, ¼).
/// let log_joint = array![0.3f64.ln(), 0.1f64.ln()];
/// let parts = decompose_evidence(log_joint.view(), array![0.75, 0.25].view())?;
/// assert!((parts.bound - 0.4f64.ln()).abs() < 1e-15 && parts.kl.abs() < 1e-15);
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn decompose_evidence(
    log_joint: ArrayView1<'_, f64>,
    q: ArrayView1<'_, f64>,
) -> Result<Evidence, Error> {
    assert!(!q.is_empty(), "a latent variable without values: q is [0]");
    assert_eq!(
        log_joint.dim(),
        q.dim(),
        "shapes of the joint (left) and of q (right) differ"
    );
    check_distribution("q", q.iter().copied())?;
    let log_evidence = log_sum_exp(log_joint.iter().copied(), 1.0);
    let mean =
        |f: &dyn Fn(f64, f64) -> f64| {
            Zip::from(&q).and(&log_joint).fold(0.0, |sum, &q, &joint| {
                if q > 0.0 { sum + q * f(q, joint) } else { sum }
            })
        };
    Ok(Evidence {
        log_evidence,
        bound: mean(&|q, joint| joint - q.ln()),
        kl: mean(&|q, joint| q.ln() - (joint - log_evidence)),
    })
}

/// A model with a discrete latent variable for each observation, for expectation maximisation.
pub trait LatentModel: Sized {
    /// The observations X.
    type Data: ?Sized;

    /// ln p(xₙ, z | θ) of each observation and each value of its latent variable, `[N, Z]`.
    fn log_joint(&self, data: &Self::Data) -> Array2<f64>;

    /// The parameters that maximise E_q\[ln p(X, Z | θ)\]; `responsibilities` is q, `[N, Z]`.
    fn maximise(&self, data: &Self::Data, responsibilities: ArrayView2<'_, f64>) -> Self;
}

/// Where expectation maximisation came to. Made by [`expectation_maximisation`].
#[derive(Debug, Clone, PartialEq)]
pub struct Maximised<M> {
    /// The last model.
    pub model: M,
    /// ln p(X | θ) of each model, the first one's first; it never falls.
    pub log_evidence: Vec<f64>,
}

/// Expectation maximisation: raises the evidence of a model round by round. Catalogue: MPO-05.
///
/// ```text
/// E-step: q(z) = p(z | X, θ), where L(q, θ) touches ln p(X | θ)
/// M-step: θ ← argmax E_q[ln p(X, Z | θ)]
/// ```
///
/// # Source
/// Dempster, Laird & Rubin 1977.
/// # Example
/// ```
/// use kinglet_objectives::{GaussianMixture, expectation_maximisation};
/// let data = [-2.1, -1.9, -2.0, 3.0, 3.1, 2.9];
/// let start = GaussianMixture::new(&[0.5, 0.5], &[-1.0, 1.0], &[1.0, 1.0])?;
/// let fit = expectation_maximisation(start, &data[..], 50);
/// assert!((fit.model.means[0] + 2.0).abs() < 1e-9 && (fit.model.means[1] - 3.0).abs() < 1e-9);
/// assert!(fit.log_evidence.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn expectation_maximisation<M: LatentModel>(
    model: M,
    data: &M::Data,
    rounds: usize,
) -> Maximised<M> {
    let mut model = model;
    let mut log_evidence = Vec::with_capacity(rounds + 1);
    for _ in 0..rounds {
        let (q, evidence) = posterior(model.log_joint(data));
        log_evidence.push(evidence);
        model = model.maximise(data, q.view());
    }
    log_evidence.push(posterior(model.log_joint(data)).1);
    Maximised {
        model,
        log_evidence,
    }
}

/// p(z | xₙ, θ) in place of the joint, and Σ ln p(xₙ | θ).
fn posterior(mut log_joint: Array2<f64>) -> (Array2<f64>, f64) {
    let mut evidence = 0.0;
    for mut row in log_joint.rows_mut() {
        let log_sum = log_sum_exp(row.iter().copied(), 1.0);
        row.mapv_inplace(|joint| (joint - log_sum).exp());
        evidence += log_sum;
    }
    (log_joint, evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, array};

    #[test]
    fn mpo_05_bound_and_divergence_make_up_the_evidence() {
        let joint = array![0.3, 0.02, 0.1, 0.25_f64];
        let q = array![0.1, 0.5, 0.0, 0.4];
        let parts = decompose_evidence(joint.mapv(f64::ln).view(), q.view()).unwrap();
        assert!((parts.log_evidence - 0.67_f64.ln()).abs() < 1e-15);
        assert!((parts.bound + parts.kl - parts.log_evidence).abs() < 1e-15);
        let by_hand = 0.1 * (0.1_f64 * 0.67 / 0.3).ln()
            + 0.5 * (0.5_f64 * 0.67 / 0.02).ln()
            + 0.4 * (0.4_f64 * 0.67 / 0.25).ln();
        assert!((parts.kl - by_hand).abs() < 1e-15 && parts.kl > 0.5);
    }

    #[test]
    fn mpo_05_the_posterior_alone_closes_the_gap() {
        let joint = array![0.3, 0.02, 0.1_f64];
        let posterior = &joint / joint.sum();
        let at =
            |q: &Array1<f64>| decompose_evidence(joint.mapv(f64::ln).view(), q.view()).unwrap();
        assert!(at(&posterior).kl.abs() < 1e-15);
        let other = array![0.6, 0.1, 0.3];
        assert!(at(&other).kl > 1e-3 && at(&other).bound < at(&posterior).bound);
    }

    #[test]
    fn what_is_impossible_may_stand_in_the_joint_and_not_in_q() {
        let joint = array![0.5_f64.ln(), f64::NEG_INFINITY];
        let parts = decompose_evidence(joint.view(), array![1.0, 0.0].view()).unwrap();
        assert_eq!((parts.kl, parts.bound), (0.0, parts.log_evidence));
        let parts = decompose_evidence(joint.view(), array![0.5, 0.5].view()).unwrap();
        assert_eq!((parts.kl, parts.bound), (f64::INFINITY, f64::NEG_INFINITY));
        assert!(decompose_evidence(joint.view(), array![0.5, 0.6].view()).is_err());
    }
}
