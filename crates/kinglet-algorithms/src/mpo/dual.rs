//! The E-step over all states of a minibatch.

use kinglet_nn::Scalar;
use kinglet_trust_region::Dual;

/// The coldest temperature, as a share of the spread of Q.
const COLDEST: f64 = 1e-6;

/// The values of N actions in each of several states, and the E-step's weights of them. Catalogue: MPO-11.
///
/// ```text
/// q ∝ π exp(Q / η),   g(η) = η ε + η E_μ log E_π exp(Q / η)
/// ```
///
/// What [`solve_temperature`](kinglet_trust_region::solve_temperature) does for a table, for the many states of every
/// update: exponentials of all states at once, in memory that is used again, from the temperature of the update before.
#[derive(Clone, Debug, Default)]
pub(super) struct Tilt {
    /// N.
    actions: usize,
    /// Q − max Q of its state, `[states, N]`.
    excess: Vec<f64>,
    /// π, `[states, N]`; empty where it is 1/N.
    priors: Vec<f64>,
    /// q, `[states, N]`.
    pub(super) weights: Vec<f64>,
    /// Σ max Q over the states.
    best: f64,
    /// The largest max Q − min Q of a state.
    spread: f64,
}

impl Tilt {
    /// No states yet, of so many actions each.
    pub(super) fn clear(&mut self, actions: usize) {
        self.actions = actions;
        self.excess.clear();
        self.priors.clear();
        (self.best, self.spread) = (0.0, 0.0);
    }

    /// Takes up states; of actions that were drawn there are no `log_priors`, as each stands for 1/N.
    ///
    /// # Shapes
    /// `q`: `[states, N]`; `log_priors`: ln π, `[states, N]`.
    pub(super) fn add<S: Scalar>(&mut self, q: &[S], log_priors: Option<&[S]>) {
        for q in q.chunks_exact(self.actions) {
            let number = |q: &S| q.to_f64().unwrap_or(f64::NAN);
            let best = q.iter().map(number).fold(f64::NEG_INFINITY, f64::max);
            let least = q.iter().map(number).fold(f64::INFINITY, f64::min);
            self.best += best;
            self.spread = self.spread.max(best - least);
            self.excess.extend(q.iter().map(|q| number(q) - best));
        }
        if let Some(log_priors) = log_priors {
            let priors = log_priors.iter();
            self.priors
                .extend(priors.map(|ln_p| ln_p.to_f64().unwrap_or(f64::NAN).exp()));
        }
    }

    /// The dual at a temperature above 0, whose weights are there afterwards.
    pub(super) fn dual(&mut self, kl_bound: f64, temperature: f64) -> Dual {
        let inverse = temperature.recip();
        self.weights.clear();
        self.weights
            .extend(self.excess.iter().map(|excess| excess * inverse));
        f64::exp_all(&mut self.weights);
        for (weight, prior) in self.weights.iter_mut().zip(&self.priors) {
            *weight *= prior;
        }
        let (n, uniform) = (self.actions, self.priors.is_empty());
        let states = (self.excess.len() / n) as f64;
        let (mut logs, mut kl, mut curvature) = (0.0, 0.0, 0.0);
        let rows = self.weights.chunks_exact_mut(n);
        for (weights, excess) in rows.zip(self.excess.chunks_exact(n)) {
            let mut sum = [0.0; 3];
            for (weight, excess) in weights.iter().zip(excess) {
                sum[0] += weight;
                sum[1] += weight * excess;
                sum[2] += weight * excess * excess;
            }
            let scale = sum[0].recip();
            weights.iter_mut().for_each(|weight| *weight *= scale);
            let (mean, square) = (sum[1] * scale, sum[2] * scale);
            let log_z = if uniform {
                (sum[0] / n as f64).ln()
            } else {
                sum[0].ln()
            };
            logs += log_z;
            kl += mean * inverse - log_z;
            curvature += (square - mean * mean) * inverse * inverse * inverse;
        }
        let kl = (kl / states).max(0.0);
        Dual {
            value: temperature * (kl_bound + logs / states) + self.best / states,
            slope: kl_bound - kl,
            curvature: curvature / states,
            kl,
        }
    }

