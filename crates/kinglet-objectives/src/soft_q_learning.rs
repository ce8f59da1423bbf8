//! Tabular soft Q-learning: soft value iteration from samples.

use crate::backup::{improve, soft_values};
use crate::problem::{check_positive, discounted};
use crate::rollout::draw;
use crate::soft::{check_temperature, log_sum_exp, normalise};
use crate::{Error, Finish, Progress};
use kinglet_envs::TabularMdp;
use ndarray::{Array1, Array2};
use rand::{Rng, RngExt};
use std::ops::ControlFlow;

/// Steps between two reports of progress.
const REPORT_EVERY: u64 = 1024;

/// How [`soft_q_learning`] explores and learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QLearning {
    /// The temperature α, of the target and of the behaviour.
    pub temperature: f64,
    /// The number of transitions to learn from.
    pub steps: u64,
    /// The probability of a uniformly random action; otherwise the action is drawn from the
    /// Boltzmann policy of the present Q.
    pub exploration: f64,
    /// The power ω of the step size 1 / n(s, a)^ω, in (½, 1]: with these, and each pair visited
    /// without end, Q converges. The start is forgotten as exp(−(1 − γ) n^(1−ω) / (1 − ω)), for
    /// ω = 1 as n^−(1−γ) only, so a long horizon wants a small ω: 0.65 serves γ = .9.
    pub step_size_power: f64,
    /// After this many steps the walk starts again from the initial law.
    pub episode_length: u64,
}

/// What soft Q-learning has learnt. Made by [`soft_q_learning`].
#[derive(Debug, Clone, PartialEq)]
pub struct LearntValues {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: Array2<f64>,
    /// V(s), the soft maximum of Q, `[S]`, in units of reward.
    pub v: Array1<f64>,
    /// The Boltzmann policy of Q, `[S, A]`.
    pub policy: Array2<f64>,
    /// How often each pair was updated, `[S, A]`.
    pub visits: Array2<u64>,
    /// Transitions seen.
    pub steps: u64,
    /// Why the learning ended.
    pub finish: Finish,
}

/// Tabular soft Q-learning from Q = 0. Catalogue: CS285-11, MPO-02.
///
/// ```text
/// Q(s, a) ← Q(s, a) + n(s, a)^−ω [ r + γ α log Σ_a′ exp(Q(s′, a′) / α) − Q(s, a) ]
/// ```
///
/// n(s, a) counts the visits of the pair, this one included. In the limit Q is the fixed point of
/// [`soft_value_iteration`](crate::soft_value_iteration); at temperature 0 this is Q-learning.
///
/// # Errors
/// [`Error::Temperature`]; [`Error::NeedsDiscount`]; [`Error::OutOfRange`] and
/// [`Error::NotPositive`] for the settings.
/// # Source
/// Haarnoja 2017, section 3.2; the polynomial step size is Even-Dar 2003.
/// # Example
/// ```
/// use kinglet_objectives::{QLearning, soft_q_learning};
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// use std::ops::ControlFlow;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let settings = QLearning {
///     temperature: 1.0, steps: 20_000, exploration: 0.5, step_size_power: 0.65, episode_length: 10,
/// };
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let learnt = soft_q_learning(&mdp, &settings, &mut |_| ControlFlow::Continue(()), &mut rng)?;
/// assert!((learnt.v[0] - 2.0 * 4f64.ln()).abs() < 1e-2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn soft_q_learning<R: Rng + ?Sized>(
    mdp: &TabularMdp,
    settings: &QLearning,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
    rng: &mut R,
) -> Result<LearntValues, Error> {
    settings.check()?;
    let mut learner = Learner::new(mdp, settings, discounted(mdp)?, rng);
    let (mut done, mut finish) = (0, Finish::Converged);
    while done < settings.steps {
        let chunk = REPORT_EVERY.min(settings.steps - done);
        let residual = (0..chunk).fold(0.0, |m: f64, _| m.max(learner.step(rng)));
        done += chunk;
        if progress(Progress {
            done,
            total: Some(settings.steps),
            residual,
        })
        .is_break()
            && done < settings.steps
        {
            finish = Finish::Stopped;
            break;
        }
    }
    let Learner { q, visits, .. } = learner;
    let v = soft_values(q.view(), settings.temperature)?;
    let policy = improve(q.view(), settings.temperature);
    Ok(LearntValues {
        q,
        v,
        policy,
        visits,
        steps: done,
        finish,
    })
}

impl QLearning {
    fn check(&self) -> Result<(), Error> {
        check_temperature(self.temperature)?;
        check_positive("episode length", self.episode_length as f64)?;
        if !(0.0..=1.0).contains(&self.exploration) {
            let (name, value, interval) = ("exploration", self.exploration, "[0, 1]");
            return Err(Error::OutOfRange {
                name,
                value,
                interval,
            });
        }
        if !(self.step_size_power > 0.5 && self.step_size_power <= 1.0) {
            let (name, value, interval) = ("step size power", self.step_size_power, "(0.5, 1]");
            return Err(Error::OutOfRange {
                name,
                value,
                interval,
            });
        }
        Ok(())
    }
}

/// The walk and what it has learnt so far.
struct Learner<'a> {
    mdp: &'a TabularMdp,
    settings: &'a QLearning,
    discount: f64,
    q: Array2<f64>,
    visits: Array2<u64>,
    state: usize,
    age: u64,
    policy: Vec<f64>,
}

impl<'a> Learner<'a> {
    fn new<R: Rng + ?Sized>(
        mdp: &'a TabularMdp,
        settings: &'a QLearning,
        discount: f64,
        rng: &mut R,
    ) -> Self {
        let shape = (mdp.n_states(), mdp.n_actions());
        let state = draw(mdp.initial().iter().copied(), rng);
        let (q, visits) = (Array2::zeros(shape), Array2::zeros(shape));
        let policy = vec![0.0; mdp.n_actions()];
        Self {
            mdp,
            settings,
            discount,
            q,
            visits,
            state,
            age: 0,
            policy,
        }
    }

    /// One transition and its update; returns how much Q changed.
    fn step<R: Rng + ?Sized>(&mut self, rng: &mut R) -> f64 {
        let (s, a) = (self.state, self.act(rng));
        let next = self.mdp.transitions().sample(s, a, rng);
        let ahead = log_sum_exp(self.q.row(next).iter().copied(), self.settings.temperature);
        let target = self.mdp.reward(s, a) + self.discount * ahead;
        self.visits[[s, a]] += 1;
        let step_size = (self.visits[[s, a]] as f64).powf(-self.settings.step_size_power);
        let update = step_size * (target - self.q[[s, a]]);
        self.q[[s, a]] += update;
        self.state = next;
        self.age += 1;
        if self.age == self.settings.episode_length {
            (self.state, self.age) = (draw(self.mdp.initial().iter().copied(), rng), 0);
        }
        update.abs()
    }

    fn act<R: Rng + ?Sized>(&mut self, rng: &mut R) -> usize {
        if rng.random::<f64>() < self.settings.exploration {
            return rng.random_range(0..self.mdp.n_actions());
        }
        let row = self.q.row(self.state);
        self.policy
            .copy_from_slice(row.as_slice().expect("rows are contiguous"));
        normalise(&mut self.policy, self.settings.temperature);
        draw(self.policy.iter().copied(), rng)
    }
}
