"""Stable-Baselines3's training on one thread, to stand beside `kinglet train`: what `cargo xtask bench speed` runs.

    python3 -m venv venv && venv/bin/pip install -r crates/kinglet-cli/benches/requirements.txt
    venv/bin/python crates/kinglet-cli/benches/peer.py ppo CartPole-v1 20000

Takes the hyper-parameters from the installed RL Baselines3 Zoo, as kinglet's presets do, or from a preset of kinglet's that
is named as a fourth argument (of PPO), and prints one JSON line: the steps taken and the seconds that `learn` took, imports
and set-up not counted.
"""
import json
import sys
import time
import tomllib
import warnings
from importlib.resources import files

warnings.filterwarnings("ignore")

import torch

torch.set_num_threads(1)

import yaml
from sb3_contrib import TRPO
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize

ALGORITHMS = {"ppo": PPO, "sac": SAC, "trpo": TRPO}


def scheduled(value):
    """A number, or `lin_0.001`: that number, falling to 0 over the run."""
    if not isinstance(value, str):
        return value
    start = float(value.removeprefix("lin_"))
    return lambda remaining: remaining * start


def settings(algorithm, environment):
    text = files("rl_zoo3").joinpath("hyperparams", f"{algorithm}.yml").read_text()
    found = dict(yaml.safe_load(text)[environment])
    for key in ("learning_rate", "clip_range"):
        if key in found:
            found[key] = scheduled(found[key])
    return found


def of_preset(path):
    with open(path, "rb") as file:
        told = tomllib.load(file)
    rollout, policy, how = told["rollout"], told["policy"], told["algorithm"]
    rate = how["learning_rate"]
    assert how["name"] == "ppo" and rate["along"] == "linear"
    assert rollout["normalise_observations"] and rollout["normalise_rewards"]
    return {
        "policy": "MlpPolicy",
        "normalize": True,
        "n_envs": rollout["environments"],
        "n_steps": rollout["steps"],
        "policy_kwargs": {
            "net_arch": {"pi": policy["hidden"], "vf": told["critic"]["hidden"]},
            "activation_fn": torch.nn.Tanh,
            "log_std_init": policy["log_std"],
        },
        "gamma": told["advantage"]["discount"],
        "gae_lambda": told["advantage"]["lambda"],
        "n_epochs": how["epochs"],
        "batch_size": how["minibatch"],
        "learning_rate": lambda remaining: rate["to"] + (rate["from"] - rate["to"]) * remaining,
        "clip_range": how["clip_width"],
        "ent_coef": how["entropy_coefficient"],
        "vf_coef": how["value_coefficient"],
        "max_grad_norm": how["max_gradient_norm"],
    }


def main(algorithm, environment, steps, preset=None):
    found = of_preset(preset) if preset else settings(algorithm, environment)
    found.pop("n_timesteps", None)
    env = make_vec_env(environment, n_envs=found.pop("n_envs", 1), seed=0)
    if found.pop("normalize", False):
        env = VecNormalize(env, gamma=found.get("gamma", 0.99))
    model = ALGORITHMS[algorithm](found.pop("policy"), env, seed=0, device="cpu", **found)
    start = time.perf_counter()
    model.learn(steps)
    print(json.dumps({"steps": model.num_timesteps, "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
