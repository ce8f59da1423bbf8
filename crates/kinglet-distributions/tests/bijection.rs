//! Inverses and determinants of the bijections, refereed by automatic differentiation.

use autodiff::{F1, grad};
use kinglet_distributions::{
    Affine, Bijection, Composition, Cubic, Elementwise, Error, MatrixAffine, Planar, Tanh,
};
use num_traits::Float;

fn assert_close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        let scale = x.abs().max(y.abs()).max(1.0);
        assert!((x - y).abs() <= tolerance * scale, "{a:?} against {b:?}");
    }
}

fn scalars<S: Float>(x: &[f64]) -> Vec<S> {
    x.iter().map(|x| S::from(*x).unwrap()).collect()
}

/// det ∂f/∂x in two dimensions, each entry by automatic differentiation.
fn determinant(f: impl Fn(&Vec<F1>) -> Vec<F1>, x: &[f64]) -> f64 {
    let row = |i: usize| grad(|x: &[F1]| f(&x.to_vec())[i], x);
    let (top, bottom) = (row(0), row(1));
    top[0] * bottom[1] - top[1] * bottom[0]
}

fn planar<S: Float>() -> Planar<S> {
    let [w, u, b] = [&[0.8, -1.5][..], &[1.2, 0.4], &[0.3]].map(scalars::<S>);
    Planar::new(&w, &u, b[0]).unwrap()
}

/// wᵀu = −8.5, where w·û would have to be below −1 to fold.
fn steep<S: Float>() -> Planar<S> {
    let [w, u] = [&[2.0, -1.0][..], &[-3.0, 2.5]].map(scalars::<S>);
    Planar::new(&w, &u, S::zero()).unwrap()
}

fn turning<S: Float>() -> MatrixAffine<S> {
    let [shift, matrix] = [&[0.3, -1.0][..], &[0.5, 1.5, 2.0, 2.0]].map(scalars::<S>);
    MatrixAffine::new(&shift, &matrix).unwrap()
}

type Chain<S> =
    Composition<Composition<MatrixAffine<S>, Planar<S>>, Composition<Planar<S>, MatrixAffine<S>>>;

fn chain<S: Float>() -> Chain<S> {
    Composition {
        first: Composition {
            first: turning(),
            then: planar(),
        },
        then: Composition {
            first: steep(),
            then: turning(),
        },
    }
}

#[test]
fn maps_of_the_plane_have_their_determinant_and_their_inverse() {
    for x in [[0.0, 0.0], [0.7, -1.2], [-3.0, 2.0], [25.0, 40.0]] {
        let point = x.to_vec();
        let check = |log_abs_det: f64, determinant: f64, back: Vec<f64>| {
            assert!((log_abs_det - determinant.abs().ln()).abs() < 1e-10);
            assert_close(&back, &x, 1e-12);
        };
        let (f, g) = (turning::<f64>(), turning::<F1>());
        let sign = determinant(|x| g.forward(x), &x);
        assert!(sign < 0.0);
        check(f.log_abs_det(&point), sign, f.inverse(&f.forward(&point)));
        let (f, g) = (planar::<f64>(), planar::<F1>());
        let sign = determinant(|x| g.forward(x), &x);
        check(f.log_abs_det(&point), sign, f.inverse(&f.forward(&point)));
        let (f, g) = (chain::<f64>(), chain::<F1>());
        let sign = determinant(|x| g.forward(x), &x);
        check(f.log_abs_det(&point), sign, f.inverse(&f.forward(&point)));
    }
}

#[test]
fn a_planar_flow_is_never_folded() {
    let flow = steep::<f64>();
    for i in -400..=400 {
        let x = vec![0.01 * f64::from(i), 0.02 * f64::from(i % 7)];
        assert!(flow.log_abs_det(&x).is_finite());
        assert_close(&flow.inverse(&flow.forward(&x)), &x, 1e-11);
    }
    // At wᵀx = −b the determinant is 1 + wᵀû = softplus(wᵀu), to the last digits.
    let at_worst = flow.log_abs_det(&vec![1.0, 2.0]);
    assert!((at_worst - (-8.5_f64).exp().ln_1p().ln()).abs() < 1e-14);
    let far = Planar::new(&[1.0], &[800.0], 0.0).unwrap(); // softplus(800) = 800
    assert!((far.log_abs_det(&vec![0.0]) - 800_f64.ln()).abs() < 1e-14);
    assert_close(&far.inverse(&far.forward(&vec![0.3])), &[0.3], 1e-12);
    let free = planar::<f64>().log_abs_det(&vec![0.0, 0.2]); // wᵀu = 0.36, wᵀx + b = 0
    assert!((free - 0.36_f64.exp().ln_1p().ln()).abs() < 1e-14);
}

#[test]
fn the_cubic_and_its_inverse_at_every_size() {
    for c in [0.0, 1e-8, 0.2, 3.0, 1e6] {
        let cubic = Cubic::new(c).unwrap();
        for x in [0.0, 1e-12, -0.3, 1.7, -40.0, 1e9] {
            let back = cubic.inverse(&cubic.forward(&x));
            assert!((back - x).abs() <= 4.0 * f64::EPSILON * x.abs(), "{c} {x}");
            let slope = grad(
                |x: &[F1]| Cubic::new(F1::cst(c)).unwrap().forward(&x[0]),
                &[x],
            );
            assert_close(&[cubic.log_abs_det(&x)], &[slope[0].ln()], 1e-14);
        }
    }
}

