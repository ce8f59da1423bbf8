//! MPO-18: the Lagrangian of the E-step.

use std::error::Error;

use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    evaluate_soft_policy, mpo_lagrangian, mpo_lagrangian_gradient, mpo_normalisers,
};
use kinglet_trust_region::{EStep, Improved, solve_temperature, temperature_dual};
use ndarray::{Array1, Array2, Axis};

use crate::disc::{policy, states};
use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

const KL_BOUND: f64 = 0.1;

/// A multiplier that is not the right one, for the derivative.
const GAMMA: f64 = 0.37;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-18",
    title: "The E-step's multiplier: one a state, −(η + γ) in the slope, γ = η log Z − η",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_18,
};

/// The Lagrangian of the E-step. Catalogue: MPO-18.
///
/// ```text
/// L = E_μ E_q[Q] + η (ε − E_μ KL(q ‖ π)) + E_μ γ(s) (1 − Σₐ q(a|s))
/// ∂L/∂q(a|s) = μ(s) [ Q − η log q/π − (η + γ(s)) ] = 0
/// q = π exp(Q/η) exp(−(η + γ)/η),   exp(−(η + γ)/η) = 1/Z,   γ = η log Z − η
/// ```
///
/// On DISC with ε = 0.1, at the solution and away from it; and the five slips of the printed
/// derivation, which yet ends at the right dual.
pub fn mpo_18() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let q = evaluate_soft_policy(&disc(), policy().view(), 0.0)?.q;
    let fixture = Fixture {
        q,
        policy: policy(),
        states: states(),
    };
    let best = solve_temperature(fixture.step())?;
    Ok(Outcome {
        checks: [
            fixture.slope(&best)?,
            fixture.stationary(&best)?,
            fixture.dual(&best)?,
        ]
        .concat(),
        printed: [
            vec![fixture.averaged(best.temperature)],
            fixture.printed_multipliers(&best)?,
            vec![Printed::words(
                "KL(…) da < ε",
                "The constraint is an average over states, so ds; and the bound is attained, so ≤.",
            )],
        ]
        .concat(),
        notes: vec![
            "The misprinted signs cancel: q is normalised in the end, and the dual function is \
             right as printed.",
        ],
        ..Outcome::default()
    })
}

struct Fixture {
    q: Array2<f64>,
    policy: Array2<f64>,
    states: Array1<f64>,
}

