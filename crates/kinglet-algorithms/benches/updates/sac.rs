//! An update of soft actor-critic (Haarnoja et al. 2018): two critics and their targets 23-256-256-1, a policy
//! 17-256-256-12 of means and log-scales, ReLU, a batch of 256.
//!
//! The batch lies in two shards, each with its own memory and its own gradient; gradients are added in the shards' order.
//! So any number of threads gives the same bits.

use kinglet_nn::{Activation, Adam, Cache, Mlp, Scalar, polyak};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, s};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use rayon::prelude::*;

use crate::policy::draws;

const STATE: usize = 17;
const ACTION: usize = 6;
const ROWS: usize = 256;
const SHARDS: usize = 2;
const DISCOUNT: f32 = 0.99;
const TEMPERATURE: f32 = 0.2;
/// What the log-scales are clamped to.
const LOG_STD: (f32, f32) = (-5.0, 2.0);

/// Multiply-adds of the products of one update.
pub(crate) fn multiply_adds() -> u64 {
    let hidden = 256 * 256;
    let policy = STATE * 256 + hidden + 256 * 2 * ACTION;
    let critic = (STATE + ACTION) * 256 + hidden + 256;
    let critic_back = hidden + 256;
    let forward = 2 * policy + 6 * critic;
    let to_critics = 2 * (critic + critic_back);
    let through_smaller = critic_back + 256 * ACTION;
    let to_policy = policy + hidden + 256 * 2 * ACTION;
    (ROWS * (forward + to_critics + through_smaller + to_policy)) as u64
}

/// The networks, which all shards read.
struct Networks {
    policy: Mlp,
    critic: Mlp,
    actor: Vec<f32>,
    critics: [Vec<f32>; 2],
    targets: [Vec<f32>; 2],
}

pub(crate) struct Sac {
    networks: Networks,
    shards: Vec<Shard>,
    actor_adam: Adam<f32>,
    critic_adams: [Adam<f32>; 2],
}

impl Sac {
    pub(crate) fn new() -> Self {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(1);
        let policy = Mlp::new(&[STATE, 256, 256, 2 * ACTION], Activation::Relu);
        let critic = Mlp::new(&[STATE + ACTION, 256, 256, 1], Activation::Relu);
        let (policy, critic) = (policy.expect("sizes"), critic.expect("sizes"));
        let critics = [0, 1].map(|_| critic.init(rng).to_vec());
        let networks = Networks {
            actor: policy.init(rng).to_vec(),
            targets: critics.clone(),
            critics,
            policy,
            critic,
        };
        Self {
            actor_adam: Adam::new(networks.policy.n_params(), 3e-4),
            critic_adams: [(); 2].map(|()| Adam::new(networks.critic.n_params(), 3e-4)),
            shards: (0..SHARDS).map(|_| Shard::new(&networks, rng)).collect(),
            networks,
        }
    }

    /// A step of both critics, a step of the policy, and the targets a little behind.
    pub(crate) fn update(&mut self) {
        let networks = &self.networks;
        self.shards.par_iter_mut().for_each(|shard| {
            shard.critics_back(networks);
        });

        let Networks {
            critics, targets, ..
        } = &mut self.networks;
        let (first, others) = self.shards.split_first_mut().expect("a shard");
        let steps = first.d_critics.par_iter_mut().enumerate();
        steps
            .zip(&mut self.critic_adams)
            .zip(critics.par_iter_mut().zip(targets))
            .for_each(|(((k, gradient), adam), (params, target))| {
                for shard in &*others {
                    add(gradient, &shard.d_critics[k]);
                }
                adam.step(params, gradient);
                polyak(target, params, 0.005);
            });

        let networks = &self.networks;
        self.shards.par_iter_mut().for_each(|shard| {
            shard.actor_back(networks);
        });
        let (first, others) = self.shards.split_first_mut().expect("a shard");
        for shard in others {
            add(&mut first.d_actor, &shard.d_actor);
        }
        self.actor_adam
            .step(&mut self.networks.actor, &first.d_actor);
    }

