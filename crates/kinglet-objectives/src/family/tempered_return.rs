//! What a law over the parameters of a policy is fitted to, and the ways there.

use super::member::{Critic, EStep, Member, Prior, Temperature};
use super::no_sweep;
use crate::evaluation::solve_policy;
use crate::mpo_e_step::divergences;
use crate::problem::{check_finite, check_positive};
use crate::{
    DiagonalTransport, Error, Noise, Transport, discounted_occupancy, discounted_policy_gradient,
    median_width, policy_gradient_theorem, soft_policy, svgd_direction, variational_fisher,
};
use kinglet_distributions::Bijection;
use kinglet_envs::TabularMdp;
use kinglet_trust_region::{
    ConjugateGradient, Evaluation, LineSearch, line_search, natural_gradient, trust_region_step,
};
use ndarray::{Array1, Array2, Axis};

/// What is added to the Fisher matrix of φ, which knows nothing of a constant added to all logits
/// of a state.
const DAMPING: f64 = 1e-3;

/// Steps of a penalised ascent, and the size of one: it has no closed form over φ.
const PASSES: usize = 10;
const STEP: f64 = 0.1;

/// p₀ exp(R / τ).
pub(super) struct TemperedReturn<'a> {
    mdp: &'a TabularMdp,
    temperature: f64,
    prior_std: f64,
}

/// What the surrogate of one θ holds fixed.
struct Frozen {
    policy: Array2<f64>,
    occupancy: Array1<f64>,
    advantage: Array2<f64>,
}

impl<'a> TemperedReturn<'a> {
    pub(super) fn new(mdp: &'a TabularMdp, member: &Member) -> Result<Self, Error> {
        let (Temperature::Fixed(temperature), Prior::Parameters { std: prior_std }) =
            (member.temperature, member.prior)
        else {
            return no_sweep(
                member,
                "a law needs a fixed temperature and a prior over parameters",
            );
        };
        let exact = matches!(
            member.critic,
            Critic::Returns | Critic::StateValues | Critic::ActionValues
        );
        if !exact || member.e_step != EStep::Gradient {
            return no_sweep(member, "a law moves along the slope of the return");
        }
        check_positive("temperature", temperature)?;
        if prior_std.is_nan() || prior_std <= 0.0 {
            let name = "the prior's deviation";
            return Err(Error::NotPositive {
                name,
                value: prior_std,
            });
        }
        Ok(Self {
            mdp,
            temperature,
            prior_std,
        })
    }

    fn shape(&self) -> (usize, usize) {
        (self.mdp.n_states(), self.mdp.n_actions())
    }

    fn logits(&self, theta: &[f64]) -> Result<Array2<f64>, Error> {
        let (states, actions) = self.shape();
        assert_eq!(
            theta.len(),
            states * actions,
            "numbers of parameters (left), of logits S A (right)"
        );
        check_finite("a logit", theta.iter())?;
        Ok(Array2::from_shape_vec(self.shape(), theta.to_vec()).expect("S A logits"))
    }

    /// ∂ ln p₀/∂θ + (1/τ) ∂R/∂θ.
    fn score(&self, theta: &[f64]) -> Result<Vec<f64>, Error> {
        let slope = discounted_policy_gradient(self.mdp, self.logits(theta)?.view(), 0.0)?;
        Ok(self.with_prior(theta, &slope))
    }

    fn with_prior(&self, theta: &[f64], slope: &Array2<f64>) -> Vec<f64> {
        let pairs = slope.iter().zip(theta);
        let precision = self.prior_std.powi(-2);
        pairs
            .map(|(r, t)| r / self.temperature - precision * t)
            .collect()
    }

    /// Σ weights · (∂θ/∂φ)ᵀ force(i, θᵢ) + ∂ ln |det|/∂φ.
    fn pulled(
        &self,
        params: &[f64],
        noise: &Noise,
        force: impl Fn(usize, &[f64]) -> Result<Vec<f64>, Error>,
    ) -> Result<Array1<f64>, Error> {
        let family = DiagonalTransport { dim: noise.dim() };
        let map = family.map(params)?;
        let mut sum = Array1::zeros(params.len());
        let points = noise.points.outer_iter().zip(&noise.weights).enumerate();
        for (i, (xi, &weight)) in points {
            let xi = xi.to_vec();
            let force = force(i, &map.forward(&xi))?;
            let pulled = family.pull_back(params, &xi, &force, 1.0)?;
            sum.scaled_add(weight, &Array1::from(pulled.params));
        }
        Ok(sum)
    }

    pub(super) fn slope(&self, params: &[f64], noise: &Noise) -> Result<Array1<f64>, Error> {
        self.pulled(params, noise, |_, theta| self.score(theta))
    }

    fn freeze(&self, theta: &[f64]) -> Result<Frozen, Error> {
        let policy = soft_policy(self.logits(theta)?.view(), 1.0)?;
        let occupancy = discounted_occupancy(self.mdp, policy.view())?;
        let values = solve_policy(self.mdp, policy.view(), 0.0);
        let advantage = values.q - values.v.insert_axis(Axis(1));
        Ok(Frozen {
            policy,
            occupancy,
            advantage,
        })
    }

    fn frozen(&self, params: &[f64], noise: &Noise) -> Result<Vec<Frozen>, Error> {
        let map = DiagonalTransport { dim: noise.dim() }.map(params)?;
        let points = noise.points.outer_iter();
        points
            .map(|xi| self.freeze(&map.forward(&xi.to_vec())))
            .collect()
    }

