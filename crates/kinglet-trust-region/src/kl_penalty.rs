//! The KL penalty, its adaptive coefficient, and the policies it leads to.

use crate::Error;
use crate::bisect::bisect;
use crate::check::{constant, distribution, finite, not_negative, positive};
use ndarray::{Array1, ArrayView1, NdFloat};

/// The coefficient of a KL penalty, and the divergence it aims at. Catalogue: DECK-21, XU-25.
///
/// ```text
/// maximise  L(θ) − β KL(π_old ‖ π_θ)
/// β ← β / 2  when KL < d / 1.5        β ← 2 β  when KL > 1.5 d
/// ```
///
/// The sign is minus: with plus the ascent runs away from the old policy. The rule by which β
/// adapts is our choice among many (the one that is best known); only its effect is promised, that
/// β moves towards KL ≈ d.
///
/// # Source
/// Schulman 2017, section 4.
/// # Example
/// ```
/// use kinglet_trust_region::KlPenalty;
/// let mut penalty = KlPenalty::new(1.0, 0.01)?;
/// assert_eq!(penalty.penalise(3.0, 0.5), 2.5);
/// penalty.adapt(0.02)?; // too far: a heavier penalty
/// assert_eq!(penalty.coefficient, 2.0);
/// penalty.adapt(0.01)?; // on target
/// assert_eq!(penalty.coefficient, 2.0);
/// penalty.adapt(0.001)?; // too timid: a lighter one
/// assert_eq!(penalty.coefficient, 1.0);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KlPenalty<S = f64> {
    /// β > 0, in units of the surrogate per nat.
    pub coefficient: S,
    /// d > 0, nats.
    pub kl_target: S,
}

impl<S: NdFloat> KlPenalty<S> {
    /// From a first coefficient and the divergence aimed at.
    ///
    /// # Errors
    /// [`Error::NotPositive`] when one of them is not positive and finite.
    pub fn new(coefficient: S, kl_target: S) -> Result<Self, Error> {
        positive("coefficient", coefficient)?;
        positive("kl_target", kl_target)?;
        Ok(Self {
            coefficient,
            kl_target,
        })
    }

    /// L − β KL, to be maximised.
    pub fn penalise(&self, surrogate: S, kl: S) -> S {
        surrogate - self.coefficient * kl
    }

    /// Halves or doubles the coefficient after an update that moved the policy by `kl`.
    ///
    /// The coefficient stays within 10⁻⁶ and 10⁶ times its unit, so that it can come back.
    ///
    /// # Errors
    /// [`Error::Negative`] when `kl` is NaN, infinite or below 0; the coefficient is then unchanged.
    pub fn adapt(&mut self, kl: S) -> Result<(), Error> {
        not_negative("kl", kl)?;
        let (two, slack) = (constant::<S>(2.0), constant::<S>(1.5));
        if kl < self.kl_target / slack {
            self.coefficient = (self.coefficient / two).max(constant(1e-6));
        } else if kl > self.kl_target * slack {
            self.coefficient = (self.coefficient * two).min(constant(1e6));
        }
        Ok(())
    }
}

/// The policy that maximises E_π\[A\] − β KL(π ‖ π_old). Catalogue: DECK-21.
///
/// ```text
/// π(a) = π_old(a) exp(A(a) / β) / Z
/// ```
///
/// # Shapes
/// `old`, `advantage`: `[A]`; `coefficient`, β, in units of the advantage. Returns `[A]`.
/// # Errors
/// When `old` is no distribution, an advantage is not finite, or β is not positive.
/// # Panics
/// When the shapes differ.
/// # Source
/// Peters 2010.
/// # Example
/// ```
/// use kinglet_trust_region::penalised_optimum_reverse;
/// use ndarray::array;
/// let policy = penalised_optimum_reverse(array![0.5, 0.5].view(), array![3.0_f64.ln(), 0.0].view(), 1.0)?;
/// assert!((policy[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn penalised_optimum_reverse(
    old: ArrayView1<'_, f64>,
    advantage: ArrayView1<'_, f64>,
    coefficient: f64,
) -> Result<Array1<f64>, Error> {
    check(old, advantage, coefficient)?;
    let top = top(old, advantage);
    let mut policy = Array1::zeros(old.len());
    for ((slot, &p), &a) in policy.iter_mut().zip(&old).zip(&advantage) {
        *slot = if p > 0.0 {
            p * ((a - top) / coefficient).exp()
        } else {
            0.0
        };
    }
    let sum = policy.sum();
    Ok(policy / sum)
}

