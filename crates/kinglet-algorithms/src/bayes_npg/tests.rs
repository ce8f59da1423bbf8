//! The posterior of the gradient against enumeration, and the step against the plain natural gradient's.

use kinglet_envs::{
    CartPole, Episode, Error as EnvError, Pendulum, Simulator, TabularMdp, Trajectory, fixtures,
};
use kinglet_trust_region::{DenseFisher, natural_gradient_dense, quadratic_kl};
use ndarray::{ArrayView1, array};
use rand::RngExt;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use rand_xoshiro::rand_core::SeedableRng;

use super::*;
use crate::samples::Appraisal;
use crate::{Algorithm, Baseline, Batch, Config, NaturalPg, Rollouts, Training};

type Generator = Xoshiro256PlusPlus;

/// Logits of a linear policy over TAB's three states, then the biases.
const PARAMS: [f64; 8] = [0.3, -0.5, 0.2, 0.4, 0.0, -0.6, 0.1, -0.1];

/// A linear policy on TAB, whose episodes of three steps are whole in every piece of a rollout.
struct Tabular {
    mdp: TabularMdp,
    agent: Agent<f64>,
    rollouts: Rollouts<Episode<TabularMdp>, f64>,
    batch: Batch<f64>,
    appraisal: Appraisal<f64>,
}

impl Tabular {
    fn new(environments: usize, steps: usize, seed: u64) -> Self {
        let mut config = Config::default();
        (config.policy.hidden, config.critic.hidden) = (vec![], vec![]);
        config.advantage.baseline = Baseline::None;
        (config.advantage.discount, config.advantage.lambda) = (1.0, 1.0);
        config.advantage.normalise = false;
        let (mdp, mut rng) = (fixtures::tab(), Generator::seed_from_u64(seed));
        let make = |rng: &mut Generator| Episode::new(mdp.clone(), Some(3), rng);
        let rollouts = Rollouts::from_stream(environments, 1, rng.clone(), make).unwrap();
        let actions = rollouts.places[0].simulator.actions();
        let mut agent = Agent::new(&config, 3, &actions, &mut rng).unwrap();
        agent.params[..8].copy_from_slice(&PARAMS);
        Self {
            batch: Batch::new(environments, steps, &agent.policy).unwrap(),
            appraisal: Appraisal::new(&config.advantage).unwrap(),
            mdp,
            agent,
            rollouts,
        }
    }

    fn collect(&mut self) {
        let (policy, batch) = (&self.agent.policy, &mut self.batch);
        self.rollouts.collect(policy, &PARAMS, batch).unwrap();
    }

    /// Shows the rollout to a posterior.
    fn direct(&mut self, learner: &mut BayesNpgLearner<f64>) -> NaturalGradient<f64> {
        let agent = &mut self.agent;
        let samples = self.appraisal.appraise(agent, &self.batch, 0.0).unwrap();
        let advantages = samples.whole();
        learner.direct(agent, &samples, &advantages).unwrap()
    }

    /// E of a third of what a trajectory is worth, by listing all trajectories.
    fn mean<T: std::iter::Sum>(&self, params: &[f64], worth: impl Fn(f64, Trajectory) -> T) -> T {
        let paths = self.mdp.trajectories(216).unwrap();
        let each = paths.map(|path| {
            let steps = path.states.iter().zip(&path.actions);
            let probability: f64 = steps.map(|(s, a)| pi(params, *s)[*a]).product();
            worth(probability * path.dynamics_probability / 3.0, path)
        });
        each.sum()
    }

    /// The gradient of a step's share in the expected return, by differences.
    fn gradient(&self) -> Vec<f64> {
        let by = |i: usize| {
            let at = |h: f64| {
                let mut params = PARAMS;
                params[i] += h;
                self.mean(&params, |share, path| share * path.total_reward)
            };
            (at(1e-5) - at(-1e-5)) / 2e-5
        };
        (0..8).map(by).collect()
    }

    /// The Fisher matrix over the states that a trajectory visits.
    fn fisher(&self) -> DenseFisher {
        let mut matrix = Array2::zeros((8, 8));
        for state in 0..3 {
            let visits = |share: f64, path: Trajectory| {
                share * path.states.iter().filter(|s| **s == state).count() as f64
            };
            let (p, share) = (pi(&PARAMS, state), self.mean(&PARAMS, visits));
            for action in 0..2 {
                let mut score: Array1<f64> = Array1::zeros(8);
                for k in 0..2 {
                    let slope = f64::from(u8::from(k == action)) - p[k];
                    (score[2 * state + k], score[6 + k]) = (slope, slope);
                }
                let column = score.view().insert_axis(ndarray::Axis(1));
                matrix = matrix + column.dot(&column.t()) * (share * p[action]);
            }
        }
        DenseFisher { matrix }
    }
}

fn pi(params: &[f64], state: usize) -> [f64; 2] {
    let logit = |a: usize| params[2 * state + a] + params[6 + a];
    let both = logit(0).exp() + logit(1).exp();
    [logit(0).exp() / both, logit(1).exp() / both]
}

