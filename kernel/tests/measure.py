"""Measures how long a user waits: for the kernel, for the first cell, for the first plot, for a cell.

    python kernel/tests/measure.py [kernel name] [repetitions]

Wall time and, in brackets, processor time of the kernel and all below it, both in milliseconds.
"""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from notebook import Notebook  # noqa: E402

PLOT = """
let xs: Vec<f64> = (0..50).map(|i| i as f64 / 10.0).collect();
let ys: Vec<f64> = xs.iter().map(|x| x.sin()).collect();
let axes = Axes::new("Sine", Axis::linear("x"), Axis::linear("y"), "A sine wave.");
lines(&axes, &[Series::line("sine", xs.clone(), ys)])?
"""
CELLS = [
    "let a = 2.5_f64;",
    "a.exp()",
    "let v: Vec<f64> = (0..100).map(|i| i as f64).collect();",
    "v.iter().sum::<f64>()",
    "use kinglet::ndarray::{Array1, Array2, array};",
    "let m: Array2<f64> = array![[1.0, 2.0], [3.0, 4.0]];",
    "let w: Array1<f64> = m.dot(&array![1.0, -1.0]);",
    'println!("{w:.3} {:.3}", m.sum());',
    "let lottery = kinglet::envs::fixtures::lot(10.0)?;",
    "let inference = kinglet::objectives::exact_inference(&lottery, 1.0)?;",
    "inference.log_evidence",
    "fn square(x: f64) -> f64 { x * x }",
    "square(a)",
]


def ticks(pid):
    """Processor seconds of a process and of all below it, the ended ones among them."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(entry) == pid or int(fields[1]) == pid:
                total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


class Watch:
    """Wall and processor time since the start of a notebook."""

    def __init__(self, book):
        self.book = book
        self.pid = book.manager.provisioner.process.pid

    def since_start(self):
        return 1000 * (time.monotonic() - self.book.started), 1000 * ticks(self.pid)

    def cell(self, code):
        wall, processor = self.since_start()
        outcome = self.book.run(code)
        assert outcome.status == "ok", outcome.account
        now = self.since_start()
        return now[0] - wall, now[1] - processor


def one_run(name):
    book = Notebook(name)
    watch = Watch(book)
    measured = {"ready: kernel_info answered": (1000 * book.ready, 1000 * ticks(watch.pid))}
    watch.cell("1 + 1")
    measured["first cell's value"] = watch.since_start()
    book.run("use kinglet::prelude::*;")
    measured["first let"] = watch.cell("let first = vec![1.0, 2.0];")
    if name == "kinglet":
        measured["first plot cell"] = watch.cell(PLOT)
        measured["start to first plot"] = watch.since_start()
        measured["a later plot cell"] = watch.cell(PLOT)
    times = [watch.cell(code) for code in CELLS if name == "kinglet" or "kinglet" not in code]
    measured["median later cell"] = tuple(statistics.median(t) for t in zip(*times))
    book.close()
    return measured


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "kinglet"
    runs = [one_run(name) for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3)]
    for quantity in runs[0]:
        wall, processor = (statistics.median(t) for t in zip(*(run[quantity] for run in runs)))
        print(f"{quantity:30} {wall:8.0f} [{processor:.0f}]")


if __name__ == "__main__":
    main()
