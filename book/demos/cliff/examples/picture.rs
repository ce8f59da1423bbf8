//! Draws what stands in the page where the demo cannot run: both walks, as SVG. The argument names
//! the file.

use kinglet_demo_cliff::{Inference, Plan};
use kinglet_envs::Cell as Kind;
use kinglet_plots::{Arrow, Cell, Grid, Ground, beside, grid};

const ARROWS: [Arrow; 4] = [Arrow::Up, Arrow::Right, Arrow::Down, Arrow::Left];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to write")?;
    let exact = Plan::new(Inference::Exact, 0.3, 0.3)?;
    let variational = Plan::new(Inference::Variational, 0.3, 0.3)?;
    let values = || {
        exact
            .values
            .iter()
            .chain(&variational.values)
            .zip(exact.cells.iter().cycle())
    };
    let drawn = || {
        values()
            .filter(|(_, kind)| **kind != Kind::Cliff)
            .map(|(value, _)| *value)
    };
    let range = (
        drawn().fold(f64::MAX, f64::min),
        drawn().fold(f64::MIN, f64::max),
    );
    let panel = |plan: &Plan, name: &str, way: &str| {
        let title = format!("{name}: V(start) = {:.2}", plan.promised).replace('-', "−");
        let alt = format!(
            "{name}: the likeliest walk {way}; V(start) is {:.2}, the expected return {:.2}, the probability of falling {:.2}.",
            plan.promised, plan.expected_return, plan.fall
        );
        grid(&Grid {
            walk: plan
                .walk
                .iter()
                .map(|(row, column)| row * plan.cells.ncols() + column)
                .collect(),
            key: format!(
                "expected return {:.2}, falls {:.0} %",
                plan.expected_return,
                100.0 * plan.fall
            )
            .replace('-', "−"),
            range: Some(range),
            ..Grid::new(title, plan.cells.ncols(), cells(plan), alt)
        })
    };
    let variational = panel(
        &variational,
        "Variational",
        "keeps a row between itself and the cliff",
    )?;
    let exact = panel(
        &exact,
        "Exact inference",
        "goes along the edge of the cliff",
    )?;
    std::fs::write(path, beside(&variational, &exact)?.svg())?;
    Ok(())
}

fn cells(plan: &Plan) -> Vec<Cell> {
    let cell = |((row, column), kind): ((usize, usize), &Kind)| {
        let arrows = ARROWS
            .into_iter()
            .zip(plan.policy.slice(ndarray::s![row, column, ..]).to_vec());
        let (ground, moves) = match kind {
            Kind::Wall => (Ground::Wall, false),
            Kind::Free => (Ground::Open, true),
            Kind::Start => (Ground::Start, true),
            Kind::Cliff => (Ground::Cliff, false),
            Kind::Goal => (Ground::Goal, false),
        };
        Cell {
            ground,
            value: Some(plan.values[[row, column]]).filter(|_| *kind != Kind::Cliff),
            policy: if moves { arrows.collect() } else { Vec::new() },
        }
    };
    plan.cells.indexed_iter().map(cell).collect()
}
