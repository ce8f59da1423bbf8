//! Runs on MuJoCo, in a build that has it.

use tiny_skia::Pixmap;

use super::program::well;

/// Every task can run: what is seen and done there is told.
#[test]
fn every_task_is_listed_with_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let text = well(folder.path(), "list envs");
    let tasks = text
        .lines()
        .filter(|line| line.starts_with("mujoco/") || line.starts_with("dm/"));
    let tasks: Vec<_> = tasks.collect();
    assert_eq!(tasks.len(), 13 + 28);
    for line in tasks {
        assert!(
            line.ends_with(" steps)") && line.contains("to act by"),
            "{line}"
        );
    }
}

/// A run that is begun, stopped and gone on with is the run at one go; and it is drawn.
#[test]
fn a_run_goes_on_to_the_same_bits_and_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        "--set rollout.environments=2 --set rollout.steps=700 --set run.checkpoint_every=1400";
    let train = format!("train ppo --env mujoco/hopper {settings} --steps");
    well(
        folder.path(),
        &format!("{train} 4200 --out whole --threads 1"),
    );
    well(
        folder.path(),
        &format!("{train} 4200 --out parts --threads 2"),
    );
    let run = folder.path().join("parts");
    // The newest checkpoint away: as if it had been killed before it.
    let newest = super::program::checkpoints(&run).pop().unwrap();
    std::fs::remove_file(newest).unwrap();
    well(folder.path(), "train --resume parts");
    let last = |run: &str| {
        let newest = super::program::checkpoints(&folder.path().join(run))
            .pop()
            .unwrap();
        std::fs::read(newest).unwrap()
    };
    assert!(last("parts") == last("whole"));

    well(folder.path(), "play whole --record hopper.png --frame 1");
    let picture = Pixmap::load_png(folder.path().join("hopper.png")).unwrap();
    let shades: std::collections::HashSet<_> = picture
        .pixels()
        .iter()
        .map(|p| (p.red(), p.green(), p.blue()))
        .collect();
    assert!(shades.len() > 1000, "{} shades", shades.len()); // a lit scene, no flat drawing
}

#[test]
fn what_is_missing_at_run_time_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (status, _, error) = kinglet_without_models(folder.path());
    assert_eq!(status, Some(2), "{error}");
    assert!(
        error.contains("cargo xtask mujoco") && error.contains("KINGLET_GYMNASIUM"),
        "{error}"
    );
}

/// The program, told a folder for Gymnasium that is none.
fn kinglet_without_models(folder: &std::path::Path) -> (Option<i32>, String, String) {
    let mut command = super::program::command(folder, "train ppo --env mujoco/hopper");
    let output = command
        .env("KINGLET_GYMNASIUM", "nowhere")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}
