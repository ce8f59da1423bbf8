//! What the critics learn: returns along sequences.

use kinglet_nn::Scalar;

use super::steps::Steps;

/// The returns of all steps, each sequence from its end. Catalogue: MPO-17.
///
/// ```text
/// yₜ = rₜ + γₜ (vₜ + cₜ₊₁ (yₜ₊₁ − xₜ₊₁))
/// ```
///
/// With v = E_π Q(s′, ·), x = Q(s, a) and c = λ min(1, π/b) that is Retrace; with x = v and c = 1 the sum of the rewards up
/// to the sequence's end, and the value there.
///
/// # Shapes
/// `values`: vₜ, `[T]`; `traces`, `taken`: cₜ₊₁ and xₜ₊₁ in row t, `[T]`, read where the sequence continues. `returns`
/// becomes `[T]`.
pub(super) fn returns<S: Scalar>(
    steps: &Steps<S>,
    values: &[S],
    traces: &[S],
    taken: &[S],
    returns: &mut Vec<S>,
) {
    returns.clear();
    returns.resize(steps.len(), S::zero());
    for t in (0..steps.len()).rev() {
        let mut value = values[t];
        if steps.continues[t] {
            value += traces[t] * (returns[t + 1] - taken[t]);
        }
        returns[t] = steps.rewards[t] + steps.discounts[t] * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Minibatch;
    use kinglet_envs::End;

    /// By hand, with γ = ½: a sequence of three steps that ends, one that is filled up, and one that is cut off.
    #[test]
    fn of_n_steps_it_is_the_rewards_up_to_the_end_and_the_value_there() {
        let minibatch = Minibatch {
            sequences: 3,
            length: 3,
            obs_dim: 1,
            n_action: 1,
            observations: vec![0.0; 9],
            next_observations: vec![0.0; 9],
            actions: vec![0.0; 9],
            log_probs: vec![0.0; 9],
            rewards: vec![1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 16.0, 32.0, 32.0],
            ends: [None, None, Some(End::Terminated), None, None, None, None]
                .into_iter()
                .chain([Some(End::Truncated); 2])
                .collect(),
            lengths: vec![3, 1, 2],
        };
        let mut steps = Steps::default();
        steps.gather(&minibatch, 0..3, 0.5);
        let (values, mut found) = ([10.0, 20.0, 30.0, 40.0, 50.0, 60.0], Vec::new());
        returns(&steps, &values, &[1.0; 6], &values, &mut found);
        assert_eq!(found, [3.0, 4.0, 4.0, 28.0, 47.0, 62.0]);
        // The second sequence, and what it leads to, alone.
        steps.gather(&minibatch, 1..2, 0.5);
        returns(&steps, &values[3..4], &[1.0], &values, &mut found);
        assert_eq!(found, [28.0]);
    }
}
