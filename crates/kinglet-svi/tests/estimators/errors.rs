//! What is wrong with a pair of programs is told by the site's name.

use kinglet_distributions::{Categorical, ImproperUniform, Normal};
use kinglet_svi::{
    Constraint, Elbo, Error, Name, Params, Part, Program, Scalar, Seed, Support, Svi, Trace,
};

use crate::measure::rng;

/// A program that is a list of what it does.
struct Does(&'static [Step]);

#[derive(Clone, Copy)]
enum Step {
    Normal(&'static str),
    Two(&'static str),
    Coin(&'static str, usize),
    NanMean(&'static str),
    Factor(&'static str, f64),
    Observe(&'static str),
    Impossible(&'static str),
    Seed(&'static str),
    Anything(&'static str),
    Param(&'static str, f64),
    Params(&'static str),
}

impl Program for Does {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let standard = Normal::new(S::zero(), S::one())?;
        for step in self.0 {
            match *step {
                Step::Normal(site) => drop(trace.sample(site, standard)?),
                Step::Two(site) => drop(trace.sample(site, [standard; 2])?),
                Step::Coin(site, n) => {
                    trace.sample(site, Categorical::from_logits(&vec![S::zero(); n])?)?;
                }
                Step::NanMean(site) => {
                    let law = Normal::from_log_std(S::nan(), S::zero());
                    trace.sample(site, law)?;
                }
                Step::Factor(site, x) => trace.factor(site, S::constant(x))?,
                Step::Observe(site) => trace.observe(site, standard, &[S::zero()])?,
                Step::Impossible(site) => {
                    let law = Categorical::from_probabilities(&[S::zero(), S::one()])?;
                    trace.observe(site, law, &[S::zero()])?;
                }
                Step::Seed(site) => drop(trace.sample(site, Seed)?),
                Step::Anything(site) => drop(trace.sample(site, ImproperUniform)?),
                Step::Param(name, x) => drop(trace.param(name, Constraint::Positive, [x])?),
                Step::Params(name) => drop(trace.param(name, Constraint::Positive, [1.0; 2])?),
            }
        }
        Ok(())
    }
}

/// What plain and recorded runs say, which is the same.
#[track_caller]
fn error(model: &'static [Step], guide: &'static [Step]) -> Error {
    let (model, guide) = (Does(model), Does(guide));
    let plain = Trace::<f64>::of(&model, &guide, &Params::default(), &mut rng(1)).unwrap_err();
    let mut svi = Svi::new(Elbo::default(), 0.1);
    let recorded = svi.step(&model, &guide, &mut rng(1)).unwrap_err();
    assert_eq!(plain.to_string(), recorded.to_string());
    plain
}

use Step::{Coin, Factor, NanMean, Observe, Two};

#[test]
fn a_site_that_occurs_twice() {
    for (model, guide, program) in [
        (
            &[][..],
            &[Step::Normal("z"), Coin("y", 2), Step::Normal("z")][..],
            Part::Guide,
        ),
        (
            &[Step::Normal("z"), Step::Normal("z")],
            &[Step::Normal("z")],
            Part::Model,
        ),
        (
            &[Step::Normal("z"), Factor("z", 0.0)],
            &[Step::Normal("z")],
            Part::Model,
        ),
    ] {
        let site = Name::from("z");
        assert_eq!(error(model, guide), Error::SampledTwice { site, program });
    }
}

#[test]
fn a_site_that_one_program_lacks() {
    let site = Name::from("z");
    let both = &[Step::Normal("y"), Step::Normal("z")];
    assert_eq!(
        error(both, &[Step::Normal("y")]),
        Error::MissingInGuide { site }
    );
    assert_eq!(
        error(&[Step::Normal("y")], both),
        Error::MissingInModel { site }
    );
}

#[test]
fn supports_and_lengths_that_do_not_match() {
    let site = Name::from("z");
    for (model, guide) in [(3, 2), (2, 3)] {
        let found = match (model, guide) {
            (3, 2) => error(&[Coin("z", 3)], &[Coin("z", 2)]),
            _ => error(&[Coin("z", 2)], &[Coin("z", 3)]),
        };
        let (guide, model) = (Support::Categories(guide), Support::Categories(model));
        assert_eq!(found, Error::SupportMismatch { site, guide, model });
    }
    let (guide, model) = (Support::Real, Support::Categories(2));
    let found = error(&[Coin("z", 2)], &[Step::Normal("z")]);
    assert_eq!(found, Error::SupportMismatch { site, guide, model });
    let found = error(&[Step::Normal("z")], &[Two("z")]);
    let (guide, model) = (2, 1);
    assert_eq!(found, Error::LengthMismatch { site, guide, model });
    let (guide, model) = (Support::Seeds, Support::Real);
    let found = error(&[Step::Normal("z")], &[Step::Seed("z")]);
    assert_eq!(found, Error::SupportMismatch { site, guide, model });
}

#[test]
fn log_probabilities_that_are_none() {
    let nan = |e: Error, program| {
        let Error::NotANumber {
            site,
            value,
            program: found,
        } = e
        else {
            panic!("{e}");
        };
        assert!(site == Name::from("z") && value.is_nan() && found == program);
    };
    nan(error(&[], &[NanMean("z")]), Part::Guide);
    nan(error(&[NanMean("z")], &[Step::Normal("z")]), Part::Model);
    nan(error(&[Factor("z", f64::NAN)], &[]), Part::Model);
    // Nothing can be drawn from what has no normaliser.
    let e = error(&[], &[Step::Anything("z")]);
    assert!(matches!(e, Error::NotDrawable { site } if site == Name::from("z")));
    let site = Name::from("z");
    let (value, program) = (f64::INFINITY, Part::Model);
    let found = error(&[Factor("z", f64::INFINITY)], &[]);
    assert_eq!(
        found,
        Error::NotANumber {
            site,
            value,
            program
        }
    );
    let (value, program) = (f64::NEG_INFINITY, Part::Model);
    let found = error(&[Factor("z", f64::NEG_INFINITY)], &[]);
    assert_eq!(
        found,
        Error::Impossible {
            site,
            value,
            program
        }
    );
    let found = error(&[Step::Impossible("z")], &[]);
    assert_eq!(
        found,
        Error::Impossible {
            site,
            value: 0.0,
            program
        }
    );
}

#[test]
fn a_guide_that_observes() {
    let site = Name::from("z");
    assert_eq!(error(&[], &[Observe("z")]), Error::ObservedInGuide { site });
    assert_eq!(
        error(&[], &[Factor("z", 1.0)]),
        Error::ObservedInGuide { site }
    );
}

#[test]
fn parameters_that_cannot_be() {
    let name = Name::from("s");
    let (value, constraint) = (-2.0, Constraint::Positive);
    let found = error(&[], &[Step::Param("s", -2.0)]);
    assert_eq!(
        found,
        Error::OutsideConstraint {
            name,
            value,
            constraint
        }
    );
    let (known, asked) = (1, 2);
    let found = error(&[Step::Params("s")], &[Step::Param("s", 2.0)]);
    assert_eq!(found, Error::ParameterChanged { name, known, asked });
}

#[test]
fn estimates_of_nothing() {
    let mut svi = Svi::new(
        Elbo {
            particles: 0,
            ..Elbo::default()
        },
        0.1,
    );
    let found = svi.step(&Does(&[]), &Does(&[]), &mut rng(1));
    assert_eq!(found, Err(Error::NoParticles));
    assert_eq!(
        svi.record(&Does(&[]), &Does(&[]), &mut rng(1)),
        Err(Error::NoParticles)
    );
}

/// After an error the next step is as good as new.
#[test]
fn an_error_leaves_nothing_behind() {
    let mut svi = Svi::new(Elbo::default(), 0.1);
    let (good, bad) = (Does(&[Step::Normal("z")]), Does(&[NanMean("z")]));
    assert!(svi.step(&bad, &good, &mut rng(1)).is_err());
    assert_eq!(svi.step(&good, &good, &mut rng(1)), Ok(0.0));
    assert!(svi.step(&good, &Does(&[]), &mut rng(1)).is_err());
    assert_eq!(svi.step(&good, &good, &mut rng(1)), Ok(0.0));
}

#[test]
fn a_run_prints_as_a_table() {
    let model = Does(&[
        Coin("y", 1),
        Step::Normal("z"),
        Observe("x"),
        Factor("r", -2.0),
    ]);
    let guide = Does(&[Step::Normal("z"), Coin("y", 1)]);
    let trace = Trace::<f64>::of(&model, &guide, &Params::default(), &mut rng(1)).unwrap();
    let table = trace.to_string();
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines[0], ["site", "law", "value", "log", "p", "log", "q"]);
    assert_eq!(lines[1][..3], ["z", "sample", "Normal(0.00,"]);
    assert_eq!(lines[1][5], lines[1][6]); // one law, one log-probability
    assert_eq!(
        lines[2],
        ["y", "sample", "Categorical(1.00)", "0", "0", "0"]
    );
    assert_eq!(lines[3], ["x", "observe", "-0.9189"]);
    assert_eq!(lines[4], ["r", "factor", "-2"]);
    assert_eq!(lines[5][0], "sum");
    let sum: f64 = lines[5][1].parse().unwrap();
    assert!((sum - trace.log_p()).abs() < 1e-4);
    let ends: Vec<usize> = table
        .lines()
        .take(3)
        .map(|line| line.chars().count())
        .collect();
    assert_eq!(ends, [ends[0]; 3]); // the last column is set to the right
}
