#!/usr/bin/env python3
"""Golden values for training: writes training.golden.json beside this file.

Run:  python3 test/golden/make_training.py     (PyTorch and NumPy; about 2 s; same bytes every time)

All values are PyTorch's, in float64. Inputs and initial tensors are rounded to float32 first, so a float32
program starts from exactly the same numbers. Legend: B rows, D inputs, C classes.

  about, torch, seed    text, PyTorch version, torch.manual_seed of the data
  inputs                58 rows x D 7, about 40 % exact zeros; float32 values written in full
  labels                58 class indices, C 5
  batchSizes            [6 x 9, 4]: rows are taken in file order, one step per batch
  networks[]
    hidden              [], [16] or [32, 16]; FC and ReLU alternate, the last FC gives the logits
    sizes               [7, ...hidden, 5]
    initial             {"0.weight": (out, in) as rows, "0.bias": (out), "2.weight": ...}; float32 values in full
    first               of the first batch, with the initial tensors:
      logits            6 rows x C
      loss              mean over the rows of -log softmax(logits)[label]
      gradients         like "initial"
    optimizers          keys sgd, momentum, nesterov, weightDecay, all; each starts from "initial"
      config            {name, learningRate, momentum, nesterov, weightDecay} of torch.optim.SGD
      losses            10: each batch's loss before its update
      final             like "initial", after 10 updates

torch.optim.SGD: g = dw + weightDecay * w (biases too); v = g at the first step, then v = momentum * v + g;
step = g + momentum * v if nesterov, v if momentum, else g; w = w - learningRate * step.
Losses are float64 in full; logits, gradients and final tensors have 10 significant digits.

The script checks itself: gradients and every step against a NumPy version written by hand (1e-12), and no
pre-activation of any step is within 1e-6 of 0, where nnt's ReLU derivative is 1 and PyTorch's is 0.
"""
import json
import math
import pathlib

import numpy as np
import torch
from torch.nn.functional import cross_entropy

SEED = 137  # of 1..149 the one whose pre-activations stay farthest from ReLU's kink: 5e-4
INPUTS, CLASSES = 7, 5
BATCH_SIZES = [6] * 9 + [4]
HIDDEN = [[], [16], [32, 16]]
KINK = 1e-6
BOUND = 1e-12
OPTIMIZERS = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True},
    "weightDecay": {"weightDecay": 0.01},
    "all": {"momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
}


def float32_values(tensor):
    return tensor.to(torch.float32).to(torch.float64)


def make_data(generator):
    rows = sum(BATCH_SIZES)
    x = torch.randn(rows, INPUTS, generator=generator, dtype=torch.float64)
    x[torch.rand(rows, INPUTS, generator=generator) < 0.4] = 0.0
    teacher = torch.randn(INPUTS, CLASSES, generator=generator, dtype=torch.float64)
    noise = torch.randn(rows, CLASSES, generator=generator, dtype=torch.float64)
    labels = (x @ teacher + noise).argmax(1)
    zeros = (x == 0).double().mean().item()
    assert 0.35 < zeros < 0.45, zeros
    assert labels.unique().numel() == CLASSES
    return float32_values(x), labels


def make_initial(sizes, generator):
    initial = {}
    for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
        w = torch.randn(n_out, n_in, generator=generator, dtype=torch.float64) * math.sqrt(2 / n_in)
        b = torch.randn(n_out, generator=generator, dtype=torch.float64) * 0.2
        assert (b != 0).all()
        initial[f"{2 * i}.weight"] = float32_values(w)
        initial[f"{2 * i}.bias"] = float32_values(b)
    return initial


def make_network(sizes, initial, distances):
    """Appends the smallest |pre-activation| of every forward pass to `distances`."""
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(n_in, n_out, dtype=torch.float64), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    network.load_state_dict(initial)
    for layer in network:
        if isinstance(layer, torch.nn.ReLU):
            layer.register_forward_pre_hook(lambda _, args: distances.append(args[0].abs().min().item()))
    return network


def batches(x, labels):
    return zip(x.split(BATCH_SIZES), labels.split(BATCH_SIZES))


def numpy_step(params, x, labels):
    """Forward and backward by hand, nnt's formulas. Returns logits, loss, gradients."""
    names = [name[:-7] for name in params if name.endswith(".weight")]
    inputs, pre = [x], []
    for name in names:
        pre.append(inputs[-1] @ params[name + ".weight"].T + params[name + ".bias"])
        inputs.append(np.maximum(pre[-1], 0))
    logits = pre[-1]
    shifted = logits - logits.max(1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(1, keepdims=True))
    rows = np.arange(len(x))
    loss = float(np.mean((log_sum - shifted)[rows, labels]))
    dy = np.exp(shifted - log_sum)
    dy[rows, labels] -= 1
    dy /= len(x)
    gradients = {}
    for i in reversed(range(len(names))):
        gradients[names[i] + ".weight"] = dy.T @ inputs[i]
        gradients[names[i] + ".bias"] = dy.sum(0)
        if i > 0:
            dy = (dy @ params[names[i] + ".weight"]) * (pre[i - 1] >= 0)
    return logits, loss, gradients


