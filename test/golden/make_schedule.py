#!/usr/bin/env python3
"""Golden values for the learning rate's schedule: writes schedule.golden.json beside this file.

Run:  python3 test/golden/make_schedule.py     (PyTorch; about 1 s; same bytes every time)

Three epochs of PyTorch in float64 over the rows, batches and initial tensors of training.golden.json, in file order, with
torch.optim.lr_scheduler.LinearLR from 1 to 0 over all steps, stepped after each batch.

  epochs                3
  config                {learningRate, momentum, weightDecay} of torch.optim.SGD
  rates                 the learning rate of each of the 30 steps
  networks[]            as in training.golden.json
    hidden
    losses              of each epoch: mean over rows of the loss that they had when their batch was seen
    final               {"0.weight": (out, in) as rows, "0.bias": (out), ...} after all steps, 10 significant digits

The script checks that no pre-activation of any step is within 1e-6 of 0 (make_training.py says why).
"""
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy

from make_training import KINK, digits10, make_network

HERE = pathlib.Path(__file__).parent
EPOCHS = 3
CONFIG = {"learningRate": 0.2, "momentum": 0.9, "weightDecay": 0.01}


def train(network, batches):
    """The learning rate of each step and the loss of each epoch."""
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=CONFIG["learningRate"],
        momentum=CONFIG["momentum"],
        weight_decay=CONFIG["weightDecay"],
    )
    steps = EPOCHS * len(batches)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=steps)
    rates, losses = [], []
    for _ in range(EPOCHS):
        total = 0.0
        for x, labels in batches:
            loss = cross_entropy(network(x), labels)
            total += loss.item() * len(x)
            optimizer.zero_grad()
            loss.backward()
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        losses.append(total / sum(len(x) for x, _ in batches))
    assert abs(scheduler.get_last_lr()[0]) < 1e-12
    return rates, losses


def main():
    torch.set_num_threads(1)
    golden = json.loads((HERE / "training.golden.json").read_text())
    sizes = golden["batchSizes"]
    x = torch.tensor(golden["inputs"], dtype=torch.float64)
    batches = list(zip(x.split(sizes), torch.tensor(golden["labels"]).split(sizes)))
    networks, distances = [], []
    for given in golden["networks"]:
        initial = {name: torch.tensor(value, dtype=torch.float64) for name, value in given["initial"].items()}
        network = make_network(given["sizes"], initial, distances)
        rates, losses = train(network, batches)
        final = {name: digits10(value) for name, value in network.state_dict().items()}
        networks.append({"hidden": given["hidden"], "losses": losses, "final": final})
    assert min(distances) > KINK, f"a pre-activation is {min(distances)} from ReLU's kink"
    written = {
        "about": "Made by test/golden/make_schedule.py, which documents the keys.",
        "torch": torch.__version__,
        "epochs": EPOCHS,
        "config": CONFIG,
        "rates": rates,
        "networks": networks,
    }
    text = json.dumps(written, separators=(",", ":"), allow_nan=False) + "\n"
    (HERE / "schedule.golden.json").write_text(text)
    print(f"{len(text)} bytes, smallest |pre-activation| {min(distances):.2g}")
    print([round(rate, 4) for rate in rates], [network["losses"] for network in networks])


if __name__ == "__main__":
    main()
