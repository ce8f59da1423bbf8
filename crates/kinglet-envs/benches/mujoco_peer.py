"""Steps a second of Gymnasium's and the Control Suite's tasks on one thread, and of eight of EnvPool's on two.

For each line "NAME SECONDS" of the input a line with a number: the task runs for so long with uniform actions that were
drawn before, and episodes that restart.
"""

import functools
import os
import re
import sys
import time
import warnings

os.environ["MUJOCO_GL"] = "disable"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
warnings.simplefilter("ignore")

import envpool
import gymnasium
import numpy as np
from dm_control import suite

gymnasium.logger.min_level = gymnasium.logger.ERROR


def suite_task(name):
    """A function that takes a step, and the bounds of its actions. A step after an episode's end begins the next."""
    name = name.replace("-", "_")
    domain, task = next(pair for pair in suite.ALL_TASKS if "_".join(pair) == name)
    env = suite.load(domain, task, {"random": 0}, {"flat_observation": True})
    env.reset()

    def step(action):
        if env.step(action).last():
            env.reset()

    spec = env.action_spec()
    return step, spec.minimum, spec.maximum


def identifier(name):
    """half-cheetah is HalfCheetah-v5, half-cheetah-v4 HalfCheetah-v4."""
    base, version = re.fullmatch(r"(.*?)(?:-(v\d))?", name).groups()
    camel = "".join(part.capitalize() for part in base.split("-"))
    return f"{camel}-{version or 'v5'}"


def envpool_tasks(name):
    """Eight at once. One whose episode has ended begins the next at its next step."""
    env = envpool.make(identifier(name), env_type="gymnasium", num_envs=8, num_threads=2, seed=0)
    env.reset()
    bounds = env.action_space.low, env.action_space.high
    return env.step, *(np.broadcast_to(bound, (8, len(bound))) for bound in bounds)


def gymnasium_task(name):
    env = gymnasium.make(identifier(name), disable_env_checker=True)
    env.reset(seed=0)

    def step(action):
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()

    space = env.action_space
    return step, space.low, space.high


FAMILIES = {"dm": suite_task, "mujoco": gymnasium_task, "envpool": envpool_tasks}


@functools.lru_cache(maxsize=1)
def load(name):
    family, name = name.split("/")
    step, low, high = FAMILIES[family](name)
    return step, list(np.random.RandomState(0).uniform(low, high, (10, *low.shape)))


def steps_per_second(name, seconds):
    step, actions = load(name)
    together = actions[0].size // actions[0].shape[-1]
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for action in actions:
            step(action)
        steps += len(actions) * together
    return steps / (time.perf_counter() - begin)


for line in sys.stdin:
    name, seconds = line.split()
    print(steps_per_second(name, float(seconds)), flush=True)
