//! One step of the direction task through the general engine: two programs, a trace, Adam.
//!
//! `cargo bench -p kinglet-svi`; beside it, `benches/peer.py` times NumPyro's compiled loop on the same task.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kinglet_svi::direction::{DirectionGuide, DirectionModel};
use kinglet_svi::{Credit, Elbo, Gradient, Svi};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn step(criterion: &mut Criterion) {
    for (way, gradient, credit) in [
        ("path", Gradient::Pathwise, Credit::Whole),
        ("score", Gradient::Score, Credit::Whole),
        (
            "score by dependencies",
            Gradient::Score,
            Credit::Dependencies,
        ),
    ] {
        let mut group = criterion.benchmark_group(way);
        for particles in [1, 10, 100] {
            let elbo = Elbo {
                particles,
                gradient,
                credit,
                ..Elbo::default()
            };
            let mut svi = Svi::new(elbo, 0.01);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
            let (model, guide) = (
                DirectionModel::default(),
                DirectionGuide { start: [0.0; 2] },
            );
            group.throughput(Throughput::Elements(particles as u64));
            group.bench_function(BenchmarkId::from_parameter(particles), |bencher| {
                bencher.iter(|| svi.step(&model, &guide, &mut rng));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, step);
criterion_main!(benches);
