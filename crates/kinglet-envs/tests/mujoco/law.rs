//! Whether two samples are of one law.

/// The two-sample Kolmogorov–Smirnov test of each column of two tables of numbers, at 0.001 for all columns together.
pub(crate) fn assert_same_law(name: &str, columns: usize, ours: &[f64], theirs: &[f64]) {
    let rows = |table: &[f64]| table.len() / columns;
    let (n, m) = (rows(ours) as f64, rows(theirs) as f64);
    let level = 0.001 / columns as f64;
    let critical = (-(level / 2.0).ln() / 2.0 * (n + m) / (n * m)).sqrt();
    for column in 0..columns {
        let d = distance(
            sorted(ours, columns, column),
            sorted(theirs, columns, column),
        );
        assert!(
            d < critical,
            "{name}, component {column}: D = {d}, at most {critical} of {n} and {m}"
        );
    }
}

fn sorted(table: &[f64], columns: usize, column: usize) -> Vec<f64> {
    let mut numbers: Vec<f64> = table[column..].iter().copied().step_by(columns).collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// sup |F(x) − G(x)| of the distribution functions of two sorted samples.
fn distance(x: Vec<f64>, y: Vec<f64>) -> f64 {
    let (mut i, mut j, mut largest) = (0, 0, 0.0_f64);
    while i < x.len() && j < y.len() {
        let at = x[i].min(y[j]);
        i += x[i..].iter().take_while(|&&x| x <= at).count();
        j += y[j..].iter().take_while(|&&y| y <= at).count();
        let gap = i as f64 / x.len() as f64 - j as f64 / y.len() as f64;
        largest = largest.max(gap.abs());
    }
    largest
}

#[test]
fn samples_of_two_laws_are_told_apart() {
    let even: Vec<f64> = (0..1024).map(|i| f64::from(i) / 1024.0).collect();
    let shifted: Vec<f64> = even.iter().map(|x| x + 0.125).collect();
    assert_eq!(distance(even, shifted), 0.125);
    // Ties count as one step.
    assert_eq!(distance(vec![0.0, 0.0, 1.0], vec![0.0, 0.0, 1.0]), 0.0);
    assert_eq!(distance(vec![0.0; 4], vec![1e-300; 2]), 1.0);
}
