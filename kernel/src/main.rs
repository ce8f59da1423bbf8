//! The program `kinglet-kernel`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use kinglet_kernel::{folders, install, offline, relay, server};

/// The Jupyter kernel of kinglet.
///
/// Install it once with `kinglet-kernel --install`; Jupyter then offers it as "Rust (kinglet)" and
/// starts it with a connection file. Installing compiles the crates that cells link to, and
/// fetches them where they are missing; the kernel itself downloads nothing.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    /// Tell Jupyter of this kernel, and compile what its cells link to.
    #[arg(long, conflicts_with_all = ["uninstall", "connection_file"])]
    install: bool,
    /// Have Jupyter forget this kernel, and remove what was compiled for it.
    #[arg(long, conflicts_with = "connection_file")]
    uninstall: bool,
    /// Install below this folder (as a Python environment's) instead of the user's.
    #[arg(long, value_name = "DIR", conflicts_with = "connection_file")]
    prefix: Option<PathBuf>,
    /// The connection file with which Jupyter starts the kernel.
    #[arg(value_name = "CONNECTION_FILE")]
    connection_file: Option<PathBuf>,
}

fn main() -> ExitCode {
    if std::env::var_os(relay::RELAY).is_some() {
        return match relay::run() {
            Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
            Err(error) => failed(&error),
        };
    }
    // Does not return in the process in which the cells run.
    evcxr::runtime_hook();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

fn run(arguments: &Arguments) -> Result<()> {
    let prefix = arguments.prefix.as_deref();
    if arguments.install {
        let folder = install::install(prefix)?;
        println!(
            "installed the kernel \"{}\" in {}",
            install::NAME,
            folder.display()
        );
    } else if arguments.uninstall {
        let folder = install::uninstall(prefix)?;
        println!("removed {}", folder.display());
    } else if let Some(file) = &arguments.connection_file {
        if offline::session().is_none() && folders::workspace().is_ok() {
            offline::restart()?;
        }
        server::serve(file)?;
    }
    Ok(())
}
