//! A scalar's vectors, in the widest registers that the processor has.

use std::cell::RefCell;

use pulp::Simd;

/// What a product of matrices needs of its scalar. The name is private, so that no other scalar can have it.
pub trait Lanes: Copy + 'static {
    /// 0.
    const ZERO: Self;
    /// As many numbers as a register holds.
    type Vector<D: Simd>: Copy;

    /// The same number in each place.
    fn splat<D: Simd>(simd: D, x: Self) -> Self::Vector<D>;
    /// a b + c, rounded once where the processor can.
    fn mul_add<D: Simd>(
        simd: D,
        a: Self::Vector<D>,
        b: Self::Vector<D>,
        c: Self::Vector<D>,
    ) -> Self::Vector<D>;
    /// The whole vectors of a slice.
    fn vectors<D: Simd>(x: &[Self]) -> &[Self::Vector<D>];
    /// As [`vectors`](Self::vectors), to be written.
    fn vectors_mut<D: Simd>(x: &mut [Self]) -> &mut [Self::Vector<D>];
    /// The transpose of four rows of four.
    fn turn(rows: [[Self; 4]; 4]) -> [[Self; 4]; 4];
    /// Runs with this thread's scratch memory, which grows to what was needed and stays.
    fn with_scratch<T>(work: impl FnOnce(&mut Vec<Self>) -> T) -> T;
}

/// Numbers of a vector.
pub(crate) const fn width<S: Lanes, D: Simd>() -> usize {
    size_of::<S::Vector<D>>() / size_of::<S>()
}

impl Lanes for f32 {
    const ZERO: f32 = 0.0;
    type Vector<D: Simd> = D::f32s;

    #[inline(always)]
    fn splat<D: Simd>(simd: D, x: f32) -> D::f32s {
        simd.splat_f32s(x)
    }
    #[inline(always)]
    fn mul_add<D: Simd>(simd: D, a: D::f32s, b: D::f32s, c: D::f32s) -> D::f32s {
        simd.mul_add_e_f32s(a, b, c)
    }
    #[inline(always)]
    fn vectors<D: Simd>(x: &[f32]) -> &[D::f32s] {
        D::as_simd_f32s(x).0
    }
    #[inline(always)]
    fn vectors_mut<D: Simd>(x: &mut [f32]) -> &mut [D::f32s] {
        D::as_mut_simd_f32s(x).0
    }
    #[inline(always)]
    fn turn(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
        #[cfg(target_arch = "x86_64")]
        if let Some(pulp::x86::V1 { sse, .. }) = pulp::x86::V1::try_new() {
            let [a, b, c, d] = rows.map(pulp::cast);
            let low = [sse._mm_unpacklo_ps(a, b), sse._mm_unpacklo_ps(c, d)];
            let high = [sse._mm_unpackhi_ps(a, b), sse._mm_unpackhi_ps(c, d)];
            let columns =
                [low, high].map(|[x, y]| [sse._mm_movelh_ps(x, y), sse._mm_movehl_ps(y, x)]);
            return pulp::cast(columns);
        }
        turn(rows)
    }
    fn with_scratch<T>(work: impl FnOnce(&mut Vec<f32>) -> T) -> T {
        thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        SCRATCH.with_borrow_mut(work)
    }
}

impl Lanes for f64 {
    const ZERO: f64 = 0.0;
    type Vector<D: Simd> = D::f64s;

    #[inline(always)]
    fn splat<D: Simd>(simd: D, x: f64) -> D::f64s {
        simd.splat_f64s(x)
    }
    #[inline(always)]
    fn mul_add<D: Simd>(simd: D, a: D::f64s, b: D::f64s, c: D::f64s) -> D::f64s {
        simd.mul_add_e_f64s(a, b, c)
    }
    #[inline(always)]
    fn vectors<D: Simd>(x: &[f64]) -> &[D::f64s] {
        D::as_simd_f64s(x).0
    }
    #[inline(always)]
    fn vectors_mut<D: Simd>(x: &mut [f64]) -> &mut [D::f64s] {
        D::as_mut_simd_f64s(x).0
    }
    #[inline(always)]
    fn turn(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
        turn(rows)
    }
    fn with_scratch<T>(work: impl FnOnce(&mut Vec<f64>) -> T) -> T {
        thread_local!(static SCRATCH: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) });
        SCRATCH.with_borrow_mut(work)
    }
}

#[inline(always)]
fn turn<S: Copy>(rows: [[S; 4]; 4]) -> [[S; 4]; 4] {
    std::array::from_fn(|column| rows.map(|row| row[column]))
}
