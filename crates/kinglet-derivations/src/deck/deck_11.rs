//! DECK-11: the Fisher information of a policy.

use std::error::Error;

use autodiff::F1;
use kinglet_distributions::{Categorical, Distribution, Fisher, Kl, KlGradients};
use kinglet_trust_region::{Fisher as FisherMatrix, eigenvalues, pull_back};
use ndarray::{Array1, Array2, ArrayView1, array};

use crate::duals::jacobian;
use crate::matrices::{elements, worst};
use crate::optimise::hessian;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, OPTIMISED, Outcome, Printed, Source, bandit};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "DECK-11",
    title: "The Fisher information is the scores' mean outer product and the Hessian of either KL",
    kind: Kind::Formula,
    source: Source::Deck,
    run: deck_11,
};

/// The Fisher information of a policy. Catalogue: DECK-11.
///
/// ```text
/// F = E_q[ ∂ᵢ log q ∂ⱼ log q ] = −E_q[ ∂ᵢ∂ⱼ log q ] = ∂ᵢ∂ⱼ KL at the old policy, in either order
/// ```
///
/// For the softmax policy of BAND, element by element, and for its three logits as functions of
/// two parameters. Then the two readings of what is printed.
pub fn deck_11() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let policy = bandit::policy(&bandit::LOGITS)?;
    let fisher = bandit::fisher(&policy)?.matrix;
    let mut checks = exact(&policy, &fisher)?;
    checks.extend(differences(&policy, &fisher));
    checks.extend(parameters()?);
    checks.push(Check::exact(
        "a constant added to all logits carries no information: the least eigenvalue of F",
        [("Jacobi", eigenvalues(fisher.view())?[0]), ("0", 0.0)],
    ));
    Ok(Outcome {
        checks,
        printed: vec![literal(&policy, &fisher), single(&policy, &fisher)],
        notes: vec![
            "F belongs to one state; the policy's is its mean over states, or its sum over the \
             steps of a trajectory: the same choice as for the gradient.",
        ],
        ..Outcome::default()
    })
}

/// The outer products beside the family's closed form and two Hessians by duals.
fn exact(policy: &Categorical, fisher: &Array2<f64>) -> Result<Vec<Check>, Box<dyn Error>> {
    let closed = columns(3, |v| policy.fisher(&v.to_vec()).into());
    let forward = kl_hessian(|old, new| old.kl_gradients(new).1)?;
    let reverse = kl_hessian(|old, new| new.kl_gradients(old).0)?;
    Ok(elements(
        "F",
        crate::EXACT,
        [
            ("E[score scoreᵀ], all arms", fisher),
            ("diag(p) − p pᵀ, by its products", &closed),
            ("Hessian of KL(old ‖ new), duals", &forward),
            ("Hessian of KL(new ‖ old), duals", &reverse),
        ],
    ))
}

