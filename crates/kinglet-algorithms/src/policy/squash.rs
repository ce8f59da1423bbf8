//! What the tanh behind a normal adds.

use std::f64::consts::{LN_2, PI};
use std::sync::LazyLock;

use kinglet_nn::Scalar;

/// Σ ln(1 − tanh² u) = Σ 2 (ln 2 − |u| − ln(1 + e^(−2|u|))), right for every u.
pub(super) fn log_slope<S: Scalar>(u: &[S]) -> S {
    u.iter().map(|u| one(*u).0).sum()
}

/// ln(1 − tanh² u) and its derivative −2 tanh u.
fn one<S: Scalar>(u: S) -> (S, S) {
    let (two, size) = (S::from_f64(2.0), u.abs());
    let e = (-two * size).exp();
    let value = two * (S::from_f64(LN_2) - size - e.ln_1p());
    (value, -two * (S::one() - e) / (S::one() + e) * u.signum())
}

/// Σ E[ln(1 − tanh² u)] under the law, which the entropy of tanh u has beyond that of u.
pub(super) fn entropy<S: Scalar>(law: &[S]) -> S {
    each(law).map(|(_, [value, _, _])| value).sum()
}

/// d += w times the gradient of [`entropy`].
pub(super) fn weigh_entropy<S: Scalar>(law: &[S], w: S, d: &mut [S]) {
    let n = law.len() / 2;
    for (i, [_, d_mean, d_log_std]) in each(law) {
        d[i] += w * d_mean;
        d[n + i] += w * d_log_std;
    }
}

fn each<S: Scalar>(law: &[S]) -> impl Iterator<Item = (usize, [S; 3])> {
    let (mean, log_std) = law.split_at(law.len() / 2);
    let pairs = mean.iter().zip(log_std);
    pairs
        .map(|(mean, log_std)| integral(*mean, log_std.exp()))
        .enumerate()
}

/// Nodes of the trapezoidal rule on [−8, 8], a quarter apart, and their weights under N(0, 1).
static NODES: LazyLock<[(f64, f64); 65]> = LazyLock::new(|| {
    std::array::from_fn(|k| {
        let x = 0.25 * (k as f64 - 32.0);
        (x, 0.25 * (-0.5 * x * x).exp() / (2.0 * PI).sqrt())
    })
});

/// E[ln(1 − tanh² u)], u ~ N(μ, σ²), and its derivatives by μ and ln σ.
///
/// The trapezoidal rule converges exponentially here; the poles of the integrand at ±iπ/2 leave e^(−39/σ), a few
/// billionths at σ = 2.
fn integral<S: Scalar>(mean: S, std: S) -> [S; 3] {
    let mut sum = [S::zero(); 3];
    for (x, w) in NODES.iter() {
        let (x, w) = (S::from_f64(*x), S::from_f64(*w));
        let (value, slope) = one(mean + std * x);
        sum[0] += w * value;
        sum[1] += w * slope;
        sum[2] += w * slope * std * x;
    }
    sum
}
