//! What there is to choose from, as the built program names it.

use std::process::Command;

#[test]
fn every_environment_is_listed_with_its_numbers() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinglet"));
    let output = command.args(["list", "envs"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for name in kinglet_envs::EnvName::all() {
        assert!(
            text.lines()
                .any(|line| line.starts_with(&format!("{name} "))),
            "{text}"
        );
    }
    let acrobot = text
        .lines()
        .find(|line| line.starts_with("acrobot"))
        .unwrap();
    assert!(
        acrobot.ends_with("(6 numbers to see, 3 actions, 500 steps)"),
        "{acrobot}"
    );
}
