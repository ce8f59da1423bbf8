//! Pages of runs made for the purpose.

use std::fs;

use super::*;
use crate::run_files::tests::{config, write as write_run};

const METRICS: &str = "step,episodes,return,kl,kl_bound,strange_number,empty\n\
    100,1,-20.5,0.01,0.02,1,\n200,,,0.02,0.02,2,\n300,2,-1.5,0.015,0.02,4,\n";

/// The page of a run with these files, and its figures' titles in their order.
fn page_of(metrics: Option<&str>, eval: Option<&str>) -> (String, Vec<String>) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("it's a run");
    let text = format!("# <b>&\n{}", config("ppo", "cartpole", 4));
    write_run(&folder, &text, metrics, eval);
    let path = stop(&folder).unwrap();
    assert_eq!(path, folder.join("report.html"));
    let page = fs::read_to_string(path).unwrap();
    let figures = page.split("<svg").skip(1);
    let titles = figures.map(|svg| {
        let (_, rest) = svg.split_once("<title>").unwrap();
        rest.split_once("</title>").unwrap().0.to_owned()
    });
    let titles = titles.collect();
    (page, titles)
}

#[test]
fn every_column_with_numbers_has_a_figure_and_the_bound_is_in_that_of_the_kl() {
    let (page, titles) = page_of(
        Some(METRICS),
        Some("{\"step\": 300, \"seed\": 0, \"returns\": [-1, -2]}"),
    );
    assert_eq!(
        titles,
        [
            "Return",
            "Divergence of the update",
            "Episodes",
            "strange number"
        ]
    );
    assert!(
        page.contains(">\nbound</text>") || page.contains("bound</text>"),
        "{page}"
    );
    // −1.5 ± ½ over two episodes.
    assert!(page.contains("<b>−1.5</b> ± 0.5 over 2 episodes"), "{page}");
}

#[test]
fn a_page_needs_nothing_else_and_shows_no_markup_of_a_file() {
    let (page, _) = page_of(Some(METRICS), None);
    for outside in [
        "http:", "https:", "<script", "<link", "src=", "@import", "url(",
    ] {
        let found = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!found.contains(outside), "{outside}");
    }
    assert!(page.contains("# &lt;b&gt;&amp;") && page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("kinglet play '/") && page.contains(r"/it'\''s a run'"));
    assert!(!page.contains("evaluated"));
}

#[test]
fn a_run_that_has_just_begun_has_a_page_too() {
    for metrics in [
        None,
        Some(""),
        Some("step,kl\n"),
        Some("step,kl\n100,0.5\n"),
    ] {
        let (page, titles) = page_of(metrics, None);
        assert_eq!(
            titles.is_empty(),
            page.contains("no metrics yet"),
            "{metrics:?}"
        );
    }
}
