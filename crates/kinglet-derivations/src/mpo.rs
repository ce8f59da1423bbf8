//! The entries of MPO: maximum a posteriori policy optimisation.

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[];
