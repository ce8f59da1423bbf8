//! What a program may sample, and what it gets.

use kinglet_distributions::{
    Bernoulli, Beta, Categorical, DiagNormal, Gamma, ImproperUniform, Laplace, LogNormal, Normal,
    Uniform, Vector,
};

use crate::Scalar;
use crate::law::{Law, Seed};

/// What can be sampled at a site: a distribution, or an array of independent ones.
pub trait Site<S: Scalar> {
    /// What the program gets.
    type Event;

    /// Its laws, one for each number.
    fn laws(self, laws: &mut Vec<Law<S>>);

    /// The event of these numbers.
    fn event(numbers: &[S]) -> Self::Event;
}

/// N distributions, each of one number.
impl<S: Scalar, D: Site<S>, const N: usize> Site<S> for [D; N] {
    type Event = [D::Event; N];

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        for site in self {
            site.laws(laws);
        }
    }

    #[inline]
    fn event(numbers: &[S]) -> Self::Event {
        std::array::from_fn(|i| D::event(&numbers[i..]))
    }
}

/// One number for each coordinate.
impl<S: Scalar, const D: usize> Site<S> for DiagNormal<[S; D]>
where
    [S; D]: Vector<Scalar = S>,
{
    type Event = [S; D];

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.extend((0..D).map(|i| Law::Normal(self.coordinate(i))));
    }

    #[inline]
    fn event(numbers: &[S]) -> [S; D] {
        std::array::from_fn(|i| numbers[i])
    }
}

impl<S: Scalar> Site<S> for Normal<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Normal(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for LogNormal<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::LogNormal(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for Laplace<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Laplace(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for Gamma<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Gamma(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for Beta<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Beta(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for Uniform<S> {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Uniform(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for ImproperUniform {
    type Event = S;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Improper);
    }

    #[inline]
    fn event(numbers: &[S]) -> S {
        numbers[0]
    }
}

impl<S: Scalar> Site<S> for Bernoulli<S> {
    type Event = bool;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Bernoulli(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> bool {
        numbers[0].plain() != 0.0
    }
}

impl<S: Scalar> Site<S> for Categorical<S> {
    type Event = usize;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Categorical(self));
    }

    #[inline]
    fn event(numbers: &[S]) -> usize {
        numbers[0].plain() as usize
    }
}

impl<S: Scalar> Site<S> for Seed {
    type Event = u64;

    #[inline]
    fn laws(self, laws: &mut Vec<Law<S>>) {
        laws.push(Law::Seed);
    }

    #[inline]
    fn event(numbers: &[S]) -> u64 {
        numbers[0].plain() as u64
    }
}
