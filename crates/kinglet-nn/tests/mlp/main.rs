//! A network's passes against dual numbers, differences and loops as one would write them down.

mod gradients;
mod layer_norm;
mod memory;

use autodiff::{F1, Float};
use kinglet_nn::{Activation, Cache, Error, Mlp};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

const ACTIVATIONS: [Activation; 3] = [Activation::Tanh, Activation::Relu, Activation::Silu];

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn draws(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = generator(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn table(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), draws(rows * columns, seed)).unwrap()
}

fn f<T: Float>(activation: Activation, z: T) -> T {
    match activation {
        Activation::Tanh => z.tanh(),
        Activation::Relu => {
            if z > T::zero() {
                z
            } else {
                T::zero()
            }
        }
        Activation::Silu => z / (T::one() + (-z).exp()),
    }
}

/// The outputs of one row, with the parameters read off one by one.
fn plain<T: Float>(sizes: &[usize], activation: Activation, params: &[T], x: &[T]) -> Vec<T> {
    let (mut values, mut at) = (x.to_vec(), 0);
    for (layer, pair) in sizes.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        let unit = |j: usize| {
            let bias = params[at + inputs * outputs + j];
            let weight = |i: usize| params[at + i * outputs + j];
            (0..inputs).fold(bias, |sum, i| sum + values[i] * weight(i))
        };
        let mut next: Vec<T> = (0..outputs).map(unit).collect();
        if layer + 2 < sizes.len() {
            next = next.into_iter().map(|z| f(activation, z)).collect();
        }
        at += (inputs + 1) * outputs;
        values = next;
    }
    values
}

/// d_params and d_x of Σ c y over a batch.
fn vjp(net: &Mlp, params: &[f64], x: &Array2<f64>, c: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let mut cache = Cache::default();
    net.forward(params, x.view(), &mut cache);
    let (mut d_params, mut d_x) = (
        vec![0.0; params.len()],
        Array2::from_elem(x.dim(), f64::NAN),
    );
    net.vjp(
        params,
        &mut cache,
        c.view(),
        &mut d_params,
        Some(d_x.view_mut()),
    );
    (d_params, d_x)
}
