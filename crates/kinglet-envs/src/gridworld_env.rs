//! A gridworld as an environment that can be sampled.

use ndarray::ArrayViewMut1;
use rand::Rng;

use crate::{Discrete, End, Env, Exit, Gridworld, Step};

/// The walk on the map, as its [`mdp`](Gridworld::mdp) says, with an end. The observation is the indicator of the state,
/// `[S]`.
///
/// Where goals are absorbing and pay nothing, no reward can follow the arrival in one: it terminates the episode.
/// Otherwise no step does.
///
/// # Example
/// ```
/// use kinglet_envs::{End, Env, GridRules, Gridworld, Horizon};
/// # use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
/// # let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
/// let world = Gridworld::from_map("S.G", GridRules::cliff_walking(Horizon::Discounted(0.9)))?;
/// let east = 1;
/// let (first, last) = (world.step(&0, &east, &mut rng), world.step(&1, &east, &mut rng));
/// assert_eq!((first.next, first.reward, first.end), (1, -1.0, None));
/// assert_eq!((last.next, last.reward, last.end), (2, -1.0, Some(End::Terminated)));
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
impl Env for Gridworld {
    type State = usize;
    type Actions = Discrete;

    fn actions(&self) -> Discrete {
        self.mdp.actions()
    }

    fn obs_dim(&self) -> usize {
        self.mdp.obs_dim()
    }

    fn reset<R: Rng + ?Sized>(&self, rng: &mut R) -> usize {
        self.mdp.reset(rng)
    }

    fn step<R: Rng + ?Sized>(&self, s: &usize, a: &usize, rng: &mut R) -> Step<usize> {
        let step = self.mdp.step(s, a, rng);
        let over = self.rules.after_goal == Exit::Absorbing
            && self.rules.rewards.goal == 0.0
            && self.goals.contains(&step.next);
        let end = over.then_some(End::Terminated);
        Step { end, ..step }
    }

    fn observe(&self, s: &usize, out: ArrayViewMut1<'_, f64>) {
        self.mdp.observe(s, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CellRewards, GridRules, Horizon};
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    #[test]
    fn a_goal_that_pays_or_can_be_left_is_no_end() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let ends = GridRules::cliff_walking(Horizon::Discounted(0.9));
        let pays = GridRules {
            rewards: CellRewards {
                goal: 1.0,
                ..ends.rewards
            },
            ..ends
        };
        let free = GridRules {
            after_goal: Exit::Free,
            ..ends
        };
        for (rules, end) in [(ends, Some(End::Terminated)), (pays, None), (free, None)] {
            let world = Gridworld::from_map("SG", rules).unwrap();
            assert_eq!(world.step(&0, &1, &mut rng).end, end);
            assert_eq!(world.step(&0, &3, &mut rng).end, None); // west, into the edge
        }
    }
}
