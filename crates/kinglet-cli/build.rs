//! Lists the presets, as a table of pairs and texts: every `presets/ALGORITHM/ENVIRONMENT.toml`, in a folder of its own where
//! the environment's name has one (`mujoco/hopper`), and `presets/ALGORITHM/mujoco.toml` for all whose name begins so.
//! Tells the loader where the libraries of the environments lie, where features need some.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=presets");
    let libraries = variable("DEP_KINGLET_ENVS_LIBRARIES");
    for folder in libraries.split(':').filter(|folder| !folder.is_empty()) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let mut table = String::from("&[\n");
    for algorithm in entries(&here.join("presets"))? {
        let name = stem(&algorithm);
        for path in entries(&algorithm)? {
            if path.is_dir() {
                for file in entries(&path)? {
                    add(
                        &mut table,
                        name,
                        &format!("{}/{}", stem(&path), stem(&file)),
                        &file,
                    );
                }
            } else {
                add(&mut table, name, stem(&path), &path);
            }
        }
    }
    table.push(']');
    fs::write(Path::new(&variable("OUT_DIR")).join("presets.rs"), table)
}

fn add(table: &mut String, algorithm: &str, environment: &str, file: &Path) {
    let row = format!("({algorithm:?}, {environment:?}, include_str!({file:?})),");
    writeln!(table, "{row}").expect("a text can be written to");
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?.collect();
    let mut paths: Vec<_> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> &str {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    stem.expect("a preset's name is text")
}

fn variable(name: &str) -> String {
    env::var(name).expect("cargo sets it")
}
