//! What depends on what, in one run.

use crate::Scalar;
use crate::events::{Event, What};
use crate::records::{Draw, Kind, Term};
use crate::tape::Tape;
use crate::var::Var;

/// Sets of the guide's draws, one for each number on the tape, for each draw and for each term. Catalogue: DECK-18.
///
/// A number depends on the draws that it was computed from. A draw depends on itself, on those that its law was computed
/// from, and on all that these depend on. Where the program looked at a value, a category or a comparison, all that comes
/// later depends on it, up to the end of the plate's element for the plate's other elements.
#[derive(Debug, Default)]
pub(crate) struct Dependencies {
    /// Words of 64 draws in a set.
    words: usize,
    /// The first node.
    mark: u32,
    nodes: Vec<u64>,
    draws: Vec<u64>,
    terms: Vec<u64>,
    divergences: Vec<u64>,
    /// The set that is being gathered.
    set: Vec<u64>,
    /// The set of what the program has seen.
    seen: Vec<u64>,
    /// For each open plate: what was seen before it, and in any of its elements.
    plates: Vec<u64>,
}

impl Dependencies {
    /// Of a run whose nodes begin at `mark`.
    pub(crate) fn find(
        &mut self,
        tape: &Tape,
        mark: u32,
        draws: &[Draw<Var>],
        values: &[Var],
        terms: &[Term<Var>],
        events: &[Event],
    ) {
        self.mark = mark;
        self.words = draws.len().div_ceil(64);
        for (sets, n) in [
            (&mut self.nodes, (tape.len() - mark) as usize),
            (&mut self.draws, draws.len()),
            (&mut self.terms, terms.len()),
            (&mut self.divergences, terms.len()),
            (&mut self.seen, 1),
            (&mut self.plates, 0),
        ] {
            sets.clear();
            sets.resize(n * self.words, 0);
        }
        for (index, draw) in draws.iter().enumerate() {
            for x in &values[draw.first..draw.first + draw.len] {
                self.mark_node(x.node(), index);
            }
        }
        self.follow_nodes(tape);
        self.follow_events(tape.escapes(), draws, terms, events);
    }

    fn mark_node(&mut self, node: u32, draw: usize) {
        if node >= self.mark {
            let word = (node - self.mark) as usize * self.words + draw / 64;
            self.nodes[word] |= 1 << (draw % 64);
        }
    }

    /// Each node takes in what its parents depend on.
    fn follow_nodes(&mut self, tape: &Tape) {
        let mut from = self.mark;
        for (inputs, outputs) in tape.links(self.mark) {
            self.follow_range(tape, from, outputs.start);
            for node in outputs.clone() {
                inputs
                    .iter()
                    .for_each(|&input| self.join_nodes(node, input));
            }
            from = outputs.end;
        }
        self.follow_range(tape, from, tape.len());
    }

    fn follow_range(&mut self, tape: &Tape, from: u32, to: u32) {
        if self.words == 1 {
            return self.follow_short(tape, from, to);
        }
        for node in from..to {
            for parent in tape.parents(node) {
                self.join_nodes(node, parent);
            }
        }
    }

    /// [`follow_range`](Self::follow_range) for sets of one word.
    fn follow_short(&mut self, tape: &Tape, from: u32, to: u32) {
        let mark = self.mark;
        for node in from..to {
            let mut set = self.nodes[(node - mark) as usize];
            for parent in tape.parents(node) {
                if parent >= mark {
                    set |= self.nodes[(parent - mark) as usize];
                }
            }
            self.nodes[(node - mark) as usize] = set;
        }
    }

    fn join_nodes(&mut self, node: u32, parent: u32) {
        if parent >= self.mark {
            let (to, from) = (self.place(node), self.place(parent));
            for word in 0..self.words {
                self.nodes[to + word] |= self.nodes[from + word];
            }
        }
    }

    fn place(&self, node: u32) -> usize {
        (node - self.mark) as usize * self.words
    }

    fn follow_events(
        &mut self,
        escapes: &[u32],
        draws: &[Draw<Var>],
        terms: &[Term<Var>],
        events: &[Event],
    ) {
        let mut looked = 0;
        for event in events {
            for &node in &escapes[looked..event.seen] {
                self.gather(node);
                join(&mut self.seen, &self.set);
            }
            looked = event.seen;
            match event.what {
                What::Open => {
                    self.plates.extend_from_slice(&self.seen);
                    self.plates.extend_from_slice(&self.seen);
                }
                What::Next => self.next_element(),
                What::Close => self.close_plate(),
                What::Model => self.seen.fill(0),
                What::Draw(index) => self.follow_draw(index, &draws[index]),
                What::Term(index) => self.follow_term(index, &terms[index]),
            }
        }
    }

    fn next_element(&mut self) {
        let last = self.plates.len() - self.words;
        let (rest, all) = self.plates.split_at_mut(last);
        join(all, &self.seen);
        self.seen.copy_from_slice(&rest[rest.len() - self.words..]);
    }

    fn close_plate(&mut self) {
        let all = self.plates.len() - self.words;
        join(&mut self.seen, &self.plates[all..]);
        self.plates.truncate(all - self.words);
    }

    fn follow_draw(&mut self, index: usize, draw: &Draw<Var>) {
        self.gather(draw.log_q.node());
        join(&mut self.set, &self.seen);
        self.set[index / 64] |= 1 << (index % 64);
        let own = self.own(index);
        self.draws[own].copy_from_slice(&self.set);
        if draw.discrete {
            join(&mut self.seen, &self.set);
        }
    }

    fn follow_term(&mut self, index: usize, term: &Term<Var>) {
        let own = self.own(index);
        if let Some(kl) = term.kl {
            self.gather(kl.node());
            join(&mut self.set, &self.seen);
            self.divergences[own.clone()].copy_from_slice(&self.set);
        }
        self.gather(term.log_p.node());
        join(&mut self.set, &self.seen);
        if let Kind::Sample(draw) = term.kind {
            let drawn = self.own(draw);
            join(&mut self.set, &self.draws[drawn.clone()]);
            if term.discrete {
                join(&mut self.seen, &self.draws[drawn]);
            }
        }
        self.terms[own].copy_from_slice(&self.set);
    }

    /// Where the set of a draw or of a term lies.
    fn own(&self, index: usize) -> std::ops::Range<usize> {
        index * self.words..(index + 1) * self.words
    }

    /// Puts into `set` what a node depends on, by way of other draws too.
    fn gather(&mut self, node: u32) {
        self.set.clear();
        self.set.resize(self.words, 0);
        if node >= self.mark {
            let place = self.place(node);
            let direct = &self.nodes[place..place + self.words];
            for draw in members(direct) {
                self.set[draw / 64] |= 1 << (draw % 64);
                join(
                    &mut self.set,
                    &self.draws[draw * self.words..][..self.words],
                );
            }
        }
    }

    /// The draws that a draw depends on, itself among them.
    pub(crate) fn of_draw(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        members(&self.draws[index * self.words..][..self.words])
    }

    /// The draws that a term depends on.
    pub(crate) fn of_term(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        members(&self.terms[index * self.words..][..self.words])
    }

    /// The draws that a term's divergence depends on.
    pub(crate) fn of_divergence(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        members(&self.divergences[index * self.words..][..self.words])
    }
}

fn join(set: &mut [u64], other: &[u64]) {
    for (word, other) in set.iter_mut().zip(other) {
        *word |= other;
    }
}

fn members(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(i, &word)| {
        let mut left = word;
        std::iter::from_fn(move || {
            let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(64 * i + bit)
        })
    })
}
