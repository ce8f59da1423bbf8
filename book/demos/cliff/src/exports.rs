//! What the page calls: two functions of plain numbers.

// Exported symbols share one namespace with every other symbol of the program, so the compiler
// counts them as unsafe. The two names here are called by the page's script alone and collide
// with nothing: the module links no C code. Nothing else in this crate is unsafe.
#![expect(
    unsafe_code,
    reason = "exported names; no pointer is read or written here"
)]

use std::sync::Mutex;

use crate::{Inference, Plan, flatten};

static NUMBERS: Mutex<Vec<f64>> = Mutex::new(Vec::new());

/// Plans the walk and returns how many numbers describe it (see [`flatten`]), or 0 where temperature
/// or slip is out of range. Any `condition_dynamics` other than 0 means exact inference.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn plan(temperature: f64, slip: f64, condition_dynamics: u32) -> usize {
    let inference = match condition_dynamics {
        0 => Inference::Variational,
        _ => Inference::Exact,
    };
    let plan = Plan::new(inference, temperature, slip);
    let numbers = plan.map_or_else(|_| Vec::new(), |plan| flatten(&plan));
    let len = numbers.len();
    if let Ok(mut place) = NUMBERS.lock() {
        *place = numbers;
    }
    len
}

/// Where these numbers lie, until the next plan: doubles, one after another.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn numbers() -> *const f64 {
    NUMBERS
        .lock()
        .map_or(std::ptr::null(), |place| place.as_ptr())
}
