//! Small programs with known ELBOs.

use kinglet_distributions::{Categorical, Normal};
use kinglet_svi::{Constraint, Error, How, Program, Scalar, Trace};
use num_traits::Float;

/// What the chain's end was seen to be.
pub(crate) const SEEN: f64 = 1.3;

/// z₁ ~ N(0, 1), z₂ ~ N(z₁, 1), and x ~ N(z₂, 1) is seen.
pub(crate) struct ChainModel;

impl Program for ChainModel {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let z1 = trace.sample("z1", Normal::new(S::zero(), S::one())?)?;
        let z2 = trace.sample("z2", Normal::new(z1, S::one())?)?;
        trace.observe("x", Normal::new(z2, S::one())?, &[S::constant(SEEN)])
    }
}

/// z₁ ~ N(m₁, s₁²), z₂ ~ N(a z₁ + m₂, s₂²); the parameters are m₁, ln s₁, a, m₂, ln s₂.
pub(crate) struct ChainGuide(pub(crate) Wish);

pub(crate) const CHAIN: [f64; 5] = [0.4, -0.3, 0.6, 0.5, -0.5];

/// What the sites z₁ and z₂ want.
#[derive(Clone, Copy)]
pub(crate) enum Wish {
    Default,
    /// z₁ by the score, z₂ as the estimator says.
    FirstByScore,
    /// z₂ by the score, z₁ as the estimator says.
    SecondByScore,
}

impl Wish {
    fn how<S>(self, site: usize) -> How<S> {
        match (self, site) {
            (Wish::FirstByScore, 1) | (Wish::SecondByScore, 2) => How::score(),
            _ => How::default(),
        }
    }
}

impl Program for ChainGuide {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [m1, log_s1, a, m2, log_s2] = trace.param("chain", Constraint::Real, CHAIN)?;
        let q1 = Normal::from_log_std(m1, log_s1);
        let z1 = trace.sample_by("z1", q1, self.0.how(1))?;
        let q2 = Normal::from_log_std(a * z1 + m2, log_s2);
        trace.sample_by("z2", q2, self.0.how(2))?;
        Ok(())
    }
}

/// The chain's ELBO in closed form.
pub(crate) fn chain_elbo<S: Scalar>(p: &[S]) -> S {
    let c = S::constant;
    let [m1, log_s1, a, m2, log_s2] = [p[0], p[1], p[2], p[3], p[4]];
    let (v1, v2) = ((log_s1 + log_s1).exp(), (log_s2 + log_s2).exp());
    let ln_2pi = c((2.0 * std::f64::consts::PI).ln());
    let square = |mean: S, variance: S| mean * mean + variance;
    let b = a - S::one();
    let first = square(m1, v1);
    let second = square(b * m1 + m2, b * b * v1 + v2);
    let seen = square(c(SEEN) - (a * m1 + m2), a * a * v1 + v2);
    let entropy = log_s1 + log_s2 + S::one() + ln_2pi;
    entropy - c(0.5) * (first + second + seen) - c(1.5) * ln_2pi
}

/// A category z₁ of three, and a category z₂ of two with logits of its own for each z₁; rewards for both.
pub(crate) struct TreeModel;

pub(crate) const FIRST_REWARD: [f64; 3] = [0.3, -1.1, 0.7];
pub(crate) const SECOND_REWARD: [[f64; 2]; 3] = [[-0.4, 0.9], [1.6, -0.2], [0.1, -1.3]];

impl Program for TreeModel {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let z1 = trace.sample("z1", Categorical::from_logits(&[S::zero(); 3])?)?;
        trace.factor("r1", S::constant(FIRST_REWARD[z1]))?;
        let z2 = trace.sample("z2", Categorical::from_logits(&[S::zero(); 2])?)?;
        trace.factor("r2", S::constant(SECOND_REWARD[z1][z2]))
    }
}

pub(crate) const TREE: [f64; 9] = [0.2, -0.5, 0.4, 0.3, -0.3, -0.8, 0.1, 0.6, -0.2];

pub(crate) struct TreeGuide;

impl Program for TreeGuide {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let l = trace.param("logits", Constraint::Real, TREE)?;
        let z1 = trace.sample("z1", Categorical::from_logits(&l[..3])?)?;
        trace.sample("z2", Categorical::from_logits(&l[3 + 2 * z1..5 + 2 * z1])?)?;
        Ok(())
    }
}

/// ln softmax.
pub(crate) fn log_softmax<S: Float>(logits: &[S]) -> Vec<S> {
    let sum = logits.iter().fold(S::zero(), |sum, l| sum + l.exp()).ln();
    logits.iter().map(|l| *l - sum).collect()
}

/// The tree's ELBO, all six leaves.
pub(crate) fn tree_elbo<S: Scalar>(l: &[S]) -> S {
    let prior = S::constant(-(6.0f64).ln());
    let mut sum = S::zero();
    let first = log_softmax(&l[..3]);
    for z1 in 0..3 {
        let second = log_softmax(&l[3 + 2 * z1..5 + 2 * z1]);
        for z2 in 0..2 {
            let log_q = first[z1] + second[z2];
            let reward = S::constant(FIRST_REWARD[z1] + SECOND_REWARD[z1][z2]);
            sum = sum + log_q.exp() * (prior + reward - log_q);
        }
    }
    sum
}
