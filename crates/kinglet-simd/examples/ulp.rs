//! Measures the largest error of every function at every level of this processor, in units of the last place: in f32
//! over all 2³² arguments, in f64 over tens of millions, drawn from whole ranges and hard corners. The standard
//! library's functions stand below, for comparison.

#[path = "../tests/measure/mod.rs"]
mod measure;
#[path = "../tests/reference/mod.rs"]
mod reference;

use std::thread;

use kinglet_simd::Level;
use measure::{CASES, Case, Worst, worst_f32, worst_f64};

/// Points of each region of a function, for f64; there are five or six regions.
const POINTS: usize = 2_000_000;

/// Runs `part(k, workers)` on every core and keeps the worst.
fn on_all_cores(part: impl Fn(u64, u64) -> Vec<Worst> + Sync) -> Vec<Worst> {
    let workers = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let part = &part;
    let parts = thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|k| scope.spawn(move || part(k, workers)))
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().expect("a worker panicked"))
            .collect::<Vec<_>>()
    });
    parts
        .into_iter()
        .reduce(|a, b| a.into_iter().zip(b).map(|(a, b)| a.of(b)).collect())
        .expect("there is at least one worker")
}

fn print(case: &Case, scalar: &str, levels: &[Level], worst: &[Worst]) {
    for (level, worst) in levels.iter().zip(worst) {
        println!(
            "{:<5} {scalar}  {:<10} {:.3}  at {:e}",
            case.name,
            level.name(),
            worst.ulps,
            worst.at
        );
    }
}

fn main() {
    let levels = Level::available();
    println!("largest error, in units of the last place");
    for case in &CASES {
        let share = |workers: u64| (1u64 << 32).div_ceil(workers);
        let worst = on_all_cores(|k, workers| {
            worst_f32(
                case,
                &levels,
                k * share(workers)..(1 << 32).min((k + 1) * share(workers)),
                1,
            )
        });
        print(case, "f32", &levels, &worst);
        let worst =
            on_all_cores(|k, workers| worst_f64(case, &levels, POINTS / workers as usize, k));
        print(case, "f64", &levels, &worst);
    }
    let library: [fn(Level, &mut [f64]); 3] = [
        |_, x| x.iter_mut().for_each(|x| *x = x.exp()),
        |_, x| x.iter_mut().for_each(|x| *x = x.ln()),
        |_, x| x.iter_mut().for_each(|x| *x = x.tanh()),
    ];
    for (case, f64) in CASES.into_iter().zip(library) {
        let case = Case { f64, ..case };
        let worst = on_all_cores(|k, workers| {
            worst_f64(&case, &levels[..1], POINTS / 4 / workers as usize, k)
        });
        println!(
            "{:<5} f64  library    {:.3}  at {:e}",
            case.name, worst[0].ulps, worst[0].at
        );
    }
}
