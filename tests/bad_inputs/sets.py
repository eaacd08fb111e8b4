"""Files of published data sets that are damaged, or more than they seem."""

import gzip
import io
import os
import pickle
import struct
import tarfile
from collections.abc import Callable

from bad_inputs.scene import QUICK, TRAIN, Code, Row, Scene, both, file, flipped

IDX = bytes([0, 0, 8, 3]) + struct.pack(">3I", 4, 28, 28) + bytes(4 * 784)
RAW = "data/MNIST/raw/"
MNIST = (*QUICK, "data=mnist", "data.download=false")
CIFAR = (*QUICK, "data=cifar10", "data.download=false")


def mnist(**contents: bytes) -> Callable[[Scene], None]:
    """MNIST's training files; images=… or labels=… in place of good ones."""
    good = {"images": IDX, "labels": bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes(4)} | contents
    names = {"images": "train-images-idx3-ubyte", "labels": "train-labels-idx1-ubyte"}
    packed = {key: ".gz" if value.startswith(b"\x1f\x8b") else "" for key, value in good.items()}
    return both(*(file(f"{RAW}{names[key]}{packed[key]}", value) for key, value in good.items()))


def cifar(*, first: bytes) -> Callable[[Scene], None]:
    names = [f"data/cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)]
    return both(*(file(name, first) for name in names))


def archive(*members: tarfile.TarInfo | str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for member in members:
            entry = tarfile.TarInfo(member) if isinstance(member, str) else member
            if entry.isfile():
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def link(name: str, goal: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, goal
    return entry


def pickled(opcodes: bytes) -> bytes:
    return b"\x80\x04" + opcodes + b"."


ROWS: dict[str, Row] = {
    "truncated IDX": Row((TRAIN, *MNIST), ("damaged", "3136 bytes", "train-images"), mnist(images=IDX[:-5])),
    "empty IDX": Row((TRAIN, *MNIST), ("train-images", "no IDX file"), mnist(images=b"")),
    "IDX of another shape": Row(
        (TRAIN, *MNIST), ("28 × 28", "data.root"), mnist(images=bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes(4))
    ),
    "IDX of a terabyte": Row(
        (TRAIN, *MNIST), ("damaged", "train-images"), mnist(images=IDX[:4] + struct.pack(">3I", 2**31, 2**10, 2**10))
    ),
    "IDX beyond counting": Row(
        (TRAIN, *MNIST), ("damaged", "train-images"), mnist(images=IDX[:4] + struct.pack(">3I", 2**32 - 1, 2**31, 2))
    ),
    "gzip bomb": Row(
        (TRAIN, *MNIST),
        ("train-images", "damaged"),
        lambda scene: mnist(images=gzip.compress(IDX + bytes(800_000_000), 1))(scene),
    ),
    "flipped gzip": Row((TRAIN, *MNIST), ("train-images", "damaged"), mnist(images=flipped(30)(gzip.compress(IDX)))),
    "set without a file": Row((TRAIN, *MNIST), ("data.download=false", "train-labels", "data.root"), file(f"{RAW}x")),
    "pickle that runs code": Row(
        (TRAIN, *CIFAR), ("data_batch_1", "system", "delete it"), cifar(first=pickle.dumps(Code()))
    ),
    "pickle of a number": Row((TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=pickle.dumps(3))),
    "pickle of nonsense": Row((TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=b"\x80\x04N0" + b"r" * 9)),
    "pickle that asks for memory": Row(
        (TRAIN, *CIFAR), ("data_batch_1", "damaged"), cifar(first=pickled(b"Nr\xff\xff\xff\x7f"))
    ),
    "archive without the files": Row(
        (TRAIN, *CIFAR), ("cifar-10", "damaged"), file("data/cifar-10-python.tar.gz", archive("../canary", "x"))
    ),
    "archive of links": Row(
        (TRAIN, *CIFAR),
        ("cifar-10", "damaged"),
        file("data/cifar-10-python.tar.gz", archive(link("cifar-10-batches-py/data_batch_1", "/etc/hostname"))),
    ),
    "truncated archive": Row(
        (TRAIN, *CIFAR), ("cifar-10", "damaged"), file("data/cifar-10-python.tar.gz", archive("x")[:60])
    ),
    "flipped archive": Row(
        (TRAIN, *CIFAR),
        ("cifar-10", "damaged"),
        file("data/cifar-10-python.tar.gz", flipped(20)(archive("x", content=os.urandom(999)))),
    ),
}
