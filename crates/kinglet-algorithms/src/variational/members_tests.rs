//! The posterior's gradients beside finite differences, a closed form, and the policy gradient that it falls back to.

use kinglet_nn::{Activation, Mlp};
use ndarray::Array2;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

use super::*;
use crate::{Auxiliary, Body, Head, Link, LogStd, Perturbed};

const ROWS: usize = 11; // 4, 4 and 3 for three members
const PRIOR: f64 = 0.8;

fn net(sizes: &[usize]) -> Mlp {
    Mlp::new(sizes, Activation::Tanh).unwrap()
}

/// A posterior over a policy, with φ, a batch, and a weight for each of its rows.
struct Case {
    policy: Policy,
    members: Members<f64>,
    phi: Vec<f64>,
    x: Array2<f64>,
    actions: Vec<f64>,
    weights: Vec<f64>,
}

fn case(over: Over, body: impl Into<Body>, head: Head) -> Case {
    let policy = Policy::new(body, head).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(6);
    let mut members = Members::new(over, &policy, 3);
    let mut uniform =
        |n: usize| -> Vec<f64> { (0..n).map(|_| 1.6 * rng.random::<f64>() - 0.8).collect() };
    let mut phi = members.start(&uniform(policy.n_params()), 0.3);
    let jitter = uniform(phi.len());
    phi.iter_mut().zip(jitter).for_each(|(x, j)| *x += 0.3 * j);
    let inputs = policy.body().n_inputs();
    let x = Array2::from_shape_vec((ROWS, inputs), uniform(ROWS * inputs)).unwrap();
    let weights = uniform(ROWS);
    members.draw(&phi, &mut rng);
    let mut actions = Vec::new();
    for (k, rows) in members.rows(ROWS, 4).into_iter().enumerate() {
        let memory = members.forward(k, &policy, x.slice(ndarray::s![rows.clone(), ..]));
        for row in 0..rows.len() {
            let mut action = vec![0.0; policy.n_action()];
            policy.draw(row, memory, &mut action, &mut rng);
            actions.extend(action);
        }
    }
    Case {
        policy,
        members,
        phi,
        x,
        actions,
        weights,
    }
}

/// A Bayesian network, the simple policy and the auxiliary network, with either kind of action.
fn cases() -> Vec<Case> {
    let heads = [Head::Categorical, Head::Normal(LogStd::Learned(-0.2))];
    let three = |head| {
        let perturbed = || Perturbed::new(net(&[2, 2]), net(&[2, 2]), Link::Exp, 0.5).unwrap();
        let auxiliary = Auxiliary::new(perturbed(), net(&[4, 3, 2])).unwrap();
        [
            case(Over::Parameters, net(&[2, 3, 2]), head),
            case(Over::States, perturbed(), head),
            case(Over::States, auxiliary, head),
        ]
    };
    heads.into_iter().flat_map(three).collect()
}

impl Case {
    /// Shows the rows of each member, and its memory after a forward pass.
    fn each(&mut self, phi: &[f64], mut f: impl FnMut(&Policy, Range<usize>, &mut Memory<f64>)) {
        self.members.place(phi);
        for (k, rows) in self.members.rows(ROWS, 4).into_iter().enumerate() {
            let x = self.x.slice(ndarray::s![rows.clone(), ..]);
            let memory = self.members.forward(k, &self.policy, x);
            f(&self.policy, rows, memory);
        }
    }

    fn actions(&self, rows: &Range<usize>) -> Vec<f64> {
        let n = self.policy.n_action();
        self.actions[n * rows.start..n * rows.end].to_vec()
    }

    /// The mean of wᵢ log π(aᵢ | sᵢ) over all rows, and `weight` times the posterior's terms.
    fn loss(&mut self, phi: &[f64], weight: f64) -> f64 {
        let mut sum = 0.0;
        let (all, n) = (self.actions.clone(), self.policy.n_action());
        let w = self.weights.clone();
        self.each(phi, |policy, rows, memory| {
            let mut out = vec![0.0; rows.len()];
            policy.log_probs(&all[n * rows.start..n * rows.end], memory, &mut out);
            sum += out.iter().zip(&w[rows]).map(|(y, w)| y * w).sum::<f64>();
        });
        sum / ROWS as f64 + weight * self.members.posterior(&self.policy, phi, PRIOR)
    }

