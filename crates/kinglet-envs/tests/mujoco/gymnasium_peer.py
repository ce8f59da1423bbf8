"""Plays what the test has played, in Gymnasium, and begins episodes of its own.

Reads a list of {"id": ..., "options": {...}, "episodes": [{"qpos": [...], "qvel": [...], "actions": [[...], ...]}, ...],
"resets": ...}. For each it writes: of every episode the first observation, then for each step the observation, the reward
and the end (0 none, 1 terminated, 2 truncated); then positions and velocities after as many resets. All are 64-bit floats.
"""

import json
import sys
import warnings

import gymnasium
import mujoco
import numpy as np

warnings.simplefilter("ignore")


def play(env, episode):
    task = env.unwrapped
    env.reset(seed=0)
    mujoco.mj_resetData(task.model, task.data)
    task.set_state(np.array(episode["qpos"]), np.array(episode["qvel"]))
    rows = [task._get_obs()]
    for action in episode["actions"]:
        observation, reward, terminated, truncated, _ = env.step(np.array(action))
        end = 1.0 if terminated else 2.0 if truncated else 0.0
        rows.append(np.concatenate([observation, [reward, end]]))
    return np.concatenate(rows)


def begin(env, count):
    task = env.unwrapped
    env.reset(seed=0)
    for _ in range(count):
        env.reset()
        yield np.concatenate([task.data.qpos, task.data.qvel])


def main():
    for told in json.load(sys.stdin):
        env = gymnasium.make(told["id"], disable_env_checker=True, **told["options"])
        for episode in told["episodes"]:
            sys.stdout.buffer.write(play(env, episode).astype("<f8").tobytes())
        for state in begin(env, told["resets"]):
            sys.stdout.buffer.write(state.astype("<f8").tobytes())


main()
