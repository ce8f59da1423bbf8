//! How good runs are, and how sure that is.

use kinglet_algorithms::{
    Bootstrap, Error, Interval, interquartile_mean_interval, probability_of_improvement,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use super::group::Group;
use crate::run_files::Evaluation;

/// 95 % of 2000 resamples, as in Agarwal et al. 2021.
pub(crate) const BOOTSTRAP: Bootstrap = Bootstrap {
    resamples: 2000,
    level: 0.95,
};

/// A generator of its own for each interval, so that it depends on the scores alone.
pub(crate) fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(0)
}

/// The scores of a group's runs.
#[derive(Clone, Debug)]
pub(crate) struct Scored<'a> {
    pub(crate) group: Group<'a>,
    /// A run's: the mean return of its evaluation's episodes.
    pub(crate) scores: Vec<f64>,
    /// The interquartile mean of the scores.
    pub(crate) middle: Interval,
}

/// How often a run of one beats one of another: the places of both in a list, and the probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Improvement {
    pub(crate) one: usize,
    pub(crate) other: usize,
    pub(crate) probability: Interval,
}

impl Improvement {
    /// The probability as one of the two sees it; none for a third.
    pub(crate) fn seen_by(&self, of: usize) -> Option<Interval> {
        match of {
            of if of == self.one => Some(self.probability),
            of if of == self.other => Some(without(self.probability)),
            _ => None,
        }
    }

    /// The same between other places, the smaller one first.
    pub(crate) fn between(&self, one: usize, other: usize) -> Self {
        let (one, other, probability) = match one < other {
            true => (one, other, self.probability),
            false => (other, one, without(self.probability)),
        };
        Self {
            one,
            other,
            probability,
        }
    }
}

/// The probability of the contrary.
fn without(
    Interval {
        estimate,
        low,
        high,
    }: Interval,
) -> Interval {
    Interval {
        estimate: 1.0 - estimate,
        low: 1.0 - high,
        high: 1.0 - low,
    }
}

/// The groups from the best to the worst.
pub(crate) fn ranked(groups: Vec<Group<'_>>) -> Result<Vec<Scored<'_>>, Error> {
    let mut ranked = Vec::new();
    for group in groups {
        let scores: Vec<f64> = group
            .runs
            .iter()
            .filter_map(|run| run.evaluation.as_ref())
            .map(Evaluation::mean)
            .collect();
        let tasks = [scores];
        let middle = interquartile_mean_interval(&tasks, BOOTSTRAP, &mut generator())?;
        let [scores] = tasks;
        ranked.push(Scored {
            group,
            scores,
            middle,
        });
    }
    ranked.sort_by(|a, b| b.middle.estimate.total_cmp(&a.middle.estimate));
    Ok(ranked)
}

/// Every pair of some that have scores on the same tasks, the one that stands first against the one after it.
pub(crate) fn pairs(tasks: &[Vec<Vec<f64>>]) -> Result<Vec<Improvement>, Error> {
    let mut all = Vec::new();
    for (one, x) in tasks.iter().enumerate() {
        for (other, y) in tasks.iter().enumerate().skip(one + 1) {
            let probability = probability_of_improvement(x, y, BOOTSTRAP, &mut generator())?;
            all.push(Improvement {
                one,
                other,
                probability,
            });
        }
    }
    Ok(all)
}
