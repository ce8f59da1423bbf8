//! Every law that a site may have: its draws, its densities and its divergences agree.

use kinglet_distributions::{
    Bernoulli, Beta, DiagNormal, Gamma, ImproperUniform, Laplace, LogNormal, Normal, Uniform,
};
use kinglet_svi::{Constraint, Credit, Divergence, Elbo, Error, Gradient, Program, Scalar, Trace};

use crate::measure::sample;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Normal,
    LogNormal,
    Laplace,
    Gamma,
    Beta,
    Uniform,
    Bernoulli,
    Improper,
    Vector,
}

/// A law of this kind, from two positive numbers.
struct Law {
    kind: Kind,
    start: [f64; 2],
    learns: bool,
}

impl Program for Law {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [a, b] = if self.learns {
            trace.param("θ", Constraint::Positive, self.start)?
        } else {
            self.start.map(S::constant)
        };
        match self.kind {
            Kind::Normal => drop(trace.sample("z", Normal::new(a, b)?)?),
            Kind::LogNormal => drop(trace.sample("z", LogNormal::new(a, b)?)?),
            Kind::Laplace => drop(trace.sample("z", Laplace::new(a, b)?)?),
            Kind::Gamma => drop(trace.sample("z", Gamma::new(a, b)?)?),
            Kind::Beta => drop(trace.sample("z", Beta::new(a, b)?)?),
            Kind::Uniform => drop(trace.sample("z", Uniform::new(a, a + b)?)?),
            Kind::Bernoulli => drop(trace.sample("z", Bernoulli::from_logit(a - b)?)?),
            Kind::Improper => drop(trace.sample("z", ImproperUniform)?),
            Kind::Vector => drop(trace.sample("z", DiagNormal::new([a, b], [b, a])?)?),
        }
        Ok(())
    }
}

/// A kind of law and its two numbers.
type End = (Kind, [f64; 2]);

/// The guide's law, the model's.
const PAIRS: [(End, End); 23] = [
    ((Kind::Normal, [0.7, 0.8]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::LogNormal, [0.3, 0.5]), (Kind::LogNormal, [0.6, 0.9])),
    ((Kind::Laplace, [0.7, 0.8]), (Kind::Laplace, [0.2, 1.3])),
    ((Kind::Gamma, [2.5, 1.4]), (Kind::Gamma, [1.8, 0.9])),
    ((Kind::Beta, [2.5, 1.9]), (Kind::Beta, [1.8, 2.2])),
    ((Kind::Bernoulli, [1.2, 0.8]), (Kind::Bernoulli, [0.5, 0.9])),
    ((Kind::Vector, [0.7, 0.8]), (Kind::Vector, [0.4, 1.3])),
    ((Kind::Laplace, [0.7, 0.8]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::LogNormal, [0.3, 0.4]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::Gamma, [2.5, 1.4]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::Beta, [2.5, 1.9]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::Uniform, [0.5, 1.5]), (Kind::Normal, [0.2, 1.3])),
    ((Kind::Gamma, [2.5, 1.4]), (Kind::LogNormal, [0.6, 0.9])),
    ((Kind::LogNormal, [0.3, 0.4]), (Kind::Gamma, [1.8, 0.9])),
    ((Kind::Normal, [0.7, 0.8]), (Kind::Laplace, [0.2, 1.3])),
    ((Kind::Uniform, [0.5, 1.5]), (Kind::Laplace, [0.2, 1.3])),
    ((Kind::Beta, [2.5, 1.9]), (Kind::Gamma, [1.8, 0.9])),
    ((Kind::Beta, [2.5, 1.9]), (Kind::LogNormal, [0.6, 0.9])),
    ((Kind::Uniform, [0.5, 1.5]), (Kind::LogNormal, [0.6, 0.9])),
    ((Kind::Uniform, [0.5, 1.5]), (Kind::Gamma, [1.8, 0.9])),
    ((Kind::Uniform, [0.2, 0.6]), (Kind::Beta, [1.8, 2.2])),
    ((Kind::Gamma, [2.5, 1.4]), (Kind::Improper, [0.0; 2])),
    ((Kind::Uniform, [0.5, 1.5]), (Kind::Improper, [0.0; 2])),
];

/// −KL and its gradient in closed form have no variance, and the sampled ones have them for their mean.
#[test]
fn deck_19_every_law_is_drawn_scored_and_compared_alike() {
    for ((guide, start), (model, fixed)) in PAIRS {
        let guide = Law {
            kind: guide,
            start,
            learns: true,
        };
        let model = Law {
            kind: model,
            start: fixed,
            learns: false,
        };
        let estimator = |gradient, divergence| Elbo {
            gradient,
            divergence,
            credit: Credit::Whole,
            ..Elbo::default()
        };
        // By dependencies: nothing but the closed form is left, and that does not depend on the draw.
        let analytic = Elbo {
            credit: Credit::Dependencies,
            ..estimator(Gradient::Pathwise, Divergence::Analytic)
        };
        let exact = sample(&model, &guide, analytic, 2);
        let what = format!("{:?} {:?}", guide.kind, model.kind);
        assert!(
            exact.total_variance() < 1e-24 && exact.elbo.1 < 1e-24,
            "{what}"
        );
        for gradient in [Gradient::Pathwise, Gradient::Score] {
            let found = sample(
                &model,
                &guide,
                estimator(gradient, Divergence::Sampled),
                20_000,
            );
            found.assert_is(exact.elbo.0, &exact.mean, &format!("{what} {gradient:?}"));
        }
    }
}
