//! The Lagrangian of MPO's bounded E-step.

use crate::Error;
use crate::problem::check_positive;
use kinglet_trust_region::{EStep, temperature_dual};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Zip};

/// The Lagrangian of MPO's bounded E-step. Catalogue: MPO-18.
///
/// ```text
/// L(q, η, γ) = E_μ Σₐ q(a|s) Q(s, a) + η ( ε − E_μ Σₐ q(a|s) log q(a|s)/π(a|s) )
///              + E_μ γ(s) ( 1 − Σₐ q(a|s) )
/// ```
///
/// One multiplier γ for each state: a single one would only ask that q sums to one on average.
/// Here q need not be normalised; that is what γ is for.
///
/// # Shapes
/// `candidate` (q): `[S, A]`, not negative; `temperature`, η > 0; `normalisers` (γ): `[S]`.
/// Units: reward.
/// # Errors
/// [`Error::TrustRegion`] as `temperature_dual`: for the temperature and for what `step` holds.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, appendix on the E-step, with one multiplier a state.
/// # Example
/// ```
/// use kinglet_objectives::{mpo_lagrangian, mpo_normalisers};
/// use kinglet_trust_region::{EStep, solve_temperature, temperature_dual};
/// use ndarray::array;
/// let (q, policy, states) = (array![[1.0, 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let step = EStep { q: q.view(), policy: policy.view(), states: states.view(), kl_bound: 0.1 };
/// let best = solve_temperature(step)?;
/// let normalisers = mpo_normalisers(step, best.temperature)?;
/// let l = mpo_lagrangian(step, best.policy.view(), best.temperature, normalisers.view())?;
/// assert!((l - temperature_dual(step, best.temperature)?.value).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mpo_lagrangian(
    step: EStep<'_>,
    candidate: ArrayView2<'_, f64>,
    temperature: f64,
    normalisers: ArrayView1<'_, f64>,
) -> Result<f64, Error> {
    check(step, candidate, temperature, normalisers)?;
    let mut sum = temperature * step.kl_bound;
    for (s, row) in candidate.rows().into_iter().enumerate() {
        let gain = Zip::from(&row)
            .and(&step.q.row(s))
            .and(&step.policy.row(s))
            .fold(0.0, |sum, &q, &value, &p| {
                if q > 0.0 {
                    sum + q * (value - temperature * (q / p).ln())
                } else {
                    sum
                }
            });
        sum += step.states[s] * (gain + normalisers[s] * (1.0 - row.sum()));
    }
    Ok(sum)
}

/// The gradient of [`mpo_lagrangian`] by the probabilities of q. Catalogue: MPO-18.
///
/// ```text
/// ∂L/∂q(a|s) = μ(s) [ Q(s, a) − η log q(a|s) + η log π(a|s) − (η + γ(s)) ]
/// ```
///
/// It is zero at q = π exp(Q/η) exp(−(η + γ)/η). Both −η, from the derivative of q log q, and −γ
/// enter with the same sign.
///
/// # Shapes
/// As [`mpo_lagrangian`]; `candidate` above 0. Returns `[S, A]`. Units: reward.
/// # Errors
/// As [`mpo_lagrangian`].
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, appendix on the E-step, with the sign of γ that follows from its Lagrangian.
pub fn mpo_lagrangian_gradient(
    step: EStep<'_>,
    candidate: ArrayView2<'_, f64>,
    temperature: f64,
    normalisers: ArrayView1<'_, f64>,
) -> Result<Array2<f64>, Error> {
    check(step, candidate, temperature, normalisers)?;
    let slope = |(s, a): (usize, usize)| {
        let log_ratio = (candidate[[s, a]] / step.policy[[s, a]]).ln();
        let gain = step.q[[s, a]] - temperature * log_ratio;
        step.states[s] * (gain - (temperature + normalisers[s]))
    };
    Ok(Array2::from_shape_fn(candidate.dim(), slope))
}

