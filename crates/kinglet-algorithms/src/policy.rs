//! Stochastic policies over one flat slice of parameters.

mod body;
mod categorical;
mod exploration;
mod head;
mod memory;
mod normal;
mod passes;
mod posterior;
#[cfg(test)]
mod referee;
mod squash;
#[cfg(test)]
mod tests;

use kinglet_nn::Scalar;
use ndarray::Array1;
use rand::Rng;

use crate::Error;

pub use body::{Auxiliary, Body, Link, Perturbed};
pub use head::{Head, LogStd};
pub use memory::Memory;

/// A stochastic policy π(a | s): a body, mostly a network, and a head that says what its outputs mean.
///
/// It holds its shape only. Its parameters are one slice, the body's, then a learned log-scale's if there is one.
/// What it computes lies in a [`Memory`]: [`forward`](Self::forward) leaves the law of each observation there, of which
/// the other methods take log-probabilities, entropies and divergences. Each of the three is differentiated in two
/// steps, so that a loss that joins them passes through the body once: `weigh_…` adds a weighted sum to the loss L in
/// the memory, [`vjp`](Self::vjp) takes L to the parameters.
///
/// Everything is stored flat, row by row. An action is a category's index as one number, or as many numbers as a normal
/// has means. A law is ln p of each category, or the means, then the log-scales.
///
/// # Example
/// ```
/// use kinglet_algorithms::{Head, Memory, Policy};
/// use kinglet_nn::{Activation, Mlp};
/// use ndarray::array;
/// let policy = Policy::new(Mlp::new(&[1, 2], Activation::Tanh)?, Head::Categorical)?;
/// let params = [0.0, 2.0, /* bias */ 0.0, 0.0]; // logits (0, 2s)
/// let mut memory = Memory::default();
/// policy.forward(&params, array![[0.0f64], [0.5]].view(), &mut memory);
///
/// let (mut log_probs, mut gradient) = ([0.0; 2], [0.0; 4]);
/// policy.log_probs(&[0.0, 1.0], &memory, &mut log_probs);
/// assert_eq!(log_probs[0], 0.5f64.ln());
/// policy.weigh_log_probs(&[0.0, 1.0], &[1.0, 0.0], &mut memory); // L = log π(0 | s = 0)
/// policy.vjp(&params, &mut memory, &mut gradient);
/// assert_eq!(gradient, [0.0, 0.0, 0.5, -0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    body: Body,
    head: Head,
    /// Numbers that describe the law of one action.
    n_law: usize,
}

impl Policy {
    /// A policy of this body (a network is one) and head. A categorical head takes each output for a logit; a normal one
    /// for a mean, or with [`LogStd::OfState`] the first half for means and the second for log-scales.
    ///
    /// # Errors
    /// [`Error::OddOutputs`]; [`Error::LogStd`] for a log-scale that is not finite; [`Error::NoFeatures`] for
    /// [`LogStd::OfFeatures`] over another body than a network.
    pub fn new(body: impl Into<Body>, head: Head) -> Result<Self, Error> {
        let body = body.into();
        let outputs = body.n_outputs();
        let n_law = match head.log_std() {
            None => outputs,
            Some(LogStd::OfState) if outputs % 2 == 1 => {
                return Err(Error::OddOutputs { outputs });
            }
            Some(LogStd::OfState) => outputs,
            Some(
                LogStd::Fixed(value)
                | LogStd::Learned(value)
                | LogStd::OfFeatures { start: value, .. },
            ) if !value.is_finite() => {
                return Err(Error::LogStd { value });
            }
            Some(LogStd::OfFeatures { .. }) if body.n_features() == 0 => {
                return Err(Error::NoFeatures);
            }
            Some(_) => 2 * outputs,
        };
        Ok(Self { body, head, n_law })
    }

