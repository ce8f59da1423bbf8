//! A kernel applied to each element of a slice.

use crate::kernel::Kernel;
use crate::level::Sweep;

/// A function of one scalar.
pub(crate) trait Function {
    fn of<const FMA: bool, F: Kernel>(x: F) -> F;
}

pub(crate) struct Exp;
pub(crate) struct Ln;
pub(crate) struct Tanh;

impl Function for Exp {
    #[inline(always)]
    fn of<const FMA: bool, F: Kernel>(x: F) -> F {
        x.exp::<FMA>()
    }
}

impl Function for Ln {
    #[inline(always)]
    fn of<const FMA: bool, F: Kernel>(x: F) -> F {
        x.ln::<FMA>()
    }
}

impl Function for Tanh {
    #[inline(always)]
    fn of<const FMA: bool, F: Kernel>(x: F) -> F {
        x.tanh::<FMA>()
    }
}

/// x ← g(x)
pub(crate) struct InPlace<'a, F, G>(pub(crate) G, pub(crate) &'a mut [F]);

/// out ← g(x)
pub(crate) struct Into<'a, F, G>(pub(crate) G, pub(crate) &'a [F], pub(crate) &'a mut [F]);

impl<F: Kernel, G: Function> Sweep for InPlace<'_, F, G> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for x in self.1 {
            *x = G::of::<FMA, F>(*x);
        }
    }
}

impl<F: Kernel, G: Function> Sweep for Into<'_, F, G> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Into(_, x, out) = self;
        assert_eq!(
            x.len(),
            out.len(),
            "{} elements into {}",
            x.len(),
            out.len()
        );
        for (x, out) in x.iter().zip(out) {
            *out = G::of::<FMA, F>(*x);
        }
    }
}
