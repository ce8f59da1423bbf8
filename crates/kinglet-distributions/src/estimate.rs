//! A Monte Carlo mean with its standard error, and the divergence that is one.

use rand::Rng;

use crate::{Distribution, Error};

/// A Monte Carlo mean with its standard error.
///
/// ```text
/// x̄ = (1/n) Σᵢ xᵢ,   s.e. = √( Σᵢ (xᵢ − x̄)² / (n (n − 1)) )
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// KL(p ‖ q) from draws of p, for a pair without a closed form.
///
/// ```text
/// (1/n) Σᵢ ln p(xᵢ) − ln q(xᵢ),  xᵢ ~ p
/// ```
///
/// # Errors
/// For fewer than two samples.
/// # Example
/// ```
/// use kinglet_distributions::{Categorical, Kl, Mixture, Normal, monte_carlo_kl};
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
///
/// let modes = vec![Normal::new(-2.0, 0.5)?, Normal::new(2.0, 0.5)?];
/// let p = Mixture::new(Categorical::from_logits(&[0.0, 0.0])?, modes)?;
/// let q = Normal::new(0.0, 2.0)?;
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let kl = monte_carlo_kl(&p, &q, 1000, &mut rng)?;
/// assert!(kl.mean > 0.0 && kl.standard_error < 0.1);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
///
/// The closed form of this pair does not exist, and does not compile:
///
/// ```compile_fail,E0599
/// use kinglet_distributions::{Categorical, Kl, Mixture, Normal};
/// let one = Categorical::from_logits(&[0.0]).unwrap();
/// let p = Mixture::new(one, vec![Normal::new(0.0, 1.0).unwrap()]).unwrap();
/// let _: f64 = p.kl(&Normal::new(0.0, 1.0).unwrap());
/// ```
pub fn monte_carlo_kl<P, Q, R>(p: &P, q: &Q, samples: usize, rng: &mut R) -> Result<Estimate, Error>
where
    P: Distribution,
    Q: Distribution<Event = P::Event>,
    R: Rng + ?Sized,
{
    if samples < 2 {
        return Err(Error::TooFewSamples { samples });
    }
    let (mut mean, mut squares) = (0.0, 0.0);
    for n in 1..=samples {
        let x = p.sample(rng);
        let off = p.log_prob(&x) - q.log_prob(&x) - mean;
        mean += off / n as f64;
        squares += off * off * (n - 1) as f64 / n as f64;
    }
    let n = samples as f64;
    Ok(Estimate {
        mean,
        standard_error: (squares / (n * (n - 1.0))).sqrt(),
    })
}
