//! What a figure's SVG holds, read back by an XML parser.

use kinglet_display::Show;
use kinglet_plots::*;
use roxmltree::{Document, Node};

fn axes(x: Axis, y: Axis) -> Axes {
    Axes::new("A title", x, y, "What it shows.")
}

fn linear() -> Axes {
    axes(Axis::linear("the x"), Axis::linear("the y"))
}

fn elements<'a>(document: &'a Document<'_>, name: &'static str) -> Vec<Node<'a, 'a>> {
    let named = document
        .descendants()
        .filter(|node| node.has_tag_name(name));
    named.collect()
}

fn texts(figure: &Figure) -> Vec<String> {
    let document = Document::parse(figure.svg()).unwrap();
    let texts = elements(&document, "text");
    texts
        .iter()
        .map(|node| node.text().unwrap_or("").to_owned())
        .collect()
}

fn points(node: &Node<'_, '_>) -> Vec<(f64, f64)> {
    let pairs = node.attribute("points").unwrap().split_whitespace();
    let parse = |pair: &str| {
        let (x, y) = pair.split_once(',').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    pairs.map(parse).collect()
}

/// The points of the only curve in a colour.
fn curve(figure: &Figure, color: &str) -> Vec<(f64, f64)> {
    let document = Document::parse(figure.svg()).unwrap();
    let lines = elements(&document, "polyline");
    let mut colored = lines
        .iter()
        .filter(|node| node.attribute("stroke") == Some(color))
        .filter(|node| node.attribute("stroke-width") == Some("22"));
    let curve = points(colored.next().unwrap());
    assert!(colored.next().is_none());
    curve
}

const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";

#[test]
fn a_figure_is_an_image_with_a_title_and_a_description() {
    let figure = lines(&linear(), &[Series::line("one", [0.0, 1.0], [0.0, 1.0])]).unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(root.attribute("aria-label"), Some("What it shows."));
    assert_eq!(elements(&document, "title")[0].text(), Some("A title"));
    assert_eq!(
        elements(&document, "desc")[0].text(),
        Some("What it shows.")
    );
    let number = |name| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let seen = root
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|n| n.parse::<f64>().unwrap());
    let tenfold = [0.0, 0.0, 10.0 * number("width"), 10.0 * number("height")];
    assert_eq!(seen.collect::<Vec<_>>(), tenfold);
    let bundle = figure.bundle();
    assert_eq!(bundle.get("text/plain"), Some("What it shows."));
    assert_eq!(bundle.get("image/svg+xml"), Some(figure.svg()));
    assert_eq!(bundle.data.len(), 2);
}

#[test]
fn a_curve_on_linear_axes_is_an_affine_image_of_its_data() {
    let x: Vec<f64> = (0..50).map(|i| f64::from(i) * 0.3 - 4.0).collect();
    let y: Vec<f64> = x.iter().map(|x| (x - 1.0).powi(3)).collect();
    let curve = curve(
        &lines(&linear(), &[Series::line("cubic", &x, &y)]).unwrap(),
        BLUE,
    );
    assert_eq!(curve.len(), 50);
    for (data, drawn, sign) in [
        (&x, curve.iter().map(|p| p.0).collect::<Vec<_>>(), 1.0),
        (&y, curve.iter().map(|p| p.1).collect(), -1.0),
    ] {
        let slope = (drawn[49] - drawn[0]) / (data[49] - data[0]);
        assert!(slope * sign > 0.0);
        for (value, place) in data.iter().zip(&drawn) {
            let expected = drawn[0] + slope * (value - data[0]);
            assert!((place - expected).abs() <= 1.5, "{place} for {expected}");
        }
    }
}

#[test]
fn equal_ratios_have_equal_lengths_on_a_logarithmic_axis() {
    let axes = axes(Axis::log("n"), Axis::log("error"));
    let n = [10.0, 100.0, 1e3, 1e4];
    let figure = lines(&axes, &[Series::line("", n, n.map(|n| 1.0 / n))]).unwrap();
    let curve = curve(&figure, BLUE);
    let step = (curve[1].0 - curve[0].0, curve[1].1 - curve[0].1);
    for pair in curve.windows(2) {
        assert!((pair[1].0 - pair[0].0 - step.0).abs() <= 1.5);
        assert!((pair[1].1 - pair[0].1 - step.1).abs() <= 1.5);
    }
    let texts = texts(&figure);
    for label in ["10", "100", "1000", "10\u{2009}000", "10⁻¹", "10⁻⁴"] {
        assert!(texts.iter().any(|t| t == label), "{label} in {texts:?}");
    }
}