    fn gradient(&mut self, phi: &[f64], weight: f64) -> Vec<f64> {
        let (all, n) = (self.actions.clone(), self.policy.n_action());
        let w = self.weights.clone();
        self.each(phi, |policy, rows, memory| {
            let share = 1.0 / rows.len() as f64;
            let own: Vec<f64> = w[rows.clone()].iter().map(|w| share * w).collect();
            policy.weigh_log_probs(&all[n * rows.start..n * rows.end], &own, memory);
        });
        let mut out = vec![0.0; phi.len()];
        (self.members).pull_back(&self.policy, phi, PRIOR, weight, &mut out);
        out
    }

    /// E_ξ KL(π_φ_old ‖ π_φ) with shared noise.
    fn kl(&mut self, laws: &[f64], phi: &[f64]) -> f64 {
        let (mut sum, n) = (0.0, self.policy.n_law());
        self.each(phi, |policy, rows, memory| {
            let mut out = vec![0.0; rows.len()];
            policy.kls(&laws[n * rows.start..n * rows.end], memory, &mut out);
            sum += out.iter().sum::<f64>();
        });
        sum / ROWS as f64
    }
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (x, y)) in found.iter().zip(expected).enumerate() {
        let off = (x - y).abs() / y.abs().max(1.0);
        assert!(off < tolerance, "number {i}: {x}, expected {y}");
    }
}

#[test]
fn xu_12_xu_16_gradients_are_the_finite_differences() {
    for mut case in cases() {
        let phi = case.phi.clone();
        for weight in [0.0, 0.7] {
            let found = case.gradient(&phi, weight);
            let slope = |i: usize| {
                let (mut up, mut down, h) = (phi.clone(), phi.clone(), 1e-6);
                up[i] += h;
                down[i] -= h;
                (case.loss(&up, weight) - case.loss(&down, weight)) / (2.0 * h)
            };
            let expected: Vec<f64> = (0..phi.len()).map(slope).collect();
            assert_close(&found, &expected, 1e-8);
        }
    }
}

#[test]
fn xu_21_the_product_is_the_curvature_of_the_mean_divergence() {
    for mut case in cases() {
        let (phi, mut laws) = (case.phi.clone(), Vec::new());
        let n = case.policy.n_law();
        let x = case.x.clone();
        case.each(&phi, |_, _, _| {});
        for (k, rows) in case.members.rows(ROWS, 4).into_iter().enumerate() {
            let theta = &case.members.thetas[k];
            let own = x.slice(ndarray::s![rows, ..]);
            laws.extend_from_slice(case.policy.forward(theta, own, &mut Memory::default()));
        }
        assert_eq!(laws.len(), ROWS * n);
        let v: Vec<f64> = (0..phi.len()).map(|i| (1.0 + i as f64).sin()).collect();
        let mut found = vec![f64::NAN; phi.len()];
        case.members.fisher_product(&case.policy, &v, &mut found);
        // Along v the second difference of KL; across, its mixed ones.
        let h = 1e-4;
        let mut at = |i: usize, a: f64, b: f64| {
            let mut moved: Vec<f64> = phi.iter().zip(&v).map(|(x, v)| x + b * h * v).collect();
            moved[i] += a * h;
            case.kl(&laws, &moved)
        };
        for (i, found) in found.iter().enumerate() {
            let mixed = at(i, 1.0, 1.0) + at(i, -1.0, -1.0) - at(i, 1.0, -1.0) - at(i, -1.0, 1.0);
            let expected = mixed / (4.0 * h * h);
            assert!((found - expected).abs() < 2e-6, "{i}: {found} {expected}");
        }
    }
}

/// With σ → 0 the gradient by μ is REINFORCE's at μ, and the one by ln σ vanishes.
#[test]
fn xu_08_without_variance_it_is_reinforce() {
    for head in [Head::Categorical, Head::Normal(LogStd::Learned(-0.2))] {
        let mut case = case(Over::Parameters, net(&[2, 3, 2]), head);
        let mut phi = case.phi.clone();
        let n = phi.len() / 2;
        phi[n..].fill(-60.0);
        let found = case.gradient(&phi, 0.0);
        let (mut memory, mut expected) = (Memory::default(), vec![0.0; n]);
        let share: Vec<f64> = case.weights.iter().map(|w| w / ROWS as f64).collect();
        case.policy.forward(&phi[..n], case.x.view(), &mut memory);
        (case.policy).weigh_log_probs(&case.actions(&(0..ROWS)), &share, &mut memory);
        case.policy.vjp(&phi[..n], &mut memory, &mut expected);
        assert_close(&found[..n], &expected, 1e-15);
        assert!(found[n..].iter().all(|g| g.abs() < 1e-20));
        // Without noise in the states either: θ(s, 0) = μ(s).
        let mut members = Members::<f64>::new(Over::Parameters, &case.policy, 2);
        members.place(&phi);
        assert_eq!(members.thetas, vec![phi[..n].to_vec(); 2]);
    }
}

