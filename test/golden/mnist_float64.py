#!/usr/bin/env python3
"""What nnt's MNIST training should give: the same training in float64 by PyTorch, from the same initial weights.

Run:  python3 test/golden/mnist_float64.py --data DIR --init MODEL.bin [--epochs 2] [--lr 0.1] [--batch 64] [--save FILE]

DIR has MNIST's four IDX files; MODEL.bin is a safetensors file with 0.weight, 0.bias, 2.weight, 2.bias (any number
of layers works), such as nnt writes with epochs 0. Plain SGD, rows in file order (shuffle false), pixels / 255,
no validation split. Prints JSON:

  torch, init, sizes, learningRate, batchSize, steps
  trainRows, testRows
  epochs[]             {epoch, trainLoss, testLoss, testAccuracy, testCorrect}
  zeroPreactivations   how many pre-activations in training were exactly 0 (there nnt and PyTorch differ)

trainLoss: mean over rows of each batch's loss at the time it was seen. testLoss and testAccuracy: after the epoch.
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


def pixels64(images):
    return torch.from_numpy(images.astype(np.float64) / 255)


def forward(params, x):
    """Returns logits and the number of pre-activations that are exactly 0."""
    zeros = 0
    for i, (w, b) in enumerate(params):
        if i > 0:
            zeros += int((x == 0).sum())
            x = x.relu()
        x = x @ w.T + b
    return x, zeros


def train_epoch(params, x, y, batch, learning_rate):
    flat = [p for layer in params for p in layer]
    total, zeros = 0.0, 0
    for bx, by in zip(x.split(batch), y.split(batch)):
        logits, z = forward(params, bx)
        loss = cross_entropy(logits, by)
        gradients = torch.autograd.grad(loss, flat)
        with torch.no_grad():
            for p, dp in zip(flat, gradients):
                p -= learning_rate * dp
        total += loss.item() * len(bx)
        zeros += z
    return total / len(x), zeros


def measure(params, x, y):
    with torch.no_grad():
        logits, _ = forward(params, x)
        return cross_entropy(logits, y).item(), int((logits.argmax(1) == y).sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--init", required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--save")
    args = parser.parse_args()

    tensors, _ = safetensors_io.read(args.init)
    names = safetensors_io.layer_names(tensors)
    params = [
        [torch.from_numpy(tensors[f"{name}.{part}"]).double().requires_grad_() for part in ("weight", "bias")]
        for name in names
    ]
    train_images, train_labels = idx_io.mnist(args.data, "train")
    test_images, test_labels = idx_io.mnist(args.data, "test")
    x, y = pixels64(train_images), torch.from_numpy(train_labels)
    test_x, test_y = pixels64(test_images), torch.from_numpy(test_labels)

    epochs, zeros = [], 0
    for epoch in range(1, args.epochs + 1):
        train_loss, z = train_epoch(params, x, y, args.batch, args.lr)
        test_loss, correct = measure(params, test_x, test_y)
        zeros += z
        epochs.append(
            {
                "epoch": epoch,
                "trainLoss": train_loss,
                "testLoss": test_loss,
                "testAccuracy": correct / len(test_y),
                "testCorrect": correct,
            }
        )
    if args.save:
        arrays = [[p.detach().numpy() for p in layer] for layer in params]
        final = {f"{n}.{part}": a for n, layer in zip(names, arrays) for part, a in zip(("weight", "bias"), layer)}
        safetensors_io.write(args.save, final)
    result = {
        "torch": torch.__version__,
        "init": args.init,
        "sizes": [params[0][0].shape[1]] + [w.shape[0] for w, _ in params],
        "learningRate": args.lr,
        "batchSize": args.batch,
        "steps": args.epochs * -(-len(x) // args.batch),
        "trainRows": len(x),
        "testRows": len(test_x),
        "epochs": epochs,
        "zeroPreactivations": zeros,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
