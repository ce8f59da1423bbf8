//! The E-step under a hard bound, and what solves it.

use crate::Error;
use crate::check::{distribution, finite, positive};
use crate::tilt::{tilt, top};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip};

/// An E-step under a hard bound: raise E\[Q\] within a divergence of the old policy. Catalogue: MPO-11.
///
/// ```text
/// maximise E_μ E_q[Q]    with    E_μ KL(q ‖ π) ≤ ε    and q(·|s) summing to 1 in every state
/// ```
///
/// For sampled actions, `policy` is 1/N for each of the N samples of a state; with few samples the
/// temperature comes out too low.
#[derive(Clone, Copy, Debug)]
pub struct EStep<'a> {
    /// Q(s, a), `[S, A]`, in units of reward.
    pub q: ArrayView2<'a, f64>,
    /// π(a|s), `[S, A]`.
    pub policy: ArrayView2<'a, f64>,
    /// μ(s), `[S]`, summing to 1.
    pub states: ArrayView1<'a, f64>,
    /// ε > 0, nats.
    pub kl_bound: f64,
}

/// The solution of a bounded E-step.
#[derive(Clone, Debug, PartialEq)]
pub struct Improved {
    /// η* ≥ 0, in units of reward: the price of a nat. 0 when the bound does not bind.
    pub temperature: f64,
    /// q(a|s), `[S, A]`.
    pub policy: Array2<f64>,
    /// E_μ KL(q ‖ π), nats: ε where the bound binds.
    pub kl: f64,
    /// E_μ E_q\[Q\], the primal value, which the dual's minimum equals.
    pub value: f64,
}

impl EStep<'_> {
    /// What a user may have got wrong.
    pub(crate) fn check(&self) -> Result<(), Error> {
        assert_eq!(
            self.q.dim(),
            self.policy.dim(),
            "shapes of Q and of the policy differ"
        );
        assert_eq!(
            self.q.nrows(),
            self.states.len(),
            "Q's states differ in number from μ's"
        );
        positive("kl_bound", self.kl_bound)?;
        finite("Q", &self.q)?;
        distribution("the states", 0, self.states)?;
        let mut rows = self.policy.rows().into_iter().enumerate();
        rows.try_for_each(|(row, p)| distribution("the policy", row, p))
    }

    /// The limit η → 0.
    pub(crate) fn greedy(&self) -> Improved {
        let mut greedy = self.policy.to_owned();
        let (mut kl, mut value) = (0.0, 0.0);
        for ((q, mut row), &weight) in self
            .q
            .rows()
            .into_iter()
            .zip(greedy.rows_mut())
            .zip(self.states)
        {
            let best = top(q, row.view());
            Zip::from(&mut row)
                .and(&q)
                .for_each(|p, &q| *p = if q == best { *p } else { 0.0 });
            let mass = row.sum();
            row /= mass;
            kl -= weight * mass.min(1.0).ln();
            value += weight * best;
        }
        Improved {
            temperature: 0.0,
            policy: greedy,
            kl,
            value,
        }
    }

    /// The E-step's answer at a temperature above 0.
    pub(crate) fn improved(&self, temperature: f64) -> Improved {
        let mut policy = self.policy.to_owned();
        for (q, mut row) in self.q.rows().into_iter().zip(policy.rows_mut()) {
            let tilted = tilt(q, row.view(), temperature);
            row.assign(&tilted.policy);
        }
        let kl = self.dual(temperature).kl;
        let value = (&policy * &self.q).sum_axis(Axis(1)).dot(&self.states);
        Improved {
            temperature,
            policy,
            kl,
            value,
        }
    }
}
