//! A policy tilted by its values: q ∝ π exp(Q/η).

use ndarray::{Array1, ArrayView1, Zip};

/// A row tilted by its values.
pub(crate) struct Tilted {
    /// q ∝ π exp(Q/η).
    pub(crate) policy: Array1<f64>,
    /// η log E_π exp(Q/η).
    pub(crate) value: f64,
    /// KL(q ‖ π).
    pub(crate) kl: f64,
}

/// The largest value of an action with positive probability.
pub(crate) fn top(q: ArrayView1<'_, f64>, policy: ArrayView1<'_, f64>) -> f64 {
    Zip::from(&q).and(&policy).fold(
        f64::NEG_INFINITY,
        |m, &q, &p| if p > 0.0 { m.max(q) } else { m },
    )
}

/// Tilts a row. Warm, exponents are taken about the mean, so that a KL of 10⁻¹² keeps its digits;
/// cold, about the maximum, so that nothing overflows.
pub(crate) fn tilt(
    q: ArrayView1<'_, f64>,
    policy: ArrayView1<'_, f64>,
    temperature: f64,
) -> Tilted {
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

    /// The derivative of l eˡ − eˡ + 1 is l eˡ: the integral from 0, by Simpson's rule.
    fn integral(l: f64) -> f64 {
        let f = |x: f64| x * x.exp();
        let h = l / 200.0;
        let pairs = (0..100).map(|i| 2.0 * h * f64::from(i));
        let sum: f64 = pairs.map(|x| f(x) + 4.0 * f(x + h) + f(x + 2.0 * h)).sum();
        sum * h / 3.0
    }

    #[test]
    fn both_branches_of_a_divergence_term_are_its_integral() {
        for l in [1e-9, 1e-4, 2e-3, 9.9e-3, 1.1e-2, 0.1] {
            for l in [l, -l] {
                let off = divergence_term(l) / integral(l) - 1.0;
                assert!(off.abs() < 3e-12, "{l}: {off}");
            }
        }
        assert_eq!(divergence_term(f64::NEG_INFINITY), 1.0);
        assert_eq!(divergence_term(-800.0), 1.0);
    }

    #[test]
    fn warm_and_cold_tilts_agree_where_they_meet() {
        let (q, policy) = (array![1.0, 0.0, 0.4], array![0.2, 0.5, 0.3]);
        for temperature in [1.3, 1.4] {
            let tilted = tilt(q.view(), policy.view(), temperature);
            let z: f64 = (&policy * &q.mapv(|q: f64| (q / temperature).exp())).sum();
            assert!((tilted.value - temperature * z.ln()).abs() < 1e-14);
            let kl = (&q / temperature - z.ln()).dot(&tilted.policy);
            assert!((tilted.kl - kl).abs() < 1e-14);
        }
        // An action that is never taken counts for nothing, however high its value.
        let barred = tilt(array![9.0, 1.0].view(), array![0.0, 1.0].view(), 0.1);
        assert_eq!(
            (barred.policy, barred.value, barred.kl),
            (array![0.0, 1.0], 1.0, 0.0)
        );
    }
}
