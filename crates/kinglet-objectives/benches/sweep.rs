//! How long a soft Bellman sweep takes, and what the memory alone would need.
//!
//! `cargo bench -p kinglet-objectives --bench sweep` runs criterion and then prints the shortest
//! times, which a busy machine disturbs least. `peer.py` beside this file times numpy and jax on
//! the same problems.

use criterion::Criterion;
use kinglet_envs::{
    CellRewards, Exit, GridRules, Gridworld, Horizon, Moves, Rewards, Sparse, TabularMdp,
    Transitions,
};
use kinglet_objectives::{Sweep, soft_value_iteration};
use ndarray::Array1;
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

const TEMPERATURE: f64 = 0.1;
/// Bytes that a sweep of the five-move grid cannot do without, for each state: V read, V written,
/// the reward and five successors of four bytes.
const BYTES: f64 = 8.0 + 8.0 + 8.0 + 5.0 * 4.0;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let small = grid(20);
    for (name, mdp) in [("slip 20x20", &small), ("sparse 20x20", &small.to_sparse())] {
        let mut stepper = Stepper::new(mdp);
        criterion.bench_function(name, |b| b.iter(|| stepper.step()));
    }
    let large = grid(1000);
    for threads in [1, 2] {
        let (pool, mut stepper) = (pool(threads), Stepper::new(&large));
        let name = format!("slip 1000x1000, threads: {threads}");
        criterion.bench_function(&name, |b| b.iter(|| pool.install(|| stepper.step())));
    }
    criterion.final_summary();
    if !std::env::args().any(|arg| arg == "--test") {
        small_worlds(&small);
        large_world(&large);
    }
}

/// The shortest times of the worlds that fit in a cache.
fn small_worlds(slip: &TabularMdp) {
    let micros = |mdp: &TabularMdp| 1e6 * shortest(200, 500, mdp);
    let factored = micros(slip);
    println!("slip 20x20                  {factored:8.2} us a sweep");
    for (name, mdp) in [
        ("the same, sparse", slip.to_sparse()),
        ("random sparse, same size", scattered()),
    ] {
        let time = micros(&mdp);
        println!(
            "{name:27} {time:8.2} us a sweep, {:.2} of the first",
            time / factored
        );
    }
    let clock = Instant::now();
    let mut go_on = |_| ControlFlow::Continue(());
    let best = soft_value_iteration(slip, TEMPERATURE, 1e-8, &mut go_on).expect("a valid problem");
    let time = clock.elapsed().as_secs_f64() * 1e3;
    let (first, last) = (best.v[0], best.v[slip.n_states() - 1]);
    println!(
        "to 1e-8: {} sweeps, {time:.2} ms, V0 {first:.13}, Vgoal {last:.13}",
        best.sweeps
    );
}

/// The shortest times of a world of a million states, against what the memory needs.
fn large_world(slip: &TabularMdp) {
    let mut seconds = [0.0; 2];
    for threads in [1, 2] {
        let (time, rate) = pool(threads).install(|| (shortest(60, 1, slip), triad(threads)));
        seconds[threads - 1] = time;
        let bound = BYTES * slip.n_states() as f64 / rate;
        println!(
            "slip 1000x1000, threads: {threads}  {:8.0} us a sweep, {:.2} of the {:.0} us that \
             {BYTES} bytes a state take at the triad's {:.1} GB/s",
            time * 1e6,
            time / bound,
            bound * 1e6,
            rate * 1e-9,
        );
    }
    let same = (0..2).map(|i| pool(i + 1).install(|| Stepper::new(slip).after(5)));
    let same: Vec<_> = same.collect();
    println!(
        "two threads: {:.2} times as fast, same bits: {}",
        seconds[0] / seconds[1],
        same[0] == same[1]
    );
    let sparse = slip.to_sparse();
    let time = pool(1).install(|| shortest(10, 1, &sparse));
    println!("the same, sparse            {:8.0} us a sweep", time * 1e6);
}

/// Sweeps, each from where the last one came to.
struct Stepper<'a> {
    sweep: Sweep<'a>,
    v: Vec<f64>,
    next: Vec<f64>,
}

impl<'a> Stepper<'a> {
    fn new(mdp: &'a TabularMdp) -> Self {
        let zeros = vec![0.0; mdp.n_states()];
        let sweep = Sweep::new(mdp, TEMPERATURE).expect("a valid temperature");
        Self {
            sweep,
            v: zeros.clone(),
            next: zeros,
        }
    }

    fn step(&mut self) -> f64 {
        let residual = self.sweep.apply(&self.v, &mut self.next);
        std::mem::swap(&mut self.v, &mut self.next);
        residual
    }

    fn after(mut self, sweeps: usize) -> Vec<f64> {
        (0..sweeps).for_each(|_| _ = self.step());
        self.v
    }
}

/// The shortest time of a step, in seconds.
fn shortest(rounds: usize, steps: usize, mdp: &TabularMdp) -> f64 {
    let mut stepper = Stepper::new(mdp);
    best_of(rounds, || {
        (0..steps).for_each(|_| _ = black_box(stepper.step()))
    }) / steps as f64
}

fn best_of(rounds: usize, mut f: impl FnMut()) -> f64 {
    f();
    let mut time = || {
        let clock = Instant::now();
        f();
        clock.elapsed().as_secs_f64()
    };
    (0..rounds).map(|_| time()).fold(f64::INFINITY, f64::min)
}

/// Bytes a second of STREAM's triad, a = b + 3 c, counted as STREAM does: 24 for each number.
fn triad(threads: usize) -> f64 {
    const N: usize = 12_000_000;
    let (mut a, b, c) = (vec![0.0f64; N], vec![1.0f64; N], vec![2.0f64; N]);
    let part = N / threads;
    let time = best_of(10, || {
        rayon::scope(|scope| {
            for ((a, b), c) in a.chunks_mut(part).zip(b.chunks(part)).zip(c.chunks(part)) {
                scope.spawn(move |_| {
                    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                        *a = b + 3.0 * c;
                    }
                });
            }
        });
        black_box(&mut a);
    });
    24.0 * N as f64 / time
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a thread pool")
}

/// An open grid of n² states and five moves, slip .1: −.01 a step, 1 in the far corner; γ = .95.
fn grid(n: usize) -> TabularMdp {
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
        horizon: Horizon::Discounted(0.95),
    };
    Gridworld::open(n, n, rules).expect("a valid grid").mdp
}

/// 400 states, 5 actions, 5 successors a row, anywhere.
fn scattered() -> TabularMdp {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let rows: Vec<Vec<_>> = (0..2000)
        .map(|_| (0..5).map(|_| (rng.random_range(0..400), 0.2)).collect())
        .collect();
    let transitions = Transitions::Sparse(Sparse::from_rows(400, 5, rows).expect("valid rows"));
    let rewards = Rewards::State(Array1::from_shape_fn(400, |s| -((s % 7) as f64) / 7.0));
    let initial = Array1::from_elem(400, 1.0 / 400.0);
    TabularMdp::new(transitions, rewards, initial, Horizon::Discounted(0.95))
        .expect("a valid problem")
}
