//! The stated errors hold on every level of this processor. `--example ulp` measures them over the whole range.

mod measure;
mod reference;

use kinglet_simd::Level;
use measure::{CASES, Case, Worst, worst_f32, worst_f64};

/// What the README states, in units of the last place: exp, ln, tanh.
const STATED_F32: [f64; 3] = [0.81, 0.85, 1.35];
const STATED_F64: [f64; 3] = [0.83, 0.88, 1.40];

fn assert_within(stated: f64, name: &str, scalar: &str, worst: &[Worst]) {
    for (level, Worst { ulps, at }) in Level::available().iter().zip(worst) {
        let level = level.name();
        assert!(
            *ulps <= stated,
            "{name} {scalar}, {level}: {ulps} at {at:e}, stated is {stated}"
        );
        assert!(
            *ulps > 0.5,
            "{name} {scalar}, {level}: {ulps} is less than rounding gives"
        );
    }
}

#[test]
fn f64_errors_are_as_stated() {
    for (case, stated) in CASES.iter().zip(STATED_F64) {
        let worst = worst_f64(case, &Level::available(), 20_000, 1);
        assert_within(stated, case.name, "f64", &worst);
    }
}

#[test]
fn f32_errors_are_as_stated() {
    for (case, stated) in CASES.iter().zip(STATED_F32) {
        let worst = worst_f32(case, &Level::available(), 0..1 << 32, 4099);
        assert_within(stated, case.name, "f32", &worst);
    }
}

/// The referee is judged in its turn: the standard library's exp and ln stay below one unit, and come near to a half.
#[test]
fn the_referee_agrees_with_the_library() {
    let library: [fn(Level, &mut [f64]); 2] = [
        |_, x| x.iter_mut().for_each(|x| *x = x.exp()),
        |_, x| x.iter_mut().for_each(|x| *x = x.ln()),
    ];
    for (case, f64) in CASES.into_iter().zip(library) {
        let case = Case { f64, ..case };
        let worst = worst_f64(&case, &[Level::BASELINE], 20_000, 2)[0];
        assert!(
            worst.ulps > 0.49 && worst.ulps < 1.0,
            "{}: {worst:?}",
            case.name
        );
    }
}
