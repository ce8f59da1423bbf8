//! Which instructions a sweep runs with.

use std::sync::OnceLock;

use pulp::Arch;

/// The instructions that a sweep runs with.
///
/// [`Level::best`] is what the crate's free functions use. The others are there for two reasons: a test runs them all,
/// and [`Level::BASELINE`], which has no fused multiply-add, gives the same bits on every processor.
///
/// # Example
/// ```
/// use kinglet_simd::Level;
///
/// let mut x = [0.0, 1.0];
/// Level::BASELINE.exp(&mut x);
/// assert_eq!(x, [1.0, std::f64::consts::E]);
/// assert_eq!(Level::available()[0].name(), "baseline");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Level(Arch);

/// A loop over slices, in the form that can be compiled once for each level.
pub(crate) trait Sweep {
    type Output;
    fn run<const FMA: bool>(self) -> Self::Output;
}

/// A sweep with fused multiply-add, for pulp to call inside a function that has the instructions.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
struct Fused<S>(S);

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl<S: Sweep> pulp::NullaryFnOnce for Fused<S> {
    type Output = S::Output;

    #[inline(always)]
    fn call(self) -> S::Output {
        self.0.run::<true>()
    }
}

impl Level {
    /// What every processor of the target has: on x86-64 SSE2, two f64 at a time.
    pub const BASELINE: Level = Level(Arch::Scalar);

    /// The widest level that this processor has; asked once and kept.
    pub fn best() -> Level {
        static BEST: OnceLock<Arch> = OnceLock::new();
        Level(*BEST.get_or_init(Arch::new))
    }

    /// Every level that this processor has, the baseline first and [`Level::best`] last.
    pub fn available() -> Vec<Level> {
        std::iter::once(Level::BASELINE)
            .chain(wider().into_iter().flatten())
            .collect()
    }

    /// "baseline", "x86-64-v3" (AVX2 and FMA) or "x86-64-v4" (AVX-512).
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(_) => "x86-64-v3",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(_) => "x86-64-v4",
            _ => "baseline",
        }
    }

    #[inline]
    pub(crate) fn run<S: Sweep>(self, sweep: S) -> S::Output {
        match self.0 {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V3(v3) => v3.vectorize(Fused(sweep)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Arch::V4(v4) => v4.vectorize(Fused(sweep)),
            _ => sweep.run::<false>(),
        }
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn wider() -> [Option<Level>; 2] {
    [
        pulp::x86::V3::try_new().map(|v3| Level(Arch::V3(v3))),
        pulp::x86::V4::try_new().map(|v4| Level(Arch::V4(v4))),
    ]
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
fn wider() -> [Option<Level>; 0] {
    []
}
