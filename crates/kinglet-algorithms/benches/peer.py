"""The five updates of `benches/updates` in PyTorch, eager, in f32 on one thread.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0
    venv/bin/python crates/kinglet-algorithms/benches/peer.py [W1 W2 W3 W4 W5]

Prints the median and the best microseconds of each; `compare.py` runs it beside ours.
"""
import math
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


def mpo():
    """A batch of 256, 20 actions of the target policy in each next state, which serve the critic's target and the E-step
    alike: the critic, the temperature by the gradient of its dual, the policy by weighted likelihood within decoupled
    bounds, their multipliers; fused Adam."""
    rows, draws, floor = 256, 20, 1e-6
    policy, target_policy = (network([17, 256, 256, 2 * ACTIONS], nn.ReLU) for _ in range(2))
    critic, target_critic = (network([17 + ACTIONS, 256, 256, 1], nn.ReLU) for _ in range(2))
    target_policy.load_state_dict(policy.state_dict())
    target_critic.load_state_dict(critic.state_dict())
    # ln η, and the logarithms of the multipliers of mean and covariance.
    log_eta, multipliers = nn.Parameter(torch.zeros(())), nn.Parameter(torch.tensor([0.0, 4.6]))
    bounds = torch.tensor([0.1, 1e-4])
    actor_adam = torch.optim.Adam(policy.parameters(), lr=5e-4, fused=True)
    critic_adam = torch.optim.Adam(critic.parameters(), lr=5e-4, fused=True)
    dual_adam = torch.optim.Adam([log_eta, multipliers], lr=0.01, fused=True)
    states, actions, next_states = torch.randn(rows, 17), torch.randn(rows, ACTIONS), torch.randn(rows, 17)
    rewards = torch.randn(rows)

    def log_likelihood(u, mean, log_std):
        z = (u - mean) * torch.exp(-log_std)
        return (-0.5 * z * z - log_std).sum(-1) - ACTIONS * LOG_ROOT

    def update():
        with torch.no_grad():
            old_mean, old_log_std = target_policy(next_states).chunk(2, -1)
            u = old_mean + old_log_std.exp() * torch.randn(draws, rows, ACTIONS)
            x = torch.cat([next_states.expand(draws, -1, -1), torch.tanh(u)], -1)
            q = target_critic(x.reshape(draws * rows, -1)).reshape(draws, rows)
            y = rewards + 0.99 * q.mean(0)
        loss = ((critic(torch.cat([states, torch.tanh(actions)], 1)).squeeze(-1) - y) ** 2).mean()
        critic_adam.zero_grad(set_to_none=True)
        loss.backward()
        critic_adam.step()

        eta = log_eta.exp() + floor
        dual = eta * (0.1 + (torch.logsumexp(q / eta, 0) - math.log(draws)).mean())
        weights = torch.softmax(q / eta.detach(), 0)
        mean, log_std = policy(next_states).chunk(2, -1)
        fit = log_likelihood(u, mean, old_log_std) + log_likelihood(u, old_mean, log_std)
        of_mean = (0.5 * ((mean - old_mean) * torch.exp(-old_log_std)) ** 2).sum(-1).mean()
        ratio = 2 * (old_log_std - log_std)
        of_covariance = (0.5 * (torch.exp(ratio) - 1 - ratio)).sum(-1).mean()
        kls, prices = torch.stack([of_mean, of_covariance]), multipliers.exp()
        loss = dual - (weights * fit).sum(0).mean()
        loss = loss + (prices.detach() * kls).sum() + (prices * (bounds - kls.detach())).sum()
        actor_adam.zero_grad(set_to_none=True)
        dual_adam.zero_grad(set_to_none=True)
        loss.backward()
        actor_adam.step()
        dual_adam.step()

    return update


WORK = {"W1": ppo, "W2": sac, "W3": action, "W4": fisher, "W5": mpo}


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