#[test]
fn a_band_reaches_one_standard_error_to_both_sides() {
    let (x, y) = ([0.0, 1.0, 2.0], [0.0, 0.0, 4.0]);
    let series = Series::with_band("mean", x, y, [1.0, 2.0, 0.5]);
    let figure = lines(&linear(), &[series]).unwrap();
    let curve = curve(&figure, BLUE);
    let scale = (curve[0].1 - curve[2].1) / 4.0;
    let document = Document::parse(figure.svg()).unwrap();
    let band = points(&elements(&document, "polygon")[0]);
    let distances = [0, 1, 2, 2, 1, 0].map(|i: usize| curve[i].1);
    let expected = [1.0, 2.0, 0.5, -0.5, -2.0, -1.0];
    for ((corner, mean), error) in band.iter().zip(distances).zip(expected) {
        assert!((mean - corner.1 - error * scale).abs() <= 2.0, "{corner:?}");
    }
}

#[test]
fn a_band_between_bounds_reaches_each_of_them() {
    let (x, y) = ([0.0, 1.0, 2.0], [0.0, 0.0, 4.0]);
    let (low, high) = ([-3.0, -0.5, 4.0], [1.0, 0.25, 9.0]);
    let figure = lines(&linear(), &[Series::between("iqm", x, y, low, high)]).unwrap();
    let curve = curve(&figure, BLUE);
    let scale = (curve[0].1 - curve[2].1) / 4.0;
    let document = Document::parse(figure.svg()).unwrap();
    let band = points(&elements(&document, "polygon")[0]);
    let bounds = [high[0], high[1], high[2], low[2], low[1], low[0]];
    for (corner, bound) in band.iter().zip(bounds) {
        let expected = curve[0].1 - bound * scale;
        assert!((corner.1 - expected).abs() <= 3.0, "{corner:?} for {bound}");
    }
    assert_eq!(band.len(), 6);
}

#[test]
fn names_stand_at_the_ends_of_lines_or_else_in_a_legend() {
    let at = |figure: &Figure, label: &str| {
        let document = Document::parse(figure.svg()).unwrap();
        let texts = elements(&document, "text");
        let node = texts
            .iter()
            .find(|node| node.text() == Some(label))
            .unwrap();
        (
            node.attribute("x").unwrap().parse::<f64>().unwrap(),
            node.attribute("y").unwrap().parse::<f64>().unwrap(),
        )
    };
    let up = Series::line("up", [0.0, 1.0], [0.0, 1.0]);
    let down = Series::line("down", [0.0, 1.0], [0.0, -1.0]);
    let figure = lines(&linear(), &[up.clone(), down]).unwrap();
    let (end, low_end) = (curve(&figure, BLUE)[1], curve(&figure, VERMILLION)[1]);
    let (name, low_name) = (at(&figure, "up"), at(&figure, "down"));
    assert!(name.0 > end.0 && (name.1 - end.1).abs() <= 1.0);
    assert!(low_name.0 > low_end.0 && (low_name.1 - low_end.1).abs() <= 1.0);

    let short = Series::line("ends early", [0.0, 0.3], [0.0, -1.0]);
    let figure = lines(&linear(), &[up, short]).unwrap();
    let top = curve(&figure, BLUE)[1].1;
    assert!(at(&figure, "up").1 < top && at(&figure, "ends early").1 < top);
}

#[test]
fn the_last_label_below_the_axis_is_not_cut_off() {
    for last in [1.0, 1e3, 1e4, 1e5, 1.003e5, 1e6, 1e9] {
        let figure = lines(&linear(), &[Series::line("", [0.0, last], [0.0, 1.0])]).unwrap();
        let document = Document::parse(figure.svg()).unwrap();
        for node in elements(&document, "text") {
            if node.attribute("text-anchor") != Some("middle") {
                continue;
            }
            let label = node.text().unwrap();
            let width = label
                .chars()
                .map(|c| if c == '\u{2009}' { 26.0 } else { 76.0 });
            let right = node.attribute("x").unwrap().parse::<f64>().unwrap();
            let right = right + width.sum::<f64>() / 2.0;
            assert!(right <= 6200.0, "{label} of {last} ends at {right}");
        }
    }
}

#[test]
fn bars_stand_on_zero_and_are_as_long_as_their_values() {
    let group = Bars {
        standard_errors: Some(vec![0.1, 0.2]),
        ..Bars::new("value", [1.5, -0.75])
    };
    let figure = bars(&linear(), &["left", "right"], &[group]).unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let rectangles = elements(&document, "rect");
    let blue: Vec<_> = rectangles
        .iter()
        .filter(|r| r.attribute("fill") == Some(BLUE))
        .collect();
    let side = |r: &Node<'_, '_>, name| r.attribute(name).unwrap().parse::<f64>().unwrap();
    let [key, up, down] = blue[..] else {
        panic!("{blue:?}")
    };
    assert!(side(key, "height") < 200.0);
    assert!((side(up, "height") - 2.0 * side(down, "height")).abs() <= 2.0);
    assert!((side(up, "y") + side(up, "height") - side(down, "y")).abs() <= 1.0);
    let texts = texts(&figure);
    for label in ["left", "right", "1.50", "−0.750", "value"] {
        assert!(texts.iter().any(|t| t == label), "{label} in {texts:?}");
    }
}

