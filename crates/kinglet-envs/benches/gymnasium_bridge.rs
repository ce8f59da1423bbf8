//! What a step of CartPole costs through the bridge, and in a Python program's own loop, in turn: medians, in microseconds.

use std::process::Command;
use std::time::Instant;

use kinglet_envs::gymnasium::{Gymnasium, Recipe};
use kinglet_envs::{Error, Simulator};
use ndarray::Array1;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

const STEPS: usize = 200_000;
const ROUNDS: usize = 7;

/// The same loop: actions in turn, a seed for every episode.
const LOOP: &str = "
import gymnasium, sys, time
env = gymnasium.make('CartPole-v1')
env.reset(seed=0)
def play(steps):
    begun = time.perf_counter()
    for step in range(steps):
        _, _, terminated, truncated, _ = env.step(step % 2)
        if terminated or truncated:
            env.reset(seed=step)
    return (time.perf_counter() - begun) / steps * 1e6
play(10_000)
print(play(int(sys.argv[1])))
";

fn main() -> Result<(), Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut cartpole = Gymnasium::new(&Recipe::new("CartPole-v1"), &mut rng)?;
    bridge(&mut cartpole, 10_000, &mut rng)?;
    let [mut ours, mut elsewhere, mut theirs] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        ours.push(bridge(&mut cartpole, STEPS, &mut rng)?);
        // On a thread that has not begun the interpreter.
        let (cartpole, rng) = (&mut cartpole, &mut rng);
        let there = std::thread::scope(|scope| scope.spawn(|| bridge(cartpole, STEPS, rng)).join());
        elsewhere.push(there.expect("the loop does not panic")?);
        theirs.push(python());
    }
    let [ours, elsewhere, theirs] = [ours, elsewhere, theirs].map(median);
    println!("bridge {ours:.2}, on another thread {elsewhere:.2}, Python {theirs:.2}");
    Ok(())
}

fn bridge(
    cartpole: &mut Gymnasium,
    steps: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Result<f64, Error> {
    let mut seen = Array1::zeros(cartpole.obs_dim());
    let begun = Instant::now();
    for step in 0..steps {
        let (_, end) = cartpole.step(&[(step % 2) as f64], rng)?;
        cartpole.observe(seen.view_mut());
        if end.is_some() {
            cartpole.reset(rng)?;
        }
    }
    Ok(begun.elapsed().as_secs_f64() / steps as f64 * 1e6)
}

fn python() -> f64 {
    let mut program = Command::new(env!("KINGLET_PYTHON_PROGRAM"));
    let answer = program.args(["-c", LOOP, &STEPS.to_string()]).output();
    let answer = answer.expect("the Python that this was built with");
    let text = String::from_utf8_lossy(&answer.stdout);
    text.trim().parse().expect("a number of microseconds")
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
