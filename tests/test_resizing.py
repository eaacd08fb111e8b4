import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.resizing import border_or_resize, height_width, resize, to_channels


@pytest.mark.parametrize(("given", "expected"), [(8, (8, 8)), ((4, 6), (4, 6)), ([4, 6], (4, 6))])
def test_height_width(given, expected):
    assert height_width(given) == expected


@pytest.mark.parametrize("size", [(16, 16), (48, 20), (7, 90)])
def test_resize_agrees_with_pillow(size):
    noise = torch.randint(256, (3, 1, 32, 40), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    ours = resize(noise, size)
    for image, result in zip(noise, ours, strict=True):
        reference = Image.fromarray(image[0].numpy()).resize(size[::-1], Image.Resampling.BICUBIC)
        difference = np.abs(np.asarray(reference, np.int16) - result[0].numpy().astype(np.int16))
        assert difference.mean() < 0.5
        assert difference.max() <= 4  # Pillow rounds between its two passes


def test_resize_does_not_wrap_around():
    image = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    image[..., 4:] = 255  # bicubic interpolation overshoots at an edge
    assert resize(image, (8, 64))[0, 0, 0].int().diff().min() >= -60


def test_only_28_to_32_is_a_border():
    image = torch.full((1, 1, 28, 28), 9, dtype=torch.uint8)
    assert border_or_resize(image, (32, 32)).sum() == image.sum()
    assert border_or_resize(image, (32, 30)).unique().tolist() == [9]


def test_channels():
    grey = torch.tensor([7, 9], dtype=torch.uint8).view(2, 1, 1, 1)
    assert to_channels(grey, 3).flatten(1).tolist() == [[7] * 3, [9] * 3]
    assert to_channels(grey, 1) is grey
    colour = torch.tensor([100, 50, 200], dtype=torch.uint8).view(1, 3, 1, 1)
    assert to_channels(colour, 1).item() == 82  # 29.9 + 29.35 + 22.8 = 82.05
