"""What moments of the brightness tell of an image: a few numbers that everybody can see, without a network."""

import torch
from torch import Tensor

FEATURES = ("brightness", "across", "down", "width", "height", "slant")
"""In the order of the columns of `moments`."""


def moments(images: Tensor) -> Tensor:
    """Of images (N, C, H, W) in [-1, 1] their FEATURES (N, 6), float32.

    brightness: the mean, 0 for black and 1 for white. across, down: the centre of what is bright, 0 on the left (at
    the top), 1 on the right (at the bottom). width, height: its standard deviation about that centre, in the same
    units. slant: the correlation of the two, −1 to 1. Of a black image centre, width, height and slant are those of an
    even grey.
    """
    bright = (images.float().mean(1) + 1).clamp_min(0) / 2 + 1e-6  # (N, H, W)
    _, rows, columns = bright.shape
    share = bright / bright.sum((1, 2), keepdim=True)
    x, y = ((torch.arange(size, device=images.device) + 0.5) / size for size in (columns, rows))
    across, down = share.sum(1) @ x, share.sum(2) @ y  # (N,)
    left, up = x - across[:, None], y - down[:, None]  # (N, W), (N, H)
    width, height = ((share.sum(1) * left**2).sum(1)).sqrt(), ((share.sum(2) * up**2).sum(1)).sqrt()
    slant = torch.einsum("nhw,nh,nw->n", share, up, left) / (width * height).clamp_min(1e-9)
    return torch.stack([bright.mean((1, 2)), across, down, width, height, slant], dim=1)
