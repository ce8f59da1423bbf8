//! How long one update takes, in f32: W1 a minibatch of PPO, W2 an update of SAC on one thread and on two, W3 a policy's
//! answer to one observation, W4 a Fisher-vector product, W5 an update of MPO on one thread; and the multiply-adds that the
//! processor could do meanwhile.
//!
//! `cargo bench -p kinglet-algorithms --bench updates`; `benches/compare.py` runs it beside PyTorch.

mod learning;
mod peak;
mod policy;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rayon::ThreadPoolBuilder;

use learning::Learning;

fn on_policy(criterion: &mut Criterion) {
    let mut ppo = policy::Ppo::new();
    criterion.bench_function("W1 PPO minibatch", |b| b.iter(|| ppo.update()));
    let mut acting = policy::Acting::new();
    criterion.bench_function("W3 one action", |b| b.iter(|| acting.act()));
    let mut fisher = policy::Fisher::new();
    criterion.bench_function("W4 Fisher product", |b| b.iter(|| fisher.product()));
}

fn off_policy(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("W2 SAC");
    group.throughput(Throughput::Elements(learning::multiply_adds()));
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.expect("threads can be had");
        let mut sac = Learning::sac();
        group.bench_function(format!("{threads} threads"), |b| {
            pool.install(|| b.iter(|| sac.update()));
        });
    }
    group.finish();
    let pool = ThreadPoolBuilder::new().num_threads(1).build();
    let (pool, mut mpo) = (pool.expect("a thread can be had"), Learning::mpo());
    criterion.bench_function("W5 MPO", |b| pool.install(|| b.iter(|| mpo.update())));
}

fn multiply_adds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("multiply-adds");
    group.throughput(Throughput::Elements(peak::multiply_adds(10_000)));
    group.bench_function("peak", |b| b.iter(|| peak::run(10_000)));
    group.finish();
}

/// The same bits on one thread and on two, or the times are worth nothing.
fn same_bits(_: &mut Criterion) {
    let after = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        let mut sac = Learning::sac();
        pool.expect("threads can be had")
            .install(|| (0..10).for_each(|_| sac.update()));
        sac.params().to_vec()
    };
    assert_eq!(after(1), after(2));
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(500));
    targets = same_bits, on_policy, off_policy, multiply_adds
}
criterion_main!(benches);
