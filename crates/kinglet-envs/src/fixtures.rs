//! Problems small enough to enumerate, as literal tables: what the catalogue's numbers are
//! computed on.
//!
//! | | S | A | horizon | dynamics | rewards |
//! |---|---|---|---|---|---|
//! | [`lot`] | 4 | 2 | T = 2 | one draw | 1 or a jackpot |
//! | [`tab`] | 3 | 2 | T = 3 | every state follows every other | below 0 |
//! | [`tabdet`] | 3 | 2 | T = 3 | deterministic, and so is the start | below 0 |
//! | [`disc`] | 4 | 3 | γ = .9 | stochastic | of both signs |

use ndarray::{arr3, array, aview1, aview2};

use crate::{Error, Horizon, Rewards, Sparse, TabularMdp, Transitions};

/// The states of [`lot`].
pub mod lot_state {
    /// Before the choice.
    pub const START: usize = 0;
    /// The safe prize, worth 1.
    pub const SAFE: usize = 1;
    /// The ticket wins the jackpot.
    pub const WIN: usize = 2;
    /// The ticket wins nothing.
    pub const LOSE: usize = 3;
}

/// The lottery. Catalogue: CS285-02.
///
/// Take the safe prize (action 0), or buy a ticket (action 1) that wins one time in a hundred.
/// The reward is paid by the state at the second and last step, where the action changes
/// nothing: each of the two final actions still counts as a trajectory of its own.
///
/// ```text
/// s₁ = START,  safe → SAFE,  buy → WIN (.01) or LOSE (.99)
/// r(START) = 0,  r(SAFE) = 1,  r(WIN) = jackpot,  r(LOSE) = 0
/// ```
///
/// # Errors
/// A jackpot that is not finite.
///
/// # Example
/// ```
/// // If the rewards are evidence, exp r, then a bought ticket has almost surely won.
/// use kinglet_envs::fixtures::{lot, lot_state};
/// let mdp = lot(10.0)?;
/// let (mut won, mut bought) = (0.0, 0.0);
/// for t in mdp.trajectories(6)?.filter(|t| t.actions[0] == 1) {
///     let weight = t.dynamics_probability * t.total_reward.exp();
///     bought += weight;
///     won += if t.states[1] == lot_state::WIN { weight } else { 0.0 };
/// }
/// assert!((won / bought - 0.995526_f64).abs() < 1e-6);
/// # Ok::<(), kinglet_envs::Error>(())
/// ```
pub fn lot(jackpot: f64) -> Result<TabularMdp, Error> {
    let stays = |state: usize| [vec![(state, 1.0)], vec![(state, 1.0)]];
    let chooses = [vec![(1, 1.0)], vec![(2, 0.01), (3, 0.99)]];
    let rows = [chooses, stays(1), stays(2), stays(3)]
        .into_iter()
        .flatten();
    TabularMdp::new(
        Transitions::Sparse(Sparse::from_rows(4, 2, rows)?),
        Rewards::State(array![0.0, 1.0, jackpot, 0.0]),
        array![1.0, 0.0, 0.0, 0.0],
        Horizon::Finite(2),
    )
}

const TAB_REWARD: [[f64; 2]; 3] = [[-0.4, -1.9], [-2.6, -0.7], [-1.2, -0.1]];

/// Three states, two actions, three steps, all probabilities positive: (3 · 2)³ = 216
/// trajectories. Rewards are below zero, so that exp r is a probability. Catalogue: DECK-01.
pub fn tab() -> TabularMdp {
    let transition = [
        [[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]],
        [[0.25, 0.5, 0.25], [0.45, 0.05, 0.5]],
        [[0.15, 0.8, 0.05], [0.35, 0.25, 0.4]],
    ];
    literal(
        &transition,
        &TAB_REWARD,
        &[0.5, 0.3, 0.2],
        Horizon::Finite(3),
    )
}

/// [`tab`] with a deterministic start and deterministic dynamics: 2³ = 8 trajectories, and exact
/// inference and the best policy agree. Catalogue: CS285-08.
pub fn tabdet() -> TabularMdp {
    let transition = [
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    ];
    literal(
        &transition,
        &TAB_REWARD,
        &[1.0, 0.0, 0.0],
        Horizon::Finite(3),
    )
}

/// Four states, three actions, γ = .9, rewards of both signs: the problem without end.
/// Catalogue: CS285-09.
pub fn disc() -> TabularMdp {
    let transition = [
        [
            [0.5, 0.3, 0.2, 0.0],
            [0.1, 0.6, 0.1, 0.2],
            [0.0, 0.0, 0.4, 0.6],
        ],
        [
            [0.7, 0.1, 0.1, 0.1],
            [0.2, 0.2, 0.5, 0.1],
            [0.05, 0.15, 0.0, 0.8],
        ],
        [
            [0.0, 1.0, 0.0, 0.0],
            [0.3, 0.3, 0.3, 0.1],
            [0.25, 0.0, 0.35, 0.4],
        ],
        [
            [0.9, 0.0, 0.1, 0.0],
            [0.15, 0.35, 0.45, 0.05],
            [0.0, 0.2, 0.2, 0.6],
        ],
    ];
    let reward = [
        [1.0, -0.3, 0.2],
        [-1.5, 0.4, -0.2],
        [0.0, 0.9, -0.8],
        [0.6, -1.1, 0.3],
    ];
    literal(
        &transition,
        &reward,
        &[0.4, 0.3, 0.2, 0.1],
        Horizon::Discounted(0.9),
    )
}

