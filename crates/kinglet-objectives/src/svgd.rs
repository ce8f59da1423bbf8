//! Stein variational gradient descent: particles instead of a map.

use ndarray::{Array2, ArrayView2};

/// The median width of a kernel: h such that n · e^(−median²/h) = 1. Catalogue: XU-04.
///
/// ```text
/// h = median² / ln n,  over the distances of all pairs of different particles
/// ```
///
/// # Shapes
/// `particles`: `[n, D]`.
/// # Panics
/// If there are fewer than two particles.
/// # Source
/// Liu 2016, section 5.
/// # Example
/// ```
/// use kinglet_objectives::median_width;
/// use ndarray::array;
///
/// let h = median_width(array![[0.0], [1.0], [3.0]].view()); // distances 1, 2, 3
/// assert!((h - 4.0 / 3_f64.ln()).abs() < 1e-15);
/// ```
pub fn median_width(particles: ArrayView2<'_, f64>) -> f64 {
    let n = particles.nrows();
    assert!(n >= 2, "{n} particles have no distance; it takes 2");
    let mut squares: Vec<f64> = Vec::with_capacity(n * (n - 1) / 2);
    for i in 0..n {
        squares.extend((0..i).map(|j| square_distance(particles, i, j)));
    }
    let middle = squares.len() / 2;
    squares.sort_by(f64::total_cmp);
    let median = if squares.len() % 2 == 1 {
        squares[middle].sqrt()
    } else {
        0.5 * (squares[middle - 1].sqrt() + squares[middle].sqrt())
    };
    median * median / (n as f64).ln()
}

/// The direction in which each particle moves. Catalogue: XU-04.
///
/// ```text
/// φ(θᵢ) = (1/n) Σⱼ [ k(θⱼ, θᵢ) ∇ ln p(θⱼ) + ∂k(θⱼ, θᵢ)/∂θⱼ ],  k(x, y) = e^(−|x − y|²/h)
/// ```
///
/// The first term climbs ln p, the second keeps the particles apart, where a transport has its log-determinant. One
/// particle climbs to the mode; few of them spread less than p does.
///
/// # Shapes
/// `particles`, `scores`: `[n, D]`, the scores ∇ ln p at the particles. Returns `[n, D]`.
/// # Panics
/// If the shapes differ.
/// # Source
/// Liu 2016, eq. (8).
/// # Example
/// ```
/// use kinglet_objectives::svgd_direction;
/// use ndarray::array;
///
/// // Far apart, each climbs for itself.
/// let particles = array![[-100.0], [100.0]];
/// let direction = svgd_direction(particles.view(), array![[1.0], [-2.0]].view(), 1.0);
/// assert!((direction[[0, 0]] - 0.5).abs() < 1e-15 && (direction[[1, 0]] + 1.0).abs() < 1e-15);
/// ```
pub fn svgd_direction(
    particles: ArrayView2<'_, f64>,
    scores: ArrayView2<'_, f64>,
    width: f64,
) -> Array2<f64> {
    assert_eq!(
        particles.dim(),
        scores.dim(),
        "shapes of the particles (left), the scores (right)"
    );
    let n = particles.nrows();
    let mut direction = Array2::zeros(particles.dim());
    for (i, mut row) in direction.outer_iter_mut().enumerate() {
        for j in 0..n {
            let kernel = (-square_distance(particles, i, j) / width).exp();
            for (d, move_) in row.iter_mut().enumerate() {
                let apart = 2.0 / width * (particles[[i, d]] - particles[[j, d]]);
                *move_ += kernel * (scores[[j, d]] + apart) / n as f64;
            }
        }
    }
    direction
}

fn square_distance(particles: ArrayView2<'_, f64>, i: usize, j: usize) -> f64 {
    let pairs = particles.row(i).into_iter().zip(particles.row(j));
    pairs.map(|(a, b)| (a - b) * (a - b)).sum()
}
