//! XU-21: the natural step of a law over policies.

use std::error::Error;

use kinglet_distributions::{Bijection, Categorical, Fisher as _, Kl};
use kinglet_objectives::{DiagonalTransport, Noise, Transport, variational_fisher};
use kinglet_trust_region::Fisher;
use ndarray::{Array1, Array2};

use crate::matrices::{elements, worst};
use crate::optimise::hessian;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-21",
    title: "The natural step of a law over policies needs E[Jᵀ F(θ) J], of the dimension of φ",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_21,
};

const FAMILY: DiagonalTransport = DiagonalTransport { dim: 3 };

/// φ = (μ, σ) of three logits.
const PARAMS: [f64; 6] = [0.5, 0.7, 0.0, 0.6, 0.4, 0.9];

/// The natural step of a law over policies. Catalogue: XU-21.
///
/// ```text
/// φ ← φ − η H_φ⁻¹ ∇_φ KL,     H_φ = E_ξ[ Jᵀ F(θ) J ],   J = ∂θ/∂φ,   θ = μ + σ ξ
/// ```
///
/// Three logits with a normal law each, so that φ has six components: H_φ by products, by summing
/// Jᵀ F J written out, and as the Hessian of the mean divergence of the policies.
pub fn xu_21() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let noise = Noise::quadrature(8, 3);
    let products = products(&noise)?;
    Ok(Outcome {
        checks: checks(&noise, &products)?,
        printed: vec![
            Printed::number(
                "the rows of H(θ), which is to multiply ∇_φ KL",
                3.0,
                products.nrows() as f64,
                "H(θ) is 3 × 3, the gradient by φ has six components: H⁻¹(θ) ∇_φ KL is undefined. \
                 What fits is H_φ = E_ξ[Jᵀ H(θ) J].",
            ),
            repeated(&products)?,
        ],
        notes: vec![
            "The noise is shared: H_φ measures how far each sampled policy moves, not how far the \
             law over policies does.",
        ],
        ..Outcome::default()
    })
}

/// Column by column.
fn products(noise: &Noise) -> Result<Array2<f64>, Box<dyn Error>> {
    let head = |theta: &[f64], v: &[f64]| {
        let policy = Categorical::from_logits(theta);
        policy.map_or(vec![f64::NAN; 3], |policy| policy.fisher(&v.to_vec()))
    };
    let fisher = variational_fisher(&FAMILY, &PARAMS, noise, head)?;
    let column = |j| fisher.product(Array1::from_shape_fn(6, |k| f64::from(j == k)).view());
    let columns: Vec<Array1<f64>> = (0..6).map(column).collect();
    Ok(Array2::from_shape_fn((6, 6), |(i, j)| columns[j][i]))
}

fn checks(noise: &Noise, products: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let written = written_out(noise)?;
    let old = FAMILY.map(&PARAMS)?;
    let kl = |params: &Array1<f64>| {
        let Ok(new) = FAMILY.map(&params.to_vec()) else {
            return f64::NAN;
        };
        noise.mean(|xi| {
            let xi = xi.to_vec();
            let pair = bandit::policy(&old.forward(&xi))
                .and_then(|old| Ok(old.kl(&bandit::policy(&new.forward(&xi))?)));
            pair.unwrap_or(f64::NAN)
        })
    };
    let differences = hessian(&kl, &Array1::from_iter(PARAMS));
    Ok(elements(
        "H_φ",
        1e-6,
        [
            ("products, averaged over ξ", products),
            ("Σ w Jᵀ F J, written out", &written),
            ("Hessian of E_ξ KL(old ‖ new)", &differences),
        ],
    ))
}

/// Σ w Jᵀ F(θ) J with J = (I, diag ξ).
fn written_out(noise: &Noise) -> Result<Array2<f64>, Box<dyn Error>> {
    let mut sum = Array2::zeros((6, 6));
    for (xi, &weight) in noise.points.outer_iter().zip(&noise.weights) {
        let theta = [0, 1, 2].map(|i| PARAMS[i] + PARAMS[i + 3] * xi[i]);
        let fisher = bandit::fisher(&bandit::policy(&theta)?)?.matrix;
        let j = Array2::from_shape_fn((3, 6), |(i, k)| {
            f64::from(i == k) + f64::from(i + 3 == k) * xi[i]
        });
        sum.scaled_add(weight, &j.t().dot(&fisher.dot(&j)));
    }
    Ok(sum)
}

/// The nearest guess at what was meant: H at the mean policy, once for μ and once for σ.
fn repeated(right: &Array2<f64>) -> Result<Printed, Box<dyn Error>> {
    let fisher = bandit::fisher(&bandit::policy(&PARAMS[..3])?)?.matrix;
    let guess = Array2::from_shape_fn((6, 6), |(i, j)| {
        f64::from(i / 3 == j / 3) * fisher[[i % 3, j % 3]]
    });
    let (i, j) = worst(&guess, right);
    Ok(Printed::number(
        format!("H(θ) at the mean, once for μ and once for σ: H_φ[{i}, {j}]"),
        guess[[i, j]],
        right[[i, j]],
        "Nor does repeating H(θ) help: the mean over ξ cannot be taken inside, and σ's share of J \
         is ξ.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_21_six_parameters_and_their_metric() {
        let outcome = xu_21();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
        assert_eq!(outcome.printed[0].off_by, Some(3.0));
        assert!(outcome.printed[1].off_by.unwrap() > 0.01);
    }
}
