//! What a hidden layer does to each of its numbers.

use crate::Scalar;

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
            Activation::Relu => z.iter_mut().for_each(|z| *z = z.max(S::zero())),
            Activation::Silu => {
                for (gate, z) in gate.iter_mut().zip(&*z) {
                    *gate = -*z;
                }
                S::exp_all(gate);
                for (gate, z) in gate.iter_mut().zip(z) {
                    *gate = (S::one() + *gate).recip();
                    *z *= *gate;
                }
            }
        }
    }

    /// d ← f′(z) d, from y = f(z) and what [`apply`](Self::apply) left in `gate`.
    ///
    /// ```text
    /// tanh′ = 1 − y²,   ReLU′ = [y > 0],   SiLU′ = σ + y (1 − σ)
    /// ```
    pub(crate) fn times_slope<S: Scalar>(self, y: &[S], gate: &[S], d: &mut [S]) {
        let one = S::one();
        match self {
            Activation::Tanh => {
                for (d, y) in d.iter_mut().zip(y) {
                    *d *= one - *y * *y;
                }
            }
            Activation::Relu => {
                for (d, y) in d.iter_mut().zip(y) {
                    *d = if *y > S::zero() { *d } else { S::zero() };
                }
            }
            Activation::Silu => {
                for ((d, y), gate) in d.iter_mut().zip(y).zip(gate) {
                    *d *= *gate + *y * (one - *gate);
                }
            }
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
