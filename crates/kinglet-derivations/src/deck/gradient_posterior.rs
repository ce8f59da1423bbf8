//! The posterior of a gradient without the crate that computes it: gains, grids and integrals.

use ndarray::{Array1, Array2, array};

/// m₀ and S₀ of two components.
pub(super) fn prior_moments() -> (Array1<f64>, Array2<f64>) {
    (array![0.1, -0.2], array![[0.5, 0.1], [0.1, 0.3]])
}

/// The direction along which a step is judged.
pub(super) fn direction() -> Array1<f64> {
    array![0.5, 0.4]
}

/// m ← m + K (ĝ − m), S ← S − K S, with K = S (S + R)⁻¹.
pub(super) fn kalman(noise: &Array2<f64>, gradients: &Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let (mut mean, mut covariance) = prior_moments();
    for gradient in gradients.rows() {
        let gain = covariance.dot(&inverse(&(&covariance + noise)));
        mean = &mean + &gain.dot(&(&gradient - &mean));
        covariance = &covariance - &gain.dot(&covariance);
    }
    (mean, covariance)
}

pub(super) fn inverse(a: &Array2<f64>) -> Array2<f64> {
    let det = a[[0, 0]] * a[[1, 1]] - a[[0, 1]] * a[[1, 0]];
    array![[a[[1, 1]], -a[[0, 1]]], [-a[[1, 0]], a[[0, 0]]]] / det
}

/// Mean and covariance of prior × likelihood on a grid of ten deviations each way.
pub(super) fn grid(
    (near, width): (&Array1<f64>, &Array1<f64>),
    noise: &Array2<f64>,
    gradients: &Array2<f64>,
) -> (Array1<f64>, Array2<f64>) {
    let (m, s) = prior_moments();
    let (prior_precision, precision) = (inverse(&s), inverse(noise));
    let log = |g: &Array1<f64>| {
        let form = |p: &Array2<f64>, x: Array1<f64>| x.dot(&p.dot(&x));
        let seen = gradients.rows().into_iter();
        let seen: f64 = seen.map(|row| form(&precision, &row - g)).sum();
        -0.5 * (form(&prior_precision, g - &m) + seen)
    };
    let top = log(near);
    let (mut mass, mut first, mut second) = (0.0, Array1::zeros(2), Array2::zeros((2, 2)));
    for i in -40..=40 {
        for j in -40..=40 {
            let off = array![
                0.25 * f64::from(i) * width[0],
                0.25 * f64::from(j) * width[1]
            ];
            let weight = (log(&(near + &off)) - top).exp();
            mass += weight;
            first.scaled_add(weight, &off);
            let square = Array2::from_shape_fn((2, 2), |(a, b)| off[a] * off[b]);
            second.scaled_add(weight, &square);
        }
    }
    let first: Array1<f64> = first / mass;
    let square = Array2::from_shape_fn((2, 2), |(a, b)| first[a] * first[b]);
    (near + first, second / mass - square)
}

/// P(gᵀd > 0) by Simpson's rule from 0 to twelve deviations above the mean.
pub(super) fn tail((mean, covariance): &(Array1<f64>, Array2<f64>)) -> f64 {
    let d = direction();
    let (along, spread) = (mean.dot(&d), d.dot(&covariance.dot(&d)).sqrt());
    let density = |x: f64| (-0.5 * ((x - along) / spread).powi(2)).exp();
    let area = simpson(density, 0.0, along.max(0.0) + 12.0 * spread, 2000);
    area / (spread * (2.0 * std::f64::consts::PI).sqrt())
}

/// ∫ f from `lo` to `hi` with an even number of intervals.
pub(super) fn simpson(f: impl Fn(f64) -> f64, lo: f64, hi: f64, intervals: i32) -> f64 {
    let step = (hi - lo) / f64::from(intervals);
    let weight = |i: i32| match i {
        0 => 1.0,
        _ if i == intervals => 1.0,
        _ if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let terms = (0..=intervals).map(|i| weight(i) * f(lo + f64::from(i) * step));
    terms.sum::<f64>() * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simpson_is_exact_for_cubes_and_the_tail_is_that_of_a_normal_number() {
        assert!((simpson(|x| x * x * x, 0.0, 2.0, 2) - 4.0).abs() < 1e-15);
        let (mean, covariance) = (array![0.0, 0.0], array![[1.0, 0.2], [0.2, 0.5]]);
        assert!((tail(&(mean, covariance.clone())) - 0.5).abs() < 1e-12);
        // dᵀd = dᵀΣd = .41, so that gᵀd lies √.41 deviations above 0.
        assert!((tail(&(direction(), covariance)) - 0.739_015_2).abs() < 1e-7);
    }

    #[test]
    fn one_gain_in_one_dimension_by_hand() {
        // S₀ = .5 and R = .5 off the correlation: K = ½, halfway from the prior mean.
        let (mean, covariance) = kalman(&array![[0.5, -0.1], [-0.1, 0.3]], &array![[1.1, -0.2]]);
        assert!((mean[0] - 0.6).abs() < 1e-14 && covariance[[0, 0]] < 0.5);
    }
}
