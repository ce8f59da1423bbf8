//! Weaves the chapters into programs.
fn main() {}
