"""How many features a discriminator gives, found without computing any."""

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call

from gan_runner.types import Score, Shape

ROWS = 2520
"""Images in a probe: a number that packs and groups of every size up to ten divide. They hold no memory."""


def probe(discriminator: nn.Module, shape: Shape) -> tuple[int, int]:
    """How many rows of features, and how wide, ROWS images give. Nothing is computed, drawn or counted."""
    with FakeTensorMode(allow_non_fake_inputs=True) as shapes_only, torch.no_grad():
        tensors = [*discriminator.named_parameters(), *discriminator.named_buffers()]
        fakes: dict[str, Tensor] = {name: shapes_only.from_tensor(tensor) for name, tensor in tensors}
        image, label = torch.zeros(ROWS, *shape), torch.zeros(ROWS, dtype=torch.int64)
        score: Score = functional_call(discriminator, fakes, (image, label))
        rows, width = score.features.flatten(1).shape
    return rows, width
