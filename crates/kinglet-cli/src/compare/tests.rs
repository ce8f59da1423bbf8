//! Comparisons of runs made for the purpose.

use std::fs;
use std::path::Path;

use kinglet_algorithms::interquartile_mean;
use kinglet_plots::Spread;

use super::*;
use crate::run_files::tests::{config, write};

/// A run whose return rises along a line to `last` at 1000 steps, and whose evaluation gives `score` on the average.
fn run(root: &Path, name: &str, config: &str, last: f64, score: f64) -> PathBuf {
    let folder = root.join(name);
    let rows = (1..=20).map(|i| format!("{},2,{}\n", 50 * i, last * f64::from(i) / 20.0));
    let metrics = format!("step,episodes,return\n{}", rows.collect::<String>());
    let eval = format!(
        "{{\"step\": 1000, \"seed\": 0, \"returns\": [{}, {}]}}",
        score - 3.0,
        score + 3.0
    );
    write(&folder, config, Some(&metrics), Some(&eval));
    folder
}

fn open(root: &Path) -> Vec<Run> {
    read(&[root.to_owned()], 1).unwrap()
}

fn printed(compared: &Compared<'_>) -> String {
    let mut out = Vec::new();
    let (ranked, improvements) = (&compared.ranked, &compared.improvements);
    table::write(&mut out, compared.environment, ranked, improvements).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_numbers_are_those_of_the_scores() {
    let root = tempfile::tempdir().unwrap();
    let (a, b) = ([10.0, 40.0, 20.0, 90.0, 30.0], [25.0, 5.0, 35.0]);
    for (name, scores) in [("a", &a[..]), ("b", &b)] {
        for (seed, score) in scores.iter().enumerate() {
            let config = config(name, "cartpole", seed as i64);
            run(root.path(), &format!("{name}{seed}"), &config, 1.0, *score);
        }
    }
    let runs = open(root.path());
    let compared = compared(&runs).unwrap();
    assert_eq!(compared.len(), 1);
    let ranked = &compared[0].ranked;
    assert_eq!(ranked[0].group.label, "a");
    // Of five, the least and the greatest are cut; of three, none.
    assert_eq!(ranked[0].middle.estimate, 30.0);
    assert!((ranked[1].middle.estimate - 65.0 / 3.0).abs() < 1e-12);
    assert_eq!(interquartile_mean(&a), 30.0);
    let p = compared[0].improvements[0].probability;
    let wins = a
        .iter()
        .map(|a| b.iter().filter(|b| a > b).count())
        .sum::<usize>();
    assert!((p.estimate - wins as f64 / 15.0).abs() < 1e-12);
    assert!(p.low < p.estimate && p.estimate < p.high);

    let text = printed(&compared[0]);
    for words in ["cartpole", "30.00", "21.67", "10.00", "90.00", "P(a > b)"] {
        assert!(text.contains(words), "{words} in\n{text}");
    }
    let page = page::page(&compared, None, &[]);
    let other_way = format!("{:.2} ", 1.0 - p.estimate);
    assert!(
        page.contains("<b>30.00</b>") && page.contains(&other_way),
        "{page}"
    );
}

#[test]
fn each_environment_has_its_own_table_and_figure() {
    let root = tempfile::tempdir().unwrap();
    for (i, environment) in ["cartpole", "pendulum"].into_iter().enumerate() {
        for seed in 0..2 {
            let name = format!("{environment}/{seed}");
            run(
                root.path(),
                &name,
                &config("ppo", environment, seed),
                10.0,
                i as f64,
            );
        }
    }
    let runs = open(root.path());
    let compared = compared(&runs).unwrap();
    let names: Vec<_> = compared.iter().map(|one| one.environment).collect();
    assert_eq!(names, ["cartpole", "pendulum"]);
    assert!(compared.iter().all(|one| one.ranked.len() == 1));
    let paths = draw(&root.path().join("c.svg"), &compared, None).unwrap();
    let files: Vec<_> = paths.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(files, ["c-cartpole.svg", "c-pendulum.svg"]);
    for path in paths {
        assert!(fs::read_to_string(path).unwrap().starts_with("<svg"));
    }
    let html = draw(&root.path().join("c.html"), &compared, None).unwrap();
    let page = fs::read_to_string(&html[0]).unwrap();
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(!page.contains("http:") || page.contains("http://www.w3.org/2000/svg"));
}

#[test]
fn over_all_environments_each_counts_once_and_the_name_that_wins_most_stands_first() {
    let root = tempfile::tempdir().unwrap();
    // a wins 1 of 2 and 4 of 4 against b; c is on one environment only.
    let scores = [
        ("cartpole", "a", vec![1.0, 2.0]),
        ("cartpole", "b", vec![1.5]),
        ("cartpole", "c", vec![9.0]),
        ("pendulum", "b", vec![-7.0, -8.0]),
        ("pendulum", "a", vec![-3.0, -6.0]),
    ];
    for (environment, name, scores) in scores {
        for (seed, score) in scores.into_iter().enumerate() {
            let path = format!("{environment}-{name}-{seed}");
            let config = config(name, environment, seed as i64);
            run(root.path(), &path, &config, 1.0, score);
        }
    }
    let runs = open(root.path());
    let compared = compared(&runs).unwrap();
    let overall = overall::overall(&compared).unwrap().unwrap();
    assert_eq!(overall.labels, ["a", "b"]);
    let [pair] = &overall.improvements[..] else {
        panic!("{overall:?}");
    };
    assert_eq!((pair.one, pair.other), (0, 1));
    assert_eq!(pair.probability.estimate, (0.5 + 1.0) / 2.0);
    let page = page::page(&compared, Some(&overall), &[]);
    assert!(page.contains("0.75 ") && page.contains("0.25 "), "{page}");
    assert_eq!(overall::overall(&compared[..1]), Ok(None));
}

#[test]
fn groups_of_one_algorithm_are_told_apart_by_what_differs() {
    let root = tempfile::tempdir().unwrap();
    let short = config("ppo", "cartpole", 0).replace("0.99", "0.9");
    run(root.path(), "short", &short, 1.0, 1.0);
    run(root.path(), "long", &config("ppo", "cartpole", 0), 1.0, 3.0);
    run(
        root.path(),
        "other",
        &config("trpo", "cartpole", 0),
        1.0,
        2.0,
    );
    let runs = open(root.path());
    let compared = compared(&runs).unwrap();
    let labels: Vec<_> = compared[0].ranked.iter().map(|s| &*s.group.label).collect();
    assert_eq!(labels, ["ppo, discount 0.99", "trpo", "ppo, discount 0.9"]);
    assert!(printed(&compared[0]).contains("one run"));
}

#[test]
fn a_curve_is_the_interquartile_mean_of_the_runs_over_the_steps_of_all() {
    let root = tempfile::tempdir().unwrap();
    for seed in 0..4 {
        let last = [8.0, 40.0, 16.0, 24.0][seed];
        run(
            root.path(),
            &seed.to_string(),
            &config("ppo", "cartpole", seed as i64),
            last,
            0.0,
        );
    }
    // One of them has done half as many steps.
    let path = root.path().join("1/metrics.csv");
    let text = fs::read_to_string(&path).unwrap();
    let half: String = text.split_inclusive('\n').take(11).collect();
    fs::write(&path, half).unwrap();
    let runs = open(root.path());
    let all: Vec<&Run> = runs.iter().collect();
    let curve = curve::curve("ppo", &all).unwrap().unwrap();
    assert_eq!((curve.x.len(), curve.x[0], curve.x[9]), (10, 50.0, 500.0));
    let Spread::Between { low, high } = &curve.spread else {
        panic!("no band: {:?}", curve.spread);
    };
    for (i, y) in curve.y.iter().enumerate() {
        let share = (i + 1) as f64 / 20.0;
        assert!((y - 20.0 * share).abs() < 1e-9, "{i}: {y}");
        assert!(low[i] < *y && *y < high[i]);
        assert!(low[i] >= 8.0 * share && high[i] <= 40.0 * share);
    }
}

#[test]
fn stretches_without_an_episode_are_filled_from_their_neighbours() {
    let root = tempfile::tempdir().unwrap();
    let metrics = "step,episodes,return\n100,,\n200,1,4\n300,,\n400,3,8\n401,1,4\n500,,\n";
    let eval = Some("{\"step\": 500, \"seed\": 0, \"returns\": [0]}");
    write(
        root.path(),
        &config("ppo", "cartpole", 0),
        Some(metrics),
        eval,
    );
    let run = Run::open(root.path()).unwrap();
    let curve = curve::curve("ppo", &[&run]).unwrap().unwrap();
    // Six rows, so six stretches of 83⅓ steps, of which the first two have nothing before them; three episodes of 8
    // and one of 4 in the fifth.
    let ends = [3, 4, 5, 6].map(|i| 500.0 * f64::from(i) / 6.0);
    assert!(
        curve
            .x
            .iter()
            .zip(ends)
            .all(|(x, end)| (x - end).abs() < 1e-9)
    );
    assert_eq!(curve.y, [4.0, 5.5, 7.0, 7.0]);
    assert_eq!(curve.spread, Spread::None);
    let empty = "step,return\n100,\n";
    write(
        root.path(),
        &config("ppo", "cartpole", 0),
        Some(empty),
        eval,
    );
    let run = Run::open(root.path()).unwrap();
    assert_eq!(curve::curve("ppo", &[&run]), Ok(None));
}

#[test]
fn what_cannot_be_compared_is_told_with_the_folders() {
    let root = tempfile::tempdir().unwrap();
    run(root.path(), "one", &config("ppo", "cartpole", 3), 1.0, 1.0);
    run(root.path(), "two", &config("ppo", "cartpole", 3), 1.0, 1.0);
    let runs = open(root.path());
    let twice = compared(&runs).unwrap_err().to_string();
    for words in ["one", "two", "same run", "seed 3", "ppo on cartpole"] {
        assert!(twice.contains(words), "{words} in {twice}");
    }
    // A folder named twice is one run.
    let folder = root.path().join("one");
    let dotted = root.path().join("two/../one");
    assert_eq!(read(&[folder.clone(), dotted], 1).unwrap().len(), 1);
}

#[test]
fn more_curves_than_colours_take_several_figures() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..11 {
        let name = format!("algo{i}");
        run(
            root.path(),
            &name,
            &config(&name, "cartpole", 0),
            f64::from(i),
            f64::from(i),
        );
    }
    let runs = open(root.path());
    let compared = compared(&runs).unwrap();
    let figures = figure::figures("cartpole", &compared[0].ranked).unwrap();
    assert_eq!(figures.len(), 2);
    assert!(figures[0].alt().contains("algo10 ends at 10.0"));
    assert!(figures[1].svg().contains(">algo0<") || figures[1].svg().contains("algo0"));
    // The best against each, as there are too many pairs.
    let text = printed(&compared[0]);
    assert_eq!(text.matches("P(algo10 > ").count(), 10);
    assert!(!text.contains("P(algo9 > "));
}
