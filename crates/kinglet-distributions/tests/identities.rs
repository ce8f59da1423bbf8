//! Every score, entropy gradient, KL gradient and Fisher product in closed form against forward dual numbers. The Fisher
//! matrix is the second derivative of KL in both orders (DECK-11).

use autodiff::{F1, grad};
use kinglet_distributions::{
    Bernoulli, Beta, Categorical, DiagNormal, Dirichlet, Distribution, Entropy, Fisher, Gamma, Kl,
    KlGradients, Laplace, LogNormal, LowerTriangle, Mixture, MvNormal, Normal,
    NormalInverseWishart, PointMass, Reparameterised, Score, Uniform,
};
use num_traits::Float;

const TOLERANCE: f64 = 1e-10;

fn assert_close(what: &str, a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len(), "{what}");
    for (x, y) in a.iter().zip(b) {
        let scale = x.abs().max(y.abs()).max(1e-3);
        assert!(
            (x - y).abs() <= TOLERANCE * scale,
            "{what}: {a:?} against {b:?}"
        );
    }
}

/// A closed gradient against the dual numbers' of the function itself.
fn identity(what: &str, theta: &[f64], closed: &[f64], of: impl Fn(&[F1]) -> F1) {
    assert_close(what, closed, &grad(of, theta));
}

/// Both gradients of a divergence, of its two laws' parameters side by side.
fn identity_kl(p: &[f64], q: &[f64], closed: (&[f64], &[f64]), of: impl Fn(&[F1], &[F1]) -> F1) {
    let closed = [closed.0, closed.1].concat();
    identity("KL", &[p, q].concat(), &closed, |t| {
        of(&t[..p.len()], &t[p.len()..])
    });
}

/// A column of the Fisher matrix: the derivative of KL's gradients as the first law, or the second, moves along one
/// parameter and the other stays.
fn identity_fisher(
    theta: &[f64],
    fisher: impl Fn(&[f64]) -> Vec<f64>,
    kl_gradients: impl Fn(&[F1], &[F1]) -> (Vec<F1>, Vec<F1>),
) {
    let still: Vec<F1> = theta.iter().map(|t| F1::cst(*t)).collect();
    for j in 0..theta.len() {
        let unit: Vec<f64> = (0..theta.len())
            .map(|i| f64::from(u8::from(i == j)))
            .collect();
        let moved: Vec<F1> = theta
            .iter()
            .zip(&unit)
            .map(|(t, v)| F1::new(*t, *v))
            .collect();
        let derivative = |g: Vec<F1>| g.iter().map(F1::deriv).collect::<Vec<_>>();
        // Along three units: a product that is right along one only is not linear.
        let column = fisher(&unit.iter().map(|v| 3.0 * v).collect::<Vec<_>>());
        let column: Vec<f64> = column.iter().map(|c| c / 3.0).collect();
        assert_close(
            "Fisher",
            &column,
            &derivative(kl_gradients(&moved, &still).0),
        );
        assert_close(
            "Fisher",
            &column,
            &derivative(kl_gradients(&still, &moved).1),
        );
    }
}

/// A function of a law's parameters, another's, and an event.
type Dual<'a> = &'a dyn Fn(&[F1], &[F1], F1) -> F1;

