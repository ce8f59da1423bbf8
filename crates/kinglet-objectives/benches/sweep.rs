//! prototype
use kinglet_envs::{Horizon, Rewards, Slip, TabularMdp, Transitions};
use kinglet_objectives::Sweep;
use ndarray::Array1;
use std::hint::black_box;
use std::time::Instant;

fn grid(n: usize) -> TabularMdp {
    let at = |i: isize, j: isize| {
        let c = |x: isize| x.clamp(0, n as isize - 1) as usize;
        (c(i) * n + c(j)) as u32
    };
    let moves = [(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)];
    let succ = (0..n * n)
        .flat_map(|s| moves.map(|(di, dj)| at((s / n) as isize + di, (s % n) as isize + dj)))
        .collect();
    let mut r = Array1::from_elem(n * n, -0.01);
    r[n * n - 1] = 1.0;
    let mut init = Array1::zeros(n * n);
    init[0] = 1.0;
    let t = Transitions::Slip(Slip::new(5, succ, 0.1).unwrap());
    TabularMdp::new(t, Rewards::State(r), init, Horizon::Discounted(0.95)).unwrap()
}

fn best(reps: usize, inner: usize, mut f: impl FnMut()) -> f64 {
    (0..reps)
        .map(|_| {
            let t = Instant::now();
            for _ in 0..inner {
                f()
            }
            t.elapsed().as_secs_f64() / inner as f64 * 1e6
        })
        .fold(f64::INFINITY, f64::min)
}

fn time(mdp: &TabularMdp, reps: usize, inner: usize) -> f64 {
    let n = mdp.n_states();
    let mut sweep = Sweep::new(mdp, 0.1).unwrap();
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..20 {
        sweep.apply(&v, &mut w);
        std::mem::swap(&mut v, &mut w);
    }
    best(reps, inner, || {
        black_box(sweep.apply(&v, &mut w));
        std::mem::swap(&mut v, &mut w);
    })
}

fn triad(n: usize) -> f64 {
    let (mut a, b, c) = (vec![0.0f64; n], vec![1.0f64; n], vec![2.0f64; n]);
    let us = best(20, 1, || {
        for ((a, b), c) in a.iter_mut().zip(&b).zip(&c) {
            *a = b + 3.0 * c;
        }
        black_box(&mut a);
    });
    24.0 * n as f64 / us * 1e-3
}

fn main() {
    let small = grid(20);
    println!("slip 20x20: {:.2} us", time(&small, 200, 500));
    println!("sparse 20x20: {:.2} us", time(&small.to_sparse(), 200, 500));
    let (mut v, mut w, mut k) = (vec![0.0; 400], vec![0.0; 400], 0);
    let mut sweep = Sweep::new(&small, 0.1).unwrap();
    loop {
        let d = sweep.apply(&v, &mut w);
        std::mem::swap(&mut v, &mut w);
        k += 1;
        if d < 1e-8 {
            break;
        }
    }
    println!("{k} {:.13} {:.13}", v[0], v[399]);
    let gb = triad(10_000_000);
    let bound = 44e6 / gb * 1e-3;
    println!("triad {gb:.1} GB/s; bound {bound:.0} us");
    let big = grid(1000);
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let us = pool.install(|| time(&big, 30, 2));
        println!(
            "{threads} threads 1000x1000: {us:.0} us, {:.2} x bound",
            us / bound
        );
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let us = pool.install(|| time(&big.to_sparse(), 5, 1));
    println!("sparse 1000x1000: {us:.0} us");
}
