//! Tasks on MuJoCo's C library: Gymnasium's, and those of the DeepMind Control Suite.

pub mod dm;
mod episode;
pub mod gym;
mod make;
mod packages;
mod physics;
mod task;

pub use episode::{Mujoco, MujocoMoment};
pub use make::make;
pub use packages::{Package, package_folder, python};
pub use physics::Physics;
pub use task::{Outcome, Task};
