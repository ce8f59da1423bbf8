//! The dual of a hard bound on the E-step: its temperature, solved as what it is, one dimension.

use crate::Error;
use crate::check::{distribution, finite, positive};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, Zip};

/// An E-step under a hard bound: raise E\[Q\] within a divergence of the old policy. Catalogue: MPO-11.
///
/// ```text
/// maximise E_μ E_q[Q]    with    E_μ KL(q ‖ π) ≤ ε    and q(·|s) summing to 1 in every state
/// ```
///
/// For sampled actions, `policy` is 1/N for each of the N samples of a state; with few samples the
/// temperature comes out too low.
#[derive(Clone, Copy, Debug)]
pub struct EStep<'a> {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: ArrayView2<'a, f64>,
    /// π(a|s), `[S, A]`.
    pub policy: ArrayView2<'a, f64>,
    /// μ(s), `[S]`, summing to 1.
    pub states: ArrayView1<'a, f64>,
    /// ε > 0, nats.
    pub kl_bound: f64,
}

/// The dual function at a temperature, with its first two derivatives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual {
    /// g(η), in units of reward.
    pub value: f64,
    /// g'(η) = ε − KL, nats.
    pub slope: f64,
    /// g''(η) = E_μ Var_q(Q) / η³ ≥ 0.
    pub curvature: f64,
    /// E_μ KL(q ‖ π) of q ∝ π exp(Q/η), nats.
    pub kl: f64,
}

/// The solution of a bounded E-step.
#[derive(Clone, Debug, PartialEq)]
pub struct Improved {
    /// η* ≥ 0, in units of reward: the price of a nat. 0 when the bound does not bind.
    pub temperature: f64,
    /// q(a|s), `[S, A]`.
    pub policy: Array2<f64>,
    /// E_μ KL(q ‖ π), nats: ε where the bound binds.
    pub kl: f64,
    /// E_μ E_q\[Q\], the primal value, which the dual's minimum equals.
    pub value: f64,
}

/// The dual of a bounded E-step at a temperature η > 0. Catalogue: MPO-11, MPO-18.
///
/// ```text
/// g(η)   = η ε + η E_μ log E_π exp(Q/η)
/// g'(η)  = ε − E_μ KL(q_η ‖ π)              q_η(a|s) = π(a|s) exp(Q(s,a)/η) / Z(s)
/// g''(η) = E_μ Var_{q_η}(Q) / η³
/// ```
///
/// g is convex and bounds the primal value from above. The multiplier of a state's normalisation is
/// γ(s) = η log Z(s) − η, so that exp(−(η + γ)/η) = 1/Z(s).
///
/// # Errors
/// When η or ε is not positive, a row or the states are no distribution, or Q is not finite.
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, on the E-step's hard constraint.
/// # Example
/// ```
/// use kinglet_trust_region::{EStep, temperature_dual};
/// use ndarray::array;
///
/// let (q, policy, states) = (array![[3.0_f64.ln(), 0.0]], array![[0.5, 0.5]], array![1.0]);
/// let step = EStep { q: q.view(), policy: policy.view(), states: states.view(), kl_bound: 0.1 };
/// let dual = temperature_dual(step, 1.0)?;
/// assert!((dual.value - (0.1 + 2.0_f64.ln())).abs() < 1e-15); // E_π e^Q = (3 + 1) / 2
/// assert!((dual.kl - (0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln())).abs() < 1e-15);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn temperature_dual(step: EStep<'_>, temperature: f64) -> Result<Dual, Error> {
    step.check()?;
    positive("temperature", temperature)?;
    Ok(step.dual(temperature))
}

