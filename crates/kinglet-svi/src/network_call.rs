//! A network's call as one step of the record, with its own vector-Jacobian product.

use std::ops::Range;

use kinglet_nn::{Cache, Mlp};

use crate::tape::CONSTANT;

/// The calls of one run, in order. Their memory is kept for the next.
#[derive(Debug)]
pub(crate) struct Calls {
    parameters: Vec<f64>,
    calls: Vec<Call>,
    used: usize,
}

#[derive(Debug)]
struct Call {
    net: Mlp,
    /// Where its parameters lie among all.
    own: Range<usize>,
    inputs: Vec<u32>,
    outputs: Range<u32>,
    cache: Cache<f64>,
    /// The derivatives by the outputs, and by the inputs.
    deltas: [Vec<f64>; 2],
}

impl Calls {
    pub(crate) const fn new() -> Self {
        Self {
            parameters: Vec::new(),
            calls: Vec::new(),
            used: 0,
        }
    }

    pub(crate) fn begin(&mut self, parameters: &[f64]) {
        self.parameters.clear();
        self.parameters.extend_from_slice(parameters);
        self.used = 0;
    }

    /// Runs a network on inputs that lie at some nodes; its outputs will lie at the nodes from `first` on.
    pub(crate) fn forward(
        &mut self,
        net: &Mlp,
        start: usize,
        x: &[f64],
        inputs: impl Iterator<Item = u32>,
        first: u32,
    ) -> &[f64] {
        let call = self.place(net);
        call.own = start..start + net.n_params();
        call.inputs.clear();
        call.inputs.extend(inputs);
        call.outputs = first..first + net.n_outputs() as u32;
        self.used += 1;
        let Self {
            parameters, calls, ..
        } = self;
        let call = &mut calls[self.used - 1];
        net.forward_row(&parameters[call.own.clone()], x, &mut call.cache)
    }

    /// The memory for the next call.
    fn place(&mut self, net: &Mlp) -> &mut Call {
        if self.used == self.calls.len() {
            self.calls.push(Call {
                net: net.clone(),
                own: 0..0,
                inputs: Vec::new(),
                outputs: 0..0,
                cache: Cache::default(),
                deltas: [Vec::new(), Vec::new()],
            });
        }
        let call = &mut self.calls[self.used];
        if call.net != *net {
            call.net = net.clone();
        }
        call
    }

    /// The nodes of the last call's outputs, if they lie at `mark` or later.
    pub(crate) fn last_after(&self, mark: u32) -> Option<Range<u32>> {
        let last = self.calls[..self.used].last()?;
        (last.outputs.start >= mark).then(|| last.outputs.clone())
    }

    /// The calls of this run: the nodes of their inputs and of their outputs.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&[u32], Range<u32>)> {
        let calls = self.calls[..self.used].iter();
        calls.map(|call| (&call.inputs[..], call.outputs.clone()))
    }

    /// Carries the derivatives of the last call's outputs to its inputs and parameters, and forgets it.
    pub(crate) fn pop_back(&mut self, adjoints: &mut [f64]) {
        self.used -= 1;
        let call = &mut self.calls[self.used];
        let [d_out, d_x] = &mut call.deltas;
        d_out.clear();
        d_out.extend(call.outputs.clone().map(|node| adjoints[node as usize]));
        if d_out.iter().all(|&d| d == 0.0) {
            return;
        }
        let wanted = call.inputs.iter().any(|&node| node != CONSTANT);
        d_x.resize(call.inputs.len(), 0.0);
        let parameters = &self.parameters[call.own.clone()];
        // Parameter i has node i + 1.
        let d_parameters = &mut adjoints[call.own.start + 1..=call.own.end];
        let to_inputs = wanted.then_some(&mut d_x[..]);
        call.net
            .vjp_row(parameters, &mut call.cache, d_out, d_parameters, to_inputs);
        if wanted {
            for (&node, &d) in call.inputs.iter().zip(&*d_x) {
                adjoints[node as usize] += d;
            }
        }
    }
}
