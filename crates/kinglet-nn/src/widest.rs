//! Loops with the widest instructions that the processor has.

use std::sync::OnceLock;

use pulp::Arch;

/// A loop over slices, in the form that can be compiled once for each set of instructions: `run` and all that it calls
/// are `#[inline(always)]`, and hold no closure that is not.
pub(crate) trait Loop {
    fn run(self);
}

struct Call<L>(L);

impl<L: Loop> pulp::NullaryFnOnce for Call<L> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.0.run();
    }
}

/// Runs a loop. No multiply-add is fused in it, so the bits are the same with any instructions.
#[inline]
pub(crate) fn with_widest<L: Loop>(work: L) {
    arch().dispatch(Call(work));
}

/// The widest instructions that the processor has; asked once and kept.
#[inline]
pub(crate) fn arch() -> Arch {
    static BEST: OnceLock<Arch> = OnceLock::new();
    *BEST.get_or_init(Arch::new)
}
