//! The tasks on MuJoCo beside the programs that they follow, which run in a Python of their own.
//!
//! Ours plays first; the other plays the same actions from the same states.

mod dm;
mod dm_rewards;
mod gymnasium;
mod law;
mod peer;
