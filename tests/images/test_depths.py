"""Samples as pixels of the files' own type: what a byte stood for is what comes back."""

import numpy as np
import pytest
import torch

from gan_runner.data.files.deep import Pixels, eight_bits
from gan_runner.images.depths import Depth, pixels_of
from gan_runner.images.ranges import to_unit_range


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [("uint16", 0, 4095), ("int16", -1024, 3071), ("float32", -1, 1), ("float32", -160, 239), ("uint32", 0, 4e9),
     ("int8", -100, 100), ("float64", 0, 1), ("uint16", 0, 65535)],
)  # fmt: skip
def test_what_was_scaled_to_bytes_comes_back(dtype, low, high):
    values = np.linspace(low, high, 4096).reshape(64, 64).astype(dtype)
    seen = np.asarray(eight_bits(Pixels(values[..., None]), (low, high)))
    back = Depth(np.dtype(dtype), low, high).pixels(to_unit_range(torch.from_numpy(seen.copy())[None, None]))
    assert (back.dtype, back.shape) == (dtype, (1, 64, 64, 1))
    assert (
        np.abs(back[0, ..., 0].astype(float) - values).max()
        <= (high - low) / 510 + 0.5 * (values.dtype.kind != "f") + 1e-6
    )
    assert (back.min(), back.max()) == (values.min(), values.max())


def test_there_are_more_values_than_256():
    image = torch.linspace(-1, 1, 64 * 64).reshape(1, 1, 64, 64)
    assert len(np.unique(Depth(np.dtype("uint16"), 0, 4095).pixels(image))) == 4096
    beyond = Depth(np.dtype("uint8"), -20, 300).pixels(torch.tensor([-9.0, -1, 1, 9]).reshape(1, 4, 1, 1))
    assert beyond.flatten().tolist() == [0, 0, 255, 255]


def test_what_a_run_kept_says_the_depth():
    assert Depth.of(None, [0, 1]) is None
    assert Depth.of("uint16", None) == Depth(np.dtype("uint16"), 0, 65535)
    assert Depth.of("float32", None) == Depth(np.dtype("float32"), 0, 1)
    depth = Depth.of("int16", [-1024, 3071])
    assert depth is not None
    assert depth.told == "int16, black is -1024 and white 3071"


def test_without_a_depth_they_are_bytes():
    image = torch.tensor([-1.0, 0, 1]).reshape(1, 3, 1, 1)
    assert (pixels_of(image).dtype, pixels_of(image).tolist()) == (np.uint8, [[[[0, 128, 255]]]])
    assert pixels_of(image, Depth(np.dtype("uint16"), 0, 100)).tolist() == [[[[0, 50, 100]]]]
