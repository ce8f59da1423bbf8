//! Ctrl-C.

use std::process::Command;
use std::time::Duration;

use crate::program::{OTHER, assert_same, checkpoints, command, rows, well};

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    well(folder.path(), &format!("train {OTHER} --out whole"));
    let run = folder.path().join("part");
    let child = command(
        folder.path(),
        &format!("train {OTHER} --out part --set run.checkpoint_every=100000"),
    )
    .spawn()
    .unwrap();
    while rows(&run) < 2 {
        std::thread::sleep(Duration::from_micros(200));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{out}");
    let done = rows(&run);
    assert!((2..30).contains(&done), "{done} rows");
    let step = 256 * done;
    assert!(
        out.contains(&format!("part: stopped after {step} of 7680 steps")),
        "{out}"
    );
    // One checkpoint, of that very step, though none was due.
    let name = format!("checkpoint-{step:020}.safetensors");
    assert!(
        checkpoints(&run)
            .iter()
            .map(|path| path.file_name().unwrap())
            .eq([name.as_str()])
    );
    let (_, told) = out.trim_end().rsplit_once("`kinglet ").unwrap();
    well(folder.path(), told.trim_end_matches('`'));
    assert_eq!(rows(&run), 30);
    assert_same(&folder.path().join("whole"), &run);
}
