//! The deck's figures 2 and 3: reward, negative ELBO and gradients by epoch, the spread fixed, then learnt.
//!
//! `cargo run --release -p kinglet-svi --example deck_figures -- FOLDER`

use std::path::PathBuf;
use std::{env, fs};

use kinglet_plots::{Axes, Axis, Error, Figure, Reference, Series, beside, lines};
use kinglet_svi::spread::{Epoch, Spread, Training, Trial, train};

const EPOCHS: usize = 3000;
const SEED: u64 = 0;

/// Each point of a learning curve is the mean of so many epochs.
const MEAN_OF: usize = 20;

/// Of the gradients every so-manieth epoch is drawn.
const EVERY: usize = 5;

/// A swing is the standard deviation over so many epochs.
const WINDOW: usize = 50;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "the folder for the figures is missing: deck_figures FOLDER";
    let folder = PathBuf::from(env::args().nth(1).ok_or(usage)?);
    fs::create_dir_all(&folder)?;
    let fixed = train(&Trial::figure_2(), EPOCHS, SEED)?;
    let learnt = [Spread::Raw, Spread::Log].map(|s| train(&Trial::figure_3(s), EPOCHS, SEED));
    let [raw, log] = learnt;
    let (raw, log) = (raw?, log?);
    let both = |of: fn(&Training) -> Vec<Series>| [of(&raw), of(&log)];
    for (name, figure) in [
        ("2-value", fixed_value(&fixed)?),
        ("2-gradient", fixed_gradient(&fixed)?),
        ("3-value", learnt_value(&raw, &log)?),
        (
            "3-weights",
            learnt_gradients("weights", both(weights), raw.epochs.len())?,
        ),
        (
            "3-biases",
            learnt_gradients("biases", both(biases), raw.epochs.len())?,
        ),
        ("3-scale", learnt_scale(&raw, &log)?),
    ] {
        let path = folder.join(format!("figure-{name}.svg"));
        fs::write(&path, figure.svg())?;
        println!("{}: {} bytes", path.display(), figure.svg().len());
    }
    for (name, training) in [("fixed", &fixed), ("raw", &raw), ("log", &log)] {
        println!("{name}: {}", outcome(training));
    }
    Ok(())
}

fn outcome(training: &Training) -> String {
    let last = training.epochs[training.epochs.len() - 1];
    let end = training
        .broken
        .as_ref()
        .map_or("went on to the end".to_owned(), ToString::to_string);
    format!(
        "{} epochs, σ = {:.3}, distance {:.3}; {end}",
        training.epochs.len(),
        last.std,
        last.distance
    )
}

/// Means of so many epochs.
fn curve(label: &str, training: &Training, of: impl Fn(&Epoch) -> f64) -> Series {
    let parts = training.epochs.chunks_exact(MEAN_OF).enumerate();
    let points = parts.map(|(i, part)| {
        let mean = part.iter().map(&of).sum::<f64>() / MEAN_OF as f64;
        (((i + 1) * MEAN_OF) as f64, mean)
    });
    let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
    Series::line(label, x, y)
}

/// Epochs as they were.
fn trace(label: &str, training: &Training, of: impl Fn(&Epoch) -> f64) -> Series {
    let points = training.epochs.iter().enumerate().step_by(EVERY);
    let (x, y): (Vec<f64>, Vec<f64>) = points.map(|(i, epoch)| ((i + 1) as f64, of(epoch))).unzip();
    Series::line(label, x, y)
}

