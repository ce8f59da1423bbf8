//! What a run is told: defaults, presets, files and the command line, one over the other.

mod check;
#[cfg(test)]
mod example;
mod layer;
mod merge;
pub(crate) mod presets;
mod print;
mod run;
mod schema;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use run::Run;
pub(crate) use settings::{Settings, Told, Wrong, algorithms, of_folder, settings};
