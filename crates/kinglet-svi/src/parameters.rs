//! What a program asks of its parameters and networks.

use kinglet_nn::Mlp;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::params::{Block, Constraint};
use crate::{Error, Name, Scalar, Trace};

/// Parameters and networks. Asking for a parameter that is not there yet makes it, with the values given.
impl<S: Scalar> Trace<S> {
    /// N learnable numbers.
    ///
    /// # Errors
    /// A start outside the constraint; another length than before.
    #[inline]
    pub fn param<const N: usize>(
        &mut self,
        name: impl Into<Name>,
        constraint: Constraint,
        start: [f64; N],
    ) -> Result<[S; N], Error> {
        let known = self.known(name.into(), N)?;
        let block = match known {
            Ok(block) => block,
            Err(name) => self.add(name, constraint, &start)?,
        };
        Ok(std::array::from_fn(|i| self.number(&block, i)))
    }

    /// A block of learnable numbers, to be read with [`number`](Self::number); `start` fills it when it is new.
    ///
    /// # Errors
    /// A start outside the constraint; another length than before.
    pub fn block(
        &mut self,
        name: impl Into<Name>,
        constraint: Constraint,
        len: usize,
        start: impl FnOnce(&mut [f64], &mut Xoshiro256PlusPlus),
    ) -> Result<Block, Error> {
        match self.known(name.into(), len)? {
            Ok(block) => Ok(block),
            Err(name) => {
                let mut values = vec![0.0; len];
                start(&mut values, &mut self.rng);
                self.add(name, constraint, &values)
            }
        }
    }

    /// The parameters of a network, which start from [`Mlp::init`].
    ///
    /// # Errors
    /// Another length than before.
    pub fn network(&mut self, name: impl Into<Name>, net: &Mlp) -> Result<Block, Error> {
        self.block(name, Constraint::Real, net.n_params(), |values, rng| {
            values.copy_from_slice(&net.init::<f64, _>(rng).to_vec());
        })
    }

    /// One number of a block.
    ///
    /// # Panics
    /// If the block has no such number.
    #[inline]
    pub fn number(&self, block: &Block, i: usize) -> S {
        assert!(i < block.len, "number {i} of a block of {}", block.len);
        block.constraint.constrain(self.leaves[block.start + i])
    }

    /// Calls a network: one step of the record, with the network's own gradient.
    ///
    /// # Shapes
    /// `x`: `[inputs]`, `y`: `[outputs]`.
    /// # Panics
    /// If a length does not fit.
    pub fn call(&self, net: &Mlp, block: &Block, x: &[S], y: &mut [S]) {
        let own = &self.leaves[block.start..block.start + block.len];
        S::network(net, block.start, own, x, y);
    }

    /// The parameter of this name, most often the one that was asked for at this point of the last run; its name back
    /// where there is none.
    #[inline]
    fn known(&mut self, name: Name, len: usize) -> Result<Result<Block, Name>, Error> {
        let blocks = &self.params.blocks;
        let guess = self.asked.get(self.next_asked).copied();
        let index = match guess {
            Some(index) if blocks[index].name == name => Some(index),
            _ => blocks.iter().position(|block| block.name == name),
        };
        let Some(index) = index else {
            return Ok(Err(name));
        };
        if guess != Some(index) {
            self.asked.truncate(self.next_asked);
            self.asked.push(index);
        }
        self.next_asked += 1;
        blocks[index].check(len)?;
        Ok(Ok(blocks[index]))
    }

    fn add(&mut self, name: Name, constraint: Constraint, start: &[f64]) -> Result<Block, Error> {
        let block = self.params.insert(name, constraint, start)?;
        let own = &self.params.unconstrained[block.start..];
        self.leaves.extend(own.iter().map(|&x| S::constant(x)));
        Ok(block)
    }
}
