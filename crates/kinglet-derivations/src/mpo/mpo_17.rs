//! MPO-17: Retrace.

use std::error::Error;

use kinglet_critics::{Next, Tabular, retrace, retrace_contraction, retrace_operator};
use kinglet_distributions::{Categorical, Distribution};
use kinglet_envs::TabularMdp;
use kinglet_envs::fixtures::disc;
use kinglet_objectives::{Estimate, evaluate_soft_policy};
use kinglet_plots::{Axes, Axis, Series, lines};
use ndarray::{Array1, Array2, Array3, Axis as Along, array};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::disc::{other, policy, tables};
use crate::outcome::Computed;
use crate::{Check, Entry, Illustration, Kind, Outcome, Printed, Source};

const EPISODES: usize = 4000;
const STEPS: usize = 60;
const SWEEPS: usize = 60;

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "MPO-17",
    title: "Retrace needs the γ inside its bracket: without it the values are no fixed point",
    kind: Kind::Formula,
    source: Source::Mpo,
    run: mpo_17,
};

/// Retrace. Catalogue: MPO-17.
///
/// ```text
/// Q_ret = Q + Σ_{j≥t} γ^{j−t} (Π cₖ) [ rⱼ + γ E_π Q(sⱼ₊₁, ·) − Q(sⱼ, aⱼ) ],   cₖ = min(1, π/b)
/// ```
///
/// On DISC, for a policy π and another behaviour b: the fixed point and the contraction of the
/// operator, its sampled twin, and the printed form without γ before E_π.
pub fn mpo_17() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let mdp = disc();
    let (transition, reward) = tables(&mdp);
    let fixture = Fixture {
        mdp,
        transition,
        reward,
    };
    Ok(Outcome {
        checks: [
            fixture.fixed_point()?,
            fixture.contraction()?,
            vec![fixture.sampled()?],
        ]
        .concat(),
        printed: fixture.printed_errata()?,
        notes: vec![
            "Here λ = 1. In general cₖ = λ min(1, π/b). The expectation under π is present.",
            "Without γ one sweep too many diverges slowly: constants pass unchanged, so |Q| grows \
             in proportion to the sweeps, and a short run may look healthy.",
        ],
        figures: vec![fixture.figure()?],
    })
}

struct Fixture {
    mdp: TabularMdp,
    transition: Array3<f64>,
    reward: Array2<f64>,
}

/// Action values to start from.
fn start() -> Array2<f64> {
    array![
        [2.0, -1.0, 0.5],
        [-0.5, 1.5, 0.0],
        [1.0, -2.0, 0.7],
        [0.3, 0.9, -1.2]
    ]
}

fn largest(x: &Array2<f64>) -> f64 {
    x.fold(0.0, |m, x| m.max(x.abs()))
}

impl Fixture {
    fn apply(&self, q: &Array2<f64>) -> Result<Array2<f64>, kinglet_critics::Error> {
        let model = self.model(&self.reward)?;
        retrace_operator(&model, policy().view(), other().view(), q.view(), 1.0)
    }

    fn model<'a>(&'a self, reward: &'a Array2<f64>) -> Result<Tabular<'a>, kinglet_critics::Error> {
        Tabular::new(self.transition.view(), reward.view(), self.mdp.discount())
    }

    /// E[E_π Q(s', ·)].
    fn ahead(&self, q: &Array2<f64>) -> Array2<f64> {
        let v = (&policy() * q).sum_axis(Along(1));
        let expected =
            |(s, a)| -> f64 { self.mdp.successors(s, a).map(|(next, p)| p * v[next]).sum() };
        Array2::from_shape_fn(q.dim(), expected)
    }

    /// The operator whose bracket is r + `inner` E_π Q − Q. The sum over traces is Retrace's own:
    /// applied to no values at all, it adds up whatever stands for the reward.
    fn with_inner(
        &self,
        reward: &Array2<f64>,
        q: &Array2<f64>,
        inner: f64,
    ) -> Result<Array2<f64>, kinglet_critics::Error> {
        let bracket = reward + &(self.ahead(q) * inner) - q;
        let nothing = Array2::zeros(q.dim());
        let model = self.model(&bracket)?;
        let sum = retrace_operator(&model, policy().view(), other().view(), nothing.view(), 1.0)?;
        Ok(q + &sum)
    }

