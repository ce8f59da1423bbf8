//! Backtracking: the full step, or the first shorter one that improves inside the trust region.

use crate::Error;
use crate::check::{constant, finite, plain, positive};
use ndarray::{Array1, ArrayView1, NdFloat};

/// How a line search shortens its step, and what it accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineSearch<S = f64> {
    /// δ: accepted is KL(π_old ‖ π_θ) ≤ δ.
    pub kl_bound: S,
    /// The factor of each shortening, in (0, 1).
    pub shrink: S,
    /// How many steps are tried, the full one included.
    pub max_tries: usize,
}

/// What parameters are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation<S = f64> {
    /// The surrogate objective, which is maximised.
    pub objective: S,
    /// KL(π_old ‖ π_θ), nats.
    pub kl: S,
}

/// Where a line search ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Search<S = f64> {
    /// A step that improves inside the trust region.
    Accepted {
        /// The new parameters.
        theta: Array1<S>,
        /// The fraction of the full step taken.
        fraction: S,
        /// What they are worth.
        evaluation: Evaluation<S>,
    },
    /// No step tried was good enough: the parameters are the old ones, bit for bit.
    Failed {
        /// The old parameters.
        theta: Array1<S>,
    },
}

impl<S> Search<S> {
    /// The parameters to go on with: new where the search succeeded, old where it failed.
    pub fn into_theta(self) -> Array1<S> {
        match self {
            Self::Accepted { theta, .. } | Self::Failed { theta } => theta,
        }
    }
}

/// Tries θ_old + shrinkᵏ step for k = 0, 1, … and takes the first that is good. Catalogue: XU-20.
///
/// ```text
/// accept when  L(θ) > L(θ_old)  and  KL(π_old ‖ π_θ) ≤ δ
/// ```
///
/// A try whose objective or KL is NaN or infinite counts as too long. When no try is good, the old
/// parameters are returned as they were, not the last try.
///
/// # Shapes
/// `theta_old`, `step`: `[D]`. `evaluate` gets `[D]`; `objective_old` is L(θ_old).
/// # Errors
/// When the bound is not positive, `shrink` is not in (0, 1), or an input is not finite.
/// # Panics
/// When the shapes of `theta_old` and `step` differ.
/// # Source
/// Schulman 2015, appendix C.
/// # Example
/// ```
/// use kinglet_trust_region::{Evaluation, LineSearch, Search, line_search};
/// use ndarray::array;
///
/// // −θ² from 1: a step of −4 overshoots to −3, one of −2 to −1 (no better), one of −1 arrives.
/// let settings = LineSearch { kl_bound: 1.0, shrink: 0.5, max_tries: 10 };
/// let evaluate = |theta: ndarray::ArrayView1<'_, f64>| Evaluation {
///     objective: -theta[0] * theta[0],
///     kl: 0.5 * (theta[0] - 1.0).powi(2),
/// };
/// let found = line_search(array![1.0].view(), array![-4.0].view(), -1.0, settings, evaluate)?;
/// assert!(matches!(&found, Search::Accepted { fraction, .. } if *fraction == 0.25));
/// assert_eq!(found.into_theta(), array![0.0]);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn line_search<S: NdFloat>(
    theta_old: ArrayView1<'_, S>,
    step: ArrayView1<'_, S>,
    objective_old: S,
    settings: LineSearch<S>,
    mut evaluate: impl FnMut(ArrayView1<'_, S>) -> Evaluation<S>,
) -> Result<Search<S>, Error> {
    assert_eq!(
        theta_old.dim(),
        step.dim(),
        "the step has another shape than the parameters"
    );
    check(&settings)?;
    finite("the old parameters", &theta_old)?;
    finite("the step", &step)?;
    finite("the old objective", &ArrayView1::from(&[objective_old]))?;
    let mut fraction = S::one();
    let mut theta = theta_old.to_owned();
    for _ in 0..settings.max_tries {
        theta.assign(&theta_old);
        theta.scaled_add(fraction, &step);
        let evaluation = evaluate(theta.view());
        let finite = evaluation.objective.is_finite() && evaluation.kl.is_finite();
        if finite && evaluation.objective > objective_old && evaluation.kl <= settings.kl_bound {
            return Ok(Search::Accepted {
                theta,
                fraction,
                evaluation,
            });
        }
        fraction *= settings.shrink;
    }
    theta.assign(&theta_old);
    Ok(Search::Failed { theta })
}

