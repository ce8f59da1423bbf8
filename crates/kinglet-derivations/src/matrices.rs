//! Matrices compared element by element.

use ndarray::Array2;

use crate::Check;

/// One check for each element on and above the diagonal of symmetric matrices.
pub(crate) fn elements<const N: usize>(
    name: &str,
    tolerance: f64,
    ways: [(&str, &Array2<f64>); N],
) -> Vec<Check> {
    let n = ways[0].1.nrows();
    let pairs = (0..n).flat_map(|i| (i..n).map(move |j| (i, j)));
    let check = |(i, j): (usize, usize)| {
        let values = ways.map(|(method, matrix)| (method, matrix[[i, j]]));
        Check::within(format!("{name}[{i}, {j}]"), tolerance, values)
    };
    pairs.map(check).collect()
}

/// Where two matrices lie farthest apart.
pub(crate) fn worst(a: &Array2<f64>, b: &Array2<f64>) -> (usize, usize) {
    let distances = (a - b).mapv(f64::abs);
    let places = distances.indexed_iter();
    let farthest = places.max_by(|x, y| x.1.total_cmp(y.1));
    farthest.map_or((0, 0), |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn every_element_of_the_upper_triangle_is_compared() {
        let (a, b) = (
            array![[1.0, 2.0], [2.0, 3.0]],
            array![[1.0, 2.0], [2.0, 3.5]],
        );
        let checks = elements("A", 0.1, [("one", &a), ("other", &b)]);
        let holds: Vec<bool> = checks.iter().map(Check::holds).collect();
        assert_eq!(holds, [true, true, false]);
        assert_eq!(checks[2].quantity, "A[1, 1]");
        assert_eq!(worst(&a, &b), (1, 1));
    }
}
