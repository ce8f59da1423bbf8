//! Lists the presets: every `presets/ALGORITHM/ENVIRONMENT.toml`, as a table of pairs and texts. Tells the loader where the
//! libraries of the environments lie, where features need some.

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
        for file in entries(&algorithm)? {
            let (algorithm, environment) = (stem(&algorithm), stem(&file));
            writeln!(
                table,
                "({algorithm:?}, {environment:?}, include_str!({file:?})),"
            )
            .expect("a text can be written to");
        }
    }
    table.push(']');
    fs::write(Path::new(&variable("OUT_DIR")).join("presets.rs"), table)
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
