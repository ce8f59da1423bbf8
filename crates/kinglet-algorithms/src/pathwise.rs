//! Continuous actions as functions of noise.

use std::f64::consts::LN_2;

use kinglet_nn::Scalar;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::ActionInput;

/// ½ ln 2π.
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;

/// Actions u = μ + σ ξ of given noise ξ, what critics see of them, and the way back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pathwise<S> {
    /// u, `[B, n_action]`.
    pub(crate) actions: Vec<S>,
    /// What critics see of u, `[B, n_action]`.
    pub(crate) seen: Vec<S>,
    /// ln π(a|s), `[B]`, in nats.
    pub(crate) log_probs: Vec<S>,
    /// σ, `[B, n_action]`.
    stds: Vec<S>,
    /// Scratch: −2 |u|, its exponential, and the logarithm of 1 plus that.
    slopes: Vec<S>,
}

impl<S: Scalar> Pathwise<S> {
    /// The actions of this noise under these laws (μ, ln σ).
    ///
    /// # Shapes
    /// `laws`: `[B, 2 n_action]`; `noise`: `[B, n_action]`.
    pub(crate) fn draw(&mut self, laws: &[S], noise: &[S], input: &ActionInput) {
        let m = input.n_action();
        self.stds.clear();
        self.log_probs.clear();
        let (half, constant) = (S::from_f64(0.5), S::from_f64(HALF_LN_2_PI));
        for (law, noise) in laws.chunks_exact(2 * m).zip(noise.chunks_exact(m)) {
            self.stds.extend_from_slice(&law[m..]);
            let terms = law[m..].iter().zip(noise);
            let sum: S = terms
                .map(|(log_std, xi)| half * *xi * *xi + *log_std + constant)
                .sum();
            self.log_probs.push(-sum);
        }
        S::exp_all(&mut self.stds);
        self.actions.clear();
        let rows = laws.chunks_exact(2 * m).zip(noise.chunks_exact(m));
        for ((law, noise), stds) in rows.zip(self.stds.chunks_exact(m)) {
            let each = law[..m].iter().zip(noise).zip(stds);
            self.actions
                .extend(each.map(|((mean, xi), std)| *mean + *std * *xi));
        }
        self.seen.resize(self.actions.len(), S::zero());
        input.see(&self.actions, &mut self.seen);
        if input.is_squashed() {
            self.squash(m);
        }
    }

    /// From the density of u to that of tanh u: −Σ ln(1 − tanh² u) = −Σ 2 (ln 2 − |u| − ln(1 + e^(−2|u|))).
    fn squash(&mut self, m: usize) {
        let (one, two) = (S::one(), S::from_f64(2.0));
        self.slopes.clear();
        self.slopes
            .extend(self.actions.iter().map(|u| -two * u.abs()));
        S::exp_all(&mut self.slopes);
        self.slopes.iter_mut().for_each(|e| *e += one);
        S::ln_all(&mut self.slopes);
        let rows = self
            .slopes
            .chunks_exact(m)
            .zip(self.actions.chunks_exact(m));
        for (log_prob, (slopes, actions)) in self.log_probs.iter_mut().zip(rows) {
            let terms = slopes.iter().zip(actions);
            let sum: S = terms.map(|(ln, u)| S::from_f64(LN_2) - u.abs() - *ln).sum();
            *log_prob -= two * sum;
        }
    }

    /// The gradient by the law of row `row` of L = d · seen + `weight` ln π(a|s), in which the noise is held.
    ///
    /// # Shapes
    /// `noise`, `d_seen`: `[n_action]`, the row's; `d_law`: `[2 n_action]`, which is overwritten.
    pub(crate) fn back(
        &self,
        row: usize,
        noise: &[S],
        d_seen: &[S],
        weight: S,
        input: &ActionInput,
        d_law: &mut [S],
    ) {
        let m = noise.len();
        let own = row * m..(row + 1) * m;
        let (seen, stds) = (&self.seen[own.clone()], &self.stds[own]);
        let (d_mean, d_log_std) = d_law.split_at_mut(m);
        d_mean.copy_from_slice(d_seen);
        input.back(seen, d_mean);
        let two = S::from_f64(2.0);
        for j in 0..m {
            if input.is_squashed() {
                d_mean[j] += weight * two * seen[j];
            }
            d_log_std[j] = d_mean[j] * stds[j] * noise[j] - weight;
        }
    }
}

/// Standard normal noise in every place.
pub(crate) fn fill_normal<S: Scalar, R: Rng + ?Sized>(noise: &mut [S], rng: &mut R) {
    noise.fill_with(|| {
        let xi: f64 = StandardNormal.sample(rng);
        S::from_f64(xi)
    });
}

#[cfg(test)]
mod tests {
    use kinglet_envs::Actions;
    use kinglet_nn::{Activation, Mlp};
    use ndarray::Array2;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    use super::*;
    use crate::{Head, LogStd, Memory, Policy};

    /// Against the policy's own log-probability of the same action, and against central differences in the law.
    #[test]
    fn log_probabilities_are_the_policys_and_gradients_those_of_the_path() {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(3);
        let actions = Actions::Box {
            low: vec![-2.0, -1.0],
            high: vec![2.0, 3.0],
        };
        for head in [
            Head::Normal(LogStd::OfState),
            Head::TanhNormal(LogStd::OfState),
        ] {
            let policy = Policy::new(Mlp::new(&[3, 4], Activation::Tanh).unwrap(), head).unwrap();
            let params = policy.init_lecun(rng).to_vec();
            let input = ActionInput::new(&policy, &actions).unwrap();
            let states = Array2::from_shape_fn((5, 3), |(i, j)| ((3 * i + j) as f64).sin());
            let mut memory = Memory::default();
            let laws = policy.forward(&params, states.view(), &mut memory).to_vec();
            let mut noise = [0.0; 10];
            fill_normal(&mut noise, rng);
            let mut drawn = Pathwise::default();
            drawn.draw(&laws, &noise, &input);
            let mut expected = [0.0; 5];
            policy.log_probs(&drawn.actions, &memory, &mut expected);
            for (found, expected) in drawn.log_probs.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{head:?}");
            }

            let (d_seen, weight) = ([0.7, -1.3], 0.4);
            let loss = |laws: &[f64]| {
                let mut drawn = Pathwise::default();
                drawn.draw(laws, &noise, &input);
                let row = drawn.seen[2..4].iter().zip(d_seen);
                row.map(|(a, d)| a * d).sum::<f64>() + weight * drawn.log_probs[1]
            };
            let mut d_law = [0.0; 4];
            drawn.back(1, &noise[2..4], &d_seen, weight, &input, &mut d_law);
            for (j, d) in d_law.iter().enumerate() {
                let at = |shift: f64| {
                    let mut moved = laws.clone();
                    moved[4 + j] += shift;
                    loss(&moved)
                };
                let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((d - slope).abs() < 1e-8, "{head:?} {j}: {d} {slope}");
            }
        }
    }
}
