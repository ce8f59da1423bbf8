//! The prelude: compiled once for all kernels of a workspace, then linked into each one's folder.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::{folders::link_tree, toolchain::Toolchain};

/// How cells are compiled: they themselves without optimisation, for speed of compilation; what
/// they link to, optimised. At level 1 the prelude shares its instances of generic functions.
const PROFILE: &str = r#"# Written by kinglet-kernel.
[profile.dev.package."*"]
opt-level = 3
debug-assertions = false
overflow-checks = false

[profile.dev.package.kinglet-prelude]
opt-level = 1
"#;

/// The flags that evcxr compiles with; other flags would make it compile the prelude again.
const FLAGS: &str = "-Cprefer-dynamic";

/// Whether cargo may fetch the crates that `Cargo.lock` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It may: the user asked for it.
    Allowed,
    /// It may not.
    Refused,
}

/// The dependency of a cell's package on the prelude, as a line of its manifest.
pub fn dependency(workspace: &Path) -> String {
    let path = workspace.join("kernel/prelude");
    format!("kinglet = {{ package = \"kinglet-prelude\", path = {path:?} }}")
}

/// Compiles the prelude where it is out of date; `say` is called with each crate that is compiled.
///
/// # Errors
/// It does not compile, or a crate is missing and must not be fetched.
pub fn build(
    workspace: &Path,
    kernels: &Path,
    toolchain: &Toolchain,
    network: Network,
    mut say: impl FnMut(&str),
) -> Result<()> {
    let template = template(kernels);
    write_template(workspace, kernels, &template)?;
    let mut command = Command::new(&toolchain.cargo);
    command
        .args(["build", "--target", &toolchain.host])
        .current_dir(&template)
        .env("CARGO_TARGET_DIR", "target")
        .env("CARGO_BUILD_BUILD_DIR", "target")
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTFLAGS", FLAGS)
        .env(
            "CARGO_NET_OFFLINE",
            (network == Network::Refused).to_string(),
        )
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let mut cargo = command.spawn().context("cargo cannot be started")?;
    let mut told = Vec::new();
    if let Some(stderr) = cargo.stderr.take() {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            match line.trim_start().strip_prefix("Compiling ") {
                Some(name) => say(name),
                None => told.push(line),
            }
        }
    }
    let advice = match network {
        Network::Allowed => "",
        Network::Refused => "\n(the kernel downloads nothing: `kinglet-kernel --install` does)",
    };
    ensure!(
        cargo.wait()?.success(),
        "the crates that cells link to do not build:\n{}{advice}",
        told.join("\n")
    );
    Ok(())
}

/// Puts the compiled prelude into a kernel's folder; the path of its dynamic library there.
///
/// # Errors
/// The prelude has not been built, or cannot be linked.
pub fn link(kernels: &Path, session: &Path, toolchain: &Toolchain) -> Result<PathBuf> {
    let template = template(kernels);
    let (from, to) = (template.join("target"), session.join("target"));
    // What cargo writes in place, and what belongs to the template's own package.
    let skip = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let own = ["ctx-", "libctx", ".cargo-lock", ".cargo-build-lock"];
        let in_place = ["incremental", ".rustc_info.json", "CACHEDIR.TAG"];
        own.iter().any(|start| name.starts_with(start)) || in_place.contains(&name.as_ref())
    };
    link_tree(&from, &to, &skip)?;
    library(&to.join(&toolchain.host).join("debug/deps"))
}

/// Gives a kernel's folder the versions of all crates that the prelude was compiled with. Cargo drops from a lock file what
/// a package does not need, and chooses the newest versions that it finds when they are needed later: this has to be
/// done after evcxr has compiled a package that does not depend on the prelude, before the first that does.
///
/// # Errors
/// The file cannot be copied.
pub fn pin(kernels: &Path, session: &Path) -> Result<()> {
    fs::copy(
        template(kernels).join("Cargo.lock"),
        session.join("Cargo.lock"),
    )?;
    Ok(())
}

fn template(kernels: &Path) -> PathBuf {
    kernels.join("template")
}

/// The package that evcxr will write for a cell, with the workspace's versions of all crates.
fn write_template(workspace: &Path, kernels: &Path, template: &Path) -> Result<()> {
    fs::create_dir_all(kernels.join(".cargo"))?;
    fs::write(kernels.join(".cargo/config.toml"), PROFILE)?;
    fs::create_dir_all(template.join("src"))?;
    let source = template.join("src/lib.rs");
    if !source.exists() {
        fs::write(source, "")?;
    }
    fs::copy(workspace.join("Cargo.lock"), template.join("Cargo.lock"))?;
    let manifest = format!(
        r#"[package]
name = "ctx"
version = "1.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]
path = "src/lib.rs"

[profile.dev]
opt-level = 0
debug = false
strip = "debuginfo"
rpath = true
lto = false
debug-assertions = true
codegen-units = 16
panic = "unwind"
incremental = true
overflow-checks = true

[dependencies]
{}
"#,
        dependency(workspace)
    );
    fs::write(template.join("Cargo.toml"), manifest)?;
    Ok(())
}

/// The newest dynamic library of the prelude in a folder.
fn library(deps: &Path) -> Result<PathBuf> {
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libkinglet_prelude") && name.ends_with(std::env::consts::DLL_SUFFIX)
    };
    let paths = fs::read_dir(deps)?.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(is_library)
        .max_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok())
        .with_context(|| format!("there is no prelude in {}", deps.display()))
}