    /// Its body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Its head.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The number of parameters, the body's and the head's.
    pub fn n_params(&self) -> usize {
        let own = match self.head.log_std() {
            Some(LogStd::Learned(_)) => self.n_law / 2,
            Some(LogStd::OfFeatures { .. }) => self.body.n_features() * (self.n_law / 2),
            Some(LogStd::Fixed(_) | LogStd::OfState) | None => 0,
        };
        self.body.n_params() + own
    }

    /// Numbers of one action as it is stored.
    pub fn n_action(&self) -> usize {
        match self.head {
            Head::Categorical => 1,
            Head::Normal(_) | Head::TanhNormal(_) => self.n_law / 2,
        }
    }

    /// Numbers of the law of one action.
    pub fn n_law(&self) -> usize {
        self.n_law
    }

    /// Parameters to start from: orthogonal layers of these gains, and the log-scale's first value.
    ///
    /// # Shapes
    /// Returns `[n_params]`.
    pub fn init_orthogonal<S: Scalar, R: Rng + ?Sized>(
        &self,
        hidden_gain: f64,
        output_gain: f64,
        rng: &mut R,
    ) -> Array1<S> {
        let body = self.body.init_orthogonal(hidden_gain, output_gain, rng);
        self.with_log_std(body)
    }

    /// Parameters to start from: normal weights of variance 1/inputs, and the log-scale's first value.
    ///
    /// # Shapes
    /// Returns `[n_params]`.
    pub fn init_lecun<S: Scalar, R: Rng + ?Sized>(&self, rng: &mut R) -> Array1<S> {
        self.with_log_std(self.body.init_lecun(rng))
    }

    fn with_log_std<S: Scalar>(&self, body: Array1<S>) -> Array1<S> {
        let mut params = body.into_raw_vec_and_offset().0;
        if let Some(LogStd::Learned(start) | LogStd::OfFeatures { start, .. }) = self.head.log_std()
        {
            params.resize(self.n_params(), S::from_f64(start));
        }
        params.into()
    }

    /// An action as its environment takes it: an index and a normal's numbers as they are stored, a squashed one's in
    /// (−1, 1).
    ///
    /// # Shapes
    /// `action`, `out`: `[n_action]`.
    /// # Panics
    /// If their lengths differ.
    pub fn applied<S: Scalar>(&self, action: &[S], out: &mut [f64]) {
        assert_eq!(action.len(), out.len(), "lengths of action and out");
        for (out, a) in out.iter_mut().zip(action) {
            let a = a.to_f64().unwrap_or(f64::NAN);
            *out = match self.head {
                Head::Categorical | Head::Normal(_) => a,
                Head::TanhNormal(_) => a.tanh(),
            };
        }
    }

    /// Draws an action from the law of row `row` of the last forward pass, and gives its log-probability.
    ///
    /// # Shapes
    /// `action`: `[n_action]`.
    /// # Panics
    /// If there is no such row, or the length differs.
    pub fn draw<S: Scalar, R: Rng + ?Sized>(
        &self,
        row: usize,
        memory: &Memory<S>,
        action: &mut [S],
        rng: &mut R,
    ) -> S {
        check("action", action.len(), self.n_action());
        let (law, beside) = self.row(row, memory);
        match self.head {
            Head::Categorical => action[0] = number(categorical::draw(beside, rng)),
            Head::Normal(_) | Head::TanhNormal(_) => normal::draw(law, action, rng),
        }
        self.log_prob(law, beside, action)
    }

    /// The middle of the law of row `row`: the most probable category; the mean; under a squashed normal, the median.
    ///
    /// # Shapes
    /// `action`: `[n_action]`.
    /// # Panics
    /// If there is no such row, or the length differs.
    pub fn middle<S: Scalar>(&self, row: usize, memory: &Memory<S>, action: &mut [S]) {
        check("action", action.len(), self.n_action());
        let (law, beside) = self.row(row, memory);
        match self.head {
            Head::Categorical => action[0] = number(categorical::mode(beside)),
            Head::Normal(_) | Head::TanhNormal(_) => action.copy_from_slice(&law[..action.len()]),
        }
    }

