//! What a step of classic control costs: random actions, episodes restarting.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kinglet_envs::{Acrobot, CartPole, Env, MountainCar, MountainCarContinuous, Pendulum, Space};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn steps<E: Env>(c: &mut Criterion, name: &str, env: E) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let space = env.actions();
    let actions: Vec<_> = (0..1024).map(|_| space.sample(&mut rng)).collect();
    let mut state = env.reset(&mut rng);
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(1024));
    group.bench_function(name, |b| {
        b.iter(|| {
            for action in &actions {
                let step = env.step(&state, black_box(action), &mut rng);
                black_box(step.reward);
                state = match step.end {
                    None => step.next,
                    Some(_) => env.reset(&mut rng),
                };
            }
        });
    });
}

fn classic_control(c: &mut Criterion) {
    steps(c, "CartPole", CartPole::default());
    steps(c, "Pendulum", Pendulum::default());
    steps(c, "MountainCar", MountainCar::default());
    steps(c, "MountainCarContinuous", MountainCarContinuous::default());
    steps(c, "Acrobot", Acrobot::default());
}

criterion_group!(benches, classic_control);
criterion_main!(benches);
