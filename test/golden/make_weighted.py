#!/usr/bin/env python3
"""Golden values for training with weights: writes weighted.golden.json beside this file.

Run:  python3 test/golden/make_weighted.py     (PyTorch and NumPy; about 2 s; same bytes every time)

Data, network and optimiser are made as in make_training.py, which documents them; values are PyTorch's, in float64, and
what goes in is exact in float32.

  about, torch, seed    text, PyTorch version, torch.manual_seed of the data
  inputs, labels        58 rows x D 7; 58 class indices, C 5
  batchSizes            [6 x 9, 4]: rows are taken in file order, one step per batch
  sizes, initial        [7, 16, 5] and its initial tensors
  config                of torch.optim.SGD: Nesterov's momentum and weight decay
  runs                  keys class, row, both
    weights             58 weights of rows
    first               of the first batch: loss, gradients
    losses              10: each batch's loss before its update; null for a batch whose weights are all 0
    final               tensors after the updates

class: torch.nn.functional.cross_entropy(logits, labels, weight=CLASS_WEIGHTS). row: sum of weight times loss over the rows,
by the sum of the weights; some weights are 0, all of them in batch ZERO_BATCH, which makes no update. both: their product.
The script checks itself: class by the formula of row.
"""
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

from make_training import (
    BATCH_SIZES,
    CLASSES,
    INPUTS,
    KINK,
    SEED,
    assert_close,
    digits10,
    float32_values,
    make_data,
    make_initial,
    make_network,
)

HIDDEN = [16]
CONFIG = {"name": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}
CLASS_WEIGHTS = float32_values(torch.tensor([0.5, 3.0, 1.0, 0.3, 7.25], dtype=torch.float64))
ZERO_BATCH = 4


def row_weights(generator):
    weights = torch.rand(sum(BATCH_SIZES), generator=generator, dtype=torch.float64) * 5
    weights[torch.rand(len(weights), generator=generator) < 0.2] = 0.0
    first = sum(BATCH_SIZES[:ZERO_BATCH])
    weights[first : first + BATCH_SIZES[ZERO_BATCH]] = 0.0
    assert all(batch.sum() > 0 for i, batch in enumerate(weights.split(BATCH_SIZES)) if i != ZERO_BATCH)
    return float32_values(weights)


def weighted_mean(logits, labels, weights):
    return (weights * cross_entropy(logits, labels, reduction="none")).sum() / weights.sum()


def by_class(logits, labels, weights):
    loss = cross_entropy(logits, labels, weight=CLASS_WEIGHTS)
    assert_close("class weights", loss.item(), weighted_mean(logits, labels, weights).item())
    return loss


def train(sizes, initial, x, labels, weights, loss_of, distances):
    network = make_network(sizes, initial, distances)
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=CONFIG["learningRate"],
        momentum=CONFIG["momentum"],
        nesterov=CONFIG["nesterov"],
        weight_decay=CONFIG["weightDecay"],
    )
    losses, gradients = [], None
    for bx, by, bw in zip(x.split(BATCH_SIZES), labels.split(BATCH_SIZES), weights.split(BATCH_SIZES)):
        if bw.sum() == 0:
            losses.append(None)
            continue
        loss = loss_of(network(bx), by, bw)
        optimizer.zero_grad()
        loss.backward()
        if gradients is None:
            gradients = {name: digits10(p.grad) for name, p in network.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
    return {
        "weights": weights.tolist(),
        "first": {"loss": losses[0], "gradients": gradients},
        "losses": losses,
        "final": {k: digits10(v) for k, v in network.state_dict().items()},
    }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    generator = torch.default_generator
    x, labels = make_data(generator)
    sizes = [INPUTS, *HIDDEN, CLASSES]
    initial = make_initial(sizes, generator)
    rows, classes = row_weights(generator), CLASS_WEIGHTS[labels]
    distances = []
    runs = {
        name: train(sizes, initial, x, labels, weights, loss_of, distances)
        for name, weights, loss_of in [
            ("class", classes, by_class),
            ("row", rows, weighted_mean),
            ("both", float32_values(rows * classes), weighted_mean),
        ]
    }
    assert min(distances) > KINK, f"a pre-activation is {min(distances)} from ReLU's kink: change SEED"
    golden = {
        "about": "Made by test/golden/make_weighted.py, which documents the keys. Float64 values of PyTorch: steps of "
        "torch.optim.SGD whose loss is a weighted mean.",
        "torch": torch.__version__,
        "seed": SEED,
        "inputs": x.tolist(),
        "labels": labels.tolist(),
        "batchSizes": BATCH_SIZES,
        "sizes": sizes,
        "initial": {k: v.tolist() for k, v in initial.items()},
        "config": CONFIG,
        "runs": runs,
    }
    path = pathlib.Path(__file__).with_name("weighted.golden.json")
    text = json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n"
    path.write_text(text)
    print(f"{path}: {len(text)} bytes, smallest |pre-activation| {min(distances):.2g}")
    for name, run in runs.items():
        print(name, " ".join("-" if loss is None else f"{loss:.4f}" for loss in run["losses"]))


if __name__ == "__main__":
    main()
