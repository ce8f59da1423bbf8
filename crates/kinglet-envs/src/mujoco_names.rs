//! The names of the tasks on MuJoCo, each with what is to be done: what can be listed in a build without MuJoCo too.

/// Gymnasium's: `mujoco/half-cheetah` is the first.
pub const GYM: &[(&str, &str)] = &[
    ("half-cheetah", "run forward in a plane, on two legs"),
    ("half-cheetah-v4", "half-cheetah, as version 4 had it"),
    ("hopper", "hop forward in a plane, on one leg"),
    ("walker2d", "walk forward in a plane, on two legs"),
    ("ant", "run on four legs"),
    (
        "ant-v4",
        "ant, as version 4 had it: contacts neither seen nor paid for",
    ),
    ("humanoid", "walk on two legs without falling"),
    ("humanoid-standup", "stand up from the floor"),
    ("swimmer", "swim forward in a plane, three links"),
    ("reacher", "bring the tip of a two-link arm to a target"),
    ("pusher", "push a cylinder to a target with an arm"),
    ("inverted-pendulum", "balance a pole on a cart"),
    (
        "inverted-double-pendulum",
        "balance two poles, one on the other, on a cart",
    ),
];

/// Those of the DeepMind Control Suite: `dm/acrobot-swingup` is the first.
pub const DM: &[(&str, &str)] = &[
    (
        "acrobot-swingup",
        "swing two links up by the joint between them",
    ),
    (
        "acrobot-swingup-sparse",
        "acrobot-swingup, paid at the target only",
    ),
    ("ball-in-cup-catch", "swing a ball on a string into the cup"),
    ("cartpole-balance", "balance a pole on a cart"),
    (
        "cartpole-balance-sparse",
        "cartpole-balance, paid upright in the middle only",
    ),
    (
        "cartpole-swingup",
        "swing a pole up on a cart and balance it",
    ),
    (
        "cartpole-swingup-sparse",
        "cartpole-swingup, paid upright in the middle only",
    ),
    ("cheetah-run", "run forward in a plane, on two legs"),
    (
        "finger-spin",
        "keep a body on a hinge spinning with a finger",
    ),
    (
        "finger-turn-easy",
        "turn a body on a hinge to a target with a finger",
    ),
    ("finger-turn-hard", "finger-turn-easy with a smaller target"),
    ("fish-upright", "right a fish in water"),
    ("fish-swim", "swim to a target in water"),
    ("hopper-stand", "stand in a plane, on one leg"),
    ("hopper-hop", "hop forward in a plane, on one leg"),
    ("humanoid-stand", "stand on two legs"),
    ("humanoid-walk", "walk on two legs, at 1 m/s"),
    ("humanoid-run", "run on two legs, at 10 m/s"),
    (
        "manipulator-bring-ball",
        "bring a ball to a target with an arm and a gripper",
    ),
    (
        "pendulum-swingup",
        "swing a pendulum up with a weak motor and hold it",
    ),
    ("point-mass-easy", "bring a point in a plane to the middle"),
    (
        "reacher-easy",
        "bring the tip of a two-link arm to a target",
    ),
    ("reacher-hard", "reacher-easy with a smaller target"),
    ("swimmer-swimmer6", "swim to a target in a plane, six links"),
    (
        "swimmer-swimmer15",
        "swim to a target in a plane, fifteen links",
    ),
    ("walker-stand", "stand in a plane, on two legs"),
    ("walker-walk", "walk in a plane on two legs, at 1 m/s"),
    ("walker-run", "run in a plane on two legs, at 8 m/s"),
];
