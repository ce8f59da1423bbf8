//! Means, standard errors and variances of a gradient.

use kinglet_svi::{Elbo, Program, Svi};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

pub(crate) fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// The mean of many estimates, and the variance of one.
#[derive(Debug)]
pub(crate) struct Sampled {
    pub(crate) elbo: (f64, f64),
    pub(crate) mean: Vec<f64>,
    pub(crate) variance: Vec<f64>,
    pub(crate) n: usize,
}

/// n estimates of the gradient at the programs' first parameters.
pub(crate) fn sample(model: &impl Program, guide: &impl Program, elbo: Elbo, n: usize) -> Sampled {
    let mut svi = Svi::new(elbo, 0.0);
    let mut rng = rng(7);
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for _ in 0..n {
        let value = svi.estimate(model, guide, &mut rng).unwrap();
        rows.push([&[value][..], &svi.gradient].concat());
    }
    let columns = rows[0].len();
    let mean = |f: &dyn Fn(&[f64]) -> f64| rows.iter().map(|row| f(row)).sum::<f64>() / n as f64;
    let means: Vec<f64> = (0..columns).map(|i| mean(&|row| row[i])).collect();
    let variances: Vec<f64> = (0..columns)
        .map(|i| mean(&|row| (row[i] - means[i]).powi(2)))
        .collect();
    Sampled {
        elbo: (means[0], variances[0]),
        mean: means[1..].to_vec(),
        variance: variances[1..].to_vec(),
        n,
    }
}

impl Sampled {
    /// Asserts that the exact ELBO and gradient lie within four standard errors, where these are not zero, and that they
    /// are met where they are.
    #[track_caller]
    pub(crate) fn assert_is(&self, elbo: f64, gradient: &[f64], what: &str) {
        assert_eq!(gradient.len(), self.mean.len());
        let all = self.mean.iter().zip(&self.variance).zip(gradient);
        let all = all.map(|((m, v), g)| (*m, *v, *g));
        for (i, (mean, variance, exact)) in
            all.chain([(self.elbo.0, self.elbo.1, elbo)]).enumerate()
        {
            let error = (variance / self.n as f64).sqrt();
            let off = (mean - exact).abs();
            assert!(
                off < 4.0 * error + 1e-12 * exact.abs().max(1.0),
                "{what}, number {i}: {mean} ± {error}, exactly {exact}"
            );
        }
    }

    pub(crate) fn total_variance(&self) -> f64 {
        self.variance.iter().sum()
    }
}

/// The derivatives of a function of many numbers, by forward duals.
pub(crate) fn gradient(f: impl Fn(&[autodiff::F1]) -> autodiff::F1, at: &[f64]) -> (f64, Vec<f64>) {
    let along = |i: Option<usize>| {
        let x = at.iter().enumerate().map(|(j, &x)| autodiff::F1 {
            x,
            dx: f64::from(Some(j) == i),
        });
        f(&x.collect::<Vec<_>>())
    };
    let slopes = (0..at.len()).map(|i| along(Some(i)).dx).collect();
    (along(None).x, slopes)
}
