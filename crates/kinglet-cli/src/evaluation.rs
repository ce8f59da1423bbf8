//! The evaluation that a run is scored by.

use std::path::Path;

use crate::error::Error;
use crate::run_files::{EVAL, Evaluation, Run};
use crate::train::folder::CHECKPOINTS;
use crate::trained::{Trained, Which};
use crate::whole_file;

/// How many episodes a run is scored by, and what their random numbers come from: as `kinglet eval` has it.
const EPISODES: usize = 100;
const SEED: u64 = 1000;

/// Sees to it that a run has an evaluation of its newest checkpoint: where its file has none, or one of another, the
/// episodes are played and written down.
///
/// Of a folder without checkpoints, whose owner kept the small files only, the file is taken as it is.
pub(crate) fn ensure(run: &mut Run, threads: usize) -> Result<(), Error> {
    if run.evaluation.is_some() && !run.folder.join(CHECKPOINTS).is_dir() {
        return Ok(());
    }
    let trained = Trained::load(&run.folder, Which::Newest)?;
    let step = trained.step;
    if run.evaluation.as_ref().is_some_and(|one| one.step == step) {
        return Ok(());
    }
    let played = trained.evaluate(EPISODES, SEED, threads)?;
    let evaluation = Evaluation {
        step,
        seed: SEED,
        returns: played.iter().map(|episode| episode.total).collect(),
    };
    write(&run.folder, &evaluation)?;
    run.evaluation = Some(evaluation);
    Ok(())
}

fn write(folder: &Path, evaluation: &Evaluation) -> Result<(), Error> {
    let mut text = serde_json::to_string(evaluation).expect("plain numbers");
    text.push('\n');
    whole_file::write(&folder.join(EVAL), text.as_bytes())
}
