//! Finds what the features `mujoco` and `gymnasium` link to, and tells the loader where it lies.
//!
//! A build script's linker arguments reach its own package only. What depends on this one finds the same folders in
//! `DEP_KINGLET_ENVS_LIBRARIES`, separated by `:`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The library that the bindings are of.
const LIBRARY: &str = "libmujoco.so.3.17.0";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    match folders() {
        Ok(folders) => {
            for folder in &folders {
                println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
            }
            println!("cargo::metadata=LIBRARIES={}", folders.join(":"));
            ExitCode::SUCCESS
        }
        Err(what) => {
            println!("cargo::error={what}");
            ExitCode::FAILURE
        }
    }
}

/// The folders of the libraries that the features need.
fn folders() -> Result<Vec<String>, String> {
    let mut folders = Vec::new();
    if env::var_os("CARGO_FEATURE_MUJOCO").is_some() {
        folders.push(mujoco()?);
    }
    if env::var_os("CARGO_FEATURE_GYMNASIUM").is_some() {
        folders.push(python()?);
    }
    Ok(folders)
}

/// MuJoCo's folder; the crate is told the one above it, where the task that sets it up puts the Python packages too.
fn mujoco() -> Result<String, String> {
    let variable = "MUJOCO_DYNAMIC_LINK_DIR";
    println!("cargo::rerun-if-env-changed={variable}");
    let folder = env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        format!("{variable} is not set: it names the folder of MuJoCo's {LIBRARY}")
    })?;
    println!("cargo::rerun-if-changed={}", folder.join(LIBRARY).display());
    if !folder.join(LIBRARY).is_file() {
        return Err(not_set_up(&folder));
    }
    if let Some(above) = folder.parent() {
        println!("cargo::rustc-env=KINGLET_MUJOCO_FOLDER={}", text(above)?);
    }
    text(&folder)
}

fn not_set_up(looked: &Path) -> String {
    format!(
        "MuJoCo 3.17.0 is not set up: run cargo xtask mujoco (looked in {})",
        looked.display()
    )
}

/// The folder of Python's shared library; the crate is told the program, whose packages are to be imported.
fn python() -> Result<String, String> {
    let variable = "PYO3_PYTHON";
    println!("cargo::rerun-if-env-changed={variable}");
    let program = env::var_os(variable).map_or_else(|| "python3".into(), PathBuf::from);
    println!("cargo::rerun-if-changed={}", program.display());
    let ask = "import sys, sysconfig; v = sysconfig.get_config_var
print(sys.executable, v('LIBDIR'), v('LDLIBRARY'), sep='\\n')";
    let answer = Command::new(&program).args(["-c", ask]).output();
    let answer = answer
        .ok()
        .filter(|answer| answer.status.success())
        .ok_or_else(|| not_set_up(&program))?;
    let answer = String::from_utf8_lossy(&answer.stdout);
    let [executable, folder, library] = answer.lines().collect::<Vec<_>>()[..] else {
        return Err(format!("{} answers {answer:?}", program.display()));
    };
    if !library.contains(".so") || !Path::new(folder).join(library).exists() {
        return Err(format!(
            "{executable} has no shared library to link to ({library} in {folder}): install it (Debian: apt install \
             python3-dev), or take a Python that was configured with --enable-shared"
        ));
    }
    println!("cargo::rustc-env=KINGLET_PYTHON_PROGRAM={executable}");
    Ok(folder.to_owned())
}

fn text(path: &Path) -> Result<String, String> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{} is no text", path.display()))
}
