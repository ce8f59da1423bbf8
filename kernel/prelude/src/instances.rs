//! Instances of generic functions that cells use often.

use kinglet::ndarray::{Array1, Array2, Array3, array, s};

/// Uses what cells use, so that the library holds it compiled. Never called.
pub fn arrays() -> f64 {
    let v: Array1<f64> = array![1.0, 2.0] + 1.0;
    let m: Array2<f64> = Array2::zeros((2, 2)) * 2.0;
    let t: Array3<f64> = Array3::from_elem((2, 2, 2), 1.0);
    let text = format!("{v:?} {m:?} {t:?} {v:.3} {m:.3}");
    let w = m.dot(&v) - &v;
    let row = m.slice(s![0, ..]).to_owned() / &w;
    row.sum() + v.mapv(f64::exp).dot(&w) + t.sum() + m.mean().unwrap_or(0.0) + text.len() as f64
}
