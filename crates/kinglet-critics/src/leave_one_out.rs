//! The mean of the others, a baseline from the batch itself.

use crate::Error;
use ndarray::{Array1, ArrayView1};
use num_traits::Float;

/// The mean of all the other samples, as the baseline of each. Catalogue: DECK-19.
///
/// ```text
/// bᵢ = Σ_{j≠i} fⱼ / (N − 1),   fᵢ − bᵢ = N / (N − 1) (fᵢ − f̄)
/// ```
///
/// No sample enters its own baseline, so that the gradient stays unbiased. With f̄, which holds
/// fᵢ, it would be short by the factor (N − 1) / N.
///
/// # Shapes
/// `f`: `[N]`, of independent samples. Returns `[N]`.
/// # Errors
/// [`Error::TooFewSamples`] for fewer than two.
/// # Source
/// Kool 2019, who build the baseline of each sample from the others.
/// # Example
/// ```
/// use kinglet_critics::leave_one_out;
/// use ndarray::array;
/// assert_eq!(leave_one_out(array![1.0, 2.0, 6.0].view())?, array![4.0, 3.5, 1.5]);
/// # Ok::<(), kinglet_critics::Error>(())
/// ```
pub fn leave_one_out<S: Float>(f: ArrayView1<'_, S>) -> Result<Array1<S>, Error> {
    let samples = f.len();
    if samples < 2 {
        let needed = 2;
        return Err(Error::TooFewSamples { samples, needed });
    }
    let sum = f.iter().fold(S::zero(), |sum, &x| sum + x);
    let others = S::from(samples - 1).expect("a count is a number");
    Ok(f.mapv(|x| (sum - x) / others))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn deck_19_each_baseline_is_the_mean_of_the_others() {
        let f = array![0.3, -1.0, 2.5, 0.0, 7.25];
        let b = leave_one_out(f.view()).unwrap();
        let mean = f.mean().unwrap();
        for i in 0..5 {
            let others: f64 = (0..5).filter(|&j| j != i).map(|j| f[j]).sum();
            assert!((b[i] - others / 4.0).abs() < 1e-15);
            assert!((f[i] - b[i] - 1.25 * (f[i] - mean)).abs() < 1e-14);
        }
    }

    /// Three draws of a coin of probability p, all 8 outcomes: E (1/3) Σ sᵢ (fᵢ − bᵢ) is the
    /// gradient of E f in the logit, p (1 − p) (f₁ − f₀); with the mean of all it is 2/3 of that.
    #[test]
    fn deck_19_no_sample_in_its_own_baseline_keeps_the_gradient() {
        let (p, f) = (0.3, [1.0, 5.0]);
        let (mut others, mut all) = (0.0, 0.0);
        for outcome in 0..8usize {
            let coins = [outcome & 1, outcome >> 1 & 1, outcome >> 2];
            let probability: f64 = coins.iter().map(|&x| [1.0 - p, p][x]).product();
            let values: Array1<f64> = coins.iter().map(|&x| f[x]).collect();
            let b = leave_one_out(values.view()).unwrap();
            for i in 0..3 {
                let weight = probability * (coins[i] as f64 - p) / 3.0;
                others += weight * (values[i] - b[i]);
                all += weight * (values[i] - values.mean().unwrap());
            }
        }
        let exact = p * (1.0 - p) * 4.0;
        assert!((others - exact).abs() < 1e-15);
        assert!((all - exact * 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn one_sample_has_no_others() {
        let error = leave_one_out(array![1.0].view()).unwrap_err();
        let (samples, needed) = (1, 2);
        assert_eq!(error, Error::TooFewSamples { samples, needed });
    }
}
