//! Any environment of an installed Gymnasium, in a Python interpreter inside the program.
//!
//! [`Gymnasium`] is one environment, a [`Simulator`](crate::Simulator); [`GymnasiumVector`] is a batch that one call into
//! Python steps. A [`Recipe`] says which environment, and how it is made.
//!
//! # The interpreter and threads
//! There is one interpreter in a program, begun by the first environment: the Python that the program was built with, with
//! the packages of its virtual environment. It leaves Ctrl-C to the program. Whatever runs in it holds its one lock (the
//! GIL), so that environments on several threads are stepped one after the other, while what they do outside of Python (a
//! rollout's networks, and the C code of those environments that release the lock) runs at once. More threads change no
//! result. For environments that are slow in Python itself, take a [`GymnasiumVector`] with
//! [`Vectorisation::Async`], whose environments are processes.

mod action_space;
mod atari;
mod environment;
mod interpreter;
mod making;
mod observation_space;
mod recipe;
mod vector;

pub use atari::{Atari, Sight};
pub use environment::{Gymnasium, GymnasiumMoment};
pub use recipe::{Recipe, Wrapper};
pub use vector::{GymnasiumVector, Vectorisation};