/// The multipliers that normalise MPO's bounded E-step in each state. Catalogue: MPO-18.
///
/// ```text
/// γ(s) = η log Z(s) − η,   Z(s) = E_π[exp(Q(s, a)/η)],   so that exp(−(η + γ)/η) = 1/Z(s)
/// ```
///
/// # Shapes
/// `temperature`, η > 0. Returns `[S]`. Units: reward.
/// # Errors
/// As [`mpo_lagrangian`].
/// # Source
/// Abdolmaleki 2018, appendix on the E-step, with the sign of γ that follows from its Lagrangian.
/// # Example
/// ```
/// use kinglet_objectives::mpo_normalisers;
/// use kinglet_trust_region::EStep;
/// use ndarray::array;
/// let (q, policy, states) = (array![[3f64.ln(), 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let step = EStep { q: q.view(), policy: policy.view(), states: states.view(), kl_bound: 0.1 };
/// assert!((mpo_normalisers(step, 1.0)?[0] - (2f64.ln() - 1.0)).abs() < 1e-15); // Z = (3 + 1)/2
/// # Ok::<(), kinglet_objectives::Error>(())
/// ```
pub fn mpo_normalisers(step: EStep<'_>, temperature: f64) -> Result<Array1<f64>, Error> {
    check_positive("temperature", temperature)?;
    let tilted = crate::mpo_e_step(step.q, step.policy, temperature)?;
    Ok(tilted.values - temperature)
}

fn check(
    step: EStep<'_>,
    candidate: ArrayView2<'_, f64>,
    temperature: f64,
    normalisers: ArrayView1<'_, f64>,
) -> Result<(), Error> {
    temperature_dual(step, temperature)?;
    assert_eq!(
        candidate.dim(),
        step.q.dim(),
        "the candidate's shape (left) is not that of Q (right)"
    );
    assert_eq!(
        normalisers.len(),
        step.q.nrows(),
        "as many multipliers (left) as states (right) are needed"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kinglet_trust_region::solve_temperature;
    use ndarray::array;

    struct Fixture {
        q: Array2<f64>,
        policy: Array2<f64>,
        states: Array1<f64>,
    }

    fn fixture() -> Fixture {
        Fixture {
            q: array![[1.0, -0.5, 2.0], [0.0, 4.0, -1.0]],
            policy: array![[0.4, 0.5, 0.1], [0.25, 0.05, 0.7]],
            states: array![0.3, 0.7],
        }
    }

    impl Fixture {
        fn step(&self) -> EStep<'_> {
            EStep {
                q: self.q.view(),
                policy: self.policy.view(),
                states: self.states.view(),
                kl_bound: 0.1,
            }
        }
    }

    #[test]
    fn mpo_18_the_gradient_is_that_of_the_lagrangian() {
        let fixture = fixture();
        // Deliberately not normalised.
        let candidate = array![[0.3, 0.9, 0.2], [0.05, 0.4, 0.1]];
        let gamma = array![0.37, -0.8];
        let at =
            |q: &Array2<f64>| mpo_lagrangian(fixture.step(), q.view(), 1.2, gamma.view()).unwrap();
        let gradient =
            mpo_lagrangian_gradient(fixture.step(), candidate.view(), 1.2, gamma.view()).unwrap();
        for (index, slope) in gradient.indexed_iter() {
            let moved = |step: f64| {
                let mut q = candidate.clone();
                q[index] += step;
                at(&q)
            };
            let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - difference).abs() < 1e-8, "{index:?}");
        }
    }

    #[test]
    fn mpo_18_at_the_solution_nothing_has_a_slope() {
        let fixture = fixture();
        let best = solve_temperature(fixture.step()).unwrap();
        let eta = best.temperature;
        let gamma = mpo_normalisers(fixture.step(), eta).unwrap();
        let gradient =
            mpo_lagrangian_gradient(fixture.step(), best.policy.view(), eta, gamma.view());
        assert!(gradient.unwrap().iter().all(|slope| slope.abs() < 1e-12));
        // Each state's Z is that of the tilt, and the multiplier says so.
        for (s, gamma) in gamma.iter().enumerate() {
            let z: f64 = (0..3)
                .map(|a| fixture.policy[[s, a]] * (fixture.q[[s, a]] / eta).exp())
                .sum();
            assert!(((-(eta + gamma) / eta).exp() - 1.0 / z).abs() < 1e-14);
        }
        // By η and by γ: the constraints.
        let at = |eta: f64, by: f64| {
            let gamma = &gamma + by;
            mpo_lagrangian(fixture.step(), best.policy.view(), eta, gamma.view()).unwrap()
        };
        assert!((at(eta + 1e-4, 0.0) - at(eta - 1e-4, 0.0)).abs() < 1e-13);
        assert!((at(eta, 0.1) - at(eta, -0.1)).abs() < 1e-13);
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let fixture = fixture();
        let gamma = array![0.0, 0.0];
        let policy = fixture.policy.view();
        assert!(mpo_lagrangian(fixture.step(), policy, 0.0, gamma.view()).is_err());
        assert!(mpo_normalisers(fixture.step(), -1.0).is_err());
    }
}
