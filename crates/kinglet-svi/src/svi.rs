//! Stochastic variational inference.

use kinglet_nn::Adam;
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::elbo::{Credit, Divergence, Elbo};
use crate::records::Plan;
use crate::settle::Settled;
use crate::trace::Trace;
use crate::var::Var;
use crate::{Error, Params, Program, tape};

/// Stochastic variational inference: the parameters of a model and a guide ascend the ELBO. Catalogue: DECK-15.
///
/// ```text
/// θ ← Adam(θ, ∇ ELBO),   ∇ ELBO estimated as an [`Elbo`] says
/// ```
///
/// Once its memory has grown to the programs' size, a step allocates nothing but what the programs and their
/// distributions do. Its cost is linear in the particles.
///
/// # Example
/// The deck's first task: which action does the reward −‖a − (1, −1)‖² ask for?
/// ```
/// use kinglet_distributions::{ImproperUniform, Normal};
/// use kinglet_svi::{Constraint, Elbo, Error, Program, Scalar, Svi, Trace};
///
/// struct Model;
/// impl Program for Model {
///     fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
///         let a = trace.sample("a", [ImproperUniform; 2])?;
///         let (x, y) = (a[0] - S::one(), a[1] + S::one());
///         trace.factor("O", -(x * x + y * y))
///     }
/// }
///
/// struct Guide;
/// impl Program for Guide {
///     fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
///         let mean = trace.param("W", Constraint::Real, [0.0, 0.0])?;
///         let half = S::constant(0.5);
///         trace.sample("a", [Normal::new(mean[0], half)?, Normal::new(mean[1], half)?])?;
///         Ok(())
///     }
/// }
///
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
/// let mut svi = Svi::new(Elbo::default(), 0.01);
/// for _ in 0..1000 {
///     svi.step(&Model, &Guide, &mut rng)?;
/// }
/// let direction = svi.params().get("W").unwrap();
/// assert!((direction[0] - 1.0).hypot(direction[1] + 1.0) < 0.25);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Svi {
    /// The estimator.
    pub elbo: Elbo,
    /// The step that Adam takes.
    pub learning_rate: f64,
    /// The last estimate of the gradient by [`Params::unconstrained`].
    pub gradient: Vec<f64>,
    adam: Adam<f64>,
    descent: Vec<f64>,
    pub(crate) trace: Trace<Var>,
    pub(crate) settled: Settled,
}

impl Svi {
    /// With no parameters yet: the programs' first run makes them.
    pub fn new(elbo: Elbo, learning_rate: f64) -> Self {
        Self {
            elbo,
            learning_rate,
            gradient: Vec::new(),
            adam: Adam::new(0, learning_rate),
            descent: Vec::new(),
            trace: Trace::empty(Params::default()),
            settled: Settled::default(),
        }
    }

    /// The parameters.
    pub fn params(&self) -> &Params {
        &self.trace.params
    }

    /// The parameters, to set them.
    pub fn params_mut(&mut self) -> &mut Params {
        &mut self.trace.params
    }

    /// The last run of an estimate.
    pub fn trace(&self) -> &Trace<Var> {
        &self.trace
    }

    /// One step up the ELBO. Returns its estimate, before the step.
    ///
    /// # Errors
    /// What is wrong with the programs, by the site's name; the parameters then stay as they are.
    pub fn step<R: Rng + ?Sized>(
        &mut self,
        model: &impl Program,
        guide: &impl Program,
        rng: &mut R,
    ) -> Result<f64, Error> {
        let elbo = self.estimate(model, guide, rng)?;
        self.ascend();
        Ok(elbo)
    }

    /// Moves the parameters along [`gradient`](Self::gradient). Adam begins anew when there are new parameters.
    pub fn ascend(&mut self) {
        let n = self.gradient.len();
        if self.descent.len() != n {
            self.adam = Adam::new(n, self.learning_rate);
            self.descent.resize(n, 0.0);
        }
        self.adam.learning_rate = self.learning_rate;
        for (down, up) in self.descent.iter_mut().zip(&self.gradient) {
            *down = -up;
        }
        let theta = &mut self.trace.params.unconstrained;
        self.adam.step(theta, &self.descent);
    }

    /// An estimate of the ELBO, and of its gradient in [`gradient`](Self::gradient).
    ///
    /// # Errors
    /// What is wrong with the programs, by the site's name; no particle; a decay outside [0, 1].
    pub fn estimate<R: Rng + ?Sized>(
        &mut self,
        model: &impl Program,
        guide: &impl Program,
        rng: &mut R,
    ) -> Result<f64, Error> {
        if self.elbo.particles == 0 {
            return Err(Error::NoParticles);
        }
        loop {
            let known = self.trace.params.unconstrained.len();
            self.begin(rng);
            let elbo = self.particles(model, guide)?;
            // Parameters that the programs have only now asked for have had no derivative yet.
            if self.end(known) {
                return Ok(elbo);
            }
        }
    }

    pub(crate) fn begin<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        self.trace.rng = Xoshiro256PlusPlus::seed_from_u64(rng.next_u64());
        self.begin_again();
    }

    /// A new tape, with a node for each parameter.
    pub(crate) fn begin_again(&mut self) {
        let elbo = &self.elbo;
        let follow = elbo.credit == Credit::Dependencies || elbo.divergence == Divergence::Analytic;
        let trace = &mut self.trace;
        trace.plan = Plan {
            gradient: elbo.gradient,
            follow,
            analytic: elbo.divergence == Divergence::Analytic,
            score_only: false,
        };
        let theta = &trace.params.unconstrained;
        tape::with(|tape| tape.begin(theta, follow));
        trace.leaves.clear();
        let leaves = theta.iter().zip(1..).map(|(&x, node)| Var::at(x, node));
        trace.leaves.extend(leaves);
    }

    /// Takes over the gradient. Whether there are no more parameters than at the beginning.
    pub(crate) fn end(&mut self, known: usize) -> bool {
        self.gradient.clear();
        tape::with(|tape| self.gradient.extend_from_slice(tape.gradient(known)));
        self.trace.params.unconstrained.len() == known
    }

    fn particles(&mut self, model: &impl Program, guide: &impl Program) -> Result<f64, Error> {
        let n = self.elbo.particles;
        let first = self.trace.params.unconstrained.len() as u32 + 1;
        self.settled.begin_step();
        let mut sum = 0.0;
        for particle in 0..n {
            sum += self.particle(model, guide, particle, first)?;
        }
        if self.settled.waits() {
            self.settled.leave_one_out();
            tape::with(|tape| tape.sweep(first));
        }
        self.settled.end_step();
        Ok(sum / n as f64)
    }

    /// One particle: one run, or one for each combination of the enumerated sites, all with the same noise.
    fn particle(
        &mut self,
        model: &impl Program,
        guide: &impl Program,
        particle: usize,
        first: u32,
    ) -> Result<f64, Error> {
        self.trace.source.first_choice();
        let noise = self.trace.rng.clone();
        let mut sum = 0.0;
        loop {
            let mark = tape::with(|tape| {
                tape.forget_escapes();
                tape.len()
            });
            self.trace.run(model, guide)?;
            sum += self
                .settled
                .settle(&self.elbo, &self.trace, particle, mark)?;
            if !self.settled.waits() {
                tape::with(|tape| tape.sweep(first));
            }
            if !self.trace.source.advance() {
                return Ok(sum);
            }
            self.trace.rng = noise.clone();
        }
    }
}
