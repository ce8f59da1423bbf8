//! Problems small enough to enumerate, as literal tables.
