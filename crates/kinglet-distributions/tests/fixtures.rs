//! Every law against the numbers of torch.distributions, scipy and mpmath in `fixtures/laws.csv`, which
//! `scripts/fixtures.py` writes: 635 of them, to a relative 1e-12 unless their row says otherwise.

use kinglet_distributions::{
    Bernoulli, Beta, Categorical, DiagNormal, Dirichlet, Distribution, Entropy, Gamma, Kl, Laplace,
    LogNormal, LowerTriangle, Mixture, Moments, MvNormal, Normal, NormalInverseWishart, Uniform,
    digamma, erf, ln_gamma, trigamma,
};

const FIXTURES: &str = include_str!("fixtures/laws.csv");

struct Row<'a> {
    law: &'a str,
    params: Vec<f64>,
    quantity: &'a str,
    other: &'a str,
    argument: Vec<f64>,
    value: Vec<f64>,
    tolerance: f64,
}

fn numbers(text: &str) -> Vec<f64> {
    let number = |word: &str| word.parse().expect("a number");
    text.split_whitespace().map(number).collect()
}

fn rows() -> impl Iterator<Item = (&'static str, Row<'static>)> {
    FIXTURES.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let [law, params, quantity, other, argument, _, value, tolerance] = cells[..] else {
            panic!("eight cells in {line}");
        };
        let row = Row {
            law,
            params: numbers(params),
            quantity,
            other,
            argument: numbers(argument),
            value: numbers(value),
            tolerance: tolerance.parse().expect("a tolerance"),
        };
        (line, row)
    })
}

fn normal(p: &[f64]) -> Normal {
    Normal::new(p[0], p[1]).unwrap()
}

fn log_normal(p: &[f64]) -> LogNormal {
    LogNormal::new(p[0], p[1]).unwrap()
}

fn laplace(p: &[f64]) -> Laplace {
    Laplace::new(p[0], p[1]).unwrap()
}

fn gamma(p: &[f64]) -> Gamma {
    Gamma::new(p[0], p[1]).unwrap()
}

fn beta(p: &[f64]) -> Beta {
    Beta::new(p[0], p[1]).unwrap()
}

fn uniform(p: &[f64]) -> Uniform {
    Uniform::new(p[0], p[1]).unwrap()
}

fn bernoulli(p: &[f64]) -> Bernoulli {
    Bernoulli::from_logit(p[0]).unwrap()
}

fn categorical(p: &[f64]) -> Categorical {
    Categorical::from_logits(p).unwrap()
}

fn dirichlet(p: &[f64]) -> Dirichlet {
    Dirichlet::new(p.to_vec()).unwrap()
}

fn diag_normal(p: &[f64]) -> DiagNormal<Vec<f64>> {
    let (mean, std) = p.split_at(p.len() / 2);
    DiagNormal::new(mean.to_vec(), std.to_vec()).unwrap()
}

/// The dimension of `count` numbers that are a mean and a triangle.
fn dimension(count: usize) -> usize {
    (1..).find(|d| d + d * (d + 1) / 2 == count).unwrap()
}

fn mv_normal(p: &[f64]) -> MvNormal {
    let (mean, rows) = p.split_at(dimension(p.len()));
    let factor = LowerTriangle::from_rows(mean.len(), rows.to_vec()).unwrap();
    MvNormal::new(mean.to_vec(), factor).unwrap()
}

fn mixture(p: &[f64]) -> Mixture<Normal> {
    let n = p.len() / 3;
    let modes = (0..n).map(|k| normal(&[p[n + k], p[2 * n + k]])).collect();
    Mixture::new(categorical(&p[..n]), modes).unwrap()
}

fn normal_inverse_wishart(p: &[f64]) -> NormalInverseWishart {
    let d = dimension(p.len() - 2);
    let scatter = LowerTriangle::from_rows(d, p[d + 1..p.len() - 1].to_vec()).unwrap();
    NormalInverseWishart::new(p[..d].to_vec(), p[d], scatter, p[p.len() - 1]).unwrap()
}

