//! Files that are whole, and files that are not.

use super::*;
use ndarray::{Array3, arr1};
use rand::Rng;
use rand_xoshiro::rand_core::SeedableRng;
use serde_json::json;

fn checkpoint() -> Checkpoint {
    let mut stream = Xoshiro256PlusPlus::seed_from_u64(3);
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(stream.clone());
        stream.jump();
    }
    let mut checkpoint = Checkpoint {
        step: u64::MAX,
        config: json!({"env": "cartpole", "discount": 0.1 + 0.2, "text": "\"\\ é"}),
        streams: BTreeMap::from([("environments".to_owned(), streams)]),
        places: vec![json!({"state": [0.1, -2.5e-300], "steps": 3})],
        replay: Some(LogMark {
            written: u64::MAX,
            row_bytes: 9,
            files: Vec::new(),
        }),
        arrays: BTreeMap::new(),
    };
    checkpoint.insert(
        "params",
        Array3::from_shape_fn((2, 1, 3), |(i, _, k)| (i * 3 + k) as f32),
    );
    checkpoint.insert(
        "mean",
        arr1(&[f64::MIN_POSITIVE / 8.0, -0.0, f64::INFINITY]),
    );
    checkpoint.insert("steps", arr1(&[u64::MAX, 0]));
    checkpoint.insert("none", arr1::<f32>(&[]));
    checkpoint
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read_to_the_bit() {
    let (bytes, hash) = encode(&checkpoint()).unwrap();
    let mut read = decode(&bytes, Path::new("x")).unwrap();
    assert_eq!(read, checkpoint());
    assert!(read.array::<f64>("mean").unwrap()[[1]].is_sign_negative());
    assert_eq!(encode(&read).unwrap(), (bytes, hash));
    let mut original = checkpoint().streams["environments"].clone();
    for (resumed, stream) in read
        .streams
        .get_mut("environments")
        .unwrap()
        .iter_mut()
        .zip(&mut original)
    {
        assert_eq!(resumed.next_u64(), stream.next_u64());
    }
}

#[test]
fn a_run_without_a_replay_buffer_has_the_file_that_it_had_before_there_were_any() {
    let mut plain = checkpoint();
    plain.replay = None;
    let (bytes, _) = encode(&plain).unwrap();
    assert_eq!(find(&bytes, b"replay"), None);
    assert_eq!(decode(&bytes, Path::new("x")).unwrap(), plain);
}

#[test]
fn a_nan_keeps_its_bits() {
    let bits = 0x7ff8_0000_dead_beef;
    let mut nan = Checkpoint::default();
    nan.insert("loss", arr1(&[f64::from_bits(bits)]));
    let read = decode(&encode(&nan).unwrap().0, Path::new("x")).unwrap();
    assert_eq!(read.array::<f64>("loss").unwrap()[[0]].to_bits(), bits);
}

#[test]
fn a_file_with_one_changed_byte_is_refused() {
    let (bytes, _) = encode(&checkpoint()).unwrap();
    for place in 0..bytes.len() {
        for bit in [1, 32] {
            let mut altered = bytes.clone();
            altered[place] ^= bit;
            assert!(
                decode(&altered, Path::new("x")).is_err(),
                "byte {place}, bit {bit}"
            );
        }
    }
    let mut altered = bytes.clone();
    *altered.last_mut().unwrap() ^= 1;
    let error = decode(&altered, Path::new("x")).unwrap_err();
    assert!(matches!(error, Error::Altered { carried, found, .. } if carried != found));
}

#[test]
fn a_file_that_was_cut_short_is_refused_at_any_length() {
    let (bytes, _) = encode(&checkpoint()).unwrap();
    for length in 0..bytes.len() {
        let error = decode(&bytes[..length], Path::new("x")).unwrap_err();
        assert!(matches!(error, Error::CutShort { length: l, .. } if l == length));
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert!(matches!(
        decode(&longer, Path::new("x")),
        Err(Error::CutShort { .. })
    ));
}

#[test]
fn a_file_of_another_program_is_refused() {
    let arrays = checkpoint().arrays;
    let plain = safetensors::serialize(&arrays, None).unwrap();
    let mine = |json: &str| {
        let metadata = HashMap::from([(KEY.to_owned(), json.to_owned())]);
        safetensors::serialize(&arrays, Some(metadata)).unwrap()
    };
    let later = r#"{"sha256":"","version":2,"step":0,"config":null,"streams":{},"places":[]}"#;
    for bytes in [
        plain,
        b"step,return\n2048,21.5\n".to_vec(),
        mine("{}"),
        mine(later),
    ] {
        assert!(matches!(
            decode(&bytes, Path::new("x")),
            Err(Error::Foreign { .. })
        ));
    }
    let undigested = later.replace(":2,", ":1,");
    assert!(matches!(
        decode(&mine(&undigested), Path::new("x")),
        Err(Error::Altered { .. })
    ));
}

#[test]
fn a_write_that_fails_leaves_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let hash = checkpoint().save(&path).unwrap();
    let error = replace(&path, |file| {
        file.write_all(b"half")?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(Checkpoint::load(&path).unwrap().hash().unwrap(), hash);
    assert_eq!(names(folder.path()), ["run.safetensors"]);
}

#[test]
fn a_name_that_cannot_be_taken_is_an_error_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("inside")).unwrap();
    for path in [taken, folder.path().join("nowhere/run")] {
        let error = checkpoint().save(&path).unwrap_err();
        assert!(
            matches!(error, Error::Disk { doing: "write", .. }),
            "{error}"
        );
    }
    assert_eq!(names(folder.path()), ["taken"]);
    assert!(matches!(
        Checkpoint::load(&folder.path().join("nowhere")),
        Err(Error::Disk { doing: "read", .. })
    ));
}

#[test]
fn a_later_save_takes_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.safetensors");
    let mut later = checkpoint();
    checkpoint().save(&path).unwrap();
    later.step = 7;
    later.save(&path).unwrap();
    assert_eq!(Checkpoint::load(&path).unwrap(), later);
}
