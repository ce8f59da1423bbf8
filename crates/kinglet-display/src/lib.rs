#![doc = include_str!("../README.md")]

mod bundle;
mod emit;
mod interrupt;
mod latex;
mod markdown;
mod message;
mod progress;
mod table;

pub use bundle::{Bundle, Show};
pub use emit::{Handle, emit, show, show_updatable};
pub use interrupt::interrupted;
pub use latex::Latex;
pub use markdown::Markdown;
pub use message::{Message, decode, encode, split_line};
pub use progress::ProgressBar;
pub use table::{Cell, Table};