/// The laws of two numbers: θ, the other's θ, x.
fn two_numbers<P>(
    points: &[[f64; 5]],
    law: impl Fn(&[f64]) -> P,
    dual: [Dual<'_>; 3],
    dual_gradients: impl Fn(&[F1], &[F1]) -> ([F1; 2], [F1; 2]),
) where
    P: Distribution<Event = f64, Params = [f64; 2]> + Score + Fisher + Entropy + KlGradients,
{
    for point in points {
        let (theta, other, x) = (&point[..2], &point[2..4], point[4]);
        let (p, q) = (law(theta), law(other));
        let still: Vec<F1> = other.iter().map(|t| F1::cst(*t)).collect();
        let [log_prob, entropy, kl] = dual;
        identity("score", theta, &p.score(&x), |t| {
            log_prob(t, &still, F1::cst(x))
        });
        identity("entropy", theta, &p.entropy_gradient(), |t| {
            entropy(t, &still, F1::cst(x))
        });
        let (by_p, by_q) = p.kl_gradients(&q);
        identity_kl(theta, other, (&by_p, &by_q), |t, u| kl(t, u, F1::cst(x)));
        identity_fisher(
            theta,
            |v| p.fisher(&[v[0], v[1]]).to_vec(),
            |t, u| {
                let (by_p, by_q) = dual_gradients(t, u);
                (by_p.to_vec(), by_q.to_vec())
            },
        );
    }
}

#[test]
fn normal() {
    let law = |t: &[F1]| Normal::from_log_std(t[0], t[1]);
    two_numbers(
        &[[0.3, -0.5, 1.0, 0.4, 2.0], [-20.0, 3.0, -20.1, 3.1, 400.0]],
        |t| Normal::from_log_std(t[0], t[1]),
        [
            &|t, _, x| law(t).log_prob(&x),
            &|t, _, _| law(t).entropy(),
            &|t, u, _| law(t).kl(&law(u)),
        ],
        |t, u| law(t).kl_gradients(&law(u)),
    );
}

fn log_normal<S: Float>(t: &[S]) -> LogNormal<S> {
    LogNormal {
        log: Normal::from_log_std(t[0], t[1]),
    }
}

#[test]
fn log_normal_law() {
    two_numbers(
        &[[0.3, -0.5, 1.0, 0.4, 2.0], [-5.0, 1.0, -5.1, 1.1, 1e-6]],
        log_normal,
        [
            &|t, _, x| log_normal(t).log_prob(&x),
            &|t, _, _| log_normal(t).entropy(),
            &|t, u, _| log_normal(t).kl(&log_normal(u)),
        ],
        |t, u| log_normal(t).kl_gradients(&log_normal(u)),
    );
}

/// Away from its kink; the means differ, on both sides and by little and by much.
#[test]
fn laplace() {
    let law = |t: &[F1]| Laplace::from_log_scale(t[0], t[1]);
    for (m, n, x) in [
        (0.3, 0.7, 0.5),
        (0.3, 0.29, 0.2),
        (0.3, 0.7, 2.0),
        (0.3, -0.1, -2.0),
        (5.0, -8.0, 0.0),
        (-9.0, 3.0, -9.5),
    ] {
        let t = [m, -0.5];
        let (p, q) = (
            Laplace::from_log_scale(m, -0.5),
            Laplace::from_log_scale(n, 0.2),
        );
        identity("score", &t, &p.score(&x), |t| law(t).log_prob(&F1::cst(x)));
        identity("entropy", &t, &p.entropy_gradient(), |t| law(t).entropy());
        let (by_p, by_q) = p.kl_gradients(&q);
        identity_kl(&t, &[n, 0.2], (&by_p, &by_q), |t, u| law(t).kl(&law(u)));
    }
}

fn gamma<S: Float>(t: &[S]) -> Gamma<S> {
    Gamma::new(t[0].exp(), t[1].exp()).unwrap()
}

#[test]
fn gamma_law() {
    two_numbers(
        &[
            [0.3, -0.5, 1.0, 0.4, 2.0],
            [-7.0, 2.0, -7.1, 2.1, 1e-200],
            [2.0, 0.0, 2.0001, 0.0001, 9.0],
            [6.0, 1.0, 5.0, -1.0, 150.0],
        ],
        gamma,
        [
            &|t, _, x| gamma(t).log_prob(&x),
            &|t, _, _| gamma(t).entropy(),
            &|t, u, _| gamma(t).kl(&gamma(u)),
        ],
        |t, u| gamma(t).kl_gradients(&gamma(u)),
    );
}

fn beta<S: Float>(t: &[S]) -> Beta<S> {
    Beta::new(t[0].exp(), t[1].exp()).unwrap()
}

#[test]
fn beta_law() {
    two_numbers(
        &[
            [0.3, -0.5, 1.0, 0.4, 0.2],
            [-7.0, -5.0, -6.9, -5.1, 1e-30],
            [3.0, 4.0, 3.0001, 4.0, 0.25],
            [-3.0, 4.0, 2.0, -1.0, 1e-3],
        ],
        beta,
        [
            &|t, _, x| beta(t).log_prob(&x),
            &|t, _, _| beta(t).entropy(),
            &|t, u, _| beta(t).kl(&beta(u)),
        ],
        |t, u| beta(t).kl_gradients(&beta(u)),
    );
}

fn dirichlet<S: Float>(t: &[S]) -> Dirichlet<S> {
    Dirichlet::new(t.iter().map(|t| t.exp()).collect()).unwrap()
}

#[test]
fn dirichlet_law() {
    let x = [0.1, 0.3, 0.6];
    for (t, u) in [
        ([0.3, -0.5, 1.0], [0.0, 0.9, -2.0]),
        ([-4.0, 3.0, -2.0], [-4.1, 3.1, -2.0]),
        ([3.0, 4.0, 5.0], [3.0, 4.0, 5.0]),
    ] {
        let (p, q) = (dirichlet(&t), dirichlet(&u));
        let dual_x = x.map(F1::cst).to_vec();
        let score = p.score(&x.to_vec());
        identity("score", &t, &score, |t| dirichlet(t).log_prob(&dual_x));
        identity("entropy", &t, &p.entropy_gradient(), |t| {
            dirichlet(t).entropy()
        });
        let (by_p, by_q) = p.kl_gradients(&q);
        identity_kl(&t, &u, (&by_p, &by_q), |t, u| {
            dirichlet(t).kl(&dirichlet(u))
        });
        identity_fisher(
            &t,
            |v| p.fisher(&v.to_vec()),
            |t, u| dirichlet(t).kl_gradients(&dirichlet(u)),
        );
    }
}

fn bernoulli<S: Float>(t: &[S]) -> Bernoulli<S> {
    Bernoulli::from_logit(t[0]).unwrap()
}

#[test]
fn bernoulli_law() {
    for (l, m) in [
        (0.3, -0.5),
        (-0.3, 2.0),
        (4.0, 4.001),
        (-7.0, 3.0),
        (3.0, -1.0),
        (-6.0, -6.9),
    ] {
        let (p, q) = (bernoulli(&[l]), bernoulli(&[m]));
        for x in [true, false] {
            identity("score", &[l], &p.score(&x), |t| bernoulli(t).log_prob(&x));
        }
        identity("entropy", &[l], &p.entropy_gradient(), |t| {
            bernoulli(t).entropy()
        });
        let (by_p, by_q) = p.kl_gradients(&q);
        identity_kl(&[l], &[m], (&by_p, &by_q), |t, u| {
            bernoulli(t).kl(&bernoulli(u))
        });
        let mean_square: f64 = [true, false]
            .map(|x| p.log_prob(&x).exp() * p.score(&x)[0] * p.score(&x)[0])
            .iter()
            .sum();
        assert_close("Fisher", &p.fisher(&[2.0]), &[2.0 * mean_square]);
    }
}

fn diag_normal<S: Float + std::fmt::Debug>(t: &[S]) -> DiagNormal<[S; 2]> {
    DiagNormal::from_log_std([t[0], t[1]], [t[2], t[3]])
}

/// Dimension 2 in the types, and the same at run time.
#[test]
fn diag_normal_law() {
    let (t, u, x) = ([0.5, -1.0, 0.2, -0.7], [0.0, 2.0, 1.0, 0.3], [3.0, -2.0]);
    let (p, q) = (diag_normal(&t), diag_normal(&u));
    identity("score", &t, &p.score(&x).concat(), |t| {
        diag_normal(t).log_prob(&x.map(F1::cst))
    });
    let entropy = p.entropy_gradient().concat();
    identity("entropy", &t, &entropy, |t| diag_normal(t).entropy());
    let (by_p, by_q) = p.kl_gradients(&q);
    let closed = (&by_p.concat()[..], &by_q.concat()[..]);
    identity_kl(&t, &u, closed, |t, u| diag_normal(t).kl(&diag_normal(u)));
    identity_fisher(
        &t,
        |v| p.fisher(&[[v[0], v[1]], [v[2], v[3]]]).concat(),
        |t, u| {
            let (by_p, by_q) = diag_normal(t).kl_gradients(&diag_normal(u));
            (by_p.concat(), by_q.concat())
        },
    );
    let run_time = |t: &[f64]| DiagNormal::from_log_std(t[..2].to_vec(), t[2..].to_vec());
    let (a, b) = (run_time(&t), run_time(&u));
    assert_eq!(a.kl(&b), p.kl(&q));
    assert_eq!(a.score(&x.to_vec()).concat(), p.score(&x).concat());
    assert_eq!(a.transform(&vec![1.0, -0.5]), p.transform(&[1.0, -0.5]));
    let draw = |t: &[F1]| diag_normal(t).transform(&[1.5, -0.5])[1];
    identity("pathwise", &t, &[0.0, 1.0, 0.0, -0.5 * t[3].exp()], draw);
}

/// Three coordinates; θ = (μ, L₁₁, L₂₁, L₂₂, L₃₁, L₃₂, L₃₃).
fn mv_normal<S: Float>(t: &[S]) -> MvNormal<S> {
    let factor = LowerTriangle::from_rows(3, t[3..].to_vec()).unwrap();
    MvNormal::new(t[..3].to_vec(), factor).unwrap()
}

const MV_P: [f64; 9] = [0.5, -1.0, 2.0, 0.7, -0.4, 1.9, 0.3, 0.8, 0.5];
const MV_Q: [f64; 9] = [0.0, -0.3, 1.0, 1.1, 0.2, 0.6, -0.5, 0.1, 2.0];

#[test]
fn mv_normal_law() {
    let (p, q, x) = (mv_normal(&MV_P), mv_normal(&MV_Q), vec![1.0, 3.0, -2.0]);
    let dual_x: Vec<F1> = x.iter().map(|x| F1::cst(*x)).collect();
    identity("score", &MV_P, &p.score(&x), |t| {
        mv_normal(t).log_prob(&dual_x)
    });
    identity("entropy", &MV_P, &p.entropy_gradient(), |t| {
        mv_normal(t).entropy()
    });
    let (by_p, by_q) = p.kl_gradients(&q);
    identity_kl(&MV_P, &MV_Q, (&by_p, &by_q), |t, u| {
        mv_normal(t).kl(&mv_normal(u))
    });
    identity_fisher(
        &MV_P,
        |v| p.fisher(&v.to_vec()),
        |t, u| mv_normal(t).kl_gradients(&mv_normal(u)),
    );
    let noise = vec![0.4, -1.2, 2.0];
    let draw = |t: &[F1]| mv_normal(t).transform(&noise)[2];
    let by_last_row = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.4, -1.2, 2.0];
    identity("pathwise", &MV_P, &by_last_row, draw);
}