    /// log π(aᵢ | sᵢ) of each row; under a squashed normal, the density of tanh u.
    ///
    /// # Shapes
    /// `actions`: `[B, n_action]`; `out`: `[B]`. Units: nats.
    /// # Panics
    /// If a length does not fit, or a category is no index of an action.
    pub fn log_probs<S: Scalar>(&self, actions: &[S], memory: &Memory<S>, out: &mut [S]) {
        check("actions", actions.len(), memory.rows * self.n_action());
        check("out", out.len(), memory.rows);
        let rows = self.rows(memory).zip(actions.chunks_exact(self.n_action()));
        for (out, ((law, beside), action)) in out.iter_mut().zip(rows) {
            *out = self.log_prob(law, beside, action);
        }
    }

    /// L += Σ wᵢ log π(aᵢ | sᵢ).
    ///
    /// # Shapes
    /// `actions`: `[B, n_action]`; `weights`: `[B]`.
    /// # Panics
    /// If a length does not fit, or a category is no index of an action.
    pub fn weigh_log_probs<S: Scalar>(&self, actions: &[S], weights: &[S], memory: &mut Memory<S>) {
        check("actions", actions.len(), memory.rows * self.n_action());
        check("weights", weights.len(), memory.rows);
        let actions = actions.chunks_exact(self.n_action());
        let rows = self.rows_mut(memory).zip(actions.zip(weights));
        for ((law, beside, d), (action, w)) in rows {
            match self.head {
                Head::Categorical => {
                    let k = categorical::index(action[0], law.len());
                    categorical::weigh_log_prob(beside, k, *w, d);
                }
                // The tanh's slope is a matter of u alone.
                Head::Normal(_) | Head::TanhNormal(_) => {
                    normal::weigh_log_prob(law, beside, action, *w, d);
                }
            }
        }
    }

    /// The entropy −E log π of each row. A squashed normal's has no closed form: it is integrated, with an error below
    /// 10⁻⁸ up to σ = 2 (in f64), 10⁻⁴ at σ = 4.
    ///
    /// # Shapes
    /// `out`: `[B]`. Units: nats.
    /// # Panics
    /// If the length does not fit.
    pub fn entropies<S: Scalar>(&self, memory: &Memory<S>, out: &mut [S]) {
        check("out", out.len(), memory.rows);
        for (out, (law, beside)) in out.iter_mut().zip(self.rows(memory)) {
            *out = match self.head {
                Head::Categorical => categorical::entropy(law, beside),
                Head::Normal(_) => normal::entropy(law),
                Head::TanhNormal(_) => normal::entropy(law) + squash::entropy(law),
            };
        }
    }

    /// L += Σ wᵢ H(π(· | sᵢ)).
    ///
    /// # Shapes
    /// `weights`: `[B]`.
    /// # Panics
    /// If the length does not fit.
    pub fn weigh_entropies<S: Scalar>(&self, weights: &[S], memory: &mut Memory<S>) {
        check("weights", weights.len(), memory.rows);
        for ((law, beside, d), w) in self.rows_mut(memory).zip(weights) {
            match self.head {
                Head::Categorical => categorical::weigh_entropy(law, beside, *w, d),
                Head::Normal(_) => normal::weigh_entropy(*w, d),
                Head::TanhNormal(_) => {
                    normal::weigh_entropy(*w, d);
                    squash::weigh_entropy(law, *w, d);
                }
            }
        }
    }

    /// KL(π_old(· | sᵢ) ‖ π(· | sᵢ)) of each row, from the old laws that an earlier `forward` returned.
    ///
    /// # Shapes
    /// `old`: `[B, n_law]`; `out`: `[B]`. Units: nats.
    /// # Panics
    /// If a length does not fit.
    pub fn kls<S: Scalar>(&self, old: &[S], memory: &Memory<S>, out: &mut [S]) {
        check("old", old.len(), memory.rows * self.n_law);
        check("out", out.len(), memory.rows);
        let rows = self.rows(memory).zip(old.chunks_exact(self.n_law));
        for (out, ((law, beside), old)) in out.iter_mut().zip(rows) {
            *out = match self.head {
                Head::Categorical => categorical::kl(old, law),
                // One bijection for both laws changes nothing.
                Head::Normal(_) | Head::TanhNormal(_) => normal::kl(old, law, beside),
            };
        }
    }

