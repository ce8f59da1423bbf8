//! The record of a computation, from which its gradient is read backwards.

use std::cell::RefCell;
use std::ops::Range;

use crate::network_call::Calls;

/// The node of a constant: nothing flows through it.
pub(crate) const CONSTANT: u32 = 0;

/// One number of the computation: where it came from, and its partial derivatives there.
#[derive(Clone, Copy, Debug)]
struct Node {
    parents: [u32; 2],
    partials: [f64; 2],
}

const LEAF: Node = Node {
    parents: [CONSTANT; 2],
    partials: [0.0; 2],
};

/// Node 0 stands for all constants, nodes 1 to n for the parameters; what follows is computed.
#[derive(Debug)]
pub(crate) struct Tape {
    nodes: Vec<Node>,
    /// By node; all zero between sweeps but for the parameters.
    adjoints: Vec<f64>,
    calls: Calls,
    /// Nodes whose value the program looked at, in order, while `watching`.
    escapes: Vec<u32>,
    watching: bool,
}

thread_local! {
    static TAPE: RefCell<Tape> = const { RefCell::new(Tape::new()) };
}

/// Works with this thread's tape.
#[inline]
pub(crate) fn with<T>(f: impl FnOnce(&mut Tape) -> T) -> T {
    TAPE.with_borrow_mut(f)
}

impl Tape {
    const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            adjoints: Vec::new(),
            calls: Calls::new(),
            escapes: Vec::new(),
            watching: false,
        }
    }

    /// Forgets everything and makes a node for each of the parameters.
    pub(crate) fn begin(&mut self, parameters: &[f64], watching: bool) {
        self.nodes.clear();
        self.nodes.resize(parameters.len() + 1, LEAF);
        self.adjoints.clear();
        self.adjoints.resize(parameters.len() + 1, 0.0);
        self.calls.begin(parameters);
        self.escapes.clear();
        self.watching = watching;
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// A node that depends on at most two others.
    #[inline]
    pub(crate) fn push(&mut self, parents: [u32; 2], partials: [f64; 2]) -> u32 {
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { parents, partials });
        node
    }

    /// A node that depends on nothing.
    pub(crate) fn leaf(&mut self) -> u32 {
        self.push(LEAF.parents, LEAF.partials)
    }

    /// The calls of networks.
    pub(crate) fn calls(&mut self) -> &mut Calls {
        &mut self.calls
    }

    /// Notes that the program saw the value of a node.
    #[inline]
    pub(crate) fn escape(&mut self, node: u32) {
        if self.watching && node != CONSTANT {
            self.escapes.push(node);
        }
    }

    /// Whether the program's looks at values are noted from now on. Returns how it was.
    pub(crate) fn watch(&mut self, watching: bool) -> bool {
        std::mem::replace(&mut self.watching, watching)
    }

    /// Forgets what the program has looked at.
    pub(crate) fn forget_escapes(&mut self) {
        self.escapes.clear();
    }

    /// The calls of networks from `mark` on: the nodes of their inputs and of their outputs.
    pub(crate) fn links(&self, mark: u32) -> impl Iterator<Item = (&[u32], Range<u32>)> {
        let calls = self.calls.links();
        calls.filter(move |(_, outputs)| outputs.start >= mark)
    }

    /// The nodes whose value the program saw.
    pub(crate) fn escapes(&self) -> &[u32] {
        &self.escapes
    }

    /// The nodes that a node depends on directly, by way of no network.
    pub(crate) fn parents(&self, node: u32) -> [u32; 2] {
        self.nodes[node as usize].parents
    }

    /// Adds to the derivative of the result by a node. Constants take no part.
    #[inline]
    pub(crate) fn seed(&mut self, node: u32, adjoint: f64) {
        if node != CONSTANT {
            if self.adjoints.len() < self.nodes.len() {
                self.adjoints.resize(self.nodes.len(), 0.0);
            }
            self.adjoints[node as usize] += adjoint;
        }
    }

    /// Carries the derivatives of all nodes from `mark` on back to those before it, and forgets the later ones.
    pub(crate) fn sweep(&mut self, mark: u32) {
        self.adjoints.resize(self.nodes.len(), 0.0);
        let mut end = self.nodes.len() as u32;
        while let Some(outputs) = self.calls.last_after(mark) {
            self.sweep_nodes(outputs.end, end);
            self.calls.pop_back(&mut self.adjoints);
            end = outputs.start;
        }
        self.sweep_nodes(mark, end);
        self.nodes.truncate(mark as usize);
        self.adjoints.truncate(mark as usize);
    }

    fn sweep_nodes(&mut self, from: u32, to: u32) {
        for i in (from as usize..to as usize).rev() {
            let adjoint = self.adjoints[i];
            if adjoint != 0.0 {
                let Node { parents, partials } = self.nodes[i];
                self.adjoints[parents[0] as usize] += partials[0] * adjoint;
                self.adjoints[parents[1] as usize] += partials[1] * adjoint;
            }
        }
    }

    /// ∂result/∂θ, of what was swept since [`begin`](Self::begin).
    pub(crate) fn gradient(&self, parameters: usize) -> &[f64] {
        &self.adjoints[1..=parameters]
    }
}
