//! Folders of runs, good and bad.

use super::*;

/// Writes the folder of a run.
pub(crate) fn write(folder: &Path, config: &str, metrics: Option<&str>, eval: Option<&str>) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(CONFIG), config).unwrap();
    for (name, text) in [(METRICS, metrics), (EVAL, eval)] {
        if let Some(text) = text {
            fs::write(folder.join(name), text).unwrap();
        }
    }
}

/// A config of an algorithm on an environment.
pub(crate) fn config(algorithm: &str, environment: &str, seed: i64) -> String {
    format!(
        "[run]\nenvironment = \"{environment}\"\nsteps = 1000\nseed = {seed}\ncheckpoint_every = {}\n\
         [advantage]\ndiscount = 0.99\n[algorithm]\nname = \"{algorithm}\"\n",
        100 + seed
    )
}

#[test]
fn a_run_is_what_its_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let metrics = "step,return,kl\n100,,0.5\n200,-3.25,1e-9\n300,4,";
    write(
        path,
        &config("ppo", "cartpole", 7),
        Some(metrics),
        Some("{\"step\": 200, \"seed\": 1, \"returns\": [1, 2.5]}"),
    );
    let run = Run::open(path).unwrap();
    assert_eq!((&*run.algorithm, &*run.environment), ("ppo", "cartpole"));
    assert_eq!((run.seed, run.steps), (7, 1000));
    let evaluation = run.evaluation.clone().unwrap();
    assert_eq!((evaluation.step, evaluation.mean()), (200, 1.75));
    // The standard deviation is 0.75 √2, of two.
    assert!((evaluation.standard_error().unwrap() - 0.75).abs() < 1e-15);
    // The last line has no end.
    assert_eq!(run.metrics.steps, [100, 200]);
    assert_eq!(run.metrics.points("return"), [(200.0, -3.25)]);
    assert_eq!(run.metrics.points("kl"), [(100.0, 0.5), (200.0, 1e-9)]);
    assert!(run.metrics.points("entropy").is_empty());
    // Another seed is the same experiment, another discount is not.
    let others = [
        config("ppo", "cartpole", 9),
        config("ppo", "cartpole", 7).replace("0.99", "0.9"),
    ];
    let configs = others.map(|text| {
        let other = tempfile::tempdir().unwrap();
        write(other.path(), &text, None, None);
        Run::open(other.path()).unwrap()
    });
    assert_eq!(configs[0].config, run.config);
    assert_ne!(configs[1].config, run.config);
    assert_eq!(
        (configs[0].metrics.steps.len(), &configs[0].evaluation),
        (0, &None)
    );
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let good = config("ppo", "cartpole", 0);
    let refuse = |config: &str, metrics: &str, eval: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), config, Some(metrics), Some(eval));
        Run::open(folder.path()).unwrap_err().to_string()
    };
    let fine = "{\"step\": 1, \"seed\": 0, \"returns\": [1]}";
    for (metrics, words) in [
        ("steps,kl\n", ["line 1", "\"steps\"", "should be step"]),
        ("step,kl,kl\n", ["line 1", "two columns", "\"kl\""]),
        (
            "step,kl\n1,2\n2,x\n",
            ["line 3", "kl is \"x\"", "finite number"],
        ),
        (
            "step,kl\n1,2\n2,NaN\n",
            ["line 3", "kl is \"NaN\"", "or empty"],
        ),
        ("step,kl\n5,\n5,\n", ["line 3", "step 5", "increase"]),
        ("step,kl\n-1,\n", ["line 2", "\"-1\"", "whole number"]),
        ("step,kl\n1,2,3\n", ["line 2", "3 cells", "has 2"]),
    ] {
        let error = refuse(&good, metrics, fine);
        for word in words.iter().chain(&["metrics.csv"]) {
            assert!(error.contains(word), "{word} in {error}");
        }
    }
    for (config, words) in [
        ("[run]\nseed = \n", ["config.toml", "line 2"]),
        ("[algorithm]\nname = \"ppo\"\n", ["config.toml", "[run]"]),
        ("[run]\nseed = 1\n", ["config.toml", "algorithm.name"]),
        (
            &good.replace("steps", "stops"),
            ["config.toml", "run.steps"],
        ),
    ] {
        let error = refuse(config, "step\n", fine);
        for word in words {
            assert!(error.contains(word), "{word} in {error}");
        }
    }
    for (eval, word) in [
        (
            "{\"step\": 1, \"seed\": 0, \"returns\": []}",
            "at least one",
        ),
        ("{\"step\": 1, \"seed\": 0}", "returns"),
        ("{\n\"returns\": [nan]", "line 2"),
    ] {
        let error = refuse(&good, "step\n", eval);
        assert!(
            error.contains("eval.json") && error.contains(word),
            "{error}"
        );
    }
}

#[test]
fn runs_are_found_below_a_folder_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for seed in [10, 9, 0] {
        let path = folder.path().join(format!("ppo/seed-{seed}"));
        write(&path, &config("ppo", "cartpole", seed), Some(""), None);
    }
    // Neither is another program's config a run, nor what is hidden.
    write(
        &folder.path().join("cargo"),
        "[build]\njobs = 1\n",
        None,
        None,
    );
    write(&folder.path().join(".trash"), "", Some(""), None);
    let found = find(folder.path()).unwrap();
    let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["seed-0", "seed-9", "seed-10"]);
    assert_eq!(find(&found[1]).unwrap(), [found[1].clone()]);
    let empty = tempfile::tempdir().unwrap();
    let error = find(empty.path()).unwrap_err().to_string();
    assert!(
        error.contains("no run") && error.contains("config.toml"),
        "{error}"
    );
    let error = find(&empty.path().join("x")).unwrap_err().to_string();
    assert!(error.contains("no folder"), "{error}");
}
