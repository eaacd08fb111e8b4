"""Files of arrays that are damaged, hold something else, or leave open what they hold."""

import io
import pickle
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from bad_inputs.scene import QUICK, TRAIN, Code, Row, Scene, file, flipped

SMALL = (*QUICK, "data=folder", "data.image_size=8", "data.batch_size=2", "data.cache=null", "data.holdout=0")
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 9, 3), dtype=np.uint8)
LABELS = np.array([0, 1, 0, 1, 0])
DONE = ("decoded 5 of 5 images", "Done.")


def train(root: str, *overrides: str) -> tuple[str, ...]:
    return (TRAIN, *SMALL, f"data.root={root}", *overrides)


def npz(change: Callable[[bytes], bytes] = bytes, packed: bool = False, **arrays: Any) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        stream = io.BytesIO()
        (np.savez_compressed if packed else np.savez)(stream, **arrays)
        (scene.folder / "set.npz").write_bytes(change(stream.getvalue()))

    return make


def npy(values: Any, change: Callable[[bytes], bytes] = bytes) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        stream = io.BytesIO()
        np.save(stream, values)
        (scene.folder / "set.npy").write_bytes(change(stream.getvalue()))

    return make


def hdf5(change: Callable[[bytes], bytes] = bytes, **arrays: Any) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        import h5py

        with h5py.File(scene.folder / "set.h5", "w") as written:
            for name, values in arrays.items():
                written[name] = values
        (scene.folder / "set.h5").write_bytes(change((scene.folder / "set.h5").read_bytes()))

    return make


def without_h5py(scene: Scene) -> None:
    hdf5(imgs=IMAGES)(scene)
    scene.monkeypatch.setitem(__import__("sys").modules, "h5py", None)


def mat(change: Callable[[bytes], bytes] = bytes, **arrays: Any) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        from scipy.io import savemat

        savemat(scene.folder / "set.mat", arrays, do_compression=True)
        (scene.folder / "set.mat").write_bytes(change((scene.folder / "set.mat").read_bytes()))

    return make


def little_memory(make: Callable[[Scene], None]) -> Callable[[Scene], None]:
    def made(scene: Scene) -> None:
        make(scene)
        scene.monkeypatch.setattr("gan_runner.data.containers.memory.free_bytes", lambda: 1000)

    return made


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


HUGE = np.lib.format.magic(1, 0) + struct.pack("<H", 118) + (
    b"{'descr': '|u1', 'fortran_order': False, 'shape': (9000000, 900, 900), }".ljust(117) + b"\n"
)  # fmt: skip
WITH_NAN = np.where(np.arange(5)[:, None, None] == 2, np.nan, IMAGES[..., 0] / 255)


