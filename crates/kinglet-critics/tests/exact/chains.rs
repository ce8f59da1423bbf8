//! Hand-made models, and all their trajectories.

use kinglet_critics::{Next, Tabular};
use ndarray::{Array1, Array2, Array3, array};

/// Tables of a model, with two policies on it.
pub(crate) struct Chain {
    pub(crate) transition: Array3<f64>,
    pub(crate) reward: Array2<f64>,
    pub(crate) policy: Array2<f64>,
    pub(crate) behaviour: Array2<f64>,
    pub(crate) discount: f64,
}

/// One trajectory from a given state: `states` holds the final state too where it is cut.
pub(crate) struct Path {
    pub(crate) states: Vec<usize>,
    pub(crate) actions: Vec<usize>,
    pub(crate) probability: f64,
}

/// Three states that lead only onwards: every episode terminates within three steps.
pub(crate) fn layered() -> Chain {
    Chain {
        transition: array![
            [[0.0, 0.6, 0.3], [0.0, 0.1, 0.5]],
            [[0.0, 0.0, 0.7], [0.0, 0.0, 1.0]],
            [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
        ],
        reward: array![[1.0, -0.5], [0.3, -1.2], [2.0, -1.0]],
        policy: array![[0.8, 0.2], [0.35, 0.65], [0.9, 0.1]],
        behaviour: array![[0.4, 0.6], [0.7, 0.3], [0.5, 0.5]],
        discount: 0.9,
    }
}

/// Three states that go round for ever.
pub(crate) fn round() -> Chain {
    Chain {
        transition: array![
            [[0.1, 0.6, 0.3], [0.7, 0.1, 0.2]],
            [[0.25, 0.25, 0.5], [0.0, 1.0, 0.0]],
            [[0.9, 0.05, 0.05], [0.3, 0.3, 0.4]]
        ],
        reward: array![[-1.0, 0.4], [0.3, -1.5], [-2.0, 1.0]],
        policy: array![[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]],
        behaviour: array![[0.3, 0.7], [0.6, 0.4], [0.9, 0.1]],
        discount: 0.9,
    }
}

/// Values that are not those of any policy here.
pub(crate) fn wrong_values() -> Array1<f64> {
    array![0.7, -1.1, 2.3]
}

/// Action values that are not those of any policy here.
pub(crate) fn wrong_action_values() -> Array2<f64> {
    array![[0.7, -0.2], [-1.1, 0.6], [2.3, 0.1]]
}

impl Chain {
    pub(crate) fn model(&self) -> Tabular<'_> {
        Tabular::new(self.transition.view(), self.reward.view(), self.discount).unwrap()
    }

    /// π / μ along a path.
    pub(crate) fn ratios(&self, path: &Path) -> Array1<f64> {
        let ratio = &self.policy / &self.behaviour;
        path.pairs().map(|pair| ratio[pair]).collect()
    }

    pub(crate) fn rewards(&self, path: &Path) -> Array1<f64> {
        path.pairs().map(|pair| self.reward[pair]).collect()
    }

    /// Every way to go on from a state and a first action under `policy`, for `steps` at most. Of
    /// a path that was cut, `states` is one longer than `actions`.
    pub(crate) fn paths(
        &self,
        policy: &Array2<f64>,
        state: usize,
        action: usize,
        steps: usize,
    ) -> Vec<Path> {
        let start = Path {
            states: vec![state],
            actions: vec![action],
            probability: 1.0,
        };
        let (mut open, mut done) = (vec![start], Vec::new());
        while let Some(path) = open.pop() {
            let (s, a) = path.last();
            let row = self.transition.slice(ndarray::s![s, a, ..]);
            done.push(path.with(None, 1.0 - row.sum()));
            for (next, &p) in row.iter().enumerate() {
                let cut = path.with(Some(next), p);
                if path.actions.len() == steps {
                    done.push(cut);
                    continue;
                }
                for (action, &probability) in policy.row(next).iter().enumerate() {
                    let mut longer = cut.with(None, probability);
                    longer.actions.push(action);
                    open.push(longer);
                }
            }
        }
        done.retain(|path| path.probability > 1e-300);
        done
    }
}

impl Path {
    pub(crate) fn pairs(&self) -> impl Iterator<Item = [usize; 2]> + '_ {
        self.actions.iter().zip(&self.states).map(|(&a, &s)| [s, a])
    }

    /// v(sₜ) along the path.
    pub(crate) fn values(&self, v: &Array1<f64>) -> Array1<f64> {
        self.pairs().map(|[s, _]| v[s]).collect()
    }

    /// How each step goes on, with the value of the state where it was cut.
    pub(crate) fn next(&self, v: &Array1<f64>) -> Vec<Next> {
        let steps = self.actions.len();
        let end = match self.states.get(steps) {
            Some(&last) => Next::Truncated(v[last]),
            None => Next::Terminated,
        };
        Next::episode(steps, end)
    }

    fn last(&self) -> (usize, usize) {
        let t = self.actions.len() - 1;
        (self.states[t], self.actions[t])
    }

    fn with(&self, state: Option<usize>, probability: f64) -> Self {
        let mut states = self.states.clone();
        states.extend(state);
        Self {
            states,
            actions: self.actions.clone(),
            probability: self.probability * probability,
        }
    }
}

/// E f over the paths from every state and action: `[S, A]`.
pub(crate) fn mean(
    chain: &Chain,
    policy: &Array2<f64>,
    steps: usize,
    f: impl Fn(&Path) -> f64,
) -> Array2<f64> {
    Array2::from_shape_fn(chain.reward.dim(), |(state, action)| {
        let paths = chain.paths(policy, state, action, steps);
        let total: f64 = paths.iter().map(|path| path.probability).sum();
        assert!(
            (total - 1.0).abs() < 1e-12,
            "the paths have probability {total}"
        );
        paths.iter().map(|path| path.probability * f(path)).sum()
    })
}

/// The largest difference of two tables.
pub(crate) fn distance<D: ndarray::Dimension>(
    a: &ndarray::Array<f64, D>,
    b: &ndarray::Array<f64, D>,
) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).fold(0.0, |m, (a, b)| m.max((a - b).abs()))
}