/// Standard deviations of so many epochs.
fn swing(label: &str, training: &Training, of: impl Fn(&Epoch) -> f64) -> Series {
    let parts = training.epochs.chunks_exact(WINDOW).enumerate();
    let points = parts.map(|(i, part)| {
        let n = WINDOW as f64;
        let mean = part.iter().map(&of).sum::<f64>() / n;
        let variance = part.iter().map(|e| (of(e) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (((i + 1) * WINDOW) as f64, variance.sqrt())
    });
    let (x, y): (Vec<f64>, Vec<f64>) = points.unzip();
    Series::line(label, x, y)
}

fn axes(title: &str, y: &str, alt: &str) -> Axes {
    Axes::new(title, Axis::linear("epoch"), Axis::linear(y), alt)
}

fn fixed_value(fixed: &Training) -> Result<Figure, Error> {
    let reward = lines(
        &axes(
            "σ fixed: the reward",
            "reward of an episode",
            "The reward of an episode rises from −33 to −5 within 300 epochs and stays there.",
        ),
        &[curve("", fixed, |e| e.reward)],
    )?;
    let loss = lines(
        &axes(
            "σ fixed: the loss",
            "negative ELBO, nats",
            "The negative ELBO falls from 18 to −9 within 300 epochs and stays there.",
        ),
        &[curve("", fixed, |e| -e.elbo)],
    )?;
    beside(&reward, &loss)
}

fn fixed_gradient(fixed: &Training) -> Result<Figure, Error> {
    let weights = lines(
        &axes(
            "σ fixed: the gradient by the weights",
            "gradient of the ELBO",
            "The gradients by the four weights swing around zero with a deviation of about ten, at the end as at the start.",
        ),
        &weights(fixed),
    )?;
    let biases = lines(
        &axes(
            "σ fixed: the gradient by the biases",
            "gradient of the ELBO",
            "The gradients by the two biases start on either side of zero and then swing around it with a deviation of \
             about seventeen, at the end as at the start.",
        ),
        &biases(fixed),
    )?;
    beside(&weights, &biases)
}

fn weights(training: &Training) -> Vec<Series> {
    let names = ["W₁₁", "W₁₂", "W₂₁", "W₂₂"].iter().enumerate();
    names
        .map(|(i, name)| trace(name, training, move |e| e.weights[i]))
        .collect()
}

fn biases(training: &Training) -> Vec<Series> {
    let names = ["b₁", "b₂"].iter().enumerate();
    names
        .map(|(i, name)| trace(name, training, move |e| e.bias[i]))
        .collect()
}

fn learnt_value(raw: &Training, log: &Training) -> Result<Figure, Error> {
    let panel = |title, y, alt, of: fn(&Epoch) -> f64| {
        let axes = Axes {
            y: Axis::log(y),
            ..axes(title, "", alt)
        };
        lines(
            &axes,
            &[curve("σ learnt", raw, of), curve("log σ learnt", log, of)],
        )
    };
    beside(
        &panel(
            "σ learnt: the reward",
            "cost of an episode, −Σ r",
            "By either parameter the cost of an episode falls from 46 to between 0.2, the least, and 0.5; by σ within 300 epochs, \
             but that training ends at epoch 1409.",
            |e| -e.reward,
        )?,
        &panel(
            "σ learnt: the loss",
            "negative ELBO, nats",
            "By either parameter the negative ELBO falls from 2300 to about 28 nats; by σ sooner, until that training \
             ends.",
            |e| -e.elbo,
        )?,
    )
}

/// By σ at the left, by log σ at the right, on the same axes.
fn learnt_gradients(
    what: &str,
    [raw, log]: [Vec<Series>; 2],
    broken: usize,
) -> Result<Figure, Error> {
    let all = || {
        raw.iter()
            .chain(&log)
            .flat_map(|series| series.y.iter().copied())
    };
    let ends = vec![all().fold(0.0, f64::min), all().fold(0.0, f64::max)];
    let panel = |title: String, alt: String, series: &[Series], references| {
        let (mut x, mut y) = (Axis::linear("epoch"), Axis::linear("gradient of the ELBO"));
        x.include = vec![0.0, EPOCHS as f64];
        y.include = ends.clone();
        let axes = Axes {
            references,
            ..Axes::new(title, x, y, alt)
        };
        lines(&axes, series)
    };
    let left = panel(
        format!("σ learnt: the gradient by the {what}"),
        format!(
            "Swings around zero, wide in the first 300 epochs; the lines end at epoch {broken}, where σ falls below 0."
        ),
        &raw,
        vec![Reference::vertical("σ < 0", broken as f64)],
    )?;
    let right = panel(
        format!("log σ learnt: the gradient by the {what}"),
        "Swings of the same width, to the end.".to_owned(),
        &log,
        Vec::new(),
    )?;
    beside(&left, &right)
}

fn learnt_scale(raw: &Training, log: &Training) -> Result<Figure, Error> {
    let best = Trial::figure_3(Spread::Log).best_std();
    let std = lines(
        &Axes {
            y: Axis::log("standard deviation of the policy"),
            references: vec![Reference::horizontal("best", best)],
            ..axes(
                "As a parameter, σ staggers and falls below 0",
                "",
                "Learnt as σ the deviation reaches its best value of 0.1 at epoch 250, staggers between 0.03 and 0.15 and \
                 falls below zero at epoch 1409; learnt as log σ it comes down smoothly and stays at 0.1.",
            )
        },
        &[
            trace("σ learnt", raw, |e| e.std),
            trace("log σ learnt", log, |e| e.std),
        ],
    )?;
    let swings = lines(
        &Axes {
            y: Axis::log("sd of the gradient over 50 epochs"),
            ..axes(
                "By σ the gradient swings 1/σ times as far",
                "",
                "The deviation of the gradient by σ is between 300 and 800 once σ is near 0.1, that of the one by log σ \
                 about 60.",
            )
        },
        &[
            swing("by σ", raw, |e| e.scale),
            swing("by log σ", log, |e| e.scale),
        ],
    )?;
    beside(&std, &swings)
}
