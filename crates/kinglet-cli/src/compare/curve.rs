//! The learning curve of some runs, with a band.

use kinglet_algorithms::{Error, interquartile_mean_interval};
use kinglet_plots::Series;

use super::score::{BOOTSTRAP, generator};
use crate::run_files::{Metrics, Run};

/// Into how many stretches of equal length the steps are cut, at most.
const STRETCHES: usize = 100;

/// The interquartile mean of the runs' returns over the steps that all of them have done, with its 95 % interval.
///
/// In each stretch of steps a run counts with the mean of the episodes that ended in it; where none did, with the value
/// on the line between its neighbours. None if a run has no two such stretches.
pub(crate) fn curve(label: &str, runs: &[&Run]) -> Result<Option<Series>, Error> {
    let last = runs.iter().map(|run| run.metrics.steps.last().copied());
    let Some(Some(last)) = last.min() else {
        return Ok(None);
    };
    let rows = runs.iter().map(|run| run.metrics.steps.len()).min();
    let count = STRETCHES.min(rows.unwrap_or(0)).max(1);
    let ends: Vec<f64> = (1..=count)
        .map(|i| last as f64 * i as f64 / count as f64)
        .collect();
    let lines: Option<Vec<Vec<Option<f64>>>> = runs
        .iter()
        .map(|run| filled(&means(&run.metrics, &ends)))
        .collect();
    let Some(lines) = lines else {
        return Ok(None);
    };
    let (mut x, mut y, mut low, mut high) = (vec![], vec![], vec![], vec![]);
    for (i, end) in ends.iter().enumerate() {
        let here: Option<Vec<f64>> = lines.iter().map(|line| line[i]).collect();
        let Some(here) = here else { continue };
        let middle = interquartile_mean_interval(&[here], BOOTSTRAP, &mut generator())?;
        x.push(*end);
        y.push(middle.estimate);
        low.push(middle.low);
        high.push(middle.high);
    }
    if x.is_empty() {
        return Ok(None);
    }
    Ok(Some(match runs.len() {
        1 => Series::line(label, x, y),
        _ => Series::between(label, x, y, low, high),
    }))
}

/// The mean return of the episodes that ended after one end and up to the next.
fn means(metrics: &Metrics, ends: &[f64]) -> Vec<Option<f64>> {
    let weights = metrics.points("episodes");
    let mut sums = vec![(0.0, 0.0); ends.len()];
    for (step, mean) in metrics.points("return") {
        let at = ends.partition_point(|end| *end < step);
        let Some((sum, count)) = sums.get_mut(at) else {
            continue;
        };
        let found = weights.binary_search_by(|(other, _)| other.total_cmp(&step));
        let weight = found.map_or(1.0, |i| weights[i].1);
        *sum += weight * mean;
        *count += weight;
    }
    sums.into_iter()
        .map(|(sum, count)| (count > 0.0).then_some(sum / count))
        .collect()
}

/// Puts the line between its neighbours into every gap, and the last value after it. None if there is no value.
fn filled(values: &[Option<f64>]) -> Option<Vec<Option<f64>>> {
    let known: Vec<usize> = (0..values.len()).filter(|i| values[*i].is_some()).collect();
    let value = |i: usize| values[i].unwrap_or(f64::NAN);
    let (first, last) = (*known.first()?, *known.last()?);
    let between = |i: usize| {
        let next = known.partition_point(|k| *k < i);
        let (a, b) = (known[next - 1], known[next]);
        let share = (i - a) as f64 / (b - a) as f64;
        value(a) + share * (value(b) - value(a))
    };
    let fill = |i: usize| match values[i] {
        Some(value) => Some(value),
        None if i < first => None,
        None if i > last => Some(value(last)),
        None => Some(between(i)),
    };
    Some((0..values.len()).map(fill).collect())
}
