//! Gradients of an expectation over a distribution's own parameters: by the score, and along the
//! path.

use crate::{Error, Estimate};
use autodiff::F1;
use kinglet_distributions::{Distribution, Reparameterised};
use ndarray::Array1;
use rand::Rng;

/// One draw's score-function gradient of an expectation. Catalogue: DECK-18, DECK-19.
///
/// ```text
/// ∇ E[f(x)] = E[ ∇ log p(x) (f(x) − b) + ∇f(x) ],   x ~ p held fixed
/// ```
///
/// Any distribution will do, and f need not be smooth in x. Where f itself depends on the
/// parameters, as r − log p does, the last term is its derivative at fixed x.
///
/// # Shapes
/// `parameters`: `[D]`; `family` is the distribution of given parameters; `f(p, x)` in units that
/// the gradient shares; `event`: a draw at `parameters`. Returns `[D]`.
/// # Source
/// Williams 1992, theorem 1.
/// # Example
/// ```
/// use autodiff::F1;
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::score_sample;
/// let family = |p: &[F1]| Normal::from_log_std(p[0], F1::cst(0.0));
/// let square = |_: &Normal<F1>, x: &F1| *x * *x;
/// // ∂ log p / ∂μ = x − μ: (3 − 1) · (9 − 4).
/// assert_eq!(score_sample(&[1.0], family, square, 4.0, &F1::cst(3.0)), ndarray::array![10.0]);
/// ```
pub fn score_sample<D: Distribution<F1>>(
    parameters: &[f64],
    family: impl Fn(&[F1]) -> D,
    f: impl Fn(&D, &D::Event) -> F1,
    baseline: f64,
    event: &D::Event,
) -> Array1<f64> {
    along_each(parameters, |moving| {
        let p = family(moving);
        let value = f(&p, event);
        p.log_prob(event).deriv() * (value.value() - baseline) + value.deriv()
    })
}

/// One draw's pathwise gradient of an expectation. Catalogue: DECK-18.
///
/// ```text
/// ∇ E[f(x)] = E[ ∇ f(h(ξ)) ],   x = h(ξ), the noise ξ held fixed
/// ```
///
/// Only where the draw is a smooth function of the parameters, and f of x; then its variance is
/// often far below that of [`score_sample`].
///
/// # Shapes
/// As [`score_sample`]; `noise`: one ξ.
/// # Source
/// Kingma & Welling 2014, section 2.4.
/// # Example
/// ```
/// use autodiff::F1;
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::pathwise_sample;
/// let family = |p: &[F1]| Normal::from_log_std(p[0], p[1]);
/// let square = |_: &Normal<F1>, x: &F1| *x * *x;
/// // x = μ + σ ξ = 1 + 1 · 2: ∂x²/∂μ = 2 x, ∂x²/∂ log σ = 2 x σ ξ.
/// let gradient = pathwise_sample(&[1.0, 0.0], family, square, &2.0);
/// assert_eq!(gradient, ndarray::array![6.0, 12.0]);
/// ```
pub fn pathwise_sample<D: Reparameterised<F1>>(
    parameters: &[f64],
    family: impl Fn(&[F1]) -> D,
    f: impl Fn(&D, &D::Event) -> F1,
    noise: &D::Noise,
) -> Array1<f64> {
    along_each(parameters, |moving| {
        let p = family(moving);
        f(&p, &p.transform(noise)).deriv()
    })
}

/// The mean of [`score_sample`] over `n` draws, each component with its standard error. Catalogue:
/// DECK-18.
///
/// # Shapes
/// As [`score_sample`]. Returns `[D]`.
/// # Errors
/// [`Error::Distribution`] for too few samples.
/// # Source
/// Williams 1992, theorem 1.
/// # Example
/// ```
/// use autodiff::F1;
/// use kinglet_distributions::Categorical;
/// use kinglet_objectives::score_estimate;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let family = |p: &[F1]| Categorical::from_logits(&[p[0], F1::cst(0.0)]).unwrap();
/// let pays = |_: &Categorical<F1>, x: &usize| F1::cst([4.0, 0.0][*x]);
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let gradient = score_estimate(&[0.0], family, pays, 0.0, 1000, &mut rng)?;
/// assert!(gradient[0].z(1.0).abs() < 4.0); // 4 p (1 − p)
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn score_estimate<D: Distribution<F1>, R: Rng + ?Sized>(
    parameters: &[f64],
    family: impl Fn(&[F1]) -> D,
    f: impl Fn(&D, &D::Event) -> F1,
    baseline: f64,
    n: usize,
    rng: &mut R,
) -> Result<Array1<Estimate>, Error> {
    let here = family(&constants(parameters));
    let draws = (0..n).map(|_| {
        let event = here.sample(rng);
        score_sample(parameters, &family, &f, baseline, &event)
    });
    estimates(parameters.len(), draws.collect())
}