def numpy_update(params, gradients, velocity, config):
    for name, w in params.items():
        g = gradients[name] + config["weightDecay"] * w
        velocity[name] = config["momentum"] * velocity[name] + g if name in velocity else g
        step = g + config["momentum"] * velocity[name] if config["nesterov"] else velocity[name]
        params[name] = w - config["learningRate"] * (step if config["momentum"] else g)


def assert_close(what, actual, expected):
    error = np.max(np.abs(np.asarray(actual) - np.asarray(expected)))
    assert error <= BOUND, f"{what}: PyTorch and NumPy differ by {error}"


def digits10(tensor):
    return json.loads(json.dumps(tensor.tolist()), parse_float=lambda s: float(f"{float(s):.9e}"))


def first_step(sizes, initial, x, labels, distances):
    network = make_network(sizes, initial, distances)
    logits = network(x)
    loss = cross_entropy(logits, labels)
    loss.backward()
    gradients = {name: p.grad for name, p in network.named_parameters()}
    by_hand = numpy_step({k: v.numpy() for k, v in initial.items()}, x.numpy(), labels.numpy())
    assert_close("logits", logits.detach().numpy(), by_hand[0])
    assert_close("loss", loss.item(), by_hand[1])
    for name, gradient in gradients.items():
        assert gradient.abs().max() > 1e-3, name
        assert_close(name, gradient.numpy(), by_hand[2][name])
    return {
        "logits": digits10(logits.detach()),
        "loss": loss.item(),
        "gradients": {k: digits10(v) for k, v in gradients.items()},
    }


def train(sizes, initial, x, labels, config, distances):
    network = make_network(sizes, initial, distances)
    optimizer = torch.optim.SGD(
        network.parameters(),
        lr=config["learningRate"],
        momentum=config["momentum"],
        nesterov=config["nesterov"],
        weight_decay=config["weightDecay"],
    )
    params, velocity, losses = {k: v.numpy() for k, v in initial.items()}, {}, []
    for bx, by in batches(x, labels):
        loss = cross_entropy(network(bx), by)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        _, by_hand, gradients = numpy_step(params, bx.numpy(), by.numpy())
        numpy_update(params, gradients, velocity, config)
        assert_close(f"loss of step {len(losses)}", loss.item(), by_hand)
    final = network.state_dict()
    for name, value in final.items():
        assert_close(f"final {name}", value.numpy(), params[name])
    return {"config": config, "losses": losses, "final": {k: digits10(v) for k, v in final.items()}}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    generator = torch.default_generator
    x, labels = make_data(generator)
    distances, networks = [], []
    for hidden in HIDDEN:
        sizes = [INPUTS, *hidden, CLASSES]
        initial = make_initial(sizes, generator)
        first = first_step(sizes, initial, x[: BATCH_SIZES[0]], labels[: BATCH_SIZES[0]], distances)
        optimizers = {}
        for name, changes in OPTIMIZERS.items():
            config = {"name": "sgd", "learningRate": 0.1, "momentum": 0, "nesterov": False, "weightDecay": 0}
            optimizers[name] = train(sizes, initial, x, labels, {**config, **changes}, distances)
        networks.append(
            {
                "hidden": hidden,
                "sizes": sizes,
                "initial": {k: v.tolist() for k, v in initial.items()},
                "first": first,
                "optimizers": optimizers,
            }
        )
    assert min(distances) > KINK, f"a pre-activation is {min(distances)} from ReLU's kink: change SEED"
    golden = {
        "about": "Made by test/golden/make_training.py, which documents the keys. Float64 values of PyTorch: "
        "forward, gradients and 10 steps of torch.optim.SGD from inputs and initial tensors that are exact "
        "in float32. Smallest distance of a pre-activation from 0: %.2g." % min(distances),
        "torch": torch.__version__,
        "seed": SEED,
        "inputs": x.tolist(),
        "labels": labels.tolist(),
        "batchSizes": BATCH_SIZES,
        "networks": networks,
    }
    path = pathlib.Path(__file__).with_name("training.golden.json")
    text = json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n"
    path.write_text(text)
    print(f"{path}: {len(text)} bytes, smallest |pre-activation| {min(distances):.2g}")
    for network in networks:
        for name, run in network["optimizers"].items():
            print(network["hidden"], name, " ".join(f"{loss:.4f}" for loss in run["losses"]))


if __name__ == "__main__":
    main()
