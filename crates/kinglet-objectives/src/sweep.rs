//! The hot loop: one soft Bellman sweep over all states.

mod by_action;
mod factored;
mod flat_rewards;
mod runs;
mod shards;

use crate::Error;
use crate::soft::check_temperature;
pub(crate) use by_action::fill_action_values;
use factored::Factored;
use flat_rewards::FlatRewards;
use kinglet_envs::TabularMdp;
pub(crate) use runs::{Runs, combine};
use shards::{SHARD, for_each_shard};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Numbers worked on together: one or a few registers.
pub(crate) const LANES: usize = 8;

/// A soft Bellman sweep with the memory that it needs, made once and applied often.
/// Catalogue: CS285-09.
///
/// ```text
/// V′(s) = soft max_α { r(s, a) + γ Σ p(s′ | s, a) V(s′) }
/// ```
///
/// States are split into shards of a fixed size, which the threads of the current rayon pool share
/// out among themselves: the result has the same bits on any number of threads, in WebAssembly on
/// none. Two forms of the same sum are used, whichever is cheaper and safe for a shard:
///
/// - by action: one exponential for each action of each state, around the largest;
/// - factored, where the dynamics are a [`Slip`](kinglet_envs::Slip) and rewards belong to states:
///   the action enters through its successor only, so one exponential for each state will do,
///   E(s) = exp(γ (1 − slip) (V(s) − c) / α), and
///
/// ```text
/// V′(s) = r(s) + γ slip / A Σ_b V(s_b) + γ (1 − slip) c + α log Σ_b E(s_b)
/// ```
///
/// Values that lie further apart than a shard's exponents can hold, 600 α / (γ (1 − slip)) from
/// the first of them, c, are swept by action.
///
/// # Example
/// ```
/// use kinglet_objectives::Sweep;
/// use kinglet_envs::{Horizon, TabularMdp};
/// use ndarray::array;
/// let mdp = TabularMdp::from_dense(
///     array![[[1.0], [1.0]]].view(), array![[0.0, 3f64.ln()]].view(), array![1.0].view(),
///     Horizon::Discounted(0.5),
/// )?;
/// let mut sweep = Sweep::new(&mdp, 1.0)?;
/// let mut out = [0.0];
/// let residual = sweep.apply(&[2.0], &mut out);
/// assert!((out[0] - (4f64.ln() + 1.0)).abs() < 1e-15);
/// assert!((residual - (4f64.ln() - 1.0)).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sweep<'a> {
    problem: Problem<'a>,
    factored: Option<Factored<'a>>,
    scratch: Mutex<Vec<Scratch>>,
}

/// A problem, looked through once.
#[derive(Debug)]
struct Problem<'a> {
    mdp: &'a TabularMdp,
    temperature: f64,
    rewards: FlatRewards<'a>,
    runs: Runs,
    /// The widest instructions that the processor has.
    arch: pulp::Arch,
}

impl<'a> Sweep<'a> {
    /// Prepares sweeps of a problem at a temperature.
    ///
    /// # Errors
    /// [`Error::Temperature`].
    pub fn new(mdp: &'a TabularMdp, temperature: f64) -> Result<Self, Error> {
        check_temperature(temperature)?;
        let problem = Problem {
            mdp,
            temperature,
            rewards: FlatRewards::new(mdp.rewards()),
            runs: Runs::new(mdp.transitions()),
            arch: pulp::Arch::new(),
        };
        let factored = Factored::new(&problem);
        Ok(Self {
            problem,
            factored,
            scratch: Mutex::default(),
        })
    }

    /// One sweep from `v` to `out`; returns the largest change, max |V′ − V|.
    ///
    /// # Shapes
    /// `v`, `out`: `[S]`. Units: reward.
    /// # Panics
    /// When a length is not S.
    pub fn apply(&mut self, v: &[f64], out: &mut [f64]) -> f64 {
        let n = self.problem.mdp.n_states();
        assert_eq!(
            (v.len(), out.len()),
            (n, n),
            "lengths of v and out (left) are not S (right)"
        );
        for_each_shard(out, |shard, out| {
            let mut scratch = self.scratch().pop().unwrap_or_default();
            let (start, memory) = (shard * SHARD, &mut scratch);
            let call = ShardSweep {
                sweep: self,
                start,
                v,
                out,
                memory,
            };
            let change = self.problem.arch.dispatch(call);
            self.scratch().push(scratch);
            change
        })
    }

    fn scratch(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory that one thread works in.
#[derive(Debug, Default)]
struct Scratch(Vec<f64>);

impl Scratch {
    /// Slices of the lengths asked for, of any content.
    fn borrow<const N: usize>(&mut self, lengths: [usize; N]) -> [&mut [f64]; N] {
        let total = lengths.iter().sum();
        if self.0.len() < total {
            self.0.resize(total, 0.0);
        }
        let mut rest = self.0.as_mut_slice();
        lengths.map(|n| {
            rest.split_off_mut(..n)
                .expect("as long as the lengths together")
        })
    }
}

/// The sweep of one shard: a call that is compiled once for each set of instructions.
struct ShardSweep<'a> {
    sweep: &'a Sweep<'a>,
    start: usize,
    v: &'a [f64],
    out: &'a mut [f64],
    memory: &'a mut Scratch,
}

impl pulp::NullaryFnOnce for ShardSweep<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let Self {
            sweep: Sweep {
                problem, factored, ..
            },
            start,
            v,
            out,
            memory,
        } = self;
        // No closure here: one would be compiled for the baseline only.
        let done = match factored {
            Some(factored) => factored.sweep(problem, start, v, out, memory),
            None => false,
        };
        if !done {
            by_action::sweep(problem, start, v, out, memory);
        }
        change(&v[start..start + out.len()], out)
    }
}

/// max |w − v|.
#[inline(always)]
fn change(v: &[f64], w: &[f64]) -> f64 {
    let ((v, v_rest), (w, w_rest)) = (v.as_chunks::<LANES>(), w.as_chunks::<LANES>());
    let mut largest = [0.0; LANES];
    for (v, w) in v.iter().zip(w) {
        for ((largest, v), w) in largest.iter_mut().zip(v).zip(w) {
            *largest = larger((w - v).abs(), *largest);
        }
    }
    for (v, w) in v_rest.iter().zip(w_rest) {
        largest[0] = larger((w - v).abs(), largest[0]);
    }
    largest.into_iter().fold(0.0, larger)
}

/// The larger number, by one instruction.
#[inline(always)]
fn larger(x: f64, y: f64) -> f64 {
    if x > y { x } else { y }
}

/// One soft Bellman sweep; returns the largest change, max |V′ − V|. Catalogue: CS285-09.
///
/// To sweep more than once make a [`Sweep`], which keeps its memory.
///
/// # Shapes
/// `v`, `out`: `[S]`. Units: reward.
/// # Errors
/// [`Error::Temperature`].
/// # Panics
/// When a length is not S.
pub fn soft_sweep(
    mdp: &TabularMdp,
    temperature: f64,
    v: &[f64],
    out: &mut [f64],
) -> Result<f64, Error> {
    Ok(Sweep::new(mdp, temperature)?.apply(v, out))
}