/// The mean of [`pathwise_sample`] over `n` draws, each component with its standard error.
/// Catalogue: DECK-18.
///
/// # Shapes
/// As [`pathwise_sample`]. Returns `[D]`.
/// # Errors
/// [`Error::Distribution`] for too few samples.
/// # Source
/// Kingma & Welling 2014, section 2.4.
/// # Example
/// ```
/// use autodiff::F1;
/// use kinglet_distributions::Normal;
/// use kinglet_objectives::pathwise_estimate;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let family = |p: &[F1]| Normal::from_log_std(p[0], F1::cst(0.0));
/// let square = |_: &Normal<F1>, x: &F1| *x * *x;
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let gradient = pathwise_estimate(&[1.5], family, square, 1000, &mut rng)?;
/// assert!(gradient[0].z(3.0).abs() < 4.0); // E x² = μ² + 1
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn pathwise_estimate<D: Reparameterised<F1>, R: Rng + ?Sized>(
    parameters: &[f64],
    family: impl Fn(&[F1]) -> D,
    f: impl Fn(&D, &D::Event) -> F1,
    n: usize,
    rng: &mut R,
) -> Result<Array1<Estimate>, Error> {
    let here = family(&constants(parameters));
    let draws = (0..n).map(|_| {
        let noise = here.noise(rng);
        pathwise_sample(parameters, &family, &f, &noise)
    });
    estimates(parameters.len(), draws.collect())
}

fn constants(parameters: &[f64]) -> Vec<F1> {
    parameters.iter().map(|&value| F1::cst(value)).collect()
}

/// `slope` with each parameter moving in turn.
fn along_each(parameters: &[f64], slope: impl Fn(&[F1]) -> f64) -> Array1<f64> {
    let mut moving = constants(parameters);
    Array1::from_shape_fn(parameters.len(), |k| {
        moving[k] = F1::var(parameters[k]);
        let slope = slope(&moving);
        moving[k] = F1::cst(parameters[k]);
        slope
    })
}

fn estimates(width: usize, draws: Vec<Array1<f64>>) -> Result<Array1<Estimate>, Error> {
    let component = |k: usize| Estimate::from_samples(draws.iter().map(|draw| draw[k]));
    Ok((0..width).map(component).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gauss_hermite;
    use kinglet_distributions::{Categorical, Normal};
    use num_traits::Float;
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::SeedableRng;

    /// N(μ, e^(2l)); f is a curved function less the log of the law's own density, plus σ, which moves
    /// f itself: all terms matter.
    fn family(p: &[F1]) -> Normal<F1> {
        Normal::from_log_std(p[0], p[1])
    }

    fn f(p: &Normal<F1>, x: &F1) -> F1 {
        x.sin() - *x * *x - p.log_prob(x) + p.std()
    }

    /// E[sin x − x²] + H + σ: e^(−σ²/2) sin μ − μ² − σ² + log σ + σ + const.
    fn closed_form(mean: f64, log_std: f64) -> [f64; 2] {
        let variance = (2.0 * log_std).exp();
        let shrunk = (-0.5 * variance).exp();
        [
            shrunk * mean.cos() - 2.0 * mean,
            -variance * shrunk * mean.sin() - 2.0 * variance + 1.0 + log_std.exp(),
        ]
    }

    #[test]
    fn deck_18_both_have_the_mean_of_the_closed_form() {
        let at = [0.7, -0.3];
        let here = Normal::from_log_std(F1::cst(at[0]), F1::cst(at[1]));
        let quadrature = gauss_hermite(60);
        for baseline in [0.0, -3.0] {
            let (mut by_score, mut by_path) = (Array1::zeros(2), Array1::zeros(2));
            for (node, &weight) in quadrature.nodes.iter().zip(&quadrature.weights) {
                let x = here.transform(node);
                by_score.scaled_add(weight, &score_sample(&at, family, f, baseline, &x));
                by_path.scaled_add(weight, &pathwise_sample(&at, family, f, node));
            }
            for (k, exact) in closed_form(at[0], at[1]).into_iter().enumerate() {
                assert!((by_score[k] - exact).abs() < 1e-12, "{k}: {}", by_score[k]);
                assert!((by_path[k] - exact).abs() < 1e-12, "{k}: {}", by_path[k]);
            }
        }
    }

    #[test]
    fn deck_18_drawn_they_have_it_too() {
        let at = [0.7, -0.3];
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let by_score = score_estimate(&at, family, f, -1.0, 4000, &mut rng).unwrap();
        let by_path = pathwise_estimate(&at, family, f, 4000, &mut rng).unwrap();
        for (k, exact) in closed_form(at[0], at[1]).into_iter().enumerate() {
            assert!(by_score[k].z(exact).abs() < 4.0);
            assert!(by_path[k].z(exact).abs() < 4.0);
        }
    }

    /// Over discrete events, where there is no path: Σ p ∇log p f exactly.
    #[test]
    fn deck_18_the_score_asks_for_no_path() {
        let family = |p: &[F1]| Categorical::from_logits(p).unwrap();
        let pays = |_: &Categorical<F1>, x: &usize| F1::cst([4.0, -1.0, 0.5][*x]);
        let logits = [0.2, -0.4, 0.9];
        let p = Categorical::from_logits(&logits).unwrap();
        let value = p.mean(|i| [4.0, -1.0, 0.5][i]);
        for k in 0..3 {
            let exact = p.probabilities()[k] * ([4.0, -1.0, 0.5][k] - value);
            let mean = p.mean(|i| score_sample(&logits, family, pays, 7.0, &i)[k]);
            assert!((mean - exact).abs() < 1e-14);
        }
    }
}
