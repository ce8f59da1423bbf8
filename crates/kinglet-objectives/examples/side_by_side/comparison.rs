//! Five ways to a policy on one slippery gridworld, each evaluated exactly, and a choice that a temperature gets wrong.

use kinglet_envs::{
    CellRewards, GridRules, Gridworld, Horizon, Rewards, Sparse, TabularMdp, Transitions,
};
use kinglet_objectives::{
    Mpo, MpoEStep, MpoMStep, Progress, QLearning, VirelEm, VirelMStep, VirelOperator,
    discounted_occupancy, evaluate_soft_policy, exact_inference, mpo_policy_iteration,
    soft_q_learning, soft_value_iteration, virel_em,
};
use ndarray::{Array1, Array2, array, s};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use std::error::Error;
use std::ops::ControlFlow;

/// Two rows of ground above a cliff, from S to G.
pub(crate) const MAP: &str = "\
    ......
    ......
    SCCCCG";

/// The temperature of exact inference and of the soft-optimal policy, in units of reward.
pub(crate) const TEMPERATURE: f64 = 0.3;

/// The discount of values, and so of what is compared.
pub(crate) const DISCOUNT: f64 = 0.95;

/// The steps that exact inference looks ahead. What it does at the first no longer depends on their number.
pub(crate) const STEPS: usize = 100;

/// Transitions that Q-learning sees, and its seed.
pub(crate) const SAMPLES: u64 = 1_000_000;
const SEED: u64 = 0;

/// MPO's M-step: within a tenth of a nat of the old policy, KL(π_old ‖ π), which rules no action out.
const NEAR: MpoMStep = MpoMStep::Bounded { kl_bound: 0.1 };

/// A way to a policy, and what the policy is worth.
pub(crate) struct Way {
    /// Its name.
    pub(crate) name: &'static str,
    /// π(a | s), `[S, A]`.
    pub(crate) policy: Array2<f64>,
    /// V^π, `[S]`, by a linear solve.
    pub(crate) v: Array1<f64>,
    /// V^π at the start.
    pub(crate) value: f64,
    /// The discounted number of falls.
    pub(crate) falls: f64,
}

/// The cliff: a step costs 0.5, a fall 10 and the way back; three steps in ten go in a random direction.
pub(crate) fn world(horizon: Horizon) -> Result<Gridworld, kinglet_envs::Error> {
    let rules = GridRules {
        slip: 0.3,
        rewards: CellRewards {
            step: -0.5,
            cliff: -10.0,
            goal: 0.0,
        },
        ..GridRules::cliff_walking(horizon)
    };
    Gridworld::from_map(MAP, rules)
}

/// A progress callback that never stops.
fn go_on() -> impl FnMut(Progress) -> ControlFlow<()> {
    |_| ControlFlow::Continue(())
}

/// The best values there are, V\*, `[S]`.
pub(crate) fn best(mdp: &TabularMdp) -> Result<Array1<f64>, kinglet_objectives::Error> {
    Ok(soft_value_iteration(mdp, 0.0, 1e-13, &mut go_on())?.v)
}

/// The policy of the first step of exact inference over so many steps.
pub(crate) fn inferred(steps: usize) -> Result<Array2<f64>, Box<dyn Error>> {
    let finite = world(Horizon::Finite(steps))?;
    let posterior = exact_inference(&finite.mdp, TEMPERATURE)?.policy();
    Ok(posterior.slice(s![0, .., ..]).to_owned())
}

/// The five ways.
pub(crate) fn ways() -> Result<Vec<Way>, Box<dyn Error>> {
    let world = world(Horizon::Discounted(DISCOUNT))?;
    let soft = soft_value_iteration(&world.mdp, TEMPERATURE, 1e-12, &mut go_on())?.policy;
    let policies = [
        ("exact inference", inferred(STEPS)?),
        ("soft-optimal", soft),
        ("MPO", by_mpo(&world.mdp, NEAR)?),
        ("VIREL", by_virel(&world.mdp)?),
        ("Q-learning", by_q_learning(&world.mdp)?),
    ];
    let ways = policies.into_iter();
    ways.map(|(name, policy)| Way::new(&world, name, policy))
        .collect()
}

impl Way {
    fn new(
        world: &Gridworld,
        name: &'static str,
        policy: Array2<f64>,
    ) -> Result<Self, Box<dyn Error>> {
        let v = evaluate_soft_policy(&world.mdp, policy.view(), 0.0)?.v;
        let occupancy = discounted_occupancy(&world.mdp, policy.view())?;
        let on_cliff = |&state: &usize| world.mdp.reward(state, 0) == -10.0;
        let falls = (0..v.len()).filter(on_cliff).map(|s| occupancy[s]).sum();
        let value = v.dot(&world.mdp.initial());
        Ok(Self {
            name,
            policy,
            v,
            value,
            falls,
        })
    }
}

