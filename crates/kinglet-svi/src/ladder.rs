//! The ladder of direction tasks, from one fixed direction to many actions by a network.

use kinglet_distributions::{ImproperUniform, Normal};
use kinglet_nn::Mlp;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::direction::{DIRECTION, SPREAD};
use crate::{Block, Constraint, Error, How, Params, Program, Scalar, Seed, Trace};

/// A rung: at each of T steps a state comes by chance, and the action should be the state's direction.
/// Catalogue: DECK-27.
///
/// ```text
/// s ~ U(−1, 1)²,   a ~ N(mean(s), ½²),   r = −‖a − d(s)‖²
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// What the direction is and how it is found.
    pub map: Map,
    /// T.
    pub actions: usize,
    /// A network from the state to a prediction of the reward to come, as a baseline.
    pub baseline: Option<Mlp>,
}

/// From the state to the direction.
#[derive(Clone, Debug, PartialEq)]
pub enum Map {
    /// d = (1, −1) whatever the state; mean = W.
    Fixed,
    /// d = (x + y/2, y − x/2); mean = W s + b, six numbers.
    Linear,
    /// d = (sin 2x, cos 2y); mean by a network.
    Network(Mlp),
}

impl Map {
    /// d(s).
    pub fn direction(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        match self {
            Self::Fixed => DIRECTION,
            Self::Linear => [x + 0.5 * y, y - 0.5 * x],
            Self::Network(_) => [(2.0 * x).sin(), (2.0 * y).cos()],
        }
    }

    /// The mean of the guide at a state.
    fn mean<S: Scalar>(&self, trace: &mut Trace<S>, s: [f64; 2]) -> Result<[S; 2], Error> {
        let [x, y] = s.map(S::constant);
        Ok(match self {
            Self::Fixed => trace.param("W", Constraint::Real, [0.0; 2])?,
            Self::Linear => {
                let w = trace.param("W", Constraint::Real, [0.0; 6])?;
                [w[0] * x + w[1] * y + w[2], w[3] * x + w[4] * y + w[5]]
            }
            Self::Network(net) => {
                let block: Block = trace.network("policy", net)?;
                let mut mean = [S::zero(); 2];
                trace.call(net, &block, &[x, y], &mut mean);
                mean
            }
        })
    }
}

/// The state of a seed.
fn state<S: Scalar>(trace: &mut Trace<S>, t: usize) -> Result<[f64; 2], Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(trace.sample(("s", t), Seed)?);
    Ok(std::array::from_fn(|_| rng.random_range(-1.0..1.0)))
}

/// The model of a rung.
#[derive(Clone, Copy, Debug)]
pub struct RungModel<'a>(
    /// The rung.
    pub &'a Rung,
);

/// The guide of a rung.
#[derive(Clone, Copy, Debug)]
pub struct RungGuide<'a>(
    /// The rung.
    pub &'a Rung,
);

impl Program for RungModel<'_> {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        for t in 0..self.0.actions {
            let s = state(trace, t)?;
            let a = trace.sample(("a", t), [ImproperUniform; 2])?;
            let d = self.0.map.direction(s).map(S::constant);
            let (x, y) = (a[0] - d[0], a[1] - d[1]);
            trace.factor(("O", t), -(x * x + y * y))?;
        }
        Ok(())
    }
}

impl Program for RungGuide<'_> {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        for t in 0..self.0.actions {
            let s = state(trace, t)?;
            let mean = self.0.map.mean(trace, s)?;
            let how = How {
                prediction: self.0.predict(trace, s)?,
                ..How::default()
            };
            let std = S::constant(SPREAD);
            let laws = [Normal::new(mean[0], std)?, Normal::new(mean[1], std)?];
            trace.sample_by(("a", t), laws, how)?;
        }
        Ok(())
    }
}

impl Rung {
    fn predict<S: Scalar>(&self, trace: &mut Trace<S>, s: [f64; 2]) -> Result<Option<S>, Error> {
        let Some(net) = &self.baseline else {
            return Ok(None);
        };
        let block = trace.network("baseline", net)?;
        let mut prediction = [S::zero()];
        trace.call(net, &block, &s.map(S::constant), &mut prediction);
        Ok(Some(prediction[0]))
    }

    /// The root mean square of ‖mean(s) − d(s)‖ over a grid of 49 states; for one direction, the distance from it.
    ///
    /// # Errors
    /// Where the parameters are not those of this rung's guide.
    pub fn error(&self, params: &Params) -> Result<f64, Error> {
        let mut trace = Trace::<f64>::reading(params);
        let grid = (0..7).flat_map(|i| (0..7).map(move |j| [i, j]));
        let mut sum = 0.0;
        for cell in grid {
            let s = cell.map(|i| f64::from(i) / 3.0 - 1.0);
            let (mean, d) = (self.map.mean(&mut trace, s)?, self.map.direction(s));
            sum += (mean[0] - d[0]).powi(2) + (mean[1] - d[1]).powi(2);
        }
        Ok((sum / 49.0).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Credit, Elbo, Name, Svi, solution};
    use kinglet_nn::Activation;

    /// −Σ‖mean − d‖² − 2σ² T + T (entropy) at the start, in the mean.
    #[test]
    fn deck_27_each_rung_has_the_gradient_of_its_squares() {
        let rung = Rung {
            map: Map::Fixed,
            actions: 3,
            baseline: None,
        };
        let mut svi = Svi::new(Elbo::default(), 0.0);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let n = 4000;
        let mut sum = [0.0; 2];
        for _ in 0..n {
            svi.estimate(&RungModel(&rung), &RungGuide(&rung), &mut rng)
                .unwrap();
            (0..2).for_each(|i| sum[i] += svi.gradient[i] / f64::from(n));
        }
        // −2 T (W − d), with the standard deviation 2σ √T of one run.
        for (found, exact) in sum.into_iter().zip([6.0, -6.0]) {
            assert!(
                (found - exact).abs() < 4.0 * (3.0 / f64::from(n)).sqrt(),
                "{found}"
            );
        }
    }

    #[test]
    fn deck_27_the_error_is_zero_at_the_direction() {
        let rung = Rung {
            map: Map::Linear,
            actions: 1,
            baseline: None,
        };
        let mut params = Params::default();
        let exact = [1.0, 0.5, 0.0, -0.5, 1.0, 0.0];
        params
            .insert(Name::from("W"), Constraint::Real, &exact)
            .unwrap();
        assert!(rung.error(&params).unwrap() < 1e-15);
        params.unconstrained[2] += 0.3;
        assert!((rung.error(&params).unwrap() - 0.3).abs() < 1e-14);
    }

    #[test]
    fn deck_27_a_state_dependent_direction_is_found_in_a_few_thousand_samples() {
        let rung = Rung {
            map: Map::Linear,
            actions: 1,
            baseline: Some(Mlp::new(&[2, 1], Activation::Tanh).unwrap()),
        };
        let elbo = Elbo {
            credit: Credit::Dependencies,
            ..Elbo::default()
        };
        let mut svi = Svi::new(elbo, 0.01);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        let mut errors = Vec::new();
        for _ in 0..3000 {
            svi.step(&RungModel(&rung), &RungGuide(&rung), &mut rng)
                .unwrap();
            errors.push(rung.error(svi.params()).unwrap());
        }
        let entered = solution(errors, 0.1, 0.25).entered;
        assert!(
            entered.is_some_and(|n| (50..3000).contains(&n)),
            "{entered:?}"
        );
    }
}
