//! A policy of 17-64-64-6 with a learned scale: PPO's minibatch, one action, a Fisher product.

use std::hint::black_box;

use kinglet_algorithms::{Head, LogStd, Memory, Policy};
use kinglet_nn::{Activation, Adam, Cache, Mlp};
use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

const INPUTS: usize = 17;
const ACTIONS: usize = 6;

fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(1)
}

pub(crate) fn draws(n: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<f32> {
    StandardNormal.sample_iter(rng).take(n).collect()
}

fn policy() -> Policy {
    let network = Mlp::new(&[INPUTS, 64, 64, ACTIONS], Activation::Tanh).expect("sizes above 0");
    Policy::new(network, Head::Normal(LogStd::Learned(0.0))).expect("a finite scale")
}

/// A minibatch of 64: the clipped surrogate, the critic's error, an entropy bonus; back; Adam on the clipped gradient.
pub(crate) struct Ppo {
    policy: Policy,
    critic: Mlp,
    /// The policy's, then the critic's.
    params: Vec<f32>,
    adam: Adam<f32>,
    memory: Memory<f32>,
    cache: Cache<f32>,
    gradient: Vec<f32>,
    observations: Array2<f32>,
    actions: Vec<f32>,
    advantages: Vec<f32>,
    old: Vec<f32>,
    returns: Vec<f32>,
    log_probs: Vec<f32>,
    weights: Vec<f32>,
    d_values: Vec<f32>,
}

impl Ppo {
    const ROWS: usize = 64;

    pub(crate) fn new() -> Self {
        let (rng, policy) = (&mut generator(), policy());
        let critic = Mlp::new(&[INPUTS, 64, 64, 1], Activation::Tanh).expect("sizes above 0");
        let mut params: Vec<f32> = policy.init_orthogonal(1.0, 0.01, rng).to_vec();
        params.extend(critic.init_orthogonal::<f32, _>(1.0, 1.0, rng));
        let observations = draws(Self::ROWS * INPUTS, rng);
        let observations = Array2::from_shape_vec((Self::ROWS, INPUTS), observations);
        let old = draws(Self::ROWS, rng).into_iter().map(|x| -8.0 + 0.1 * x);
        Self {
            adam: Adam::new(params.len(), 3e-4),
            memory: Memory::default(),
            cache: Cache::default(),
            gradient: vec![0.0; params.len()],
            observations: observations.expect("as long as its shape"),
            old: old.collect(),
            actions: draws(Self::ROWS * ACTIONS, rng),
            advantages: draws(Self::ROWS, rng),
            returns: draws(Self::ROWS, rng),
            log_probs: vec![0.0; Self::ROWS],
            weights: vec![0.0; Self::ROWS],
            d_values: vec![0.0; Self::ROWS],
            policy,
            critic,
            params,
        }
    }

    pub(crate) fn update(&mut self) {
        let (own, critics) = self.params.split_at(self.policy.n_params());
        let (d_own, d_critics) = self.gradient.split_at_mut(own.len());
        d_own.fill(0.0);
        d_critics.fill(0.0);
        let share = 1.0 / Self::ROWS as f32;

        let (x, memory) = (self.observations.view(), &mut self.memory);
        self.policy.forward(own, x, memory);
        self.policy
            .log_probs(&self.actions, memory, &mut self.log_probs);
        let ratios = &mut self.log_probs;
        for (ratio, old) in ratios.iter_mut().zip(&self.old) {
            *ratio -= old;
        }
        kinglet_nn::Scalar::exp_all(ratios);
        let pairs = ratios.iter().zip(&self.advantages);
        for (weight, (ratio, advantage)) in self.weights.iter_mut().zip(pairs) {
            let (free, clipped) = (ratio * advantage, ratio.clamp(0.8, 1.2) * advantage);
            *weight = if clipped < free { 0.0 } else { -share * free };
        }
        self.policy
            .weigh_log_probs(&self.actions, &self.weights, memory);
        self.weights.fill(-0.01 * share);
        self.policy.weigh_entropies(&self.weights, memory);
        self.policy.vjp(own, memory, d_own);

        let values = self.critic.forward(critics, x, &mut self.cache);
        for ((d, value), target) in self.d_values.iter_mut().zip(values).zip(&self.returns) {
            *d = share * (value - target);
        }
        let d = ArrayView2::from_shape((Self::ROWS, 1), &self.d_values).expect("a column");
        self.critic
            .vjp(critics, &mut self.cache, d, d_critics, None);
        self.adam
            .clipped_step(&mut self.params, &self.gradient, 0.5);
    }
}

/// An action and its log-probability for one observation.
pub(crate) struct Acting {
    policy: Policy,
    params: Vec<f32>,
    memory: Memory<f32>,
    observation: Vec<f32>,
    action: [f32; ACTIONS],
    rng: Xoshiro256PlusPlus,
}

impl Acting {
    pub(crate) fn new() -> Self {
        let (policy, mut rng) = (policy(), generator());
        Self {
            params: policy.init_orthogonal(1.0, 0.01, &mut rng).to_vec(),
            observation: draws(INPUTS, &mut rng),
            memory: Memory::default(),
            action: [0.0; ACTIONS],
            policy,
            rng,
        }
    }

    pub(crate) fn act(&mut self) -> f32 {
        self.policy.act(
            &self.params,
            black_box(&self.observation),
            &mut self.memory,
            &mut self.action,
            &mut self.rng,
        )
    }
}

/// The Fisher matrix of 1024 observations times a vector, the forward pass behind it, as in conjugate gradients.
pub(crate) struct Fisher {
    policy: Policy,
    params: Vec<f32>,
    memory: Memory<f32>,
    vector: Vec<f32>,
    product: Vec<f32>,
}

impl Fisher {
    pub(crate) fn new() -> Self {
        let (policy, rng, rows) = (policy(), &mut generator(), 1024);
        let params: Vec<f32> = policy.init_orthogonal(1.0, 0.01, rng).to_vec();
        let x = Array2::from_shape_vec((rows, INPUTS), draws(rows * INPUTS, rng));
        let mut memory = Memory::default();
        policy.forward(&params, x.expect("whole rows").view(), &mut memory);
        Self {
            vector: draws(params.len(), rng),
            product: vec![0.0; params.len()],
            policy,
            params,
            memory,
        }
    }

    pub(crate) fn product(&mut self) {
        let (vector, memory) = (&self.vector, &mut self.memory);
        self.policy
            .fisher_product(&self.params, vector, memory, &mut self.product);
    }
}
