//! How long a network takes: a policy's answer to one observation, a minibatch of PPO's and of SAC's, the products of a
//! natural gradient, and an optimiser's step. In f32, on one thread.
//!
//! `cargo bench -p kinglet-nn --bench networks`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kinglet_nn::{Activation, Adam, Cache, Mlp};
use ndarray::Array2;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

/// A network, its parameters, a batch, and a gradient at its outputs.
struct Work {
    net: Mlp,
    params: Vec<f32>,
    x: Array2<f32>,
    d_out: Array2<f32>,
    gradient: Vec<f32>,
    cache: Cache<f32>,
}

impl Work {
    fn new(sizes: &[usize], activation: Activation, rows: usize) -> Self {
        let net = Mlp::new(sizes, activation).expect("sizes above 0");
        let params = net.init(&mut Xoshiro256PlusPlus::seed_from_u64(1)).to_vec();
        let wave = |(i, j): (usize, usize)| ((i * 31 + j * 7) as f32).sin();
        Self {
            x: Array2::from_shape_fn((rows, net.n_inputs()), wave),
            d_out: Array2::from_shape_fn((rows, net.n_outputs()), wave),
            gradient: vec![0.0; net.n_params()],
            cache: Cache::default(),
            params,
            net,
        }
    }

    fn forward(&mut self) {
        black_box(
            self.net
                .forward(&self.params, self.x.view(), &mut self.cache),
        );
    }

    fn back(&mut self) {
        self.gradient.fill(0.0);
        let d_out = self.d_out.view();
        self.net.vjp(
            &self.params,
            &mut self.cache,
            d_out,
            &mut self.gradient,
            None,
        );
    }
}

fn networks(criterion: &mut Criterion) {
    let shapes: [(&str, &[usize], Activation, usize); 4] = [
        ("one row, 17-64-64-6", &[17, 64, 64, 6], Activation::Tanh, 1),
        ("8 rows, 17-64-64-6", &[17, 64, 64, 6], Activation::Tanh, 8),
        (
            "64 rows, 17-64-64-6",
            &[17, 64, 64, 6],
            Activation::Tanh,
            64,
        ),
        (
            "256 rows, 17-256-256-6",
            &[17, 256, 256, 6],
            Activation::Relu,
            256,
        ),
    ];
    for (name, sizes, activation, rows) in shapes {
        let mut work = Work::new(sizes, activation, rows);
        if rows == 1 {
            let x = work.x.as_slice().expect("contiguous").to_vec();
            criterion.bench_function(&format!("{name}: forward_row"), |b| {
                b.iter(|| black_box(work.net.forward_row(&work.params, &x, &mut work.cache))[0])
            });
        }
        criterion.bench_function(&format!("{name}: forward"), |b| b.iter(|| work.forward()));
        criterion.bench_function(&format!("{name}: vjp"), |b| b.iter(|| work.back()));
        let tangent = work.params.clone();
        criterion.bench_function(&format!("{name}: jvp"), |b| {
            b.iter(|| {
                black_box(work.net.jvp(&work.params, &tangent, None, &mut work.cache))[[0, 0]]
            })
        });
        let mut adam = Adam::new(work.params.len(), 1e-4);
        criterion.bench_function(&format!("{name}: Adam"), |b| {
            b.iter(|| adam.step(&mut work.params, &work.gradient))
        });
    }
}

/// What a call costs before its first number.
fn tiny(criterion: &mut Criterion) {
    for n in [1, 2, 8, 64] {
        let mut x = vec![0.3f32; n];
        criterion.bench_function(&format!("tanh of {n}"), |b| {
            b.iter(|| kinglet_simd::tanh(black_box(&mut x)))
        });
    }
}

criterion_group!(benches, networks, tiny);
criterion_main!(benches);
