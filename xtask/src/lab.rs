//! `cargo xtask lab`: JupyterLab with the kernel and the notebooks.

use anyhow::{Result, bail};
use duct::cmd;

use crate::report::Step;
use crate::{notebooks, workspace};

/// Sets up what is missing, says so, and hands the terminal over to JupyterLab.
///
/// # Errors
/// What cannot be set up, or JupyterLab's own failure.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let mut step = Step::open(1, 1, "lab", "JupyterLab, the kernel and the notebooks")?;
    let python = notebooks::environment(&mut step)?;
    drop(step);
    let folder = workspace::root().join("notebooks");
    println!(
        "opening {} in JupyterLab; Ctrl-C twice ends it",
        folder.display()
    );
    let mut arguments = vec!["-m".into(), "jupyterlab".into(), folder.into_os_string()];
    arguments.extend(options.iter().map(std::ffi::OsString::from));
    let status = cmd(python, arguments)
        .dir(workspace::root())
        .unchecked()
        .run()?
        .status;
    if !status.success() {
        bail!("JupyterLab ended with {status}");
    }
    Ok(())
}
