"""Plays what the test has played, in Gymnasium.

Reads {"id": ..., "options": {...}, "episodes": [{"qpos": [...], "qvel": [...], "actions": [[...], ...]}, ...]} and writes,
for each episode, the first observation, then for each step the observation, the reward and the end (0 none, 1 terminated,
2 truncated), all as 64-bit floats.
"""

import json
import sys
import warnings

import gymnasium
import mujoco
import numpy as np

warnings.simplefilter("ignore")


def play(env, episode, out):
    task = env.unwrapped
    env.reset(seed=0)
    mujoco.mj_resetData(task.model, task.data)
    task.set_state(np.array(episode["qpos"]), np.array(episode["qvel"]))
    rows = [task._get_obs()]
    for action in episode["actions"]:
        observation, reward, terminated, truncated, _ = env.step(np.array(action))
        end = 1.0 if terminated else 2.0 if truncated else 0.0
        rows.append(np.concatenate([observation, [reward, end]]))
    out.write(np.concatenate(rows).astype("<f8").tobytes())


def main():
    told = json.load(sys.stdin)
    env = gymnasium.make(told["id"], disable_env_checker=True, **told["options"])
    for episode in told["episodes"]:
        play(env, episode, sys.stdout.buffer)


main()
