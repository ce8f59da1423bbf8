//! What an update says of itself.

/// What an update says of itself; `None` where the algorithm has no such number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Diagnostics {
    /// What the policy descended, before the step, the mean over its samples.
    pub policy_loss: Option<f64>,
    /// The critic's mean squared error, in squared units of the (normalised) return.
    pub value_loss: Option<f64>,
    /// −log π of the actions taken, on the average: an unbiased estimate of the entropy, in nats.
    pub entropy: Option<f64>,
    /// KL(π_old ‖ π) of the whole update, the mean over the states seen, in nats.
    pub kl: Option<f64>,
    /// The bound on that, or what is aimed at, in nats.
    pub kl_bound: Option<f64>,
    /// The share of samples whose gradient clipping made 0.
    pub clip_fraction: Option<f64>,
    /// The share of the returns' variance that the critic explained before the update.
    pub explained_variance: Option<f64>,
    /// The length of the gradient before any clipping, the mean over the gradients of the update.
    pub gradient_norm: Option<f64>,
    /// The learning rate, or the length of the step along the natural gradient.
    pub step_size: Option<f64>,
    /// β, the coefficient of a KL penalty after the update.
    pub kl_coefficient: Option<f64>,
    /// α, the temperature; η, the E-step's.
    pub temperature: Option<f64>,
    /// Q of the actions in the minibatch, on the average.
    pub action_value: Option<f64>,
    /// KL(q ‖ π_old) of an E-step as a share of its bound: 1 is at the bound.
    pub e_step_kl: Option<f64>,
    /// The mean's part of KL(π_old ‖ π) as a share of its bound.
    pub mean_kl: Option<f64>,
    /// The covariance's part of KL(π_old ‖ π) as a share of its bound.
    pub covariance_kl: Option<f64>,
    /// The probability that the step ascends, by the posterior of the gradient.
    pub ascent_probability: Option<f64>,
    /// The mean standard deviation of the parameters' posterior.
    pub posterior_std: Option<f64>,
}

/// A number's name and its place, in the order of a table's columns.
type Column = (&'static str, fn(&mut Diagnostics) -> &mut Option<f64>);

const COLUMNS: [Column; Diagnostics::COUNT] = [
    ("policy_loss", |d| &mut d.policy_loss),
    ("value_loss", |d| &mut d.value_loss),
    ("entropy", |d| &mut d.entropy),
    ("kl", |d| &mut d.kl),
    ("kl_bound", |d| &mut d.kl_bound),
    ("clip_fraction", |d| &mut d.clip_fraction),
    ("explained_variance", |d| &mut d.explained_variance),
    ("gradient_norm", |d| &mut d.gradient_norm),
    ("step_size", |d| &mut d.step_size),
    ("kl_coefficient", |d| &mut d.kl_coefficient),
    ("temperature", |d| &mut d.temperature),
    ("action_value", |d| &mut d.action_value),
    ("e_step_kl", |d| &mut d.e_step_kl),
    ("mean_kl", |d| &mut d.mean_kl),
    ("covariance_kl", |d| &mut d.covariance_kl),
    ("ascent_probability", |d| &mut d.ascent_probability),
    ("posterior_std", |d| &mut d.posterior_std),
];

impl Diagnostics {
    /// The number of diagnostics.
    pub const COUNT: usize = size_of::<Self>() / size_of::<Option<f64>>();

    /// Each with its name, in the order of a table's columns.
    pub fn named(mut self) -> [(&'static str, Option<f64>); Self::COUNT] {
        COLUMNS.map(|(name, place)| (name, *place(&mut self)))
    }

    /// The diagnostics of these numbers, in the order of [`named`](Self::named).
    fn from_numbers(numbers: [Option<f64>; Self::COUNT]) -> Self {
        let mut all = Self::default();
        for ((_, place), number) in COLUMNS.iter().zip(numbers) {
            *place(&mut all) = number;
        }
        all
    }
}

/// The mean of the diagnostics of several updates, of each number over those that have it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    sums: [f64; Diagnostics::COUNT],
    counts: [u32; Diagnostics::COUNT],
}

impl Mean {
    pub(crate) fn add(&mut self, diagnostics: &Diagnostics) {
        let sums = self.sums.iter_mut().zip(&mut self.counts);
        for ((sum, count), (_, value)) in sums.zip(diagnostics.named()) {
            if let Some(value) = value {
                *sum += value;
                *count += 1;
            }
        }
    }

    pub(crate) fn diagnostics(&self) -> Diagnostics {
        let mean = |i: usize| {
            let count = self.counts[i];
            (count > 0).then(|| self.sums[i] / f64::from(count))
        };
        Diagnostics::from_numbers(std::array::from_fn(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_comes_back_under_its_own_name_and_is_averaged_over_those_that_have_it() {
        let numbers = std::array::from_fn(|i| Some(i as f64));
        let one = Diagnostics::from_numbers(numbers);
        assert_eq!(one.named().map(|(_, value)| value), numbers);
        let mut mean = Mean::default();
        mean.add(&one);
        mean.add(&Diagnostics {
            kl: Some(7.0),
            ..Diagnostics::default()
        });
        let expected = Diagnostics {
            kl: Some(5.0),
            ..one
        };
        assert_eq!(mean.diagnostics(), expected);
    }
}