/// R(θ) = −½ Σ cᵢ (θᵢ − bᵢ)²: the posterior ∝ p₀ e^(R/α) is normal, of precision c/α + 1/s².
struct Quadratic {
    curvature: [f64; 2],
    best: [f64; 2],
}

const BOWL: Quadratic = Quadratic {
    curvature: [1.0, 4.0],
    best: [0.7, -0.5],
};

impl Quadratic {
    /// μ and σ of the posterior.
    fn posterior(&self, temperature: f64) -> [[f64; 2]; 2] {
        let precision = self.curvature.map(|c| c / temperature + PRIOR.powi(-2));
        let mean = |i: usize| self.curvature[i] * self.best[i] / temperature / precision[i];
        [[0, 1].map(mean), precision.map(|p| p.powf(-0.5))]
    }

    /// One step's gradient by φ, the members' noise as it is.
    fn gradient(&self, members: &mut Members<f64>, phi: &[f64], temperature: f64) -> Vec<f64> {
        let mut out = vec![0.0; 4];
        members.counts.fill(1);
        for k in 0..members.len() {
            let theta = members.thetas[k].clone();
            for (i, d) in members.d_theta.iter_mut().enumerate() {
                *d = -self.curvature[i] * (theta[i] - self.best[i]);
            }
            members.add_pulled(k, &mut out);
        }
        members.push_apart(phi, PRIOR, temperature, &mut out);
        out
    }
}

fn two() -> Policy {
    Policy::new(net(&[1, 1]), Head::Normal(LogStd::Fixed(0.0))).unwrap()
}

/// With the noise ±1, whose first two moments are those of N(0, 1), the gradient vanishes at the posterior.
#[test]
fn xu_07_xu_16_the_posterior_of_a_known_return_is_stationary() {
    let mut members = Members::<f64>::new(Over::Parameters, &two(), 4);
    members.noise = vec![1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0, -1.0];
    for temperature in [2.0, 0.5, 0.01] {
        let [mean, std] = BOWL.posterior(temperature);
        let phi = [mean[0], mean[1], std[0].ln(), std[1].ln()];
        members.place(&phi);
        let at = BOWL.gradient(&mut members, &phi, temperature);
        assert!(at.iter().all(|g| g.abs() < 1e-14), "{at:?}");
        let off = phi.map(|x| x + 0.1);
        members.place(&off);
        let at = BOWL.gradient(&mut members, &off, temperature);
        assert!(at.iter().all(|g| *g < -1e-3), "{at:?}");
    }
}

/// Ascent with sampled noise arrives there, and as α falls the law draws together at the best θ.
#[test]
fn xu_19_as_the_temperature_falls_so_does_the_variance() {
    let mut members = Members::<f64>::new(Over::Parameters, &two(), 64);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut phi = members.start(&[0.0, 0.0], 1.0);
    for temperature in [1.0, 0.1, 0.01] {
        let (mut sums, steps) = ([0.0; 4], 4000);
        for step in 0..2 * steps {
            members.draw(&phi, &mut rng);
            let gradient = BOWL.gradient(&mut members, &phi, temperature);
            phi.iter_mut()
                .zip(gradient)
                .for_each(|(x, g)| *x += 0.05 * g);
            if step >= steps {
                sums.iter_mut().zip(&phi).for_each(|(sum, x)| *sum += x);
            }
        }
        let [mean, std] = BOWL.posterior(temperature);
        let found = sums.map(|sum| sum / f64::from(steps));
        for i in 0..2 {
            assert!(
                (found[i] - mean[i]).abs() < 0.01,
                "{temperature}: {found:?}"
            );
            assert!(
                (found[2 + i].exp() / std[i] - 1.0).abs() < 0.02,
                "{temperature}: {found:?}"
            );
        }
    }
}
