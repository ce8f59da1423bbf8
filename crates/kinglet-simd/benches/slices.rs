//! Nanoseconds per element (criterion prints the elements per second) of each function at each level, the standard
//! library's beside it; and the soft backup of 400 states with 5 actions.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use kinglet_simd::{Element, Level};

const N: usize = 4096;

/// Copies the arguments anew each time, so that no iteration feeds on the last; the copy takes 0.05 ns an element.
fn measure<F: Element>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    x: &[F],
    f: impl Fn(&mut [F]),
) {
    let mut y = x.to_vec();
    group.throughput(Throughput::Elements(x.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            y.copy_from_slice(x);
            f(black_box(&mut y));
        });
    });
}

fn slices(criterion: &mut Criterion) {
    let x: Vec<f64> = (0..N).map(|i| (i as f64 * 0.7).sin() * 20.0).collect();
    let positive: Vec<f64> = x.iter().map(|x| x.exp()).collect();
    let (x32, positive32): (Vec<f32>, Vec<f32>) = x
        .iter()
        .zip(&positive)
        .map(|(x, p)| (*x as f32, *p as f32))
        .unzip();
    let mut group = criterion.benchmark_group("slices");
    for level in Level::available() {
        let name = |function: &str| format!("{function}/{}", level.name());
        measure(&mut group, &name("exp_f64"), &x, |x| level.exp(x));
        measure(&mut group, &name("ln_f64"), &positive, |x| level.ln(x));
        measure(&mut group, &name("tanh_f64"), &x, |x| level.tanh(x));
        measure(&mut group, &name("exp_f32"), &x32, |x| level.exp(x));
        measure(&mut group, &name("ln_f32"), &positive32, |x| level.ln(x));
        measure(&mut group, &name("tanh_f32"), &x32, |x| level.tanh(x));
        measure(&mut group, &name("quick_tanh_f32"), &x32, |x| {
            level.quick_tanh(x)
        });
    }
    measure(&mut group, "exp_f64/library", &x, |x| {
        x.iter_mut().for_each(|x| *x = x.exp())
    });
    measure(&mut group, "ln_f64/library", &positive, |x| {
        x.iter_mut().for_each(|x| *x = x.ln())
    });
    measure(&mut group, "tanh_f64/library", &x, |x| {
        x.iter_mut().for_each(|x| *x = x.tanh())
    });
    measure(&mut group, "exp_f32/library", &x32, |x| {
        x.iter_mut().for_each(|x| *x = x.exp())
    });
    measure(&mut group, "ln_f32/library", &positive32, |x| {
        x.iter_mut().for_each(|x| *x = x.ln())
    });
    measure(&mut group, "tanh_f32/library", &x32, |x| {
        x.iter_mut().for_each(|x| *x = x.tanh())
    });
    group.finish();
}

fn log_sum_exp(criterion: &mut Criterion) {
    let (q, mut v): (Vec<f64>, _) = (
        (0..2000).map(|i| (i as f64 * 0.7).sin()).collect(),
        vec![0.0; 400],
    );
    let mut group = criterion.benchmark_group("log_sum_exp_columns, 5 x 400");
    for level in Level::available() {
        group.bench_function(level.name(), |bencher| {
            bencher.iter(|| level.log_sum_exp_columns(black_box(&q), 0.1, &mut v));
        });
    }
    group.finish();
}

criterion_group!(benches, slices, log_sum_exp);
criterion_main!(benches);
