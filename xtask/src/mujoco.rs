//! `cargo xtask mujoco`: MuJoCo's library, and a Python environment with the tasks' packages.
//!
//! The packages lie in the folder of fetched tools. The workspace's folder `.mujoco` holds links to them, which
//! `.cargo/config.toml` names to builds: `.mujoco/lib` to linker and loader, `.mujoco/venv` to PyO3.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use duct::cmd;

use crate::report::{Count, Step};
use crate::test::cargo_test;
use crate::{setup, workspace};

/// The library as programs ask for it; at build time it is asked for without a version.
const LIBRARY: &str = "libmujoco.so.3.17.0";
const UNVERSIONED: &str = "libmujoco.so";

/// Sets up what is missing, and says what is there and what to do with it.
///
/// # Errors
/// What cannot be set up.
pub(crate) fn run(atari: bool) -> Result<()> {
    let mut step = Step::open(1, 1, "mujoco", "MuJoCo, Gymnasium and dm_control")?;
    let python = environment(&mut step)?;
    if atari {
        add_atari(&mut step, &python)?;
    }
    let seen = check(&mut step)?;
    let bridge = match bridge(&mut step, &python) {
        Ok(()) => {
            "--features gymnasium runs any environment of Gymnasium, as --env gym/CartPole-v1"
                .to_owned()
        }
        Err(missing) => missing.to_string(),
    };
    drop(step);
    println!("ready     MuJoCo 3.17.0, Gymnasium 1.4.0, dm_control 1.0.50");
    println!("packages  {}", folder(&python)?.display());
    println!("links     {}", links().display());
    println!("checked   {seen}");
    println!(
        "next      cargo run --release --features mujoco -- train ppo --env mujoco/half-cheetah"
    );
    println!("bridge    {bridge}");
    Ok(())
}

/// The tests of what is set up here, and the lints of its code.
pub(crate) fn test(step: &mut Step) -> Result<Count> {
    let python = environment(step)?;
    bridge(step, &python)?;
    add_atari(step, &python)?;
    setup::egl(step)?;
    let features = ["--features", "mujoco,gymnasium"];
    let packages = ["-p", "kinglet-envs", "-p", "kinglet-cli"];
    let lint = ["clippy", "--quiet", "--all-targets"];
    let strict = ["--", "-D", "warnings"];
    step.run(cmd(
        "cargo",
        [&lint[..], &packages, &features, &strict].concat(),
    ))?;
    let test = ["--no-fail-fast", "--release"];
    step.say("testing MuJoCo's tasks and the bridge to Gymnasium");
    let mut count = cargo_test(step, &[&test[..], &packages[..2], &features].concat())?;
    step.say("testing the program on them");
    let program = ["--test", "train", "--", "mujoco", "typed"];
    count += cargo_test(
        step,
        &[&test[..], &packages[2..], &features, &program].concat(),
    )?;
    Ok(count)
}

/// The environment's Python, once the links are made.
///
/// # Errors
/// No Python 3, or the packages cannot be fetched.
fn environment(step: &mut Step) -> Result<PathBuf> {
    ensure!(
        cfg!(target_os = "linux"),
        "MuJoCo is set up on Linux only: elsewhere, install the packages of {} and set MUJOCO_DYNAMIC_LINK_DIR and \
         PYO3_PYTHON to where they are",
        requirements("requirements.txt").display()
    );
    let python = setup::python(step, &requirements("requirements.txt"))?;
    let library = packages(&python)?.join("mujoco").join(LIBRARY);
    ensure!(
        library.is_file(),
        "the package mujoco holds no {}",
        library.display()
    );
    let links = links();
    fs::create_dir_all(links.join("lib"))
        .with_context(|| format!("{} cannot be made", links.display()))?;
    link(&library, &links.join("lib").join(LIBRARY))?;
    link(&library, &links.join("lib").join(UNVERSIONED))?;
    link(&folder(&python)?, &links.join("venv"))?;
    Ok(python)
}