/// The matrix of a product, column by column.
fn columns(n: usize, product: impl Fn(ArrayView1<'_, f64>) -> Array1<f64>) -> Array2<f64> {
    let unit = |j| Array1::from_shape_fn(n, |k| f64::from(j == k));
    let columns: Vec<Array1<f64>> = (0..n).map(|j| product(unit(j).view())).collect();
    Array2::from_shape_fn((n, n), |(i, j)| columns[j][i])
}

/// Duals through the closed gradient of a divergence by the new policy's logits.
fn kl_hessian(
    gradient: impl Fn(&Categorical<F1>, &Categorical<F1>) -> Vec<F1>,
) -> Result<Array2<f64>, kinglet_distributions::Error> {
    let old = bandit::policy(&bandit::LOGITS.map(F1::cst))?;
    let by_new = |l: &[F1]| bandit::policy(l).map_or(vec![], |new| gradient(&old, &new));
    Ok(jacobian(by_new, bandit::logits().view()))
}

/// The same by differences of log q and of the divergences alone.
fn differences(policy: &Categorical, fisher: &Array2<f64>) -> Vec<Check> {
    let logits = bandit::logits();
    let at = |l: &Array1<f64>| bandit::policy(&l.to_vec());
    let forward = |l: &Array1<f64>| at(l).map_or(f64::NAN, |new| policy.kl(&new));
    let reverse = |l: &Array1<f64>| at(l).map_or(f64::NAN, |new| new.kl(policy));
    let curved = (0..3).fold(Array2::<f64>::zeros((3, 3)), |sum, a| {
        let log = |l: &Array1<f64>| at(l).map_or(f64::NAN, |new| new.log_prob(&a));
        sum - hessian(&log, &logits) * policy.probabilities()[a]
    });
    elements(
        "F by differences",
        OPTIMISED,
        [
            ("E[score scoreᵀ], all arms", fisher),
            ("−E[∂∂ log q]", &curved),
            ("∂∂ KL(old ‖ new)", &hessian(&forward, &logits)),
            ("∂∂ KL(new ‖ old)", &hessian(&reverse, &logits)),
        ],
    )
}

/// Logits as functions of two parameters.
fn head<S: num_traits::Float>(phi: &[S]) -> [S; 3] {
    [phi[0] * phi[1], phi[0].sin(), phi[1] * phi[1]]
}

/// F_φ = Jᵀ F J beside the Hessian of the divergence in φ.
fn parameters() -> Result<Vec<Check>, Box<dyn Error>> {
    let phi = array![0.6, -0.8];
    let policy = |x: &Array1<f64>| Categorical::from_logits(&head(&x.to_vec()));
    let old = policy(&phi)?;
    let j = jacobian(|x| head(x).to_vec(), phi.view());
    let product = pull_back(
        2,
        |v: ArrayView1<'_, f64>| j.dot(&v),
        |v: ArrayView1<'_, f64>| Array1::from(old.fisher(&v.to_vec())),
        |v: ArrayView1<'_, f64>| j.t().dot(&v),
    );
    let kl = |x: &Array1<f64>| policy(x).map_or(f64::NAN, |new| old.kl(&new));
    Ok(elements(
        "F of two parameters",
        OPTIMISED,
        [
            ("Jᵀ F J", &columns(2, |v| product.product(v))),
            ("∂∂ KL(old ‖ new)", &hessian(&kl, &phi)),
        ],
    ))
}

/// The printed product, E[∂ᵢ log q · log q]: it does not depend on j.
fn literal(policy: &Categorical, fisher: &Array2<f64>) -> Printed {
    let scores = bandit::scores(policy);
    let term = |a: usize, i: usize| {
        policy.probabilities()[a] * scores[[a, i]] * policy.log_probabilities()[a]
    };
    let printed = Array2::from_shape_fn((3, 3), |(i, _)| (0..3).map(|a| term(a, i)).sum::<f64>());
    let (i, j) = worst(&printed, fisher);
    Printed::number(
        format!("F[{i}, {j}] as ∂ᵢ log q · log q, the second ∂ missing"),
        printed[[i, j]],
        fisher[[i, j]],
        "The second factor is a derivative too, ∂ⱼ log q. As printed the product does not even \
         depend on j.",
    )
}

/// One outer product, at the first arm.
fn single(policy: &Categorical, fisher: &Array2<f64>) -> Printed {
    let scores = bandit::scores(policy);
    let printed = Array2::from_shape_fn((3, 3), |(i, j)| scores[[0, i]] * scores[[0, j]]);
    let (i, j) = worst(&printed, fisher);
    Printed::number(
        format!("F[{i}, {j}] from one action, the expectation missing"),
        printed[[i, j]],
        fisher[[i, j]],
        "F is the mean over actions of the policy, E_q. The outer product of one action's score \
         has rank one and depends on the action.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn deck_11_fisher_in_seven_ways() {
        let outcome = deck_11();
        assert_eq!(outcome.verdict(), Verdict::Holds, "{:#?}", outcome.checks);
    }

    #[test]
    fn deck_11_both_printed_readings_are_far_off() {
        for printed in deck_11().printed {
            assert!(printed.off_by.unwrap() > 0.1, "{}", printed.what);
        }
    }
}
