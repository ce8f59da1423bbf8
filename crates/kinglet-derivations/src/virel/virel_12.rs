//! VIREL-12: the M-step.

use std::error::Error;

use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    residual_gradient, soft_policy, soft_values, virel_critic_gradient, virel_elbo, virel_policy,
};
use ndarray::{Array1, Array2};

use super::values::{best_q, cosine, guess, rescaled, residual, uniform_law};
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// How far the critic is from Q*: near enough for ε to be small.
const NEAR: f64 = 0.05;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "VIREL-12",
    title: "The M-step must lower ε itself: the bound's slope in Q does so only while E[Q] > 0",
    kind: Kind::Formula,
    source: Source::Virel,
    run: virel_12,
};

/// The M-step. Catalogue: VIREL-12.
///
/// ```text
/// L = E_d[ E_π[Q] / ε + H(π) ],   ∇_ω L = E[∇Q] / ε − E[Q] ∇ε / ε²
/// ```
///
/// On DISC with rewards raised and lowered by 3, so that Q is positive and negative: the gradient of
/// the bound against differences, its angle to −∇ε, and what a small step up the bound does to ε.
pub fn virel_12() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let (positive, negative) = (Case::new(3.0)?, Case::new(-3.0)?);
    Ok(Outcome {
        checks: [
            positive.slope()?,
            negative.slope()?,
            directions(&positive, &negative)?,
            steps(&positive, &negative)?,
        ]
        .concat(),
        notes: vec![
            "The slides give no bound; this is E_d[E_π[Q]/ε + H(π)], with π held fixed in the \
             M-step.",
            "Near ε = 0 the second term rules. For E[Q] < 0 the bound is raised by raising the \
             Bellman error: an M-step must minimise ε directly, or evaluate the policy.",
        ],
        ..Outcome::default()
    })
}

/// A critic near Q* of DISC with a constant added to its rewards, and a policy that is not moved.
struct Case {
    mdp: TabularMdp,
    q: Array2<f64>,
    policy: Array2<f64>,
    states: Array1<f64>,
}

impl Case {
    fn new(constant: f64) -> Result<Case, Box<dyn Error>> {
        let mdp = rescaled(&disc(), 1.0, constant)?;
        let q = best_q(&mdp)? + NEAR * guess();
        let policy = virel_policy(q.view(), residual(&mdp, &q)?)?;
        let states = Array1::from_elem(mdp.n_states(), 1.0 / mdp.n_states() as f64);
        Ok(Case {
            mdp,
            q,
            policy,
            states,
        })
    }

    /// E_d E_π[Q].
    fn mean(&self) -> f64 {
        (&self.q * &self.policy).sum() / self.states.len() as f64
    }

    fn bound(&self, q: &Array2<f64>) -> Result<f64, kinglet_objectives::Error> {
        let temperature = residual(&self.mdp, q)?;
        virel_elbo(
            q.view(),
            self.policy.view(),
            self.states.view(),
            temperature,
        )
    }

    /// ∇ε at the critic.
    fn error_gradient(&self) -> Result<Array2<f64>, kinglet_objectives::Error> {
        let greedy = soft_policy(self.q.view(), 0.0)?;
        residual_gradient(
            &self.mdp,
            self.q.view(),
            greedy.view(),
            uniform_law(&self.mdp).view(),
        )
    }

    /// ∇L at the critic.
    fn bound_gradient(&self) -> Result<Array2<f64>, kinglet_objectives::Error> {
        virel_critic_gradient(
            self.q.view(),
            self.policy.view(),
            self.states.view(),
            residual(&self.mdp, &self.q)?,
            self.error_gradient()?.view(),
        )
    }

    /// ε after a step of length 1e-4 along a direction.
    fn after(&self, direction: &Array2<f64>) -> Result<f64, kinglet_objectives::Error> {
        let length = (direction * direction).sum().sqrt();
        residual(&self.mdp, &(&self.q + &(direction * (1e-4 / length))))
    }

    /// ∂L/∂Q of three pairs, relative to the largest.
    fn slope(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let closed = self.bound_gradient()?;
        let at = |x: &Array1<f64>| {
            let q = x
                .clone()
                .into_shape_with_order(self.q.dim())
                .expect("one entry a pair");
            self.bound(&q).unwrap_or(f64::NAN)
        };
        let differences = gradient(&at, &Array1::from_iter(self.q.clone()));
        let largest = closed.fold(0.0, |m: f64, g| m.max(g.abs()));
        Ok([(0, 0), (1, 1), (3, 2)]
            .map(|(s, a)| {
                Check::within(
                    format!(
                        "∂L/∂Q({s}, {a}) over the largest, where E[Q] = {:.1}",
                        self.mean()
                    ),
                    1e-6,
                    [
                        ("closed form", closed[[s, a]] / largest),
                        ("central difference", differences[3 * s + a] / largest),
                    ],
                )
            })
            .to_vec())
    }
}

/// cos(∇L, −∇ε), and the sign of the log-normaliser.
fn directions(positive: &Case, negative: &Case) -> Result<Vec<Check>, Box<dyn Error>> {
    let angle = |case: &Case| {
        Ok::<_, Box<dyn Error>>(cosine(&case.bound_gradient()?, &-case.error_gradient()?))
    };
    let normaliser = |case: &Case| {
        Ok::<_, Box<dyn Error>>(case.states.dot(&soft_values(case.q.view(), 0.01)?) / 0.01)
    };
    Ok(vec![
        Check::at_most(
            "E[Q] > 0: up the bound is down the Bellman error",
            ("0.99", 0.99),
            ("cos(∇L, −∇ε)", angle(positive)?),
        ),
        Check::at_most(
            "E[Q] < 0: up the bound is up the Bellman error",
            ("cos(∇L, −∇ε)", angle(negative)?),
            ("−0.99", -0.99),
        ),
        Check::at_most(
            "at ε = .01 the log-normaliser log ∫ exp(Q/ε) is large where Q > 0",
            ("100", 100.0),
            ("E log ∫ exp(Q/ε)", normaliser(positive)?),
        ),
        Check::at_most(
            "and very negative where Q < 0",
            ("E log ∫ exp(Q/ε)", normaliser(negative)?),
            ("−100", -100.0),
        ),
    ])
}

/// What a short step does to ε.
fn steps(positive: &Case, negative: &Case) -> Result<Vec<Check>, Box<dyn Error>> {
    let mut checks = Vec::new();
    let now = residual(&negative.mdp, &negative.q)?;
    checks.push(Check::at_most(
        "E[Q] < 0: a step up the bound raises ε",
        ("ε before", now),
        ("ε after", negative.after(&negative.bound_gradient()?)?),
    ));
    for (name, case) in [("E[Q] > 0", positive), ("E[Q] < 0", negative)] {
        checks.push(Check::at_most(
            format!("{name}: a step down ∇ε lowers it"),
            ("ε after", case.after(&-case.error_gradient()?)?),
            ("ε before", residual(&case.mdp, &case.q)?),
        ));
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn virel_12_the_bound_misleads_for_negative_values() {
        assert_eq!(virel_12().verdict(), Verdict::Holds);
        let (positive, negative) = (Case::new(3.0).unwrap(), Case::new(-3.0).unwrap());
        assert!(positive.mean() > 10.0 && negative.mean() < -10.0);
        // The critics differ by a constant, so the Bellman error is the same.
        let errors = [&positive, &negative].map(|case| residual(&case.mdp, &case.q).unwrap());
        assert!((errors[0] - errors[1]).abs() < 1e-12);
    }
}