fn learner(agent: &Agent<f64>, remembered: f64) -> BayesNpgLearner<f64> {
    let settings = BayesNpg {
        remembered,
        ..BayesNpg::default()
    };
    BayesNpgLearner::new(settings, agent)
}

/// Mean and standard error.
fn estimate(x: &[f64]) -> (f64, f64) {
    let x = ArrayView1::from(x);
    let error = (x.var(1.0) / x.len() as f64).sqrt();
    (x.mean().unwrap(), error)
}

#[test]
fn deck_14_the_posterior_stands_at_the_enumerated_gradient_as_wide_as_it_says() {
    let mut tabular = Tabular::new(4, 24, 1);
    let truth = tabular.gradient();
    let mut learner = learner(&tabular.agent, 0.0);
    let (mut means, mut excess) = (vec![Vec::new(); 8], Vec::new());
    for _ in 0..2000 {
        tabular.collect();
        tabular.direct(&mut learner);
        let posterior = &learner.posterior;
        let errors = (0..8).map(|j| (posterior.mean[j] - truth[j]).powi(2));
        excess.push(posterior.squared_scale().sum() - errors.sum::<f64>());
        (0..8).for_each(|j| means[j].push(posterior.mean[j]));
    }
    for (j, mean) in means.iter().enumerate() {
        let (mean, error) = estimate(mean);
        let z = (mean - truth[j]) / error;
        assert!(z.abs() < 4.0, "coordinate {j}: {mean} {} z = {z}", truth[j]);
    }
    let (mean, error) = estimate(&excess);
    assert!(mean.abs() < 4.0 * error, "{mean} {error}");
}

#[test]
fn deck_14_the_first_step_is_that_of_the_enumerated_gradient_and_fisher_matrix() {
    let mut tabular = Tabular::new(64, 3000, 3);
    let (fisher, truth) = (tabular.fisher(), Array1::from(tabular.gradient()));
    let exact = natural_gradient_dense(&fisher, truth.view(), 0.1).unwrap();
    let edge = trust_region_step(0.01, exact.squared_length).unwrap();
    let expected = exact.direction * edge;

    let mut learner = learner(&tabular.agent, 0.0);
    tabular.collect();
    let agent = &mut tabular.agent;
    let samples = tabular
        .appraisal
        .appraise(agent, &tabular.batch, 0.0)
        .unwrap();
    let rng = &mut Generator::seed_from_u64(1);
    let diagnostics = learner.learn(agent, &samples, 0.0, rng).unwrap();
    let step = &Array1::from(agent.params[..8].to_vec()) - &Array1::from(PARAMS.to_vec());
    assert!(diagnostics.ascent_probability.unwrap() > 1.0 - 1e-6);
    let off = quadratic_kl(&fisher, (&step - &expected).view());
    assert!(off < 1e-3 * 0.01, "{step} {expected} {off}");
}

#[test]
fn what_is_remembered_narrows_the_posterior_and_keeps_it_at_the_gradient() {
    // Large rollouts: x is a quotient of means, biased by their variance, 1 / N, where the posterior's width is 1 / √N.
    let mut tabular = Tabular::new(16, 96, 2);
    let truth = tabular.gradient();
    let mut learner = learner(&tabular.agent, 0.99);
    tabular.collect();
    tabular.direct(&mut learner);
    let first = learner.posterior.squared_scale();
    for _ in 0..600 {
        tabular.collect();
        tabular.direct(&mut learner);
    }
    // A hundred rollouts' worth, 1 / (1 − 0.99).
    let (mean, variance) = (&learner.posterior.mean, learner.posterior.squared_scale());
    let ratio = first.sum() / variance.sum();
    assert!((70.0..140.0).contains(&ratio), "{ratio}");
    for j in 0..8 {
        let z = (mean[j] - truth[j]) / variance[j].sqrt();
        assert!(z.abs() < 4.0, "{j}: {z} {variance}");
    }
}

#[test]
fn where_nothing_has_moved_the_prior_is_the_posterior() {
    let mut tabular = Tabular::new(4, 24, 2);
    let mut learner = learner(&tabular.agent, 0.5);
    learner.settings.damping = 1e-3;
    tabular.collect();
    let once = tabular.direct(&mut learner);
    let first = learner.posterior.clone();
    let again = tabular.direct(&mut learner);
    let off = &again.direction - &once.direction;
    assert!(quadratic_kl(&tabular.fisher(), off.view()) < 1e-8 * once.squared_length);
    // Half of what was known, and the same once more.
    let known = &learner.posterior;
    let ratio = &known.scatter / &first.scatter;
    assert!(
        ratio.iter().all(|ratio| (ratio - 1.5).abs() < 1e-6),
        "{ratio}"
    );
    assert_eq!((known.strength, known.degrees), (24.0, 23.0));
}