    /// The temperature at which the bound is met, and the dual there, from a guess. Where even the best actions alone are
    /// within the bound, it is a millionth of the spread of Q.
    ///
    /// Newton's steps on ln KL as a function of ln η, which is nearly straight, inside a bracket. It is hot enough where
    /// KL ≤ spread² / 8η² ≤ ε.
    pub(super) fn solve(&mut self, kl_bound: f64, guess: f64) -> (f64, Dual) {
        let coldest = (self.spread * COLDEST).max(f64::MIN_POSITIVE);
        let dual = self.dual(kl_bound, coldest);
        if dual.slope >= 0.0 || !dual.slope.is_finite() {
            return (coldest, dual);
        }
        let (mut low, mut high) = (
            coldest.ln(),
            (1.001 * self.spread / (8.0 * kl_bound).sqrt()).ln(),
        );
        let mut log = guess.ln().clamp(low, high);
        for _ in 0..200 {
            let temperature = log.exp();
            let dual = self.dual(kl_bound, temperature);
            if dual.slope < 0.0 {
                low = log;
            } else {
                high = log;
            }
            let newton = log + (dual.kl / kl_bound).ln() * dual.kl / (temperature * dual.curvature);
            let next = if newton > low && newton < high {
                newton
            } else {
                0.5 * (low + high)
            };
            if (next - log).abs() <= 1e-9 {
                return (temperature, dual);
            }
            log = next;
        }
        let dual = self.dual(kl_bound, log.exp());
        (log.exp(), dual)
    }
}

#[cfg(test)]
mod tests {
    use kinglet_objectives::{log_mean_exp_bias, mpo_e_step};
    use kinglet_trust_region::{EStep, solve_temperature, temperature_dual};
    use ndarray::{Array1, Array2, array};
    use rand::RngExt;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    use super::*;
    use crate::mpo::multiplier::Multiplier;

    /// Values and a policy of 40 states and 5 actions, and the states' law.
    fn tables() -> (Array2<f64>, Array2<f64>, Array1<f64>) {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(4);
        let q = Array2::from_shape_fn((40, 5), |_| rng.random_range(-30.0..-20.0));
        let mut policy = Array2::from_shape_fn((40, 5), |_| rng.random_range(0.01..1.0));
        for mut row in policy.rows_mut() {
            let sum = row.sum();
            row /= sum;
        }
        (q, policy, Array1::from_elem(40, 1.0 / 40.0))
    }

    fn tilt(q: &Array2<f64>, policy: Option<&Array2<f64>>) -> Tilt {
        let mut tilt = Tilt::default();
        tilt.clear(q.ncols());
        let log_priors = policy.map(|policy| policy.ln());
        // In two parts, as of two shards.
        let (middle, n) = (q.len() / 2 / q.ncols() * q.ncols(), q.len());
        for part in [0..middle, middle..n] {
            let own = |table: &Array2<f64>| table.as_slice().unwrap()[part.clone()].to_vec();
            tilt.add(&own(q), log_priors.as_ref().map(own).as_deref());
        }
        tilt
    }

