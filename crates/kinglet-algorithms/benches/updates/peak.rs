//! What the processor could do at most.

use std::hint::black_box;

use pulp::{Arch, Simd, WithSimd};

/// Independent chains, enough to keep every multiply-adder busy through its latency.
const CHAINS: usize = 12;

/// x ← a x + b, so many times in each chain.
struct Chains(usize);

impl WithSimd for Chains {
    type Output = ();

    #[inline(always)]
    fn with_simd<D: Simd>(self, simd: D) {
        let (a, b) = (
            simd.splat_f32s(black_box(0.5)),
            simd.splat_f32s(black_box(1.0)),
        );
        let mut x: [D::f32s; CHAINS] = std::array::from_fn(|i| simd.splat_f32s(i as f32));
        for _ in 0..self.0 {
            for x in &mut x {
                *x = simd.mul_add_e_f32s(*x, a, b);
            }
        }
        let sum = x.into_iter().reduce(|sum, x| simd.add_f32s(sum, x));
        black_box(sum.map(|sum| simd.reduce_sum_f32s(sum)));
    }
}

/// Runs chains of so many links, with the widest instructions.
pub(crate) fn run(links: usize) {
    Arch::new().dispatch(Chains(black_box(links)));
}

/// How many multiply-adds that is.
pub(crate) fn multiply_adds(links: usize) -> u64 {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<D: Simd>(self, _: D) -> usize {
            D::F32_LANES
        }
    }
    (links * CHAINS * Arch::new().dispatch(Lanes)) as u64
}
