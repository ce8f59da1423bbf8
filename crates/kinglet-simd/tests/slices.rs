//! Edges of each function, and what a slice may not change: an element's bits depend on the element alone.

use kinglet_simd::{Element, Level};

/// Bits, with every NaN the same.
fn bits(x: &[f64]) -> Vec<u64> {
    x.iter()
        .map(|x| {
            if x.is_nan() {
                f64::NAN.to_bits()
            } else {
                x.to_bits()
            }
        })
        .collect()
}

fn assert_maps(level: Level, name: &str, f: fn(Level, &mut [f64]), pairs: &[(f64, f64)]) {
    let (mut x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    f(level, &mut x);
    assert_eq!(
        bits(&x),
        bits(&y),
        "{name} at {}: {x:?}, not {y:?}",
        level.name()
    );
}

const SMALLEST: f64 = 5e-324;
const INF: f64 = f64::INFINITY;

#[test]
fn f64_edges() {
    for level in Level::available() {
        let exp = [
            (0.0, 1.0),
            (-0.0, 1.0),
            (SMALLEST, 1.0),
            (INF, INF),
            (-INF, 0.0),
            (f64::NAN, f64::NAN),
            (709.782_712_893_384, 1.797_693_134_862_273_2e308),
            (709.782_712_893_385, INF),
            (1e300, INF),
            (-745.13, SMALLEST),
            (-745.14, 0.0),
            (-1e300, 0.0),
        ];
        assert_maps(level, "exp", Level::exp, &exp);
        let ln = [
            (1.0, 0.0),
            (0.0, -INF),
            (-0.0, -INF),
            (-SMALLEST, f64::NAN),
            (-1.0, f64::NAN),
            (-INF, f64::NAN),
            (INF, INF),
            (f64::NAN, f64::NAN),
            (SMALLEST, -744.440_071_921_381_2),
            (f64::MAX, 709.782_712_893_384),
        ];
        assert_maps(level, "ln", Level::ln, &ln);
        let tanh = [
            (0.0, 0.0),
            (-0.0, -0.0),
            (SMALLEST, SMALLEST),
            (-1e-300, -1e-300),
            (INF, 1.0),
            (-INF, -1.0),
            (f64::MAX, 1.0),
            (-20.0, -1.0),
            (f64::NAN, f64::NAN),
        ];
        assert_maps(level, "tanh", Level::tanh, &tanh);
    }
}

/// Arguments of every kind, edges strewn in.
fn arguments<F: Element>(n: usize, cast: fn(f64) -> F) -> Vec<F> {
    let edges = [0.0, -0.0, f64::NAN, INF, -INF, 1e-310, -1.0, 800.0, -740.0];
    (0..n)
        .map(|i| {
            cast(if i % 7 == 3 {
                edges[i / 7 % edges.len()]
            } else {
                (i as f64 * 0.7).sin() * 30.0
            })
        })
        .collect()
}

fn assert_position_is_nothing<F: Element + std::fmt::Debug>(
    cast: fn(f64) -> F,
    in_place: impl Fn(&mut [F]),
    into: impl Fn(&[F], &mut [F]),
    same: fn(F, F) -> bool,
) {
    let x = arguments(130, cast);
    let alone: Vec<F> = x
        .chunks(1)
        .flat_map(|x| {
            let mut one = x.to_vec();
            in_place(&mut one);
            one
        })
        .collect();
    for (start, end) in (0..9).flat_map(|start| (start..=x.len()).map(move |end| (start, end))) {
        let (mut y, mut z) = (x[start..end].to_vec(), x[start..end].to_vec());
        in_place(&mut y);
        into(&x[start..end], &mut z);
        for ((y, z), alone) in y.into_iter().zip(z).zip(&alone[start..end]) {
            assert!(
                same(y, *alone) && same(z, *alone),
                "{y:?}, {z:?}, alone {alone:?}"
            );
        }
    }
}

#[test]
fn an_element_is_the_same_wherever_it_stands() {
    let f64_same = |a: f64, b: f64| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    let f32_same = |a: f32, b: f32| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    for l in Level::available() {
        let (f64_cast, f32_cast) = (|x| x, |x| x as f32);
        assert_position_is_nothing(f64_cast, |x| l.exp(x), |x, y| l.exp_into(x, y), f64_same);
        assert_position_is_nothing(f64_cast, |x| l.ln(x), |x, y| l.ln_into(x, y), f64_same);
        assert_position_is_nothing(f64_cast, |x| l.tanh(x), |x, y| l.tanh_into(x, y), f64_same);
        assert_position_is_nothing(f32_cast, |x| l.exp(x), |x, y| l.exp_into(x, y), f32_same);
        assert_position_is_nothing(f32_cast, |x| l.ln(x), |x, y| l.ln_into(x, y), f32_same);
        assert_position_is_nothing(f32_cast, |x| l.tanh(x), |x, y| l.tanh_into(x, y), f32_same);
    }
}

/// The bits of every function over many arguments, in one number.
fn fingerprint(level: Level) -> u64 {
    let x: Vec<f64> = (0..10_000)
        .map(|i| (f64::from(i) - 5000.0) * 0.1503)
        .collect();
    let positive: Vec<f64> = x.iter().map(|x| x.abs() + 1e-3).collect();
    let (mut e, mut l, mut t, mut v) = (x.clone(), positive.clone(), x.clone(), [0.0; 1000]);
    level.exp(&mut e);
    level.ln(&mut l);
    level.tanh(&mut t);
    level.log_sum_exp_columns(&x, 0.7, &mut v);
    let single = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<f32>>();
    let (mut e32, mut l32, mut t32) = (single(&x), single(&positive), single(&x));
    level.exp(&mut e32);
    level.ln(&mut l32);
    level.tanh(&mut t32);
    let double = [&e[..], &l, &t, &v].concat().into_iter().map(f64::to_bits);
    let single = [e32, l32, t32]
        .concat()
        .into_iter()
        .map(|x| u64::from(x.to_bits()));
    let mix = |hash: u64, bits: u64| (hash ^ bits).wrapping_mul(0x0100_0000_01b3);
    double.chain(single).fold(0xcbf2_9ce4_8422_2325, mix)
}

/// The fused levels agree with each other on every processor, and the baseline with itself: it uses the four operations
/// alone, which every target rounds alike. The fingerprint is of this crate's kernels; another one is a breaking change.
#[test]
fn bits_differ_by_fused_multiply_add_only() {
    assert_eq!(fingerprint(Level::BASELINE), 5_225_790_169_541_787_024);
    for fused in Level::available()[1..].windows(2) {
        assert_eq!(fingerprint(fused[0]), fingerprint(fused[1]));
    }
}

#[test]
#[should_panic(expected = "3 elements into 2")]
fn lengths_must_agree() {
    kinglet_simd::exp_into(&[0.0; 3], &mut [0.0; 2]);
}
