//! What a bound costs.

use kinglet_nn::Adam;

use crate::learner::{load_adam, save_adam};
use crate::{Checkpoint, Error};

/// The logarithms between which a multiplier stays.
const LEAST: f64 = -18.0;
const MOST: f64 = 18.0;

/// The multiplier η > 0 of a bound on a divergence, that descends the Lagrangian by its logarithm. Catalogue: MPO-20.
///
/// ```text
/// minimise η (ε − C)     with ∂/∂ln η = η (ε − C)
/// ```
#[derive(Clone, Debug)]
pub(super) struct Multiplier {
    log: [f64; 1],
    adam: Adam<f64>,
}

impl Multiplier {
    pub(super) fn new(start: f64, learning_rate: f64) -> Self {
        Self {
            log: [start.ln()],
            adam: Adam::new(1, learning_rate),
        }
    }

    /// η.
    pub(super) fn value(&self) -> f64 {
        self.log[0].exp()
    }

    /// One step, where the divergence C came to this.
    pub(super) fn step(&mut self, kl: f64, kl_bound: f64) {
        let gradient = self.value() * (kl_bound - kl);
        self.adam.step(&mut self.log, &[gradient]);
        self.log[0] = self.log[0].clamp(LEAST, MOST);
    }

    pub(super) fn save(&self, name: &str, checkpoint: &mut Checkpoint) {
        checkpoint.insert_slice(&format!("{name}.log"), &self.log);
        save_adam(&self.adam, name, checkpoint);
    }

    pub(super) fn load(&mut self, name: &str, checkpoint: &Checkpoint) -> Result<(), Error> {
        checkpoint.copy_to(&format!("{name}.log"), &mut self.log)?;
        load_adam(&mut self.adam, name, checkpoint)
    }
}
