//! What a process writes for its reader, and when its loops stop.

use std::{env, fs, process::Command, thread::sleep, time::Duration};

use kinglet_display::{Message, ProgressBar, decode, show_updatable, split_line};

/// A loop with a bar, stopped at once where an interrupt is requested. Runs in this process, and
/// in the ones that the other tests start.
#[test]
fn a_loop_runs_to_its_end_unless_interrupted() {
    let mut bar = ProgressBar::new("steps");
    let mut done = 0;
    while done < 4 {
        done += 1;
        sleep(Duration::from_millis(60));
        if bar.report(done, Some(4), 0.5).is_break() {
            break;
        }
    }
    let expected = if env::var_os("KINGLET_INTERRUPT").is_some() {
        1
    } else {
        4
    };
    assert_eq!(done, expected);
}

#[test]
fn displays_have_names_of_their_own() {
    let (first, second) = (show_updatable("a"), show_updatable("b"));
    assert_ne!(format!("{first:?}"), format!("{second:?}"));
    second.update("c");
}

/// The lines that a test of this file writes in a process with this environment.
fn lines_of(test: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            test,
            "--nocapture",
            "--test-threads=1",
            "--quiet",
        ])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn messages_of(test: &str, variables: &[(&str, &str)]) -> Vec<Message> {
    let lines = lines_of(test, variables);
    lines.iter().filter_map(|line| split_line(line).1).collect()
}

#[test]
fn a_reader_sees_the_bar_move_in_its_place() {
    let messages = messages_of(
        "a_loop_runs_to_its_end_unless_interrupted",
        &[("KINGLET_DISPLAY", "1")],
    );
    let Message::Show { id: Some(id), .. } = &messages[0] else {
        panic!("{messages:?}")
    };
    assert_eq!(messages.len(), 5);
    for message in &messages[1..] {
        assert!(matches!(message, Message::Update { id: same, .. } if same == id));
    }
    let Some(Message::Update { bundle, .. }) = messages.last() else {
        panic!("{messages:?}")
    };
    assert_eq!(
        bundle.get("text/plain"),
        Some("steps: 4 of 4, residual 5.00e-1")
    );
}

#[test]
fn an_interrupt_stops_the_loop_and_the_bar_stays() {
    let request = env::temp_dir().join(format!("kinglet-display-{}", std::process::id()));
    fs::write(&request, "").unwrap();
    let messages = messages_of(
        "a_loop_runs_to_its_end_unless_interrupted",
        &[
            ("KINGLET_DISPLAY", "1"),
            ("KINGLET_INTERRUPT", request.to_str().unwrap()),
        ],
    );
    fs::remove_file(&request).unwrap();
    let Some(Message::Update { bundle, .. }) = messages.last() else {
        panic!("{messages:?}")
    };
    assert_eq!(
        bundle.get("text/plain"),
        Some("steps: 1 of 4, residual 5.00e-1")
    );
}

#[test]
fn a_person_reads_plain_text_and_the_bar_once() {
    let lines = lines_of("a_loop_runs_to_its_end_unless_interrupted", &[]);
    let bars = lines.iter().filter(|line| line.contains("steps: ")).count();
    assert_eq!(bars, 1);
    assert!(lines.iter().all(|line| decode(line).is_none()));
}

#[test]
fn the_stock_kernel_reads_its_own_markers() {
    let lines = lines_of(
        "displays_have_names_of_their_own",
        &[("EVCXR_IS_RUNTIME", "1")],
    );
    let found = lines
        .iter()
        .position(|line| line.ends_with("EVCXR_BEGIN_CONTENT text/plain"));
    let at = found.unwrap();
    assert_eq!(lines[at + 1..at + 3], ["a", "EVCXR_END_CONTENT"]);
}
