"""How a label enters a network: as a one-hot vector beside a vector, as one-hot planes beside an image; numbers for
labels enter as they are.
"""

import torch
from torch import Tensor, cat, nn
from torch.nn.functional import one_hot

from gan_runner.types import Conditions


def require(label: Tensor | None, num_classes: int) -> Tensor:
    """The labels (B,), or (B, K) of numbers. Raises ValueError when a conditional network gets none."""
    if label is None:
        raise ValueError(f"network.conditional=true needs a label for each sample (0 to {num_classes - 1}), none given")
    return label


def beside_vector(vector: Tensor, label: Tensor | None, num_classes: int | None) -> Tensor:
    """(B, F) -> (B, F + num_classes). Source: Mirza & Osindero 2014 (arXiv:1411.1784)."""
    if num_classes is None:
        return vector
    return cat([vector, _told(label, num_classes).to(vector)], dim=1)


def beside_image(image: Tensor, label: Tensor | None, num_classes: int | None) -> Tensor:
    """(B, C, H, W) -> (B, C + num_classes, H, W), one constant plane per class, or number."""
    if num_classes is None:
        return image
    planes = _told(label, num_classes).to(image)[:, :, None, None]
    return cat([image, planes.expand(-1, -1, *image.shape[2:])], dim=1)


def _told(label: Tensor | None, num_classes: int) -> Tensor:
    """(B, num_classes): classes as one-hot vectors, numbers as they are."""
    known = require(label, num_classes)
    if known.is_floating_point():
        return known
    if torch.compiler.is_exporting():  # as rows of a table: a program then refuses a class that is not there
        return torch.eye(num_classes, device=known.device).index_select(0, known)
    return one_hot(known, num_classes)


def drawn_rows(conditions: Conditions, count: int, generator: torch.Generator) -> Tensor:
    """Labels (count, K) of numbers: rows that some images of the training set had, drawn by `generator`."""
    rows = torch.tensor(conditions.rows)
    return rows[torch.randint(len(rows), (count,), generator=generator)]


def is_conditional(network: nn.Module) -> bool:
    """Whether the network, or one inside it, reads labels."""
    return num_classes_of(network) is not None


def num_classes_of(network: nn.Module) -> int | None:
    """How many labels the network, or one inside it, knows; None where it reads none."""
    known = (getattr(module, "num_classes", None) for module in network.modules())
    return next((classes for classes in known if classes is not None), None)