    fn values(&self) -> Result<Array2<f64>, kinglet_objectives::Error> {
        Ok(evaluate_soft_policy(&self.mdp, policy().view(), 0.0)?.q)
    }

    fn fixed_point(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let exact = self.values()?;
        let mut swept = start();
        for _ in 0..200 {
            swept = self.apply(&swept)?;
        }
        let built = self.with_inner(&self.reward, &start(), self.mdp.discount())?;
        Ok(vec![
            Check::exact(
                "|R Q_π − Q_π|, the largest of 12 pairs",
                [
                    ("operator", largest(&(self.apply(&exact)? - &exact))),
                    ("zero", 0.0),
                ],
            ),
            Check::exact(
                "Q_π(1, 2) on DISC",
                [
                    ("linear solve", exact[[1, 2]]),
                    ("200 sweeps of Retrace", swept[[1, 2]]),
                ],
            ),
            Check::exact(
                "the operator and its sum over traces agree, pair (0, 1)",
                [
                    ("operator", self.apply(&start())?[[0, 1]]),
                    ("sum", built[[0, 1]]),
                ],
            ),
        ])
    }

    fn contraction(&self) -> Result<Vec<Check>, Box<dyn Error>> {
        let model = self.model(&self.reward)?;
        let matrix = retrace_contraction(&model, policy().view(), other().view(), 1.0)?;
        let off = start() - self.values()?;
        let after = self.apply(&start())? - self.values()?;
        let flat: Array1<f64> = off.iter().copied().collect();
        let most = matrix
            .sum_axis(Along(1))
            .fold(0.0, |m: f64, row| m.max(*row));
        Ok(vec![
            Check::exact(
                "an error after one sweep, pair (2, 0)",
                [
                    ("R Q − Q_π", after[[2, 0]]),
                    ("M (Q − Q_π)", matrix.dot(&flat)[6]),
                ],
            ),
            Check::at_most(
                "an error shrinks by γ at least: the largest row sum of M",
                ("row sum", most),
                ("γ", self.mdp.discount()),
            ),
            Check::at_most(
                "its spectral radius is below that",
                ("power iteration", radius(&matrix)),
                ("row sum", most),
            ),
        ])
    }

    /// The mean target of one pair, over trajectories of the behaviour.
    fn sampled(&self) -> Result<Check, Box<dyn Error>> {
        let q = start();
        let rows = other();
        let rows = rows
            .rows()
            .into_iter()
            .map(|row| Categorical::from_probabilities(&row.to_vec()));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(17);
        let targets = (0..EPISODES).map(|_| self.target(&q, &rows, &mut rng));
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        Ok(Check::monte_carlo(
            "the mean target of the pair (0, 1)",
            ("operator", self.apply(&q)?[[0, 1]]),
            (
                "4000 trajectories of 60 steps",
                Estimate::from_samples(targets)?,
            ),
        ))
    }

