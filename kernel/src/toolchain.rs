//! The Rust toolchain that compiles the cells, and the sources of its standard library.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::offline;

/// The programs and the platform that cells are compiled with and for.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    /// The build tool.
    pub cargo: PathBuf,
    /// The platform, such as `x86_64-unknown-linux-gnu`.
    pub host: String,
    /// The compiler's version, such as `1.95.0`.
    pub version: String,
}

impl Toolchain {
    /// The toolchain in use.
    ///
    /// # Errors
    /// No compiler is found, or it does not answer.
    pub fn find() -> Result<Self> {
        let rustc = program("rustc");
        let text = output(Command::new(&rustc).arg("-vV"))?;
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name));
            value
                .map(str::to_owned)
                .with_context(|| format!("rustc -vV tells no {name}"))
        };
        Ok(Toolchain {
            cargo: program("cargo"),
            host: field("host: ")?,
            version: field("release: ")?,
            rustc,
        })
    }

    /// The sources of the standard library: what the user has set `RUST_SRC_PATH` to, or the
    /// toolchain's component `rust-src`.
    pub fn standard_library(&self) -> Option<PathBuf> {
        let name = offline::session().map_or("RUST_SRC_PATH", |_| offline::USERS_SOURCES);
        let named = std::env::var_os(name).map(PathBuf::from);
        let own = output(Command::new(&self.rustc).args(["--print", "sysroot"]))
            .map(|root| Path::new(root.trim()).join("lib/rustlib/src/rust/library"));
        let has_core = |path: &PathBuf| path.join("core/src/lib.rs").is_file();
        named.into_iter().chain(own).find(has_core)
    }
}

/// What is missing without the sources of the standard library, and how to get them.
pub const NO_SOURCES: &str = "\
The sources of Rust's standard library are missing. Cells run all the same, but a variable whose \
type comes out of the standard library needs that type written down (let n: usize = v.len();), \
and completion knows less.
To get them: rustup component add rust-src
Where rustup cannot: set RUST_SRC_PATH to the folder `library` of Rust's sources, of the \
toolchain's version or the next.
The kernel itself downloads nothing.";

/// The program that rustup would choose, so that it need not choose anew at every cell.
fn program(name: &str) -> PathBuf {
    let chosen = output(Command::new("rustup").args(["which", name]));
    chosen.map_or_else(|_| name.into(), |path| path.trim().into())
}

fn output(command: &mut Command) -> Result<String> {
    let name = format!("{:?}", command.get_program());
    let output = command
        .output()
        .with_context(|| format!("{name} cannot be started"))?;
    ensure!(
        output.status.success(),
        "{name} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}
