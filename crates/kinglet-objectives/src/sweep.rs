//! The hot loop: one soft Bellman sweep over all states.

use crate::Error;
use crate::soft::check_temperature;
use kinglet_envs::TabularMdp;

/// A soft Bellman sweep with the memory that it needs, made once and applied often. Catalogue: CS285-09.
///
/// ```text
/// V′(s) = soft max_α { r(s, a) + γ Σ p(s′ | s, a) V(s′) }
/// ```
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
#[derive(Debug, Clone)]
pub struct Sweep<'a> {
    mdp: &'a TabularMdp,
    temperature: f64,
}

impl<'a> Sweep<'a> {
    /// Prepares sweeps of a problem at a temperature.
    ///
    /// # Errors
    /// [`Error::Temperature`].
    pub fn new(mdp: &'a TabularMdp, temperature: f64) -> Result<Self, Error> {
        check_temperature(temperature)?;
        Ok(Self { mdp, temperature })
    }

    /// One sweep from `v` to `out`; returns the largest change, max |V′ − V|.
    ///
    /// # Shapes
    /// `v`, `out`: `[S]`. Units: reward.
    /// # Panics
    /// When a length is not S.
    pub fn apply(&mut self, v: &[f64], out: &mut [f64]) -> f64 {
        let n = self.mdp.n_states();
        assert_eq!(
            (v.len(), out.len()),
            (n, n),
            "lengths of v and out (left) are not S (right)"
        );
        let q = crate::action_values(self.mdp, v.into());
        let soft = crate::soft_values(q.view(), self.temperature).expect("checked on creation");
        out.copy_from_slice(soft.as_slice().expect("contiguous"));
        v.iter()
            .zip(out)
            .fold(0.0, |m: f64, (v, w)| m.max((*w - v).abs()))
    }
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