    /// The losses' slopes along their own gradients, which are the gradients' lengths, and the same by central
    /// differences: of the actor, then of the first critic.
    pub(crate) fn slopes(&mut self) -> [(f32, f32); 2] {
        let step = 1e-2;
        let actor = |sac: &mut Self| sac.loss(Shard::actor_back);
        actor(self);
        let mut gradient = self.gradient(|shard| &shard.d_actor);
        let length = unit(&mut gradient);
        let mut along = |step: f32| {
            move_along(&mut self.networks.actor, &gradient, step);
            let loss = actor(self);
            move_along(&mut self.networks.actor, &gradient, -step);
            loss
        };
        let by_actor = (length, (along(step) - along(-step)) / (2.0 * step));

        let critics = |sac: &mut Self| sac.loss(Shard::critics_back);
        critics(self);
        let mut gradient = self.gradient(|shard| &shard.d_critics[0]);
        let length = unit(&mut gradient);
        let mut along = |step: f32| {
            move_along(&mut self.networks.critics[0], &gradient, step);
            let loss = critics(self);
            move_along(&mut self.networks.critics[0], &gradient, -step);
            loss
        };
        let by_critic = (length, (along(step) - along(-step)) / (2.0 * step));
        [by_actor, by_critic]
    }

    fn loss(&mut self, back: fn(&mut Shard, &Networks) -> f32) -> f32 {
        let (shards, networks) = (&mut self.shards, &self.networks);
        shards.iter_mut().map(|shard| back(shard, networks)).sum()
    }

    fn gradient(&self, of: fn(&Shard) -> &Vec<f32>) -> Vec<f32> {
        let mut sum = of(&self.shards[0]).clone();
        for shard in &self.shards[1..] {
            add(&mut sum, of(shard));
        }
        sum
    }

    pub(crate) fn params(&self) -> Vec<f32> {
        let Networks {
            actor,
            critics,
            targets,
            ..
        } = &self.networks;
        let all = [actor].into_iter().chain(critics).chain(targets);
        all.flatten().copied().collect()
    }
}

/// To length 1; gives the length it had.
fn unit(x: &mut [f32]) -> f32 {
    let length = x.iter().map(|x| x * x).sum::<f32>().sqrt();
    x.iter_mut().for_each(|x| *x /= length);
    length
}

fn move_along(params: &mut [f32], direction: &[f32], step: f32) {
    for (p, d) in params.iter_mut().zip(direction) {
        *p += step * d;
    }
}

fn add(sum: &mut [f32], other: &[f32]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum += other;
    }
}

/// Some rows of the batch, and what is computed of them.
struct Shard {
    /// s and a.
    pairs: Array2<f32>,
    next_states: Array2<f32>,
    rewards: Vec<f32>,
    noises: [Vec<f32>; 2],
    /// A state and an action of the policy's.
    joined: Array2<f32>,
    sample: Sample,
    policy_cache: Cache<f32>,
    caches: [Cache<f32>; 2],
    targets: Vec<f32>,
    /// The rows in which a critic is the smaller.
    smaller: [Vec<usize>; 2],
    column: Vec<f32>,
    d_actions: Vec<f32>,
    d_outputs: Array2<f32>,
    d_critics: [Vec<f32>; 2],
    d_actor: Vec<f32>,
}

