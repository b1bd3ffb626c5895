"""safetensors by hand, for the scripts beside this file: float32 only, no package needed.

Not the reader to learn hostile-file handling from (that is nnt's own): it checks what a wrong file would most
likely get wrong, and stops with a ValueError.
"""
import json
import struct

import numpy as np


def read(path):
    """Returns ({name: float32 array}, metadata {str: str}) in the order of the file's data."""
    with open(path, "rb") as file:
        blob = file.read()
    if len(blob) < 8:
        raise ValueError(f"{path}: {len(blob)} bytes, expected at least 8")
    (length,) = struct.unpack_from("<Q", blob)
    if 8 + length > len(blob):
        raise ValueError(f"{path}: header of {length} bytes in a file of {len(blob)}")
    header = json.loads(blob[8 : 8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    if not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError(f"{path}: __metadata__ values must be strings")
    data, end, tensors = blob[8 + length :], 0, {}
    for name, info in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = info["data_offsets"]
        size = 4 * int(np.prod(info["shape"], dtype=np.int64))
        if info["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {info['dtype']}, expected F32")
        if begin != end or stop - begin != size:
            raise ValueError(f"{path}: {name} at {begin}..{stop}, expected {end}..{end + size}")
        tensors[name] = np.frombuffer(data[begin:stop], dtype="<f4").reshape(info["shape"]).astype(np.float32)
        end = stop
    if end != len(data):
        raise ValueError(f"{path}: {len(data) - end} bytes after the last tensor")
    return tensors, metadata


def write(path, tensors, metadata=None):
    """tensors: {name: array}, stored as float32 in sorted order of names; data starts on a multiple of 64."""
    header, chunks, offset = {}, [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], dtype="<f4")
        header[name] = {
            "data_offsets": [offset, offset + array.nbytes],
            "dtype": "F32",
            "shape": list(array.shape),
        }
        chunks.append(array.tobytes())
        offset += array.nbytes
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode("utf-8")
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def layer_names(tensors):
    """["0", "2", ...]: checks that the tensors are those of Linear, ReLU, Linear, ... and that the shapes chain."""
    names = [str(2 * i) for i in range(len(tensors) // 2)]
    expected = {f"{name}.{part}" for name in names for part in ("weight", "bias")}
    if not names or set(tensors) != expected:
        raise ValueError(f"tensors are {sorted(tensors)}, expected {sorted(expected)}")
    width = tensors["0.weight"].shape[-1]
    for name in names:
        weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
        if weight.ndim != 2 or weight.shape[1] != width or bias.shape != weight.shape[:1]:
            raise ValueError(f"layer {name}: weight {weight.shape}, bias {bias.shape}, expected ({width} inputs)")
        width = weight.shape[0]
    return names
