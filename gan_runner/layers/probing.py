"""What a discriminator's features are like: how many there are, and whether they tell of one image alone."""

from copy import deepcopy
from typing import Literal

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call

from gan_runner.types import Score, Shape

ROWS = 2520
"""Images in a probe: a number that packs and groups of every size up to ten divide. They hold no memory."""

ALIKE = 1e-4
"""How far features of an image may move, of their size, with what lies beside it in a batch: numbers are rounded."""


def probe(discriminator: nn.Module, shape: Shape) -> tuple[int, int]:
    """How many rows of features, and how wide, ROWS images give. Nothing is computed, drawn or counted."""
    with FakeTensorMode(allow_non_fake_inputs=True) as shapes_only, torch.no_grad():
        tensors = [*discriminator.named_parameters(), *discriminator.named_buffers()]
        fakes: dict[str, Tensor] = {name: shapes_only.from_tensor(tensor) for name, tensor in tensors}
        image, label = torch.zeros(ROWS, *shape), torch.zeros(ROWS, dtype=torch.int64)
        score: Score = functional_call(discriminator, fakes, (image, label))
        rows, width = score.features.flatten(1).shape
    return rows, width


@torch.no_grad()
def minds_company(
    discriminator: nn.Module, shape: Shape, pack: int = 1, what: Literal["features", "logits"] = "features"
) -> bool:
    """Whether what an image (a pack of them) is answered depends on the others in its batch, in evaluation mode, for
    any weights.

    A layer that sees a statistic of the batch begins with weights of 0 for it: a copy with other weights is asked.
    """
    fixed = torch.Generator().manual_seed(0)
    judge = deepcopy(discriminator).eval()
    images, device = torch.rand(3 * pack, *shape, generator=fixed) * 2 - 1, torch.device("cpu")
    for weight in judge.parameters():
        size, device = weight.square().mean().sqrt().clamp_min(0.1), weight.device
        weight.add_(size * torch.randn(weight.shape, generator=fixed).to(weight))
    images, label = images.to(device), torch.zeros(3 * pack, dtype=torch.int64, device=device)
    together, alone = (getattr(judge(images[:n], label[:n]), what).float().flatten(1) for n in (3 * pack, pack))
    return bool((together[0] - alone[0]).abs().max() > ALIKE * together.abs().max().clamp_min(1e-6))


@torch.no_grad()
def repeats(discriminator: nn.Module, shape: Shape, pack: int = 1) -> bool:
    """Whether a pass in training mode draws nothing and moves nothing, so that a second one would answer the same."""
    judge = deepcopy(discriminator).train()
    device = next((weight.device for weight in judge.parameters()), torch.device("cpu"))
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        moved, drawn = _versions(judge), _random_state(device)
        judge(torch.zeros(2 * pack, *shape, device=device), torch.zeros(2 * pack, dtype=torch.int64, device=device))
        return moved == _versions(judge) and drawn.equal(_random_state(device))


def _versions(module: nn.Module) -> list[int]:
    """How often each buffer was written to."""
    return [buffer._version for buffer in module.buffers()]


def _random_state(device: torch.device) -> Tensor:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()
