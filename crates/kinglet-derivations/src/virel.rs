//! The entries of VIREL: a variational inference framework for reinforcement learning.

use crate::Entry;

/// Its entries, in order.
pub(crate) const ENTRIES: &[Entry] = &[];
