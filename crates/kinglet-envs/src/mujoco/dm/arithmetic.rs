//! Vectors, with sums in numpy's order.

/// x − y.
pub(super) fn difference<const N: usize>(x: [f64; N], y: [f64; N]) -> [f64; N] {
    std::array::from_fn(|i| x[i] - y[i])
}

/// ‖x‖.
pub(super) fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// xᵀM, M by rows: a vector of the world in the frame of a body.
pub(super) fn into_frame(x: [f64; 3], m: &[f64; 9]) -> [f64; 3] {
    std::array::from_fn(|j| x[0] * m[j] + x[1] * m[3 + j] + x[2] * m[6 + j])
}

/// The mean of numbers, zero of none.
pub(super) fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = numbers.len().max(1) as f64;
    numbers.sum::<f64>() / count
}
