//! The environment that keeps every program below the kernel from downloading anything.

use std::{
    convert::Infallible,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context, Result};

use crate::folders::{kernels, workspace};

/// The variable that names the kernel's own folder, once its environment has been set.
pub const SESSION: &str = "KINGLET_SESSION";
/// The variable that keeps what the user has set `RUST_SRC_PATH` to.
pub const USERS_SOURCES: &str = "KINGLET_RUST_SRC_PATH";

/// Starts this program again, in its own place, with an environment in which cargo stays offline
/// and rust-analyzer finds its [view](crate::sources) of the standard library, so that it never
/// looks for sources on the network.
///
/// # Errors
/// The workspace is gone, or the program cannot be started again.
pub fn restart() -> Result<Infallible> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let name = format!("session-{}-{}", std::process::id(), since.as_millis());
    let session = kernels(&workspace()?)?.join(name);
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(std::env::args_os().skip(1))
        .env("CARGO_NET_OFFLINE", "true")
        .env("RUSTUP_AUTO_INSTALL", "0")
        .env("RUST_SRC_PATH", view(&session))
        .env(SESSION, &session);
    if let Some(users) = std::env::var_os("RUST_SRC_PATH") {
        command.env(USERS_SOURCES, users);
    }
    Err(command.exec()).context("the kernel cannot start again with its environment")
}

/// The kernel's own folder, if this program has been started again.
pub fn session() -> Option<PathBuf> {
    std::env::var_os(SESSION).map(PathBuf::from)
}

/// Where in the kernel's folder the view of the standard library lies.
pub fn view(session: &Path) -> PathBuf {
    session.join("std")
}
