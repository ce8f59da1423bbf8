//! The whole step of trust region policy optimisation.

use crate::check::constant;
use crate::conjugate_gradient::conjugate_gradient_into;
use crate::{
    ConjugateGradient, Error, Evaluation, LineSearch, Search, Solution, line_search,
    trust_region_step,
};
use ndarray::{ArrayView1, ArrayViewMut1, NdFloat};

/// How trust region policy optimisation solves for its direction, and how far it goes.
///
/// The default is δ = 0.01, ten products with damping 0.1, and ten tries of which each is 0.8 of the one before: δ and
/// the products of Schulman 2015 (appendix D), the others of the implementations since.
///
/// # Example
/// ```
/// use kinglet_trust_region::{LineSearch, Trpo};
/// let wide = Trpo { line_search: LineSearch { kl_bound: 0.05, ..Trpo::default().line_search }, ..Trpo::default() };
/// assert_eq!(wide.conjugate_gradient.damping, 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trpo<S = f64> {
    /// How F⁻¹g is found.
    pub conjugate_gradient: ConjugateGradient<S>,
    /// δ, the bound on KL(π_old ‖ π_θ), and how a step that fails is shortened.
    pub line_search: LineSearch<S>,
}

impl<S: NdFloat> Default for Trpo<S> {
    fn default() -> Self {
        Self {
            conjugate_gradient: ConjugateGradient {
                damping: constant(0.1),
                tolerance: constant(1e-5),
                max_iterations: 10,
            },
            line_search: LineSearch {
                kl_bound: constant(0.01),
                shrink: constant(0.8),
                max_tries: 10,
            },
        }
    }
}

/// What a step of trust region policy optimisation did.
#[derive(Clone, Debug, PartialEq)]
pub struct TrpoStep<S = f64> {
    /// The parameters to go on with: new, or the old ones bit for bit where no try was good.
    pub theta: Vec<S>,
    /// What the new parameters are worth; `None` where they are the old ones.
    pub accepted: Option<Evaluation<S>>,
    /// The step along F⁻¹g: √(2δ / gᵀF⁻¹g) and its shortenings; 0 where none was taken.
    pub step: S,
    /// gᵀF⁻¹g, the squared length of the gradient.
    pub squared_length: S,
    /// Fisher products spent.
    pub products: usize,
    /// |g − F (F⁻¹g)| / |g| where conjugate gradients stopped.
    pub residual: S,
}

/// One step of trust region policy optimisation, of any policy. Catalogue: DECK-13, XU-20.
///
/// ```text
/// x = (F + λI)⁻¹ g      θ ← θ + shrinkᵏ √(2δ / gᵀx) x      the first k with L(θ) > L(θ_old), KL(π_old ‖ π_θ) ≤ δ
/// ```
///
/// The policy is four things: its parameters, the gradient of the surrogate at them, a Fisher product, and what other
/// parameters are worth. It is [`natural_gradient`](crate::natural_gradient), [`trust_region_step`] and
/// [`line_search`] in one, for parameters that lie in a slice; it allocates five vectors of their length, whatever the
/// number of products and tries.
///
/// `fisher_product(v, out)` writes F v at the old parameters to `out`, which arrives as zeros. `evaluate(θ)` gives the
/// surrogate L, E[π_θ/π_old Â] most often, and KL(π_old ‖ π_θ), both over the batch that gave g. F and the KL must
/// average over the same states. `objective_old` is L(θ_old), the mean of Â. Both closures may look at `theta`.
///
/// # Shapes
/// `theta`, `gradient`: `[D]`; both closures get `[D]`. Units of the KL: nats.
/// # Errors
/// Those of [`conjugate_gradient`](crate::conjugate_gradient), [`trust_region_step`] and [`line_search`].
/// # Panics
/// When `theta` and `gradient` differ in length.
/// # Source
/// Schulman 2015, appendix C.
/// # Example
/// ```
/// use kinglet_trust_region::{Evaluation, Trpo, trpo_step};
///
/// // N(θ, 1) and the reward −(a − 3)²: L(θ) = −(θ − 3)², F = 1, KL = ½ (θ − θ_old)².
/// let worth = |new: &[f64]| Evaluation { objective: -(new[0] - 3.0).powi(2), kl: new[0].powi(2) / 2.0 };
/// let fisher = |v: &[f64], out: &mut [f64]| out[0] = v[0];
/// let step = trpo_step(&[0.0], &[6.0], -9.0, Trpo::default(), fisher, worth)?;
/// // To the edge, less what damping holds back: ½ θ² = δ / (1 + λ).
/// assert!((0.5 * step.theta[0].powi(2) - 0.01 / 1.1).abs() < 1e-12);
/// assert_eq!(step.products, 1);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn trpo_step<S: NdFloat>(
    theta: &[S],
    gradient: &[S],
    objective_old: S,
    settings: Trpo<S>,
    fisher_product: impl FnMut(&[S], &mut [S]),
    mut evaluate: impl FnMut(&[S]) -> Evaluation<S>,
) -> Result<TrpoStep<S>, Error> {
    assert_eq!(
        theta.len(),
        gradient.len(),
        "the gradient has another length than the parameters"
    );
    let gradient = ArrayView1::from(gradient);
    let solution = solve(gradient, settings.conjugate_gradient, fisher_product)?;
    let squared_length = gradient.dot(&solution.x);
    let full = trust_region_step(settings.line_search.kl_bound, squared_length)?;
    let mut found = TrpoStep {
        theta: Vec::new(),
        accepted: None,
        step: S::zero(),
        squared_length,
        products: solution.iterations,
        residual: solution.residual,
    };
    if full <= S::zero() {
        found.theta = theta.to_vec();
        return Ok(found);
    }
    let along = solution.x * full;
    let worth = |new: ArrayView1<'_, S>| evaluate(new.to_slice().expect(CONTIGUOUS));
    let (theta, settings) = (ArrayView1::from(theta), settings.line_search);
    let search = line_search(theta, along.view(), objective_old, settings, worth)?;
    if let Search::Accepted {
        fraction,
        evaluation,
        ..
    } = &search
    {
        (found.accepted, found.step) = (Some(*evaluation), full * *fraction);
    }
    found.theta = search.into_theta().into_raw_vec_and_offset().0;
    Ok(found)
}

