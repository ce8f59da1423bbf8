#![doc = include_str!("../README.md")]

mod book;
mod cell;
mod chapter;
mod compare;
mod digits;
mod equation;
mod fault;
mod holds;
mod link;
mod lint;
mod macros;
mod notebook;
mod notebook_prose;
mod number;
mod page;
mod places;
mod program;
mod reader;
mod run;
mod text;

pub use book::Book;
pub use cell::Cell;
pub use chapter::{Chapter, Id};
pub use compare::differences;
pub use fault::Fault;
pub use lint::lint;
pub use macros::Macros;
pub use notebook::notebook;
pub use number::Number;
pub use page::{Fragment, Page, page};
pub use program::program;
pub use reader::ids;
pub use run::{Output, Run, read};