impl Fixture {
    fn step(&self) -> EStep<'_> {
        EStep {
            q: self.q.view(),
            policy: self.policy.view(),
            states: self.states.view(),
            kl_bound: KL_BOUND,
        }
    }

    /// Z(s) = E_π[exp(Q/η)].
    fn z(&self, eta: f64) -> Array1<f64> {
        (&self.policy * &self.q.mapv(|q| (q / eta).exp())).sum_axis(Axis(1))
    }

    fn lagrangian(&self, q: &Array2<f64>, eta: f64, gamma: &Array1<f64>) -> f64 {
        mpo_lagrangian(self.step(), q.view(), eta, gamma.view()).unwrap_or(f64::NAN)
    }

    /// ∂L/∂q(1 | 0) at q = π by a difference.
    fn difference(&self, eta: f64, gamma: &Array1<f64>) -> f64 {
        derivative(
            |by| {
                let mut moved = self.policy.clone();
                moved[[0, 1]] += by;
                self.lagrangian(&moved, eta, gamma)
            },
            STEP,
        )
    }

    /// μ(0) [Q(0, 1) − (η ± γ)], the slope at q = π.
    fn by_hand(&self, eta: f64, gamma: f64) -> f64 {
        self.states[0] * (self.q[[0, 1]] - (eta + gamma))
    }

    fn slope(&self, best: &Improved) -> Result<Vec<Check>, Box<dyn Error>> {
        let (eta, gamma) = (best.temperature, Array1::from_elem(4, GAMMA));
        let step = self.step();
        let gradient = mpo_lagrangian_gradient(step, self.policy.view(), eta, gamma.view())?;
        Ok(vec![Check::within(
            "∂L/∂q(1 | 0) at q = π, γ = 0.37",
            1e-8,
            [
                ("μ [Q − η log q/π − (η + γ)]", self.by_hand(eta, GAMMA)),
                ("library", gradient[[0, 1]]),
                ("central difference of L", self.difference(eta, &gamma)),
            ],
        )])
    }

    fn stationary(&self, best: &Improved) -> Result<Vec<Check>, Box<dyn Error>> {
        let eta = best.temperature;
        let gamma = mpo_normalisers(self.step(), eta)?;
        let z = self.z(eta);
        let gradient = mpo_lagrangian_gradient(self.step(), best.policy.view(), eta, gamma.view())?;
        let steepest = gradient.fold(0.0, |m: f64, slope| m.max(slope.abs()));
        let mut checks = vec![Check::exact(
            "the largest slope of L at the solution",
            [("library", steepest), ("zero", 0.0)],
        )];
        for s in [0, 3] {
            checks.push(Check::exact(
                format!("γ({s})"),
                [
                    ("library", gamma[s]),
                    ("η log Z − η", eta * z[s].ln() - eta),
                ],
            ));
            checks.push(Check::exact(
                format!("exp(−(η + γ({s}))/η)"),
                [
                    ("from γ", (-(eta + gamma[s]) / eta).exp()),
                    ("1/Z", 1.0 / z[s]),
                ],
            ));
        }
        Ok(checks)
    }

    fn dual(&self, best: &Improved) -> Result<Vec<Check>, Box<dyn Error>> {
        let eta = best.temperature;
        let gamma = mpo_normalisers(self.step(), eta)?;
        Ok(vec![Check::within(
            "the dual is right: L at the solution",
            1e-11,
            [
                ("L(q, η, γ)", self.lagrangian(&best.policy, eta, &gamma)),
                (
                    "η ε + η E_μ log Z",
                    eta * (KL_BOUND + self.states.dot(&self.z(eta).mapv(f64::ln))),
                ),
                ("library", temperature_dual(self.step(), eta)?.value),
                ("E_μ E_q[Q]", best.value),
            ],
        )])
    }

    /// The mass of one state's q when it is normalised over all states together.
    fn averaged(&self, eta: f64) -> Printed {
        let z = self.z(eta);
        let masses = &z / self.states.dot(&z);
        let farthest = |far: f64, m: &f64| {
            if (m - 1.0).abs() > (far - 1.0).abs() {
                *m
            } else {
                far
            }
        };
        Printed::number(
            "(a) ∫∫ μ(s) q(a|s) da ds = 1: the mass of the state farthest from 1",
            masses.fold(1.0, farthest),
            1.0,
            "The constraint must hold in each state, with a multiplier for each. On average alone, \
             a state's mass may be anything, and better states take it from the others.",
        )
    }

    fn printed_multipliers(&self, best: &Improved) -> Result<Vec<Printed>, Box<dyn Error>> {
        let eta = best.temperature;
        let z = self.z(eta)[0];
        let gamma = mpo_normalisers(self.step(), eta)?;
        let printed_gamma = -&gamma;
        let at_printed =
            mpo_lagrangian_gradient(self.step(), best.policy.view(), eta, printed_gamma.view())?;
        Ok(vec![
            Printed::number(
                "(b) ∂L/∂q = Q − η log q + η log π − (η − γ), at q = π, γ = 0.37",
                self.by_hand(eta, -GAMMA),
                self.by_hand(eta, GAMMA),
                "L holds γ (1 − ∫∫ μ q), so γ enters as −γ: the last term is −(η + γ).",
            ),
            Printed::number(
                "(c) exp(−(η − γ)/η) = Z(0)",
                z,
                1.0 / z,
                "q = π exp(Q/η) times that factor sums to one, so it is 1/Z: exp(−(η + γ)/η) = 1/Z.",
            ),
            Printed::number(
                "(d) γ = η − η log Z, state 0",
                eta - eta * z.ln(),
                gamma[0],
                "From 1/Z = exp(−(η + γ)/η) it is γ = η log Z − η, the negative of what is printed.",
            ),
            Printed::number(
                "∂L/∂q(0 | 0) at the solution with the printed γ",
                at_printed[[0, 0]],
                0.0,
                "With the printed multiplier the solution is no stationary point of L.",
            ),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_18_signs_of_the_multipliers() {
        let outcome = mpo_18();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        let off: Vec<f64> = outcome.printed.iter().filter_map(|p| p.off_by).collect();
        assert_eq!(off.len(), 5);
        assert!(off.iter().all(|off| *off > 1e-2), "{off:?}");
    }

    #[test]
    fn mpo_18_masses_average_to_one_and_differ() {
        let q = evaluate_soft_policy(&disc(), policy().view(), 0.0)
            .unwrap()
            .q;
        let fixture = Fixture {
            q,
            policy: policy(),
            states: states(),
        };
        let z = fixture.z(1.0);
        let masses = &z / fixture.states.dot(&z);
        assert!((fixture.states.dot(&masses) - 1.0).abs() < 1e-14);
        assert!(masses.iter().any(|m| (m - 1.0).abs() > 0.1), "{masses}");
    }
}
