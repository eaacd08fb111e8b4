"""Moments of the brightness, beside pictures whose moments are known."""

import pytest
import torch

from gan_runner.images.moments import FEATURES, moments


def of(image: torch.Tensor) -> dict[str, float]:
    return dict(zip(FEATURES, moments(image[None])[0].tolist(), strict=True))


def black(rows: int = 8, columns: int = 16) -> torch.Tensor:
    return torch.full((3, rows, columns), -1.0)


def test_a_spot_is_where_it_is() -> None:
    image = black()
    image[:, 1, 12] = 1.0
    found = of(image)
    assert found["brightness"] == pytest.approx(1 / 128, abs=1e-5)
    assert (found["across"], found["down"]) == pytest.approx((12.5 / 16, 1.5 / 8), abs=1e-3)


def test_a_bar_is_wide_and_a_diagonal_slants() -> None:
    bar, falling = black(8, 8), black(8, 8)
    bar[:, 4] = 1.0
    falling[:, range(8), range(8)] = 1.0
    even = ((torch.arange(8) + 0.5) / 8).std(correction=0).item()
    assert of(bar)["width"] == pytest.approx(even, abs=1e-3)
    assert of(bar)["height"] < 0.01
    assert of(falling)["slant"] == pytest.approx(1, abs=1e-3)
    assert of(falling.flip(-1))["slant"] == pytest.approx(-1, abs=1e-3)


def test_a_black_image_has_the_moments_of_an_even_one() -> None:
    assert of(black())["across"] == pytest.approx(0.5)
    assert of(black())["slant"] == pytest.approx(0, abs=1e-5)
    assert moments(torch.ones(2, 1, 4, 4))[0].tolist() == pytest.approx([1, 0.5, 0.5, *[0.2795] * 2, 0], abs=1e-3)
