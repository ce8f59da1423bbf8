//! Two policies for the control programs.

use kinglet_distributions::{Categorical, Normal};
use kinglet_envs::{Bounds, Discrete, Env};
use kinglet_nn::Mlp;
use ndarray::ArrayViewMut1;

use crate::control::Policy;
use crate::{Block, Constraint, Error, How, Name, Scalar, Trace};

/// A softmax of its own for each time and state. Catalogue: DECK-16.
///
/// ```text
/// q(a | s, t) = e^θ[t, s, a] / Σ e^θ[t, s, ·],   θ = 0 at first, the parameter `logits` in the order [t, s, a]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxTable {
    /// S.
    pub states: usize,
    /// How many times have logits of their own; later times share the last's. With 1 the policy is stationary.
    pub times: usize,
}

impl<E: Env<State = usize, Actions = Discrete>> Policy<E> for SoftmaxTable {
    fn act<S: Scalar>(
        &self,
        trace: &mut Trace<S>,
        site: Name,
        env: &E,
        state: &usize,
        t: usize,
    ) -> Result<usize, Error> {
        let Discrete(actions) = env.actions();
        let len = self.times * self.states * actions;
        let block = trace.block("logits", Constraint::Real, len, |_, _| ())?;
        let row = (t.min(self.times - 1) * self.states + state) * actions;
        let logits = (row..row + actions).map(|i| trace.number(&block, i));
        trace.sample(site, Categorical::from_logits(&logits.collect::<Vec<_>>())?)
    }
}

/// A normal law around what a network makes of the observation, with a spread of its own or a fixed one.
/// Catalogue: DECK-24.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianNetwork {
    /// From the observation to the mean, D numbers: the parameters `policy`.
    pub net: Mlp,
    /// The standard deviation of each number.
    pub std: f64,
    /// A network from the observation to a prediction of the return, to be subtracted: the parameters `baseline`.
    pub baseline: Option<Mlp>,
}

impl<E: Env<Actions = Bounds<D>>, const D: usize> Policy<E> for GaussianNetwork {
    /// # Panics
    /// If the network does not fit the observation and the action.
    fn act<S: Scalar>(
        &self,
        trace: &mut Trace<S>,
        site: Name,
        env: &E,
        state: &E::State,
        _: usize,
    ) -> Result<[f64; D], Error> {
        let mut seen = vec![0.0; env.obs_dim()];
        env.observe(state, ArrayViewMut1::from(&mut seen[..]));
        let x: Vec<S> = seen.iter().map(|&x| S::constant(x)).collect();
        let mut mean = [S::zero(); D];
        let block = trace.network("policy", &self.net)?;
        trace.call(&self.net, &block, &x, &mut mean);
        let how = How {
            prediction: self.predict(trace, &x)?,
            ..How::score()
        };
        let std = S::constant(self.std);
        let mut laws = [Normal::new(S::zero(), std)?; D];
        for (law, mean) in laws.iter_mut().zip(mean) {
            *law = Normal::new(mean, std)?;
        }
        Ok(trace.sample_by(site, laws, how)?.map(S::look))
    }
}

impl GaussianNetwork {
    fn predict<S: Scalar>(&self, trace: &mut Trace<S>, x: &[S]) -> Result<Option<S>, Error> {
        let Some(net) = &self.baseline else {
            return Ok(None);
        };
        let block: Block = trace.network("baseline", net)?;
        let mut prediction = [S::zero()];
        trace.call(net, &block, x, &mut prediction);
        Ok(Some(prediction[0]))
    }
}
