//! The names of the tasks on MuJoCo, each with what is to be done: what can be listed in a build without MuJoCo too.

/// Gymnasium's: `mujoco/half-cheetah` is the first.
pub(crate) const GYM: &[(&str, &str)] = &[
    ("mujoco/half-cheetah", "run forward in a plane, on two legs"),
    (
        "mujoco/half-cheetah-v4",
        "half-cheetah, as version 4 had it",
    ),
    ("mujoco/hopper", "hop forward in a plane, on one leg"),
    ("mujoco/walker2d", "walk forward in a plane, on two legs"),
    ("mujoco/ant", "run on four legs"),
    (
        "mujoco/ant-v4",
        "ant, as version 4 had it: contacts neither seen nor paid for",
    ),
    ("mujoco/humanoid", "walk on two legs without falling"),
    ("mujoco/humanoid-standup", "stand up from the floor"),
    ("mujoco/swimmer", "swim forward in a plane, three links"),
    (
        "mujoco/reacher",
        "bring the tip of a two-link arm to a target",
    ),
    ("mujoco/pusher", "push a cylinder to a target with an arm"),
    ("mujoco/inverted-pendulum", "balance a pole on a cart"),
    (
        "mujoco/inverted-double-pendulum",
        "balance two poles, one on the other, on a cart",
    ),
];

/// Those of the DeepMind Control Suite: `dm/acrobot-swingup` is the first.
pub(crate) const DM: &[(&str, &str)] = &[
    (
        "dm/acrobot-swingup",
        "swing two links up by the joint between them",
    ),
    (
        "dm/acrobot-swingup-sparse",
        "acrobot-swingup, paid at the target only",
    ),
    (
        "dm/ball-in-cup-catch",
        "swing a ball on a string into the cup",
    ),
    ("dm/cartpole-balance", "balance a pole on a cart"),
    (
        "dm/cartpole-balance-sparse",
        "cartpole-balance, paid upright in the middle only",
    ),
    (
        "dm/cartpole-swingup",
        "swing a pole up on a cart and balance it",
    ),
    (
        "dm/cartpole-swingup-sparse",
        "cartpole-swingup, paid upright in the middle only",
    ),
    ("dm/cheetah-run", "run forward in a plane, on two legs"),
    (
        "dm/finger-spin",
        "keep a body on a hinge spinning with a finger",
    ),
    (
        "dm/finger-turn-easy",
        "turn a body on a hinge to a target with a finger",
    ),
    (
        "dm/finger-turn-hard",
        "finger-turn-easy with a smaller target",
    ),
    ("dm/fish-upright", "right a fish in water"),
    ("dm/fish-swim", "swim to a target in water"),
    ("dm/hopper-stand", "stand in a plane, on one leg"),
    ("dm/hopper-hop", "hop forward in a plane, on one leg"),
    ("dm/humanoid-stand", "stand on two legs"),
    ("dm/humanoid-walk", "walk on two legs, at 1 m/s"),
    ("dm/humanoid-run", "run on two legs, at 10 m/s"),
    (
        "dm/manipulator-bring-ball",
        "bring a ball to a target with an arm and a gripper",
    ),
    (
        "dm/pendulum-swingup",
        "swing a pendulum up with a weak motor and hold it",
    ),
    (
        "dm/point-mass-easy",
        "bring a point in a plane to the middle",
    ),
    (
        "dm/reacher-easy",
        "bring the tip of a two-link arm to a target",
    ),
    ("dm/reacher-hard", "reacher-easy with a smaller target"),
    (
        "dm/swimmer-swimmer6",
        "swim to a target in a plane, six links",
    ),
    (
        "dm/swimmer-swimmer15",
        "swim to a target in a plane, fifteen links",
    ),
    ("dm/walker-stand", "stand in a plane, on two legs"),
    ("dm/walker-walk", "walk in a plane on two legs, at 1 m/s"),
    ("dm/walker-run", "run in a plane on two legs, at 8 m/s"),
];
