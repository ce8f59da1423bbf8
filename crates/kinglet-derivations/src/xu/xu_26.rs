//! XU-26: the change of variables.

use kinglet_distributions::{Affine, Bijection, Distribution, Normal, Transformed, erf};

use crate::optimise::{STEP, derivative};
use crate::outcome::Computed;
use crate::{Check, Entry, Kind, Outcome, Printed, Source};

/// The entry.
pub(crate) const ENTRY: Entry = Entry {
    id: "XU-26",
    title: "A change of variables divides by |det|, and needs a differentiable bijection",
    kind: Kind::Formula,
    source: Source::Xu,
    run: xu_26,
};

/// The density of Y = f(X). Catalogue: XU-26.
///
/// ```text
/// p_Y(y) = p_X(f⁻¹(y)) |det ∂f⁻¹(y)/∂y|
/// ```
///
/// For Y = −2X at .7, beside the slope of its distribution function; and the conditions of
/// appendix A, tried on every function of a set of three onto itself.
pub fn xu_26() -> Outcome {
    Outcome::of(compute())
}

fn compute() -> Computed {
    let law: Transformed<Normal, Affine> = Transformed {
        base: Normal::new(0.0, 1.0)?,
        bijection: Affine::new(0.0, -2.0)?,
    };
    let y = 0.7_f64;
    let density = law.log_prob(&y).exp();
    // P(Y ≤ y) = P(X ≥ f⁻¹(y)), since f falls.
    let cdf = |y: f64| 0.5 * (1.0 - erf(law.bijection.inverse(&y) / 2_f64.sqrt()));
    let slope = derivative(|step| cdf(y + step), STEP);
    let x = law.bijection.inverse(&y);
    let printed = law.base.log_prob(&x).exp() * derivative(|s| law.bijection.inverse(&s), 1.0);
    let (items, invertible) = functions_of_three();
    Ok(Outcome {
        checks: vec![
            Check::within(
                "density of Y = −2X at .7, X ~ N(0, 1)",
                1e-9,
                [("p_X(f⁻¹(y)) |det|", density), ("slope of P(Y ≤ y)", slope)],
            ),
            Check::exact(
                "the same as a normal law",
                [
                    ("p_X(f⁻¹(y)) |det|", density),
                    ("N(.7; 0, 4)", Normal::new(0.0, 2.0)?.log_prob(&y).exp()),
                ],
            ),
            Check::exact(
                "functions of {1, 2, 3} into itself that keep items 1 to 3 of appendix A",
                [("counted", items), ("all, 3³", 27.0)],
            ),
            Check::exact(
                "those among them that are invertible",
                [("counted", invertible), ("3!", 6.0)],
            ),
        ],
        printed: vec![Printed::number(
            "p_X(f⁻¹(y)) det ∂f⁻¹/∂y for Y = −2X at .7",
            printed,
            density,
            "The determinant lacks its absolute value: the density would be negative.",
        )],
        notes: vec![
            "Items 1 to 3 of appendix A are true of every function's inverse image, so they demand \
             nothing. What (13) needs is a differentiable bijection with a differentiable inverse.",
        ],
        ..Outcome::default()
    })
}

/// How many functions of {0, 1, 2} into itself keep items 1 to 3, and how many of those are one to
/// one. A set is three bits.
fn functions_of_three() -> (f64, f64) {
    let all = 0b111_u8;
    let (mut keeping, mut invertible) = (0.0, 0.0);
    for code in 0..27 {
        let f = [code % 3, code / 3 % 3, code / 9];
        let inverse = |set: u8| {
            let member = |x: usize| u8::from(set >> f[x] & 1 == 1) << x;
            (0..3).map(member).sum::<u8>()
        };
        let whole = inverse(all) == all;
        let complements = (0..8).all(|a| inverse(all & !a) == all & !inverse(a));
        let unions = (0..64).all(|ab: u8| {
            let (a, b) = (ab & all, ab >> 3);
            inverse(a | b) == inverse(a) | inverse(b)
        });
        if whole && complements && unions {
            keeping += 1.0;
            let onto = (0..3).all(|y| f.contains(&y));
            invertible += f64::from(u8::from(onto));
        }
    }
    (keeping, invertible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn xu_26_a_density_is_not_negative() {
        let outcome = xu_26();
        assert_eq!(outcome.verdict(), Verdict::Holds);
        assert!((outcome.printed[0].value.unwrap() + 0.1876).abs() < 5e-5);
    }

    #[test]
    fn xu_26_items_1_to_3_demand_nothing() {
        assert_eq!(functions_of_three(), (27.0, 6.0));
    }
}