ROWS: dict[str, Row] = {
    "truncated npz": Row(train("set.npz"), ("set.npz", "cut off"), npz(half, images=IMAGES)),
    "flipped packed npz": Row(
        train("set.npz"), ("set.npz: images", "CRC"), npz(flipped(700), packed=True, images=IMAGES)
    ),
    "npz of objects": Row(
        train("set.npz"),
        ("images (2,) of objects", "pickles are never read"),
        npz(images=np.array([Code(), 1], object)),
    ),
    "npz with labels that are objects": Row(
        train("set.npz", "data.labels=true"),
        ("set.npz: labels are objects of Python", "pickles are never read"),
        npz(images=IMAGES, labels=np.array([Code(), *"abcd"], object)),
    ),
    "npz with fewer labels": Row(
        train("set.npz", "data.labels=true"),
        ("images (5, 8, 9, 3) uint8, labels (4,) int64", "not a label for each image", "or set data.labels=false"),
        npz(images=IMAGES, labels=LABELS[:4]),
    ),
    "npz without images": Row(train("set.npz"), ("set.npz holds labels (5,)", "data.root"), npz(labels=LABELS)),
    "npz of two sets": Row(train("set.npz"), ("a (5, 8, 9, 3) uint8, b", "data.array=a"), npz(a=IMAGES, b=IMAGES)),
    "npz with an array that is not there": Row(
        train("set.npz", "data.array=c"), ("data.array=c is not in", "a (5, 8, 9, 3)"), npz(a=IMAGES, b=IMAGES)
    ),
    "npz with labels of two kinds": Row(
        train("set.npz", "data.labels=true"),
        ("fine_labels", "data.array=[x,fine_labels]"),
        npz(x=IMAGES, fine_labels=LABELS, coarse_labels=LABELS),
    ),
    "npz that is more than memory holds": Row(
        train("set.npz"), ("images, unpacked", "numpy.savez"), little_memory(npz(packed=True, images=IMAGES))
    ),
    "axes that may be either": Row(
        train("set.npz"),
        ("images (5, 3, 9, 3) uint8 may be", "data.array=:nhwc or data.array=:nchw"),
        npz(images=IMAGES[:, :3]),
    ),
    "axes that are said": Row(train("set.npz", "data.array=:nchw"), DONE, npz(images=IMAGES[:, :3]), 0),
    "axes that do not fit": Row(
        train("set.npz", "data.array=images:nhw"), ("has 4 axes, and nhw are 3",), npz(images=IMAGES)
    ),
    "five axes": Row(train("set.npz"), ("images (5, 1, 8, 9, 3)", "has 5 axes"), npz(images=IMAGES[:, None])),
    "rows of numbers": Row(train("set.npz"), ("has 2 axes", "reshape it"), npz(images=IMAGES.reshape(5, -1))),
    "floats that are no numbers": Row(
        train("set.npz"),
        ("decoded 4 of 5 images", "skipped", "set.npz/2: pixels that are NaN", "Done."),
        npz(images=WITH_NAN),
        0,
    ),
    "complex numbers": Row(train("set.npz"), ("complex128", "whole numbers or floats"), npz(images=IMAGES * 1j)),
    "labels that are no numbers": Row(
        train("set.npz", "data.labels=true"),
        ("labels are no finite numbers",),
        npz(images=IMAGES, labels=LABELS * np.nan),
    ),
    "a label that leads elsewhere": Row(
        train("set.npz", "data.labels=true"),
        ("Done.",),  # a class called .._a: a name leads nowhere
        npz(images=IMAGES, labels=["../a", *"bcde"]),
        0,
    ),
    "no label for the classes": Row(
        train("set.npz", "data.labels=true", "network.conditional=true"), ("data.labels=false",), npz(images=IMAGES)
    ),
    "an array of a folder": Row(
        train("photos", "data.array=x"), ("data.array=x", "leave it out"), file("photos/x.png")
    ),
    "truncated npy": Row(train("set.npy"), ("set.npy is cut off", "1080 bytes"), npy(IMAGES, half)),
    "npy of terabytes": Row(train("set.npy"), ("set.npy is cut off",), file("set.npy", HUGE)),
    "npy of objects": Row(train("set.npy"), ("set.npy", "pickles are never read"), npy(np.array([Code()], object))),
    "npy of one image": Row(train("set.npy"), ("(8, 9, 3) uint8 is one image", "images[None]"), npy(IMAGES[0])),
    "pickle for a set": Row(
        train("data_batch_1"), ("data_batch_1 is a pickle", "data=cifar10"), file("data_batch_1", pickle.dumps(Code()))
    ),
    "HDF5 without images": Row(train("set.h5"), ("set.h5 holds table (5,) int64", "data.root"), hdf5(table=LABELS)),
    "empty HDF5": Row(train("set.h5"), ("set.h5 holds no arrays",), hdf5()),
    "truncated HDF5": Row(train("set.h5"), ("set.h5 cannot be read as HDF5", "cut off"), hdf5(half, imgs=IMAGES)),
    "HDF5 with more labels": Row(
        train("set.h5", "data.labels=true"),
        ("labels (6,)", "not a label for each"),
        hdf5(imgs=IMAGES, labels=[*LABELS, 1]),
    ),
    "HDF5 without its package": Row(train("set.h5"), ("h5py", "pip install 'gan-runner[formats]'"), without_h5py),
    "truncated file of MATLAB": Row(
        train("set.mat"), ("set.mat cannot be read as a file of MATLAB",), mat(half, X=IMAGES)
    ),
    "file of MATLAB without images": Row(train("set.mat"), ("set.mat holds y (1, 5) int64",), mat(y=LABELS)),
    "a set by the wrong kind": Row(
        train("set.npz", "data.container=hdf5"), ("set.npz cannot be read as HDF5",), npz(images=IMAGES)
    ),
    "truncated IDX of one's own": Row(
        train("images"),
        ("images is damaged", "3136 bytes", "fetch or write it again"),
        file("images", bytes([0, 0, 8, 3]) + struct.pack(">3I", 4, 28, 28) + bytes(4 * 784 - 1)),
    ),
}
