//! Through the body and back.

use kinglet_nn::Scalar;
use ndarray::{ArrayView2, s};
use rand::Rng;

use super::body::Forces;
use super::{Head, LogStd, Memory, Policy, categorical, check, normal};

impl Policy {
    /// The laws of the actions at a batch of observations; L is zero after it.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `observations`: `[B, inputs]`. Returns `[B, n_law]`, row by row, out of the memory.
    /// # Panics
    /// If a shape does not fit.
    pub fn forward<'a, S: Scalar>(
        &self,
        params: &[S],
        observations: ArrayView2<'_, S>,
        memory: &'a mut Memory<S>,
    ) -> &'a [S] {
        let (body, extra) = self.split(params);
        self.reserve(observations.nrows(), memory);
        let outputs = self.body.forward(body, observations, &mut memory.cache);
        self.join(outputs, extra, self.fixed(), &mut memory.laws);
        self.settle(extra, memory);
        &memory.laws
    }

    /// The law of the action at one observation: [`forward`](Self::forward) of a batch of one.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `observation`: `[inputs]`. Returns `[n_law]`, out of the memory.
    /// # Panics
    /// If a length does not fit.
    pub fn forward_row<'a, S: Scalar>(
        &self,
        params: &[S],
        observation: &[S],
        memory: &'a mut Memory<S>,
    ) -> &'a [S] {
        let (body, extra) = self.split(params);
        self.reserve(1, memory);
        let outputs = (self.body).forward_row(body, observation, &mut memory.cache);
        self.join(outputs, extra, self.fixed(), &mut memory.laws);
        self.settle(extra, memory);
        &memory.laws
    }

    /// One observation to one action and its log-probability: [`forward_row`](Self::forward_row), then
    /// [`draw`](Self::draw).
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `observation`: `[inputs]`; `action`: `[n_action]`.
    /// # Panics
    /// If a length does not fit.
    pub fn act<S: Scalar, R: Rng + ?Sized>(
        &self,
        params: &[S],
        observation: &[S],
        memory: &mut Memory<S>,
        action: &mut [S],
        rng: &mut R,
    ) -> S {
        self.forward_row(params, observation, memory);
        self.draw(0, memory, action, rng)
    }

    /// `d_params` += ∇L at the last forward pass of this memory, with the same parameters; L is zero after it.
    ///
    /// # Shapes
    /// `params`, `d_params`: `[n_params]`.
    /// # Panics
    /// If a length does not fit.
    pub fn vjp<S: Scalar>(&self, params: &[S], memory: &mut Memory<S>, d_params: &mut [S]) {
        let mut d_laws = std::mem::take(&mut memory.d_laws);
        let mut forces = std::mem::take(&mut memory.forces);
        self.back(params, memory, &d_laws, Some(&forces), d_params);
        d_laws.fill(S::zero());
        forces.clear(forces.theta.len());
        (memory.d_laws, memory.forces) = (d_laws, forces);
    }

    /// The product of the Fisher matrix, averaged over the rows of the last forward pass, with a vector. L stays.
    /// Catalogue: DECK-11.
    ///
    /// ```text
    /// F v = 1/B Σᵢ Jᵢᵀ Fᵢ Jᵢ v,   Jᵢ = ∂ law / ∂ parameters,   Fᵢ = E[∇ log π ∇ log πᵀ] of the head
    /// ```
    ///
    /// Under [`LogStd::OfFeatures`] J leaves out, as every gradient does, how the scale moves with the network.
    ///
    /// # Shapes
    /// `params`, `v`, `out`: `[n_params]`.
    /// # Panics
    /// If a length does not fit.
    /// # Source
    /// Schulman 2015, appendix C.1.
    pub fn fisher_product<S: Scalar>(
        &self,
        params: &[S],
        v: &[S],
        memory: &mut Memory<S>,
        out: &mut [S],
    ) {
        let (body, _) = self.split(params);
        let (v_body, v_extra) = self.split(v);
        let mut t_laws = std::mem::take(&mut memory.t_laws);
        let outputs = self.body.jvp(body, v_body, &mut memory.cache);
        self.join(outputs, v_extra, S::zero(), &mut t_laws);
        if let Some(layer) = self.exploration_layer() {
            let (variances, beside) = (&mut memory.variances, &memory.beside);
            variances.tangent(layer, beside, v_extra, &mut t_laws);
        }

        let share = S::from_f64((memory.rows as f64).recip());
        let rows = t_laws.chunks_exact_mut(self.n_law);
        for (t, beside) in rows.zip(memory.beside.chunks_exact(self.n_beside())) {
            match self.head {
                Head::Categorical => categorical::fisher(beside, t),
                Head::Normal(_) | Head::TanhNormal(_) => normal::fisher(beside, t),
            }
            t.iter_mut().for_each(|t| *t *= share);
        }
        out.fill(S::zero());
        self.back(params, memory, &t_laws, None, out);
        memory.t_laws = t_laws;
    }

    fn fixed<S: Scalar>(&self) -> S {
        match self.head.log_std() {
            Some(LogStd::Fixed(log_std)) => S::from_f64(log_std),
            _ => S::zero(),
        }
    }

    /// From outputs in their place to laws, and to what stands beside them.
    fn settle<S: Scalar>(&self, extra: &[S], memory: &mut Memory<S>) {
        let Memory { laws, beside, .. } = memory;
        if self.head == Head::Categorical {
            categorical::settle(laws, beside, self.n_law);
            return;
        }
        if let Some(layer) = self.exploration_layer() {
            let features = self.body.features(&memory.cache);
            memory.variances.settle(layer, features, extra, laws);
        }
        let n = self.n_beside();
        for (law, inverse) in laws.chunks_exact(2 * n).zip(beside.chunks_exact_mut(n)) {
            for (inverse, log_std) in inverse.iter_mut().zip(&law[n..]) {
                *inverse = -*log_std;
            }
        }
        S::exp_all(beside);
    }

    /// Each row of outputs, with the log-scale behind it where the body does not give it.
    fn join<S: Scalar>(&self, outputs: &[S], extra: &[S], fixed: S, laws: &mut [S]) {
        let n = self.body.n_outputs();
        let rows = laws.chunks_exact_mut(self.n_law);
        for (law, outputs) in rows.zip(outputs.chunks_exact(n)) {
            let (own, log_std) = law.split_at_mut(n);
            own.copy_from_slice(outputs);
            match self.head.log_std() {
                Some(LogStd::Fixed(_)) => log_std.fill(fixed),
                Some(LogStd::Learned(_)) => log_std.copy_from_slice(extra),
                Some(LogStd::OfState | LogStd::OfFeatures { .. }) | None => {}
            }
        }
    }

    /// From the gradient by the laws to that by the parameters, which is added.
    fn back<S: Scalar>(
        &self,
        params: &[S],
        memory: &mut Memory<S>,
        d_laws: &[S],
        forces: Option<&Forces<S>>,
        d_params: &mut [S],
    ) {
        check("d_params", d_params.len(), self.n_params());
        let (body, _) = self.split(params);
        let (d_body, d_extra) = d_params.split_at_mut(body.len());
        let n = self.body.n_outputs();
        let rows = d_laws.len() / self.n_law;
        let d = ArrayView2::from_shape((rows, self.n_law), d_laws).expect("whole rows");
        let d_outputs = d.slice(s![.., ..n]);
        let cache = &mut memory.cache;
        self.body.vjp(body, cache, d_outputs, forces, d_body);
        if let Some(layer) = self.exploration_layer() {
            let (variances, beside) = (&mut memory.variances, &memory.beside);
            variances.back(layer, beside, d_laws, d_extra);
        } else if !d_extra.is_empty() {
            for d in d_laws.chunks_exact(self.n_law) {
                for (d_extra, d) in d_extra.iter_mut().zip(&d[n..]) {
                    *d_extra += *d;
                }
            }
        }
    }

    /// Room for as many rows, and no gradient yet.
    fn reserve<S: Scalar>(&self, rows: usize, memory: &mut Memory<S>) {
        memory.reserve(rows, self.n_law, self.n_beside());
        memory.forces.clear(rows * self.body.n_noise());
    }

    /// The body's parameters, and the head's.
    pub(super) fn split<'a, S>(&self, params: &'a [S]) -> (&'a [S], &'a [S]) {
        check("params", params.len(), self.n_params());
        params.split_at(self.body.n_params())
    }
}
