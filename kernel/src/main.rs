//! The Jupyter kernel of kinglet.
fn main() {}
