//! Sets up what the tasks need and a fresh machine lacks: a Python environment, Chromium, Node's
//! packages. Each is put into a folder of its own, once, and says what it does.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duct::cmd;

use crate::report::Step;
use crate::workspace;

/// The Python of an environment that holds `requirements`, made on first use.
///
/// # Errors
/// No Python 3, or the packages cannot be fetched.
pub(crate) fn python(step: &mut Step, requirements: &Path) -> Result<PathBuf> {
    let key = workspace::fingerprint(requirements)?;
    let folder = workspace::tools()?.join(format!("python-{key}"));
    let python = folder.join("bin/python");
    if folder.join("complete").exists() {
        return Ok(python);
    }
    let system = which::which("python3").context(
        "python3 is missing: install Python 3.10 or later (Debian: apt install python3)",
    )?;
    step.say(&format!(
        "making a Python environment in {}",
        folder.display()
    ));
    let (_, made) = step.attempt(cmd!(&system, "-m", "venv", "--clear", &folder))?;
    if !made {
        apt(step, "python3-venv", "Python's venv module")?;
        step.run(cmd!(&system, "-m", "venv", "--clear", &folder))?;
    }
    step.say(&format!(
        "installing the Python packages of {}",
        requirements.display()
    ));
    step.run(cmd!(
        &python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "-r",
        requirements
    ))?;
    std::fs::write(folder.join("complete"), key)?;
    Ok(python)
}

/// Chromium's program, installed by apt where that is possible.
///
/// # Errors
/// No Chromium and no way to install it: the message names the package.
pub(crate) fn chromium(step: &mut Step) -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let find = || names.iter().find_map(|name| which::which(name).ok());
    if let Some(path) = find() {
        return Ok(path);
    }
    apt(step, "chromium", "Chromium, which the pages are tested in")?;
    find().context("the package chromium was installed, but no program `chromium` is on the PATH")
}

/// What pictures are rendered with where there is no graphics card: Mesa's EGL, installed by apt where that is possible.
///
/// # Errors
/// No EGL and no way to install it: the message names the package.
pub(crate) fn egl(step: &mut Step) -> Result<()> {
    let there = |name: &str| {
        cmd!("/sbin/ldconfig", "-p")
            .read()
            .is_ok_and(|list| list.contains(name))
    };
    if there("libEGL.so.1") && there("libEGL_mesa.so.0") {
        return Ok(());
    }
    apt(step, "libegl1", "EGL, which pictures are rendered with")?;
    apt(
        step,
        "libegl-mesa0",
        "Mesa's EGL, which renders without a graphics card",
    )
}

/// Node's packages of the folder `folder` (by its lock file).
///
/// # Errors
/// No Node, or the packages cannot be fetched.
pub(crate) fn node(step: &mut Step, folder: &Path) -> Result<PathBuf> {
    let node = which::which("node")
        .context("node is missing: install Node 20 or later (Debian: apt install nodejs npm)")?;
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules/.kinglet-complete");
    let key = workspace::fingerprint(&lock)?;
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == key) {
        return Ok(node);
    }
    step.say(&format!(
        "installing the Node packages of {}",
        folder.display()
    ));
    step.run(cmd!(
        "npm",
        "ci",
        "--no-audit",
        "--no-fund",
        "--prefix",
        folder
    ))?;
    std::fs::write(stamp, key)?;
    Ok(node)
}

/// Installs a Debian package where this user may, else says which is missing.
///
/// # Errors
/// No Debian, or not this user's to change.
pub(crate) fn apt(step: &mut Step, package: &str, purpose: &str) -> Result<()> {
    let advice = format!("{purpose} is missing: install it (Debian: sudo apt install {package})");
    if which::which("apt-get").is_err() || !is_root() {
        bail!(advice);
    }
    step.say(&format!("installing {package} with apt"));
    // An out-of-date list is only a reason to try: the installation decides.
    step.attempt(cmd!("apt-get", "update", "--quiet"))?;
    step.run(
        cmd!(
            "apt-get",
            "install",
            "--yes",
            "--quiet",
            "--no-install-recommends",
            package
        )
        .env("DEBIAN_FRONTEND", "noninteractive"),
    )
    .context(advice)?;
    Ok(())
}

/// Whether this process may install packages.
pub(crate) fn is_root() -> bool {
    cmd!("id", "-u").read().is_ok_and(|id| id.trim() == "0")
}
