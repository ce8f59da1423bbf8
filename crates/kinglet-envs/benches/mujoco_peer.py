"""Steps a second of Gymnasium's and the Control Suite's tasks on one thread, and of eight of EnvPool's on two.

For each line {"name": ..., "seconds": ..., "actions": [[[...], ...], ...]} of the input a line with a number: the task runs
for so long, with each environment's own actions over and over, and episodes that restart.
"""

import functools
import json
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
    """A function that takes a step, and after an episode's last begins the next."""
    name = name.replace("-", "_")
    domain, task = next(pair for pair in suite.ALL_TASKS if "_".join(pair) == name)
    env = suite.load(domain, task, {"random": 0}, {"flat_observation": True})
    env.reset()

    def step(actions):
        if env.step(actions[0]).last():
            env.reset()

    return step


def identifier(name):
    """half-cheetah is HalfCheetah-v5, half-cheetah-v4 HalfCheetah-v4."""
    base, version = re.fullmatch(r"(.*?)(?:-(v\d))?", name).groups()
    camel = "".join(part.capitalize() for part in base.split("-"))
    return f"{camel}-{version or 'v5'}"


def envpool_tasks(name):
    """Eight at once. One whose episode has ended begins the next at its next step."""
    env = envpool.make(identifier(name), env_type="gymnasium", num_envs=8, num_threads=2, seed=0)
    env.reset()
    return env.step


def gymnasium_task(name):
    env = gymnasium.make(identifier(name), disable_env_checker=True)
    env.reset(seed=0)

    def step(actions):
        _, _, terminated, truncated, _ = env.step(actions[0])
        if terminated or truncated:
            env.reset()

    return step


FAMILIES = {"dm": suite_task, "mujoco": gymnasium_task, "envpool": envpool_tasks}


@functools.lru_cache(maxsize=1)
def load(name):
    family, name = name.split("/")
    return FAMILIES[family](name)


def steps_per_second(name, seconds, actions):
    step, actions = load(name), list(np.swapaxes(actions, 0, 1))
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for each in actions:
            step(each)
        steps += len(actions) * len(actions[0])
    return steps / (time.perf_counter() - begin)


for line in sys.stdin:
    print(steps_per_second(**json.loads(line)), flush=True)
