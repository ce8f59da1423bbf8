//! One figure of each kind, written to the folder named by the argument: to look at the style.

use std::{env, fs, path::PathBuf};

use kinglet_plots::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "gallery".to_owned()));
    fs::create_dir_all(&folder)?;
    let (posterior, estimates) = (posterior()?, estimates()?);
    let panels = beside(&posterior, &estimates)?;
    let figures = [
        ("lines", posterior),
        ("estimates", estimates),
        ("band", band()?),
        ("rate", rate()?),
        ("bars", purchases()?),
        ("world", grid(&world())?),
        ("heat", heat()?),
        ("beside", panels),
        ("worlds", beside(&grid(&world())?, &grid(&world())?)?),
    ];
    for (name, figure) in figures {
        fs::write(folder.join(format!("{name}.svg")), figure.svg())?;
        println!("{name}.svg: {} bytes", figure.svg().len());
    }
    Ok(())
}

/// The posterior of CS285-02 over the jackpot.
fn posterior() -> Result<Figure, Error> {
    let jackpot: Vec<f64> = (0..=100).map(|i| f64::from(i) / 10.0).collect();
    let win = |r: f64| r.exp() / (r.exp() + 99.0);
    let buy = |r: f64| (0.01 * r.exp() + 0.99) / (0.01 * r.exp() + 0.99 + 1f64.exp());
    let axes = Axes {
        references: vec![Reference::vertical("log 99", 99f64.ln())],
        ..Axes::new(
            "Exact inference makes a lottery a certainty",
            Axis::linear("jackpot R"),
            Axis::linear("posterior probability"),
            "Both posterior probabilities rise from near zero to one as the jackpot passes log 99.",
        )
    };
    lines(
        &axes,
        &[
            Series::line("P(win | buy, O)", &jackpot, jackpot.iter().map(|r| win(*r))),
            Series::line("P(buy | O)", &jackpot, jackpot.iter().map(|r| buy(*r))),
        ],
    )
}

fn estimates() -> Result<Figure, Error> {
    let samples = [10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4];
    let mean = [-1.61, -1.90, -1.74, -1.83, -1.775, -1.79, -1.7821];
    let axes = Axes {
        references: vec![Reference::horizontal("exact −1.782063", -1.782063)],
        ..Axes::new(
            "The Monte Carlo ELBO settles on the enumerated one",
            Axis::log("trajectories"),
            Axis::linear("ELBO (nats)"),
            "Seven estimates with error bars close in on the exact value from both sides.",
        )
    };
    let errors = samples.map(|n: f64| 0.6 / n.sqrt());
    lines(
        &axes,
        &[Series::with_error_bars(
            "estimate ± s.e.",
            samples,
            mean,
            errors,
        )],
    )
}

fn band() -> Result<Figure, Error> {
    let steps: Vec<f64> = (0..3000).map(f64::from).collect();
    let names = ["soft Q-learning", "REINFORCE", "PPO", "MPO"];
    let series = names.iter().enumerate().map(|(k, name)| {
        let rate = 300.0 * (1.0 + k as f64);
        let wiggle = |s: f64| 0.02 * ((s * 0.71).sin() + (s * 0.13 + k as f64).cos());
        let mean = steps
            .iter()
            .map(|s| 500.0 * (1.0 - (-s / rate).exp() + wiggle(*s)));
        let error = steps
            .iter()
            .map(|s| 25.0 * (1.0 + k as f64) / (1.0 + s / 500.0));
        Series::with_band(
            *name,
            &steps,
            mean.collect::<Vec<_>>(),
            error.collect::<Vec<_>>(),
        )
    });
    let axes = Axes::new(
        "Four algorithms learn the same task",
        Axis::linear("environment steps"),
        Axis::linear("return"),
        "Four learning curves rise to the same return of 500 at different speeds.",
    );
    lines(&axes, &series.collect::<Vec<_>>())
}

fn rate() -> Result<Figure, Error> {
    let sweeps: Vec<f64> = (1..=200).map(f64::from).collect();
    let residual = |gamma: f64| sweeps.iter().map(|k| gamma.powf(*k)).collect::<Vec<_>>();
    let axes = Axes::new(
        "A soft sweep contracts by γ",
        Axis::linear("sweep"),
        Axis::log("largest change of V"),
        "Two straight lines fall on a logarithmic axis, the steeper one for the smaller discount.",
    );
    lines(
        &axes,
        &[
            Series::line("γ = 0.95", &sweeps, residual(0.95)),
            Series::line(
                "γ = 0.90, a name too long to stand at the end",
                &sweeps,
                residual(0.90),
            ),
        ],
    )
}

fn purchases() -> Result<Figure, Error> {
    let axes = Axes::new(
        "Who buys the ticket?",
        Axis::linear(""),
        Axis::linear("probability of buying"),
        "Exact inference buys with probability 0.99 where expected reward and the ELBO's optimum do not.",
    );
    let lottery = Bars::new("R = 10", [0.987863, 0.31, 0.289]);
    let sampled = Bars {
        standard_errors: Some(vec![0.02, 0.03, 0.05]),
        ..Bars::new("sampled", [0.97, 0.33, 0.26])
    };
    bars(
        &axes,
        &["exact posterior", "variational", "expected reward"],
        &[lottery, sampled],
    )
}

fn world() -> Grid {
    let columns = 8;
    let cell = |index: usize| {
        let (row, column) = (index / columns, index % columns);
        let value = -6.0 + 1.1 * column as f64 - 0.7 * row as f64;
        let policy = vec![
            (Arrow::Right, 0.62),
            (Arrow::Up, 0.25),
            (Arrow::Down, 0.08),
            (Arrow::Left, 0.05),
        ];
        match (row, column) {
            (1, 3) => Cell::bare(Ground::Wall),
            (3, 0) => Cell {
                ground: Ground::Start,
                policy,
                ..Cell::open(value)
            },
            (3, 7) => Cell {
                ground: Ground::Goal,
                ..Cell::open(0.0)
            },
            (3, _) => Cell::bare(Ground::Cliff),
            (0, 0) => Cell {
                policy: vec![(Arrow::Stay, 0.7), (Arrow::Down, 0.3)],
                ..Cell::open(value)
            },
            _ => Cell {
                policy,
                ..Cell::open(value)
            },
        }
    };
    Grid {
        walk: vec![24, 16, 8, 0, 1, 2, 3, 4, 5, 13, 14, 15, 23, 31],
        key: "colour and number: V(s); arrows: π(a | s); grey: the most likely walk".to_owned(),
        ..Grid::new(
            "The variational policy keeps away from the cliff",
            columns,
            (0..32).map(cell).collect(),
            "The walk goes up from the start, along the top and down to the goal.",
        )
    }
}

fn heat() -> Result<Figure, Error> {
    let values = (0..400).map(|i| (f64::from(i % 20) - 3.0) * f64::from(i / 20) / 19.0);
    let map = Grid::heat_map(
        "Values of a 20 × 20 gridworld",
        20,
        values.collect::<Vec<_>>(),
        "Values rise to the right.",
    );
    grid(&map)
}
