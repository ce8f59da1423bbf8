//! A cheetah that flails: 1000 steps of uniform actions on MuJoCo, and what they come to.

use kinglet_envs::{EnvName, Error, Simulator};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

fn main() -> Result<(), Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let name: EnvName = "mujoco/half-cheetah".parse()?;
    let mut cheetah = name.make(&mut rng)?;
    let mut total = 0.0;
    for step in 1.. {
        let action: [f64; 6] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let (reward, end) = cheetah.step(&action, &mut rng)?;
        total += reward;
        if end.is_some() {
            println!("half-cheetah: {step} steps, return {total:.1}");
            break;
        }
    }
    Ok(())
}