/// (F + λI)⁻¹ g from a product of slices.
fn solve<S: NdFloat>(
    gradient: ArrayView1<'_, S>,
    settings: ConjugateGradient<S>,
    mut fisher_product: impl FnMut(&[S], &mut [S]),
) -> Result<Solution<S>, Error> {
    let product = |v: ArrayView1<'_, S>, mut out: ArrayViewMut1<'_, S>| {
        let v = v.to_slice().expect(CONTIGUOUS);
        fisher_product(v, out.as_slice_mut().expect(CONTIGUOUS));
    };
    conjugate_gradient_into(product, gradient, settings)
}

const CONTIGUOUS: &str = "our own vectors are contiguous";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::softmax_fixture::{kl, scores, softmax};
    use crate::{DenseFisher, natural_gradient};
    use ndarray::Array1;

    const REWARD: [f64; 4] = [1.0, -0.5, 0.3, -2.0];

    /// A bandit of four arms at logits: its policy, value and exact Fisher matrix.
    fn bandit(logits: &[f64]) -> (Array1<f64>, f64, DenseFisher) {
        let p = softmax(&Array1::from(logits.to_vec()));
        let fisher = DenseFisher::from_scores(scores(&p).view(), p.view()).unwrap();
        let value = p.dot(&Array1::from(REWARD.to_vec()));
        (p, value, fisher)
    }

    fn gradient(p: &Array1<f64>, value: f64) -> Array1<f64> {
        p * &(Array1::from(REWARD.to_vec()) - value)
    }

    fn step(theta: &[f64], settings: Trpo) -> TrpoStep {
        let (p, value, fisher) = bandit(theta);
        let g = gradient(&p, value);
        let product = |v: &[f64], out: &mut [f64]| {
            let fv = fisher.matrix.dot(&ArrayView1::from(v));
            out.copy_from_slice(&fv.to_vec());
        };
        let evaluate = |new: &[f64]| {
            let (q, objective, _) = bandit(new);
            let kl = kl(&p, &q);
            Evaluation { objective, kl }
        };
        trpo_step(theta, &g.to_vec(), value, settings, product, evaluate).unwrap()
    }

    const START: [f64; 4] = [0.2, -0.4, 0.9, -0.1];

    #[test]
    fn xu_20_it_is_its_three_parts() {
        for kl_bound in [1e-4, 0.01, 0.3] {
            let mut settings = Trpo::default();
            settings.line_search.kl_bound = kl_bound;
            let (p, value, fisher) = bandit(&START);
            let g = gradient(&p, value);
            let natural = natural_gradient(&fisher, g.view(), settings.conjugate_gradient).unwrap();
            let full = trust_region_step(kl_bound, natural.squared_length).unwrap();
            let start = Array1::from(START.to_vec());
            let along = &natural.direction * full;
            let searched = line_search(
                start.view(),
                along.view(),
                value,
                settings.line_search,
                |new| {
                    let (q, objective, _) = bandit(&new.to_vec());
                    let kl = kl(&p, &q);
                    Evaluation { objective, kl }
                },
            );
            let got = step(&START, settings);
            assert_eq!(got.theta, searched.unwrap().into_theta().to_vec());
            assert_eq!(got.products, natural.products);
            assert!((got.squared_length - natural.squared_length).abs() < 1e-15);
            let moved = &Array1::from(got.theta) - &start;
            let off = moved - &natural.direction * got.step;
            assert!(off.iter().all(|off| off.abs() < 1e-14), "{off}");
        }
    }

    #[test]
    fn xu_20_every_step_improves_inside_the_region_until_the_best_arm_is_certain() {
        let mut theta = START.to_vec();
        let mut value = bandit(&theta).1;
        for _ in 0..200 {
            let old = bandit(&theta).0;
            let got = step(&theta, Trpo::default());
            let Some(evaluation) = got.accepted else {
                break;
            };
            theta = got.theta;
            let (new, reached, _) = bandit(&theta);
            assert!(reached > value && kl(&old, &new) <= 0.01);
            assert_eq!(
                (evaluation.objective, evaluation.kl),
                (reached, kl(&old, &new))
            );
            value = reached;
        }
        assert!(value > 0.99, "{value}");
    }

    #[test]
    fn a_step_that_fails_and_one_without_gradient_leave_the_parameters_bit_for_bit() {
        let theta = [0.1_f32, -0.0, 1e-30];
        let bits = |theta: &[f32]| theta.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let unit = |v: &[f32], out: &mut [f32]| out.copy_from_slice(v);
        let worse = |_: &[f32]| Evaluation {
            objective: 0.0,
            kl: 0.0,
        };
        let got = trpo_step(&theta, &[1.0, 2.0, 3.0], 0.0, Trpo::default(), unit, worse);
        let got = got.unwrap();
        assert_eq!((got.accepted, bits(&got.theta)), (None, bits(&theta)));
        let never = |_: &[f32]| panic!("there is nothing to evaluate");
        let got = trpo_step(&theta, &[0.0; 3], 0.0, Trpo::default(), unit, never).unwrap();
        assert_eq!((got.accepted, got.step, got.products), (None, 0.0, 0));
        assert_eq!(bits(&got.theta), bits(&theta));
    }

    #[test]
    fn a_product_may_add_to_the_zeros_it_is_given() {
        let theta = [0.0, 0.0];
        let add = |v: &[f64], out: &mut [f64]| {
            out[0] += 4.0 * v[0];
            out[1] += v[1];
        };
        let mut settings = Trpo::default();
        settings.conjugate_gradient.damping = 0.0;
        let rising = |new: &[f64]| Evaluation {
            objective: new[0] + new[1],
            kl: 2.0 * new[0] * new[0] + 0.5 * new[1] * new[1],
        };
        let got = trpo_step(&theta, &[1.0, 1.0], 0.0, settings, add, rising).unwrap();
        // F⁻¹g = (¼, 1), gᵀF⁻¹g = 5/4, and the KL is quadratic: on the edge or one shortening inside.
        assert!((got.squared_length - 1.25).abs() < 1e-12);
        assert!((got.theta[1] - 4.0 * got.theta[0]).abs() < 1e-12);
        let kl = got.accepted.unwrap().kl;
        assert!((0.0064 - 1e-12..=0.01).contains(&kl), "{kl}");
    }

    #[test]
    fn what_has_no_step_is_refused() {
        let theta = [1.0, 2.0];
        let saddle = |v: &[f64], out: &mut [f64]| {
            out[0] = v[0];
            out[1] = -v[1];
        };
        let any = |_: &[f64]| Evaluation {
            objective: 1.0,
            kl: 0.0,
        };
        let g = [1.0, 2.0];
        let settings = Trpo::default();
        assert!(trpo_step(&theta, &g, 0.0, settings, saddle, any).is_err());
        let unit = |v: &[f64], out: &mut [f64]| out.copy_from_slice(v);
        assert!(trpo_step(&theta, &[f64::NAN, 1.0], 0.0, settings, unit, any).is_err());
        let mut settings = Trpo::default();
        settings.line_search.shrink = 1.0;
        assert!(trpo_step(&theta, &g, 0.0, settings, unit, any).is_err());
    }
}