/// Solves a bounded E-step exactly. Catalogue: MPO-11.
///
/// ```text
/// η* = argmin_η g(η),   the root of  E_μ KL(q_η ‖ π) = ε,      q ∝ π exp(Q/η*)
/// ```
///
/// The KL falls with η, from E_μ\[−log π(argmax Q)\] at η → 0 to 0 at η → ∞. When ε is at least the
/// former, the bound does not bind: η* = 0 and q is the old policy restricted to the best actions.
/// Otherwise Newton steps on the logarithm of η, kept inside a bracket, find the root.
///
/// # Errors
/// Those of [`temperature_dual`].
/// # Panics
/// When the shapes do not fit.
/// # Source
/// Abdolmaleki 2018, on the E-step's hard constraint.
/// # Example
/// ```
/// use kinglet_trust_region::{EStep, solve_temperature};
/// use ndarray::array;
///
/// let (q, policy, states) = (array![[1.0, 0.0]], array![[0.5, 0.5]], array![1.0]);
/// // The KL of (¾, ¼) from (½, ½) is reached with q₁/q₂ = e^{1/η} = 3.
/// let kl_bound = 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln();
/// let step = EStep { q: q.view(), policy: policy.view(), states: states.view(), kl_bound };
/// let improved = solve_temperature(step)?;
/// assert!((improved.temperature - 1.0 / 3.0_f64.ln()).abs() < 1e-12);
/// assert!((improved.policy[[0, 0]] - 0.75).abs() < 1e-12);
/// // A bound of ln 2 allows the best action alone.
/// let improved = solve_temperature(EStep { kl_bound: 0.7, ..step })?;
/// assert_eq!((improved.temperature, improved.value), (0.0, 1.0));
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn solve_temperature(step: EStep<'_>) -> Result<Improved, Error> {
    step.check()?;
    let greedy = step.greedy();
    if greedy.kl <= step.kl_bound {
        return Ok(greedy);
    }
    let Some((mut lo, mut hi)) = step.bracket() else {
        return Ok(greedy);
    };
    let mut log_temperature = 0.5 * (lo + hi);
    for _ in 0..200 {
        let dual = step.dual(log_temperature.exp());
        if dual.slope < 0.0 {
            lo = log_temperature;
        } else {
            hi = log_temperature;
        }
        // dg'/d ln η = η g''.
        let newton = log_temperature - dual.slope / (log_temperature.exp() * dual.curvature);
        let next = if newton > lo && newton < hi {
            newton
        } else {
            0.5 * (lo + hi)
        };
        if (next - log_temperature).abs() <= 1e-15 * (1.0 + next.abs()) {
            break;
        }
        log_temperature = next;
    }
    Ok(step.improved(log_temperature.exp()))
}

impl EStep<'_> {
    fn check(&self) -> Result<(), Error> {
        assert_eq!(
            self.q.dim(),
            self.policy.dim(),
            "shapes of Q and of the policy differ"
        );
        assert_eq!(
            self.q.nrows(),
            self.states.len(),
            "Q's states differ in number from μ's"
        );
        positive("kl_bound", self.kl_bound)?;
        finite("Q", &self.q)?;
        distribution("the states", 0, self.states)?;
        let rows = self.policy.rows().into_iter().enumerate();
        rows.into_iter()
            .try_for_each(|(row, p)| distribution("the policy", row, p))
    }

    fn dual(&self, temperature: f64) -> Dual {
        let mut dual = Dual {
            value: 0.0,
            slope: 0.0,
            curvature: 0.0,
            kl: 0.0,
        };
        for ((q, policy), &weight) in self
            .q
            .rows()
            .into_iter()
            .zip(self.policy.rows())
            .zip(self.states)
        {
            let tilted = tilt(q, policy, temperature);
            let mean = tilted.policy.dot(&q);
            let variance = Zip::from(&tilted.policy)
                .and(&q)
                .fold(0.0, |sum, p, q| sum + p * (q - mean) * (q - mean));
            dual.value += weight * tilted.value;
            dual.kl += weight * tilted.kl;
            dual.curvature += weight * variance / temperature.powi(3);
        }
        dual.value += temperature * self.kl_bound;
        dual.slope = self.kl_bound - dual.kl;
        dual
    }

    /// The limit η → 0.
    fn greedy(&self) -> Improved {
        let mut greedy = self.policy.to_owned();
        let (mut kl, mut value) = (0.0, 0.0);
        for ((q, mut row), &weight) in self
            .q
            .rows()
            .into_iter()
            .zip(greedy.rows_mut())
            .zip(self.states)
        {
            let best = top(q, row.view());
            Zip::from(&mut row)
                .and(&q)
                .for_each(|p, &q| *p = if q == best { *p } else { 0.0 });
            let mass = row.sum();
            row /= mass;
            kl -= weight * mass.min(1.0).ln();
            value += weight * best;
        }
        Improved {
            temperature: 0.0,
            policy: greedy,
            kl,
            value,
        }
    }

    fn improved(&self, temperature: f64) -> Improved {
        let mut policy = self.policy.to_owned();
        for (q, mut row) in self.q.rows().into_iter().zip(policy.rows_mut()) {
            let tilted = tilt(q, row.view(), temperature);
            row.assign(&tilted.policy);
        }
        let kl = self.dual(temperature).kl;
        let value = (&policy * &self.q).sum_axis(Axis(1)).dot(&self.states);
        Improved {
            temperature,
            policy,
            kl,
            value,
        }
    }

    /// Logarithms of two temperatures with the root between them; none if the root is below 1e-300.
    fn bracket(&self) -> Option<(f64, f64)> {
        let too_cold = |log: f64| self.dual(log.exp()).slope < 0.0;
        let spread = self.q.iter().fold(f64::NEG_INFINITY, |m, x| m.max(*x))
            - self.q.iter().fold(f64::INFINITY, |m, x| m.min(*x));
        let mut log = spread.ln();
        let step = std::f64::consts::LN_2;
        if too_cold(log) {
            while too_cold(log + step) {
                log += step;
            }
            return Some((log, log + step));
        }
        while !too_cold(log - step) {
            log -= step;
            if log < -690.0 {
                return None;
            }
        }
        Some((log - step, log))
    }
}

