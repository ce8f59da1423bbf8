//! The recorded number against forward duals, operation by operation.

use autodiff::F1;
use kinglet_nn::{Activation, Mlp};
use kinglet_svi::{Constraint, Elbo, Error, Params, Program, Scalar, Svi, Trace};
use num_traits::Float;

use crate::measure::rng;

/// Functions of two numbers, by their place in the list; `None` after the last.
fn apply<S: Float>(operation: usize, x: S, y: S) -> Option<S> {
    let c = |value: f64| S::from(value).unwrap();
    let half = (x * y).tanh() * c(0.5); // between −½ and ½
    Some(match operation {
        0 => x + y,
        1 => x - y,
        2 => x * y,
        3 => x / y,
        4 => -x + c(2.0),
        5 => c(2.0) - x,
        6 => x * c(3.0) / c(7.0),
        7 => c(3.0) / x,
        8 => x.exp() + y.exp2(),
        9 => x.ln() * y.ln_1p(),
        10 => x.exp_m1(),
        11 => x.log(y),
        12 => x.log2() + y.log10(),
        13 => x.sqrt() * y.cbrt(),
        14 => x.powi(3) + y.powi(-2),
        15 => x.powf(y),
        16 => x.powf(c(2.5)),
        17 => c(2.5).powf(x),
        18 => x.recip(),
        19 => x.hypot(y),
        20 => x.mul_add(y, x),
        21 => x.sin() * y.cos(),
        22 => x.tan(),
        23 => half.asin() + half.acos() * c(0.3),
        24 => x.atan() + x.atan2(y),
        25 => x.sinh() * y.cosh(),
        26 => x.tanh(),
        27 => x.asinh() + (x + c(1.5)).acosh(),
        28 => half.atanh(),
        29 => x.abs() - (-y).abs(),
        30 => x.max(y) + x.min(y) * c(2.0),
        31 => y.max(x) + y.min(x) * c(2.0),
        32 => x.abs_sub(y) + y.abs_sub(x),
        33 => (x * c(5.0)) % c(0.7),
        34 => x.fract() * c(2.0),
        35 => x.sin_cos().0 + y.sin_cos().1 * c(3.0),
        36 => x.signum() + y,
        37 => x + x * x,
        38 => (x - y) * x,
        39 => c(1.0) + x,
        _ => return None,
    })
}

/// A model whose one factor is a function of two parameters.
struct Function {
    operation: usize,
    at: [f64; 2],
}

impl Program for Function {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [x, y] = trace.param("xy", Constraint::Real, self.at)?;
        trace.factor("f", apply(self.operation, x, y).unwrap_or(S::zero()))
    }
}

struct Nothing;

impl Program for Nothing {
    fn run<S: Scalar>(&self, _: &mut Trace<S>) -> Result<(), Error> {
        Ok(())
    }
}

#[test]
fn every_operation_has_the_slope_of_forward_duals() {
    for at in [[0.8, 1.7], [2.3, 0.6], [1.2, 1.3]] {
        let mut operation = 0;
        while apply(operation, at[0], at[1]).is_some() {
            let mut svi = Svi::new(Elbo::default(), 0.0);
            let value = svi.estimate(&Function { operation, at }, &Nothing, &mut rng(1));
            assert!((value.unwrap() - apply(operation, at[0], at[1]).unwrap()).abs() < 1e-14);
            for i in 0..2 {
                let dual = |j: usize| F1 {
                    x: at[j],
                    dx: f64::from(i == j),
                };
                let expected = apply(operation, dual(0), dual(1)).unwrap().dx;
                let off = (svi.gradient[i] - expected).abs();
                let bound = 1e-12 * expected.abs().max(1.0);
                assert!(
                    off <= bound,
                    "operation {operation} at {at:?} by {i}: {off}"
                );
            }
            operation += 1;
        }
        assert_eq!(operation, 40);
    }
}

/// Rounding is flat but for its jumps; `autodiff` gives it the slope 1.
#[test]
fn rounding_is_flat() {
    struct Round;
    impl Program for Round {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [x] = trace.param("x", Constraint::Real, [1.7])?;
            trace.factor(
                "f",
                x.floor() + x.ceil() + x.round() + x.trunc() + x.signum(),
            )
        }
    }
    let mut svi = Svi::new(Elbo::default(), 0.0);
    assert_eq!(svi.estimate(&Round, &Nothing, &mut rng(1)), Ok(7.0));
    assert_eq!(svi.gradient, [0.0]);
}

/// f(x) = a network of (x, 2 x) and of its own output, so that derivatives pass through it twice.
struct Networks(Mlp);

impl Program for Networks {
    fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
        let [x] = trace.param("x", Constraint::Real, [0.4])?;
        let block = trace.network("net", &self.0)?;
        let mut y = [S::zero(); 2];
        trace.call(&self.0, &block, &[x, x + x], &mut y);
        let mut z = [S::zero(); 2];
        trace.call(&self.0, &block, &[y[1] * x, S::constant(0.3)], &mut z);
        trace.factor("f", z[0] * y[0] + z[1].exp())
    }
}

#[test]
fn a_network_is_differentiated_by_inputs_and_parameters() {
    let program = Networks(Mlp::new(&[2, 5, 2], Activation::Tanh).unwrap());
    let mut svi = Svi::new(Elbo::default(), 0.0);
    let value = svi.estimate(&program, &Nothing, &mut rng(1)).unwrap();
    let theta = svi.params().unconstrained.clone();
    assert_eq!(theta.len(), 1 + 15 + 12);
    for i in 0..theta.len() {
        let dual = |(j, &x): (usize, &f64)| F1 {
            x,
            dx: f64::from(i == j),
        };
        let leaves = theta.iter().enumerate().map(dual).collect();
        let trace = Trace::at(&program, &Nothing, svi.params(), leaves, &mut rng(1)).unwrap();
        let found = trace.log_p();
        assert!((found.x - value).abs() < 1e-12);
        let off = (svi.gradient[i] - found.dx).abs();
        assert!(off < 1e-12 * found.dx.abs().max(1.0), "{i}: {off}");
    }
    let plain = Trace::<f64>::of(&program, &Nothing, svi.params(), &mut rng(1)).unwrap();
    assert!((plain.log_p() - value).abs() < 1e-12);
}

/// Detached numbers keep their value and have no slope, whatever the number.
#[test]
fn detached_is_constant() {
    struct Detached;
    impl Program for Detached {
        fn run<S: Scalar>(&self, trace: &mut Trace<S>) -> Result<(), Error> {
            let [x] = trace.param("x", Constraint::Real, [1.5])?;
            trace.factor("f", x * x.detach() * x.detach())
        }
    }
    let mut svi = Svi::new(Elbo::default(), 0.0);
    assert_eq!(
        svi.estimate(&Detached, &Nothing, &mut rng(1)),
        Ok(1.5f64.powi(3))
    );
    assert_eq!(svi.gradient, [2.25]);
    let params = svi.params();
    let leaves = vec![F1::var(1.5)];
    let trace = Trace::at(&Detached, &Nothing, params, leaves, &mut rng(1)).unwrap();
    assert_eq!(trace.log_p().dx, 2.25);
    assert!(Params::default().get("x").is_none());
}