/// θ = (m, ln κ, L₁₁, L₂₁, L₂₂, ν) in two dimensions.
fn normal_inverse_wishart<S: Float>(t: &[S]) -> NormalInverseWishart<S> {
    let scatter = LowerTriangle::from_rows(2, t[3..6].to_vec()).unwrap();
    NormalInverseWishart::new(t[..2].to_vec(), t[2].exp(), scatter, t[6]).unwrap()
}

#[test]
fn normal_inverse_wishart_law() {
    let law = normal_inverse_wishart;
    let t = [0.5, -1.0, 0.3, 0.7, -0.4, 1.9, 4.3];
    let u = [0.1, 0.2, -0.8, 1.3, 0.6, 0.9, 2.7];
    let (p, q) = (law(&t), law(&u));
    let covariance = [1.2, 0.5, 0.8];
    let x = MvNormal::new(
        vec![0.9, -0.2],
        LowerTriangle::from_rows(2, covariance.to_vec()).unwrap(),
    );
    let dual_factor = covariance.map(F1::cst).to_vec();
    let dual_x = MvNormal::new(
        vec![F1::cst(0.9), F1::cst(-0.2)],
        LowerTriangle::from_rows(2, dual_factor).unwrap(),
    )
    .unwrap();
    let law = normal_inverse_wishart::<F1>;
    identity("score", &t, &p.score(&x.unwrap()), |t| {
        law(t).log_prob(&dual_x)
    });
    identity("entropy", &t, &p.entropy_gradient(), |t| law(t).entropy());
    let (by_p, by_q) = p.kl_gradients(&q);
    identity_kl(&t, &u, (&by_p, &by_q), |t, u| law(t).kl(&law(u)));
    identity_fisher(
        &t,
        |v| p.fisher(&v.to_vec()),
        |t, u| law(t).kl_gradients(&law(u)),
    );
}

