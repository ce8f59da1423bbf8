//! The built program, from outside: what it prints, writes and answers.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn kinglet(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinglet"));
    command
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).expect("the output is UTF-8")
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).expect("the messages are UTF-8")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("no signal ended the program")
}

fn json(arguments: &[&str]) -> Value {
    let output = kinglet(arguments);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    serde_json::from_str(stdout(&output)).expect("one JSON object and nothing else")
}

#[test]
fn without_a_command_it_reproduces_everything() {
    let output = kinglet(&[]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let ids = kinglet_derivations::catalogue()
        .iter()
        .map(|entry| entry.id);
    for id in ids.clone() {
        assert!(
            text.contains(&format!("\n{id} ──")) || text.starts_with(id),
            "{id}"
        );
    }
    let last = text.lines().last().unwrap();
    // DECK-26 has nothing to compute.
    let all = ids.count();
    let expected = format!("{all} entries: {} hold, 0 fail, 1 prose", all - 1);
    assert!(last.starts_with(&expected), "{last}");
    let again = kinglet(&["reproduce"]);
    let but_for_the_time = |text: &str| text.rsplit_once(", ").unwrap().0.to_owned();
    assert_eq!(but_for_the_time(text), but_for_the_time(stdout(&again)));
}

#[test]
fn no_colours_and_no_bar_where_there_is_no_terminal() {
    let output = kinglet(&["reproduce", "DECK-01"]);
    assert!(!stdout(&output).contains('\u{1b}'));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_line_fits_eighty_columns() {
    let output = kinglet(&[]);
    // The hat of V̂ takes no column of its own.
    let columns = console::measure_text_width;
    let widest = stdout(&output)
        .lines()
        .max_by_key(|line| columns(line))
        .unwrap();
    assert!(columns(widest) <= 80, "{widest}");
}

#[test]
fn the_lottery_as_json() {
    let object = json(&["reproduce", "cs285-02", "--json"]);
    let entry = &object["entries"][0];
    assert_eq!(entry["id"], "CS285-02");
    assert_eq!(entry["kind"], "claim");
    assert_eq!(entry["verdict"], "holds");
    for (quantity, golden) in [
        ("P(win | buy, O) on LOT, R = 10", 0.995526),
        ("P(buy | O) on LOT, R = 10", 0.987863),
    ] {
        let checks = entry["checks"].as_array().unwrap();
        let check = checks
            .iter()
            .find(|check| check["quantity"] == quantity)
            .unwrap();
        let values = check["values"].as_array().unwrap();
        assert!(values.len() >= 2, "{quantity}");
        for value in values {
            assert!(
                (value["value"].as_f64().unwrap() - golden).abs() < 5e-7,
                "{value}"
            );
            assert_eq!(value["standard_error"], Value::Null);
        }
        let methods: Vec<_> = values.iter().map(|value| &value["method"]).collect();
        assert!(
            methods
                .iter()
                .all(|m| methods.iter().filter(|n| n == &m).count() == 1)
        );
    }
}

#[test]
fn the_object_has_these_keys_and_no_others() {
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let object = json(&["reproduce", "DECK-01", "--json"]);
    assert_eq!(keys(&object), ["entries"]);
    let entry = &object["entries"][0];
    let mut expected = ["id", "title", "kind", "verdict", "checks", "printed"];
    expected.sort();
    assert_eq!(keys(entry), expected);
    for check in entry["checks"].as_array().unwrap() {
        assert_eq!(
            keys(check),
            ["difference", "quantity", "tolerance", "values"]
        );
        for value in check["values"].as_array().unwrap() {
            assert_eq!(keys(value), ["method", "standard_error", "value"]);
            assert!(value["value"].is_number());
        }
    }
    let printed = entry["printed"].as_array().unwrap();
    assert_eq!(printed.len(), 3);
    for erratum in printed {
        assert_eq!(keys(erratum), ["note", "off_by", "value", "what"]);
    }
    assert!(printed[0]["value"].is_number() && printed[0]["off_by"].is_number());
    assert!(printed[2]["value"].is_null() && printed[2]["off_by"].is_null());
    let sampled = entry["checks"].as_array().unwrap().iter();
    let errors = sampled.flat_map(|check| check["values"].as_array().unwrap());
    assert!(
        errors
            .map(|value| &value["standard_error"])
            .any(Value::is_number)
    );
}

#[test]
fn a_source_picks_its_entries() {
    let object = json(&["reproduce", "--source", "virel", "--json"]);
    let entries = object["entries"].as_array().unwrap();
    let ids = entries.iter().map(|entry| entry["id"].as_str().unwrap());
    assert!(ids.eq((1..=15).map(|number| format!("VIREL-{number:02}"))));
}

#[test]
fn an_unknown_identifier_is_two_and_names_near_ones() {
    let output = kinglet(&["reproduce", "DECK-01", "CS285-99"]);
    assert_eq!(status(&output), 2);
    assert_eq!(stdout(&output), "");
    let message = stderr(&output);
    assert!(
        message.contains("CS285-99") && message.contains("CS285-09"),
        "{message}"
    );
}

#[test]
fn an_unknown_source_is_two() {
    assert_eq!(status(&kinglet(&["reproduce", "--source", "nobody"])), 2);
}

#[test]
fn the_report_is_one_page_that_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("new/deeper");
    let output = kinglet(&["reproduce", "CS285-02", "--report", into.to_str().unwrap()]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("index.html"));
    assert_eq!(names(&into), ["index.html"]);
    let page = fs::read_to_string(into.join("index.html")).unwrap();
    for part in [
        "<svg",
        "0.995525517930",
        "prefers-color-scheme: dark",
        "width=device-width",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let namespace = "xmlns=\"http://www.w3.org/2000/svg\"";
    let links = page.replace(namespace, "");
    for outside in [
        "http:", "https:", "src=", "<link", "<script", "@import", "url(",
    ] {
        assert!(!links.contains(outside), "{outside}");
    }
}

#[test]
fn the_same_entries_give_the_same_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = |name: &str| {
        let into = folder.path().join(name);
        kinglet(&[
            "reproduce",
            "DECK-01",
            "DECK-17",
            "--report",
            into.to_str().unwrap(),
        ]);
        fs::read(into.join("index.html")).unwrap()
    };
    assert_eq!(page("a"), page("b"));
}

#[test]
fn a_report_that_cannot_be_written_is_said_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let output = kinglet(&["reproduce", "DECK-01", "--report", file.to_str().unwrap()]);
    assert_eq!(status(&output), 1);
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains("cannot write the report"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "in the way");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kinglet"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0];
    let mut pipe = child.stdout.take().unwrap();
    pipe.read_exact(&mut first).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert_eq!(status(&output), 0);
}

/// Interrupts the program after its first entry. It may have ended before: then tries again.
#[cfg(unix)]
#[test]
fn an_interrupt_shows_what_was_done() {
    for _ in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kinglet"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdout.take().unwrap();
        let mut text = vec![0];
        pipe.read_exact(&mut text).unwrap();
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        pipe.read_to_end(&mut text).unwrap();
        let code = child.wait().unwrap().code();
        if code == Some(0) {
            continue;
        }
        assert_eq!(code, Some(130));
        let last = str::from_utf8(&text).unwrap().lines().last().unwrap();
        assert!(last.starts_with("interrupted after"), "{last}");
        return;
    }
    panic!("no run of 20 could be interrupted");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}
