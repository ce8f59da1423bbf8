//! Files of demonstrations, there and back, and what is refused.

use std::fs;

use ndarray::array;
use tempfile::tempdir;

use super::*;

fn of_states() -> Demonstrations {
    Demonstrations {
        episodes: vec![
            Demonstration {
                observations: indicators(&[2, 0], 3),
                actions: vec![1, 0],
            },
            Demonstration {
                observations: indicators(&[1], 3),
                actions: vec![1],
            },
        ],
    }
}

fn of_numbers() -> Demonstrations {
    let mut numbers = of_states();
    numbers.episodes[0].observations = array![[0.1, -2e-300, 1.0 / 3.0], [1.0, 0.0, 0.0]];
    numbers
}

#[test]
fn what_is_written_is_read_to_the_bit() {
    let folder = tempdir().unwrap();
    for name in ["a.csv", "a.jsonl"] {
        let path = folder.path().join(name);
        for demonstrations in [of_states(), of_numbers()] {
            demonstrations.save(&path).unwrap();
            assert_eq!(Demonstrations::load(&path, 3, 2), Ok(demonstrations));
        }
    }
}

#[test]
fn a_file_written_by_hand_is_read() {
    let folder = tempdir().unwrap();
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Demonstrations::load(&path, 3, 2).unwrap()
    };
    let csv = "episode, state, action\n7,2,1\n7,0,0\n\n3,1,1\n";
    assert_eq!(read("a.csv", csv), of_states());
    let json = "{\"action\": 1, \"episode\": 7, \"observation\": [0, 0, 1]}\n\
                {\"episode\": 7, \"state\": 0, \"action\": 0}\n\
                {\"episode\": 3, \"state\": 1, \"action\": 1}";
    assert_eq!(read("a.jsonl", json), of_states());
}

#[test]
fn a_wrong_line_is_named() {
    let folder = tempdir().unwrap();
    let line = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        match Demonstrations::load(&path, 3, 2) {
            Err(Error::DemonstrationFile { line, .. }) => line,
            other => panic!("{text}: {other:?}"),
        }
    };
    let head = "episode,state,action\n0,1,1\n";
    for (rest, expected) in [
        ("0,3,1", 3),
        ("0,1,2", 3),
        ("0,1", 3),
        ("0,1,left", 3),
        ("0,-1,0", 3),
        ("\n1,1,1\n0,1,1", 5),
    ] {
        assert_eq!(line("a.csv", &format!("{head}{rest}")), expected, "{rest}");
    }
    for (text, expected) in [
        ("", 0),
        ("episode,state,action", 0),
        ("episode,action\n0,1", 2),
        ("episode,state\n0,1", 1),
        ("episode,state,action,reward\n0,1,1,5", 1),
        ("episode,action,observation_0\n0,1,0.5", 2),
        (
            "episode,action,observation_0,observation_1,observation_2\n0,1,1,2,inf",
            2,
        ),
    ] {
        assert_eq!(line("a.csv", text), expected, "{text}");
    }
    for text in [
        "{\"episode\": 0, \"action\": 1}",
        "{\"episode\": 0, \"action\": 1, \"state\": 1, \"reward\": 2}",
        "{\"episode\": 0, \"action\": 1, \"state\": 1, \"observation\": [1, 0, 0]}",
        "{\"episode\": 0, \"action\": 1, \"observation\": [1, 0]}",
        "0,1,1",
    ] {
        assert_eq!(line("a.jsonl", text), 1, "{text}");
    }
    assert_eq!(line("a.txt", head), 0);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("none.csv");
    let error = Demonstrations::load(&path, 3, 2).unwrap_err();
    assert!(matches!(error, Error::Disk { path: named, .. } if named == path));
}