#[test]
fn arrows_are_as_long_as_their_probabilities_and_paths_pass_the_middles() {
    let policy = vec![(Arrow::Right, 0.8), (Arrow::Up, 0.2)];
    let cells = vec![
        Cell {
            policy,
            ..Cell::open(-1.0)
        },
        Cell::bare(Ground::Wall),
        Cell::open(2.0),
        Cell::bare(Ground::Cliff),
    ];
    let world = Grid {
        walk: vec![0, 2],
        ..Grid::new("World", 2, cells, "Four cells.")
    };
    let figure = grid(&world).unwrap();
    let document = Document::parse(figure.svg()).unwrap();
    let tips: Vec<_> = elements(&document, "polygon")
        .iter()
        .map(|p| points(p)[0])
        .collect();
    let path = points(
        &elements(&document, "polyline")
            .into_iter()
            .find(|p| p.attribute("opacity").is_some())
            .unwrap(),
    );
    let middle = path[0];
    let (right, up) = (tips[0].0 - middle.0, middle.1 - tips[1].1);
    assert!((right - 4.0 * up).abs() <= 3.0, "{right} {up}");
    assert_eq!((tips[0].1, tips[1].0), (middle.1, middle.0));
    assert_eq!((path[1].0, path[1].1 - path[0].1), (middle.0, 660.0));
    let texts = texts(&figure);
    assert!(texts.contains(&"−1".to_owned()) && texts.contains(&"2".to_owned()));
}

#[test]
fn a_large_map_has_a_colour_bar_in_place_of_numbers() {
    let map = Grid::heat_map(
        "Map",
        60,
        (0..3600).map(f64::from).collect::<Vec<_>>(),
        "A slope.",
    );
    let texts = texts(&grid(&map).unwrap());
    assert_eq!(texts, ["Map", "0", "3599"]);
}

#[test]
fn two_panels_stand_side_by_side() {
    let left = lines(&linear(), &[Series::line("a", [0.0, 1.0], [0.0, 1.0])]).unwrap();
    let right = grid(&Grid::heat_map("Map", 2, [1.0, 2.0, 3.0, 4.0], "A map.")).unwrap();
    let both = beside(&left, &right).unwrap();
    let document = Document::parse(both.svg()).unwrap();
    let groups = elements(&document, "g");
    assert_eq!(groups[0].attribute("transform"), Some("translate(0,0)"));
    assert_eq!(groups[1].attribute("transform"), Some("translate(4000,0)"));
    assert_eq!(both.alt(), "Left: What it shows. Right: A map.");
    let three = beside(&both, &right).unwrap();
    assert_eq!(
        three.alt(),
        "Left: What it shows. Middle: A map. Right: A map."
    );
    let texts = texts(&both);
    assert!(
        ["A title", "the x", "the y", "Map", "4"]
            .iter()
            .all(|t| texts.iter().any(|u| u == t))
    );
}

#[test]
fn equal_input_gives_equal_bytes() {
    let draw = || {
        let series = Series::with_band("s", [1.0, 2.0, 3.0], [0.1, 0.5, 0.2], [0.1, 0.1, 0.1]);
        beside(
            &lines(&linear(), &[series]).unwrap(),
            &bars(&linear(), &["a", "b"], &[Bars::new("", [0.3, 0.7])]).unwrap(),
        )
    };
    assert_eq!(draw().unwrap().svg(), draw().unwrap().svg());
}

#[test]
fn words_keep_their_characters_whatever_they_are() {
    let label = "a < b & \"c\" 'd' π → \u{1F426} \u{7}";
    let axes = Axes::new(label, Axis::linear(label), Axis::linear(label), label);
    let figure = lines(&axes, &[Series::points(label, [0.0], [0.0])]).unwrap();
    let spoken = "a < b & \"c\" 'd' π → \u{1F426}  ";
    let document = Document::parse(figure.svg()).unwrap();
    assert_eq!(elements(&document, "desc")[0].text(), Some(spoken));
    assert!(
        texts(&figure)
            .iter()
            .filter(|t| t.trim() == spoken.trim())
            .count()
            >= 3
    );
}

#[test]
fn a_long_curve_makes_a_small_file() {
    let x: Vec<f64> = (0..200_000).map(f64::from).collect();
    let y = x.iter().map(|x| (x * 0.37).sin());
    let figure = lines(
        &linear(),
        &[Series::line("noise", &x, y.collect::<Vec<_>>())],
    )
    .unwrap();
    assert!(figure.svg().len() < 25_000, "{}", figure.svg().len());
}
