"""The direction task in NumPyro, as one compiled loop, to stand beside `cargo bench -p kinglet-svi`.

    python3 -m venv venv && venv/bin/pip install numpyro==0.22.0 jax==0.10.2
    venv/bin/python crates/kinglet-svi/benches/peer.py

Prints the microseconds of one step (an estimate of the ELBO's gradient and Adam's move), the median of five runs of a
loop that is compiled before, on one thread; by the path and by the score, with 1, 10 and 100 particles.
"""
import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import statistics
import sys
import time

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax import lax
from numpyro.infer import SVI, Trace_ELBO, TraceGraph_ELBO

DIRECTION = jnp.array([1.0, -1.0])


class ScoredNormal(dist.Normal):
    """A normal law without a path, so that its gradient is the score's."""

    reparametrized_params = []

    def sample(self, key, sample_shape=()):
        return lax.stop_gradient(super().sample(key, sample_shape))


def programs(law):
    def model():
        a = numpyro.sample("a", dist.Uniform(-100 * jnp.ones(2), 100 * jnp.ones(2)).to_event(1))
        numpyro.factor("O", -jnp.sum((a - DIRECTION) ** 2))

    def guide():
        w = numpyro.param("W", jnp.zeros(2))
        numpyro.sample("a", law(w, 0.5).to_event(1))

    return model, guide


def microseconds(law, elbo, particles, steps):
    model, guide = programs(law)
    svi = SVI(model, guide, numpyro.optim.Adam(1e-2), elbo(num_particles=particles))

    @jax.jit
    def loop(state):
        def step(state, _):
            state, _ = svi.update(state)
            return state, None

        return lax.scan(step, state, None, length=steps)[0]

    state = svi.init(jax.random.PRNGKey(0))
    jax.block_until_ready(loop(state))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        jax.block_until_ready(loop(state))
        times.append((time.perf_counter() - start) / steps * 1e6)
    return statistics.median(times)


if __name__ == "__main__":
    sizes = [int(n) for n in sys.argv[1:]] or [1, 10, 100]
    for name, law, elbo in (("path", dist.Normal, Trace_ELBO), ("score", ScoredNormal, TraceGraph_ELBO)):
        for particles in sizes:
            steps = 200_000 // particles**0.5
            print(f"{name:5} {particles:3} particles {microseconds(law, elbo, particles, int(steps)):8.2f} us a step", flush=True)
    print("load", os.getloadavg()[0])