fn mixture<S: Float>(t: &[S]) -> Mixture<Normal<S>, S> {
    let weights = Categorical::from_logits(&t[..2]).unwrap();
    let modes = t[2..].chunks(2).map(|t| Normal::from_log_std(t[0], t[1]));
    Mixture::new(weights, modes.collect()).unwrap()
}

#[test]
fn mixture_law() {
    let t = [0.3, -0.4, -2.0, 0.1, 1.0, -0.7];
    for x in [-2.2, 0.0, 1.1, 60.0, -300.0] {
        let (by_logits, by_own) = mixture(&t).score(&x);
        let closed = [by_logits, by_own.concat()].concat();
        identity("score", &t, &closed, |t| mixture(t).log_prob(&F1::cst(x)));
    }
}

fn uniform<S: Float>(t: &[S]) -> Uniform<S> {
    Uniform::new(t[0], t[1]).unwrap()
}

/// DECK-19: on U(0, φ) the mean of d ln p/dφ is −1/φ, for the support moves with φ.
#[test]
fn deck_19_a_support_that_moves_leaves_no_score() {
    let (t, u) = ([0.0, 2.0], [-1.0, 2.5]);
    let (p, q) = (uniform(&t), uniform(&u));
    let closed = p.log_prob_gradient();
    identity("log_prob", &t, &closed, |t| {
        uniform(t).log_prob(&F1::cst(0.7))
    });
    assert_eq!(closed[1], -0.5);
    identity("entropy", &t, &p.entropy_gradient(), |t| {
        uniform(t).entropy()
    });
    let (by_p, by_q) = p.kl_gradients(&q);
    identity_kl(&t, &u, (&by_p, &by_q), |t, u| uniform(t).kl(&uniform(u)));
    identity("pathwise", &t, &[0.75, 0.25], |t| {
        uniform(t).transform(&0.25)
    });
    assert_eq!(q.kl(&p), f64::INFINITY);
}

/// Draws at fixed noise, and the divergence from a point: the gradient of −ln q.
#[test]
fn what_is_left_moves_with_its_parameters() {
    let draw = |t: &[F1]| Laplace::from_log_scale(t[0], t[1]).transform(&-1.5);
    identity("Laplace", &[0.3, 0.2], &[1.0, -1.5 * 0.2f64.exp()], draw);
    let x = log_normal(&[0.3, 0.2]).transform(&-1.5);
    let draw = |t: &[F1]| log_normal(t).transform(&-1.5);
    identity(
        "LogNormal",
        &[0.3, 0.2],
        &[x, -1.5 * 0.2f64.exp() * x],
        draw,
    );
    let kl =
        |t: &[F1]| PointMass { at: t[0] }.kl(&Normal::from_log_std(F1::cst(1.0), F1::cst(0.0)));
    identity("point mass", &[3.0], &[2.0], kl);
}
