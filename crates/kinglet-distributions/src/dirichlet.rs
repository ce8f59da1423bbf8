//! The Dirichlet distribution.

use num_traits::Float;
use rand::Rng;

use crate::gamma::{at_zero, log_draw};
use crate::remainder::{ln_gamma_remainder, weighted_remainder};
use crate::scalar::{above_zero, constant, plain, positive, sum};
use crate::special::{gamma_entropy, ln_gamma_centred};
use crate::{
    Distribution, Entropy, Error, Fisher, Kl, KlGradients, Moments, Score, digamma, trigamma,
};

/// The Dirichlet distribution over probabilities x₁ … xₙ that sum to one, with concentrations α.
///
/// ```text
/// ln p(x) = Σᵢ (αᵢ − 1) ln xᵢ + ln Γ(s) − Σᵢ ln Γ(αᵢ),  s = Σᵢ αᵢ
/// ```
///
/// Its parameters are θ = (ln α₁, …, ln αₙ). The density is by x₁ … xₙ₋₁.
///
/// # Example
/// ```
/// use kinglet_distributions::{Dirichlet, Distribution, Moments};
///
/// let law = Dirichlet::new(vec![1.0, 1.0, 1.0])?;
/// assert!((law.log_prob(&vec![0.2, 0.3, 0.5]) - 2f64.ln()).abs() < 1e-14); // uniform on a triangle of area ½
/// assert!((law.mean()[0] - 1.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), kinglet_distributions::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dirichlet<S = f64> {
    concentration: Vec<S>,
}

impl<S: Float> Dirichlet<S> {
    /// From α.
    ///
    /// # Errors
    /// If one is not positive and finite, or there are fewer than two.
    pub fn new(concentration: Vec<S>) -> Result<Self, Error> {
        if concentration.len() < 2 {
            return Err(Error::TooFewCoordinates {
                coordinates: concentration.len(),
            });
        }
        for a in &concentration {
            positive("concentration", *a)?;
        }
        Ok(Self { concentration })
    }

    /// α.
    pub fn concentration(&self) -> &[S] {
        &self.concentration
    }

    fn each<'a>(&'a self, of: impl Fn(usize) -> S + 'a) -> Vec<S> {
        (0..self.concentration.len()).map(of).collect()
    }
}

fn assert_same(a: usize, b: usize) {
    assert_eq!(a, b, "{a} concentrations against {b} numbers");
}

/// ```text
/// ln p = −Σ ln xᵢ + c(s) − Σ c(αᵢ) − Σ [s xᵢ − αᵢ − αᵢ ln(s xᵢ/αᵢ)],  c(α) = ln Γ(α) − α ln α + α
/// ```
///
/// in which large concentrations cancel no digits.
pub(crate) fn log_density<S: Float>(a: &[S], x: &[S]) -> S {
    assert_same(a.len(), x.len());
    if x.iter().any(|x| *x < S::zero()) {
        return S::neg_infinity();
    }
    let total = sum(a.iter().copied());
    let term = |(a, x): (&S, &S)| {
        if x.is_zero() {
            // (α − 1) ln 0, and what belongs to x > 0 in the others' sum.
            return at_zero(*a, -ln_gamma_centred(*a) + total.ln() + *a);
        }
        -x.ln() - ln_gamma_centred(*a) - weighted_remainder(total * *x, *a)
    };
    ln_gamma_centred(total) + sum(a.iter().zip(x).map(term))
}

/// ```text
/// H = Σ h(αᵢ) − h(s) − (n − 1) ψ(s),  h(α) the entropy of Gamma(α, 1)
/// ```
pub(crate) fn entropy<S: Float>(a: &[S]) -> S {
    let total = sum(a.iter().copied());
    let free = constant::<S>(a.len() as f64 - 1.0);
    sum(a.iter().map(|a| gamma_entropy(*a))) - gamma_entropy(total) - free * digamma(total)
}

/// ```text
/// ∂H/∂ ln αᵢ = αᵢ [(s − n) ψ′(s) − (αᵢ − 1) ψ′(αᵢ)]
/// ```
pub(crate) fn entropy_gradient<S: Float>(a: &[S]) -> impl Fn(usize) -> S {
    let total = sum(a.iter().copied());
    let shared = (total - constant(a.len() as f64)) * trigamma(total);
    move |i| a[i] * (shared - (a[i] - S::one()) * trigamma(a[i]))
}

/// ```text
/// ∂ ln p/∂ ln αᵢ = αᵢ (ln xᵢ − ψ(αᵢ) + ψ(s))
/// ```
pub(crate) fn score<S: Float>(a: &[S], x: &[S]) -> impl Fn(usize) -> S {
    assert_same(a.len(), x.len());
    let shared = digamma(sum(a.iter().copied()));
    move |i| a[i] * (x[i].ln() - digamma(a[i]) + shared)
}

