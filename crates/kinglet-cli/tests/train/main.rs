//! The built program, from outside: what it trains, writes and answers.

mod checkpoints;
mod disk;
mod interrupted;
mod killed;
mod learns;
mod list;
#[cfg(feature = "mujoco")]
mod mujoco;
mod program;
mod runs;
mod shown;
mod typed;
