//! Writes, as JSON, what the page must show: the numbers of plans at several slider positions.
//! The argument names the file.

use kinglet_demo_cliff::{Inference, Plan, flatten};

/// Temperature and slip, on the sliders' raster.
const SETTINGS: [(f64, f64); 8] = [
    (0.3, 0.3),
    (0.0, 0.3),
    (0.3, 0.0),
    (0.05, 0.6),
    (0.5, 0.1),
    (1.0, 0.3),
    (2.0, 0.6),
    (1.25, 0.45),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the file to write")?;
    let mut entries = Vec::new();
    for (temperature, slip) in SETTINGS {
        for (inference, exact) in [(Inference::Variational, 0), (Inference::Exact, 1)] {
            let numbers = flatten(&Plan::new(inference, temperature, slip)?);
            entries.push(format!(
                "{{\"temperature\":{temperature:?},\"slip\":{slip:?},\"exact\":{exact},\"numbers\":{numbers:?}}}"
            ));
        }
    }
    std::fs::write(path, format!("[{}]\n", entries.join(",\n")))?;
    Ok(())
}
