//! The program `kinglet`.
fn main() {}
