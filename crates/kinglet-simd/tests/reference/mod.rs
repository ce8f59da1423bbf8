//! eˣ, ln x and tanh x of an f64 in double-double arithmetic: some 95 bits, against which the kernels' 53 are measured.

/// hi + lo, |lo| ≤ ½ ulp(hi).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Double {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

/// a + b without error.
fn sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let v = hi - a;
    Double {
        hi,
        lo: (a - (hi - v)) + (b - v),
    }
}

/// a·b without error.
fn product(a: f64, b: f64) -> Double {
    let hi = a * b;
    Double {
        hi,
        lo: a.mul_add(b, -hi),
    }
}

impl Double {
    fn of(x: f64) -> Double {
        Double { hi: x, lo: 0.0 }
    }

    fn plus(self, other: Double) -> Double {
        let (a, b) = (sum(self.hi, other.hi), sum(self.lo, other.lo));
        let c = sum(a.hi, a.lo + b.hi);
        sum(c.hi, c.lo + b.lo)
    }

    fn times(self, other: Double) -> Double {
        let p = product(self.hi, other.hi);
        sum(p.hi, p.lo + (self.hi * other.lo + self.lo * other.hi))
    }

    fn over(self, other: Double) -> Double {
        let q = self.hi / other.hi;
        let rest = self.plus(Double::of(-q).times(other));
        sum(q, rest.hi / other.hi)
    }

    fn scaled(self, n: i32) -> Double {
        Double {
            hi: scale(self.hi, n),
            lo: scale(self.lo, n),
        }
    }
}

/// x·2ⁿ, rounded at most once for |n| up to 2000.
fn scale(x: f64, n: i32) -> f64 {
    x * 2f64.powi(n / 2) * 2f64.powi(n - n / 2)
}

const LN_2: Double = Double {
    hi: std::f64::consts::LN_2,
    lo: 2.319_046_813_846_299_6e-17,
};

/// x = n ln 2 + r, |r| ≤ ½ ln 2: n and eʳ − 1 by Taylor's series, so that nothing cancels where r is small.
fn reduced_exp_m1(x: f64) -> (i32, Double) {
    let n = (x / LN_2.hi).round();
    let r = Double::of(x).plus(LN_2.times(Double::of(-n)));
    let series = (2..=20).rev().fold(Double::of(1.0), |s, k| {
        Double::of(1.0).plus(s.times(r).over(Double::of(f64::from(k))))
    });
    (n as i32, r.times(series))
}

/// eˣ = 2ⁿ·value, as (value, n): the scaling is left to the caller, for whom it may underflow.
pub(crate) fn exp(x: f64) -> (Double, i32) {
    let (n, exp_m1) = reduced_exp_m1(x);
    (Double::of(1.0).plus(exp_m1), n)
}

/// ln x, by one Newton step from the library's y: ln x = y + ln(1 + d), d = x e⁻ʸ − 1.
pub(crate) fn ln(x: f64) -> Double {
    let y = x.ln();
    let (n, exp_m1) = reduced_exp_m1(-y);
    let t = scale(x, n);
    let d = Double::of(t - 1.0).plus(exp_m1.times(Double::of(t)));
    sum(y, d.hi)
}

/// tanh x = t/(t + 2), t = e²ˣ − 1.
pub(crate) fn tanh(x: f64) -> Double {
    if x.abs() > 25.0 {
        return Double::of(1f64.copysign(x));
    }
    let (n, exp_m1) = reduced_exp_m1(2.0 * x);
    let t = exp_m1.scaled(n).plus(sum(2f64.powi(n), -1.0));
    t.over(t.plus(Double::of(2.0)))
}

/// |y − 2ⁿ·exact| in units of the last place of the exact value.
pub(crate) fn ulps(y: f64, exact: Double, n: i32) -> f64 {
    let exponent = (((exact.hi.to_bits() >> 52) & 0x7ff) as i32 - 1023 + n).max(-1022) - 52;
    if y.is_infinite() {
        // An overflow is right where rounding to nearest overflows too.
        let limit = if n + 52 > 1000 {
            scale(exact.hi, n)
        } else {
            0.0
        };
        return if limit == y { 0.0 } else { f64::INFINITY };
    }
    scale((scale(y, -n) - exact.hi) - exact.lo, n - exponent).abs()
}
