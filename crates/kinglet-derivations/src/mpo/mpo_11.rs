//! MPO-11: the E-step with a hard constraint, and its dual.

use std::error::Error;

use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{
    Estimate, evaluate_soft_policy, log_mean_exp, log_mean_exp_bias, mpo_e_step,
    mpo_e_step_objective, mpo_sampled_e_step, soft_policy,
};
use kinglet_plots::{Axes, Axis, Reference, Series, lines};
use kinglet_trust_region::{EStep, Improved, solve_temperature, temperature_dual};
use ndarray::{Array1, Array2, Axis as Along};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{divergences, policy, states};
use crate::optimise::{STEP, derivative, minimise};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, OPTIMISED, Outcome, Source};

const KL_BOUND: f64 = 0.1;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-11",
    title: "The hard E-step's temperature minimises a convex dual: there KL = ε, primal = dual",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_11,
};

/// The E-step with a hard constraint, and its dual. Catalogue: MPO-11.
///
/// ```text
/// max_q E_μ E_q[Q]   with   E_μ KL(q ‖ π) ≤ ε
/// g(η) = η ε + η E_μ log E_π[exp(Q/η)],   η* = argmin g,   q ∝ π exp(Q/η*)
/// ```
///
/// On DISC: the minimum of the dual as the root of KL = ε, its value as that of the primal, its two
/// derivatives, the bound that no longer binds, and what sampled actions do to it.
pub fn mpo_11() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let fixture = Fixture::new()?;
    Ok(Outcome {
        checks: [
            fixture.solution()?,
            fixture.derivatives()?,
            fixture.edge()?,
            fixture.sampled_value()?,
            fixture.sampled_temperature()?,
        ]
        .concat(),
        notes: vec![
            "The dual as printed is right. With sampled actions it holds the logarithm of a mean: \
             each action counts 1/N, and π does not appear again.",
            "A bound above E_μ[−log π(argmax Q)] does not bind: η falls to zero and q is the best \
             action alone.",
            "Few sampled actions make the temperature low, and the step larger than ε allows.",
        ],
        figures: vec![fixture.figure()?],
        ..Outcome::default()
    })
}

/// The values of DISC's policy, that policy, and a law of its states.
struct Fixture {
    q: Array2<f64>,
    policy: Array2<f64>,
    states: Array1<f64>,
}

impl Fixture {
    fn new() -> Result<Self, kinglet_objectives::Error> {
        Ok(Self {
            q: evaluate_soft_policy(&disc(), policy().view(), 0.0)?.q,
            policy: policy(),
            states: states(),
        })
    }

