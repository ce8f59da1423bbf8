//! What a figure refuses, and that nothing makes it panic.

use kinglet_plots::*;

fn axes() -> Axes {
    Axes::new("t", Axis::linear("x"), Axis::linear("y"), "words")
}

fn draw(series: Series) -> Result<Figure, Error> {
    lines(&axes(), &[series])
}

#[test]
fn lines_that_cannot_be_drawn_are_refused_by_name_and_place() {
    let nothing: [f64; 0] = [];
    assert!(matches!(lines(&axes(), &[]), Err(Error::Empty { .. })));
    assert!(matches!(
        draw(Series::line("s", nothing, nothing)),
        Err(Error::Empty { .. })
    ));
    let nan = draw(Series::line("s", [0.0, 1.0], [0.0, f64::NAN])).unwrap_err();
    assert!(matches!(&nan, Error::NotFinite { index: 1, what, .. } if what.contains("\"s\"")));
    let short = draw(Series::line("s", [0.0, 1.0], [0.0])).unwrap_err();
    assert!(matches!(
        short,
        Error::Length {
            got: 1,
            expected: 2,
            ..
        }
    ));
    let negative = draw(Series::with_band("s", [0.0], [0.0], [-0.5])).unwrap_err();
    assert!(matches!(negative, Error::Negative { value: -0.5, .. }));
    let crossed = draw(Series::between(
        "s",
        [0.0, 1.0],
        [0.0, 0.0],
        [-1.0, 2.0],
        [1.0, 1.0],
    ));
    assert!(matches!(
        crossed,
        Err(Error::Negative {
            index: 1,
            value: -1.0,
            ..
        })
    ));
    let wide = draw(Series::line("s", [0.0, 1.0], [-1e308, 1e308])).unwrap_err();
    assert!(matches!(wide, Error::TooWide { axis: "y", .. }));
    let many = vec![Series::line("s", [0.0], [0.0]); 9];
    assert_eq!(
        lines(&axes(), &many),
        Err(Error::TooManySeries { got: 9, limit: 8 })
    );
    let silent = Axes {
        alt: " ".to_owned(),
        ..axes()
    };
    assert_eq!(lines(&silent, &many[..1]), Err(Error::NoAltText));
}

#[test]
fn a_logarithmic_axis_refuses_zero_in_data_and_references() {
    let log = Axes {
        y: Axis::log("y"),
        ..axes()
    };
    let zero = lines(&log, &[Series::line("s", [0.0, 1.0], [1.0, 0.0])]).unwrap_err();
    assert!(matches!(zero, Error::NotPositive { index: 1, .. }));
    let below = Axes {
        references: vec![Reference::horizontal("r", -1.0)],
        ..log.clone()
    };
    let series = Series::line("s", [0.0, 1.0], [1.0, 2.0]);
    assert!(matches!(
        lines(&below, &[series]),
        Err(Error::NotPositive { .. })
    ));
    assert_eq!(
        bars(&log, &["a"], &[Bars::new("", [1.0])]),
        Err(Error::LogarithmicBars)
    );
    let band = Series::with_band("s", [0.0, 1.0], [1.0, 2.0], [3.0, 3.0]);
    assert!(
        lines(&log, &[band]).is_ok(),
        "a band may reach below what the axis shows"
    );
}

#[test]
fn grids_that_cannot_be_drawn_are_refused() {
    let refused = |grid: Grid| kinglet_plots::grid(&grid).unwrap_err();
    let cells = |n: usize| vec![Cell::open(0.0); n];
    assert!(matches!(
        refused(Grid::new("t", 3, vec![], "w")),
        Error::Empty { .. }
    ));
    assert!(matches!(
        refused(Grid::new("t", 0, cells(3), "w")),
        Error::Empty { .. }
    ));
    assert!(matches!(
        refused(Grid::new("t", 3, cells(5), "w")),
        Error::Length {
            got: 2,
            expected: 3,
            ..
        }
    ));
    assert!(matches!(
        refused(Grid::new("t", 200, cells(20_000), "w")),
        Error::TooManyCells { .. }
    ));
    let path = Grid {
        walk: vec![0, 4],
        ..Grid::new("t", 2, cells(4), "w")
    };
    assert!(matches!(
        refused(path),
        Error::OutOfRange {
            index: 1,
            value: 4,
            len: 4,
            ..
        }
    ));
    let policy = |p: f64| {
        Grid::new(
            "t",
            1,
            vec![Cell {
                policy: vec![(Arrow::Up, p)],
                ..Cell::open(0.0)
            }],
            "w",
        )
    };
    assert!(matches!(refused(policy(1.5)), Error::AboveOne { .. }));
    assert!(matches!(refused(policy(f64::NAN)), Error::NotFinite { .. }));
    assert!(matches!(
        refused(Grid::heat_map("t", 1, [f64::INFINITY], "w")),
        Error::NotFinite { .. }
    ));
}

/// Awkward numbers in every combination: each figure is drawn or refused.
#[test]
fn no_finite_data_make_a_figure_panic() {
    let awkward: [f64; 13] = [
        0.0,
        -0.0,
        5e-324,
        -1e-310,
        1e-300,
        1e-9,
        1.0,
        1.0 + 1e-15,
        -3.0,
        1e16,
        -1e200,
        1e299,
        1.7e308,
    ];
    for x in awkward {
        for y in awkward {
            for scale in [Scale::Linear, Scale::Log] {
                let axis = Axis {
                    scale,
                    ..Axis::linear("a")
                };
                let axes = Axes::new("t", axis.clone(), axis, "words");
                for error in [0.0, x.abs(), 1.7e308] {
                    let series = Series::with_error_bars("s", [x, y], [y, x], [error, 1.0]);
                    let drawn = lines(&axes, &[series]);
                    assert!(
                        drawn.is_err() || roxmltree::Document::parse(drawn.unwrap().svg()).is_ok()
                    );
                }
            }
            let _ = bars(&axes(), &["a", "b"], &[Bars::new("", [x, y])]);
            let _ = grid(&Grid::heat_map("t", 2, [x, y], "w"));
        }
    }
}