/// The policy that maximises E_π\[A\] − β KL(π_old ‖ π). Catalogue: DECK-21.
///
/// ```text
/// π(a) = β π_old(a) / (ν − A(a)),      ν > max A with Σₐ π(a) = 1
/// ```
///
/// Another policy than that of [`penalised_optimum_reverse`]; they agree to first order in A / β.
/// The support is that of the old policy: an action that it never took is not looked at.
///
/// # Shapes
/// `old`, `advantage`: `[A]`; `coefficient`, β, in units of the advantage. Returns `[A]`.
/// # Errors
/// When `old` is no distribution, an advantage is not finite, or β is not positive.
/// # Panics
/// When the shapes differ.
/// # Source
/// Grill 2020.
/// # Example
/// ```
/// use kinglet_trust_region::penalised_optimum_forward;
/// use ndarray::array;
/// // ν = 2: ½ / 2 and ½ / (2 − 4/3).
/// let policy =
///     penalised_optimum_forward(array![0.5, 0.5].view(), array![0.0, 4.0 / 3.0].view(), 1.0)?;
/// assert!((policy[0] - 0.25).abs() < 1e-14 && (policy[1] - 0.75).abs() < 1e-14);
/// # Ok::<(), kinglet_trust_region::Error>(())
/// ```
pub fn penalised_optimum_forward(
    old: ArrayView1<'_, f64>,
    advantage: ArrayView1<'_, f64>,
    coefficient: f64,
) -> Result<Array1<f64>, Error> {
    check(old, advantage, coefficient)?;
    let top = top(old, advantage);
    // In x = (ν − max A) / β the sum falls from at least 1 at x = π_old(argmax) to at most 1 at 1.
    let at = |x: f64| -> Array1<f64> {
        let term = |p: f64, a: f64| {
            if p > 0.0 {
                p / (x + (top - a) / coefficient)
            } else {
                0.0
            }
        };
        old.iter()
            .zip(&advantage)
            .map(|(&p, &a)| term(p, a))
            .collect()
    };
    let best = old
        .iter()
        .zip(&advantage)
        .filter(|(_, a)| **a == top)
        .map(|(p, _)| p);
    let least = best.fold(0.0_f64, |m, p| m.max(*p));
    let policy = at(bisect(least, 1.0, |x| at(x).sum() > 1.0));
    let sum = policy.sum();
    Ok(policy / sum)
}

/// The largest advantage of an action that the old policy takes.
fn top(old: ArrayView1<'_, f64>, advantage: ArrayView1<'_, f64>) -> f64 {
    let taken = old.iter().zip(&advantage).filter(|(p, _)| **p > 0.0);
    taken.fold(f64::NEG_INFINITY, |m, (_, a)| m.max(*a))
}

