# /// script
# requires-python = ">=3.11"
# dependencies = ["gymnasium==1.4.0", "numpy==2.4.6"]
# ///
"""Plays episodes in Gymnasium's classic control and writes down every step.

    python gymnasium_fixtures.py            writes ../tests/fixtures/*.csv
    python gymnasium_fixtures.py --check    compares them with what it would write

A file holds episodes one after the other. Each row has the columns

    end, action, reward, the state's components, the observation's components

and the first row of an episode is

    reset, policy/seed, time limit, the state's components, the observation's components

`end` is empty, `terminated`, `truncated` or `both`. The observation is left out where it is the
state in single precision (which is asserted here). Numbers have as many digits as it takes to
read the same bits back.
"""

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gymnasium
import numpy as np

GYMNASIUM, NUMPY = "1.4.0", "2.4.6"
FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"
SEEDS = (0, 1, 2)

Policy = Callable[[np.ndarray, np.random.Generator], object]


@dataclass
class Play:
    """A policy, and how long it plays: whole episodes until `steps` are taken."""

    name: str
    policy: Policy
    steps: int = 1
    time_limit: int | None = None  # Gymnasium's own
    just_in_time: bool = False  # once more, with a time limit that is the episode's length
    constants: dict[str, float] = field(default_factory=dict)  # other than Gymnasium's


@dataclass
class Task:
    """An environment, the names of its columns, and what is played in it."""

    file: str
    id: str
    state: str
    observation: str  # empty: the state in single precision
    plays: list[Play]


def index(n: int) -> Policy:
    return lambda _state, rng: int(rng.integers(n))


def number(bound: float) -> Policy:
    return lambda _state, rng: box(rng.uniform(-bound, bound))


def odd_square(_state: object, rng: np.random.Generator) -> np.ndarray:
    """A torque whose power of two is not its product with itself, in single precision."""
    while True:
        for u in rng.uniform(-2, 2, 1000).astype(np.float32):
            if u**2 != u * u:
                return box(u)


def box(x: float) -> np.ndarray:
    return np.array([x], dtype=np.float32)


def balance(s: np.ndarray, _rng: object) -> int:
    return int(s[2] + 0.3 * s[3] + 0.02 * s[0] + 0.05 * s[1] > 0)


def lean(s: np.ndarray, _rng: object) -> int:
    """Keeps the pole up but a little to the right, until the cart leaves the track."""
    return int(s[2] - 0.06 + 0.3 * s[3] > 0)


def push_along(size: float) -> Policy:
    return lambda s, _rng: box(size if s[1] >= 0 else -size)


TASKS = [
    Task("cartpole", "CartPole-v1", "x,x_dot,theta,theta_dot", "", [
        Play("random", index(2), 1000, just_in_time=True),
        Play("balance", balance),
        Play("lean", lean),
        Play("constants", balance, time_limit=200, constants=dict(
            gravity=3.7, masscart=1.5, masspole=0.3, total_mass=1.8, length=0.7,
            polemass_length=0.3 * 0.7, force_mag=6.0, tau=0.03, x_threshold=0.4,
            theta_threshold_radians=0.3,
        )),
    ]),
    Task("pendulum", "Pendulum-v1", "theta,theta_dot", "cos,sin,theta_dot", [
        Play("random", number(2.0), 1000),
        Play("wide", number(5.0)),
        Play("spin", push_along(3.0)),
        Play("odd", odd_square, time_limit=30),
        Play("constants", push_along(3.0), time_limit=100, constants=dict(
            g=9.81, m=0.7, l=1.3, dt=0.04, max_speed=6.0, max_torque=1.7,
        )),
    ]),
    Task("mountain_car", "MountainCar-v0", "position,velocity", "", [
        Play("random", index(3), 1000),
        Play("along", lambda s, _rng: 2 if s[1] >= 0 else 0, just_in_time=True),
        Play("constants", lambda s, _rng: 2 if s[1] >= 0 else 0, constants=dict(
            force=0.002, gravity=0.003, min_position=-1.1, max_position=0.55, max_speed=0.05,
            goal_position=0.52, goal_velocity=0.025,
        )),
    ]),
    Task("mountain_car_continuous", "MountainCarContinuous-v0", "position,velocity", "", [
        Play("random", number(1.0)),
        Play("wide", number(3.0), time_limit=200),
        Play("along", push_along(1.0), just_in_time=True),
        Play("hard", push_along(1.5)),
        Play("soft", push_along(0.7)),
        Play("constants", push_along(0.9), constants=dict(
            power=0.002, min_position=-1.0, max_position=0.55, max_speed=0.05, min_action=-0.8,
            max_action=0.8, goal_position=0.52, goal_velocity=0.03,
        )),
    ]),
    Task("acrobot", "Acrobot-v1", "theta1,theta2,speed1,speed2", "cos1,sin1,cos2,sin2,speed1,speed2", [
        Play("random", index(3), 1000),
        Play("against", lambda s, _rng: 0 if s[2] > 0 else 2, just_in_time=True),
        Play("along", lambda s, _rng: 2 if s[2] > 0 else 0, time_limit=200),
        Play("constants", index(3), time_limit=100, constants=dict(
            LINK_MASS_1=1.2, LINK_MASS_2=0.8, LINK_LENGTH_1=1.1, LINK_COM_POS_1=0.6,
            LINK_COM_POS_2=0.4, LINK_MOI=0.5, MAX_VEL_1=1.0, MAX_VEL_2=1.5, dt=0.1,
            AVAIL_TORQUE=[-2.0, 0.5, 3.0],
        )),
    ]),
]  # fmt: skip


