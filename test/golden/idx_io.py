"""MNIST's four IDX files, for the scripts beside this file."""
import pathlib
import struct

import numpy as np

NAMES = {"train": "train", "test": "t10k"}


def read(path):
    blob = pathlib.Path(path).read_bytes()
    zero, kind, rank = struct.unpack_from(">HBB", blob)
    if zero != 0 or kind != 0x08:
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    shape = struct.unpack_from(f">{rank}I", blob, 4)
    return np.frombuffer(blob, np.uint8, offset=4 + 4 * rank).reshape(shape)


def mnist(folder, part):
    """part "train" or "test". Returns pixels (rows, 784) uint8 and labels (rows) int64."""
    stem = pathlib.Path(folder) / NAMES[part]
    images, labels = read(f"{stem}-images-idx3-ubyte"), read(f"{stem}-labels-idx1-ubyte")
    if len(images) != len(labels):
        raise ValueError(f"{stem}: {len(images)} images, {len(labels)} labels")
    return images.reshape(len(images), -1), labels.astype(np.int64)
