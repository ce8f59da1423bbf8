//! Instances of generic functions that cells use often, so that a cell links to them instead of
//! compiling them again, without optimisation.
//!
//! The functions here are never called; compiling them is what they are for.

use kinglet::{
    envs::TabularMdp,
    ndarray::{Array1, Array2, Array3, array, s},
    objectives::elbo_monte_carlo,
    plots::Series,
    rand::{RngExt, SeedableRng},
    rand_xoshiro::Xoshiro256PlusPlus,
};

/// Arithmetic, slices and texts of arrays.
pub fn arrays() -> f64 {
    let v: Array1<f64> = array![1.0, 2.0] + 1.0;
    let m: Array2<f64> = Array2::zeros((2, 2)) * 2.0;
    let t: Array3<f64> = Array3::from_elem((2, 2, 2), 1.0);
    let text = format!("{v:?} {m:?} {t:?} {v:.3} {m:.3}");
    let w = m.dot(&v) - &v;
    let row = m.slice(s![0, ..]).to_owned() / &w;
    let sums = row.sum() + t.sum() + m.mean().unwrap_or(0.0) + v.iter().sum::<f64>();
    sums + v.mapv(f64::exp).dot(&w) + text.len() as f64
}

/// Lists of numbers, and their texts.
pub fn lists() -> String {
    let numbers: Vec<f64> = (0..3).map(|i| i as f64).collect();
    let counts: Vec<usize> = vec![1, 2];
    let pairs: Vec<(usize, f64)> = counts
        .iter()
        .copied()
        .zip(numbers.iter().copied())
        .collect();
    format!(
        "{numbers:?} {counts:?} {pairs:?} {:.3}",
        numbers.iter().sum::<f64>()
    )
}

/// Draws from the generator that every chapter uses.
pub fn draws(mdp: &TabularMdp, policy: &Array3<f64>) -> f64 {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let estimate = elbo_monte_carlo(mdp, policy.view(), 1.0, 10, &mut rng);
    estimate.map_or(0.0, |estimate| estimate.mean) + rng.random::<f64>()
}

/// The series of a figure from lists and arrays.
pub fn series(numbers: &Vec<f64>, array: &Array1<f64>) -> [Series; 4] {
    [
        Series::line("", numbers, numbers),
        Series::points("", numbers, numbers),
        Series::with_band("", numbers, numbers, numbers),
        Series::line("", array, array),
    ]
}
