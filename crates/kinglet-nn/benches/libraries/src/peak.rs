//! What the processor could do at most.

use std::hint::black_box;

use pulp::{Arch, Simd, WithSimd};

/// Independent chains, enough to keep every multiply-adder busy through its latency.
const CHAINS: usize = 12;

/// x ← a x + b, so many times in each chain, with the widest instructions.
struct Chains(usize);

impl WithSimd for Chains {
    /// Multiply-adds done.
    type Output = usize;

    #[inline(always)]
    fn with_simd<D: Simd>(self, simd: D) -> usize {
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
        let mut sum = simd.splat_f32s(0.0);
        for x in x {
            sum = simd.add_f32s(sum, x);
        }
        black_box(simd.reduce_sum_f32s(sum));
        self.0 * CHAINS * D::F32_LANES
    }
}

/// f32 multiply-adds a second of one core, at best.
pub fn multiply_adds_a_second() -> f64 {
    let arch = Arch::new();
    let mut done = 0;
    let time = crate::seconds(|| done = arch.dispatch(Chains(black_box(100_000))));
    done as f64 / time
}
