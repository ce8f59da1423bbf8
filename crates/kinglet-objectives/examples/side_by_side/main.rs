//! Exact inference, the soft-optimal policy, MPO, VIREL and Q-learning on one slippery gridworld.
//!
//! `cargo run --release -p kinglet-objectives --example side_by_side` prints the tables of the README, and draws its
//! figure where a folder is named: `-- FOLDER`.

mod comparison;
#[cfg(test)]
mod tests;

use comparison::{Way, best, crowd_table, table, walk, ways, world};
use kinglet_envs::{Gridworld, Horizon};
use kinglet_plots::{Arrow, Cell, Figure, Grid, Ground, beside, grid};
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = world(Horizon::Discounted(comparison::DISCOUNT))?;
    let ways = ways()?;
    let best = best(&world.mdp)?.dot(&world.mdp.initial());
    println!("{}\n{}", table(&ways, best), crowd_table()?);
    let Some(folder) = env::args().nth(1).map(PathBuf::from) else {
        return Ok(());
    };
    fs::create_dir_all(&folder)?;
    let path = folder.join("side-by-side.svg");
    fs::write(&path, figure(&world, &ways)?.svg())?;
    println!("{}", path.display());
    Ok(())
}

fn figure(world: &Gridworld, ways: &[Way]) -> Result<Figure, kinglet_plots::Error> {
    let [exact, soft, mpo, ..] = ways else {
        unreachable!("five ways")
    };
    let titles = ["Exact inference", "Soft-optimal", "MPO and VIREL, optimal"];
    let walks = [
        "along the edge",
        "a row away from the edge",
        "a row away from the edge",
    ];
    let lowest = [exact, soft, mpo].map(|way| way.v.fold(0.0_f64, |m, v| m.min(*v)));
    let range = (lowest.into_iter().fold(0.0, f64::min), 0.0);
    let panels = [exact, soft, mpo]
        .into_iter()
        .zip(titles.into_iter().zip(walks));
    let panels = panels.map(|(way, (title, walk))| panel(world, way, [title, walk], range));
    let panels = panels.collect::<Result<Vec<_>, _>>()?;
    beside(&beside(&panels[0], &panels[1])?, &panels[2])
}

fn panel(
    world: &Gridworld,
    way: &Way,
    [title, along]: [&str; 2],
    range: (f64, f64),
) -> Result<Figure, kinglet_plots::Error> {
    let (rows, columns) = world.cells.dim();
    let cells =
        (0..rows * columns).map(|i| cell(world, way, world.state(i / columns, i % columns)));
    let alt = format!("{title}: its most probable walk goes {along} of the cliff.");
    let picture = Grid {
        range: Some(range),
        walk: walk(world, &way.policy, 30),
        ..Grid::new(
            format!("{title}: −{:.2}", -way.value),
            columns,
            cells.collect(),
            alt,
        )
    };
    grid(&picture)
}

fn cell(world: &Gridworld, way: &Way, state: Option<usize>) -> Cell {
    let Some(state) = state else {
        return Cell::bare(Ground::Wall);
    };
    let (row, column) = world.cell(state);
    let ground = match world.cells[[row, column]] {
        kinglet_envs::Cell::Wall => Ground::Wall,
        kinglet_envs::Cell::Free => Ground::Open,
        kinglet_envs::Cell::Start => Ground::Start,
        kinglet_envs::Cell::Cliff => return Cell::bare(Ground::Cliff),
        kinglet_envs::Cell::Goal => return Cell::bare(Ground::Goal),
    };
    let arrows = [Arrow::Up, Arrow::Right, Arrow::Down, Arrow::Left];
    Cell {
        ground,
        value: Some(way.v[state]),
        policy: arrows
            .into_iter()
            .zip(way.policy.row(state).iter().copied())
            .collect(),
    }
}
