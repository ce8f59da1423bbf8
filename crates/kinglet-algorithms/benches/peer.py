"""The four updates of `benches/updates` in PyTorch, eager, in f32 on one thread.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0
    venv/bin/python crates/kinglet-algorithms/benches/peer.py [W1 W2 W3 W4]

Prints the median and the best microseconds of each; `compare.py` runs it beside ours.
"""
import statistics
import sys
import time

import torch
from torch import nn

ACTIONS = 6
LOG_ROOT = 0.918938533  # ½ ln 2π


def network(sizes, activation):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


def ppo():
    """A minibatch of 64: clipped surrogate, critic, entropy; back, the gradient clipped, fused Adam."""
    rows = 64
    policy, critic = network([17, 64, 64, ACTIONS], nn.Tanh), network([17, 64, 64, 1], nn.Tanh)
    log_std = nn.Parameter(torch.zeros(ACTIONS))
    params = [*policy.parameters(), log_std, *critic.parameters()]
    adam = torch.optim.Adam(params, lr=3e-4, fused=True)
    observations, actions = torch.randn(rows, 17), torch.randn(rows, ACTIONS)
    advantages, old, returns = torch.randn(rows), -8 + 0.1 * torch.randn(rows), torch.randn(rows)

    def update():
        z = (actions - policy(observations)) * torch.exp(-log_std)
        log_probs = -0.5 * (z * z).sum(-1) - log_std.sum() - ACTIONS * LOG_ROOT
        ratios = torch.exp(log_probs - old)
        surrogate = torch.min(ratios * advantages, ratios.clamp(0.8, 1.2) * advantages).mean()
        error = 0.5 * ((critic(observations).squeeze(-1) - returns) ** 2).mean()
        entropy = log_std.sum() + ACTIONS * (LOG_ROOT + 0.5)
        adam.zero_grad(set_to_none=True)
        (error - surrogate - 0.01 * entropy).backward()
        nn.utils.clip_grad_norm_(params, 0.5)
        adam.step()

    return update


def sac():
    """A batch of 256: both critics, the policy, the targets; fused Adam."""
    rows = 256
    policy = network([17, 256, 256, 2 * ACTIONS], nn.ReLU)
    critics, targets = ([network([17 + ACTIONS, 256, 256, 1], nn.ReLU) for _ in range(2)] for _ in range(2))
    critic_params = [p for critic in critics for p in critic.parameters()]
    target_params = [p for target in targets for p in target.parameters()]
    actor_adam = torch.optim.Adam(policy.parameters(), lr=3e-4, fused=True)
    critic_adams = [torch.optim.Adam(critic.parameters(), lr=3e-4, fused=True) for critic in critics]
    states, actions, next_states = torch.randn(rows, 17), torch.randn(rows, ACTIONS), torch.randn(rows, 17)
    rewards, noise, next_noise = torch.randn(rows), torch.randn(rows, ACTIONS), torch.randn(rows, ACTIONS)

    def draw(states, noise):
        mean, log_std = policy(states).chunk(2, -1)
        log_std = log_std.clamp(-5, 2)
        action = torch.tanh(mean + log_std.exp() * noise)
        slope = torch.log(1 - action * action + 1e-6)
        return action, (-0.5 * noise * noise - log_std - LOG_ROOT - slope).sum(-1)

    def smaller(pair, states, actions):
        x = torch.cat([states, actions], 1)
        return torch.min(pair[0](x), pair[1](x)).squeeze(-1)

    def update():
        with torch.no_grad():
            action, log_prob = draw(next_states, next_noise)
            y = rewards + 0.99 * (smaller(targets, next_states, action) - 0.2 * log_prob)
        x = torch.cat([states, actions], 1)
        loss = sum(((critic(x).squeeze(-1) - y) ** 2).mean() for critic in critics)
        for adam in critic_adams:
            adam.zero_grad(set_to_none=True)
        loss.backward()
        for adam in critic_adams:
            adam.step()
        for p in critic_params:
            p.requires_grad_(False)
        action, log_prob = draw(states, noise)
        loss = (0.2 * log_prob - smaller(critics, states, action)).mean()
        actor_adam.zero_grad(set_to_none=True)
        loss.backward()
        actor_adam.step()
        for p in critic_params:
            p.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(target_params, critic_params, 0.005)

    return update


def action():
    """The policy's outputs for one observation; drawing is not counted."""
    policy, observation = network([17, 64, 64, ACTIONS], nn.Tanh), torch.randn(1, 17)

    def act():
        with torch.inference_mode():
            policy(observation)

    return act


def fisher():
    """The Hessian of the KL divergence at 1024 observations times a vector, the gradient's graph kept."""
    rows, policy = 1024, network([17, 64, 64, ACTIONS], nn.Tanh)
    log_std = nn.Parameter(torch.zeros(ACTIONS))
    params = [*policy.parameters(), log_std]
    observations, vectors = torch.randn(rows, 17), [torch.randn_like(p) for p in params]
    mean = policy(observations)
    old_mean, old_log_std = mean.detach(), log_std.detach()
    spread = torch.exp(2 * old_log_std) + (mean - old_mean) ** 2
    kl = (log_std - old_log_std + spread / (2 * torch.exp(2 * log_std)) - 0.5).sum(-1).mean()
    gradients = torch.autograd.grad(kl, params, create_graph=True)

    def product():
        along = sum((g * v).sum() for g, v in zip(gradients, vectors))
        return torch.autograd.grad(along, params, retain_graph=True)

    return product


WORK = {"W1": ppo, "W2": sac, "W3": action, "W4": fisher}


def microseconds(work, seconds=2.0):
    """Median and best."""
    for _ in range(20):
        work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times), min(times)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for name in sys.argv[1:] or WORK:
        median, best = microseconds(WORK[name]())
        print(f"{name} {median:.2f} us median, {best:.2f} us best", flush=True)
