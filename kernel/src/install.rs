//! The kernel spec: what tells Jupyter that this kernel exists and how it is started.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use jupyter_protocol::JupyterKernelspec;
use jupyter_zmq_client::user_data_dir;

use crate::{
    folders::{WORKSPACE, kernels, lock, workspace},
    prelude::{self, Network},
    toolchain::{NO_SOURCES, Toolchain},
};

/// The kernel's name: never `rust`, which is evcxr's own.
pub const NAME: &str = "kinglet";

/// Writes the kernel spec below `prefix` (or the user's Jupyter folder) and compiles what cells
/// link to; the spec's folder.
///
/// # Errors
/// The folder cannot be written, or the prelude does not build.
pub fn install(prefix: Option<&Path>) -> Result<PathBuf> {
    let workspace = workspace()?;
    let toolchain = Toolchain::find()?;
    let kernels = kernels(&workspace)?;
    let folder = spec_folder(prefix)?;
    eprintln!("compiling what cells link to, in {}", kernels.display());
    let locked = lock(&kernels)?;
    prelude::build(&workspace, &kernels, &toolchain, Network::Allowed, |name| {
        eprintln!("  compiling {name}");
    })?;
    drop(locked);
    write_spec(&folder, &workspace)?;
    if toolchain.standard_library().is_none() {
        eprintln!("{NO_SOURCES}");
    }
    Ok(folder)
}

/// Removes the kernel spec, and what was compiled for this workspace's cells.
///
/// # Errors
/// A folder cannot be removed.
pub fn uninstall(prefix: Option<&Path>) -> Result<PathBuf> {
    let folder = spec_folder(prefix)?;
    let compiled = workspace().and_then(|workspace| kernels(&workspace));
    for folder in [Some(folder.clone()), compiled.ok()].into_iter().flatten() {
        if folder.exists() {
            let failed = || format!("{} cannot be removed", folder.display());
            fs::remove_dir_all(&folder).with_context(failed)?;
        }
    }
    Ok(folder)
}

fn spec_folder(prefix: Option<&Path>) -> Result<PathBuf> {
    let data = match prefix {
        Some(prefix) => prefix.join("share/jupyter"),
        None => user_data_dir().context("there is no home folder: name one with --prefix")?,
    };
    Ok(data.join("kernels").join(NAME))
}

fn write_spec(folder: &Path, workspace: &Path) -> Result<()> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut env = vec![(WORKSPACE, text(workspace))];
    for name in ["KINGLET_TOOLS", "RUST_SRC_PATH"] {
        env.extend(std::env::var(name).ok().map(|value| (name, value)));
    }
    let spec = JupyterKernelspec {
        argv: vec![text(&std::env::current_exe()?), "{connection_file}".into()],
        display_name: "Rust (kinglet)".into(),
        language: "rust".into(),
        metadata: Some([].into()),
        interrupt_mode: Some("message".into()),
        env: Some(
            env.into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        ),
    };
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join("kernel.json"),
        serde_json::to_string_pretty(&spec)?,
    )
    .with_context(|| format!("{} cannot be written", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spec_names_the_program_and_the_workspace() {
        let prefix = tempfile::TempDir::new().unwrap();
        let folder = spec_folder(Some(prefix.path())).unwrap();
        assert!(folder.ends_with("share/jupyter/kernels/kinglet"));
        write_spec(&folder, Path::new("/some/where")).unwrap();
        let text = fs::read_to_string(folder.join("kernel.json")).unwrap();
        let spec: JupyterKernelspec = serde_json::from_str(&text).unwrap();
        assert_eq!(spec.argv[1], "{connection_file}");
        assert_eq!(spec.interrupt_mode.as_deref(), Some("message"));
        assert_eq!(spec.env.unwrap()[WORKSPACE], "/some/where");
    }
}
