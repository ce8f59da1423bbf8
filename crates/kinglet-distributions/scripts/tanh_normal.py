"""Log-probabilities of tanh-normal distributions with sixty digits, as a table for the tests.

Run it from this folder with mpmath installed: python tanh_normal.py > ../tests/fixtures/tanh_normal.csv
Each number is written so that it reads back to the same f64; the last column is the value rounded once.
"""

from mpmath import atanh, cosh, log, mp, mpf, pi

mp.dps = 60

PARAMETERS = [(0.0, 1.0), (0.5, 0.25), (-1.0, 3.0), (8.0, 0.5), (-30.0, 2.0), (0.0, 1e-3)]
PRE_TANH = [0.0, 1e-9, -0.3, 1.0, -5.0, 9.5, 19.5, -40.0, 350.0, -1000.0]
ACTIONS = [0.0, 1e-12, -0.25, 0.9, -0.999, 1 - 1e-9, 1 - 2.0**-52, 1 - 2.0**-53, -1 + 2.0**-53]


def log_prob(mean, std, u):
    z = (u - mean) / std
    return -z * z / 2 - log(std) - log(2 * pi) / 2 + 2 * log(cosh(u))


def row(kind, mean, std, given):
    u = mpf(given) if kind == "pre_tanh" else atanh(mpf(given))
    value = float(log_prob(mpf(mean), mpf(std), u))
    return f"{kind},{mean!r},{std!r},{given!r},{value!r}"


print("given,mean,std,value,log_prob")
for mean, std in PARAMETERS:
    for u in PRE_TANH:
        print(row("pre_tanh", mean, std, u))
    for action in ACTIONS:
        print(row("action", mean, std, action))