    fn step(&self, kl_bound: f64) -> EStep<'_> {
        EStep {
            q: self.q.view(),
            policy: self.policy.view(),
            states: self.states.view(),
            kl_bound,
        }
    }

    fn best(&self) -> Result<Improved, kinglet_trust_region::Error> {
        solve_temperature(self.step(KL_BOUND))
    }

    /// g(η), by its definition.
    fn g(&self, eta: f64) -> f64 {
        let mean = (&self.policy * &self.q.mapv(|q| (q / eta).exp())).sum_axis(Along(1));
        eta * KL_BOUND + eta * self.states.dot(&mean.mapv(f64::ln))
    }

    /// E_μ KL(q ‖ π), by its definition.
    fn kl(&self, q: &Array2<f64>) -> f64 {
        self.states.dot(&divergences(q, &self.policy))
    }

    /// E_μ E_q[Q], by its definition.
    fn value(&self, q: &Array2<f64>) -> f64 {
        self.states.dot(&(q * &self.q).sum_axis(Along(1)))
    }

    fn solution(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let best = self.best()?;
        let log_eta = minimise(|x| self.g(x[0].exp()), Array1::zeros(1))[0];
        let primal = self.primal(best.temperature)?;
        Ok(vec![
            Check::within(
                "η* on DISC, ε = 0.1",
                OPTIMISED,
                [
                    ("root of KL = ε", best.temperature),
                    ("BFGS on the dual", log_eta.exp()),
                ],
            ),
            Check::exact(
                "KL(q ‖ π) at η*",
                [("E_μ Σ q ln(q/π)", self.kl(&best.policy)), ("ε", KL_BOUND)],
            ),
            Check::within(
                "the primal value is the dual's: no gap",
                1e-11,
                [
                    ("E_μ E_q[Q]", self.value(&best.policy)),
                    ("g(η*)", self.g(best.temperature)),
                ],
            ),
            Check::within(
                "and no other q within the bound does better",
                OPTIMISED,
                [
                    ("E_μ E_q[Q] at η*", self.value(&best.policy)),
                    (
                        "BFGS on the logits of q, outside weighed",
                        self.value(&primal),
                    ),
                ],
            ),
        ])
    }

    /// The primal by an augmented Lagrangian over the logits of q: no tilt, no dual.
    fn primal(&self, scale: f64) -> Result<Array2<f64>, Box<dyn Error>> {
        let (mut multiplier, weight) = (scale, 50.0 * scale);
        let mut logits = self
            .policy
            .mapv(f64::ln)
            .into_iter()
            .collect::<Array1<f64>>();
        for _ in 0..25 {
            let loss = |x: &Array1<f64>| {
                let Ok(q) = self.policy_of(x) else {
                    return f64::NAN;
                };
                let excess = (self.kl(&q) - KL_BOUND + multiplier / weight).max(0.0);
                0.5 * weight * excess * excess - self.value(&q)
            };
            logits = minimise(loss, logits);
            let excess = self.kl(&self.policy_of(&logits)?) - KL_BOUND;
            multiplier = (multiplier + weight * excess).max(0.0);
        }
        Ok(self.policy_of(&logits)?)
    }

    fn policy_of(&self, logits: &Array1<f64>) -> Result<Array2<f64>, kinglet_objectives::Error> {
        let logits = logits
            .to_shape(self.q.dim())
            .expect("one logit for each pair");
        soft_policy(logits.view(), 1.0)
    }

    fn derivatives(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let mut checks = Vec::new();
        for eta in [0.5, 2.0] {
            let dual = temperature_dual(self.step(KL_BOUND), eta)?;
            let q = mpo_e_step(self.q.view(), self.policy.view(), eta)?.policy;
            let mean = (&q * &self.q).sum_axis(Along(1));
            let second = (&q * &self.q.mapv(|q| q * q)).sum_axis(Along(1));
            let variance = self.states.dot(&(second - mean.mapv(|m| m * m)));
            let slope = |step: f64| {
                let dual = temperature_dual(self.step(KL_BOUND), eta + step);
                dual.map_or(f64::NAN, |dual| dual.slope)
            };
            checks.push(Check::within(
                format!("g'({eta})"),
                1e-8,
                [
                    ("ε − KL", KL_BOUND - self.kl(&q)),
                    ("library", dual.slope),
                    (
                        "central difference of g",
                        derivative(|h| self.g(eta + h), STEP),
                    ),
                ],
            ));
            checks.push(Check::within(
                format!("g''({eta}), above zero"),
                1e-8,
                [
                    ("E_μ Var_q(Q) / η³", variance / eta.powi(3)),
                    ("library", dual.curvature),
                    ("central difference of g'", derivative(slope, STEP)),
                ],
            ));
        }
        Ok(checks)
    }

    /// E_μ[−log π(argmax Q)].
    fn loosest(&self) -> f64 {
        let rows = self.q.rows().into_iter().zip(self.policy.rows());
        let surprise = rows.map(|(q, policy)| {
            let best = (0..q.len()).fold(0, |best, a| if q[a] > q[best] { a } else { best });
            -policy[best].ln()
        });
        self.states.iter().zip(surprise).map(|(mu, x)| mu * x).sum()
    }

    fn edge(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let edge = self.loosest();
        let loose = solve_temperature(self.step(1.001 * edge))?;
        let tight = solve_temperature(self.step(0.999 * edge))?;
        let best = self
            .q
            .map_axis(Along(1), |q| q.fold(f64::NEG_INFINITY, |m, q| m.max(*q)));
        Ok(vec![
            Check::exact(
                "η when ε is just above E_μ[−log π(argmax Q)]",
                [("solved", loose.temperature), ("zero", 0.0)],
            ),
            Check::at_most(
                "and just below it η is positive",
                ("a millionth", 1e-6),
                ("solved", tight.temperature),
            ),
            Check::exact(
                "the value of the loose step",
                [
                    ("E_μ E_q[Q]", loose.value),
                    ("E_μ max Q", self.states.dot(&best)),
                ],
            ),
        ])
    }

    /// The values of n actions drawn in each state.
    fn drawn(
        &self,
        n: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Array2<f64>, kinglet_distributions::Error> {
        let mut values = Array2::zeros((self.q.nrows(), n));
        for (s, mut row) in values.rows_mut().into_iter().enumerate() {
            let actions = Categorical::from_probabilities(&self.policy.row(s).to_vec())?;
            row.mapv_inplace(|_| self.q[[s, actions.sample(rng)]]);
        }
        Ok(values)
    }

    /// The mean of the logarithm of a mean, of 20 actions at η*.
    fn sampled_value(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        const ACTIONS: usize = 20;
        let eta = self.best()?.temperature;
        let exact = mpo_e_step(self.q.view(), self.policy.view(), eta)?.values[0];
        let bias = log_mean_exp_bias(self.q.row(0), self.policy.row(0), eta, ACTIONS)?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let actions = Categorical::from_probabilities(&self.policy.row(0).to_vec())?;
        let samples = (0..10_000).map(|_| {
            let drawn = Array1::from_shape_fn(ACTIONS, |_| self.q[[0, actions.sample(&mut rng)]]);
            log_mean_exp(drawn.view(), eta)
        });
        let sampled = Estimate::from_samples(samples.collect::<Result<Vec<_>, _>>()?)?;
        Ok(vec![
            Check::monte_carlo(
                "the mean of η log (1/20) Σ exp(Q/η) in one state",
                ("η log E_π exp(Q/η) − η χ²(q ‖ π) / 2N", exact + bias),
                ("10 000 draws of 20 actions", sampled),
            ),
            Check::at_most(
                "it lies below its limit",
                (
                    "sampled mean + 4 s.e.",
                    sampled.mean + 4.0 * sampled.standard_error,
                ),
                ("η log E_π exp(Q/η)", exact),
            ),
        ])
    }

    /// Mean and standard error of η* from n sampled actions a state.
    fn temperature_of(&self, n: usize, draws: usize) -> Result<Estimate, Box<dyn Error>> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(n as u64);
        let mut temperatures = Vec::with_capacity(draws);
        for _ in 0..draws {
            let drawn = self.drawn(n, &mut rng)?;
            let improved = mpo_sampled_e_step(drawn.view(), self.states.view(), KL_BOUND)?;
            temperatures.push(improved.temperature);
        }
        Ok(Estimate::from_samples(temperatures)?)
    }

    fn sampled_temperature(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let exact = self.best()?.temperature;
        let (few, many) = (
            self.temperature_of(10, 200)?,
            self.temperature_of(100, 100)?,
        );
        Ok(vec![
            Check::at_most(
                "ten sampled actions a state make the temperature low",
                (
                    "mean + 4 s.e., 200 draws",
                    few.mean + 4.0 * few.standard_error,
                ),
                ("η*", exact),
            ),
            Check::at_most(
                "a hundred make it less so, three times",
                ("3 (η* − mean), 100 draws", 3.0 * (exact - many.mean)),
                ("η* − mean of ten actions", exact - few.mean),
            ),
        ])
    }

    fn figure(&self) -> Result<Illustration, Box<dyn Error>> {
        let etas: Vec<f64> = (0..=60)
            .map(|i| 0.2 * 10_f64.powf(f64::from(i) / 40.0))
            .collect();
        let dual = etas.iter().map(|&eta| self.g(eta)).collect::<Vec<_>>();
        let primal = |&eta: &f64| {
            let q = mpo_e_step(self.q.view(), self.policy.view(), eta)?.policy;
            let (q, prior) = (q.view(), self.policy.view());
            mpo_e_step_objective(self.q.view(), prior, self.states.view(), q, 0.0)
        };
        let primal = etas.iter().map(primal).collect::<Result<Vec<_>, _>>()?;
        let mut axes = Axes::new(
            "The dual of the hard E-step",
            Axis::log("temperature η"),
            Axis::linear("units of reward"),
            "The dual g is convex with its minimum at η*, where it meets the falling value of the \
             tilted policy.",
        );
        axes.references = vec![Reference::vertical("η*", self.best()?.temperature)];
        Ok(Illustration {
            caption: "ε = 0.1 on DISC: the dual bounds the value of every policy within the bound, \
                      and meets that of q ∝ π exp(Q/η) at its minimum.",
            figure: lines(
                &axes,
                &[
                    Series::line("dual g(η)", &etas, dual),
                    Series::line("value of q at η", &etas, primal),
                ],
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn mpo_11_the_dual_s_minimum_is_the_root_and_the_primal_s_value() {
        assert_eq!(mpo_11().verdict(), Verdict::Holds);
    }

    #[test]
    fn mpo_11_the_dual_bounds_the_primal_from_above_everywhere() {
        let fixture = Fixture::new().unwrap();
        let best = fixture.best().unwrap();
        for i in 1..60 {
            let eta = 0.1 * f64::from(i);
            assert!(fixture.g(eta) >= best.value - 1e-12, "{eta}");
        }
    }

    #[test]
    fn mpo_11_a_sum_in_place_of_the_mean_moves_the_dual() {
        // With log Σ in place of log mean, g gains η log N, and its minimum moves.
        let fixture = Fixture::new().unwrap();
        let eta = fixture.best().unwrap().temperature;
        let drawn = fixture
            .drawn(10, &mut Xoshiro256PlusPlus::seed_from_u64(3))
            .unwrap();
        let improved = mpo_sampled_e_step(drawn.view(), fixture.states.view(), KL_BOUND).unwrap();
        let with_sum = |x: f64| {
            let mean = |row| log_mean_exp(row, x).unwrap();
            let terms: Array1<f64> = drawn.rows().into_iter().map(mean).collect();
            x * KL_BOUND + fixture.states.dot(&terms) + x * 10_f64.ln()
        };
        let slope = derivative(|h| with_sum(improved.temperature + h), STEP);
        assert!((slope - 10_f64.ln()).abs() < 1e-6 && eta > 0.0);
    }
}
