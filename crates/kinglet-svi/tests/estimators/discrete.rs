//! Discrete sites: enumeration is exact, the score is right in the mean, and both mix with normal sites.

use autodiff::F1;
use kinglet_distributions::{Categorical, Normal};
use kinglet_svi::{
    Baseline, Constraint, Credit, Divergence, Elbo, Error, Gradient, How, Program, Scalar, Trace,
};

use crate::measure::{gradient, sample};
use crate::programs::{TREE, TreeGuide, TreeModel, tree_elbo};

#[test]
fn deck_15_enumeration_is_the_exact_gradient() {
    let (value, exact) = gradient(tree_elbo::<F1>, &TREE);
    for credit in [Credit::Whole, Credit::Dependencies] {
        let estimator = Elbo {
            gradient: Gradient::Enumerate,
            credit,
            ..Elbo::default()
        };
        let found = sample(&TreeModel, &TreeGuide, estimator, 2);
        found.assert_is(value, &exact, "enumerated");
        assert!(found.total_variance() < 1e-28);
    }
}

#[test]
fn deck_15_scores_of_discrete_sites_are_right_in_the_mean() {
    let (value, exact) = gradient(tree_elbo::<F1>, &TREE);
    for credit in [Credit::Whole, Credit::Dependencies] {
        for divergence in [Divergence::Sampled, Divergence::Analytic] {
            for baseline in [Baseline::None, Baseline::DecayingAverage(0.9)] {
                let estimator = Elbo {
                    credit,
                    divergence,
                    baseline,
                    ..Elbo::default()
                };
                let found = sample(&TreeModel, &TreeGuide, estimator, 20_000);
                found.assert_is(value, &exact, &format!("{estimator:?}"));
            }
        }
    }
}

/// A coin chooses which of two normal laws a number is drawn from; the number is seen with noise.
struct MixtureModel;
impl Program for MixtureModel {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let coin = trace.sample("coin", Categorical::from_logits(&[S::zero(); 2])?)?;
        let mean = S::constant([-1.0, 2.0][coin]);
        let z = trace.sample("z", Normal::new(mean, S::one())?)?;
        trace.observe("x", Normal::new(z, S::constant(0.5))?, &[S::constant(0.8)])
    }
}

/// `before` draws a number that the coin's logit depends on.
struct MixtureGuide {
    coin: Gradient,
    number: Gradient,
}

const MIXTURE: [f64; 5] = [0.3, -0.4, 0.9, -0.2, 0.1];

impl Program for MixtureGuide {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [logit, m0, m1, log_s0, log_s1] = trace.param("q", Constraint::Real, MIXTURE)?;
        let law = Categorical::from_logits(&[S::zero(), logit])?;
        let by = |gradient| How {
            gradient: Some(gradient),
            ..How::default()
        };
        let coin = trace.sample_by("coin", law, by(self.coin))?;
        let (mean, log_std) = [(m0, log_s0), (m1, log_s1)][coin];
        trace.sample_by("z", Normal::from_log_std(mean, log_std), by(self.number))?;
        Ok(())
    }
}

/// The same bound in closed form.
fn mixture_elbo<S: Scalar>(p: &[S]) -> S {
    let c = S::constant;
    let one = S::one();
    let q1 = (one + (-p[0]).exp()).recip();
    let mut sum = S::zero();
    for (q, prior, mean, log_std) in [(one - q1, -1.0, p[1], p[3]), (q1, 2.0, p[2], p[4])] {
        let variance = (log_std + log_std).exp();
        let square = |d: S| d * d + variance;
        let ln_2pi = (2.0 * std::f64::consts::PI).ln();
        let log_z = c(-0.5) * square(mean - c(prior)) - c(0.5 * ln_2pi);
        let log_x = c(-2.0) * square(c(0.8) - mean) - c(0.5f64.ln() + 0.5 * ln_2pi);
        let entropy = log_std + c(0.5 * ln_2pi + 0.5);
        sum = sum + q * (c(0.5f64.ln()) - q.ln() + log_z + log_x + entropy);
    }
    sum
}

#[test]
fn deck_18_every_mixture_of_ways_has_the_exact_mean() {
    let (value, exact) = gradient(mixture_elbo::<F1>, &MIXTURE);
    for coin in [Gradient::Enumerate, Gradient::Score] {
        for number in [Gradient::Pathwise, Gradient::Score] {
            for credit in [Credit::Whole, Credit::Dependencies] {
                for divergence in [Divergence::Sampled, Divergence::Analytic] {
                    let estimator = Elbo {
                        credit,
                        divergence,
                        ..Elbo::default()
                    };
                    let guide = MixtureGuide { coin, number };
                    let found = sample(&MixtureModel, &guide, estimator, 20_000);
                    found.assert_is(value, &exact, &format!("{coin:?} {number:?} {estimator:?}"));
                }
            }
        }
    }
}

/// The number comes first and decides on the coin: it is drawn once for both sides of the coin.
#[test]
fn what_comes_before_an_enumerated_site_is_drawn_once() {
    struct Model;
    impl Program for Model {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let z = trace.sample("z", Normal::new(S::zero(), S::one())?)?;
            let coin = trace.sample("coin", Categorical::from_logits(&[S::zero(); 2])?)?;
            trace.factor("r", if coin == 1 { z } else { -z * z })
        }
    }
    struct Guide(Gradient);
    impl Program for Guide {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [m, slope] = trace.param("q", Constraint::Real, [0.4, 0.8])?;
            let z = trace.sample("z", Normal::new(m, S::one())?)?;
            let law = Categorical::from_logits(&[S::zero(), slope * z])?;
            let gradient = Some(self.0);
            trace.sample_by(
                "coin",
                law,
                How {
                    gradient,
                    ..How::default()
                },
            )?;
            Ok(())
        }
    }
    // E over z by quadrature, over the coin by hand.
    let quadrature = kinglet_objectives::gauss_hermite(120);
    let bound = |p: &[F1]| {
        let nodes = quadrature.nodes.iter().zip(&quadrature.weights);
        nodes.fold(F1::cst(0.0), |sum, (&xi, &w)| {
            use num_traits::Float;
            let z = p[0] + F1::cst(xi);
            let q = (F1::cst(1.0) + (-(p[1] * z)).exp()).recip();
            let other = F1::cst(1.0) - q;
            let half = F1::cst(0.5f64.ln());
            let coin = q * (z + half - q.ln()) + other * (-z * z + half - other.ln());
            let kl = F1::cst(0.5) * (F1::cst(xi * xi) - z * z);
            sum + F1::cst(w) * (coin + kl)
        })
    };
    let (value, exact) = gradient(bound, &[0.4, 0.8]);
    let mut variances = Vec::new();
    for way in [Gradient::Enumerate, Gradient::Score] {
        let found = sample(&Model, &Guide(way), Elbo::default(), 20_000);
        found.assert_is(value, &exact, &format!("{way:?}"));
        variances.push(found.total_variance());
    }
    assert!(variances[0] < 0.8 * variances[1], "{variances:?}");
}
