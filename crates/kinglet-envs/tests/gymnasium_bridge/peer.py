"""Plays episodes as they are told on standard input, and writes what is seen as 64-bit numbers.

Told are an environment's recipe, and of each episode its seed and actions. Written are, of each episode, the first
observation, then after each step the observation, the reward, and 0, or 1 for a termination, or 2 for a truncation.
"""

import json
import sys

import gymnasium
import numpy


def make(recipe):
    if recipe["id"].startswith("ALE/"):
        import ale_py

        gymnasium.register_envs(ale_py)
    env = gymnasium.make(recipe["id"], **recipe["options"])
    for wrapper in recipe["wrappers"]:
        env = getattr(gymnasium.wrappers, wrapper["name"])(env, **wrapper["options"])
    return env


def main():
    told = json.load(sys.stdin)
    env = make(told["recipe"])

    def write(observation, *numbers):
        flat = gymnasium.spaces.flatten(env.observation_space, observation)
        row = numpy.concatenate([flat, numbers]).astype(numpy.float64)
        sys.stdout.buffer.write(row.tobytes())

    for episode in told["episodes"]:
        observation, _ = env.reset(seed=episode["seed"])
        write(observation)
        for action in episode["actions"]:
            if isinstance(env.action_space, gymnasium.spaces.Discrete):
                action = int(action[0]) + int(env.action_space.start)
            else:
                action = numpy.array(action).astype(env.action_space.dtype)
                action = action.reshape(env.action_space.shape)
            observation, reward, terminated, truncated, _ = env.step(action)
            write(observation, reward, 1 if terminated else 2 if truncated else 0)


main()
