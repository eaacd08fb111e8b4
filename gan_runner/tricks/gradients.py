"""The discriminator's gradient at its input: what the gradient penalties are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_runner.types import Players


def input_gradients(discriminator: nn.Module, image: Tensor, label: Tensor | None) -> Tensor:
    """∇ₓD(x) of every logit as a row: (K, N, F), for K members of an ensemble (1 without one) and N rows of logits.

    A row holds all inputs of its logit: C·H·W of them, m times as many when m samples are packed into one. Patches are
    summed first, (N, K, h, w) -> (N, K). The discriminator's parameters stay in the graph. Everything is computed in
    float32, also under autocast: bf16 would round the gradient before it is squared.
    """
    with torch.autocast(image.device.type, enabled=False):
        image = image.detach().float().requires_grad_()
        logits: Tensor = discriminator(image, label).logits.float()
        # Summed over the batch: a row's logit depends on its own inputs alone, so one backward serves all rows.
        members = logits.reshape(*logits.shape[:2], -1).sum((0, 2))  # (N, K, …) -> (K,)
        gradients = [torch.autograd.grad(member, image, create_graph=True)[0] for member in members]
        return torch.stack([gradient.reshape(len(logits), -1) for gradient in gradients])


def between(real: Tensor, fake: Tensor) -> Tensor:
    """A point on the line from each real to its fake, uniform, one draw per sample."""
    a = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device)  # (B, 1, 1, 1)
    return torch.lerp(real, fake, a)


def refuse_batch_norm(players: Players, trick: str) -> None:
    """Raises ValueError where BatchNorm makes each logit depend on the whole batch.

    Layers that couple samples on purpose, such as minibatch discrimination, may stay: they are part of what the paper
    of a penalty regularised (Karras et al. 2017, arXiv:1710.10196), while BatchNorm would undo it.
    """
    if any(isinstance(module, _BatchNorm) for module in players.discriminator.modules()):
        raise ValueError(
            f"tricks.{trick} takes the gradient of each sample's own logit, but BatchNorm in the discriminator makes "
            f"every logit depend on the whole batch: set network.discriminator.norm=layer (or none), "
            f"or drop tricks.{trick}"
        )