    #[test]
    fn mpo_11_the_temperature_and_the_weights_are_those_of_the_table() {
        let (q, policy, states) = tables();
        let uniform = Array2::from_elem(q.dim(), 0.2);
        for (policy, given) in [(&policy, Some(&policy)), (&uniform, None)] {
            for kl_bound in [1e-4, 0.01, 0.1, 0.5, 5.0] {
                let step = EStep {
                    q: q.view(),
                    policy: policy.view(),
                    states: states.view(),
                    kl_bound,
                };
                let exact = solve_temperature(step).unwrap();
                for guess in [1e-3, 1.0, 1e3] {
                    let mut tilt = tilt(&q, given);
                    let (temperature, dual) = tilt.solve(kl_bound, guess);
                    if exact.temperature > 0.0 {
                        assert!((temperature / exact.temperature - 1.0).abs() < 1e-8);
                        assert!((dual.kl / kl_bound - 1.0).abs() < 1e-7);
                        let tilted = mpo_e_step(q.view(), policy.view(), temperature).unwrap();
                        for (found, expected) in tilt.weights.iter().zip(&tilted.policy) {
                            assert!((found - expected).abs() < 1e-12);
                        }
                    }
                    for (found, expected) in tilt.weights.iter().zip(&exact.policy) {
                        assert!((found - expected).abs() < 1e-7, "{kl_bound}");
                    }
                }
            }
        }
    }

    #[test]
    fn mpo_11_the_dual_is_that_of_the_table() {
        let (q, policy, states) = tables();
        for temperature in [0.3, 2.0, 50.0] {
            let (q_view, policy_view) = (q.view(), policy.view());
            let step = EStep {
                q: q_view,
                policy: policy_view,
                states: states.view(),
                kl_bound: 0.1,
            };
            let exact = temperature_dual(step, temperature).unwrap();
            let dual = tilt(&q, Some(&policy)).dual(0.1, temperature);
            for (found, expected) in [
                (dual.value, exact.value),
                (dual.slope, exact.slope),
                (dual.curvature, exact.curvature),
                (dual.kl, exact.kl),
            ] {
                assert!((found - expected).abs() < 1e-12 * (1.0 + expected.abs()));
            }
        }
    }

    #[test]
    fn mpo_11_the_gradient_s_temperature_goes_to_the_dual_s_minimum() {
        let (q, policy, _) = tables();
        let mut tilt = tilt(&q, Some(&policy));
        let (exact, _) = tilt.solve(0.1, 1.0);
        for start in [0.2, 100.0] {
            let mut price = Multiplier::new(start, 0.01);
            for _ in 0..4000 {
                let dual = tilt.dual(0.1, price.value());
                price.step(dual.kl, 0.1);
            }
            let found = price.value();
            assert!(
                (found / exact - 1.0).abs() < 1e-3,
                "{start}: {found} {exact}"
            );
        }
    }

    #[test]
    fn mpo_11_few_draws_make_the_dual_s_value_low_by_the_bias_of_a_log_mean_exp() {
        let (q, policy) = (array![1.0, -0.5, 2.0, 0.3], array![0.4, 0.3, 0.1, 0.2]);
        let (temperature, draws) = (0.8, 20);
        let table = |row: &Array1<f64>| row.clone().insert_axis(ndarray::Axis(0));
        let tilted = mpo_e_step(table(&q).view(), table(&policy).view(), temperature).unwrap();
        let bias = log_mean_exp_bias(q.view(), policy.view(), temperature, draws).unwrap();
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(5);
        let estimates: Vec<f64> = (0..100)
            .map(|_| {
                let drawn = Array2::from_shape_fn((200, draws), |_| {
                    let mut left: f64 = rng.random();
                    let taken = policy.iter().position(|p| {
                        left -= p;
                        left < 0.0
                    });
                    q[taken.unwrap_or(3)]
                });
                tilt(&drawn, None).dual(0.0, temperature).value - tilted.values[0]
            })
            .collect();
        let n = estimates.len() as f64;
        let mean = estimates.iter().sum::<f64>() / n;
        let squares: f64 = estimates.iter().map(|x| (x - mean).powi(2)).sum();
        let error = (squares / n / (n - 1.0)).sqrt();
        assert!(mean < -4.0 * error, "{mean} ± {error}");
        assert!(
            (mean - bias).abs() < 4.0 * error + 0.1 * bias.abs(),
            "{mean} ± {error}, {bias}"
        );
    }
}