    /// L += Σ wᵢ KL(π_old(· | sᵢ) ‖ π(· | sᵢ)).
    ///
    /// # Shapes
    /// `old`: `[B, n_law]`; `weights`: `[B]`.
    /// # Panics
    /// If a length does not fit.
    pub fn weigh_kls<S: Scalar>(&self, old: &[S], weights: &[S], memory: &mut Memory<S>) {
        check("old", old.len(), memory.rows * self.n_law);
        check("weights", weights.len(), memory.rows);
        let old = old.chunks_exact(self.n_law);
        for ((law, beside, d), (old, w)) in self.rows_mut(memory).zip(old.zip(weights)) {
            match self.head {
                Head::Categorical => categorical::weigh_kl(old, beside, *w, d),
                Head::Normal(_) | Head::TanhNormal(_) => {
                    normal::weigh_kl(old, law, beside, *w, d);
                }
            }
        }
    }

    /// L += dᵢ · lawᵢ of each row, for a loss whose gradient by the laws is known: by the logits of a category, by a
    /// normal's means and log-scales.
    ///
    /// # Shapes
    /// `d`: `[B, n_law]`.
    /// # Panics
    /// If the length does not fit.
    pub fn weigh_laws<S: Scalar>(&self, d: &[S], memory: &mut Memory<S>) {
        check("d", d.len(), memory.rows * self.n_law);
        for (sum, d) in memory.d_laws.iter_mut().zip(d) {
            *sum += *d;
        }
    }

    #[inline]
    fn log_prob<S: Scalar>(&self, law: &[S], beside: &[S], action: &[S]) -> S {
        match self.head {
            Head::Categorical => law[categorical::index(action[0], law.len())],
            Head::Normal(_) => normal::log_prob(law, beside, action),
            Head::TanhNormal(_) => {
                normal::log_prob(law, beside, action) - squash::log_slope(action)
            }
        }
    }

    /// Numbers that stand beside a law: p, or 1/σ.
    fn n_beside(&self) -> usize {
        match self.head {
            Head::Categorical => self.n_law,
            Head::Normal(_) | Head::TanhNormal(_) => self.n_law / 2,
        }
    }

    /// The law of a row, and what stands beside it.
    fn row<'a, S: Scalar>(&self, row: usize, memory: &'a Memory<S>) -> (&'a [S], &'a [S]) {
        let place = |n: usize| row * n..(row + 1) * n;
        let (law, beside) = (place(self.n_law), place(self.n_beside()));
        (&memory.laws[law], &memory.beside[beside])
    }

    /// Row by row: the law, and what stands beside it.
    fn rows<'a, S: Scalar>(
        &self,
        memory: &'a Memory<S>,
    ) -> impl Iterator<Item = (&'a [S], &'a [S])> {
        let laws = memory.laws.chunks_exact(self.n_law);
        laws.zip(memory.beside.chunks_exact(self.n_beside()))
    }

    /// With the gradient of L.
    fn rows_mut<'a, S: Scalar>(
        &self,
        memory: &'a mut Memory<S>,
    ) -> impl Iterator<Item = (&'a [S], &'a [S], &'a mut [S])> {
        let laws = memory.laws.chunks_exact(self.n_law);
        let beside = memory.beside.chunks_exact(self.n_beside());
        let d_laws = memory.d_laws.chunks_exact_mut(self.n_law);
        let rows = laws.zip(beside).zip(d_laws);
        rows.map(|((law, beside), d)| (law, beside, d))
    }
}

fn number<S: Scalar>(k: usize) -> S {
    S::from_f64(k as f64)
}

/// # Panics
/// If the length is another.
fn check(what: &str, found: usize, expected: usize) {
    assert_eq!(found, expected, "length of {what} (left), expected (right)");
}
