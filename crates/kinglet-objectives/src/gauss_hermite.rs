//! Gauss–Hermite quadrature: the exact expectation over a standard normal number.

use ndarray::Array1;

/// The largest order: its polynomials still fit into f64 with room to spare.
const MOST_NODES: usize = 200;
/// Halvings that separate a root from its neighbours, and steps of Newton that finish it.
const HALVINGS: usize = 26;
const NEWTON_STEPS: usize = 3;

/// Nodes and weights of an expectation over N(0, 1). Made by [`gauss_hermite`].
#[derive(Clone, Debug, PartialEq)]
pub struct Quadrature {
    /// xᵢ, `[n]`, ascending and symmetric about 0.
    pub nodes: Array1<f64>,
    /// wᵢ, `[n]`, positive; they sum to one.
    pub weights: Array1<f64>,
}

/// The expectation over a standard normal number as a sum of n terms, exact where f is a polynomial of degree up to
/// 2n − 1. Catalogue: XU-01.
///
/// ```text
/// E[f(ξ)] ≈ Σᵢ wᵢ f(xᵢ),  ξ ~ N(0, 1)
/// hₙ(xᵢ) = 0,  wᵢ = 1 / (n hₙ₋₁(xᵢ)²),  √(k + 1) hₖ₊₁ = x hₖ − √k hₖ₋₁
/// ```
///
/// The hₖ are Hermite's polynomials, made orthonormal under N(0, 1). Sixty nodes serve any smooth f of moderate growth.
///
/// # Shapes
/// Nodes and weights: `[n]`.
/// # Panics
/// If `n` is 0 or above 200.
/// # Source
/// Golub 1969, for the recurrence and the weights.
/// # Example
/// ```
/// use kinglet_objectives::gauss_hermite;
///
/// let two = gauss_hermite(2); // ±1, each with weight ½
/// assert!((two.nodes[1] - 1.0).abs() < 1e-15 && (two.weights[0] - 0.5).abs() < 1e-15);
/// let mean = gauss_hermite(40).mean(f64::exp); // E[e^ξ] = √e
/// assert!((mean - 0.5_f64.exp()).abs() < 1e-14);
/// ```
pub fn gauss_hermite(n: usize) -> Quadrature {
    assert!(
        (1..=MOST_NODES).contains(&n),
        "{n} nodes were asked for; it must be 1 to {MOST_NODES}"
    );
    let mut nodes = Array1::zeros(n);
    for i in 0..n / 2 {
        let root = positive_root(n, i);
        (nodes[n - 1 - i], nodes[i]) = (root, -root);
    }
    let weights = nodes.mapv(|x| (n as f64 * polynomials(n, x).1.powi(2)).recip());
    let sum = weights.sum();
    Quadrature {
        nodes,
        weights: weights / sum,
    }
}

impl Quadrature {
    /// Σᵢ wᵢ f(xᵢ).
    pub fn mean(&self, f: impl Fn(f64) -> f64) -> f64 {
        let terms = self.nodes.iter().zip(&self.weights);
        terms.map(|(&x, w)| w * f(x)).sum()
    }
}

/// The root of hₙ that has `above` others above it.
fn positive_root(n: usize, above: usize) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * (n as f64).sqrt());
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if roots_above(n, middle) > above {
            low = middle;
        } else {
            high = middle;
        }
    }
    let newton = |x: f64, _| {
        let (h, before) = polynomials(n, x);
        x - h / ((n as f64).sqrt() * before)
    };
    (0..NEWTON_STEPS).fold(0.5 * (low + high), newton)
}

/// hₙ(x) and hₙ₋₁(x).
fn polynomials(n: usize, x: f64) -> (f64, f64) {
    walk(n, x, |_, _| {})
}

/// How many roots of hₙ lie above x: Sturm's count of the changes of sign in h₀(x), …, hₙ(x).
fn roots_above(n: usize, x: f64) -> usize {
    let mut changes = 0;
    walk(n, x, |before, h| {
        changes += usize::from((before < 0.0) != (h < 0.0));
    });
    changes
}

/// The recurrence from h₀ = 1, with a look at each pair of neighbours.
fn walk(n: usize, x: f64, mut look: impl FnMut(f64, f64)) -> (f64, f64) {
    let (mut h, mut before) = (1.0, 0.0);
    for k in 0..n {
        let next = (x * h - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt();
        (h, before) = (next, h);
        look(before, h);
    }
    (h, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_up_to_twice_the_order_is_exact() {
        for n in [1, 2, 3, 4, 5, 8, 13, 20] {
            let rule = gauss_hermite(n);
            let mut moment = 1.0; // E[ξ^{2k}] = (2k − 1)!!
            for k in 0..n {
                let even = rule.mean(|x| x.powi(2 * k as i32));
                assert!(
                    (even / moment - 1.0).abs() < 1e-12,
                    "n {n}, power {}",
                    2 * k
                );
                let odd = rule.mean(|x| x.powi(2 * k as i32 + 1));
                assert!(odd.abs() < 1e-12 * moment * (2 * k + 1) as f64);
                moment *= (2 * k + 1) as f64;
            }
            // One power further it is wrong by n!, the squared norm of the monic polynomial.
            let beyond = moment - rule.mean(|x| x.powi(2 * n as i32));
            let factorial: f64 = (1..=n).map(|k| k as f64).product();
            assert!((beyond / factorial - 1.0).abs() < 1e-4, "n {n}");
        }
    }

    #[test]
    fn the_largest_rules_are_accurate_too() {
        for n in [60, 100, 199, 200] {
            let rule = gauss_hermite(n);
            assert!((rule.weights.sum() - 1.0).abs() < 1e-14);
            assert!(rule.weights.iter().all(|&w| w > 0.0));
            assert!(rule.nodes.windows(2).into_iter().all(|w| w[0] < w[1]));
            for t in [0.5, 1.0, 2.0, 3.0] {
                let mean = rule.mean(|x| (t * x).exp());
                assert!(
                    (mean / (0.5 * t * t).exp() - 1.0).abs() < 1e-12,
                    "n {n}, t {t}"
                );
                let wave = rule.mean(|x| (t * x).cos());
                assert!((wave - (-0.5 * t * t).exp()).abs() < 1e-13, "n {n}, t {t}");
            }
        }
    }

    #[test]
    fn the_five_point_rule_in_closed_form() {
        let rule = gauss_hermite(5);
        let ten = 10_f64.sqrt();
        let expected = [0.0, (5.0 - ten).sqrt(), (5.0 + ten).sqrt()];
        for (i, x) in expected.iter().enumerate() {
            assert!((rule.nodes[2 + i] - x).abs() < 1e-15);
            assert!((rule.nodes[2 - i] + x).abs() < 1e-15);
        }
        assert!((rule.weights[2] - 8.0 / 15.0).abs() < 1e-15);
        assert!((rule.weights[3] - (7.0 + 2.0 * ten) / 60.0).abs() < 1e-15);
    }

    #[test]
    #[should_panic(expected = "201 nodes")]
    fn more_nodes_than_the_recurrence_holds_are_refused() {
        gauss_hermite(201);
    }
}
