//! Fewer points than the eye can tell apart make the same line in a smaller file.

/// Above this many points a line is thinned.
const LIMIT: usize = 1200;
const BUCKETS: usize = 300;

/// The indices of the points to keep: all of a short line; of a long one the first, lowest, highest
/// and last of each of 300 stretches.
pub(crate) fn thin(points: &[(f64, f64)]) -> Vec<usize> {
    if points.len() <= LIMIT {
        return (0..points.len()).collect();
    }
    let bound = |bucket: usize| bucket * points.len() / BUCKETS;
    (0..BUCKETS)
        .flat_map(|bucket| keep(points, bound(bucket), bound(bucket + 1)))
        .collect()
}

fn keep(points: &[(f64, f64)], start: usize, end: usize) -> Vec<usize> {
    let height = |a: &usize, b: &usize| points[*a].1.total_cmp(&points[*b].1);
    let lowest = (start..end).min_by(height).unwrap_or(start);
    let highest = (start..end).max_by(height).unwrap_or(start);
    let mut kept = vec![start, lowest, highest, end - 1];
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_ends_and_its_one_spike() {
        let mut points: Vec<_> = (0..50_000)
            .map(|i| (f64::from(i), f64::from(i % 7)))
            .collect();
        points[31_234].1 = 1e3;
        points[123].1 = -1e3;
        let kept = thin(&points);
        assert!(kept.len() <= 4 * BUCKETS && kept.is_sorted());
        for index in [0, 123, 31_234, 49_999] {
            assert!(kept.contains(&index), "{index}");
        }
    }

    #[test]
    fn a_short_line_is_kept_whole() {
        let points: Vec<_> = (0..1200).map(|i| (f64::from(i), 0.0)).collect();
        assert_eq!(thin(&points), (0..1200).collect::<Vec<_>>());
    }
}