fn check(
    old: ArrayView1<'_, f64>,
    advantage: ArrayView1<'_, f64>,
    coefficient: f64,
) -> Result<(), Error> {
    assert_eq!(
        old.dim(),
        advantage.dim(),
        "shapes of the policy and of the advantages differ"
    );
    distribution("the old policy", 0, old)?;
    finite("the advantages", &advantage)?;
    positive("coefficient", coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::softmax_fixture::kl;
    use ndarray::array;

    /// The best of a grid over the simplex of three actions.
    fn grid_best(f: impl Fn(&Array1<f64>) -> f64) -> (f64, Array1<f64>) {
        let mut best = (f64::NEG_INFINITY, array![0.0, 0.0, 0.0]);
        for i in 1..400 {
            for j in 1..400 - i {
                let (x, y) = (f64::from(i) / 400.0, f64::from(j) / 400.0);
                let policy = array![x, y, 1.0 - x - y];
                let value = f(&policy);
                if value > best.0 {
                    best = (value, policy);
                }
            }
        }
        best
    }

    #[test]
    fn deck_21_both_optima_beat_a_grid_of_policies() {
        let old = array![0.2, 0.5, 0.3];
        let advantage = array![1.0, -0.6, 0.3];
        let beta = 0.7;
        let reverse = penalised_optimum_reverse(old.view(), advantage.view(), beta).unwrap();
        let forward = penalised_optimum_forward(old.view(), advantage.view(), beta).unwrap();
        let by_reverse = |p: &Array1<f64>| p.dot(&advantage) - beta * kl(p, &old);
        let by_forward = |p: &Array1<f64>| p.dot(&advantage) - beta * kl(&old, p);
        for (got, best, value) in [
            (&reverse, grid_best(by_reverse), by_reverse(&reverse)),
            (&forward, grid_best(by_forward), by_forward(&forward)),
        ] {
            assert!(value >= best.0 && value - best.0 < 1e-4);
            assert!(
                (got - &best.1).iter().all(|off| off.abs() < 0.01),
                "{got} {}",
                best.1
            );
            assert!((got.sum() - 1.0).abs() < 1e-14);
        }
        // Two policies, not one.
        assert!((&reverse - &forward).iter().any(|off| off.abs() > 0.02));
    }

    #[test]
    fn deck_21_the_penalised_objective_is_largest_at_its_optimum() {
        let (old, advantage) = (array![0.2, 0.5, 0.3], array![1.0, -0.6, 0.3]);
        let penalty = KlPenalty::new(0.7, 0.01).unwrap();
        let value = |p: &Array1<f64>| penalty.penalise(p.dot(&advantage), kl(&old, p));
        let best = penalised_optimum_forward(old.view(), advantage.view(), 0.7).unwrap();
        for (i, j) in [(0, 1), (1, 2), (2, 0), (1, 0)] {
            let mut other = best.clone();
            other[i] += 0.02;
            other[j] -= 0.02;
            assert!(value(&best) > value(&other));
        }
    }

    #[test]
    fn deck_21_the_two_orders_agree_as_the_penalty_grows() {
        let old = array![0.2, 0.5, 0.3];
        let advantage = array![1.0, -0.6, 0.3];
        let gap = |beta| {
            let a = penalised_optimum_reverse(old.view(), advantage.view(), beta).unwrap();
            let b = penalised_optimum_forward(old.view(), advantage.view(), beta).unwrap();
            (a - b).mapv(f64::abs).sum()
        };
        let slope = (gap(50.0) / gap(100.0)).log2();
        assert!((1.9..2.1).contains(&slope), "slope {slope}");
    }

    #[test]
    fn actions_never_taken_stay_so_and_ties_share() {
        let old = array![0.5, 0.0, 0.5];
        let advantage = array![1.0, 9.0, 1.0];
        for optimum in [penalised_optimum_reverse, penalised_optimum_forward] {
            let policy = optimum(old.view(), advantage.view(), 0.01).unwrap();
            assert!((policy - &old).iter().all(|off| off.abs() < 1e-14));
        }
    }

    #[test]
    fn large_advantages_do_not_overflow() {
        let (old, advantage) = (array![0.5, 0.5], array![2000.0, 1999.0]);
        let policy = penalised_optimum_reverse(old.view(), advantage.view(), 1.0).unwrap();
        assert!((policy[0] - 1.0 / (1.0 + (-1.0_f64).exp())).abs() < 1e-15);
    }

    /// Gradient ascent on E_π[A] + sign · β KL(π_old ‖ π) in the logits of two actions.
    fn ascend(sign: f64, steps: usize) -> f64 {
        let mut logit = 0.0_f64;
        for _ in 0..steps {
            let p = 1.0 / (1.0 + (-logit).exp());
            // ∂E[A] = p (1 − p) (A₁ − A₂); ∂KL(½‖π) = p − ½.
            logit += 0.5 * (p * (1.0 - p) * 0.8 + sign * 0.7 * (p - 0.5));
        }
        let p = 1.0 / (1.0 + (-logit).exp());
        kl(&array![0.5, 0.5], &array![p, 1.0 - p])
    }

    #[test]
    fn deck_21_with_minus_the_divergence_is_bounded_and_with_plus_it_runs_away() {
        assert!((ascend(-1.0, 400) - ascend(-1.0, 800)).abs() < 1e-12);
        assert!(ascend(-1.0, 400) < 0.2);
        assert!(ascend(1.0, 100) > 5.0 && ascend(1.0, 200) > ascend(1.0, 100) + 5.0);
        let optimum =
            penalised_optimum_forward(array![0.5, 0.5].view(), array![0.8, 0.0].view(), 0.7);
        assert!((ascend(-1.0, 800) - kl(&array![0.5, 0.5], &optimum.unwrap())).abs() < 1e-12);
    }

    #[test]
    fn deck_21_the_adaptive_rule_settles_near_its_target() {
        let old = array![0.2, 0.5, 0.3];
        let advantage = array![1.0, -0.6, 0.3];
        for start in [1e-3, 1.0, 1e4] {
            let mut penalty = KlPenalty::new(start, 0.02).unwrap();
            let mut last = f64::NAN;
            for _ in 0..60 {
                let new =
                    penalised_optimum_forward(old.view(), advantage.view(), penalty.coefficient);
                last = kl(&old, &new.unwrap());
                penalty.adapt(last).unwrap();
            }
            // Doubling β quarters the KL at most: the band of 2.25 may be jumped over, not 4.
            assert!((0.005..0.08).contains(&last), "from {start}: {last}");
        }
    }

    #[test]
    fn an_undefined_divergence_changes_nothing() {
        let mut penalty = KlPenalty::new(1.0_f32, 0.01).unwrap();
        assert!(penalty.adapt(f32::NAN).is_err());
        assert!(penalty.adapt(-1e-3).is_err());
        assert_eq!(penalty.coefficient, 1.0);
        for _ in 0..100 {
            penalty.adapt(0.0).unwrap();
        }
        assert_eq!(penalty.coefficient, 1e-6);
        for _ in 0..100 {
            penalty.adapt(1.0).unwrap();
        }
        assert_eq!(penalty.coefficient, 1e6);
        assert!(KlPenalty::new(0.0, 0.1).is_err() && KlPenalty::new(1.0, -0.1).is_err());
    }
}
