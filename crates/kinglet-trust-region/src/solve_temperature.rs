//! The E-step's temperature, solved as what it is: a root in one dimension.

use crate::{EStep, Error, Improved};

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
/// Those of [`temperature_dual`](crate::temperature_dual()).
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
    Ok(step.bracket().map_or(greedy, |bracket| {
        let (log_temperature, _) = step.root(bracket);
        step.improved(log_temperature.exp())
    }))
}

impl EStep<'_> {
    /// The logarithm of the temperature at which the bound is met, and how often the dual was asked.
    fn root(&self, (mut lo, mut hi): (f64, f64)) -> (f64, usize) {
        let mut log_temperature = 0.5 * (lo + hi);
        for asked in 1..=200 {
            let dual = self.dual(log_temperature.exp());
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
                return (next, asked);
            }
            log_temperature = next;
        }
        (log_temperature, 200)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::e_step_fixture::Fixture;
    use crate::temperature_dual;
    use ndarray::{Axis, array};

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

    #[test]
    fn newton_steps_halve_no_more_than_they_must() {
        let fixture = Fixture::new();
        for kl_bound in [1e-6, 1e-3, 0.1, 0.5, 1.0] {
            let step = fixture.step(kl_bound);
            let (log, asked) = step.root(step.bracket().unwrap());
            assert!((step.dual(log.exp()).kl / kl_bound - 1.0).abs() < 1e-9);
            assert!(asked <= 25, "{kl_bound}: {asked}"); // halving alone needs fifty
        }
    }
}
