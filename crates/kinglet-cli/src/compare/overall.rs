//! Groups held against each other over several environments at once.

use kinglet_algorithms::Error;

use super::Compared;
use super::score::{Improvement, pairs};

/// How often a run of one name beats one of another on an environment drawn at random.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Overall<'a> {
    /// The names that every environment has, from the one that wins most.
    pub(crate) labels: Vec<&'a str>,
    /// Every pair of places in the labels.
    pub(crate) improvements: Vec<Improvement>,
}

/// Compares what all environments have; nothing if there is one environment, or no two such names.
///
/// Returns of different environments have no common unit, and wins have: each environment counts once, and its runs are
/// resampled among themselves.
pub(crate) fn overall<'a>(compared: &'a [Compared<'_>]) -> Result<Option<Overall<'a>>, Error> {
    let [first, others @ ..] = compared else {
        return Ok(None);
    };
    let common = first
        .ranked
        .iter()
        .map(|scored| scored.group.label.as_str());
    let labels: Vec<&str> = common
        .filter(|label| others.iter().all(|one| scores(one, label).is_some()))
        .collect();
    if others.is_empty() || labels.len() < 2 {
        return Ok(None);
    }
    let tasks = |label: &str| -> Vec<Vec<f64>> {
        let each = compared.iter().filter_map(|one| scores(one, label));
        each.map(<[f64]>::to_vec).collect()
    };
    let tasks: Vec<_> = labels.iter().map(|label| tasks(label)).collect();
    let pairs = pairs(&tasks)?;
    // How many of the others a name beats, on the average.
    let wins = |of: usize| -> f64 {
        let seen = pairs.iter().filter_map(|pair| pair.seen_by(of));
        seen.map(|probability| probability.estimate).sum()
    };
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|a, b| wins(*b).total_cmp(&wins(*a)));
    let place = |of: usize| order.iter().position(|i| *i == of).unwrap_or(of);
    let mut improvements: Vec<_> = pairs
        .iter()
        .map(|pair| pair.between(place(pair.one), place(pair.other)))
        .collect();
    improvements.sort_by_key(|pair| (pair.one, pair.other));
    Ok(Some(Overall {
        labels: order.iter().map(|i| labels[*i]).collect(),
        improvements,
    }))
}

/// The scores of a name in an environment.
fn scores<'a>(compared: &'a Compared<'_>, label: &str) -> Option<&'a [f64]> {
    let named = |scored: &&super::score::Scored<'_>| scored.group.label == label;
    let found = compared.ranked.iter().find(named)?;
    Some(&found.scores)
}