/// A row tilted by its values.
struct Tilted {
    /// q ∝ π exp(Q/η).
    policy: Array1<f64>,
    /// η log E_π exp(Q/η).
    value: f64,
    /// KL(q ‖ π).
    kl: f64,
}

/// The largest value of an action with positive probability.
fn top(q: ArrayView1<'_, f64>, policy: ArrayView1<'_, f64>) -> f64 {
    Zip::from(&q).and(&policy).fold(
        f64::NEG_INFINITY,
        |m, &q, &p| if p > 0.0 { m.max(q) } else { m },
    )
}

/// Tilts a row. Warm, exponents are taken about the mean, so that a KL of 10⁻¹² keeps its digits;
/// cold, about the maximum, so that nothing overflows.
fn tilt(q: ArrayView1<'_, f64>, policy: ArrayView1<'_, f64>, temperature: f64) -> Tilted {
    let (best, mean) = (top(q, policy), policy.dot(&q));
    let warm = q.iter().all(|q| (q - mean).abs() < 0.5 * temperature);
    let centre = if warm { mean } else { best };
    let excess = Zip::from(&q).and(&policy).fold(0.0, |sum, &q, &p| {
        if p > 0.0 {
            sum + p * ((q - centre) / temperature).exp_m1()
        } else {
            sum
        }
    });
    let log_z = excess.ln_1p();
    let mut tilted = Array1::zeros(q.len());
    let mut kl = 0.0;
    Zip::from(&mut tilted)
        .and(&q)
        .and(&policy)
        .for_each(|slot, &q, &p| {
            if p > 0.0 {
                let log_ratio = (q - centre) / temperature - log_z;
                *slot = p * log_ratio.exp();
                kl += p * divergence_term(log_ratio);
            }
        });
    Tilted {
        policy: tilted,
        value: centre + temperature * log_z,
        kl,
    }
}

