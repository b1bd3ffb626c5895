#!/usr/bin/env python3
"""Golden values for softmax with cross-entropy: writes loss.golden.json beside this file.

Run:  python3 test/golden/make_loss.py     (standard library only; same bytes every time)

Computed with decimal at 60 digits and rounded once to float64, because float64 itself loses the small terms of
the extreme cases. All logits are exact in float32. m rows, C classes.

  about        text
  cases[]
    name       what the case is for
    logits     m rows x C
    labels     m class indices
    rowLosses  m: log(sum(exp(x - max))) - (x[label] - max)
    loss       their mean
    gradient   m rows x C: (softmax(x) - onehot(label)) / m, float64; below 1e-300 written as 0

At a confident right answer the gradient of the label is as small as -1e-48: float32 may give 0 there, so compare
with an absolute bound too.
"""
import json
import pathlib
import random
import struct
from decimal import Context, Decimal, localcontext, setcontext

setcontext(Context(prec=60, Emin=-999999, Emax=999999))
SEED = 1


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def to_float(value):
    return 0.0 if abs(value) < Decimal("1e-300") else float(value)


def make_case(name, logits, labels):
    logits = [[float32(v) for v in row] for row in logits]
    assert len(logits) == len(labels) and len({len(row) for row in logits}) == 1
    m = len(logits)
    row_losses, gradient = [], []
    for row, label in zip(logits, labels):
        exact = [Decimal(v) for v in row]  # Decimal(float) is exact
        top = max(exact)
        powers = [(v - top).exp() for v in exact]
        total = sum(powers)
        # total is 1 + tiny: where 60 digits would lose much of tiny, the series of log(1 + tiny) does not
        tiny = total_without_one(powers)
        log_total = total.ln() if tiny > Decimal("1e-20") else tiny - tiny * tiny / 2
        row_losses.append(log_total + (top - exact[label]))
        others = [sum(powers[:j] + powers[j + 1 :]) for j in range(len(powers))]
        gradient.append([(-others[j] if j == label else powers[j]) / total / m for j in range(len(powers))])
    return {
        "name": name,
        "logits": logits,
        "labels": labels,
        "rowLosses": [to_float(v) for v in row_losses],
        "loss": to_float(sum(row_losses) / m),
        "gradient": [[to_float(v) for v in row] for row in gradient],
    }


def total_without_one(powers):
    """Sum of all powers but one that is exp(0) = 1: log-sum-exp is log(1 + this)."""
    rest = list(powers)
    rest.remove(Decimal(1))
    return sum(rest, Decimal(0))


def make_cases():
    rng = random.Random(SEED)

    def normal(scale, rows, classes):
        return [[rng.gauss(0, scale) for _ in range(classes)] for _ in range(rows)]

    big = [[rng.choice([-1e5, 1e5, -99999.5, 99999.25]) + rng.gauss(0, 1) for _ in range(6)] for _ in range(4)]
    big.append([-1e5] * 6)
    big.append([1e5, -1e5, 1e5, -1e5, 1e5, -1e5])
    big.append([-1e5, -1e5, -1e5, -1e5, 1e5, -1e5])
    gaps = [80, 84, 86, 87, 87.5, 88, 88.5, 89, 95, 100, 103, 103.5, 104, 105, 110]
    return [
        make_case("random, 5 rows of 10", normal(3, 5, 10), [rng.randrange(10) for _ in range(5)]),
        make_case("one row", normal(1, 1, 4), [2]),
        make_case("plus and minus 1e5 mixed", big, [0, 3, 5, 1, 2, 1, 4]),
        make_case("all equal", [[v] * 7 for v in (0, 1.5, -3.25, 1e5, -1e5)], [0, 6, 3, 2, 5]),
        make_case("two classes", normal(2, 6, 2) + [[0, 0], [50, -50], [-50, 50]], [0, 1, 0, 1, 1, 0, 1, 0, 0]),
        make_case("label behind by 80 to 110", [[g, 0, g - 1] for g in gaps], [1] * len(gaps)),
        make_case("label ahead by 80 to 110", [[-g, 0, -g - 1] for g in gaps], [1] * len(gaps)),
        make_case("another class behind by 80 to 110", [[0.5, -g, 0.25] for g in gaps], [0] * len(gaps)),
    ]


def check(case):
    """By another way: -log(softmax[label]) as it is written, at 400 digits; rows of the gradient add up to 0."""
    with localcontext() as context:
        context.prec = 400
        m = len(case["labels"])
        for row, label, loss, gradient in zip(case["logits"], case["labels"], case["rowLosses"], case["gradient"]):
            powers = [Decimal(v).exp() for v in row]
            softmax = [p / sum(powers) for p in powers]
            expected = [-softmax[label].ln()] + [(p - (j == label)) / m for j, p in enumerate(softmax)]
            for actual, value in zip([loss, *gradient], expected):
                assert abs(Decimal(actual) - value) <= Decimal("2e-16") * abs(value) + Decimal("1e-300"), case["name"]
            assert abs(sum(gradient)) < 1e-16, case["name"]


def main():
    cases = make_cases()
    for case in cases:
        check(case)
    golden = {
        "about": "Made by test/golden/make_loss.py, which documents the keys. Softmax with cross-entropy, computed "
        "at 60 digits and rounded to float64; all logits are exact in float32.",
        "seed": SEED,
        "cases": cases,
    }
    path = pathlib.Path(__file__).with_name("loss.golden.json")
    text = json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n"
    path.write_text(text)
    print(f"{path}: {len(text)} bytes")
    for case in cases:
        print(f"{case['name']}: {len(case['logits'])} x {len(case['logits'][0])}, loss {case['loss']!r}")


if __name__ == "__main__":
    main()