impl Shard {
    fn new(networks: &Networks, rng: &mut Xoshiro256PlusPlus) -> Self {
        let rows = ROWS / SHARDS;
        let mut table = |columns: usize| {
            let numbers = draws(rows * columns, rng);
            Array2::from_shape_vec((rows, columns), numbers).expect("whole rows")
        };
        Self {
            pairs: table(STATE + ACTION),
            next_states: table(STATE),
            rewards: table(1).into_raw_vec_and_offset().0,
            noises: [(); 2].map(|()| table(ACTION).into_raw_vec_and_offset().0),
            joined: table(STATE + ACTION),
            sample: Sample::default(),
            policy_cache: Cache::default(),
            caches: Default::default(),
            targets: vec![0.0; rows],
            smaller: Default::default(),
            column: Vec::new(),
            d_actions: Vec::new(),
            d_outputs: table(2 * ACTION),
            d_critics: [(); 2].map(|()| vec![0.0; networks.critic.n_params()]),
            d_actor: vec![0.0; networks.policy.n_params()],
        }
    }

    /// Both critics' gradients of the mean of (q − y)², y = r + γ (minₖ q̄ₖ(s′, a′) − α log π(a′ | s′)); gives their share
    /// of the two means.
    fn critics_back(&mut self, networks: &Networks) -> f32 {
        let Networks { policy, critic, .. } = networks;
        let next = self.next_states.view();
        let outputs = policy.forward(&networks.actor, next, &mut self.policy_cache);
        self.sample.draw(outputs, &self.noises[1]);
        self.sample.join(next, &mut self.joined);
        let x = self.joined.view();
        let [one, two] = &mut self.caches;
        let q1 = critic.forward(&networks.targets[0], x, one);
        let q2 = critic.forward(&networks.targets[1], x, two);
        for (i, y) in self.targets.iter_mut().enumerate() {
            let value = q1[[i, 0]].min(q2[[i, 0]]) - TEMPERATURE * self.sample.log_probs[i];
            *y = self.rewards[i] + DISCOUNT * value;
        }
        let mut loss = 0.0;
        let all = self.caches.iter_mut().zip(&mut self.d_critics);
        for ((cache, gradient), params) in all.zip(&networks.critics) {
            let q = critic.forward(params, self.pairs.view(), cache);
            let errors = q.iter().zip(&self.targets);
            self.column.clear();
            self.column
                .extend(errors.map(|(q, y)| 2.0 / ROWS as f32 * (q - y)));
            gradient.fill(0.0);
            critic.vjp(params, cache, column(&self.column), gradient, None);
            loss += 0.25 * ROWS as f32 * self.column.iter().map(|d| d * d).sum::<f32>();
        }
        loss
    }

    /// The policy's gradient of the mean of α log π(a | s) − minₖ qₖ(s, a), through the smaller critic of each row; gives
    /// its share of that mean.
    fn actor_back(&mut self, networks: &Networks) -> f32 {
        let Networks { policy, critic, .. } = networks;
        let states = self.pairs.slice(s![.., ..STATE]);
        let outputs = policy.forward(&networks.actor, states, &mut self.policy_cache);
        self.sample.draw(outputs, &self.noises[0]);
        self.sample.join(states, &mut self.joined);
        let x = self.joined.view();
        let [one, two] = &mut self.caches;
        let q1 = critic.forward(&networks.critics[0], x, one);
        let q2 = critic.forward(&networks.critics[1], x, two);
        self.smaller.iter_mut().for_each(Vec::clear);
        let mut loss = 0.0;
        for (i, (q1, q2)) in q1.iter().zip(q2).enumerate() {
            self.smaller[usize::from(q2 < q1)].push(i);
            loss += TEMPERATURE * self.sample.log_probs[i] - q1.min(*q2);
        }
        let share = 1.0 / ROWS as f32;
        for ((cache, rows), params) in self
            .caches
            .iter_mut()
            .zip(&self.smaller)
            .zip(&networks.critics)
        {
            cache.keep_rows(rows);
            self.column.clear();
            self.column.resize(rows.len(), -share);
            self.d_actions.resize(rows.len() * ACTION, 0.0);
            let shape = (rows.len(), ACTION);
            let d = ArrayViewMut2::from_shape(shape, &mut self.d_actions).expect("whole rows");
            let columns = STATE..STATE + ACTION;
            critic.input_vjp(params, cache, column(&self.column), columns, d);
            let d_rows = self.d_actions.chunks_exact(ACTION);
            for (&i, d) in rows.iter().zip(d_rows) {
                self.sample.back(
                    i,
                    d,
                    TEMPERATURE * share,
                    &self.noises[0],
                    &mut self.d_outputs,
                );
            }
        }
        self.d_actor.fill(0.0);
        let (cache, d) = (&mut self.policy_cache, self.d_outputs.view());
        policy.vjp(&networks.actor, cache, d, &mut self.d_actor, None);
        share * loss
    }
}