def episode(task: Task, play: Play, seed: int, first: int, limit: int | None, rng) -> list[str]:
    """One episode's rows."""
    env = gymnasium.make(task.id, max_episode_steps=limit, disable_env_checker=True)
    limit = limit or env.spec.max_episode_steps
    for name, value in play.constants.items():
        assert hasattr(env.unwrapped, name), name
        setattr(env.unwrapped, name, value)
    observation, _ = env.reset(seed=1000 * seed + first)
    rows = [row(["reset", f"{play.name}/{seed}", str(limit)], task, env, observation)]
    end = ""
    while not end:
        action = play.policy(np.array(env.unwrapped.state, dtype=np.float64), rng)
        observation, reward, terminated, truncated, _ = env.step(action)
        end = {(True, True): "both", (True, False): "terminated", (False, True): "truncated"}.get(
            (terminated, truncated), ""
        )
        told = str(action[0]) if isinstance(action, np.ndarray) else str(action)
        rows.append(row([end, told, repr(float(reward))], task, env, observation))
    return rows


def row(fields: list[str], task: Task, env: gymnasium.Env, observation: np.ndarray) -> str:
    state = env.unwrapped.state
    assert observation.dtype == np.float32
    if task.observation:
        seen = [str(x) for x in observation]
    else:
        assert np.array_equal(observation, np.array(state, dtype=np.float32))
        seen = []
    return ",".join(fields + [repr(float(x)) for x in state] + seen)


def rows(task: Task) -> Iterator[str]:
    """All rows of a file."""
    libc = " ".join(platform.libc_ver())
    yield f"# {task.id} of Gymnasium {GYMNASIUM}, numpy {NUMPY}, {libc}, {platform.machine()}"
    yield ",".join(filter(None, ["end,action,reward", task.state, task.observation]))
    for seed in SEEDS:
        for play in task.plays:
            rng = np.random.default_rng(seed)
            taken = episodes = 0
            while taken < play.steps:
                draws = rng.bit_generator.state
                played = episode(task, play, seed, episodes, play.time_limit, rng)
                yield from played
                episodes += 1
                taken += len(played) - 1
            if play.just_in_time:
                rng.bit_generator.state = draws
                yield from episode(task, play, seed, episodes - 1, len(played) - 1, rng)


def numbers(text: str) -> str:
    """All but the first line, which names the machine."""
    return text.partition("\n")[2]


def main() -> None:
    if (gymnasium.__version__, np.__version__) != (GYMNASIUM, NUMPY):
        sys.exit(
            f"needs gymnasium {GYMNASIUM} and numpy {NUMPY}, "
            f"this is {gymnasium.__version__} and {np.__version__}"
        )
    stale = []
    for task in TASKS:
        path = FIXTURES / f"{task.file}.csv"
        text = "\n".join(rows(task)) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
            print(f"{path.name}: {text.count(chr(10)) - 2} rows, {len(text)} bytes")
        elif not path.exists() or numbers(path.read_text()) != numbers(text):
            stale.append(path.name)
    if stale:
        sys.exit(f"not what Gymnasium does here: {', '.join(stale)}")


if __name__ == "__main__":
    main()
