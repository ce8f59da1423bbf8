//! What tests look at.

use kinglet_nn::Scalar;

use super::{MpoLearner, sum};
use crate::Element;

impl<S: Scalar + Element> MpoLearner<S> {
    pub(in crate::mpo) fn target_critics(&mut self) -> &mut [S] {
        &mut self.critics.targets
    }

    pub(in crate::mpo) fn target_actor(&self) -> &[S] {
        &self.target_actor
    }

    pub(in crate::mpo) fn candidate(&mut self) -> &mut [S] {
        &mut self.candidate
    }

    pub(in crate::mpo) fn noise(&self) -> &[S] {
        &self.noise
    }

    /// What the first critic learns, of all steps.
    pub(in crate::mpo) fn targets(&self) -> Vec<S> {
        let fits = self.critics.fits.iter();
        fits.flat_map(|fits| fits[0].targets.clone()).collect()
    }

    pub(in crate::mpo) fn actor_gradient(&mut self) -> Vec<S> {
        sum(&mut self.shards, |shard| &mut shard.d_actor).to_vec()
    }

    pub(in crate::mpo) fn candidate_gradient(&mut self) -> Vec<S> {
        sum(&mut self.shards, |shard| &mut shard.d_candidate).to_vec()
    }
}
