"""Several ranks, one game: the stepping player's gradients are averaged in one all-reduce."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from pytorch_lightning.strategies import DDPStrategy, StrategyRegistry
from torch import Tensor, distributed, nn
from torch.optim import Optimizer

NAME = "gan_ddp"
"""What trainer.strategy calls it."""
STRIDE = 1_000_003
"""Between the seeds of two ranks; a prime far above the seeds that a sweep counts through."""


class AveragedGradients(DDPStrategy):
    """Lightning's processes and checkpoints without DistributedDataParallel, whose reducer wants every parameter to
    take part in every backward: a player that stands still does not, nor does backward(inputs=...).

    Instead each optimizer's gradients are averaged over ranks just before it steps, ahead of clipping: one place,
    right for double backward, accumulation and ensembles alike. Every rank starts from rank 0's weights, buffers
    and counters and draws random numbers of its own. BatchNorm takes the statistics of the rank's own batches, unless
    trainer.sync_batchnorm joins them; a checkpoint has rank 0's.

    Source: the training loops of Karras et al. 2020, StyleGAN2-ADA (arXiv:2006.06676).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._ddp_kwargs:
            raise TypeError(f"{type(self).__name__} has no DistributedDataParallel to configure: {self._ddp_kwargs}")

    def configure_ddp(self) -> None:
        """Called once before a fit, ahead of what restores a checkpoint. Nothing is wrapped."""
        assert self.model is not None
        broadcast([*self.model.parameters(), *self.model.buffers()])
        share_counters(self.model)
        draw_apart(self.global_rank)

    def _get_process_group_backend(self) -> str:
        # What hosts tell each other (a signal, their random numbers) must not wait for a device.
        cuda = self.root_device.type == "cuda" and self._process_group_backend is None
        return "cpu:gloo,cuda:nccl" if cuda else super()._get_process_group_backend()

    def optimizer_step(self, optimizer: Optimizer, closure: Callable[[], Any], model: Any = None, **kwargs: Any) -> Any:
        def averaged() -> Any:
            result = closure()
            average([p for group in optimizer.param_groups for p in group["params"]])
            return result

        return super().optimizer_step(optimizer, averaged, model, **kwargs)


StrategyRegistry.register(
    NAME, AveragedGradients, override=True, description="two alternating players on several ranks"
)


@torch.no_grad()
def broadcast(tensors: Iterable[Tensor]) -> None:
    """Give every rank the values of rank 0, in place."""
    for tensor in tensors:
        dense = tensor.detach().clone(memory_format=torch.contiguous_format)
        distributed.broadcast(dense, src=0)
        tensor.copy_(dense)


def share_counters(module: nn.Module) -> None:
    """Give every rank what rank 0's modules keep beside tensors, such as how many updates an average stands for."""
    counters = {name: value for name, value in module.state_dict().items() if name.endswith("_extra_state")}
    told = [counters]
    distributed.broadcast_object_list(told, src=0)
    module.load_state_dict(told[0], strict=False)


@torch.no_grad()
def average(parameters: Sequence[nn.Parameter]) -> None:
    """Average .grad over ranks. Missing on some of them it counts as zero there; missing on all it stays None.

    The buffer has the same length on every rank whatever is missing where, and ends with a flag per parameter.
    """
    world = distributed.get_world_size()
    if world == 1 or not parameters:
        return
    here = [p.grad is not None for p in parameters]
    parts = [(p.grad if p.grad is not None else torch.zeros_like(p)).reshape(-1) for p in parameters]
    flat = torch.cat([*parts, torch.tensor(here, dtype=parts[0].dtype, device=parts[0].device)])
    distributed.all_reduce(flat.div_(world))
    *means, flags = flat.split([*(p.numel() for p in parameters), len(parameters)])
    anywhere = here if all(here) else flags.tolist()  # the host waits for the device only when something is missing
    for parameter, mean, present in zip(parameters, means, anywhere, strict=True):
        if present:
            parameter.grad = torch.empty_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad.copy_(mean.view_as(parameter))


def draw_apart(rank: int) -> None:
    """Move this rank's random numbers away from the other ranks', which were seeded alike. Rank 0 stays where it is."""
    if rank == 0:
        return
    seed = torch.initial_seed() + rank * STRIDE
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