/// ln p(x), H, E[x] or Var[x] of a law over numbers.
fn scalar<D>(row: &Row<'_>, law: D) -> Vec<f64>
where
    D: Distribution<Event = f64> + Entropy + Moments<Moment = f64>,
{
    vec![match row.quantity {
        "log_prob" => law.log_prob(&row.argument[0]),
        "entropy" => law.entropy(),
        "mean" => law.mean(),
        _ => law.variance(),
    }]
}

/// The same of a law over vectors.
fn vector<D>(row: &Row<'_>, law: D) -> Vec<f64>
where
    D: Distribution<Event = Vec<f64>> + Entropy + Moments<Moment = Vec<f64>>,
{
    match row.quantity {
        "log_prob" => vec![law.log_prob(&row.argument)],
        "entropy" => vec![law.entropy()],
        "mean" => law.mean(),
        _ => law.variance(),
    }
}

fn kl(row: &Row<'_>) -> f64 {
    let (p, q) = (&row.params[..], &row.argument[..]);
    match (row.law, row.other) {
        ("normal", "normal") => normal(p).kl(&normal(q)),
        ("normal", "laplace") => normal(p).kl(&laplace(q)),
        ("log_normal", "log_normal") => log_normal(p).kl(&log_normal(q)),
        ("log_normal", "normal") => log_normal(p).kl(&normal(q)),
        ("log_normal", "gamma") => log_normal(p).kl(&gamma(q)),
        ("log_normal", "laplace") => log_normal(p).kl(&laplace(q)),
        ("laplace", "laplace") => laplace(p).kl(&laplace(q)),
        ("laplace", "normal") => laplace(p).kl(&normal(q)),
        ("gamma", "gamma") => gamma(p).kl(&gamma(q)),
        ("gamma", "normal") => gamma(p).kl(&normal(q)),
        ("gamma", "log_normal") => gamma(p).kl(&log_normal(q)),
        ("beta", "beta") => beta(p).kl(&beta(q)),
        ("beta", "normal") => beta(p).kl(&normal(q)),
        ("beta", "gamma") => beta(p).kl(&gamma(q)),
        ("beta", "log_normal") => beta(p).kl(&log_normal(q)),
        ("beta", "uniform") => beta(p).kl(&uniform(q)),
        ("uniform", "uniform") => uniform(p).kl(&uniform(q)),
        ("uniform", "normal") => uniform(p).kl(&normal(q)),
        ("uniform", "log_normal") => uniform(p).kl(&log_normal(q)),
        ("uniform", "laplace") => uniform(p).kl(&laplace(q)),
        ("uniform", "gamma") => uniform(p).kl(&gamma(q)),
        ("uniform", "beta") => uniform(p).kl(&beta(q)),
        ("bernoulli", "bernoulli") => bernoulli(p).kl(&bernoulli(q)),
        ("categorical", "categorical") => categorical(p).kl(&categorical(q)),
        ("dirichlet", "dirichlet") => dirichlet(p).kl(&dirichlet(q)),
        ("diag_normal", "diag_normal") => diag_normal(p).kl(&diag_normal(q)),
        ("diag_normal", "mv_normal") => diag_normal(p).kl(&mv_normal(q)),
        ("mv_normal", "diag_normal") => mv_normal(p).kl(&diag_normal(q)),
        ("mv_normal", "mv_normal") => mv_normal(p).kl(&mv_normal(q)),
        pair => panic!("no divergence of {pair:?}"),
    }
}

fn ours(row: &Row<'_>) -> Vec<f64> {
    let (p, x) = (&row.params[..], &row.argument);
    match (row.law, row.quantity) {
        (_, "kl") => vec![kl(row)],
        ("normal", _) => scalar(row, normal(p)),
        ("log_normal", _) => scalar(row, log_normal(p)),
        ("laplace", _) => scalar(row, laplace(p)),
        ("gamma", _) => scalar(row, gamma(p)),
        ("beta", _) => scalar(row, beta(p)),
        ("uniform", _) => scalar(row, uniform(p)),
        ("dirichlet", _) => vector(row, dirichlet(p)),
        ("diag_normal", _) => vector(row, diag_normal(p)),
        ("mv_normal", _) => vector(row, mv_normal(p)),
        ("mixture", "log_prob") => vec![mixture(p).log_prob(&x[0])],
        ("mixture", "mean") => vec![mixture(p).mean()],
        ("mixture", _) => vec![mixture(p).variance()],
        ("bernoulli", "log_prob") => vec![bernoulli(p).log_prob(&(x[0] == 1.0))],
        ("bernoulli", "mean") => vec![bernoulli(p).mean()],
        ("bernoulli", _) => vec![bernoulli(p).entropy()],
        ("categorical", "log_prob") => vec![categorical(p).log_prob(&(x[0] as usize))],
        ("categorical", _) => vec![categorical(p).entropy()],
        ("normal_inverse_wishart", "log_prob") => {
            vec![normal_inverse_wishart(p).log_prob(&mv_normal(x))]
        }
        ("normal_inverse_wishart", _) => vec![normal_inverse_wishart(p).entropy()],
        ("function", "ln_gamma") => vec![ln_gamma(x[0])],
        ("function", "digamma") => vec![digamma(x[0])],
        ("function", "trigamma") => vec![trigamma(x[0])],
        ("function", "erf") => vec![erf(x[0])],
        what => panic!("no {what:?}"),
    }
}

/// Log-densities and entropies cross zero, where only an absolute error makes sense; the rest are relative throughout.
fn allowed(row: &Row<'_>, value: f64) -> f64 {
    let size = match row.quantity {
        "log_prob" | "entropy" | "ln_gamma" | "digamma" => value.abs().max(1.0),
        _ => value.abs(),
    };
    row.tolerance * size
}

#[test]
fn the_laws_have_the_values_of_torch_scipy_and_mpmath() {
    let mut wrong = Vec::new();
    for (line, row) in rows() {
        let ours = ours(&row);
        assert_eq!(ours.len(), row.value.len(), "{line}");
        for (ours, theirs) in ours.iter().zip(&row.value) {
            let agree = ours == theirs || (ours - theirs).abs() <= allowed(&row, *theirs);
            if !agree {
                let off = (ours - theirs) / theirs.abs();
                wrong.push(format!("{line}: {ours}, off by {off:.1e}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(rows().count(), 635);
}
