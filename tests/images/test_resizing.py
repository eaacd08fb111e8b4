import numpy as np
import pytest
import torch
from PIL import Image

from gan_runner.images.resizing import border_or_resize, height_width, luma, random_crop, resize, to_channels


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


def places(height: int, width: int, count: int) -> torch.Tensor:
    """Images whose channels are the number of the image, the row and the column of each pixel: (count, 3, H, W)."""
    number = torch.arange(count).view(-1, 1, 1).expand(count, height, width)
    row = torch.arange(height).view(1, -1, 1).expand_as(number)
    column = torch.arange(width).view(1, 1, -1).expand_as(number)
    return torch.stack([number, row, column], dim=1).byte()


def test_windows_are_whole_and_lie_everywhere():
    torch.manual_seed(0)
    images = places(6, 9, 200)
    cropped = random_crop(images, (4, 8))
    assert cropped.shape == (200, 3, 4, 8)
    assert cropped.dtype == torch.uint8
    top, left = cropped[:, 1, 0, 0], cropped[:, 2, 0, 0]
    assert set(top.tolist()) == {0, 1, 2}
    assert set(left.tolist()) == {0, 1}
    assert {(int(y), int(x)) for y, x in zip(top, left, strict=True)} == {(y, x) for y in range(3) for x in range(2)}
    for number, y, x in zip(range(200), top.tolist(), left.tolist(), strict=True):
        assert torch.equal(cropped[number], images[number, :, y : y + 4, x : x + 8])


def test_an_image_of_the_size_stays():
    images = places(4, 4, 2)
    assert random_crop(images, (4, 4)) is images


def test_luma_weighs_colours():
    colours = torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1], [1, 1, 1]]).view(4, 3, 1, 1)
    expected = torch.tensor([2 * 0.299 - 1, 2 * 0.587 - 1, 2 * 0.114 - 1, 1]).view(4, 1, 1, 1)
    torch.testing.assert_close(luma(colours), expected)