/// The parameters after one update, less those before it, and the diagnostics.
fn first_step<M: Simulator + Send>(
    algorithm: Algorithm,
    make: fn(&mut Generator) -> Result<M, EnvError>,
) -> (Vec<f64>, Diagnostics) {
    let mut config = Config::of(algorithm);
    // Pieces of seven and eight steps.
    (config.rollout.environments, config.rollout.steps) = (3, 30);
    (config.policy.hidden, config.critic.hidden) = (vec![8], vec![8]);
    let mut run: Training<M, f64> = Training::new(&config, 90, 5, make).unwrap();
    let before = run.agent.actor().to_vec();
    let update = run.update().unwrap();
    let pairs = run.agent.actor().iter().zip(&before);
    (pairs.map(|(x, y)| x - y).collect(), update.diagnostics)
}

fn assert_a_shortened_npg<M: Simulator + Send>(make: fn(&mut Generator) -> Result<M, EnvError>) {
    let bayes = BayesNpg {
        remembered: 0.0,
        ..BayesNpg::default()
    };
    let (plain, about_plain) = first_step(Algorithm::Npg(NaturalPg::default()), make);
    let (step, about) = first_step(Algorithm::BayesNpg(bayes), make);
    let sure = 2.0 * about.ascent_probability.unwrap() - 1.0;
    assert!(sure > 0.05 && sure < 1.0, "{sure}");
    let longest = plain.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (x, y) in step.iter().zip(&plain) {
        assert!((x - sure * y).abs() < 1e-9 * longest, "{x} {}", sure * y);
    }
    for (x, y) in [
        (about.policy_loss, about_plain.policy_loss),
        (about.gradient_norm, about_plain.gradient_norm),
        (about.value_loss, about_plain.value_loss),
    ] {
        let (x, y) = (x.unwrap(), y.unwrap());
        assert!((x - y).abs() < 1e-9 * y.abs(), "{x} {y}");
    }
}

#[test]
fn without_a_memory_it_is_the_natural_gradient_shortened_by_its_doubt() {
    assert_a_shortened_npg(|rng| Episode::new(CartPole::default(), Some(25), rng));
    assert_a_shortened_npg(|rng| Episode::new(Pendulum::default(), Some(40), rng));
}

/// Of problems drawn from the prior, a share P ascends among those for which P is said; along an axis exactly, along
/// other directions at least.
#[test]
fn deck_14_the_probability_to_ascend_is_how_often_it_does() {
    let rng = &mut Generator::seed_from_u64(4);
    let (kappa, nu) = (0.5, 6.0);
    let prior = DiagonalPosterior::new(
        array![0.2, -0.1, 0.0].view(),
        kappa,
        array![3.0, 6.0, 1.0].view(),
        nu,
    )
    .unwrap();
    let chi = ChiSquared::new(nu).unwrap();
    let (mut on_axis, mut elsewhere) = ([const { Vec::new() }; 2], Vec::new());
    for _ in 0..20_000 {
        let noise = prior.scatter.mapv(|psi| psi / chi.sample(rng));
        let normal = |rng: &mut Generator| -> f64 { rng.sample(StandardNormal) };
        let g = Array1::from_shape_fn(3, |j| {
            prior.mean[j] + (noise[j] / kappa).sqrt() * normal(rng)
        });
        let seen = Array2::from_shape_fn((5, 3), |(_, j)| g[j] + noise[j].sqrt() * normal(rng));
        let mut posterior = prior.clone();
        posterior.update(seen.view()).unwrap();
        let excess = |d: Array1<f64>| {
            let chance = posterior.ascends(d.view()).unwrap();
            (f64::from(u8::from(g.dot(&d) > 0.0)) - chance, chance)
        };
        let (gap, chance) = excess(array![0.0, -1.0, 0.0]);
        on_axis[usize::from(chance > 0.5)].push(gap);
        // The way of steepest ascent, which the same gradients chose.
        elsewhere.push(excess(posterior.mean.clone()).0);
    }
    for gaps in &on_axis {
        let (mean, error) = estimate(gaps);
        assert!(mean.abs() < 4.0 * error, "{mean} {error}");
    }
    let (mean, error) = estimate(&elsewhere);
    assert!(mean > -4.0 * error && mean < 0.02, "{mean} {error}");
}

#[test]
fn advantages_of_nothing_move_nothing() {
    let mut tabular = Tabular::new(2, 6, 2);
    let mut learner = learner(&tabular.agent, 0.5);
    tabular.collect();
    tabular.batch.rewards.fill(0.0);
    let agent = &mut tabular.agent;
    let samples = tabular
        .appraisal
        .appraise(agent, &tabular.batch, 0.0)
        .unwrap();
    let rng = &mut Generator::seed_from_u64(1);
    let diagnostics = learner.learn(agent, &samples, 0.0, rng).unwrap();
    assert_eq!(agent.params[..8], PARAMS);
    assert_eq!(diagnostics.ascent_probability, Some(0.5));
}
