//! The entries of XU: variational inference for policy gradient.

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[];
