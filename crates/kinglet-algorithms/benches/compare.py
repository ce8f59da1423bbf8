"""Our updates and PyTorch's in turn, on a machine that does nothing else.

    venv/bin/python crates/kinglet-algorithms/benches/compare.py [rounds]

Runs `cargo bench -p kinglet-algorithms --bench updates` and `peer.py` (with the Python that runs this) five times in
turn, and prints the median of each time and of each round's ratio; how much of the multiply-add peak W2 reaches, and how
much faster it is on two threads.
"""
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
UNITS = {"ns": 1e-3, "µs": 1.0, "ms": 1e3}
NAMES = {
    "W1 PPO minibatch": "W1",
    "W2 SAC/1 threads": "W2",
    "W2 SAC/2 threads": "W2 on two threads",
    "W3 one action": "W3",
    "W4 Fisher product": "W4",
    "W5 MPO": "W5",
}
BENCH = ["cargo", "bench", "-q", "-p", "kinglet-algorithms", "--bench", "updates", "--"]
TIME = re.compile(r"^(.*?)\s+time:\s+\[\S+ \S+ (\S+) (\S+) \S+ \S+\]", re.M)
RATE = re.compile(r"^\s+thrpt:\s+\[\S+ \S+ (\S+) ([GM])elem/s", re.M)


def ours():
    """Microseconds by name, and the shares of the peak on one thread and on two."""
    command = [*BENCH, "--noplot", "--measurement-time", "2"]
    output = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout
    output = re.sub(r"\n\s+time:", " time:", output)
    times = {NAMES[name]: float(t) * UNITS[unit] for name, t, unit in TIME.findall(output) if name in NAMES}
    rates = [float(rate) * {"G": 1e9, "M": 1e6}[unit] for rate, unit in RATE.findall(output)]
    return times, rates[0] / rates[2]


def theirs():
    command = [sys.executable, os.path.join(HERE, "peer.py")]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in output.splitlines()}


def main(rounds):
    rows, shares = {}, []
    for number in range(rounds):
        (mine, share), peer = ours(), theirs()
        shares.append(share)
        peer["W2 on two threads"] = mine["W2"]
        for name, time in mine.items():
            rows.setdefault(name, []).append((time, peer[name]))
            print(f"round {number + 1}: {name} {time:.2f} us and {peer[name]:.2f} us", file=sys.stderr, flush=True)
    print("| | kinglet (µs) | PyTorch (µs) | ratio | of the rounds |\n|---|---|---|---|---|")
    for name, times in sorted(rows.items()):
        mine, peer = (statistics.median(column) for column in zip(*times))
        ratios = [b / a for a, b in times]
        beside = f"{peer:.1f}" if name in ("W1", "W2", "W3", "W4", "W5") else "one thread"
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"| {name} | {mine:.2f} | {beside} | {statistics.median(ratios):.2f} | {spread} |")
    print(f"\nW2 on one thread: {100 * statistics.median(shares):.0f} % of the multiply-add peak")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
