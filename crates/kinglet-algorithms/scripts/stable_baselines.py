# /// script
# requires-python = ">=3.11"
# dependencies = ["stable-baselines3==2.9.2", "torch==2.15.0"]
# ///
"""Policies with state-dependent exploration in Stable-Baselines3, in f64, and what they say of a batch.

    python stable_baselines.py            writes ../tests/fixtures/stable_baselines.csv
    python stable_baselines.py --check    compares it with what it would write

A row is: hidden units (0 for none), what, then numbers. Parameters, observations and actions are sines and cosines.
The gradient is that of Σ wᵢ (log π(aᵢ | sᵢ) + 0.1 H(sᵢ)), in the order of this project's parameters.
"""
import pathlib
import sys

import numpy
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticPolicy

torch.set_default_dtype(torch.float64)
FILE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "stable_baselines.csv"
ROWS, INPUTS, ACTIONS = 5, 3, 2


def policy_of(hidden):
    """A policy, and its parameters in this project's order with whether each is to be transposed."""
    box = lambda n: spaces.Box(-1.0, 1.0, (n,), numpy.float64)
    policy = ActorCriticPolicy(
        box(INPUTS), box(ACTIONS), lambda _: 0.0, use_sde=True, net_arch={"pi": [hidden] * (hidden > 0), "vf": []}
    ).double()
    layers = [m for m in policy.mlp_extractor.policy_net if isinstance(m, torch.nn.Linear)] + [policy.action_net]
    params = [p for layer in layers for p in ((layer.weight, True), (layer.bias, False))]
    params.append((policy.log_std, False))
    at = 0
    with torch.no_grad():
        for param, transposed in params:
            values = 0.8 * torch.sin(torch.arange(at, at + param.numel()) + 1.0)
            at += param.numel()
            param.copy_(values.reshape(param.T.shape).T if transposed else values.reshape(param.shape))
    return policy, params


def table(columns, phase):
    i, j = torch.arange(float(ROWS))[:, None], torch.arange(float(columns))[None, :]
    return torch.cos(3 * i + j + phase)


def main():
    lines = []
    for hidden in (0, 4):
        policy, params = policy_of(hidden)
        latent = policy.mlp_extractor.forward_actor(table(INPUTS, 0.0))
        law = policy._get_action_dist_from_latent(latent)
        log_prob, entropy = law.log_prob(table(ACTIONS, 0.5)), law.entropy()
        (table(1, 0.25)[:, 0] * (log_prob + 0.1 * entropy)).sum().backward()
        gradient = [(p.grad.T if transposed else p.grad).flatten() for p, transposed in params]
        for what, numbers in (("log_prob", log_prob), ("entropy", entropy), ("gradient", torch.cat(gradient))):
            lines.append(",".join([str(hidden), what] + [repr(x) for x in numbers.tolist()]))
    text = "\n".join(lines) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(None if FILE.read_text() == text else f"{FILE} is not what Stable-Baselines3 gives")
    FILE.write_text(text)


if __name__ == "__main__":
    main()
