//! A bounded E-step of three states, and its quantities by their definitions.

use crate::EStep;
use ndarray::{Array1, Array2, Axis, Zip, array};

pub(crate) struct Fixture {
    pub(crate) q: Array2<f64>,
    pub(crate) policy: Array2<f64>,
    pub(crate) states: Array1<f64>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self {
            q: array![
                [1.0, -0.5, 2.0, 0.3],
                [0.0, 4.0, -1.0, 1.5],
                [-2.0, -2.5, -1.0, -3.0]
            ],
            policy: array![
                [0.4, 0.3, 0.1, 0.2],
                [0.25, 0.05, 0.4, 0.3],
                [0.1, 0.2, 0.3, 0.4]
            ],
            states: array![0.5, 0.2, 0.3],
        }
    }

    pub(crate) fn step(&self, kl_bound: f64) -> EStep<'_> {
        EStep {
            q: self.q.view(),
            policy: self.policy.view(),
            states: self.states.view(),
            kl_bound,
        }
    }

    /// E_μ KL(q ‖ π), by its definition.
    pub(crate) fn kl(&self, policy: &Array2<f64>) -> f64 {
        let term = |q: f64, p: f64| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
        let terms = Zip::from(policy)
            .and(&self.policy)
            .map_collect(|&q, &p| term(q, p));
        terms.sum_axis(Axis(1)).dot(&self.states)
    }

    /// g(η), by its definition.
    pub(crate) fn g(&self, kl_bound: f64, eta: f64) -> f64 {
        let z = (&self.policy * &self.q.mapv(|q| (q / eta).exp())).sum_axis(Axis(1));
        eta * kl_bound + eta * z.mapv(f64::ln).dot(&self.states)
    }
}