    fn target(
        &self,
        q: &Array2<f64>,
        rows: &[Categorical],
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<f64, kinglet_critics::Error> {
        let v = (&policy() * q).sum_axis(Along(1));
        let (pi, b) = (policy(), other());
        let (mut state, mut action) = (0, 1);
        let mut steps = Array2::zeros((4, STEPS));
        for mut step in steps.columns_mut() {
            let at = [state, action];
            step.assign(&array![pi[at] / b[at], self.reward[at], q[at], v[state]]);
            state = self.mdp.transitions().sample(state, action, rng);
            action = rows[state].sample(rng);
        }
        let next = Next::episode(STEPS, Next::Truncated(v[state]));
        let [ratio, r, q_t, v_t] = [0, 1, 2, 3].map(|row| steps.row(row));
        Ok(retrace(ratio, r, q_t, v_t, &next, self.mdp.discount(), 1.0)?[0])
    }

    /// The linear part of the printed operator, `[12, 12]`.
    fn printed_matrix(&self) -> Result<Array2<f64>, kinglet_critics::Error> {
        let nothing = Array2::zeros(self.reward.dim());
        let n = self.reward.len();
        let mut matrix = Array2::zeros((n, n));
        for j in 0..n {
            let mut unit = Array2::zeros(self.reward.dim());
            unit[[j / 3, j % 3]] = 1.0;
            let column = self.with_inner(&nothing, &unit, 1.0)?;
            matrix
                .column_mut(j)
                .assign(&column.into_iter().collect::<Array1<f64>>());
        }
        Ok(matrix)
    }

    fn printed_errata(&self) -> Result<Vec<Printed>, Box<dyn Error>> {
        let exact = self.values()?;
        let printed = self.with_inner(&self.reward, &exact, 1.0)?;
        let model = self.model(&self.reward)?;
        let right = retrace_contraction(&model, policy().view(), other().view(), 1.0)?;
        Ok(vec![
            Printed::number(
                "r + E_π Q(sⱼ₊₁, ·) − Q without γ: |R Q_π − Q_π|",
                largest(&(printed - &exact)),
                0.0,
                "The bracket is the temporal-difference error of a discounted problem, \
                 r + γ E_π Q − Q. Without its γ the values of π are no fixed point.",
            ),
            Printed::number(
                "the spectral radius of its linear part",
                radius(&self.printed_matrix()?),
                radius(&right),
                "A constant passes through the printed operator unchanged, so its radius is 1 and \
                 repeated sweeps do not settle; the right one contracts.",
            ),
        ])
    }

    /// Largest |Q| over the sweeps, with γ and without.
    fn sizes(&self, inner: f64) -> Result<Vec<f64>, kinglet_critics::Error> {
        let mut q = start();
        let mut sizes = vec![largest(&q)];
        for _ in 0..SWEEPS {
            q = self.with_inner(&self.reward, &q, inner)?;
            sizes.push(largest(&q));
        }
        Ok(sizes)
    }

    fn figure(&self) -> Result<Illustration, Box<dyn Error>> {
        let sweeps: Vec<f64> = (0..=SWEEPS).map(|sweep| sweep as f64).collect();
        let axes = Axes::new(
            "Retrace with its γ and without",
            Axis::linear("sweep"),
            Axis::linear("largest |Q|"),
            "With γ the values settle within a few sweeps; without it they keep growing.",
        );
        Ok(Illustration {
            caption: "Sweeps of Retrace on DISC. Without γ inside the bracket |Q| grows without \
                      end, in proportion to the sweeps.",
            figure: lines(
                &axes,
                &[
                    Series::line("r + γ E Q − Q", &sweeps, self.sizes(self.mdp.discount())?),
                    Series::line("r + E Q − Q", &sweeps, self.sizes(1.0)?),
                ],
            )?,
        })
    }
}

/// The largest modulus of an eigenvalue, from the growth of a vector that the matrix is applied to.
fn radius(matrix: &Array2<f64>) -> f64 {
    let mut x = Array1::from_shape_fn(matrix.nrows(), |i| 1.0 + 0.01 * i as f64);
    let mut growth = f64::NAN;
    for _ in 0..2000 {
        let next = matrix.dot(&x);
        growth = next.dot(&next).sqrt() / x.dot(&x).sqrt();
        x = &next / next.dot(&next).sqrt();
    }
    growth
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn fixture() -> Fixture {
        let (transition, reward) = tables(&disc());
        Fixture {
            mdp: disc(),
            transition,
            reward,
        }
    }

    #[test]
    fn mpo_17_the_values_are_retrace_s_fixed_point() {
        let outcome = mpo_17();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!(outcome.printed[0].off_by.unwrap() > 0.1);
        assert!((outcome.printed[1].value.unwrap() - 1.0).abs() < 1e-9);
        assert!(outcome.printed[1].off_by.unwrap() > 0.1);
    }

    #[test]
    fn mpo_17_without_gamma_a_constant_passes_unchanged_and_values_grow() {
        let fixture = fixture();
        let ones = fixture.printed_matrix().unwrap().sum_axis(Along(1));
        assert!((ones - 1.0).iter().all(|off| off.abs() < 1e-13));
        let sizes = fixture.sizes(1.0).unwrap();
        let growth = |from: usize| sizes[from + 20] - sizes[from];
        assert!(growth(20) > 1.0 && (growth(40) - growth(20)).abs() < 1e-2 * growth(20));
        let right = fixture.sizes(0.9).unwrap();
        assert!((right[60] - right[50]).abs() < 1e-3);
    }
}
