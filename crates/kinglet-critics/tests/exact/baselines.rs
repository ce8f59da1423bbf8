//! Baselines on trajectories that are all known.

use crate::chains::{Chain, Path, distance, mean, round, wrong_values};
use kinglet_critics::{Next, discounted_returns, least_squares, optimal_baseline};
use ndarray::{Array1, Array2, Axis};

const STEPS: usize = 3;

/// Every path of `STEPS` steps, its first state uniform, its actions those of the policy.
fn all_paths(chain: &Chain) -> Vec<Path> {
    let mut all = Vec::new();
    for ((state, action), &probability) in chain.policy.indexed_iter() {
        let mut paths = chain.paths(&chain.policy, state, action, STEPS);
        for path in &mut paths {
            path.probability *= probability / 3.0;
        }
        all.append(&mut paths);
    }
    all
}

/// Σ (r − log π) from every step to the last.
fn soft_returns(chain: &Chain, path: &Path) -> Array1<f64> {
    let soft = chain.rewards(path)
        - path
            .pairs()
            .map(|pair| chain.policy[pair].ln())
            .collect::<Array1<_>>();
    discounted_returns(soft.view(), &Next::episode(STEPS, Next::Terminated), 1.0).unwrap()
}

/// Backward through the steps: Vₜ(s) = Σ π (r − log π + P Vₜ₊₁).
fn soft_values(chain: &Chain) -> Array2<f64> {
    let mut v = Array2::zeros((STEPS + 1, 3));
    for t in (0..STEPS).rev() {
        for ((s, a), &pi) in chain.policy.indexed_iter() {
            let later = chain
                .transition
                .slice(ndarray::s![s, a, ..])
                .dot(&v.row(t + 1));
            v[[t, s]] += pi * (chain.reward[[s, a]] - pi.ln() + later);
        }
    }
    v
}

/// Least squares on indicators, each path as probable as it is: `place` says which weight is meant.
fn fit(chain: &Chain, width: usize, place: impl Fn(usize, usize) -> usize) -> Array1<f64> {
    let paths = all_paths(chain);
    let mut features = Array2::zeros((paths.len() * STEPS, width));
    let mut targets = Array1::zeros(paths.len() * STEPS);
    for (i, path) in paths.iter().enumerate() {
        let g = soft_returns(chain, path);
        for t in 0..STEPS {
            let weight = path.probability.sqrt();
            features[[i * STEPS + t, place(t, path.states[t])]] = weight;
            targets[i * STEPS + t] = weight * g[t];
        }
    }
    least_squares(features.view(), targets.view(), 0.0).unwrap()
}

#[test]
fn deck_08_regression_finds_the_soft_values() {
    let chain = round();
    let v = soft_values(&chain);
    let w = fit(&chain, 3 * STEPS, |t, s| 3 * t + s);
    for t in 0..STEPS {
        for s in 0..3 {
            assert!((w[3 * t + s] - v[[t, s]]).abs() < 1e-12);
        }
    }
}

/// A critic that does not know the time learns the mean over the times at which it saw a state.
#[test]
fn deck_08_without_the_time_the_values_are_pooled() {
    let chain = round();
    let (v, w) = (soft_values(&chain), fit(&chain, 3, |_, s| s));
    let mut seen = Array2::<f64>::zeros((STEPS, 3));
    for path in all_paths(&chain) {
        for t in 0..STEPS {
            seen[[t, path.states[t]]] += path.probability;
        }
    }
    let known = v.slice(ndarray::s![..STEPS, ..]);
    let pooled = (&seen * &known).sum_axis(Axis(0)) / seen.sum_axis(Axis(0));
    assert!(distance(&pooled, &w) < 1e-12);
    assert!(distance(&w, &v.row(0).to_owned()) > 0.5);
}

/// ∂ log π(a|s) / ∂ logit k of a softmax policy.
fn score(chain: &Chain, state: usize, action: usize, k: usize) -> f64 {
    f64::from(u8::from(action == k)) - chain.policy[[state, k]]
}

/// E[score of the first action × (return − b)], for logit 0 of every state.
fn gradient(chain: &Chain, v: &Array1<f64>, b: impl Fn(&Path) -> f64) -> Array1<f64> {
    let terms = mean(chain, &chain.policy, STEPS, |path| {
        let g = discounted_returns(chain.rewards(path).view(), &path.next(v), chain.discount);
        score(chain, path.states[0], path.actions[0], 0) * (g.unwrap()[0] - b(path))
    });
    (&chain.policy * &terms).sum_axis(Axis(1))
}

/// Of the state before the action, a baseline changes nothing; of the states after it, it does.
#[test]
fn deck_05_a_baseline_of_later_states_is_biased() {
    let (chain, b) = (round(), wrong_values());
    let v = chain.model().values(chain.policy.view()).unwrap();
    let advantage = chain.model().advantages(v.view());
    let exact = &chain.policy.column(0) * &advantage.column(0);
    let outside = gradient(&chain, &v, |path| b[path.states[0]]);
    let inside = gradient(&chain, &v, |path| path.values(&b).sum());
    assert!(distance(&outside, &exact) < 1e-13);
    assert!(distance(&inside, &exact) > 0.1);
}

/// The variance of the gradient is a parabola in b: the best is its lowest point.
#[test]
fn deck_07_the_optimal_baseline_leaves_the_least_variance() {
    let chain = round();
    let v = chain.model().values(chain.policy.view()).unwrap();
    let (mut weight, mut scores, mut returns) = (Vec::new(), Vec::new(), Vec::new());
    for path in all_paths(&chain).iter().filter(|path| path.states[0] == 0) {
        let g = discounted_returns(chain.rewards(path).view(), &path.next(&v), chain.discount);
        weight.push(3.0 * path.probability);
        scores.extend((0..2).map(|k| score(&chain, 0, path.actions[0], k)));
        returns.push(g.unwrap()[0]);
    }
    let (weight, returns) = (Array1::from(weight), Array1::from(returns));
    let scores = Array2::from_shape_vec((weight.len(), 2), scores).unwrap();
    let variance = |b: f64| {
        let terms = &scores * &(&returns - b).insert_axis(Axis(1));
        let mean = weight.dot(&terms);
        weight.dot(&(terms - mean).mapv(|x| x * x).sum_axis(Axis(1)))
    };
    let [low, mid, high] = [-1.0, 0.0, 1.0].map(variance);
    let lowest = 0.5 * (low - high) / (low - 2.0 * mid + high);
    let best = optimal_baseline(weight.view(), scores.view(), returns.view());
    assert!((weight.sum() - 1.0).abs() < 1e-12 && (best - lowest).abs() < 1e-11);
    assert!(variance(best) < variance(v[0]) - 1e-3 && variance(best) < variance(0.0) - 1e-3);
}
