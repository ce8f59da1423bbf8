//! The number that records where it came from.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use kinglet_nn::Mlp;
use num_traits::{Num, NumCast, One, ToPrimitive, Zero};

use crate::Scalar;
use crate::tape::{self, CONSTANT};

/// A number and its place in the record of the computation, for derivatives backwards.
///
/// The record is this thread's, made by [`Svi`](crate::Svi) and cleared at each pass. What is computed from constants
/// alone is a constant and leaves no record. Comparing a recorded number, or a [`look`](Scalar::look) at it, is noted:
/// what comes after may depend on it, and the estimators that follow dependencies take it so.
#[derive(Clone, Copy, Debug)]
pub struct Var {
    value: f64,
    node: u32,
}

impl Var {
    #[inline]
    pub(crate) fn at(value: f64, node: u32) -> Self {
        Self { value, node }
    }

    #[inline]
    pub(crate) fn known(value: f64) -> Self {
        Self::at(value, CONSTANT)
    }

    /// Its value, where the program goes by it.
    #[inline]
    pub(crate) fn seen(self) -> f64 {
        if self.node != CONSTANT {
            tape::with(|tape| tape.escape(self.node));
        }
        self.value
    }

    /// f(self), with its value and slope.
    #[inline]
    pub(crate) fn unary(self, value: f64, slope: f64) -> Self {
        if self.node == CONSTANT {
            return Self::known(value);
        }
        let node = tape::with(|tape| tape.push([self.node, CONSTANT], [slope, 0.0]));
        Self::at(value, node)
    }

    /// f(self, other), with its value and partial derivatives.
    #[inline]
    pub(crate) fn binary(self, other: Self, value: f64, partials: [f64; 2]) -> Self {
        if self.node | other.node == CONSTANT {
            return Self::known(value);
        }
        let node = tape::with(|tape| tape.push([self.node, other.node], partials));
        Self::at(value, node)
    }
}

impl Scalar for Var {
    #[inline]
    fn constant(value: f64) -> Self {
        Self::known(value)
    }

    #[inline]
    fn plain(self) -> f64 {
        self.value
    }

    fn look(self) -> f64 {
        self.seen()
    }

    /// A network whose parameters are not on the tape yet, because this run has made them, is a constant.
    fn network(net: &Mlp, start: usize, own: &[Self], x: &[Self], y: &mut [Self]) {
        assert_eq!(y.len(), net.n_outputs(), "numbers in y, and of the network");
        if own.iter().all(|theta| theta.node == CONSTANT) {
            let plain = |of: &[Self]| of.iter().map(|v| v.value).collect::<Vec<_>>();
            let mut values = vec![0.0; y.len()];
            f64::network(net, start, &plain(own), &plain(x), &mut values);
            for (y, value) in y.iter_mut().zip(values) {
                *y = Self::known(value);
            }
            return;
        }
        let mut buffer = [0.0; 32];
        let mut long = Vec::new();
        let values = match buffer.get_mut(..x.len()) {
            Some(short) => short,
            None => {
                long.resize(x.len(), 0.0);
                &mut long[..]
            }
        };
        for (value, x) in values.iter_mut().zip(x) {
            *value = x.value;
        }
        tape::with(|tape| {
            let first = tape.len();
            for (k, y) in y.iter_mut().enumerate() {
                tape.leaf();
                *y = Self::at(0.0, first + k as u32);
            }
            let nodes = x.iter().map(|x| x.node);
            let outputs = tape.calls().forward(net, start, values, nodes, first);
            for (y, &value) in y.iter_mut().zip(outputs) {
                y.value = value;
            }
        });
    }

    fn leaf(value: f64) -> Self {
        Self::at(value, tape::with(tape::Tape::leaf))
    }

    fn renamed(self) -> Self {
        Self::at(
            self.value,
            tape::with(|tape| tape.push([self.node, CONSTANT], [1.0, 0.0])),
        )
    }

    #[inline]
    fn node(self) -> u32 {
        self.node
    }

    /// Without a record where one number passes through unchanged, or where the two slopes in one number cancel.
    #[inline]
    fn smooth(value: f64, a: (Self, f64), b: (Self, f64)) -> Self {
        if b.0.node == CONSTANT && a.1 == 1.0 {
            Self::at(value, a.0.node)
        } else if a.0.node == b.0.node && a.1 + b.1 == 0.0 {
            Self::known(value)
        } else {
            a.0.binary(b.0, value, [a.1, b.1])
        }
    }
}

impl Add for Var {
    type Output = Self;
    /// A constant term changes the value, not the derivative: no record.
    #[inline]
    fn add(self, other: Self) -> Self {
        let value = self.value + other.value;
        if other.node == CONSTANT {
            Self::at(value, self.node)
        } else if self.node == CONSTANT {
            Self::at(value, other.node)
        } else {
            self.binary(other, value, [1.0, 1.0])
        }
    }
}

impl Sub for Var {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        let value = self.value - other.value;
        if other.node == CONSTANT {
            Self::at(value, self.node)
        } else {
            self.binary(other, value, [1.0, -1.0])
        }
    }
}

impl Mul for Var {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        self.binary(other, value, [other.value, self.value])
    }
}

impl Div for Var {
    type Output = Self;
    #[inline]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        self.binary(other, value, [other.value.recip(), -value / other.value])
    }
}

impl Rem for Var {
    type Output = Self;
    /// x − y ⌊x / y⌉, ⌊·⌉ towards zero.
    fn rem(self, other: Self) -> Self {
        let whole = (self.value / other.value).trunc();
        self.binary(other, self.value % other.value, [1.0, -whole])
    }
}

impl Neg for Var {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        self.unary(-self.value, -1.0)
    }
}

impl PartialEq for Var {
    fn eq(&self, other: &Self) -> bool {
        self.seen() == other.seen()
    }
}

impl PartialOrd for Var {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.seen().partial_cmp(&other.seen())
    }
}

impl Zero for Var {
    fn zero() -> Self {
        Self::known(0.0)
    }

    fn is_zero(&self) -> bool {
        self.seen() == 0.0
    }
}

impl One for Var {
    fn one() -> Self {
        Self::known(1.0)
    }
}

impl Num for Var {
    type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;

    fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
        f64::from_str_radix(text, radix).map(Self::known)
    }
}

impl ToPrimitive for Var {
    fn to_i64(&self) -> Option<i64> {
        self.seen().to_i64()
    }

    fn to_u64(&self) -> Option<u64> {
        self.seen().to_u64()
    }

    #[inline]
    fn to_f64(&self) -> Option<f64> {
        Some(self.value)
    }
}

impl NumCast for Var {
    #[inline]
    fn from<T: ToPrimitive>(n: T) -> Option<Self> {
        n.to_f64().map(Self::known)
    }
}
