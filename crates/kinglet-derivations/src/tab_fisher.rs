//! The Fisher matrix of a softmax policy on TAB, by its 18 logits θ[t, s, a], in three forms.

use kinglet_distributions::{Categorical, Fisher as _};
use kinglet_envs::TabularMdp;
use kinglet_objectives::state_marginals;
use kinglet_trust_region::{DenseFisher, Fisher, ProductFisher};
use ndarray::{Array1, Array2, Array3, ArrayView1, s};
use std::error::Error;

use crate::paths::{LIMIT, probability, steps};

/// The place [t, s, a] of a logit.
fn place(n: usize) -> [usize; 3] {
    [n / 6, n / 2 % 3, n % 2]
}

/// From the scores of whole trajectories: the sum over the steps.
///
/// ```text
/// F = Σ q(τ) ∇ log q(τ) ∇ log q(τ)ᵀ
/// ```
pub(crate) fn of_trajectories(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
) -> Result<DenseFisher, Box<dyn Error>> {
    let (scores, weights): (Vec<Array1<f64>>, Vec<f64>) = mdp
        .trajectories(LIMIT)?
        .map(|path| {
            let mut score = Array3::zeros(policy.dim());
            for [t, s, a] in steps(&path) {
                let mut row = score.slice_mut(s![t, s, ..]);
                row -= &policy.slice(s![t, s, ..]);
                row[a] += 1.0;
            }
            (Array1::from_iter(score), probability(&path, policy))
        })
        .unzip();
    let scores = Array2::from_shape_fn((scores.len(), policy.len()), |(n, i)| scores[n][i]);
    let weights = Array1::from(weights);
    Ok(DenseFisher::from_scores(scores.view(), weights.view())?)
}

/// From the law of each state: the mean over the steps, T times smaller.
///
/// ```text
/// F̄ = 1/T Σₜ E[ ∇ log q(aₜ | sₜ) ∇ log q(aₜ | sₜ)ᵀ ]
/// ```
pub(crate) fn of_steps(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
) -> Result<DenseFisher, Box<dyn Error>> {
    let law = state_marginals(mdp, policy.view())?;
    let scores = Array2::from_shape_fn((policy.len(), policy.len()), |(n, i)| {
        let ([t, s, a], [u, x, b]) = (place(n), place(i));
        f64::from([t, s] == [u, x]) * (f64::from(a == b) - policy[[t, s, b]])
    });
    let weights = Array1::from_shape_fn(policy.len(), |n| {
        let [t, s, a] = place(n);
        law[[t, s]] * policy[[t, s, a]] / policy.dim().0 as f64
    });
    Ok(DenseFisher::from_scores(scores.view(), weights.view())?)
}

/// As a product, from each state's categorical law: the sum over the steps.
pub(crate) fn product(
    mdp: &TabularMdp,
    policy: &Array3<f64>,
) -> Result<impl Fisher + use<>, Box<dyn Error>> {
    let law = state_marginals(mdp, policy.view())?;
    let rows = law.indexed_iter().map(|((t, s), &weight)| {
        let row = policy.slice(s![t, s, ..]).to_vec();
        Categorical::from_probabilities(&row).map(|row| (weight, row))
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let n_actions = policy.dim().2;
    let product = move |v: ArrayView1<'_, f64>| {
        let terms = rows.iter().enumerate().flat_map(|(n, (weight, row))| {
            let part = v.slice(s![n * n_actions..(n + 1) * n_actions]).to_vec();
            let product = row.fisher(&part);
            product.into_iter().map(move |x| weight * x)
        });
        terms.collect::<Array1<f64>>()
    };
    Ok(ProductFisher::new(policy.len(), product))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::tab_policy;
    use kinglet_envs::fixtures::tab;

    #[test]
    fn three_forms_of_one_matrix() {
        let (mdp, policy) = (tab(), tab_policy());
        let whole = of_trajectories(&mdp, &policy).unwrap();
        let averaged = of_steps(&mdp, &policy).unwrap();
        let product = product(&mdp, &policy).unwrap();
        for i in 0..18 {
            let unit = Array1::from_shape_fn(18, |n| f64::from(n == i));
            let column = whole.product(unit.view());
            let others = [
                averaged.product(unit.view()) * 3.0,
                product.product(unit.view()),
            ];
            for other in others {
                assert!((&column - &other).iter().all(|off| off.abs() < 1e-14));
            }
        }
    }
}
