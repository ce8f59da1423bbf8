//! What is learnt is what can be computed.

use kinglet_envs::{EnvName, TabularMdp};

use crate::program::well;

/// The largest expected return of the gridworld from its start, to the time limit, by induction from there.
fn best_return(mdp: &TabularMdp, goals: &[usize], limit: usize) -> f64 {
    let mut values = vec![0.0; mdp.n_states()];
    for _ in 0..limit {
        let value = |state: usize, action: usize| -> f64 {
            let next = mdp.successors(state, action);
            mdp.reward(state, action) + next.map(|(s, p)| p * values[s]).sum::<f64>()
        };
        let best = |state| {
            let each = (0..mdp.n_actions()).map(|action| value(state, action));
            each.fold(f64::NEG_INFINITY, f64::max)
        };
        values = (0..mdp.n_states()).map(best).collect();
        goals.iter().for_each(|goal| values[*goal] = 0.0);
    }
    mdp.initial().iter().zip(&values).map(|(p, v)| p * v).sum()
}

/// The numbers behind a name in what `eval` prints.
fn number(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name}:\n{text}"))
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn the_gridworlds_best_policy() {
    let folder = tempfile::tempdir().unwrap();
    well(
        folder.path(),
        "train trpo --env gridworld --out run --steps 40000",
    );
    let text = well(folder.path(), "eval run --episodes 2000");
    let (mean, error) = (
        number(&text, "mean return"),
        number(&text, "standard error"),
    );
    let world = EnvName::gridworld();
    let best = best_return(&world.mdp, &world.goals, EnvName::GRIDWORLD_TIME_LIMIT);
    assert!(
        (mean - best).abs() < 4.0 * error + 0.01,
        "{mean} ± {error}, at best {best}"
    );
}

/// At the best mean what is lost is the variance of the law: E r = −2σ².
#[test]
fn the_direction() {
    let folder = tempfile::tempdir().unwrap();
    well(folder.path(), "train ppo --env direction --out run");
    let text = well(folder.path(), "eval run --episodes 1");
    assert!(number(&text, "mean return") > -0.01, "{text}");
    let rows = std::fs::read_to_string(folder.path().join("run/metrics.csv")).unwrap();
    let returns: Vec<f64> = rows
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(2).unwrap().parse().unwrap())
        .collect();
    let last = &returns[returns.len() - 10..];
    let mean = last.iter().sum::<f64>() / 10.0;
    let squares: f64 = last.iter().map(|x| (x - mean).powi(2)).sum();
    let error = (squares / 90.0).sqrt();
    assert!((mean + 0.5).abs() < 4.0 * error, "{mean} ± {error}");
}
