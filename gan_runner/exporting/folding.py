"""What is computed anew from other weights whenever a weight is used becomes a plain weight."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized


@torch.no_grad()
def fold(network: nn.Module) -> None:
    """Spectral and weight norm, equalized learning rates and any other parametrization, of a network in evaluation
    mode, in place: afterwards its weights are those that multiply.

    Not `remove_parametrizations`, which changes the class of a layer, and copies share that with what they are of.
    """
    for module in [*network.modules()]:
        if is_parametrized(module):
            names = [*cast(nn.ModuleDict, module.parametrizations)]
            values = {name: getattr(module, name).detach().clone() for name in names}
            del module._modules["parametrizations"]
            module.__class__ = type(module).__bases__[0]
            for name, value in values.items():
                module.register_parameter(name, nn.Parameter(value, requires_grad=False))
        _fold_hooks(module)


def _fold_hooks(module: nn.Module) -> None:
    """The same of the earlier form of both norms, which works by hooks."""
    for hook in [*module._forward_pre_hooks.values()]:
        remove = getattr(hook, "remove", None)
        if remove is not None and hasattr(hook, "name") and type(hook).__module__.startswith("torch.nn.utils."):
            key = next(key for key, other in module._forward_pre_hooks.items() if other is hook)
            remove(module)
            del module._forward_pre_hooks[key]
