"""Bytes and reals are each other's inverse; what lies beyond the range, or is no number, becomes a byte too."""

import pytest
import torch

from gan_runner.images.ranges import to_bytes, to_unit_range


def test_every_byte_comes_back_through_the_unit_range() -> None:
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(to_bytes(to_unit_range(levels)), levels)


def test_bytes_become_reals_in_the_memory_format_asked_for_and_points_pass() -> None:
    images = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    assert to_unit_range(images).is_contiguous(memory_format=torch.channels_last)
    assert to_unit_range(images, torch.contiguous_format).is_contiguous()
    points = torch.randn(3, 2)
    assert to_unit_range(points) is points


@pytest.mark.parametrize(
    ("value", "byte"), [(-3.0, 0), (-1.0, 0), (0.0, 128), (0.999, 255), (7.0, 255), (float("nan"), 128)]
)
def test_beyond_the_range_is_black_or_white_and_no_number_is_grey(value: float, byte: int) -> None:
    assert to_bytes(torch.full((1, 1, 1, 1), value)).item() == byte


def test_what_is_turned_into_bytes_stays_as_it_is() -> None:
    images = torch.tensor([-3.0, 0.3, float("nan")]).reshape(1, 1, 1, 3)
    before = images.clone()
    assert to_bytes(images).flatten().tolist() == [0, 166, 128]
    assert torch.equal(images.nan_to_num(9.0), before.nan_to_num(9.0))
