"""What a network does not need for what it is asked: the encoder of a decoder, say."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

LISTS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
"""Parts that are looked into by places or names: what they hold goes, they stay."""


@torch.enable_grad()
def prune(module: nn.Module, given: Sequence[Tensor]) -> None:
    """Put nothing in the place of each part whose weights have no way to the answer to `given`, in place.

    What is gone is known by its gradient, whatever the weights are; their names and those of the others stay.
    """
    parameters = dict(module.named_parameters())
    for one in parameters.values():
        one.requires_grad_(True)
    used = set(parameters)
    try:
        total = module(*given).sum()
        if total.requires_grad:  # or it does not let anybody know
            found = torch.autograd.grad(total, list(parameters.values()), allow_unused=True)
            used = {name for name, gradient in zip(parameters, found, strict=True) if gradient is not None}
    except Exception:  # of a network of one's own: whoever asks it next tells what is wrong with it
        pass
    module.requires_grad_(False)
    _keep(module, used, "")


def _keep(module: nn.Module, used: set[str], place: str) -> None:
    """The parts of a module that have a used weight, or none at all. place: what its weights' names begin with.

    A network with a state beside its weights, as one that grows has, stays whole: which of them are used depends on it.
    """
    for name, part in module.named_children():
        inside = f"{place}{name}."
        own = {f"{inside}{key}" for key, _ in part.named_parameters()}
        if own and not own & used and not isinstance(part, LISTS):
            setattr(module, name, nn.Identity())
        elif type(part).get_extra_state is nn.Module.get_extra_state:
            _keep(part, used, inside)
