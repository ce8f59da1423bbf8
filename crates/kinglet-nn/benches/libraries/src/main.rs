//! The three products of an affine layer, in f32 on one thread: `kinglet-nn`'s (with the bias) beside those of the
//! libraries that could have made them, in microseconds, the best of thirty, and as a share of the multiply-add peak.

mod peak;

use std::time::Instant;

use faer::linalg::matmul::matmul;
use faer::prelude::ReborrowMut;
use faer::{Accum, MatMut, MatRef, Par};
use kinglet_nn::Linear;
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// Rows, inputs, outputs.
const SHAPES: [(usize, usize, usize); 17] = [
    (1, 17, 64),
    (1, 64, 64),
    (1, 64, 6),
    (2, 64, 64),
    (4, 64, 64),
    (8, 64, 64),
    (64, 17, 64),
    (64, 64, 64),
    (64, 64, 6),
    (64, 64, 1),
    (256, 23, 256),
    (256, 256, 256),
    (256, 256, 12),
    (256, 256, 1),
    (1024, 17, 64),
    (1024, 64, 64),
    (1024, 64, 6),
];

/// A layer's matrices: x `[rows, inputs]`, W and b `[inputs + 1, outputs]`, d `[rows, outputs]`, and room for results.
struct Layer {
    rows: usize,
    inputs: usize,
    outputs: usize,
    x: Vec<f32>,
    params: Vec<f32>,
    d: Vec<f32>,
    y: Vec<f32>,
    d_params: Vec<f32>,
    d_x: Vec<f32>,
}

impl Layer {
    fn new((rows, inputs, outputs): (usize, usize, usize)) -> Self {
        let wave = |n: usize| (0..n).map(|i| (i as f32).sin()).collect();
        let n_params = (inputs + 1) * outputs;
        Self {
            rows,
            inputs,
            outputs,
            x: wave(rows * inputs),
            params: wave(n_params),
            d: wave(rows * outputs),
            y: vec![0.0; rows * outputs],
            d_params: vec![0.0; n_params],
            d_x: vec![0.0; rows * inputs],
        }
    }

    fn weight(&self) -> &[f32] {
        &self.params[..self.inputs * self.outputs]
    }

    fn ours(&mut self) -> [f64; 3] {
        let layer = Linear {
            inputs: self.inputs,
            outputs: self.outputs,
        };
        let (x, params, d, all) = (&self.x, &self.params, &self.d, 0..self.inputs);
        [
            seconds(|| layer.forward(params, x, &mut self.y)),
            seconds(|| layer.vjp(params, x, d, &mut self.d_params, None)),
            seconds(|| layer.input_vjp(params, d, all.clone(), &mut self.d_x)),
        ]
    }

    fn ndarray(&mut self) -> [f64; 3] {
        let (m, k, n) = (self.rows, self.inputs, self.outputs);
        let (x, d, w) = (self.x.clone(), self.d.clone(), self.weight().to_vec());
        let x = ArrayView2::from_shape((m, k), &x).unwrap();
        let w = ArrayView2::from_shape((k, n), &w).unwrap();
        let d = ArrayView2::from_shape((m, n), &d).unwrap();
        let mut y = ArrayViewMut2::from_shape((m, n), &mut self.y).unwrap();
        let mut d_w = ArrayViewMut2::from_shape((k, n), &mut self.d_params[..k * n]).unwrap();
        let mut d_x = ArrayViewMut2::from_shape((m, k), &mut self.d_x).unwrap();
        [
            seconds(|| general_mat_mul(1.0, &x, &w, 1.0, &mut y)),
            seconds(|| general_mat_mul(1.0, &x.t(), &d, 1.0, &mut d_w)),
            seconds(|| general_mat_mul(1.0, &d, &w.t(), 0.0, &mut d_x)),
        ]
    }

