//! XU-18: the slope of a logistic scale.

use autodiff::{F1, grad};
use kinglet_distributions::Bijection;
use kinglet_objectives::{PerStateTransport, Transport};
use ndarray::{Array1, arr1, array};

use super::sigmoid_bandit::share;
use crate::optimise::gradient;
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-18",
    title: "For the scale σ(wᵀs) the log-determinant has the slope (1 − σ(wᵀs)) s",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_18,
};

/// ∂ log σ(wᵀs)/∂w = (1 − σ(wᵀs)) s. Catalogue: XU-18.
///
/// In one state of three features: the formula, the map's own gradient, dual numbers and
/// differences.
pub fn xu_18() -> Outcome {
    Outcome::of(compute())
}

const STATE: [f64; 3] = [1.0, -0.7, 2.5];
const WEIGHTS: [f64; 3] = [0.3, 1.1, -0.4];

fn compute() -> Computed {
    let family = PerStateTransport {
        features: array![STATE],
    };
    let params = [[0.0; 3], WEIGHTS].concat();
    let pulled = family.pull_back(&params, &[0.0], &[0.0], 1.0)?;
    let dual = grad(
        |t: &[F1]| {
            let map = family.map(t).expect("a sigmoid is not 0");
            map.log_abs_det(&vec![F1::cst(0.0)])
        },
        &params,
    );
    let head = |w: &Array1<f64>| w.dot(&arr1(&STATE));
    let differences = gradient(&|w| share(head(w)).ln(), &arr1(&WEIGHTS));
    let scale = share(head(&arr1(&WEIGHTS)));
    let mut checks = Vec::new();
    for i in 0..3 {
        checks.push(Check::exact(
            format!("∂ log σ(wᵀs)/∂w, component {i}"),
            [
                ("(1 − σ) s", (1.0 - scale) * STATE[i]),
                ("the map's log-determinant", pulled.params[3 + i]),
                ("dual numbers", dual[3 + i]),
            ],
        ));
        checks.push(Check::within(
            format!("the same by differences, component {i}"),
            1e-9,
            [
                ("(1 − σ) s", (1.0 - scale) * STATE[i]),
                ("central difference", differences[i]),
            ],
        ));
    }
    Ok(Outcome {
        checks,
        notes: vec![
            "σ stands for two things on the line: the scale σ_φ(s), and the logistic function that \
             gives it. Such a scale is below 1, so it can only narrow the noise.",
        ],
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_18_the_slope_of_a_logistic_scale() {
        assert_eq!(xu_18().verdict(), Verdict::Holds);
    }
}