fn check<S: NdFloat>(settings: &LineSearch<S>) -> Result<(), Error> {
    positive("kl_bound", settings.kl_bound)?;
    if settings.shrink > S::zero() && settings.shrink < constant(1.0) {
        return Ok(());
    }
    let value = plain(settings.shrink);
    Err(Error::OutOfRange {
        name: "shrink",
        value,
        interval: "(0, 1)",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const SETTINGS: LineSearch = LineSearch {
        kl_bound: 0.02,
        shrink: 0.8,
        max_tries: 20,
    };

    #[test]
    fn the_first_good_step_is_the_one_that_listing_them_all_finds() {
        // A crooked objective, on which neither condition alone decides.
        let objective = |x: f64| (3.0 * x).sin() - x * x;
        let kl = |x: f64| 0.5 * x * x + 0.1 * x.powi(3).abs();
        for full in [0.05, 0.3, 1.0, 2.0, 5.0] {
            let good = |x: f64| objective(x) > 0.0 && kl(x) <= 0.02;
            let expected = (0..20).map(|k| full * 0.8_f64.powi(k)).find(|x| good(*x));
            let mut tries = 0;
            let found = line_search(
                array![0.0].view(),
                array![full].view(),
                0.0,
                SETTINGS,
                |t| {
                    tries += 1;
                    Evaluation {
                        objective: objective(t[0]),
                        kl: kl(t[0]),
                    }
                },
            )
            .unwrap();
            assert!(tries <= 20);
            let reached = found.into_theta()[0];
            assert!(
                (reached - expected.unwrap()).abs() < 1e-12,
                "{full}: {reached}"
            );
        }
    }

    #[test]
    fn a_failed_search_keeps_the_old_parameters_bit_for_bit() {
        let old = array![0.1, -0.0, 1e-300];
        let step = array![1.0, 2.0, 3.0];
        let worse = |_: ArrayView1<'_, f64>| Evaluation {
            objective: -1.0,
            kl: 0.0,
        };
        let far = |_: ArrayView1<'_, f64>| Evaluation {
            objective: 1.0,
            kl: 0.021,
        };
        let broken = |_: ArrayView1<'_, f64>| Evaluation {
            objective: f64::NAN,
            kl: 0.0,
        };
        let endless = |_: ArrayView1<'_, f64>| Evaluation {
            objective: f64::INFINITY,
            kl: 0.0,
        };
        let bits = |a: &Array1<f64>| a.mapv(f64::to_bits);
        for evaluate in [worse, far, broken, endless] {
            let found = line_search(old.view(), step.view(), 0.0, SETTINGS, evaluate).unwrap();
            assert!(matches!(found, Search::Failed { .. }));
            assert_eq!(bits(&found.into_theta()), bits(&old));
        }
    }

    #[test]
    fn equal_is_no_improvement_and_the_edge_is_inside() {
        let at = |objective: f64, kl: f64| {
            line_search(
                array![0.0].view(),
                array![1.0].view(),
                0.0,
                SETTINGS,
                |_| Evaluation { objective, kl },
            )
            .unwrap()
        };
        assert!(matches!(at(0.0, 0.0), Search::Failed { .. }));
        assert!(matches!(at(1e-9, 0.02), Search::Accepted { .. }));
    }

    #[test]
    fn bad_settings_are_refused() {
        let run = |settings| {
            line_search(
                array![0.0].view(),
                array![1.0].view(),
                0.0,
                settings,
                |_| Evaluation {
                    objective: 1.0,
                    kl: 0.0,
                },
            )
        };
        assert!(
            run(LineSearch {
                shrink: 1.0,
                ..SETTINGS
            })
            .is_err()
        );
        assert!(
            run(LineSearch {
                shrink: 0.0,
                ..SETTINGS
            })
            .is_err()
        );
        assert!(
            run(LineSearch {
                shrink: f64::NAN,
                ..SETTINGS
            })
            .is_err()
        );
        assert!(
            run(LineSearch {
                kl_bound: 0.0,
                ..SETTINGS
            })
            .is_err()
        );
    }
}
