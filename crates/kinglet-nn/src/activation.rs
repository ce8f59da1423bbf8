//! What a hidden layer does to each of its numbers.

use crate::Scalar;
use crate::widest::{Loop, with_widest};

/// The nonlinearity of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// tanh z.
    Tanh,
    /// max(z, 0), with slope 0 at 0.
    Relu,
    /// z σ(z), σ the logistic function.
    Silu,
}

impl Activation {
    /// z ← f(z). SiLU leaves σ(z) in `gate`, as long as `z`; the others leave it alone.
    pub(crate) fn apply<S: Scalar>(self, z: &mut [S], gate: &mut [S]) {
        match self {
            Activation::Tanh => S::tanh_all(z),
            Activation::Relu => with_widest(Rectify(z)),
            Activation::Silu => {
                with_widest(Negate(z, gate));
                S::exp_all(gate);
                with_widest(Gate(z, gate));
            }
        }
    }

    /// d ← f′(z) d, from y = f(z) and what [`apply`](Self::apply) left in `gate`.
    ///
    /// ```text
    /// tanh′ = 1 − y²,   ReLU′ = [y > 0],   SiLU′ = σ + y (1 − σ)
    /// ```
    pub(crate) fn times_slope<S: Scalar>(self, y: &[S], gate: &[S], d: &mut [S]) {
        match self {
            Activation::Tanh => with_widest(TimesTanhSlope(y, d)),
            Activation::Relu => with_widest(TimesReluSlope(y, d)),
            Activation::Silu => with_widest(TimesSiluSlope(y, gate, d)),
        }
    }

    /// How many of a layer's numbers need a place in the cache beside their value.
    pub(crate) fn gates(self, numbers: usize) -> usize {
        match self {
            Activation::Silu => numbers,
            Activation::Tanh | Activation::Relu => 0,
        }
    }
}

/// z ← max(z, 0); a NaN stays one.
struct Rectify<'a, S>(&'a mut [S]);

impl<S: Scalar> Loop for Rectify<'_, S> {
    #[inline(always)]
    fn run(self) {
        for z in self.0 {
            *z = if *z < S::zero() { S::zero() } else { *z };
        }
    }
}

/// gate ← −z.
struct Negate<'a, S>(&'a [S], &'a mut [S]);

impl<S: Scalar> Loop for Negate<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (z, gate) in self.0.iter().zip(self.1) {
            *gate = -*z;
        }
    }
}

/// From e⁻ᶻ: gate ← 1/(1 + gate), z ← z gate.
struct Gate<'a, S>(&'a mut [S], &'a mut [S]);

impl<S: Scalar> Loop for Gate<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (z, gate) in self.0.iter_mut().zip(self.1) {
            *gate = S::one() / (S::one() + *gate);
            *z *= *gate;
        }
    }
}

/// d ← (1 − y²) d.
struct TimesTanhSlope<'a, S>(&'a [S], &'a mut [S]);

impl<S: Scalar> Loop for TimesTanhSlope<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (y, d) in self.0.iter().zip(self.1) {
            *d *= S::one() - *y * *y;
        }
    }
}

/// d ← [y > 0] d.
struct TimesReluSlope<'a, S>(&'a [S], &'a mut [S]);

impl<S: Scalar> Loop for TimesReluSlope<'_, S> {
    #[inline(always)]
    fn run(self) {
        for (y, d) in self.0.iter().zip(self.1) {
            *d = if *y > S::zero() { *d } else { S::zero() };
        }
    }
}

/// d ← (gate + y (1 − gate)) d.
struct TimesSiluSlope<'a, S>(&'a [S], &'a [S], &'a mut [S]);

impl<S: Scalar> Loop for TimesSiluSlope<'_, S> {
    #[inline(always)]
    fn run(self) {
        for ((y, gate), d) in self.0.iter().zip(self.1).zip(self.2) {
            *d *= *gate + *y * (S::one() - *gate);
        }
    }
}
