//! What is shown of runs: an episode, a page, a comparison.

use std::fs;

use serde_json::Value;

use crate::program::{OTHER, SMALL, kinglet, well};

/// The number that a line of the evaluation gives under a name.
fn told(evaluated: &str, name: &str) -> f64 {
    let line = evaluated.lines().find(|line| line.contains(name)).unwrap();
    line.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn an_episode_is_played_a_page_written_and_runs_compared() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    well(at, &format!("train {SMALL}"));
    well(at, &format!("train {OTHER} --out runs/one"));
    let seeded = OTHER.replace("--seed 3", "--seed 4");
    well(at, &format!("train {seeded} --out runs/two"));
    let run = at.join("runs/ppo-pendulum-seed3");

    // The run is scored by what `eval` tells.
    let text = fs::read_to_string(run.join("eval.json")).unwrap();
    let eval: Value = serde_json::from_str(&text).unwrap();
    let returns = eval["returns"].as_array().unwrap().iter();
    let returns: Vec<f64> = returns.map(|x| x.as_f64().unwrap()).collect();
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let evaluated = well(at, "eval runs/ppo-pendulum-seed3");
    assert!(
        (told(&evaluated, "mean return") - mean).abs() < 0.006,
        "{evaluated}"
    );
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("over 100 episodes") && page.matches("<svg").count() > 5);

    // The third of its episodes.
    let played = well(at, "play runs/ppo-pendulum-seed3 --episode 2");
    assert!(
        played.contains(&format!("return {:.1} in 200 steps", returns[2])),
        "{played}"
    );
    let gif = fs::read(run.join("episode.gif")).unwrap();
    let mut decoder = gif::DecodeOptions::new().read_info(&gif[..]).unwrap();
    let mut frames = 0;
    while decoder.next_frame_info().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 201);
    well(at, "play runs/one --out nine.png");
    assert_eq!(&fs::read(at.join("nine.png")).unwrap()[1..4], b"PNG");

    // Where the evaluation is gone or of another checkpoint, it is played again.
    let compared = well(at, "compare runs --out all.svg");
    for words in ["pendulum", "cartpole", "trpo", "one run"] {
        assert!(compared.contains(words), "{words} in {compared}");
    }
    assert!(at.join("all-pendulum.svg").exists() && at.join("all-cartpole.svg").exists());
    let old = text.replace("\"step\":7680", "\"step\":256");
    assert_ne!(old, text);
    fs::write(run.join("eval.json"), old).unwrap();
    fs::remove_file(at.join("runs/one/eval.json")).unwrap();
    assert_eq!(well(at, "compare runs"), compared);
    assert_eq!(fs::read_to_string(run.join("eval.json")).unwrap(), text);
}

#[test]
fn what_cannot_be_shown_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (line, words) in [
        ("compare .", "holds no run"),
        ("compare nowhere", "nowhere is no folder"),
        ("compare . --out x.pdf", "should end in .svg"),
        ("play .", "holds no run"),
        ("play . --out x.jpg", "should end in .gif"),
    ] {
        let (status, _, error) = kinglet(folder.path(), line);
        assert_eq!(status, Some(2), "{line}: {error}");
        assert!(error.contains(words), "{line}: {error}");
    }
}