/// Policy iteration whose E-step stays within a tenth of a nat.
fn by_mpo(mdp: &TabularMdp, m_step: MpoMStep) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let (n_states, n_actions) = (mdp.n_states(), mdp.n_actions());
    let settings = Mpo {
        e_step: MpoEStep::Hard { kl_bound: 0.1 },
        m_step,
        tolerance: 1e-12,
        rounds: 1000,
    };
    let uniform = Array2::from_elem((n_states, n_actions), 1.0 / n_actions as f64);
    let states = Array1::from_elem(n_states, 1.0 / n_states as f64);
    let run = mpo_policy_iteration(mdp, uniform.view(), states.view(), &settings, &mut go_on())?;
    Ok(run.policy)
}

/// EM whose temperature is the mean-squared Bellman error.
fn by_virel(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let shape = (mdp.n_states(), mdp.n_actions());
    let settings = VirelEm {
        rounds: 1000,
        operator: VirelOperator::Optimal,
        m_step: VirelMStep::Backup,
        step_size: 1.0,
        scale: 1.0,
    };
    let (zero, even) = (
        Array2::zeros(shape),
        Array2::from_elem(shape, 1.0 / (shape.0 * shape.1) as f64),
    );
    Ok(virel_em(mdp, &settings, zero.view(), even.view(), &mut go_on())?.policy)
}

/// The greedy policy of Q-learning, from samples.
fn by_q_learning(mdp: &TabularMdp) -> Result<Array2<f64>, kinglet_objectives::Error> {
    let settings = QLearning {
        temperature: 0.0,
        steps: SAMPLES,
        exploration: 0.5,
        step_size_power: 0.65,
        episode_length: 50,
    };
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(SEED);
    Ok(soft_q_learning(mdp, &settings, &mut go_on(), &mut rng)?.policy)
}

/// The ways as a table of Markdown.
pub(crate) fn table(ways: &[Way], best: f64) -> String {
    let mut table =
        "| policy | return from S | short of V* | falls |\n|---|---|---|---|\n".to_owned();
    for way in ways {
        let short = (best - way.value).max(0.0);
        let short = if short < 1e-9 {
            "0".to_owned()
        } else {
            format!("{short:.3}")
        };
        let (name, value, falls) = (way.name, way.value, way.falls);
        table += &format!("| {name} | {value:.3} | {short} | {falls:.3} |\n");
    }
    table
}

/// The most probable action in each state, followed from S to G: the cells, at most so many.
pub(crate) fn walk(world: &Gridworld, policy: &Array2<f64>, most: usize) -> Vec<usize> {
    let mut path = vec![world.starts[0]];
    while path.len() < most && !world.goals.contains(&path[path.len() - 1]) {
        let state = path[path.len() - 1];
        let rank = |a: &usize, b: &usize| policy[[state, *a]].total_cmp(&policy[[state, *b]]);
        let action = (0..policy.ncols()).max_by(rank).unwrap_or(0);
        let law = world.mdp.successors(state, action);
        path.extend(law.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(next, _)| next));
    }
    path
}

/// The counterexample of VIREL-05 without an end: one good action worth 1, or four worth 0.9, then nothing.
///
/// States: the choice, the few, the crowd, the end. What an action is not to be earns −20.
pub(crate) fn crowd() -> Result<TabularMdp, kinglet_envs::Error> {
    let next = |s: usize, a: usize| match (s, a) {
        (0, 0) => 1,
        (0, 1) => 2,
        _ => 3,
    };
    let rows = (0..4).flat_map(|s| (0..4).map(move |a| [(next(s, a), 1.0)]));
    let forbidden = -20.0;
    let mut reward = Array2::from_elem((4, 4), forbidden);
    reward.slice_mut(s![0, ..2]).fill(0.0);
    reward[[1, 0]] = 1.0;
    reward.row_mut(2).fill(0.9);
    reward[[3, 0]] = 0.0;
    TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(4, 4, rows)?),
        Rewards::StateAction(reward),
        array![1.0, 0.0, 0.0, 0.0],
        Horizon::Discounted(DISCOUNT),
    )
}

/// How probable the better way is: soft-optimal at a temperature.
pub(crate) fn soft_choice(temperature: f64) -> Result<f64, Box<dyn Error>> {
    let best = soft_value_iteration(&crowd()?, temperature, 1e-13, &mut go_on())?;
    Ok(best.policy[[0, 0]])
}

/// The same of MPO, of MPO with nothing to keep its M-step near, and of VIREL.
pub(crate) fn other_choices() -> Result<[f64; 3], Box<dyn Error>> {
    let mdp = crowd()?;
    let policies = [
        by_mpo(&mdp, NEAR)?,
        by_mpo(&mdp, MpoMStep::MaximumLikelihood)?,
        by_virel(&mdp)?,
    ];
    Ok(policies.map(|policy| policy[[0, 0]]))
}

/// What each way thinks of the crowd, as a table of Markdown.
pub(crate) fn crowd_table() -> Result<String, Box<dyn Error>> {
    let mut table = "| policy | probability of the better way |\n|---|---|\n".to_owned();
    for temperature in [0.01, 0.072, 0.0722, 0.1, 1.0] {
        let choice = soft_choice(temperature)?;
        table += &format!("| soft-optimal, temperature {temperature} | {choice:.4} |\n");
    }
    let [mpo, free, virel] = other_choices()?;
    table += &format!("| MPO | {mpo:.4} |\n| MPO, M-step free | {free:.4} |\n");
    table += &format!("| VIREL | {virel:.4} |\n");
    Ok(table)
}
