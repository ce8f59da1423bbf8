//! What a score is weighted by: the terms that depend on its draw, and no others.

use kinglet_distributions::{Categorical, Normal};
use kinglet_nn::{Activation, Mlp};
use kinglet_svi::{
    Constraint, Credit, Elbo, Error, Gradient, How, Part, Program, Scalar, Svi, Trace,
};

use crate::measure::{rng, sample};
use crate::programs::{ChainGuide, ChainModel, Wish};

const CREDITED: Elbo = Elbo {
    particles: 1,
    gradient: Gradient::Score,
    credit: Credit::Dependencies,
    divergence: kinglet_svi::Divergence::Sampled,
    baseline: kinglet_svi::Baseline::None,
};

const WHOLE: Elbo = Elbo {
    credit: Credit::Whole,
    ..CREDITED
};

/// Ten independent numbers, each with a reward of its own: the other nine are noise to its score.
#[test]
fn deck_18_fewer_terms_less_variance() {
    let whole = sample(&Many::model(10), &Many::guide(10), WHOLE, 4000);
    let credited = sample(&Many::model(10), &Many::guide(10), CREDITED, 4000);
    let [few, all] = [&credited, &whole].map(|found| found.total_variance());
    assert!(few < 0.2 * all, "{few} {all}");
}

/// What z₁ is weighted by is everything in both, so nothing changes there; z₂ gains.
#[test]
fn deck_18_the_first_site_keeps_all_terms() {
    let guide = ChainGuide(Wish::Default);
    let whole = sample(&ChainModel, &guide, WHOLE, 20_000);
    let credited = sample(&ChainModel, &guide, CREDITED, 20_000);
    for i in [0, 1] {
        assert_eq!(credited.variance[i], whole.variance[i]);
    }
    let second = |found: &[f64]| found[2..].iter().sum::<f64>();
    let [few, all] = [&credited, &whole].map(|found| second(&found.variance));
    assert!(few < 0.95 * all, "{few} {all}");
}

/// Two independent numbers, each with a reward of its own.
struct Two {
    looks: Looks,
}

#[derive(Clone, Copy, PartialEq)]
enum Looks {
    No,
    InOrder,
    InPlates,
}

impl Program for Two {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let looks = self.looks;
        let one = move |trace: &mut Trace<S>, i: usize| {
            let z = trace.sample(("z", i), Normal::new(S::zero(), S::one())?)?;
            let reward = [100.0, 1000.0][i];
            if looks != Looks::No && z > S::constant(50.0) {
                return trace.factor(("r", i), S::zero());
            }
            trace.factor(("r", i), z * S::zero() + S::constant(reward))
        };
        if looks == Looks::InPlates {
            return trace.plate(2, one);
        }
        one(trace, 0)?;
        one(trace, 1)
    }
}

struct TwoGuide;
impl Program for TwoGuide {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let m = trace.param("m", Constraint::Real, [0.0, 0.0])?;
        for (i, m) in m.into_iter().enumerate() {
            trace.sample(("z", i), Normal::new(m, S::one())?)?;
        }
        Ok(())
    }
}

/// ∇ log q is z itself at m = 0, σ = 1, and log p − log q is zero: the gradient over z is the credited reward.
#[test]
fn deck_18_a_term_goes_to_the_draws_that_it_was_computed_from() {
    let mut svi = Svi::new(CREDITED, 0.0);
    for (looks, expected) in [
        (Looks::No, [100.0, 1000.0]),
        // A comparison with z₀ comes before r₁, which may thus depend on it.
        (Looks::InOrder, [1100.0, 1000.0]),
        // In a plate it may not.
        (Looks::InPlates, [100.0, 1000.0]),
    ] {
        svi.estimate(&Two { looks }, &TwoGuide, &mut rng(5))
            .unwrap();
        for i in 0..2 {
            let z = svi.trace().value(("z", i)).unwrap()[0].plain();
            let credited = svi.gradient[i] / z;
            // Whatever the model does after a look at z₀ may depend on it: its word on z₁ too.
            let also = match (looks, i) {
                (Looks::InOrder, 0) => svi.trace().log_prob(("z", 1)).unwrap().plain(),
                _ => 0.0,
            };
            let expected = expected[i] + also;
            assert!((credited - expected).abs() < 1e-9, "{credited}, {expected}");
        }
    }
}

/// After a plate, everything may depend on all of its elements.
#[test]
fn after_a_plate_all_its_looks_count() {
    struct After;
    impl Program for After {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            trace.plate(2, |trace, i| {
                let z = trace.sample(("z", i), Normal::new(S::zero(), S::one())?)?;
                trace.factor(
                    ("r", i),
                    if z > S::constant(9.0) {
                        S::zero()
                    } else {
                        S::one()
                    },
                )
            })?;
            trace.factor("last", S::constant(10.0))
        }
    }
    let mut svi = Svi::new(CREDITED, 0.0);
    svi.estimate(&After, &TwoGuide, &mut rng(5)).unwrap();
    for i in 0..2 {
        let z = svi.trace().value(("z", i)).unwrap()[0].plain();
        assert!((svi.gradient[i] / z - 11.0).abs() < 1e-9);
    }
}

