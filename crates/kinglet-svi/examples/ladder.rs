//! The deck's ladder of direction tasks: how many samples each estimator needs, beside the deck's counts.
//!
//! `cargo run --release -p kinglet-svi --example ladder`

use kinglet_nn::{Activation, Mlp};
use kinglet_svi::ladder::{Map, Rung, RungGuide, RungModel};
use kinglet_svi::{Baseline, Credit, Elbo, Error, Gradient, Solution, Svi, solution};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

const SEEDS: u64 = 10;

/// One line of the table.
struct Line {
    task: &'static str,
    deck: &'static str,
    rung: Rung,
    way: &'static str,
    elbo: Elbo,
    steps: usize,
}

fn main() -> Result<(), Error> {
    println!(
        "Samples (runs of the guide) until the error is at most 0.1, and until it is and never again exceeds 0.25;"
    );
    println!(
        "median of {SEEDS} seeds (how many of them got there). Adam, step 0.01; with a baseline the credit goes by"
    );
    println!("dependencies. Runs of 40K, 60K, 150K and 30K samples.\n");
    println!("| task | deck | estimator | particles | first within 0.1 | within 0.1 for good |");
    println!("|---|---|---|---|---|---|");
    for line in lines()? {
        let found = (0..SEEDS).map(|seed| race(&line, seed));
        let found = found.collect::<Result<Vec<_>, _>>()?;
        println!(
            "| {} | {} | {} | {} | {} | {} |",
            line.task,
            line.deck,
            line.way,
            line.elbo.particles,
            median(found.iter().map(|found| found.entered)),
            median(found.iter().map(|found| found.settled)),
        );
    }
    Ok(())
}

/// Trains with one seed; steps are turned into samples.
fn race(line: &Line, seed: u64) -> Result<Solution, Error> {
    let mut svi = Svi::new(line.elbo, 0.01);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (model, guide) = (RungModel(&line.rung), RungGuide(&line.rung));
    let mut errors = Vec::with_capacity(line.steps);
    for _ in 0..line.steps {
        svi.step(&model, &guide, &mut rng)?;
        errors.push(line.rung.error(svi.params())?);
    }
    let found = solution(errors, 0.1, 0.25);
    let samples = |steps: Option<usize>| steps.map(|n| n * line.elbo.particles);
    Ok(Solution {
        entered: samples(found.entered),
        settled: samples(found.settled),
    })
}

/// The median, where more than half got there, and how many did where not all.
fn median(found: impl Iterator<Item = Option<usize>>) -> String {
    let all: Vec<Option<usize>> = found.collect();
    let mut there: Vec<usize> = all.iter().flatten().copied().collect();
    there.sort_unstable();
    let share = match there.len() {
        n if n == all.len() => String::new(),
        n => format!(" ({n} of {})", all.len()),
    };
    let middle = there
        .get(all.len() / 2)
        .map_or("—".into(), usize::to_string);
    middle + &share
}

/// The ways that apply at a rung. With one action every term depends on it, so that credit by dependencies is the same.
fn ways(particles: usize, actions: usize) -> Vec<(&'static str, Elbo)> {
    let by = |gradient, credit, baseline| Elbo {
        particles,
        gradient,
        credit,
        baseline,
        ..Elbo::default()
    };
    let (whole, credited) = (Credit::Whole, Credit::Dependencies);
    let average = Baseline::DecayingAverage(0.9);
    let mut ways = vec![
        ("path", by(Gradient::Pathwise, whole, Baseline::None)),
        ("score", by(Gradient::Score, whole, Baseline::None)),
    ];
    if actions > 1 {
        ways.push((
            "score, dependencies",
            by(Gradient::Score, credited, Baseline::None),
        ));
    }
    ways.push((
        "score, decaying average",
        by(Gradient::Score, credited, average),
    ));
    if particles > 1 {
        let elbo = by(Gradient::Score, credited, Baseline::LeaveOneOut);
        ways.push(("score, leave-one-out", elbo));
    }
    ways
}

fn lines() -> Result<Vec<Line>, Error> {
    let net = Mlp::new(&[2, 16, 2], Activation::Tanh)?;
    let critic = Mlp::new(&[2, 16, 1], Activation::Tanh)?;
    let rung = |map: &Map, actions, baseline: Option<&Mlp>| Rung {
        map: map.clone(),
        actions,
        baseline: baseline.cloned(),
    };
    let network = Map::Network(net);
    let mut lines = Vec::new();
    for (task, deck, map, actions, sizes, samples) in [
        (
            "fixed",
            "15K, 1 particle",
            &Map::Fixed,
            1,
            &[1, 10][..],
            40_000,
        ),
        (
            "by state, linear",
            "30K, 10",
            &Map::Linear,
            1,
            &[1, 10],
            60_000,
        ),
        (
            "by state, network",
            "50K, 100",
            &network,
            1,
            &[10, 100],
            150_000,
        ),
        (
            "ten actions, network",
            "2M, 100–200",
            &network,
            10,
            &[1, 10],
            30_000,
        ),
    ] {
        for &particles in sizes {
            for (way, elbo) in ways(particles, actions) {
                let (rung, steps) = (rung(map, actions, None), samples / particles);
                lines.push(Line {
                    task,
                    deck,
                    rung,
                    way,
                    elbo,
                    steps,
                });
            }
        }
    }
    for particles in [1, 10] {
        let elbo = Elbo {
            particles,
            gradient: Gradient::Score,
            credit: Credit::Dependencies,
            ..Elbo::default()
        };
        lines.push(Line {
            task: "ten actions, network, baseline",
            deck: "500K, 100–200",
            rung: rung(&network, 10, Some(&critic)),
            way: "score, learnt baseline",
            elbo,
            steps: 30_000 / particles,
        });
    }
    Ok(lines)
}
