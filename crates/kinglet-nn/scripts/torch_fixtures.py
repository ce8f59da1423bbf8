# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0"]
# ///
"""Trains small networks in PyTorch, in f64, and writes down their parameters.

    python torch_fixtures.py            writes ../tests/fixtures/torch.csv
    python torch_fixtures.py --check    compares it with what it would write

A row is: activation, layer normalisation (yes or no), optimiser, then the parameters in this crate's order after five
steps on a batch of three. Parameters start at 0.5 sin(1), 0.5 sin(2), …; x and the output's gradient are cosines.
"""
import math
import pathlib
import sys

import torch

torch.set_default_dtype(torch.float64)
SIZES = [2, 4, 3, 2]
FILE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "torch.csv"
ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "silu": torch.nn.functional.silu}
OPTIMISERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9),
}


def layers(normalised):
    """Shapes of the parameters, in order: W [inputs, outputs], b, and where normalised g, c."""
    for number, (inputs, outputs) in enumerate(zip(SIZES, SIZES[1:])):
        norm = normalised and number < len(SIZES) - 2
        yield [(inputs, outputs), (outputs,)] + [(outputs,), (outputs,)] * norm


def start(normalised):
    at = 0
    for shapes in layers(normalised):
        own = []
        for shape in shapes:
            n = math.prod(shape)
            values = [0.5 * math.sin(at + i + 1) for i in range(n)]
            own.append(torch.tensor(values).reshape(shape).requires_grad_())
            at += n
        yield own


def forward(activation, params, x):
    for number, own in enumerate(params):
        x = x @ own[0] + own[1]
        if number < len(params) - 1:
            if len(own) == 4:
                x = torch.nn.functional.layer_norm(x, x.shape[1:], own[2], own[3])
            x = activation(x)
    return x


def table(rows, columns, phase):
    return torch.tensor([[math.cos(3 * i + j + phase) for j in range(columns)] for i in range(rows)])


def trained(activation, normalised, optimiser):
    params = list(start(normalised))
    flat = [p for own in params for p in own]
    optimiser = OPTIMISERS[optimiser](flat)
    x, c = table(3, SIZES[0], 0.0), table(3, SIZES[-1], 0.5)
    for _ in range(5):
        optimiser.zero_grad()
        y = forward(ACTIVATIONS[activation], params, x)
        (0.5 * ((y - c) ** 2).sum()).backward()
        optimiser.step()
    return [value for p in flat for value in p.detach().flatten().tolist()]


def main():
    lines = []
    for activation in ACTIVATIONS:
        for normalised in (False, True):
            for optimiser in OPTIMISERS:
                numbers = trained(activation, normalised, optimiser)
                words = [activation, "yes" if normalised else "no", optimiser]
                lines.append(",".join(words + [repr(number) for number in numbers]))
    text = "\n".join(lines) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(None if FILE.read_text() == text else f"{FILE} is not what PyTorch gives")
    FILE.write_text(text)


if __name__ == "__main__":
    main()