/// l eˡ − eˡ + 1 ≥ 0, whose mean under π is KL(q ‖ π) for l = ln q/π.
fn divergence_term(l: f64) -> f64 {
    if l == f64::NEG_INFINITY || l < -700.0 {
        1.0
    } else if l.abs() < 1e-2 {
        // Σ lᵏ (k − 1)/k!
        l * l
            * (0.5
                + l * (1.0 / 3.0 + l * (0.125 + l * (1.0 / 30.0 + l * (1.0 / 144.0 + l / 840.0)))))
    } else {
        l * l.exp() - l.exp_m1()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    struct Fixture {
        q: Array2<f64>,
        policy: Array2<f64>,
        states: Array1<f64>,
    }

    impl Fixture {
        fn new() -> Self {
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

        fn step(&self, kl_bound: f64) -> EStep<'_> {
            EStep {
                q: self.q.view(),
                policy: self.policy.view(),
                states: self.states.view(),
                kl_bound,
            }
        }

        /// E_μ KL(q ‖ π), by its definition.
        fn kl(&self, policy: &Array2<f64>) -> f64 {
            let term = |q: f64, p: f64| if q > 0.0 { q * (q / p).ln() } else { 0.0 };
            let terms = Zip::from(policy)
                .and(&self.policy)
                .map_collect(|&q, &p| term(q, p));
            terms.sum_axis(Axis(1)).dot(&self.states)
        }

        /// g(η), by its definition.
        fn g(&self, kl_bound: f64, eta: f64) -> f64 {
            let z = (&self.policy * &self.q.mapv(|q| (q / eta).exp())).sum_axis(Axis(1));
            eta * kl_bound + eta * z.mapv(f64::ln).dot(&self.states)
        }
    }

    #[test]
    fn mpo_11_value_slope_and_curvature_are_those_of_the_definition() {
        let fixture = Fixture::new();
        for eta in [0.4, 1.3, 5.0] {
            let dual = temperature_dual(fixture.step(0.1), eta).unwrap();
            let g = |eta| fixture.g(0.1, eta);
            assert!((dual.value - g(eta)).abs() < 1e-13);
            let h = 1e-5;
            assert!((dual.slope - (g(eta + h) - g(eta - h)) / (2.0 * h)).abs() < 1e-8);
            let slope = |eta| temperature_dual(fixture.step(0.1), eta).unwrap().slope;
            assert!((dual.curvature - (slope(eta + h) - slope(eta - h)) / (2.0 * h)).abs() < 1e-8);
            assert!((dual.slope - (0.1 - dual.kl)).abs() < 1e-15);
        }
    }

    #[test]
    fn mpo_11_the_root_is_the_minimum_of_a_grid_and_the_gap_is_nil() {
        let fixture = Fixture::new();
        for kl_bound in [1e-3, 0.1, 0.5] {
            let improved = solve_temperature(fixture.step(kl_bound)).unwrap();
            let eta = improved.temperature;
            let best = (1..200_000)
                .map(|i| f64::from(i) * 5e-4)
                .filter(|x| *x > 0.05)
                .map(|x| (fixture.g(kl_bound, x), x))
                .fold((f64::INFINITY, 0.0), |m, x| if x.0 < m.0 { x } else { m });
            assert!(
                (best.1 - eta).abs() < 1e-3 * (1.0 + eta),
                "{kl_bound}: {eta} {}",
                best.1
            );
            assert!((fixture.kl(&improved.policy) - kl_bound).abs() < 1e-12);
            assert!((improved.value - fixture.g(kl_bound, eta)).abs() < 1e-11);
            assert!(
                (improved.policy.sum_axis(Axis(1)) - 1.0)
                    .iter()
                    .all(|x| x.abs() < 1e-14)
            );
        }
    }

    #[test]
    fn mpo_11_no_policy_within_the_bound_does_better() {
        // One state, three actions: every policy of a fine grid.
        let fixture = Fixture {
            q: array![[1.0, -0.5, 2.0]],
            policy: array![[0.5, 0.3, 0.2]],
            states: array![1.0],
        };
        let improved = solve_temperature(fixture.step(0.1)).unwrap();
        let mut best = f64::NEG_INFINITY;
        for i in 0..=500 {
            for j in 0..=500 - i {
                let (x, y) = (f64::from(i) / 500.0, f64::from(j) / 500.0);
                let policy = array![[x, y, (1.0 - x - y).max(0.0)]];
                if fixture.kl(&policy) <= 0.1 {
                    best = best.max((&policy * &fixture.q).sum());
                }
            }
        }
        assert!(improved.value >= best - 1e-12 && improved.value - best < 5e-3);
    }

    #[test]
    fn mpo_11_a_bound_that_does_not_bind_gives_the_best_actions() {
        let fixture = Fixture::new();
        // −E log π(argmax), by hand: argmax 2, 1, 2.
        let edge = -(0.5 * 0.1_f64.ln() + 0.2 * 0.05_f64.ln() + 0.3 * 0.3_f64.ln());
        let beyond = solve_temperature(fixture.step(edge * 1.0001)).unwrap();
        assert_eq!(beyond.temperature, 0.0);
        assert!((beyond.kl - edge).abs() < 1e-15);
        assert_eq!(beyond.policy.row(0), array![0.0, 0.0, 1.0, 0.0]);
        let inside = solve_temperature(fixture.step(edge * 0.9999)).unwrap();
        assert!(inside.temperature > 0.01 && inside.temperature < 0.5);
        assert!((inside.kl - edge * 0.9999).abs() < 1e-12);
        // All the same: nothing to gain, whatever the bound.
        let flat = Fixture {
            q: array![[2.0, 2.0]],
            policy: array![[0.3, 0.7]],
            states: array![1.0],
        };
        let kept = solve_temperature(flat.step(1e-6)).unwrap();
        assert_eq!((kept.temperature, kept.policy), (0.0, flat.policy));
    }

    #[test]
    fn tiny_bounds_and_large_values_keep_their_digits() {
        let mut fixture = Fixture::new();
        for scale in [1e-6, 1.0, 1e6] {
            fixture.q = Fixture::new().q * scale;
            // KL = ½ E Var_π(Q) / η² to first order.
            let mean = (&fixture.policy * &fixture.q)
                .sum_axis(Axis(1))
                .insert_axis(Axis(1));
            let square = (&fixture.q - &mean).mapv(|x| x * x);
            let variance = (&fixture.policy * &square)
                .sum_axis(Axis(1))
                .dot(&fixture.states);
            let improved = solve_temperature(fixture.step(1e-12)).unwrap();
            let expected = (variance / 2e-12).sqrt();
            assert!(
                (improved.temperature / expected - 1.0).abs() < 1e-5,
                "scale {scale}"
            );
        }
        fixture.q = Fixture::new().q + 1e4;
        let shifted = solve_temperature(fixture.step(0.1)).unwrap();
        let plain = solve_temperature(Fixture::new().step(0.1)).unwrap();
        assert!((shifted.temperature / plain.temperature - 1.0).abs() < 1e-9);
    }

    #[test]
    fn mpo_18_the_lagrangian_is_stationary_and_the_printed_multiplier_is_not() {
        let fixture = Fixture::new();
        let improved = solve_temperature(fixture.step(0.1)).unwrap();
        let eta = improved.temperature;
        for s in 0..3 {
            let z: f64 = (0..4)
                .map(|a| fixture.policy[[s, a]] * (fixture.q[[s, a]] / eta).exp())
                .sum();
            let gamma = eta * z.ln() - eta;
            assert!(((-(eta + gamma) / eta).exp() * z - 1.0).abs() < 1e-12);
            for a in 0..4 {
                // ∂/∂q of q Q − η q log(q/π) − γ q.
                let slope = |gamma: f64| {
                    let log_ratio = (improved.policy[[s, a]] / fixture.policy[[s, a]]).ln();
                    fixture.q[[s, a]] - eta * log_ratio - (eta + gamma)
                };
                assert!(slope(gamma).abs() < 1e-11);
                assert!(slope(-gamma).abs() > 0.1);
            }
        }
    }

    #[test]
    fn bad_problems_are_refused() {
        let fixture = Fixture::new();
        assert!(solve_temperature(fixture.step(0.0)).is_err());
        assert!(temperature_dual(fixture.step(0.1), 0.0).is_err());
        let broken = Fixture {
            policy: &fixture.policy * 1.1,
            ..Fixture::new()
        };
        assert!(matches!(
            solve_temperature(broken.step(0.1)),
            Err(Error::NotADistribution {
                name: "the policy",
                row: 0,
                ..
            })
        ));
        let broken = Fixture {
            q: &fixture.q / 0.0,
            ..Fixture::new()
        };
        assert!(solve_temperature(broken.step(0.1)).is_err());
    }
}
