//! A program.

use crate::{Error, Scalar, Trace};

/// A model p(x, z) or a guide q(z): ordinary Rust that calls a trace. Catalogue: DECK-16.
///
/// It is a value with one generic method, because it runs with several kinds of number: plain ones, forward duals and
/// recorded ones. It must give the same law whichever it is.
///
/// # Example
/// A coin thrown three times, all heads; a uniform prior as three categories; a guide that knows nothing.
/// ```
/// use kinglet_distributions::Categorical;
/// use kinglet_svi::{Error, Params, Program, Scalar, Trace};
///
/// struct Model;
/// impl Program for Model {
///     fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
///         let third = Categorical::from_logits(&[S::zero(); 3])?;
///         let heads = [0.2, 0.5, 0.8][trace.sample("coin", third)?];
///         trace.factor("three heads", S::constant(3.0 * f64::ln(heads)))
///     }
/// }
///
/// struct Guide;
/// impl Program for Guide {
///     fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
///         let third = Categorical::from_logits(&[S::zero(); 3])?;
///         trace.sample("coin", third)?;
///         Ok(())
///     }
/// }
///
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let trace = Trace::<f64>::of(&Model, &Guide, &Params::default(), &mut rng)?;
/// let heads: f64 = [0.2, 0.5, 0.8][trace.values()[0] as usize];
/// assert!((trace.log_p() - trace.log_q() - 3.0 * heads.ln()).abs() < 1e-15);
/// # Ok::<(), Error>(())
/// ```
pub trait Program {
    /// One run.
    ///
    /// # Errors
    /// What the trace refuses, and parameters that make no distribution.
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error>;
}

impl<P: Program> Program for &P {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        (*self).run(trace)
    }
}
