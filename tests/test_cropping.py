import torch

from gan_runner.cropping import random_crop


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
