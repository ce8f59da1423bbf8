//! Policies that the entries are tried on.

use kinglet_objectives::soft_policy;
use ndarray::{Array2, Array3, Axis, arr3};

/// Logits θ[t, s, a] of a policy on TAB that prefers nothing in particular.
pub(crate) fn tab_logits() -> Array3<f64> {
    arr3(&[
        [[0.3, -0.5], [-0.2, 0.4], [0.8, 0.1]],
        [[-0.6, 0.2], [0.5, 0.45], [0.0, -0.9]],
        [[0.1, 0.7], [-0.4, -0.3], [0.6, -0.2]],
    ])
}

/// The policy of [`tab_logits`], `[T, S, A]`.
pub(crate) fn tab_policy() -> Array3<f64> {
    softmax(&tab_logits())
}

/// q(a | s) = exp θ[t, s, a] / Σ exp θ[t, s, ·].
pub(crate) fn softmax(logits: &Array3<f64>) -> Array3<f64> {
    let mut policy = logits.clone();
    for mut step in policy.axis_iter_mut(Axis(0)) {
        let rows: Array2<f64> = soft_policy(step.view(), 1.0).expect("the temperature is 1");
        step.assign(&rows);
    }
    policy
}
