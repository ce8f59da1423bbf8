//! A plan as a row of numbers, which is all that crosses the border between page and WebAssembly.

use kinglet_envs::Cell;
use ndarray::s;

use crate::Plan;

/// A plan as numbers, in the order in which the page's script reads them:
///
/// ```text
/// rows, columns, promised, kept, expected return, fall, goal,
/// n, then n cells of the walk, numbered row by row,
/// then for each cell, row by row: kind, value, north, east, south, west
/// ```
///
/// A kind is 0 (wall), 1 (free), 2 (start), 3 (cliff) or 4 (goal).
pub fn flatten(plan: &Plan) -> Vec<f64> {
    let (rows, columns) = plan.cells.dim();
    let mut numbers = vec![rows as f64, columns as f64];
    numbers.extend([
        plan.promised,
        plan.kept,
        plan.expected_return,
        plan.fall,
        plan.goal,
    ]);
    numbers.push(plan.walk.len() as f64);
    numbers.extend(
        plan.walk
            .iter()
            .map(|(row, column)| (row * columns + column) as f64),
    );
    for ((row, column), cell) in plan.cells.indexed_iter() {
        numbers.extend([kind(*cell), plan.values[[row, column]]]);
        numbers.extend(plan.policy.slice(s![row, column, ..]));
    }
    numbers
}

fn kind(cell: Cell) -> f64 {
    match cell {
        Cell::Wall => 0.0,
        Cell::Free => 1.0,
        Cell::Start => 2.0,
        Cell::Cliff => 3.0,
        Cell::Goal => 4.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Inference;

    #[test]
    fn numbers_lie_where_the_page_reads_them() {
        let plan = Plan::new(Inference::Variational, 0.3, 0.3).unwrap();
        let numbers = flatten(&plan);
        let walk = plan.walk.len();
        assert_eq!(numbers[..3], [4.0, 8.0, plan.promised]);
        assert_eq!(numbers[7], walk as f64);
        assert_eq!(numbers[8], 24.0, "the walk starts at the start");
        assert_eq!(numbers[7 + walk], 31.0, "and ends at the goal");
        assert_eq!(numbers.len(), 8 + walk + 32 * 6);
        let start = &numbers[8 + walk + 24 * 6..][..6];
        assert_eq!(start[..2], [2.0, plan.promised]);
        assert!((start[2..].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