    /// XU-20, XU-21: φ moved along H⁻¹g to the edge of the region, or less far.
    pub(super) fn search(
        &self,
        params: &[f64],
        noise: &Noise,
        kl_bound: f64,
    ) -> Result<Vec<f64>, Error> {
        let frozen = self.frozen(params, noise)?;
        let gradient = self.slope(params, noise)?;
        let family = DiagonalTransport { dim: noise.dim() };
        let fisher = variational_fisher(&family, params, noise, |theta, v| {
            let old = self.freeze(theta);
            old.expect("θ was met before, in `frozen`").fisher(v)
        })?;
        let settings = ConjugateGradient {
            damping: DAMPING,
            tolerance: 1e-12,
            max_iterations: 20 * params.len(),
        };
        let natural = natural_gradient(&fisher, gradient.view(), settings)?;
        let step = trust_region_step(kl_bound, natural.squared_length)? * natural.direction;
        let settings = LineSearch {
            kl_bound,
            shrink: 0.8,
            max_tries: 30,
        };
        let old = Array1::from(params.to_vec());
        let worth = |params: ndarray::ArrayView1<'_, f64>| {
            let params: Vec<f64> = params.to_vec();
            self.worth(&params, noise, &frozen).unwrap_or(Evaluation {
                objective: f64::NAN, // no bijection: too long a step
                kl: f64::NAN,
            })
        };
        let before = worth(old.view()).objective;
        let found = line_search(old.view(), step.view(), before, settings, worth)?;
        Ok(found.into_theta().to_vec())
    }

    /// E_ξ[L] / τ + ln |det| + ln p₀, and E_ξ E_d KL(π_old ‖ π).
    fn worth(&self, params: &[f64], noise: &Noise, frozen: &[Frozen]) -> Result<Evaluation, Error> {
        let map = DiagonalTransport { dim: noise.dim() }.map(params)?;
        let mut sum = Evaluation {
            objective: 0.0,
            kl: 0.0,
        };
        for ((xi, &weight), old) in noise.points.outer_iter().zip(&noise.weights).zip(frozen) {
            let xi = xi.to_vec();
            let theta = map.forward(&xi);
            let policy = soft_policy(self.logits(&theta)?.view(), 1.0)?;
            let surrogate = old
                .occupancy
                .dot(&(&policy * &old.advantage).sum_axis(Axis(1)));
            let squares: f64 = theta.iter().map(|t| t * t).sum();
            let prior = -0.5 * squares / self.prior_std.powi(2);
            sum.objective += weight * (surrogate / self.temperature + map.log_abs_det(&xi) + prior);
            sum.kl += weight * old.kl(&policy);
        }
        Ok(sum)
    }

    /// XU-25: steps up E_ξ[L − λ KL(π_old ‖ π)] / τ + ln |det| + ln p₀, all from one old φ.
    pub(super) fn penalised(
        &self,
        params: &[f64],
        noise: &Noise,
        coefficient: f64,
    ) -> Result<Vec<f64>, Error> {
        check_positive("coefficient", coefficient)?;
        let frozen = self.frozen(params, noise)?;
        let mut params = params.to_vec();
        for _ in 0..PASSES {
            let slope = self.pulled(&params, noise, |i, theta| {
                let policy = soft_policy(self.logits(theta)?.view(), 1.0)?;
                let slope = frozen[i].penalised_slope(&policy, coefficient);
                Ok(self.with_prior(theta, &slope))
            })?;
            params = stepped(&params, &slope, STEP)?;
        }
        Ok(params)
    }

    /// XU-04: each particle along the Stein direction, by a kernel of the median's width.
    pub(super) fn repel(&self, particles: &Array2<f64>, size: f64) -> Result<Array2<f64>, Error> {
        check_positive("step size", size)?;
        let mut scores = Array2::zeros(particles.dim());
        for (theta, mut score) in particles.outer_iter().zip(scores.outer_iter_mut()) {
            score.assign(&Array1::from(self.score(&theta.to_vec())?));
        }
        let width = median_width(particles.view());
        Ok(particles + &(size * svgd_direction(particles.view(), scores.view(), width)))
    }
}

impl Frozen {
    /// F(θ) v of E_d KL(π_old ‖ π_θ).
    fn fisher(&self, v: &[f64]) -> Vec<f64> {
        let v = Array2::from_shape_vec(self.policy.dim(), v.to_vec()).expect("S A numbers");
        let states = &self.occupancy / self.occupancy.sum();
        policy_gradient_theorem(self.policy.view(), states.view(), v.view())
            .into_iter()
            .collect()
    }

    fn kl(&self, policy: &Array2<f64>) -> f64 {
        let kl = divergences(self.policy.view(), policy.view());
        self.occupancy.dot(&kl) / self.occupancy.sum()
    }

    /// The gradient by logits of L − λ KL(π_old ‖ π), both under the discounted law of the states.
    fn penalised_slope(&self, policy: &Array2<f64>, coefficient: f64) -> Array2<f64> {
        let (occupancy, advantage) = (self.occupancy.view(), self.advantage.view());
        let surrogate = policy_gradient_theorem(policy.view(), occupancy, advantage);
        let apart = (policy - &self.policy) * self.occupancy.view().insert_axis(Axis(1));
        surrogate - coefficient * apart
    }
}

pub(super) fn stepped(params: &[f64], slope: &Array1<f64>, size: f64) -> Result<Vec<f64>, Error> {
    check_positive("step size", size)?;
    let pairs = params.iter().zip(slope);
    Ok(pairs.map(|(p, slope)| p + size * slope).collect())
}