/// ```text
/// (F v)ᵢ = αᵢ [αᵢ ψ′(αᵢ) vᵢ − ψ′(s) Σⱼ αⱼ vⱼ]
/// ```
pub(crate) fn fisher<S: Float>(a: &[S], v: &[S]) -> impl Fn(usize) -> S {
    assert_same(a.len(), v.len());
    let along = sum(a.iter().zip(v).map(|(a, v)| *a * *v));
    let shared = trigamma(sum(a.iter().copied())) * along;
    move |i| a[i] * (a[i] * trigamma(a[i]) * v[i] - shared)
}

/// ```text
/// KL = Σ B(βᵢ, αᵢ) − B(t, s),  B(y, x) = ln Γ(y) − ln Γ(x) − (y − x) ψ(x),  s = Σ αᵢ,  t = Σ βᵢ
/// ```
pub(crate) fn kl<S: Float>(a: &[S], b: &[S]) -> S {
    assert_same(a.len(), b.len());
    let totals = [a, b].map(|c| sum(c.iter().copied()));
    let each = a.iter().zip(b).map(|(a, b)| ln_gamma_remainder(*b, *a));
    sum(each) - ln_gamma_remainder(totals[1], totals[0])
}

/// ```text
/// by ln αᵢ:  αᵢ [(αᵢ − βᵢ) ψ′(αᵢ) − (s − t) ψ′(s)]
/// ```
pub(crate) fn kl_gradient_by_self<S: Float>(a: &[S], b: &[S]) -> impl Fn(usize) -> S {
    let [s, t] = [a, b].map(|c| sum(c.iter().copied()));
    let shared = (s - t) * trigamma(s);
    move |i| a[i] * ((a[i] - b[i]) * trigamma(a[i]) - shared)
}

/// ```text
/// by ln βᵢ:  βᵢ [ψ(βᵢ) − ψ(αᵢ) − ψ(t) + ψ(s)]
/// ```
pub(crate) fn kl_gradient_by_other<S: Float>(a: &[S], b: &[S]) -> impl Fn(usize) -> S {
    let [s, t] = [a, b].map(|c| digamma(sum(c.iter().copied())));
    move |i| b[i] * (digamma(b[i]) - digamma(a[i]) - t + s)
}

impl<S: Float> Distribution<S> for Dirichlet<S> {
    type Event = Vec<S>;
    /// By ln α.
    type Params = Vec<S>;

    /// Gamma draws, divided by their sum in logarithms: concentrations of 10⁻⁴ still give probabilities, not 0/0. What
    /// would round to 0 is the smallest positive number instead.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Vec<S> {
        let log_draws: Vec<f64> = self
            .concentration
            .iter()
            .map(|a| log_draw(plain(*a), rng))
            .collect();
        let total = crate::scalar::log_sum_exp(&log_draws);
        let share = |log: &f64| above_zero((log - total).exp());
        log_draws.iter().map(share).collect()
    }

    /// −∞ where a probability is negative; that they sum to one is taken for granted.
    ///
    /// # Panics
    /// If there is not one probability for each concentration.
    fn log_prob(&self, x: &Vec<S>) -> S {
        log_density(&self.concentration, x)
    }
}

impl<S: Float> Entropy<S> for Dirichlet<S> {
    fn entropy(&self) -> S {
        entropy(&self.concentration)
    }

    fn entropy_gradient(&self) -> Vec<S> {
        self.each(entropy_gradient(&self.concentration))
    }
}

impl<S: Float> Moments<S> for Dirichlet<S> {
    type Moment = Vec<S>;

    fn mean(&self) -> Vec<S> {
        let total = sum(self.concentration.iter().copied());
        self.each(|i| self.concentration[i] / total)
    }

    fn variance(&self) -> Vec<S> {
        let total = sum(self.concentration.iter().copied());
        let (mean, one) = (self.mean(), S::one());
        self.each(|i| mean[i] * (one - mean[i]) / (total + one))
    }
}

impl<S: Float> Score<S> for Dirichlet<S> {
    fn score(&self, x: &Vec<S>) -> Vec<S> {
        self.each(score(&self.concentration, x))
    }
}

impl<S: Float> Fisher<S> for Dirichlet<S> {
    fn fisher(&self, v: &Vec<S>) -> Vec<S> {
        self.each(fisher(&self.concentration, v))
    }
}

impl<S: Float> Kl<S> for Dirichlet<S> {
    /// # Panics
    /// If they have not the same number of concentrations.
    fn kl(&self, other: &Self) -> S {
        kl(&self.concentration, &other.concentration)
    }
}

impl<S: Float> KlGradients<S> for Dirichlet<S> {
    fn kl_gradients(&self, other: &Self) -> (Vec<S>, Vec<S>) {
        let (a, b) = (&self.concentration, &other.concentration);
        assert_same(a.len(), b.len());
        (
            self.each(kl_gradient_by_self(a, b)),
            self.each(kl_gradient_by_other(a, b)),
        )
    }
}
