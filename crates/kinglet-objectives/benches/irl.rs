//! How long the gradient of inverse reinforcement learning takes: 400 states, 60 steps.
//!
//! `cargo bench -p kinglet-objectives --bench irl` runs criterion, then prints the median of five rounds and the check
//! values. `peer.py irl` beside this file does the same in numpy.

use criterion::Criterion;
use kinglet_envs::{CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, TabularMdp};
use kinglet_objectives::{CausalIrl, IrlModel, MaxEntIrl, RewardTable};
use ndarray::Array1;
use std::hint::black_box;
use std::time::{Duration, Instant};

const STEPS: usize = 60;
/// Gradients in a round.
const REPEATS: u32 = 200;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let (slip, reward) = problem();
    let sparse = slip.to_sparse();
    for (name, mdp) in [("slip", &slip), ("sparse", &sparse)] {
        let mut causal = CausalIrl::new(mdp, RewardTable::State).expect("a finite horizon");
        bench(
            &mut criterion,
            &format!("causal, {name}"),
            &mut causal,
            &reward,
        );
        let mut exact = MaxEntIrl::new(mdp, RewardTable::State).expect("a finite horizon");
        bench(
            &mut criterion,
            &format!("posterior, {name}"),
            &mut exact,
            &reward,
        );
    }
    criterion.final_summary();
}

fn bench(criterion: &mut Criterion, name: &str, model: &mut impl IrlModel, reward: &[f64]) {
    let mut visits = vec![0.0; reward.len()];
    criterion.bench_function(name, |b| {
        b.iter(|| model.normaliser(black_box(reward), &mut visits))
    });
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let mut round = || {
        let clock = Instant::now();
        (0..REPEATS).for_each(|_| _ = black_box(model.normaliser(black_box(reward), &mut visits)));
        clock.elapsed().as_secs_f64() * 1e3 / f64::from(REPEATS)
    };
    let mut rounds = [(); 5].map(|()| round());
    rounds.sort_by(f64::total_cmp);
    let (goal, start) = (visits[visits.len() - 1], visits[0]);
    println!(
        "{name}: median {:.4} ms a gradient; visits: goal {goal:.12e}, start {start:.12}",
        rounds[2]
    );
}

/// An open grid of 20² states and five moves, slip .1, from the first corner; −.01 a step, 1 in the far corner.
fn problem() -> (TabularMdp, Vec<f64>) {
    let rules = GridRules {
        moves: Moves::Five,
        slip: 0.1,
        rewards: CellRewards {
            step: -0.01,
            cliff: 0.0,
            goal: 1.0,
        },
        after_goal: Exit::Free,
        after_cliff: Exit::Free,
        horizon: Horizon::Finite(STEPS),
    };
    let grid = Gridworld::open(20, 20, rules).expect("a valid grid").mdp;
    let mut initial = Array1::zeros(400);
    initial[0] = 1.0;
    let (transitions, rewards) = (grid.transitions().clone(), grid.rewards().clone());
    let mdp =
        TabularMdp::new(transitions, rewards, initial, grid.horizon()).expect("a valid problem");
    let reward = (0..400).map(|s| mdp.reward(s, 0)).collect();
    (mdp, reward)
}
