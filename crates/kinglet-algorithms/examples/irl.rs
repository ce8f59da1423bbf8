//! How near a learnt reward leads to the expert, by the number of demonstrations: both forms of the likelihood, on a
//! gridworld without slips and on one with them.
//!
//! `cargo run --release -p kinglet-algorithms --example irl -- FOLDER`

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::{env, fs};

use kinglet_algorithms::{
    Demonstrations, Error, FiniteSoftQ, InnerLoop, Rate, RewardConfig, TabularIrl, irl,
};
use kinglet_envs::{CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, TabularMdp};
use kinglet_objectives::{
    MaxEntIrl, RewardTable, fit_reward, policy_visits, soft_value_iteration_finite, state_marginals,
};
use kinglet_plots::{Axes, Axis, Figure, Mark, Reference, Series, Spread, beside, lines};
use ndarray::{Array2, Array3};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use rayon::prelude::*;

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
        let mdp = world(slip)?.mdp;
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

/// A way along a cliff to a goal that pays for as long as one is there.
fn world(slip: f64) -> Result<Gridworld, kinglet_envs::Error> {
    let rewards = CellRewards {
        step: -0.5,
        cliff: -3.0,
        goal: 1.0,
    };
    let rules = GridRules {
        moves: Moves::Four,
        slip,
        rewards,
        after_goal: Exit::Absorbing,
        after_cliff: Exit::Free,
        horizon: Horizon::Finite(10),
    };
    Gridworld::from_map("....\n....\nSCCG", rules)
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
    let expert = soft_value_iteration_finite(mdp, 1.0)?.policy;
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
    let sampled = learn(InnerLoop::SoftQ(FiniteSoftQ::default()))?;
    let own = distance(&seen(&demonstrations, truth.dim())?, &truth);
    Ok([own, causal, sampled, trajectory])
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

/// The soft-optimal policy of a reward `[S, A]`.
fn follower(mdp: &TabularMdp, reward: Array2<f64>) -> Result<Array3<f64>, Error> {
    let rewarded = mdp.clone().with_rewards(Rewards::StateAction(reward))?;
    Ok(soft_value_iteration_finite(&rewarded, 1.0)?.policy)
}

/// P(sₜ = s, aₜ = a), `[T, S, A]`.
fn visitation(mdp: &TabularMdp, policy: &Array3<f64>) -> Result<Array3<f64>, Error> {
    let law = state_marginals(mdp, policy.view())?;
    let joint = |(t, s, a)| law[[t, s]] * policy[[t, s, a]];
    Ok(Array3::from_shape_fn(policy.dim(), joint))
}

/// The share of demonstrations that do a in s at t, `[T, S, A]`.
fn seen(
    demonstrations: &Demonstrations,
    shape: (usize, usize, usize),
) -> Result<Array3<f64>, Error> {
    let paths = demonstrations.paths()?;
    let mut share = Array3::zeros(shape);
    for path in &paths {
        for (t, &(s, a)) in path.iter().enumerate() {
            share[[t, s, a]] += 1.0 / paths.len() as f64;
        }
    }
    Ok(share)
}

/// The total variation between two laws of (s, a), a mean over the steps.
fn distance(x: &Array3<f64>, y: &Array3<f64>) -> f64 {
    (x - y).mapv(f64::abs).sum() / (2.0 * x.dim().0 as f64)
}

/// How far the trajectory form is from the expert with a table of rewards and endless demonstrations.
fn endless(mdp: &TabularMdp) -> Result<f64, Failure> {
    let expert = soft_value_iteration_finite(mdp, 1.0)?.policy;
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