fn literal<const S: usize, const A: usize>(
    transition: &[[[f64; S]; A]; S],
    reward: &[[f64; A]; S],
    initial: &[f64; S],
    horizon: Horizon,
) -> TabularMdp {
    let transition = arr3(transition);
    TabularMdp::from_dense(transition.view(), aview2(reward), aview1(initial), horizon)
        .expect("the tables above are laws")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trajectory;

    /// p(τ) exp r(τ): the unnormalised posterior of a trajectory, unit action weights.
    fn weight(trajectory: &Trajectory) -> f64 {
        trajectory.dynamics_probability * trajectory.total_reward.exp()
    }

    fn mass(mdp: &TabularMdp, event: impl Fn(&Trajectory) -> bool) -> f64 {
        let all = mdp.trajectories(1000).unwrap();
        all.filter(event).map(|t| weight(&t)).sum()
    }

    fn buys(t: &Trajectory) -> bool {
        t.actions[0] == 1
    }

    fn wins(t: &Trajectory) -> bool {
        t.states[1] == lot_state::WIN
    }

    #[test]
    fn lot_log_evidence_cs285_01() {
        let evidence = mass(&lot(10.0).unwrap(), |_| true).ln();
        assert!((evidence - 6.104672421).abs() < 1e-9, "{evidence}");
    }

    #[test]
    fn lot_posterior_of_buying_cs285_03() {
        let mdp = lot(10.0).unwrap();
        let buy = mass(&mdp, buys) / mass(&mdp, |_| true);
        assert!((buy - 0.987863).abs() < 5e-7, "{buy}");
    }

    /// For every jackpot the mass of winning is the tilted prior .01 eᴿ / (.01 eᴿ + .99).
    #[test]
    fn lot_posterior_of_winning_cs285_02() {
        let golden = [
            (0.0, 0.0100),
            (2.0, 0.0695),
            (4.6, 0.5012),
            (6.0, 0.8030),
            (10.0, 0.9955),
            (20.0, 1.0),
        ];
        for (jackpot, expected) in golden {
            let mdp = lot(jackpot).unwrap();
            let win = mass(&mdp, wins) / mass(&mdp, buys);
            let tilted = 0.01 * jackpot.exp() / (0.01 * jackpot.exp() + 0.99);
            assert!((win - expected).abs() < 5e-5, "R = {jackpot}: {win}");
            assert!(
                (win - tilted).abs() < 1e-12,
                "R = {jackpot}: {win} and {tilted}"
            );
        }
    }

    /// q*(buy) with the dynamics held fixed: e^(.01 R) against e¹, by hand.
    #[test]
    fn lot_variational_choice_cs285_07() {
        let golden = [
            (0.0, 0.2689),
            (2.0, 0.2729),
            (4.6, 0.2781),
            (6.0, 0.2809),
            (10.0, 0.2891),
            (20.0, 0.3100),
        ];
        for (jackpot, expected) in golden {
            let mdp = lot(jackpot).unwrap();
            let value = |action| -> f64 {
                mdp.successors(0, action)
                    .map(|(s, p)| p * mdp.reward(s, 0))
                    .sum()
            };
            let buy = 1.0 / (1.0 + (value(0) - value(1)).exp());
            assert!((buy - expected).abs() < 5e-5, "R = {jackpot}: {buy}");
        }
    }

    #[test]
    fn a_jackpot_must_be_finite() {
        for jackpot in [f64::NAN, f64::INFINITY] {
            let error = lot(jackpot).unwrap_err();
            assert!(matches!(
                error,
                Error::Reward {
                    state: lot_state::WIN,
                    action: None,
                    ..
                }
            ));
        }
    }

    #[test]
    fn tab_is_what_its_table_says() {
        let (tab, tabdet) = (tab(), tabdet());
        assert_eq!(tab.trajectories(216).unwrap().count(), 216);
        assert_eq!(tabdet.trajectories(8).unwrap().count(), 8);
        for mdp in [&tab, &tabdet] {
            assert!((0..6).all(|i| mdp.reward(i / 2, i % 2) < 0.0));
        }
        assert!((0..6).all(|i| tabdet.successors(i / 2, i % 2).count() == 1));
        assert!((0..6).all(|i| tab.successors(i / 2, i % 2).count() == 3));
        assert_eq!(disc().discount(), 0.9);
    }
}
