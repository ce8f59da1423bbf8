"""The problems of `sweep.rs` in numpy and jax, and that of `irl.rs` in numpy, on one thread: the same numbers.

    python3 -m venv /tmp/peer && /tmp/peer/bin/pip install jax==0.10.2
    /tmp/peer/bin/python crates/kinglet-objectives/benches/peer.py
    /tmp/peer/bin/python crates/kinglet-objectives/benches/peer.py irl

Prints the shortest time of each sweep, and the median time of a gradient of inverse reinforcement learning; run it
in the same minute as `cargo bench -p kinglet-objectives --bench sweep`, or `--bench irl`.
"""
import os
import sys

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import time

import numpy as np

DISCOUNT, TEMPERATURE, SLIP = 0.95, 0.1, 0.1
BYTES = 8 + 8 + 8 + 5 * 4


def grid(n):
    """Successors of stay, north, east, south, west; -.01 a step, 1 in the far corner."""
    row, column = np.divmod(np.arange(n * n), n)
    moves = [(0, 0), (-1, 0), (0, 1), (1, 0), (0, -1)]
    clip = lambda x: np.clip(x, 0, n - 1)
    successor = np.stack([clip(row + i) * n + clip(column + j) for i, j in moves], axis=1)
    reward = np.full(n * n, -0.01)
    reward[-1] = 1.0
    return successor.astype(np.int32), reward


def sweep(xp, successor, reward, v):
    """max over policies of r + E[discounted v] + temperature * entropy, slipping one time in ten."""
    ahead = v[successor]
    q = reward[:, None] + DISCOUNT * ((1 - SLIP) * ahead + SLIP * ahead.mean(axis=1, keepdims=True))
    top = q.max(axis=1)
    return top + TEMPERATURE * xp.log(xp.exp((q - top[:, None]) / TEMPERATURE).sum(axis=1))


def shortest(f, rounds, repeats=1):
    """The shortest time of one call, in microseconds."""
    f()
    best = float("inf")
    for _ in range(rounds):
        clock = time.perf_counter()
        for _ in range(repeats):
            f()
        best = min(best, time.perf_counter() - clock)
    return best / repeats * 1e6


def jax_loop(successor, reward, sweeps):
    """A compiled loop of sweeps."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    successor, reward = jnp.asarray(successor), jnp.asarray(reward)
    body = lambda _, v: sweep(jnp, successor, reward, v)
    loop = jax.jit(lambda v: jax.lax.fori_loop(0, sweeps, body, v))
    v = jnp.zeros(len(reward))
    return lambda: loop(v).block_until_ready()


def irl_gradient(successor, reward, steps):
    """Backwards through soft values, forwards through the visits of their policy, by gathering."""
    n, n_actions = successor.shape
    expect = lambda x: (1 - SLIP) * x + SLIP * x.mean(axis=1, keepdims=True)
    v, policy = np.zeros(n), np.empty((steps, n, n_actions))
    for t in reversed(range(steps)):
        q = reward[:, None] + expect(v[successor])
        top = q.max(axis=1, keepdims=True)
        v = np.log(np.exp(q - top).sum(axis=1)) + top[:, 0]
        policy[t] = np.exp(q - v[:, None])
    law = np.zeros(n)
    law[0] = 1
    visits = law.copy()
    for t in range(steps - 1):
        moved = expect(law[:, None] * policy[t])
        law = np.bincount(successor.ravel(), moved.ravel(), minlength=n)
        visits += law
    return visits


def irl():
    successor, reward = grid(20)
    rounds = [shortest(lambda: irl_gradient(successor, reward, 60), 1, 20) for _ in range(5)]
    visits = irl_gradient(successor, reward, 60)
    print(f"causal, numpy gather: median {np.median(rounds) / 1e3:.4f} ms a gradient; "
          f"visits: goal {visits[-1]:.12e}, start {visits[0]:.12f}")


def main():
    successor, reward = grid(20)
    v = np.zeros(400)
    print(f"numpy 20x20           {shortest(lambda: sweep(np, successor, reward, v), 50, 20):8.2f} us a sweep")
    print(f"jax loop 20x20        {shortest(jax_loop(successor, reward, 500), 200) / 500:8.2f} us a sweep")
    sweeps, residual = 0, 1.0
    while residual >= 1e-8:
        following = sweep(np, successor, reward, v)
        residual, v, sweeps = abs(following - v).max(), following, sweeps + 1
    print(f"to 1e-8: {sweeps} sweeps, V0 {v[0]:.13f}, Vgoal {v[-1]:.13f}")
    b, c = np.ones(12_000_000), np.ones(12_000_000)
    a = np.empty_like(b)
    copy = 16 * len(a) / shortest(lambda: np.copyto(a, b), 10) * 1e6
    bound = BYTES * 1e12 / copy
    print(f"copy {copy * 1e-9:.1f} GB/s: {BYTES} bytes a state take {bound:.0f} us for 1000x1000")
    successor, reward = grid(1000)
    for name, time_us in (
        ("numpy", shortest(lambda: sweep(np, successor, reward, np.zeros(10**6)), 3)),
        ("jax loop", shortest(jax_loop(successor, reward, 10), 5) / 10),
    ):
        print(f"{name:9} 1000x1000   {time_us:8.0f} us a sweep, {time_us / bound:.1f} of these")


if __name__ == "__main__":
    irl() if "irl" in sys.argv[1:] else main()
