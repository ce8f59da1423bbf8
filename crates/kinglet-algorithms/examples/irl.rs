//! How near a learnt reward leads to the expert, by the number of demonstrations: both forms of the likelihood, on a
//! gridworld without slips and on one with them.
//!
//! `cargo run --release -p kinglet-algorithms --example irl -- FOLDER`

#[path = "../src/irl/cliff.rs"]
mod cliff;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::{env, fs};

use kinglet_algorithms::{
    Demonstrations, Error, FiniteSoftQ, InnerLoop, Rate, RewardConfig, TabularIrl, irl,
};
use kinglet_envs::TabularMdp;
use kinglet_objectives::{MaxEntIrl, RewardTable, fit_reward, policy_visits};
use kinglet_plots::{Axes, Axis, Figure, Mark, Reference, Series, Spread, beside, lines};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

use cliff::{cliff, distance, follower, seen, visitation};

const COUNTS: [usize; 6] = [30, 100, 300, 1000, 3000, 10_000];

/// Independent sets of demonstrations for each number of them.
const SETS: u64 = 6;

const NAMES: [&str; 4] = [
    "demonstrations themselves",
    "causal form",
    "causal form, soft Q-learning",
    "trajectory form",
];

/// Of one number of demonstrations: for each of [`NAMES`], the mean distance over the sets and its standard error.
type Row = [(f64, f64); 4];

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let usage = "the folder for the figure is missing: irl FOLDER";
    let folder = PathBuf::from(env::args().nth(1).ok_or(usage)?);
    fs::create_dir_all(&folder)?;
    let mut panels = Vec::new();
    for slip in [0.0, 0.3] {
        let mdp = cliff(slip)?;
        let bias = endless(&mdp)?;
        println!("\nSlip {slip}; the trajectory form with endless demonstrations: {bias:.4}\n");
        println!("| demonstrations | {} |", NAMES.join(" | "));
        println!("|---|{}", "---|".repeat(NAMES.len()));
        let mut rows = Vec::new();
        for count in COUNTS {
            let row = distances(&mdp, count)?;
            let cells = row.map(|(mean, error)| format!("{mean:.4} ± {error:.4}"));
            println!("| {count} | {} |", cells.join(" | "));
            rows.push(row);
        }
        panels.push(panel(slip, bias, &rows)?);
    }
    let path = folder.join("figure-irl.svg");
    fs::write(&path, beside(&panels[0], &panels[1])?.svg())?;
    println!("\n{}", path.display());
    Ok(())
}

/// How far each is from the expert.
fn distances(mdp: &TabularMdp, count: usize) -> Result<Row, Error> {
    let sets = (0..SETS)
        .into_par_iter()
        .map(|seed| of_set(mdp, count, seed));
    let sets: Vec<[f64; 4]> = sets.collect::<Result<_, _>>()?;
    let n = sets.len() as f64;
    let mut row = [(0.0, 0.0); 4];
    for (i, cell) in row.iter_mut().enumerate() {
        let mean = sets.iter().map(|set| set[i]).sum::<f64>() / n;
        let squares: f64 = sets.iter().map(|set| (set[i] - mean).powi(2)).sum();
        *cell = (mean, (squares / (n - 1.0) / n).sqrt());
    }
    Ok(row)
}

fn of_set(mdp: &TabularMdp, count: usize, seed: u64) -> Result<[f64; 4], Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let expert = cliff::expert(mdp)?;
    let truth = visitation(mdp, &expert)?;
    let demonstrations = Demonstrations::draw(mdp, expert.view(), count, &mut rng)?;
    let mut learn = |inner| -> Result<f64, Error> {
        let settings = settings(count, inner);
        let go_on = &mut |_| ControlFlow::Continue(());
        let mut learnt = irl(mdp, &demonstrations, &settings, &mut rng, go_on)?;
        let policy = follower(mdp, learnt.reward.table())?;
        Ok(distance(&visitation(mdp, &policy)?, &truth))
    };
    let (causal, trajectory) = (learn(InnerLoop::SoftValues)?, learn(InnerLoop::Posterior)?);
    let sampled = learn(InnerLoop::SoftQ(near()))?;
    let own = distance(&seen(&demonstrations, truth.dim())?, &truth);
    Ok([own, causal, sampled, trajectory])
}

/// Soft Q-learning that keeps near to rewards as large as ten thousand demonstrations let them grow.
fn near() -> FiniteSoftQ {
    FiniteSoftQ {
        learning_rate: 2e-3,
        updates: 24,
        ..FiniteSoftQ::default()
    }
}

/// A standard normal prior for each parameter of the reward.
fn settings(count: usize, inner: InnerLoop) -> TabularIrl {
    let reward = RewardConfig {
        weight_decay: 1.0 / count as f64,
        learning_rate: Rate::linear(1e-2, 0.0),
        ..RewardConfig::default()
    };
    TabularIrl {
        reward,
        steps: 1500,
        trajectories: 128,
        inner,
    }
}

/// How far the trajectory form is from the expert with a table of rewards and endless demonstrations.
fn endless(mdp: &TabularMdp) -> Result<f64, Failure> {
    let expert = cliff::expert(mdp)?;
    let visits = policy_visits(mdp, expert.view())?;
    let counts = visits
        .as_slice()
        .ok_or("the visits are in standard layout")?;
    let mut model = MaxEntIrl::new(mdp, RewardTable::StateAction)?;
    let go_on = &mut |_| ControlFlow::Continue(());
    let fit = fit_reward(&mut model, counts, 1e-5, 20_000, go_on)?;
    let policy = follower(mdp, fit.reward.into_shape_with_order(visits.dim())?)?;
    Ok(distance(
        &visitation(mdp, &policy)?,
        &visitation(mdp, &expert)?,
    ))
}

fn panel(slip: f64, bias: f64, rows: &[Row]) -> Result<Figure, kinglet_plots::Error> {
    let series = NAMES.iter().enumerate().map(|(i, name)| Series {
        label: (*name).to_owned(),
        x: COUNTS.map(|count| count as f64).to_vec(),
        y: rows.iter().map(|row| row[i].0).collect(),
        spread: Spread::Band(rows.iter().map(|row| row[i].1).collect()),
        mark: Mark::LineAndPoints,
    });
    let series: Vec<Series> = series.collect();
    let (title, alt, references) = if slip == 0.0 {
        (
            "Without slips the two forms are one",
            "The distance of every learnt policy falls with the number of demonstrations and stays below that of the \
             demonstrations themselves.",
            Vec::new(),
        )
    } else {
        (
            "With slips the trajectory form stays biased",
            "The distance of the causal form falls with the number of demonstrations, below that of the demonstrations \
             themselves; that of the trajectory form levels off at 0.12, its exact limit.",
            vec![Reference::horizontal("limit", bias)],
        )
    };
    let mut y = Axis::log("total variation from the expert's visits");
    y.include = vec![0.005, 0.5];
    let axes = Axes {
        references,
        ..Axes::new(title, Axis::log("demonstrations"), y, alt)
    };
    lines(&axes, &series)
}