/// A reward that was computed by a network from a draw depends on the draw.
#[test]
fn dependence_passes_through_networks() {
    struct Model(Mlp);
    impl Program for Model {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let block = trace.network("net", &self.0)?;
            for i in 0..2 {
                let z = trace.sample(("z", i), Normal::new(S::zero(), S::one())?)?;
                let mut y = [S::zero()];
                trace.call(&self.0, &block, &[z], &mut y);
                trace.factor(("r", i), y[0])?;
            }
            Ok(())
        }
    }
    let model = Model(Mlp::new(&[1, 4, 1], Activation::Tanh).unwrap());
    let mut svi = Svi::new(CREDITED, 0.0);
    svi.estimate(&model, &TwoGuide, &mut rng(5)).unwrap();
    for i in 0..2 {
        let z = svi.trace().value(("z", i)).unwrap()[0].plain();
        let reward = [("r", 0), ("r", 1)][i];
        let reward = svi.trace().log_prob(reward).unwrap().plain();
        // "m" is the first parameter: the guide asks first.
        assert!((svi.gradient[i] / z - reward).abs() < 1e-9);
    }
}

/// Numbers, each with the reward i + (zᵢ − 1)² · slope.
struct Many {
    n: usize,
    guides: Part,
    slope: f64,
}

impl Many {
    fn model(n: usize) -> Self {
        let (guides, slope) = (Part::Model, -1.0);
        Self { n, guides, slope }
    }

    fn guide(n: usize) -> Self {
        let (guides, slope) = (Part::Guide, 0.0);
        Self { n, guides, slope }
    }
}

impl Program for Many {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        for i in 0..self.n {
            if self.guides == Part::Guide {
                let block = trace.block("m", Constraint::Real, self.n, |_, _| ())?;
                let m = trace.number(&block, i);
                trace.sample(("z", i), Normal::new(m, S::one())?)?;
            } else {
                let z = trace.sample(("z", i), Normal::new(S::zero(), S::one())?)?;
                let off = z - S::one();
                let reward = off * off * S::constant(self.slope) + S::constant(i as f64);
                trace.factor(("r", i), reward)?;
            }
        }
        Ok(())
    }
}

/// A hundred sites fill more than one word of a set.
#[test]
fn many_sites_each_have_their_own_reward() {
    const N: usize = 100;
    let model = Many {
        slope: 0.0,
        ..Many::model(N)
    };
    let mut svi = Svi::new(CREDITED, 0.0);
    svi.estimate(&model, &Many::guide(N), &mut rng(5)).unwrap();
    for i in 0..N {
        let z = svi.trace().value(("z", i)).unwrap()[0].plain();
        assert!((svi.gradient[i] / z - i as f64).abs() < 1e-9);
    }
}

/// As the deck coded it: a draw through which the gradient passes and a detached reward. What is left is
/// log q(W + σξ; W), which does not depend on W.
#[test]
fn deck_27_a_detached_reward_behind_a_path_teaches_nothing() {
    use kinglet_svi::direction::{DirectionGuide, DirectionModel, Reward};
    let model = DirectionModel {
        reward: Reward::Detached,
    };
    let guide = DirectionGuide { start: [0.2, 0.4] };
    for credit in [Credit::Whole, Credit::Dependencies] {
        let estimator = Elbo {
            gradient: Gradient::Pathwise,
            credit,
            ..Elbo::default()
        };
        let mut svi = Svi::new(estimator, 0.0);
        for seed in 0..20 {
            svi.estimate(&model, &guide, &mut rng(seed)).unwrap();
            assert_eq!(svi.gradient, [0.0, 0.0]);
        }
    }
}

/// A category decides on what is drawn next; the draws of the first and the third are independent of each other.
#[test]
fn a_category_counts_for_all_that_comes_after() {
    struct Model;
    impl Program for Model {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            trace.factor("before", S::constant(1000.0))?;
            let coin = trace.sample("coin", Categorical::from_logits(&[S::zero(); 2])?)?;
            trace.factor("after", S::constant([10.0, 20.0][coin]))
        }
    }
    struct Guide;
    impl Program for Guide {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [l] = trace.param("l", Constraint::Real, [0.0])?;
            trace.sample_by(
                "coin",
                Categorical::from_logits(&[S::zero(), l])?,
                How::score(),
            )?;
            Ok(())
        }
    }
    let mut svi = Svi::new(CREDITED, 0.0);
    svi.estimate(&Model, &Guide, &mut rng(5)).unwrap();
    let coin = svi.trace().value("coin").unwrap()[0].plain();
    let expected = if coin == 1.0 { 0.5 * 20.0 } else { -0.5 * 10.0 };
    assert!((svi.gradient[0] - expected).abs() < 1e-12);
}

/// A law checks its mean when it is made; that is no look of the program.
#[test]
fn a_check_of_a_law_is_no_look() {
    struct Model;
    impl Program for Model {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let z = trace.sample(("z", 0), Normal::new(S::zero(), S::one())?)?;
            Normal::new(z, S::one())?;
            trace.sample(("z", 1), Normal::new(S::zero(), S::one())?)?;
            trace.factor("r", S::constant(100.0))
        }
    }
    let mut svi = Svi::new(CREDITED, 0.0);
    svi.estimate(&Model, &TwoGuide, &mut rng(5)).unwrap();
    assert_eq!(svi.gradient, [0.0, 0.0]);
}
