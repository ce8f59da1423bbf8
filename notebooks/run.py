"""Runs notebooks through the kinglet kernel and compares what they show with what is committed.

    python notebooks/run.py [NOTEBOOK...]

What is committed came from the chapter's program, compiled as a whole; the kernel compiles cell by
cell. Both must show the same: text to the letter, numbers to eight digits, figures to a tenth of a
pixel. An error reply, a missing output or a number that differs ends with exit status 1.
"""

import re
import statistics
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

RELATIVE = 1e-8
ABSOLUTE = 1e-12
COORDINATE = 1.0  # whole numbers in a figure, in tenths of a pixel
PATIENCE = 600  # seconds a cell; the first may compile what cells link to
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def same(a, b, slack=ABSOLUTE):
    """Whether two texts are equal but for the last digits of their numbers."""
    if NUMBER.split(a) != NUMBER.split(b):
        return False
    return all(close(x, y, slack) for x, y in zip(NUMBER.findall(a), NUMBER.findall(b)))


def close(a, b, slack):
    x, y = (float(text.replace("−", "-")) for text in (a, b))
    if not (a + b).replace("-", "").replace("−", "").isdigit():
        slack = ABSOLUTE
    return abs(x - y) <= max(slack, RELATIVE * max(abs(x), abs(y)))


def shown(outputs):
    """What a cell shows: text on standard output joined, displays and values alike."""
    items = []
    for output in outputs:
        if output.output_type == "stream":
            if output.name != "stdout":
                continue
            if items and "stdout" in items[-1]:
                items[-1]["stdout"] += output.text
            else:
                items.append({"stdout": output.text})
        elif output.output_type in ("display_data", "execute_result"):
            items.append(dict(output.data))
    return items


def differences(committed, fresh):
    """What differs between what a cell showed and what it shows."""
    before, after = shown(committed), shown(fresh)
    if len(before) != len(after):
        yield f"{len(before)} outputs are committed, the kernel gives {len(after)}: {after}"
        return
    for old, new in zip(before, after):
        for form in sorted(old.keys() | new.keys()):
            slack = COORDINATE if form == "image/svg+xml" else ABSOLUTE
            a, b = old.get(form, ""), new.get(form, "")
            if not same(a, b, slack):
                yield f"{form} is {a[:300]!r}, the kernel gives {b[:300]!r}"


class Timed(NotebookClient):
    """A client that keeps how long each cell took."""

    def __init__(self, notebook, **options):
        super().__init__(notebook, **options)
        self.seconds = []

    async def async_execute_cell(self, cell, *arguments, **options):
        start = time.monotonic()
        result = await super().async_execute_cell(cell, *arguments, **options)
        if cell.cell_type == "code":
            self.seconds.append(time.monotonic() - start)
        return result


def run(path):
    """Runs one notebook; the faults found."""
    committed = nbformat.read(path, as_version=4)
    nbformat.validate(committed)
    fresh = nbformat.from_dict(committed)
    client = Timed(
        fresh,
        kernel_name="kinglet",
        timeout=PATIENCE,
        startup_timeout=PATIENCE,
        resources={"metadata": {"path": str(path.parent)}},
    )
    start = time.monotonic()
    try:
        client.execute()
    except CellExecutionError as error:
        return [f"{path.name}: {error}"]
    faults = [
        f"{path.name}, cell {new.id}: {difference}"
        for old, new in zip(committed.cells, fresh.cells)
        if new.cell_type == "code"
        for difference in differences(old.outputs, new.outputs)
    ]
    if not faults:
        median = statistics.median(client.seconds)
        print(
            f"{path.name}: the same ({len(client.seconds)} cells in "
            f"{time.monotonic() - start:.1f} s, the first {client.seconds[0]:.2f} s, "
            f"median {median:.2f} s)",
            flush=True,
        )
    return faults


def main():
    here = Path(__file__).resolve().parent
    paths = [Path(name).resolve() for name in sys.argv[1:]] or sorted(here.glob("*.ipynb"))
    if not paths:
        sys.exit("there is no notebook")
    faults = [fault for path in paths for fault in run(path)]
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
