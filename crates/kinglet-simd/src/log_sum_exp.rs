//! α ln Σ e^(q/α), of a slice and of many columns at once.
//!
//! The largest q is taken off first, so that nothing overflows: with m = max q,
//!
//! ```text
//! α ln Σ e^(q/α) = m + α ln Σ e^((q − m)/α)
//! ```
//!
//! An m that is ±∞ is not taken off (∞ − ∞ is NaN); the sum is then 0 or ∞ by itself, and so is the result.
//! A temperature so small that 1/α is ∞, zero among them, gives m.

use crate::kernel::Kernel;
use crate::level::Sweep;

/// Columns, or elements, that are worked on together: few enough to stay in the first cache.
const BLOCK: usize = 128;
/// Partial sums of a slice. Fixed, so that the order of addition does not depend on the processor.
const SUMS: usize = 16;

/// α ln Σᵢ e^(qᵢ/α) of one slice.
pub(crate) struct Slice<'a, F> {
    pub(crate) q: &'a [F],
    pub(crate) temperature: F,
}

/// out[j] = α ln Σₐ e^(q[a, j]/α), q row-major.
pub(crate) struct Columns<'a, F> {
    pub(crate) q: &'a [F],
    pub(crate) temperature: F,
    pub(crate) out: &'a mut [F],
}

/// m where it is finite, else 0.
#[inline(always)]
fn shift<F: Kernel>(m: F) -> F {
    if m.finite() { m } else { F::ZERO }
}

/// The larger; NaN if `a` is NaN, not if `b` is (the sum sees to that).
#[inline(always)]
fn larger<F: Kernel>(a: F, b: F) -> F {
    if b > a { b } else { a }
}

impl<F: Kernel> Sweep for Slice<'_, F> {
    type Output = F;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> F {
        let m = self.q.iter().fold(F::NEG_INFINITY, |m, q| larger(m, *q));
        let inverse = F::ONE / self.temperature;
        if !inverse.finite() {
            return m;
        }
        let m = shift(m);
        let mut sums = [F::ZERO; SUMS];
        for block in self.q.chunks(BLOCK) {
            let mut terms = [F::ZERO; BLOCK];
            for (term, q) in terms.iter_mut().zip(block) {
                *term = ((*q - m) * inverse).exp::<FMA>();
            }
            for terms in terms[..block.len().next_multiple_of(SUMS)].chunks_exact(SUMS) {
                for (sum, term) in sums.iter_mut().zip(terms) {
                    *sum = *sum + *term;
                }
            }
        }
        let sum = sums.into_iter().fold(F::ZERO, |sum, part| sum + part);
        m + self.temperature * sum.ln::<FMA>()
    }
}

impl<F: Kernel> Sweep for Columns<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let inverse = F::ONE / self.temperature;
        let n = self.out.len();
        for (b, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let columns = b * BLOCK..b * BLOCK + out.len();
            let rows = self.q.chunks_exact(n).map(|row| &row[columns.clone()]);
            out.fill(F::NEG_INFINITY);
            for row in rows.clone() {
                for (m, q) in out.iter_mut().zip(row) {
                    *m = larger(*m, *q);
                }
            }
            if inverse.finite() {
                add_spread::<FMA, F>(rows, self.temperature, inverse, out);
            }
        }
    }
}

/// m ← m + α ln Σₐ e^((qₐ − m)/α), a block of columns at a time.
#[inline(always)]
fn add_spread<'a, const FMA: bool, F: Kernel + 'a>(
    rows: impl Iterator<Item = &'a [F]>,
    temperature: F,
    inverse: F,
    m: &mut [F],
) {
    let mut sums = [F::ZERO; BLOCK];
    for m in m.iter_mut() {
        *m = shift(*m);
    }
    for row in rows {
        for ((sum, q), m) in sums.iter_mut().zip(row).zip(m.iter()) {
            *sum = *sum + ((*q - *m) * inverse).exp::<FMA>();
        }
    }
    for (m, sum) in m.iter_mut().zip(&sums) {
        *m = *m + temperature * sum.ln::<FMA>();
    }
}
