"""Plays what the test has played, in the DeepMind Control Suite.

Reads one of
  {"play": [{"name": "dm/walker-walk", "episodes": [{"state": [...], "carry": [...], "actions": [[...], ...]}, ...]}, ...]}
  {"reset": {"name": ..., "count": ..., "changed": ...}}
  {"pay": [{"name": ..., "state": [...], "carry": [...], "action": [...]}, ...]}
  {"tolerance": [[x, lower, upper or null, margin, sigmoid, value at the margin], ...]}
and writes 64-bit floats: for each episode the first observation, then for each step the observation, the reward and the end
(0 none, 1 terminated, 2 truncated); for each beginning of an episode positions, velocities and so many numbers that were
changed in the model; the rewards of the steps, those of a task in a row; the tolerances.
"""

import itertools
import json
import os
import sys

# numpy and OpenBLAS choose their functions by processor. These two have the arithmetic of C's double: no multiplication
# fused with an addition, and the C library's log1p.
os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V4 AVX512_ICL AVX512_SPR"
os.environ["OPENBLAS_CORETYPE"] = "Haswell"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MUJOCO_GL"] = "disable"

import mujoco
import numpy as np
from dm_control import suite
from dm_control.rl import control
from dm_control.utils import rewards

INTEGRATION = int(mujoco.mjtState.mjSTATE_INTEGRATION)

# What an episode changes in the model.
CHANGED = {
    "finger": [("site_pos", "target", ["x", "z"])],
    "fish": [("geom_pos", "target", ["x", "y", "z"])],
    "reacher": [("geom_pos", "target", ["x", "y"])],
    "swimmer": [("geom_pos", "target", ["x", "y"])],
    "manipulator": [("body_pos", "target_ball", ["x", "z"]), ("body_quat", "target_ball", ["qw", "qy"])],
}


def load(name):
    name = name.removeprefix("dm/").replace("-", "_")
    domain, task = next(pair for pair in suite.ALL_TASKS if "_".join(pair) == name)
    return domain, suite.load(domain, task, {"random": 0}, {"flat_observation": True})


def place(domain, physics, numbers):
    for table, row, columns in CHANGED.get(domain, []):
        if numbers:
            here, numbers = numbers[: len(columns)], numbers[len(columns) :]
            getattr(physics.named.model, table)[row, columns] = here
    assert not numbers


def begin(domain, env, episode):
    physics = env.physics
    env.reset()
    with physics.reset_context():
        place(domain, physics, episode["carry"])
        physics.set_state(np.array(episode["state"]), INTEGRATION)


def play(domain, env, episode, out):
    physics = env.physics
    begin(domain, env, episode)
    observation = control.flatten_observation(env.task.get_observation(physics))
    rows = [observation["observations"]]
    for action in episode["actions"]:
        step = env.step(np.array(action))
        end = 0.0 if not step.last() else 2.0 if step.discount == 1.0 else 1.0
        rows.append(np.concatenate([step.observation["observations"], [step.reward, end]]))
    write(out, np.concatenate(rows))


def reset(told, out):
    domain, env = load(told["name"])
    physics = env.physics
    changed = CHANGED.get(domain, []) if told["changed"] else []
    for _ in range(told["count"]):
        env.reset()
        rows = [physics.data.qpos, physics.data.qvel]
        rows += [getattr(physics.named.model, table)[row, columns] for table, row, columns in changed]
        write(out, np.concatenate(rows))


def pay(steps, out):
    for name, steps in itertools.groupby(steps, lambda step: step["name"]):
        domain, env = load(name)
        for step in steps:
            begin(domain, env, step)
            write(out, [env.step(np.array(step["action"])).reward])


def tolerance(x, lower, upper, margin, sigmoid, value):
    upper = np.inf if upper is None else upper
    return rewards.tolerance(x, (lower, upper), margin, sigmoid, value)


def write(out, numbers):
    out.write(np.asarray(numbers).astype("<f8").tobytes())


def main():
    told, out = json.load(sys.stdin), sys.stdout.buffer
    for task in told.get("play", []):
        domain, env = load(task["name"])
        for episode in task["episodes"]:
            play(domain, env, episode, out)
    if "reset" in told:
        reset(told["reset"], out)
    pay(told.get("pay", []), out)
    write(out, [tolerance(*row) for row in told.get("tolerance", [])])


main()
