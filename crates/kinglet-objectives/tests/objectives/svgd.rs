//! Stein variational gradient descent by hand, by symmetry, and at rest.

use kinglet_objectives::{median_width, svgd_direction};
use ndarray::{Array2, array};

#[test]
fn xu_04_two_particles_by_hand() {
    let particles = array![[0.0, 1.0], [2.0, 0.0]];
    let scores = array![[0.3, -1.0], [0.5, 0.2]];
    let direction = svgd_direction(particles.view(), scores.view(), 2.5);
    let k = (-2.0_f64).exp(); // e^(−5/2.5)
    let expected = array![
        [0.3 + k * (0.5 - 0.8 * 2.0), -1.0 + k * (0.2 + 0.8)],
        [0.5 + k * (0.3 + 0.8 * 2.0), 0.2 + k * (-1.0 - 0.8)],
    ] * 0.5;
    assert!((direction - expected).iter().all(|off| off.abs() < 1e-15));
}

#[test]
fn xu_04_without_a_slope_particles_part_and_their_mean_stays() {
    let particles = array![[-1.0], [0.2], [0.7], [2.0]];
    let still = Array2::zeros((4, 1));
    let direction = svgd_direction(particles.view(), still.view(), 1.0);
    assert!(direction[[0, 0]] < 0.0 && direction[[3, 0]] > 0.0);
    assert!(direction.sum().abs() < 1e-15);
}

/// One particle climbs the slope of ln p.
#[test]
fn xu_04_one_particle_is_gradient_ascent() {
    let direction = svgd_direction(array![[3.0]].view(), array![[-0.7]].view(), 1.0);
    assert_eq!(direction, array![[-0.7]]);
}

#[test]
fn the_median_of_an_even_number_of_distances() {
    // Distances 1, 1, 2, 3, 3, 4: the median is 2.5.
    let particles = array![[0.0], [1.0], [3.0], [4.0]];
    let width = median_width(particles.view());
    assert!((width - 6.25 / 4_f64.ln()).abs() < 1e-14);
    // Distances 1, 2, 2, 3, 3, 5.
    let particles = array![[0.0, 0.0], [2.0, 0.0], [3.0, 0.0], [5.0, 0.0]];
    assert!((median_width(particles.view()) - 6.25 / 4_f64.ln()).abs() < 1e-14);
}

#[test]
fn the_median_of_an_odd_number_of_distances() {
    // Fifteen of them: 1, 2, 3, 4, 6, 7, 8, then 12, then 14 and more.
    let particles = array![[0.0], [1.0], [3.0], [7.0], [15.0], [31.0]];
    assert!((median_width(particles.view()) - 144.0 / 6_f64.ln()).abs() < 1e-13);
}