/// Adds the Atari games, once.
fn add_atari(step: &mut Step, python: &Path) -> Result<()> {
    let file = requirements("requirements-atari.txt");
    let key = workspace::fingerprint(&file)?;
    let stamp = folder(python)?.join("complete-atari");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == key) {
        return Ok(());
    }
    step.say("installing ale-py, which is under the GPL-2.0, and the games' ROMs");
    step.run(cmd!(python, "-m", "pip", "install", "--quiet", "-r", file))?;
    fs::write(stamp, key)?;
    Ok(())
}

/// What a program prints that has stepped a model, once.
fn check(step: &mut Step) -> Result<String> {
    let library = fs::canonicalize(links().join("lib").join(LIBRARY))?;
    let library = library.display().to_string();
    let stamp = links().join("checked");
    let before = fs::read_to_string(&stamp).unwrap_or_default();
    if let Some((of, seen)) = before.split_once('\n')
        && of == library
    {
        return Ok(seen.to_owned());
    }
    step.say("building and running a program that steps a model (a minute, the first time)");
    let example = [
        "--quiet",
        "-p",
        "kinglet-envs",
        "--features",
        "mujoco",
        "--example",
        "half_cheetah",
    ];
    let output = step.run(cmd("cargo", ["run"].iter().chain(&example)))?;
    let seen = output
        .lines()
        .last()
        .context("the program prints nothing")?
        .to_owned();
    fs::write(stamp, format!("{library}\n{seen}"))?;
    Ok(seen)
}

/// Sees to it that Python can run inside a program, for which its shared library is needed. Debian has it in a package of
/// its own.
///
/// # Errors
/// It cannot, and what is missing.
fn bridge(step: &mut Step, python: &Path) -> Result<()> {
    let ask = "import os, sysconfig; v = sysconfig.get_config_var
print(os.path.join(v('LIBDIR'), v('LDLIBRARY')))";
    let library = cmd!(python, "-c", ask).read()?;
    let shared = || library.contains(".so") && Path::new(&library).exists();
    if shared() {
        return Ok(());
    }
    if library.starts_with("/usr/lib") {
        let purpose = format!("{library}, which the feature gymnasium links to,");
        setup::apt(step, "python3-dev", &purpose)?;
    }
    ensure!(
        shared(),
        "the feature gymnasium links to Python's shared library, and {library} is none: take a Python that was \
         configured with --enable-shared"
    );
    Ok(())
}

/// Where Python's packages are.
fn packages(python: &Path) -> Result<PathBuf> {
    let ask = "import sysconfig; print(sysconfig.get_path('platlib'))";
    Ok(cmd!(python, "-c", ask).read()?.into())
}

/// The environment's folder.
fn folder(python: &Path) -> Result<PathBuf> {
    let folder = python.parent().and_then(Path::parent);
    Ok(folder.context("no Python environment")?.to_owned())
}

fn links() -> PathBuf {
    workspace::root().join(".mujoco")
}

fn requirements(file: &str) -> PathBuf {
    workspace::root()
        .join("crates/kinglet-envs/scripts")
        .join(file)
}

/// Makes a link, in place of another one: whoever looks finds the old or the new.
fn link(to: &Path, at: &Path) -> Result<()> {
    if fs::read_link(at).is_ok_and(|old| old == to) {
        return Ok(());
    }
    let new = at.with_added_extension("new");
    let _ = fs::remove_file(&new);
    symlink(to, &new)
        .and_then(|()| fs::rename(&new, at))
        .with_context(|| format!("{} cannot be made a link to {}", at.display(), to.display()))
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_once_and_moved() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b, at] = ["a.so.1", "b.so.1", "lib.so.1"].map(|name| folder.path().join(name));
        for to in [&a, &a, &b] {
            fs::write(to, to.to_str().unwrap()).unwrap();
            link(to, &at).unwrap();
            assert_eq!(fs::read_to_string(&at).unwrap(), to.to_str().unwrap());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
