//! The curves of a run.

use kinglet_plots::{Axes, Axis, Error, Figure, Mark, Reference, Series, lines};

use crate::run_files::{Column, Metrics};

/// The bound has a place in the figure of what it bounds.
const BOUND: &str = "kl_bound";

/// What columns are called in a figure, in the order in which they are shown: name, title, axis.
const KNOWN: [(&str, &str, &str); 18] = [
    ("return", "Return", "mean return of the episodes that ended"),
    (
        "length",
        "Length",
        "mean length of the episodes that ended, steps",
    ),
    ("entropy", "Entropy", "entropy of the policy, nats"),
    (
        "kl",
        "Divergence of the update",
        "KL from the old policy, nats",
    ),
    (
        "explained_variance",
        "Explained variance",
        "share of the returns' variance",
    ),
    ("policy_loss", "Loss of the policy", "loss"),
    ("value_loss", "Loss of the critic", "mean squared error"),
    ("clip_fraction", "Clipped samples", "share of the samples"),
    ("gradient_norm", "Gradient", "length before clipping"),
    ("step_size", "Step size", "step size"),
    ("temperature", "Temperature", "temperature, units of reward"),
    ("kl_coefficient", "Penalty", "weight of the KL"),
    (
        "e_step_kl",
        "E-step",
        "KL of the E-step, share of its bound",
    ),
    ("mean_kl", "M-step, mean", "KL, share of its bound"),
    (
        "covariance_kl",
        "M-step, covariance",
        "KL, share of its bound",
    ),
    (
        "ascent_probability",
        "Ascent",
        "probability that the step ascends",
    ),
    (
        "posterior_std",
        "Spread of the policies",
        "mean standard deviation of the parameters",
    ),
    ("episodes", "Episodes", "episodes that ended"),
];

/// A figure for every column that has numbers, the known ones first.
pub(crate) fn figures(metrics: &Metrics) -> Result<Vec<Figure>, Error> {
    let known = KNOWN.iter().filter_map(|(name, title, axis)| {
        let points = metrics.points(name);
        (!points.is_empty()).then(|| figure(metrics, name, title, axis, &points))
    });
    let others = metrics.columns.iter().filter(|column| !is_known(column));
    let others = others.filter_map(|column| {
        let points = metrics.points(&column.name);
        let title = column.name.replace('_', " ");
        (!points.is_empty()).then(|| figure(metrics, &column.name, &title, &title, &points))
    });
    known.chain(others).collect()
}

fn is_known(column: &Column) -> bool {
    column.name == BOUND || KNOWN.iter().any(|(name, _, _)| *name == column.name)
}

fn figure(
    metrics: &Metrics,
    name: &str,
    title: &str,
    axis: &str,
    points: &[(f64, f64)],
) -> Result<Figure, Error> {
    let ends = [points[0].1, points[points.len() - 1].1];
    let alt = format!(
        "{title} over environment steps, from {:.4} to {:.4}.",
        ends[0], ends[1]
    );
    let mut axes = Axes::new(
        title,
        Axis::linear("environment steps"),
        Axis::linear(axis),
        alt,
    );
    let mut all = vec![series("", points)];
    if name == "kl" {
        bound(&metrics.points(BOUND), &mut axes, &mut all);
    }
    lines(&axes, &all)?.small()
}

/// A bound that stays is a line across; one that moves is a curve.
fn bound(points: &[(f64, f64)], axes: &mut Axes, all: &mut Vec<Series>) {
    let Some((_, first)) = points.first() else {
        return;
    };
    if points.iter().all(|(_, bound)| bound == first) {
        axes.references.push(Reference::horizontal("bound", *first));
    } else {
        all[0].label = "KL".into();
        all.push(series("bound", points));
    }
}

/// A line; a disc where there is one point only.
fn series(label: &str, points: &[(f64, f64)]) -> Series {
    let x = points.iter().map(|point| point.0);
    let y = points.iter().map(|point| point.1);
    let mark = match points.len() {
        1 => Mark::Points,
        _ => Mark::Line,
    };
    Series {
        label: label.into(),
        x: x.collect(),
        y: y.collect(),
        spread: kinglet_plots::Spread::None,
        mark,
    }
}
