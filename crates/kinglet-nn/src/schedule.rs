//! How a learning rate changes over a run.

/// A learning rate, or another number, as a function of how far a run has come.
///
/// # Example
/// ```
/// use kinglet_nn::Schedule;
/// let fading = Schedule::Linear { from: 3e-4, to: 0.0 };
/// assert_eq!(fading.at(0.5), 1.5e-4);
/// assert_eq!(fading.at(7.0), 0.0); // beyond its end
/// assert_eq!(Schedule::Constant(0.1).at(0.5), 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Always the same.
    Constant(f64),
    /// On a straight line.
    Linear {
        /// At the start.
        from: f64,
        /// At the end.
        to: f64,
    },
    /// Along half a wave of the cosine: slowly at both ends.
    Cosine {
        /// At the start.
        from: f64,
        /// At the end.
        to: f64,
    },
    /// By the same factor in equal times; both ends must be of one sign.
    Exponential {
        /// At the start.
        from: f64,
        /// At the end.
        to: f64,
    },
}

impl Schedule {
    /// The number when the fraction `progress` of the run is done; before 0 that at 0, beyond 1 that at 1.
    pub fn at(self, progress: f64) -> f64 {
        let progress = progress.clamp(0.0, 1.0);
        let between = |from: f64, to: f64, x: f64| from * (1.0 - x) + to * x;
        match self {
            Schedule::Constant(value) => value,
            Schedule::Linear { from, to } => between(from, to, progress),
            Schedule::Cosine { from, to } => {
                let turned = 0.5 * (1.0 - (std::f64::consts::PI * progress).cos());
                between(from, to, turned)
            }
            Schedule::Exponential { from, to } => from * (to / from).powf(progress),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exact_and_middles_are_the_means_of_their_kind() {
        let (from, to) = (0.5, 0.125);
        let middles = [
            (Schedule::Linear { from, to }, 0.3125),
            (Schedule::Cosine { from, to }, 0.3125),
            (Schedule::Exponential { from, to }, 0.25),
        ];
        for (schedule, middle) in middles {
            assert_eq!((schedule.at(0.0), schedule.at(-1.0)), (from, from));
            assert_eq!((schedule.at(1.0), schedule.at(2.0)), (to, to));
            assert!((schedule.at(0.5) - middle).abs() < 1e-16, "{schedule:?}");
        }
    }

    #[test]
    fn a_cosine_is_level_at_its_ends() {
        let schedule = Schedule::Cosine { from: 1.0, to: 0.0 };
        let quarter = 0.5 * (1.0 + (std::f64::consts::PI / 4.0).cos());
        assert!((schedule.at(0.25) - quarter).abs() < 1e-15);
        assert!(1.0 - schedule.at(1e-4) < 1e-7 && schedule.at(1.0 - 1e-4) < 1e-7);
    }
}
