//! Which names a run has used.

use crate::error::Part;
use crate::{Error, Name};

/// The names of a run, in order. A run that uses the names of the last one is not searched for names used twice.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<Name>,
    next: usize,
}

impl Names {
    pub(crate) fn restart(&mut self) {
        self.next = 0;
    }

    /// Takes a name.
    ///
    /// # Errors
    /// If this run has used it.
    #[inline]
    pub(crate) fn claim(&mut self, site: Name, program: Part) -> Result<(), Error> {
        if self.names.get(self.next) != Some(&site) {
            self.names.truncate(self.next);
            if self.names.contains(&site) {
                return Err(Error::SampledTwice { site, program });
            }
            self.names.push(site);
        }
        self.next += 1;
        Ok(())
    }
}
