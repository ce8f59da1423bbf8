//! Continuous actions, with noise that is drawn once.

use kinglet_nn::Cache;
use ndarray::Array2;

use super::*;
use crate::mpo::{EStepForm, MStepBounds};
use crate::{ActionInput, Memory};

fn bounds() -> Actions {
    Actions::Box {
        low: vec![-2.0, -1.0],
        high: vec![2.0, 3.0],
    }
}

fn case(settings: Mpo) -> Case {
    let mut case = Case::new(settings, &bounds(), &[6]);
    for x in case.learner.target_critics() {
        *x *= 3.0;
    }
    case
}

/// The laws at the states that the steps lead to.
fn laws(case: &Case, params: &[f64]) -> Vec<f64> {
    let rows = case.rows();
    let next = Array2::from_shape_fn((rows.len(), STATES), |(i, k)| {
        f64::from(u8::from(case.next(rows[i]) == k))
    });
    let policy = &case.agent.policy;
    let mut memory = Memory::default();
    policy.forward(params, next.view(), &mut memory).to_vec()
}

/// minₖ Q̄ₖ of the actions of the learner's noise under these laws, `[T, K]`, one by one.
fn values(case: &mut Case, laws: &[f64]) -> Vec<f64> {
    let input = ActionInput::new(&case.agent.policy, &case.agent.actions).unwrap();
    let (noise, targets) = (
        case.learner.noise().to_vec(),
        case.learner.target_critics().to_vec(),
    );
    let (critic, draws) = (&case.agent.critic, 2 * noise.len() / laws.len());
    let mut values = Vec::new();
    for (i, row) in case.rows().into_iter().enumerate() {
        let law = &laws[4 * i..4 * (i + 1)];
        for noise in noise[2 * draws * i..2 * draws * (i + 1)].chunks_exact(2) {
            let u: Vec<f64> = (0..2)
                .map(|j| law[j] + law[2 + j].exp() * noise[j])
                .collect();
            let mut x = vec![0.0; STATES + 2];
            x[case.next(row)] = 1.0;
            input.see(&u, &mut x[STATES..]);
            let each = targets.chunks_exact(critic.n_params());
            let each = each.map(|params| critic.forward_row(params, &x, &mut Cache::default())[0]);
            values.push(each.fold(f64::INFINITY, f64::min));
        }
    }
    values
}

#[test]
fn values_are_means_over_the_draws_of_the_smallest_critic() {
    for critics in [1, 2] {
        let mut case = case(Mpo {
            critics,
            actions: 60, // more rows than pass at once
            sequence: 1,
            ..Mpo::default()
        });
        case.evaluate();
        let laws = laws(&case, case.learner.target_actor());
        let expected = values(&mut case, &laws);
        let found: Vec<f64> = case
            .learner
            .shards
            .iter()
            .flat_map(|shard| shard.q.clone())
            .collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-12);
        }
        // Of one step, y = r + γ times that.
        let targets = case.learner.targets();
        for ((target, row), q) in targets.iter().zip(case.rows()).zip(expected.chunks(60)) {
            let future = 0.99 * case.minibatch.goes_on(row) * q.iter().sum::<f64>() / 60.0;
            assert!((target - case.minibatch.rewards[row] - future).abs() < 1e-12);
        }
    }
}

#[test]
fn mpo_12_a_parametric_q_ascends_the_gradient_of_its_objective() {
    for critics in [1, 2] {
        let mut case = case(Mpo {
            critics,
            actions: 5,
            e_step: EStepForm::Parametric,
            temperature: 0.6,
            ..Mpo::default()
        });
        for (i, x) in case.learner.candidate().iter_mut().enumerate() {
            *x += 0.2 * (i as f64).sin();
        }
        case.evaluate();
        let gradient = case.learner.candidate_gradient();
        let old = laws(&case, case.learner.target_actor());
        let loss = |case: &mut Case| {
            let candidate = case.learner.candidate().to_vec();
            let new = laws(case, &candidate);
            let q = values(case, &new);
            let kl = |k: usize| {
                let (i, j) = (k / 2 * 4, k % 2);
                let (s, t) = (new[i + 2 + j].exp(), old[i + 2 + j].exp());
                (t / s).ln() + (s * s + (new[i + j] - old[i + j]).powi(2)) / (2.0 * t * t) - 0.5
            };
            let steps = old.len() / 4;
            let kl = (0..2 * steps).map(kl).sum::<f64>() / steps as f64;
            0.6 * kl - q.iter().sum::<f64>() / q.len() as f64
        };
        case.assert_gradient(&gradient, |case| case.learner.candidate(), loss);
    }
}

#[test]
fn mpo_20_the_policy_steps_down_the_gradient_of_its_loss() {
    for (m_step, e_step) in [
        (MStepBounds::Decoupled, EStepForm::NonParametric),
        (MStepBounds::Joint, EStepForm::NonParametric),
        (MStepBounds::Decoupled, EStepForm::Parametric),
    ] {
        let mut case = case(Mpo {
            actions: 6,
            m_step,
            e_step,
            ..Mpo::default()
        });
        case.evaluate();
        case.learner.improve(&case.agent, 0.0);
        case.learner.fit(&case.agent, &case.minibatch);
        let gradient = case.learner.actor_gradient();
        case.assert_gradient(
            &gradient,
            |case| case.agent.halves_mut().0,
            |case| case.learner.fit(&case.agent, &case.minibatch).loss,
        );
    }
}

#[test]
fn mpo_19_mean_and_covariance_stay_within_their_bounds() {
    let mut case = case(Mpo {
        actions: 8,
        kl_bound: 0.5,
        mean_kl_bound: 0.01,
        covariance_kl_bound: 0.001,
        target_every: usize::MAX,
        sequence: 1,
        learning_rate: crate::Rate::Constant(1e-3),
        ..Mpo::default()
    });
    let all: Vec<Diagnostics> = (0..3000).map(|_| case.learn()).collect();
    let mean = |of: fn(&Diagnostics) -> Option<f64>| {
        let last = all[2500..].iter().map(|one| of(one).unwrap());
        last.sum::<f64>() / 500.0
    };
    let (mu, sigma) = (mean(|one| one.mean_kl), mean(|one| one.covariance_kl));
    assert!((0.9..1.05).contains(&mu), "{mu}");
    assert!(sigma < 1.05, "{sigma}");
    assert!((mean(|one| one.e_step_kl) - 1.0).abs() < 1e-6);
}
