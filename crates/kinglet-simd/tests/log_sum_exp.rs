//! The soft maximum: against the plain sum, against itself by another route, and at its edges.

use kinglet_simd::Level;

const INF: f64 = f64::INFINITY;

/// A row-major table of q[a, j], without structure.
fn table(actions: usize, columns: usize) -> Vec<f64> {
    (0..actions * columns)
        .map(|i| (i as f64 * 1.618).sin() * 9.0)
        .collect()
}

#[test]
fn columns_and_slices_agree_with_the_plain_sum() {
    for level in Level::available() {
        for (actions, n) in [(1, 1), (5, 400), (2, 127), (3, 128), (7, 129), (300, 3)] {
            for temperature in [0.1, 1.0, 30.0] {
                let q = table(actions, n);
                let mut v = vec![0.0; n];
                level.log_sum_exp_columns(&q, temperature, &mut v);
                for (j, v) in v.iter().enumerate() {
                    let column: Vec<f64> = q.iter().skip(j).step_by(n).copied().collect();
                    let plain = temperature
                        * column
                            .iter()
                            .map(|q| (q / temperature).exp())
                            .sum::<f64>()
                            .ln();
                    let slice = level.log_sum_exp(&column, temperature);
                    assert!(
                        (v - plain).abs() < 1e-12,
                        "{v} {plain} at α = {temperature}"
                    );
                    assert!(
                        (slice - plain).abs() < 1e-12,
                        "{slice} {plain} at α = {temperature}"
                    );
                }
            }
        }
    }
}

/// log Σ e^(q + c) = c + log Σ e^q, where e^(q + c) overflows or vanishes.
#[test]
fn a_shift_comes_out_whole() {
    for shift in [-1e4, 1e4] {
        let q = table(50, 1);
        let shifted: Vec<f64> = q.iter().map(|q| q + shift).collect();
        let difference =
            kinglet_simd::log_sum_exp(&shifted, 1.0) - kinglet_simd::log_sum_exp(&q, 1.0);
        assert!((difference - shift).abs() < 1e-11, "{difference}");
    }
}

/// At temperature zero, and at one whose inverse overflows, the soft maximum is the maximum, to the bit.
#[test]
fn no_temperature_is_the_hard_maximum() {
    let q = table(5, 131);
    for temperature in [0.0, 1e-310] {
        let mut v = [0.0; 131];
        kinglet_simd::log_sum_exp_columns(&q, temperature, &mut v);
        for (j, v) in v.into_iter().enumerate() {
            let column: Vec<f64> = q.iter().skip(j).step_by(131).copied().collect();
            assert_eq!(v, column.iter().copied().fold(-INF, f64::max));
            assert_eq!(v, kinglet_simd::log_sum_exp(&column, temperature));
        }
    }
}

#[test]
fn infinities_and_nans_come_through() {
    let soft_max = |q: &[f64]| {
        let slice = kinglet_simd::log_sum_exp(q, 2.0);
        let mut column = [0.0];
        kinglet_simd::log_sum_exp_columns(q, 2.0, &mut column);
        assert!(
            slice == column[0] || slice.is_nan() && column[0].is_nan(),
            "{slice} {column:?}"
        );
        slice
    };
    assert_eq!(soft_max(&[]), -INF);
    assert_eq!(soft_max(&[-INF, -INF]), -INF);
    assert_eq!(soft_max(&[-INF, 3.0]), 3.0);
    assert_eq!(soft_max(&[INF, 3.0, INF]), INF);
    assert!(soft_max(&[f64::NAN, 3.0]).is_nan());
    assert!(soft_max(&[3.0, f64::NAN]).is_nan());
}

/// A column's bits depend on the column alone, and the f32 form agrees with the f64 one.
#[test]
fn a_column_is_the_same_wherever_it_stands() {
    for level in Level::available() {
        let q = table(4, 300);
        let mut whole = vec![0.0; 300];
        level.log_sum_exp_columns(&q, 0.5, &mut whole);
        for columns in [0..1, 5..300, 100..137, 127..129] {
            let part: Vec<f64> = q
                .chunks(300)
                .flat_map(|row| row[columns.clone()].to_vec())
                .collect();
            let mut v = vec![0.0; columns.len()];
            level.log_sum_exp_columns(&part, 0.5, &mut v);
            assert_eq!(v, whole[columns]);
        }
        let q: Vec<f32> = q.iter().map(|q| *q as f32).collect();
        let mut v = vec![0f32; 300];
        level.log_sum_exp_columns(&q, 0.5, &mut v);
        for (v, whole) in v.iter().zip(&whole) {
            assert!((f64::from(*v) - whole).abs() < 1e-5, "{v} {whole}");
        }
    }
}

#[test]
#[should_panic(expected = "no multiple of the 2 of out")]
fn rows_must_be_whole() {
    kinglet_simd::log_sum_exp_columns(&[0.0; 5], 1.0, &mut [0.0; 2]);
}