/// 0 = ∂(x + c x³ − y): an inverse moves with the parameters as the implicit function theorem says.
#[test]
fn inverses_are_differentiable_by_parameter_and_by_point() {
    for (c, x) in [(0.0, 0.7), (0.2, -1.3), (5.0, 2.0)] {
        let y = x + c * x * x * x;
        let inverse = |t: &[F1]| Cubic::new(t[0]).unwrap().inverse(&t[1]);
        let slope = 1.0 + 3.0 * c * x * x;
        let expected = [-x * x * x / slope, 1.0 / slope];
        assert_close(&grad(inverse, &[c, y]), &expected, 1e-13);
    }
    // f_t⁻¹(f_t(x)) = x whatever t is.
    let around = |t: &[F1]| {
        let flow = Planar::new(&t[..2], &t[2..4], t[4]).unwrap();
        let back = flow.inverse(&flow.forward(&scalars(&[0.4, -0.9])));
        back[0] + back[1] * F1::cst(3.0)
    };
    assert_close(
        &grad(around, &[0.8, -1.5, -2.0, 0.4, 0.3]),
        &[0.0; 5],
        1e-12,
    );
    let around = |t: &[F1]| {
        let map = MatrixAffine::new(&t[..2], &t[2..]).unwrap();
        let back = map.inverse(&map.forward(&scalars(&[0.4, -0.9])));
        back[0] + back[1] * F1::cst(3.0)
    };
    let parameters = [0.1, 0.2, 0.5, 1.5, 2.0, 2.0];
    assert_close(&grad(around, &parameters), &[0.0; 6], 1e-12);
}

/// ∂ ln |det A|/∂A = A⁻ᵀ.
#[test]
fn the_log_determinant_moves_with_the_inverse_transposed() {
    let matrix = [0.0, 2.0, -1.0, 1.0, 0.5, 0.0, 3.0, -2.0, 4.0];
    let log_det = |a: &[F1]| {
        let map = MatrixAffine::new(&scalars(&[0.0; 3]), a).unwrap();
        map.log_abs_det(&scalars(&[0.0; 3]))
    };
    let map = MatrixAffine::new(&[0.0; 3], &matrix).unwrap();
    let found = grad(log_det, &matrix);
    for j in 0..3 {
        let mut unit = vec![0.0; 3];
        unit[j] = 1.0;
        let column = map.inverse(&unit); // column j of A⁻¹
        assert_close(&found[3 * j..3 * j + 3], &column, 1e-13);
    }
    // det A = −2 (4 − 0) − 1 (−2 − 1.5) = −4.5
    assert_close(&[map.log_abs_det(&vec![0.0; 3])], &[4.5_f64.ln()], 1e-14);
}

#[test]
fn each_coordinate_by_its_own_map() {
    let maps = Elementwise {
        maps: vec![Cubic::new(0.5).unwrap(), Cubic::new(2.0).unwrap()],
    };
    let x = vec![1.0, -0.5];
    assert_close(&maps.forward(&x), &[1.5, -0.75], 1e-15);
    assert_close(&maps.inverse(&maps.forward(&x)), &x, 1e-15);
    assert_close(&[maps.log_abs_det(&x)], &[2.5_f64.ln() * 2.0], 1e-15);
}

#[test]
fn tanh_and_its_slope() {
    for x in [0.0, 0.4, -2.0, 8.0] {
        let y: f64 = Tanh.forward(&x);
        assert!((Tanh.inverse(&y) - x).abs() < 1e-9);
        let slope = grad(|x: &[F1]| Tanh.forward(&x[0]), &[x]);
        assert!((Tanh.log_abs_det(&x) - slope[0].ln()).abs() < 1e-9);
    }
    assert_eq!(Tanh.inverse(&1.0), -Tanh.inverse(&-1.0));
    assert!(Tanh.inverse(&1.0).is_finite());
}

#[test]
fn maps_that_are_no_bijections_are_refused() {
    let (name, value) = ("coefficient", -0.5);
    assert_eq!(Cubic::new(value), Err(Error::Negative { name, value }));
    assert_eq!(
        Affine::new(1.0, 0.0),
        Err(Error::Singular { name: "scale" })
    );
    let singular = MatrixAffine::new(&[0.0, 0.0], &[1.0, 2.0, 2.0, 4.0]);
    assert_eq!(singular.unwrap_err(), Error::Singular { name: "matrix" });
    let flat = Planar::new(&[0.0, 0.0], &[1.0, 2.0], 0.0);
    assert_eq!(flat.unwrap_err(), Error::Singular { name: "weight" });
    let (name, value) = ("shift", f64::INFINITY);
    assert_eq!(
        Affine::new(value, 1.0),
        Err(Error::NotFinite { name, value })
    );
}
