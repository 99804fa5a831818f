#!/usr/bin/python3
"""Writes the fixtures beside this file: dumps of tensors by PyTorch, NumPy and h5py.

    /usr/bin/python3 test/formats/fixtures-tensors/make.py

safetensors files are written by hand, as the description of the format says.
"""
import collections
import json
import os
import struct

import h5py
import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, CLASSES = 60, 5


def path(name):
    return os.path.join(HERE, name)


rng = np.random.default_rng(7)
labels = rng.integers(0, CLASSES, ROWS)
logits = rng.normal(0, 1, (ROWS, CLASSES)).astype(np.float32)
logits[np.arange(ROWS), labels] += 1.5
# Values that f16 and bf16 hold, so that one set of numbers does for all types.
coarse = torch.from_numpy(logits).to(torch.bfloat16).to(torch.float16).to(torch.float32)
coarse = coarse.to(torch.bfloat16).float()
flags = labels == 1
tensors = {
    "logits": torch.from_numpy(logits),
    "labels": torch.from_numpy(labels),
}

SAFE = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def raw(tensor):
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def safetensors(name, named):
    """Length, header of JSON padded with blanks to a multiple of 8, data."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for key, tensor in named.items():
        part = raw(tensor) if tensor.dtype != torch.bool else tensor.numpy().tobytes()
        header[key] = {
            "dtype": SAFE[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(part)],
        }
        data += part
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path(name), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


np.savez(path("twin.npz"), logits=logits, labels=labels)
np.savez(path("twin-coarse.npz"), logits=coarse.numpy(), labels=labels)
np.savez(path("twin-half.npz"), logits=coarse.numpy().astype(np.float16), labels=labels)
np.savez(path("twin-double.npz"), logits=coarse.double().numpy(), labels=labels)
safetensors("dump.safetensors", tensors)
ALL = {
    "f64": coarse.double(),
    "f32": coarse,
    "f16": coarse.half(),
    "bf16": coarse.bfloat16(),
    "i64": tensors["labels"],
    "i32": tensors["labels"].int(),
    "i16": tensors["labels"].short(),
    "i8": tensors["labels"].to(torch.int8),
    "u8": tensors["labels"].to(torch.uint8),
    "bool": torch.from_numpy(flags),
    "step": torch.tensor(3),
}
safetensors("types.safetensors", ALL)

# PyTorch
torch.save(tensors, path("dump.pt"))
torch.save(tensors, path("legacy.pt"), _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "val": tensors}, path("nested.pt"))
torch.save(tensors["logits"], path("logits.pt"))
torch.save(tensors["labels"], path("labels.pt"))
torch.save((tensors["logits"], tensors["labels"]), path("pair.pt"))
wide = torch.zeros(ROWS, 2 * CLASSES + 1)
wide[:, 3 : 3 + CLASSES] = tensors["logits"]
every_other = torch.zeros(ROWS, 2, CLASSES, 2)
every_other[:, 1, :, 0] = tensors["logits"]
shared = torch.cat([tensors["labels"], tensors["labels"]])
torch.save(
    collections.OrderedDict(
        types={key: value for key, value in ALL.items()},
        transposed=tensors["logits"].t().contiguous().t(),
        slice=wide[:, 3 : 3 + CLASSES],
        scattered=every_other[:, 1, :, 0],
        cube=tensors["logits"].reshape(3, 20, CLASSES).permute(1, 0, 2),
        column=torch.stack([tensors["labels"], tensors["labels"] * 0], 1)[:, 0],
        expanded=tensors["labels"][:1].expand(ROWS),
        shared=[shared[:ROWS], shared[ROWS:]],
        parameter=torch.nn.Parameter(tensors["logits"]),
        numpy=logits,
        numpy_fortran=np.asfortranarray(logits),
        numpy_labels=labels,
        complex=torch.zeros(ROWS, CLASSES, dtype=torch.complex64),
        size=torch.Size([3, 4]),
        dtype=torch.float32,
        epoch=7,
        mean=np.float64(0.5),
        note="nothing",
        names=["a", "b"],
        flag=True,
        none=None,
    ),
    path("views.pt"),
)

words = ["one" if flag else "other" for flag in flags]
lists = {"labels": labels.tolist(), "words": words, "weights": [0.5] * ROWS, "by": collections.defaultdict(list)}
torch.save({"logits": tensors["logits"], **lists}, path("lists.pt"))
named = np.array(words)
torch.save({"logits": logits, "labels": labels, "words": named}, path("protocol-5.pt"), pickle_protocol=5)


class Owned:
    def __reduce__(self):
        return (os.system, ("touch owned",))


torch.save({"logits": tensors["logits"], "x": Owned()}, path("evil.pt"))
torch.save({"logits": tensors["logits"], "x": Owned()}, path("evil-legacy.pt"), _use_new_zipfile_serialization=False)


class Double(torch.nn.Module):
    def forward(self, x):
        return x * 2


torch.jit.script(Double()).save(path("script.pt"))

# Structured arrays
record = np.dtype(
    {
        "names": ["id", "logits", "label", "flag", "word", "when", "both"],
        "formats": ["<u2", ("<f4", (CLASSES,)), ">i4", "?", "U5", "<M8[s]", [("a", "<f4"), ("b", "<f4")]],
        "titles": ["number", None, None, None, None, None, None],
        "offsets": [0, 4, 24, 28, 32, 56, 64],
        "itemsize": 80,
    }
)
records = np.zeros(ROWS, record)
records["id"] = np.arange(ROWS)
records["logits"] = logits
records["label"] = labels
records["flag"] = flags
records["word"] = ["class" if flag else "other" for flag in flags]
np.save(path("records.npy"), records)
np.savez(path("records.npz"), dump=records)
np.savez_compressed(path("records-packed.npz"), dump=records, extra=labels)
# As ml_dtypes saves bfloat16.
np.save(path("bfloat16.npy"), coarse.bfloat16().view(torch.int16).numpy().view("V2"))
np.save(path("bfloat16-column.npy"), coarse.bfloat16().view(torch.int16).numpy().view("V2")[:, 0])

# HDF5

with h5py.File(path("dump.h5"), "w") as file:
    file["logits"] = logits
    file["labels"] = labels
with h5py.File(path("types.h5"), "w") as file:
    options = {"chunks": (7, 2), "compression": "gzip", "shuffle": True}
    file.create_dataset("packed", data=logits, **options)
    file.create_dataset("big", data=coarse.numpy().astype(">f8"), chunks=(60, 5))
    group = file.create_group("val")
    group["half"] = coarse.numpy().astype(np.float16)
    group["cube"] = logits.reshape(3, 20, CLASSES)
    group["cube_labels"] = labels.reshape(3, 20).astype(np.uint8)
    group["self"] = h5py.SoftLink("/")
    file["labels"] = labels.astype(">i2")
    file["flag"] = flags
    file["word"] = ["klass" if flag else "änder" for flag in flags]
    file["fixed"] = np.array([b"class" if flag else b"oth" for flag in flags])
    file["step"] = 3
    file["record"] = np.zeros(ROWS, [("a", "<f4"), ("b", "<f4")])
    file["complex"] = np.zeros(ROWS, np.complex64)
    file["elsewhere"] = h5py.ExternalLink("dump.h5", "/logits")
    # Made and never written to.
    file.create_dataset("claims", shape=(2**40, 5), chunks=(64, 5), dtype="<f4", compression="gzip")
