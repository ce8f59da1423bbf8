//! Rewards on one scale.

use ndarray::ArrayView2;

use crate::Normaliser;

/// Divides rewards by the standard deviation of the discounted return that has run up so far, in each environment.
///
/// ```text
/// Gₑ ← γ Gₑ + rₑ,   r̃ₑ = clamp(rₑ / √(Var G + floor), −clip, clip),   Gₑ ← 0 where the episode ended
/// ```
///
/// The mean is not subtracted: that would change which policy is best. Its state is `returns` and the normaliser's
/// moments.
///
/// # Example
/// ```
/// use kinglet_nn::ReturnNormaliser;
/// let mut normaliser = ReturnNormaliser::new(2, 0.5);
/// normaliser.update(&[1.0, 5.0], &[false, true]);
/// assert_eq!(normaliser.returns, [1.0, 0.0]);
/// assert!((normaliser.scale(6.0) - 3.0).abs() < 1e-7); // of 1 and 5, the standard deviation is 2
/// normaliser.update(&[2.0, 4.0], &[false, false]);
/// assert_eq!(normaliser.returns, [2.5, 4.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnNormaliser {
    /// γ.
    pub discount: f64,
    /// G, the running return of each environment.
    pub returns: Vec<f64>,
    /// The moments of all running returns, in one column, with the clip and the floor.
    pub normaliser: Normaliser,
}

impl ReturnNormaliser {
    /// For so many environments, with the clip and the floor of [`Normaliser::new`].
    pub fn new(environments: usize, discount: f64) -> Self {
        Self {
            discount,
            returns: vec![0.0; environments],
            normaliser: Normaliser::new(1),
        }
    }

    /// Sees the rewards of one step of every environment, and in which of them the episode ended with it.
    ///
    /// # Shapes
    /// `rewards`, `ended`: `[environments]`.
    /// # Panics
    /// If a length is another.
    pub fn update(&mut self, rewards: &[f64], ended: &[bool]) {
        let n = self.returns.len();
        let lengths = (rewards.len(), ended.len());
        assert_eq!(
            lengths,
            (n, n),
            "lengths of rewards and ended (left), environments (right)"
        );
        for (running, reward) in self.returns.iter_mut().zip(rewards) {
            *running = self.discount * *running + reward;
        }
        let column =
            ArrayView2::from_shape((n, 1), &self.returns).expect("n numbers are one column");
        self.normaliser.moments.update(column);
        for (running, ended) in self.returns.iter_mut().zip(ended) {
            if *ended {
                *running = 0.0;
            }
        }
    }

    /// r̃, the reward on the scale of what has been seen.
    ///
    /// # Panics
    /// If the normaliser's `clip` is negative or NaN.
    pub fn scale(&self, reward: f64) -> f64 {
        let clip = self.normaliser.clip;
        (reward / self.normaliser.std(0)).clamp(-clip, clip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reward of an environment at a step, and whether the episode ends there.
    fn step(environment: usize, t: usize) -> (f64, bool) {
        let reward = 5.0 + (t as f64 * 1.3 + environment as f64).sin();
        (reward, (t + environment).is_multiple_of(7 + environment))
    }

    /// The running return at t, summed from the episode's first step.
    fn summed(environment: usize, t: usize, discount: f64) -> f64 {
        let start = (0..t)
            .rev()
            .find(|&s| step(environment, s).1)
            .map_or(0, |s| s + 1);
        (start..=t)
            .map(|s| discount.powi((t - s) as i32) * step(environment, s).0)
            .sum()
    }

    #[test]
    fn the_scale_is_that_of_the_returns_summed_episode_by_episode() {
        let (environments, discount) = (3, 0.9);
        let mut normaliser = ReturnNormaliser::new(environments, discount);
        normaliser.normaliser.variance_floor = 0.0;
        let mut seen = Vec::new();
        for t in 0..60 {
            let steps: Vec<_> = (0..environments).map(|e| step(e, t)).collect();
            let (rewards, ended): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
            normaliser.update(&rewards, &ended);
            seen.extend((0..environments).map(|e| summed(e, t, discount)));
            let mean = seen.iter().sum::<f64>() / seen.len() as f64;
            let square: f64 = seen.iter().map(|g| (g - mean).powi(2)).sum();
            let expected = 2.0 / (square / seen.len() as f64).sqrt();
            if expected < 10.0 {
                assert!(
                    (normaliser.scale(2.0) / expected - 1.0).abs() < 1e-12,
                    "step {t}"
                );
            }
        }
        assert!(
            seen.iter().any(|g| *g > 20.0),
            "episodes were long enough to tell"
        );
    }

    #[test]
    fn a_reward_keeps_its_sign_and_is_clipped() {
        let mut normaliser = ReturnNormaliser::new(2, 0.0);
        normaliser.update(&[99.0, 101.0], &[false, false]);
        normaliser.normaliser.variance_floor = 3.0; // √(1 + 3) = 2
        let rewards = [3.0, -3.0, 0.0, 21.0, -21.0];
        assert_eq!(
            rewards.map(|r| normaliser.scale(r)),
            [1.5, -1.5, 0.0, 10.0, -10.0]
        );
        assert!(normaliser.scale(f64::NAN).is_nan());
    }

    #[test]
    fn a_copy_goes_on_to_the_same_bits() {
        let mut normaliser = ReturnNormaliser::new(1, 0.99);
        for t in 0..10 {
            let (reward, ended) = step(0, t);
            normaliser.update(&[reward], &[ended]);
        }
        let kept = normaliser.clone();
        let mut resumed = ReturnNormaliser::new(1, 0.99);
        resumed.returns = kept.returns;
        resumed.normaliser.moments = kept.normaliser.moments;
        for t in 10..20 {
            let (reward, ended) = step(0, t);
            normaliser.update(&[reward], &[ended]);
            resumed.update(&[reward], &[ended]);
            assert_eq!(
                normaliser.scale(1.0).to_bits(),
                resumed.scale(1.0).to_bits()
            );
        }
    }
}
