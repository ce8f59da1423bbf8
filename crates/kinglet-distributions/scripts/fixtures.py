"""Writes tests/fixtures/laws.csv: what torch.distributions, scipy and mpmath say of the laws of this crate.

    python -m venv VENV && VENV/bin/pip install torch scipy mpmath && VENV/bin/python scripts/fixtures.py

Each row is one number: of the law `law` with parameters `params`, the quantity `quantity` (at `argument`; for a
divergence against the law `other` with parameters `argument`), as `source` has it, and the relative tolerance within
which this crate must agree. torch and scipy compute in double precision, and where large numbers cancel in them the
row comes from mpmath at 60 digits instead: extreme parameters, laws that nearly coincide, and pairs of laws of which
neither library has the divergence (by quadrature). Floats are written with as many digits as bring them back exactly.
"""

import csv
import pathlib

import mpmath as mp
import numpy as np
import scipy.stats as st
import torch
from torch.distributions import kl_divergence

mp.mp.dps = 60
D = torch.distributions
F64 = torch.float64
TIGHT = 1e-12
ROWS = []


def row(law, params, quantity, value, source, argument=(), other="", tolerance=TIGHT):
    """One row; `value` may be a number or a vector."""
    numbers = [float(v) for v in np.atleast_1d(np.asarray(value, dtype=object)).ravel()]
    assert not any(np.isnan(v) for v in numbers), (law, params, quantity, source)
    text = lambda values: " ".join(repr(float(v)) for v in values)
    ROWS.append([law, text(params), quantity, other, text(argument), source, text(numbers), repr(tolerance)])


def t(values):
    return torch.tensor(values, dtype=F64)


