//! The Jupyter kernel: the sources that it reads, its program, its installation.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use duct::cmd;

use crate::report::{Count, Step};
use crate::{setup, workspace};

/// The variable that names the standard library's sources.
pub(crate) const RUST_SRC_PATH: &str = "RUST_SRC_PATH";

/// Builds the kernel and installs it into the environment of `python`; the kernel spec keeps what
/// its processes need in their environment.
///
/// # Errors
/// It does not build, or the standard library's sources cannot be had.
pub(crate) fn install(step: &mut Step, python: &Path) -> Result<()> {
    let prefix = python
        .parent()
        .and_then(Path::parent)
        .context("no Python environment")?;
    let sources = rust_src(step)?;
    let program = build(step)?;
    // Cells are resolved offline, and for every platform: what no build here needs has to be there, too.
    step.run(cmd!("cargo", "fetch", "--locked"))?;
    step.say("installing the kernel and compiling what its cells link to");
    let mut command = cmd!(program, "--install", "--prefix", prefix)
        .env("KINGLET_TOOLS", workspace::tools()?)
        .env("KINGLET_WORKSPACE", workspace::root());
    if let Some(sources) = &sources {
        command = command.env(RUST_SRC_PATH, sources);
    }
    step.run(command)?;
    Ok(())
}

/// The tests of the installed kernel, through the Jupyter protocol.
///
/// # Errors
/// They cannot be run.
pub(crate) fn test(step: &mut Step, python: &Path) -> Result<Count> {
    step.say("testing the installed kernel");
    let script = workspace::root().join("kernel/tests/kernel_test.py");
    let (output, _) = step.attempt(cmd!(python, script))?;
    let last = output.lines().last().unwrap_or_default();
    let (passed, failed) = last
        .strip_suffix(" failed")
        .and_then(|counts| counts.split_once(" passed, "))
        .context("the tests of the kernel did not run to their end")?;
    Ok(Count {
        passed: passed.parse()?,
        failed: failed.parse()?,
    })
}

/// Builds the kernel's program.
///
/// # Errors
/// It does not build.
pub(crate) fn build(step: &mut Step) -> Result<PathBuf> {
    step.say("building the kernel (evcxr brings some 270 crates: minutes, the first time)");
    step.run(cmd!("cargo", "build", "--locked", "-p", "kinglet-kernel"))?;
    Ok(workspace::target().join("debug/kinglet-kernel"))
}

/// The sources of the standard library, which rust-analyzer infers types from: none are named
/// where the toolchain has its own. Debian's are unpacked into a folder of ours where Debian
/// offers them for this Rust; elsewhere rustup adds them to the toolchain.
///
/// # Errors
/// They can be had in neither way; the message says what the user can do.
pub(crate) fn rust_src(step: &mut Step) -> Result<Option<PathBuf>> {
    if let Some(named) = std::env::var_os(RUST_SRC_PATH).map(PathBuf::from) {
        let has_core = named.join("core/src/lib.rs").is_file();
        ensure!(
            has_core,
            "{RUST_SRC_PATH} is {}, which holds no core",
            named.display()
        );
        return Ok(Some(named));
    }
    let sysroot = cmd!("rustc", "--print", "sysroot").read()?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/core");
    if own.exists() {
        return Ok(None);
    }
    if let Some(library) = debian(step)? {
        return Ok(Some(library));
    }
    step.say("adding the component rust-src to the toolchain (rustup component add rust-src)");
    let added = which::which("rustup").is_ok()
        && step
            .attempt(cmd!("rustup", "component", "add", "rust-src"))?
            .1;
    if !added {
        bail!(
            "the sources of Rust's standard library are missing: rustup component add rust-src, \
             or set {RUST_SRC_PATH} to the folder `library` of Rust's sources"
        );
    }
    Ok(None)
}

/// Debian's package of Rust's sources, unpacked, where there is one for this Rust or a later one.
fn debian(step: &mut Step) -> Result<Option<PathBuf>> {
    if which::which("apt-get").is_err() || which::which("dpkg-deb").is_err() {
        return Ok(None);
    }
    let enough = |offered: &String| minor(offered) >= minor(&rust_version());
    let mut offered = offer()?.filter(enough);
    if offered.is_none() && setup::is_root() {
        // A new machine has no list of packages, or an old one.
        step.say("asking Debian for the standard library's sources (apt-get update)");
        step.attempt(cmd!("apt-get", "update", "--quiet"))?;
        offered = offer()?.filter(enough);
    }
    let Some(offered) = offered else {
        return Ok(None);
    };
    let tools = workspace::tools()?;
    let folder = tools.join(format!(
        "rust-src-1.{}",
        minor(&offered).unwrap_or_default()
    ));
    let library = folder.join("library");
    if folder.join("complete").exists() {
        return Ok(Some(library));
    }
    step.say("fetching the standard library's sources (Debian's rust-web-src, 45 MB)");
    let download = download_folder(&tools)?;
    step.run(cmd!("sh", "-c", UNPACK, "unpack", &download, &folder))?;
    let _ = std::fs::remove_dir_all(&download);
    ensure!(
        library.join("core/src/lib.rs").is_file(),
        "rust-web-src holds no core"
    );
    std::fs::write(folder.join("complete"), offered)?;
    Ok(Some(library))
}

/// The version of Rust's sources that Debian's list of packages names.
fn offer() -> Result<Option<String>> {
    let shown = cmd!("apt-cache", "show", "--no-all-versions", "rust-web-src");
    let shown = shown.stderr_null().unchecked().read()?;
    let version = shown
        .lines()
        .find_map(|line| line.strip_prefix("Version: "));
    Ok(version.map(str::to_owned))
}

/// Downloads into `$1` and unpacks the folder `library` into `$2`.
const UNPACK: &str = "cd \"$1\" && apt-get download --quiet rust-web-src && mkdir -p \"$2\" && \
    dpkg-deb --fsys-tarfile rust-web-src_*.deb | \
    tar -x -C \"$2\" --strip-components=4 --wildcards --no-wildcards-match-slash \
    './usr/src/rustc-*/library'";

/// A new folder for a download.
fn download_folder(tools: &Path) -> Result<PathBuf> {
    let folder = tools.join(format!("download-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

fn rust_version() -> String {
    let version = cmd!("rustc", "--version").read().unwrap_or_default();
    version
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned()
}

/// The 95 of 1.95.0.
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_minor_number() {
        assert_eq!(minor("1.96.0+dfsg1-1~deb12u2"), Some(96));
        assert!(minor("1.63.0+dfsg1-2") < minor("1.95.0"));
        assert_eq!(minor("unknown"), None);
    }
}