    fn faer(&mut self) -> [f64; 3] {
        let (m, k, n) = (self.rows, self.inputs, self.outputs);
        let (x, d, w) = (self.x.clone(), self.d.clone(), self.weight().to_vec());
        let x = MatRef::from_row_major_slice(&x, m, k);
        let w = MatRef::from_row_major_slice(&w, k, n);
        let d = MatRef::from_row_major_slice(&d, m, n);
        let mut y = MatMut::from_row_major_slice_mut(&mut self.y, m, n);
        let mut d_w = MatMut::from_row_major_slice_mut(&mut self.d_params[..k * n], k, n);
        let mut d_x = MatMut::from_row_major_slice_mut(&mut self.d_x, m, k);
        [
            seconds(|| matmul(y.rb_mut(), Accum::Add, x, w, 1.0, Par::Seq)),
            seconds(|| matmul(d_w.rb_mut(), Accum::Add, x.transpose(), d, 1.0, Par::Seq)),
            seconds(|| {
                matmul(
                    d_x.rb_mut(),
                    Accum::Replace,
                    d,
                    w.transpose(),
                    1.0,
                    Par::Seq,
                )
            }),
        ]
    }

    fn gemm(&mut self) -> [f64; 3] {
        let (m, k, n) = (self.rows, self.inputs, self.outputs);
        let (x, d, w) = (self.x.clone(), self.d.clone(), self.weight().to_vec());
        let (rows, turned) = (|columns: usize| (columns, 1), |columns: usize| (1, columns));
        [
            seconds(|| gemm(&mut self.y, (m, n), true, (&x, rows(k)), (&w, rows(n)), k)),
            seconds(|| {
                gemm(
                    &mut self.d_params,
                    (k, n),
                    true,
                    (&x, turned(k)),
                    (&d, rows(n)),
                    m,
                )
            }),
            seconds(|| {
                gemm(
                    &mut self.d_x,
                    (m, k),
                    false,
                    (&d, rows(n)),
                    (&w, turned(n)),
                    n,
                )
            }),
        ]
    }
}

/// out ← a b, or out ← out + a b; matrices with the strides of their rows and columns.
fn gemm(
    out: &mut [f32],
    (m, n): (usize, usize),
    adds: bool,
    (a, a_strides): (&[f32], (usize, usize)),
    (b, b_strides): (&[f32], (usize, usize)),
    inner: usize,
) {
    let reach =
        |rows, columns, (row, column): (usize, usize)| (rows - 1) * row + (columns - 1) * column;
    assert!(out.len() >= m * n);
    assert!(a.len() > reach(m, inner, a_strides) && b.len() > reach(inner, n, b_strides));
    let parallelism = gemm::Parallelism::None;
    // SAFETY: each matrix ends within its slice, as was asserted; `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            inner,
            out.as_mut_ptr(),
            1,
            n as isize,
            adds,
            a.as_ptr(),
            a_strides.1 as isize,
            a_strides.0 as isize,
            b.as_ptr(),
            b_strides.1 as isize,
            b_strides.0 as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// The best time of thirty.
pub fn seconds(mut work: impl FnMut()) -> f64 {
    (0..3).for_each(|_| work());
    let start = Instant::now();
    work();
    let repeats = (1e-3 / start.elapsed().as_secs_f64()).max(1.0) as u32;
    let time = |_| {
        let start = Instant::now();
        (0..repeats).for_each(|_| work());
        start.elapsed().as_secs_f64() / f64::from(repeats)
    };
    (0..30).map(time).fold(f64::INFINITY, f64::min)
}

fn main() {
    let peak = peak::multiply_adds_a_second();
    println!(
        "peak: {:.1} thousand million multiply-adds a second; µs for x W, xᵀ d, d Wᵀ (% of the peak)\n",
        peak / 1e9
    );
    println!(
        "| rows × inputs × outputs | kinglet-nn | ndarray | gemm | faer |\n|---|---|---|---|---|"
    );
    for shape in SHAPES {
        let (m, k, n) = shape;
        let cell = |times: [f64; 3]| {
            let share = 100.0 * 3.0 * (m * k * n) as f64 / times.iter().sum::<f64>() / peak;
            let [a, b, c] = times.map(|t| 1e6 * t);
            format!("{a:.2}, {b:.2}, {c:.2} ({share:.0})")
        };
        let mut layer = Layer::new(shape);
        let cells = [layer.ours(), layer.ndarray(), layer.gemm(), layer.faer()].map(cell);
        println!("| {m} × {k} × {n} | {} |", cells.join(" | "));
    }
}