def torch_law(law, p):
    """The law as torch has it, from this crate's parameters."""
    n = len(p)
    if law == "categorical":
        return D.Categorical(logits=t(p), validate_args=False)
    if law == "bernoulli":
        return D.Bernoulli(logits=t(p[0]), validate_args=False)
    if law == "dirichlet":
        return D.Dirichlet(t(p), validate_args=False)
    if law == "diag_normal":
        return D.Independent(D.Normal(t(p[: n // 2]), t(p[n // 2 :])), 1)
    if law == "mv_normal":
        d = next(d for d in range(1, 9) if d + d * (d + 1) // 2 == n)
        factor = torch.zeros(d, d, dtype=F64)
        factor[tuple(torch.tril_indices(d, d))] = t(p[d:])
        return D.MultivariateNormal(t(p[:d]), scale_tril=factor)
    if law == "mixture":
        k = n // 3
        return D.MixtureSameFamily(D.Categorical(logits=t(p[:k])), D.Normal(t(p[k : 2 * k]), t(p[2 * k :])))
    kinds = {"normal": D.Normal, "log_normal": D.LogNormal, "laplace": D.Laplace, "gamma": D.Gamma,
             "beta": D.Beta, "uniform": D.Uniform}
    return kinds[law](t(p[0]), t(p[1]), validate_args=False)


def scipy_law(law, p):
    kinds = {
        "normal": lambda: st.norm(p[0], p[1]),
        "log_normal": lambda: st.lognorm(p[1], scale=np.exp(p[0])),
        "laplace": lambda: st.laplace(p[0], p[1]),
        "gamma": lambda: st.gamma(p[0], scale=1 / p[1]),
        "beta": lambda: st.beta(p[0], p[1]),
        "uniform": lambda: st.uniform(p[0], p[1] - p[0]),
    }
    return kinds[law]()


def ordinary():
    """Ordinary parameters, each library on its own."""
    scalars = {
        "normal": [(0, 1), (1.5, 0.3), (-2000.0, 1e-3), (3.0, 2e5)],
        "log_normal": [(0, 1), (1.5, 0.3), (-4.0, 1.1)],
        "laplace": [(0, 1), (1.5, 0.3), (-2000.0, 1e-3), (3.0, 2e5)],
        "gamma": [(1, 1), (3.5, 0.2), (0.3, 7.0), (40.0, 11.0)],
        "beta": [(1, 1), (2.5, 0.7), (0.4, 0.3), (30.0, 12.0)],
        "uniform": [(0, 1), (-3.0, 2.5), (1e-3, 2e-3)],
    }
    for law, params in scalars.items():
        for p in params:
            p = tuple(map(float, p))
            a, b = torch_law(law, p), scipy_law(law, p)
            tolerance = 1e-10 if law in ("gamma", "beta") else TIGHT
            for u in (0.01, 0.2, 0.5, 0.9, 0.999):
                x = float(b.ppf(u))
                row(law, p, "log_prob", a.log_prob(t(x)), "torch", [x], tolerance=tolerance)
                row(law, p, "log_prob", b.logpdf(x), "scipy", [x], tolerance=tolerance)
            row(law, p, "entropy", a.entropy(), "torch", tolerance=tolerance)
            row(law, p, "entropy", b.entropy(), "scipy", tolerance=tolerance)
            for source, mean, variance in (("torch", a.mean, a.variance), ("scipy", b.mean(), b.var())):
                row(law, p, "mean", mean, source)
                row(law, p, "variance", variance, source, tolerance=1e-11)


def structured():
    """Laws of vectors and of categories."""
    for p in [(0.0, 0.0), (0.3, -1.2, 2.0, 0.7), (700.0, 699.0, 650.0), (0.0, -690.7, 1.0)]:
        a = torch_law("categorical", p)
        for x in range(len(p)):
            row("categorical", p, "log_prob", a.log_prob(torch.tensor(x)), "torch", [x])
        row("categorical", p, "entropy", a.entropy(), "torch")
    for p in [(0.0,), (1.3,), (-4.0,), (30.0,), (-690.7,)]:
        a = torch_law("bernoulli", p)
        for x in (0.0, 1.0):
            row("bernoulli", p, "log_prob", a.log_prob(t(x)), "torch", [x])
        row("bernoulli", p, "mean", a.mean, "torch")
        row("bernoulli", p, "entropy", a.entropy(), "torch")
    for p in [(1.0, 1.0, 1.0), (0.3, 2.0, 5.5), (20.0, 30.0, 0.9, 4.0)]:
        a, b = torch_law("dirichlet", p), st.dirichlet(p)
        for x in ([1 / len(p)] * len(p), list(np.array(p) / sum(p)), [1e-300] * (len(p) - 1) + [1.0]):
            row("dirichlet", p, "log_prob", a.log_prob(t(x)), "torch", x)
        row("dirichlet", p, "entropy", a.entropy(), "torch")
        row("dirichlet", p, "entropy", b.entropy(), "scipy")
        for source, mean, variance in (("torch", a.mean, a.variance), ("scipy", b.mean(), b.var())):
            row("dirichlet", p, "mean", mean, source)
            row("dirichlet", p, "variance", variance, source)
    for law, p, xs in [
        ("diag_normal", (0.5, -1.0, 2.0, 0.3, 1.0, 5.0), [[0.0, 0.0, 0.0], [12.5, -41.0, 202.0]]),
        ("mv_normal", (0.5, -1.0, 0.7, -0.4, 1.9), [[0.5, -1.0], [3.0, 9.0], [-28.0, 40.0]]),
        ("mv_normal", (1.0, 2.0, 3.0, 2.0, 1.5, 0.1, -3.0, 0.4, 0.02), [[1.0, 2.0, 3.1], [5.0, -2.0, 0.0]]),
    ]:
        a = torch_law(law, p)
        for x in xs:
            row(law, p, "log_prob", a.log_prob(t(x)), "torch", x)
        if law == "mv_normal":
            b = st.multivariate_normal(a.mean.numpy(), a.covariance_matrix.numpy())
            for x in xs:
                row(law, p, "log_prob", b.logpdf(x), "scipy", x, tolerance=1e-9)
            row(law, p, "entropy", b.entropy(), "scipy", tolerance=1e-10)
        row(law, p, "entropy", a.entropy(), "torch")
        row(law, p, "mean", a.mean, "torch")
        row(law, p, "variance", a.variance, "torch")
    for p in [(0.0, 1.0, -2.0, 2.0, 0.5, 0.8), (0.0, -700.0, 3.0, 0.0, 300.0, -1.0, 1.0, 0.01, 2.0)]:
        a = torch_law("mixture", p)
        for x in (-40.0, -2.0, 0.1, 2.0, 80.0, 300.0):
            row("mixture", p, "log_prob", a.log_prob(t(x)), "torch", [x])
        row("mixture", p, "mean", a.mean, "torch")
        row("mixture", p, "variance", a.variance, "torch")


def wishart():
    """The normal-inverse-Wishart law as a product of two of scipy's."""
    for mean, strength, factor, degrees in [
        ([0.4, -1.0], 0.7, [[2.0, 0.0], [0.6, 1.1]], 4.5),
        ([0.0, 1.0, -2.0], 12.0, [[1.0, 0.0, 0.0], [-0.3, 2.0, 0.0], [0.2, 0.5, 0.4]], 9.0),
    ]:
        d, factor = len(mean), np.array(factor)
        lower = np.tril_indices(d)
        p = mean + [strength] + list(factor[lower]) + [degrees]
        scatter = st.invwishart(degrees, factor @ factor.T)
        for mu, root in [([0.1] * d, np.eye(d)), (mean, factor), ([5.0] * d, factor + 0.3 * np.tri(d))]:
            sigma = root @ root.T
            value = scatter.logpdf(sigma) + st.multivariate_normal(mean, sigma / strength).logpdf(mu)
            row("normal_inverse_wishart", p, "log_prob", value, "scipy", list(mu) + list(root[lower]), tolerance=1e-11)
        # scipy 1.17 writes ln 2 in the entropy where D ln 2 is meant: draws of its own agree with the latter.
        covariances = scatter.entropy() - 0.5 * (d + 1) * (d - 1) * np.log(2)
        log_det = np.linalg.slogdet(factor @ factor.T)[1] - d * np.log(2)
        log_det -= sum(float(mp.digamma((degrees - i) / mp.mpf(2))) for i in range(d))
        entropy = covariances + 0.5 * (d * np.log(2 * np.pi * np.e / strength) + log_det)
        row("normal_inverse_wishart", p, "entropy", entropy, "scipy", tolerance=1e-11)


# The same closed forms at 60 digits, where double precision is not enough for them.


def mp_dirichlet_log_prob(a, x):
    return sum((ai - 1) * mp.log(xi) for ai, xi in zip(a, x)) + mp.loggamma(sum(a)) - sum(map(mp.loggamma, a))


def mp_dirichlet_entropy(a):
    s = sum(a)
    log_beta = sum(map(mp.loggamma, a)) - mp.loggamma(s)
    return log_beta + (s - len(a)) * mp.digamma(s) - sum((x - 1) * mp.digamma(x) for x in a)


def mp_log_prob(law, p, x):
    p, x = [mp.mpf(v) for v in p], mp.mpf(x)
    if law == "normal":
        return -((x - p[0]) / p[1]) ** 2 / 2 - mp.log(p[1]) - mp.log(2 * mp.pi) / 2
    if law == "log_normal":
        return mp_log_prob("normal", p, mp.log(x)) - mp.log(x)
    if law == "laplace":
        return -abs(x - p[0]) / p[1] - mp.log(2 * p[1])
    if law == "gamma":
        return p[0] * mp.log(p[1]) - mp.loggamma(p[0]) + (p[0] - 1) * mp.log(x) - p[1] * x
    if law == "uniform":
        return -mp.log(p[1] - p[0])
    return mp_dirichlet_log_prob(p, [x, 1 - x])


def mp_entropy(law, p):
    p = [mp.mpf(v) for v in p]
    if law == "gamma":
        return p[0] - mp.log(p[1]) + mp.loggamma(p[0]) + (1 - p[0]) * mp.digamma(p[0])
    return mp_dirichlet_entropy(p)


def extremes():
    """Far tails, tiny and huge parameters."""
    points = {
        "normal": [((0.0, 1.0), 40.0), ((1e3, 1e-2), 1e3 - 0.4), ((0.0, 1e-300), 3e-300), ((0.0, 1.0), 1e150)],
        "log_normal": [((0.0, 1.0), 1e17), ((2.0, 0.1), 1e-300), ((600.0, 1.0), 1e300)],
        "laplace": [((0.0, 1.0), -700.0), ((1.0, 1e-200), 1.0), ((0.0, 1e200), 1e202)],
        "gamma": [((1e-8, 1.0), 1e-300), ((1e-3, 1e3), 1e-12), ((1e8, 3.0), 33333333.0), ((1e12, 1.0), 1.000002e12),
                  ((2.0, 1e-250), 1e250), ((1.0, 5.0), 400.0), ((0.5, 1.0), 700.0), ((9.9, 1.0), 12.0), ((10.1, 1.0), 3.0)],
        "beta": [((1e-4, 1e-5), 1e-300), ((1e-4, 1e-5), 0.5), ((1e8, 2e8), 0.3333), ((0.5, 1e9), 1e-10),
                 ((2.0, 3.0), 1e-200), ((1e-3, 30.0), 1e-250), ((9.99, 10.01), 0.25)],
    }
    for law, list_ in points.items():
        for p, x in list_:
            tolerance = 1e-9 if max(p) >= 1e8 and law in ("gamma", "beta") else TIGHT
            row(law, p, "log_prob", mp_log_prob(law, p, x), "mpmath", [x], tolerance=tolerance)
    for law, params in {
        "gamma": [(1e-8, 1.0), (1e-3, 1e3), (1e8, 3.0), (1e15, 1e-3), (9.999, 1.0), (10.001, 2.0)],
        "beta": [(1e-4, 1e-5), (1e8, 2e8), (0.5, 1e9), (9.99, 10.01), (1e-3, 50.0)],
        "dirichlet": [(1e-3, 1e-4, 1e-5), (1e8, 2e8, 3e7), (1e-2, 1e6, 4.0)],
    }.items():
        for p in params:
            row(law, p, "entropy", mp_entropy(law, p), "mpmath", tolerance=1e-11)
    for a, x in [((1e-3, 1e-4, 1e-5), (0.125, 0.25, 0.625)), ((1e7, 2e7, 5e7), (0.125, 0.25, 0.625)), ((2.0, 3.0), (1e-300, 1.0))]:
        value = mp_dirichlet_log_prob([mp.mpf(v) for v in a], [mp.mpf(v) for v in x])
        row("dirichlet", a, "log_prob", value, "mpmath", x, tolerance=1e-10)
    for logit in (1000.0, -1000.0, 40.0):
        l = mp.mpf(logit)
        for x in (0.0, 1.0):
            row("bernoulli", (logit,), "log_prob", -mp.log1p(mp.exp(l if x == 0 else -l)), "mpmath", [x])
    for p in [(0.0, -690.7755278982137, 2.0), (1000.0, 0.0, -1000.0)]:
        norm = mp.log(sum(mp.exp(mp.mpf(v)) for v in p))
        for x, l in enumerate(p):
            row("categorical", p, "log_prob", mp.mpf(l) - norm, "mpmath", [x])


def mp_same(law, p, q):
    """KL within a family, at 60 digits."""
    p, q = [[mp.mpf(v) for v in x] for x in (p, q)]
    if law in ("normal", "log_normal"):
        return mp.log(q[1] / p[1]) + (p[1] ** 2 + (p[0] - q[0]) ** 2) / (2 * q[1] ** 2) - mp.mpf(1) / 2
    if law == "laplace":
        d = abs(p[0] - q[0])
        return mp.log(q[1] / p[1]) + (p[1] * mp.exp(-d / p[1]) + d) / q[1] - 1
    if law == "gamma":
        (a, b), (c, d) = p, q
        return (a - c) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(c) + c * mp.log(b / d) + a * (d - b) / b
    if law in ("beta", "dirichlet"):
        s = sum(p)
        value = mp.loggamma(s) - mp.loggamma(sum(q)) - sum(map(mp.loggamma, p)) + sum(map(mp.loggamma, q))
        return value + sum((a - b) * (mp.digamma(a) - mp.digamma(s)) for a, b in zip(p, q))
    if law == "uniform":
        return mp.log((q[1] - q[0]) / (p[1] - p[0]))
    if law == "bernoulli":
        return mp_same("categorical", [0, p[0]], [0, q[0]])
    soft = lambda l: [mp.exp(x - mp.log(sum(map(mp.exp, l)))) for x in l]
    return sum(a * mp.log(a / b) for a, b in zip(soft(p), soft(q)))


def same_family():
    far = {
        "normal": [((0.0, 1.0), (1.0, 2.0)), ((3.0, 0.1), (-2.0, 5.0))],
        "log_normal": [((0.0, 1.0), (1.0, 2.0))],
        "laplace": [((0.0, 1.0), (1.0, 2.0)), ((3.0, 0.1), (-2.0, 5.0)), ((1.0, 3.0), (1.5, 0.2))],
        "gamma": [((1.0, 1.0), (2.0, 3.0)), ((0.3, 5.0), (7.0, 0.2)), ((20.0, 3.0), (4.0, 3.0))],
        "beta": [((1.0, 1.0), (2.0, 3.0)), ((0.3, 5.0), (7.0, 0.2))],
        "dirichlet": [((1.0, 2.0, 3.0), (3.0, 0.5, 9.0))],
        "uniform": [((0.0, 1.0), (-1.0, 3.0))],
        "bernoulli": [((0.0,), (2.0,)), ((-5.0,), (3.0,))],
        "categorical": [((0.0, 1.0, -2.0), (3.0, 0.2, 0.1))],
        "diag_normal": [((0.5, -1.0, 0.3, 1.0), (0.0, 2.0, 1.0, 0.7))],
        "mv_normal": [((0.5, -1.0, 0.7, -0.4, 1.9), (0.0, 0.3, 1.2, 0.9, 0.8))],
    }
    for law, pairs in far.items():
        for p, q in pairs:
            value = kl_divergence(torch_law(law, p), torch_law(law, q))
            row(law, p, "kl", value, "torch", q, law, tolerance=1e-11)
    near = {
        "normal": [((0.0, 1.0), (1e-7, 1.0)), ((0.0, 1.0), (0.0, 1.0 + 1e-6)), ((0.0, 1.0), (0.3, 1.4))],
        "laplace": [((0.0, 1.0), (1e-7, 1.0)), ((0.0, 1.0), (0.0, 1.0 + 1e-6)), ((0.0, 1.0), (1e4, 2.0)), ((0.0, 1e-4), (1.0, 3.0))],
        "gamma": [((2.0, 1.0), (2.0 + 2**-20, 1.0)), ((2.0, 1.0), (2.0, 1.0 + 2**-20)), ((1e-6, 1.0), (1.5e-6, 1.0)),
                  ((1e9, 1.0), (1.001e9, 1.0)), ((1e-300, 1.0), (1.0, 1.0)), ((1.0, 1.0), (1e-300, 1.0)), ((3.0, 1e-200), (3.0, 1e-190)), ((5.0, 2.0), (6.2, 2.1))],
        "beta": [((2.0, 3.0), (2.0 + 2**-20, 3.0)), ((1e-5, 1e-4), (2e-5, 1e-4)), ((1e6, 2e6), (1.1e6, 2e6)), ((1e-3, 5.0), (40.0, 1e-2))],
        "dirichlet": [((1.0, 2.0, 3.0), (1.0, 2.0 - 2**-20, 3.0)), ((1e-4, 1e-4, 1e-4), (1.0, 1.0, 1e3))],
        "uniform": [((0.0, 1.0), (0.0, 1.0 + 2**-30))],
        "bernoulli": [((0.7,), (0.7 + 2**-20,)), ((-30.0,), (-30.0 + 2**-10,)), ((30.0,), (29.0,)), ((-1000.0,), (1000.0,)),
                      ((1000.0,), (998.5,)), ((0.5,), (1.45,)), ((-40.0,), (5.0,))],
        "categorical": [((0.0, 1.0, -2.0), (2**-20, 1.0, -2.0))],
    }
    for law, pairs in near.items():
        for p, q in pairs:
            tolerance = 1e-9 if law == "categorical" or max(p) >= 1e6 else 1e-11
            if law in ("normal", "laplace") and p[1] != q[1]:
                tolerance = 1e-9  # the logarithms of the scales are rounded first
            row(law, p, "kl", mp_same(law, p, q), "mpmath", q, law, tolerance=tolerance)


def quadrature_kl(law, p, other, q, points):
    integrand = lambda x: mp.exp(mp_log_prob(law, p, x)) * (mp_log_prob(law, p, x) - mp_log_prob(other, q, x))
    mp.mp.dps = 30
    value = mp.quad(integrand, points, maxdegree=9)
    mp.mp.dps = 60
    return value


def pairs():
    """Divergences between two families: torch where it has them, else quadrature."""
    inf = mp.inf
    table = [
        ("laplace", (0.3, 0.7), "normal", (1.0, 2.0), None),
        ("gamma", (2.5, 1.3), "normal", (1.0, 2.0), None),
        ("beta", (2.5, 1.3), "normal", (1.0, 2.0), None),
        ("uniform", (-1.0, 2.5), "normal", (1.0, 2.0), None),
        ("normal", (0.3, 0.7), "laplace", (1.0, 2.0), None),
        ("normal", (9.0, 0.7), "laplace", (1.0, 2.0), None),
        ("beta", (2.5, 1.3), "gamma", (0.4, 3.0), None),
        ("uniform", (0.5, 2.5), "gamma", (3.0, 1.5), None),
        ("uniform", (0.2, 0.7), "beta", (2.0, 0.6), None),
        ("beta", (2.5, 1.3), "uniform", (-0.5, 2.0), None),
        ("log_normal", (0.3, 0.4), "normal", (1.0, 2.0), [0, 0.5, 1, 2, 4, 8, 30]),
        ("log_normal", (0.3, 0.4), "gamma", (1.7, 0.8), [0, 0.5, 1, 2, 4, 8, 30]),
        ("log_normal", (0.3, 0.4), "laplace", (1.0, 2.0), [0, 0.5, 1, 2, 4, 8, 30]),
        ("log_normal", (0.3, 0.4), "laplace", (-1.0, 2.0), [0, 0.5, 1, 2, 4, 8, 30]),
        ("gamma", (2.5, 1.3), "log_normal", (0.2, 0.9), [0, 1e-8, 1e-4, 0.01, 0.1, 1, 3, 8, 20, 60]),
        ("beta", (2.5, 1.3), "log_normal", (-0.2, 0.9), [0, 1e-8, 1e-4, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999, 1]),
        ("uniform", (0.5, 2.5), "log_normal", (0.2, 0.9), [0.5, 1, 2.5]),
        ("uniform", (0.0, 2.5), "log_normal", (0.2, 0.9), [0, 1e-12, 1e-8, 1e-4, 0.01, 0.1, 1, 2.5]),
        ("uniform", (0.0, 0.5), "gamma", (3.0, 1.5), [0, 1e-12, 1e-8, 1e-4, 0.01, 0.1, 0.5]),
        ("uniform", (0.0, 1.0), "beta", (2.0, 0.6), [0, 1e-9, 1e-4, 0.1, 0.5, 0.9, 0.9999, 1 - 1e-9, 1]),
        ("uniform", (-1.0, 2.5), "laplace", (1.0, 2.0), [-1, 1, 2.5]),
        ("uniform", (-1.0, 0.5), "laplace", (1.0, 2.0), [-1, 0.5]),
    ]
    for law, p, other, q, points in table:
        if points is None:
            value = kl_divergence(torch_law(law, p), torch_law(other, q))
            row(law, p, "kl", value, "torch", q, other, tolerance=1e-11)
        else:
            row(law, p, "kl", quadrature_kl(law, p, other, q, points), "mpmath", q, other, tolerance=1e-9)
    for p, q in [((0.5, -1.0, 0.3, 1.0), (0.0, 0.3, 1.2, 0.9, 0.8))]:
        full = torch_law("mv_normal", q)
        diagonal = D.MultivariateNormal(t(p[:2]), scale_tril=torch.diag(t(p[2:])))
        row("diag_normal", p, "kl", kl_divergence(diagonal, full), "torch", q, "mv_normal")
        row("mv_normal", q, "kl", kl_divergence(full, diagonal), "torch", p, "diag_normal")


def functions():
    """The gamma functions and the error function."""
    for x in (1e-300, 1e-10, 0.1, 0.5, 1.0, 1.461632, 3.7, 9.99, 10.01, 55.5, 1e6, 1e15):
        for name, f in (("ln_gamma", mp.loggamma), ("digamma", mp.digamma), ("trigamma", lambda x: mp.psi(1, x))):
            if not (name == "trigamma" and x < 1e-100):
                row("function", (), name, f(mp.mpf(x)), "mpmath", [x], tolerance=1e-14)
    for x in (-8.0, -3.01, -2.99, -0.5, 1e-200, 0.3, 1.0, 2.99, 3.01, 4.5, 30.0):
        row("function", (), "erf", mp.erf(mp.mpf(x)), "mpmath", [x], tolerance=1e-14)


if __name__ == "__main__":
    for part in (ordinary, structured, wishart, extremes, same_family, pairs, functions):
        part()
    path = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "laws.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["law", "params", "quantity", "other", "argument", "source", "value", "tolerance"])
        writer.writerows(ROWS)
    print(len(ROWS), "rows")
