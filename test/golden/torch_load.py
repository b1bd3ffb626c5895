#!/usr/bin/env python3
"""Shows that PyTorch can load a model file of nnt: torch.nn.Sequential.load_state_dict, then MNIST's test set.

Run:  python3 test/golden/torch_load.py MODEL.bin --data DIR

Linear, ReLU, Linear, ... are built from the shapes in the file; load_state_dict is strict about names and shapes.
float32, pixels / 255. Where the package safetensors is installed it reads the file too and must agree.
Prints JSON:

  torch, model, sizes, parameters
  reader               "safetensors <version>" or "safetensors_io.py"
  tensors              {name: shape} as in the network's state_dict
  metadataKeys         keys of __metadata__
  rows, correct, accuracy, loss

Exit code 0 if it loads; a Python error otherwise.
"""
import argparse
import json
import sys

import numpy as np
import torch
from torch.nn.functional import cross_entropy

sys.dont_write_bytecode = True
import idx_io  # noqa: E402
import safetensors_io  # noqa: E402


def read_state(path):
    """Returns (state_dict, metadata, name of the reader)."""
    tensors, metadata = safetensors_io.read(path)
    state = {name: torch.from_numpy(array) for name, array in tensors.items()}
    try:
        import safetensors
        from safetensors.numpy import load_file
    except ImportError:
        return state, metadata, "safetensors_io.py"
    loaded = load_file(path)
    assert set(loaded) == set(tensors), (sorted(loaded), sorted(tensors))
    for name, array in loaded.items():
        assert array.dtype == np.float32 and np.array_equal(array, tensors[name]), name
    return {n: torch.from_numpy(a) for n, a in loaded.items()}, metadata, f"safetensors {safetensors.__version__}"


def build_network(state):
    layers = []
    for name in safetensors_io.layer_names(state):
        n_out, n_in = state[f"{name}.weight"].shape
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--data", required=True)
    args = parser.parse_args()

    state, metadata, reader = read_state(args.model)
    network = build_network(state)
    network.load_state_dict(state, strict=True)
    images, labels = idx_io.mnist(args.data, "test")
    x, y = torch.from_numpy(images.astype(np.float32) / np.float32(255)), torch.from_numpy(labels)
    with torch.no_grad():
        logits = network(x)
    correct = int((logits.argmax(1) == y).sum())
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    result = {
        "torch": torch.__version__,
        "model": args.model,
        "sizes": [linear[0].in_features] + [layer.out_features for layer in linear],
        "parameters": sum(p.numel() for p in network.parameters()),
        "reader": reader,
        "tensors": {name: list(value.shape) for name, value in network.state_dict().items()},
        "metadataKeys": sorted(metadata),
        "rows": len(y),
        "correct": correct,
        "accuracy": correct / len(y),
        # float64 mean, so that the sum over the rows adds no rounding of its own
        "loss": cross_entropy(logits, y, reduction="none").double().mean().item(),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