fn column(numbers: &[f32]) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((numbers.len(), 1), numbers).expect("a column")
}

/// Actions a = tanh u, u = μ + σ ξ, of given noise ξ.
#[derive(Default)]
struct Sample {
    actions: Vec<f32>,
    /// σ, and whether ln σ is within its bounds.
    stds: Vec<f32>,
    free: Vec<bool>,
    log_probs: Vec<f32>,
    /// 1 − a² + 10⁻⁶, then its logarithm.
    slopes: Vec<f32>,
}

impl Sample {
    fn draw(&mut self, outputs: ArrayView2<'_, f32>, noise: &[f32]) {
        self.stds.clear();
        self.free.clear();
        self.log_probs.clear();
        for (row, noise) in outputs.outer_iter().zip(noise.chunks_exact(ACTION)) {
            let mut log_prob = 0.0;
            for (i, xi) in noise.iter().enumerate() {
                let free = row[ACTION + i];
                let log_std = free.clamp(LOG_STD.0, LOG_STD.1);
                self.free.push(free == log_std);
                self.stds.push(log_std);
                log_prob -= 0.5 * xi * xi + log_std + 0.918_938_5;
            }
            self.log_probs.push(log_prob);
        }
        f32::exp_all(&mut self.stds);
        self.actions.clear();
        for (row, i) in outputs.outer_iter().zip((0..).step_by(ACTION)) {
            let terms = (0..ACTION).map(|j| row[j] + self.stds[i + j] * noise[i + j]);
            self.actions.extend(terms);
        }
        f32::tanh_all(&mut self.actions);
        self.slopes.clear();
        self.slopes
            .extend(self.actions.iter().map(|a| 1.0 - a * a + 1e-6));
        f32::ln_all(&mut self.slopes);
        let slopes = self.slopes.chunks_exact(ACTION);
        for (log_prob, slopes) in self.log_probs.iter_mut().zip(slopes) {
            *log_prob -= slopes.iter().sum::<f32>();
        }
    }

    /// The states, and the actions behind them.
    fn join(&self, states: ArrayView2<'_, f32>, joined: &mut Array2<f32>) {
        joined.slice_mut(s![.., ..STATE]).assign(&states);
        let actions = self.actions.chunks_exact(ACTION);
        for (mut row, actions) in joined.outer_iter_mut().zip(actions) {
            for (to, from) in row.iter_mut().skip(STATE).zip(actions) {
                *to = *from;
            }
        }
    }

    /// From the gradient by the action of row `i`, and the weight of its log-probability, to that by the outputs.
    fn back(
        &self,
        i: usize,
        d_action: &[f32],
        weight: f32,
        noise: &[f32],
        d_outputs: &mut Array2<f32>,
    ) {
        let mut row = d_outputs.row_mut(i);
        for (j, d_action) in d_action.iter().enumerate() {
            let at = i * ACTION + j;
            let a = self.actions[at];
            let slope = 1.0 - a * a;
            let d_u = slope * (d_action + weight * 2.0 * a / (slope + 1e-6));
            row[j] = d_u;
            let free = f32::from(u8::from(self.free[at]));
            row[ACTION + j] = free * (d_u * self.stds[at] * noise[at] - weight);
        }
    }
}
