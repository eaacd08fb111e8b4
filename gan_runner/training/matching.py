"""Which weights of a checkpoint a layer can take: by name, seen through what tricks put around a network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_runner.layers.equalized import Equalized

PARAMETRIZED = re.compile(r"\.parametrizations\.(\w+)\.original$")
WRAPPED = re.compile(r"^(discriminator\.|generator\.|members\.0\.)+")
"""Modules that tricks and games put around a network; an ensemble's first member stands for one alone."""
WIDENED = re.compile(r"(\.linear)+(?=\.\w+$)")
"""What a head becomes that sees something of the whole batch too."""

Added = tuple[int, int]
"""Numbers that stand at the end of a dimension, of the saved tensor and of the one here."""


def player_of(key: str) -> str:
    """What of a name tells the network: games.gan.generator, games.gan.tricks.ema.average."""
    names = key.split(".")
    depth = 1 if names[0] != "games" else 5 if names[2:3] == ["tricks"] else 3
    return ".".join(names[:depth])


def layer_of(key: str) -> str:
    """The layer a tensor belongs to; what a network has of its own, outside its layers, is one by its own name."""
    layer = key.partition(".parametrizations.")[0] if ".parametrizations." in key else key.rpartition(".")[0]
    return key if layer == player_of(key) else layer


class Saved:
    """The tensors of a checkpoint's state dict, for the layers of a system to take what fits.

    Equal names belong together, and names that are equal without wrappers: those of spectral norm, of packs, noise and
    augmentation, of a widened head, of an ensemble's first member. classes: how many labels enter the networks there
    and here; their weights stand last in the layers that labels enter, and stay new where the numbers differ.
    """

    def __init__(self, state: Mapping[Any, Any], classes: Added = (0, 0)) -> None:
        self.tensors = {str(key): value for key, value in state.items() if _is_plain(value)}
        self.classes = classes
        self._keys = {_unwrapped(key): key for key in self.tensors}

    @torch.no_grad()
    def give(self, tensors: Mapping[str, Tensor], gain: float | None = None) -> list[bool] | None:
        """Fill a layer's tensors, all of them or none; whether each was filled whole. None where they do not fit.

        tensors: by name, in place. gain: of a layer of equalized learning rate. Raises ValueError for weights that are
        not finite.
        """
        found: list[tuple[Tensor, Tensor, bool]] = []
        for key, here in tensors.items():
            if _follows(key) and key not in self.tensors:
                continue
            there = self._key(key)
            part = None if there is None else common(self.tensors[there], here, self._added(there, key))
            if there is None or part is None:
                return None
            value = self.tensors[there]
            if not value.isfinite().all():
                raise ValueError(f"init_from: {there} is not finite in this checkpoint: take an earlier one")
            if not any(_follows(other) for other in tensors):
                value = self._divided(there, gain)
            found.append((here[part], value[part], here[part].shape == here.shape))
        for here, value, _ in found:
            here.copy_(value)
        return [whole for *_, whole in found] or None

    def _key(self, key: str) -> str | None:
        """What the tensor of a name here is called there."""
        return key if key in self.tensors else self._keys.get(_unwrapped(key))

    def _added(self, there: str, key: str) -> Added | None:
        """None: whatever a trick has widened a layer by, on one side alone."""
        return self.classes if _is_widened(there) == _is_widened(key) else None

    def _divided(self, there: str, gain: float | None) -> Tensor:
        """What multiplied: weights that spectral norm held are divided by their largest singular value."""
        weight: Tensor = self.tensors[there]
        prefix = f"{there.removesuffix('.original')}."
        left = next((name for name in self.tensors if name.startswith(prefix) and name.endswith("._u")), None)
        if left is None:
            return weight
        scaled = weight if gain is None else weight * Equalized(gain).scale(weight)
        right = self.tensors[f"{left.removesuffix('_u')}_v"]
        largest: Tensor = self.tensors[left] @ scaled.flatten(1) @ right
        return weight / largest


def common(there: Tensor, here: Tensor, added: Added | None) -> tuple[slice, ...] | None:
    """The part of two tensors that has the same meaning, None where there is none.

    All of them where they are of one shape. Else what stands before what was `added` at the end of the only dimension
    that differs; added=None: to the inputs of a layer, (out, in, …), any number.
    """
    if there.ndim != here.ndim or there.is_floating_point() != here.is_floating_point():
        return None
    differing = [d for d in range(here.ndim) if there.shape[d] != here.shape[d]]
    if not differing:
        return tuple(slice(None) for _ in here.shape)
    if len(differing) > 1 or (added is None and differing != [1]):
        return None
    (dimension,) = differing
    kept = min(there.shape[dimension], here.shape[dimension])
    if added is not None:
        kept = here.shape[dimension] - added[1]
        if kept < 1 or kept != there.shape[dimension] - added[0]:
            return None
    return tuple(slice(kept) if d == dimension else slice(None) for d in range(here.ndim))


def _unwrapped(key: str) -> str:
    player, key = player_of(key), PARAMETRIZED.sub(r".\1", key)
    return f"{player}.{WIDENED.sub('', WRAPPED.sub('', key.removeprefix(f'{player}.')))}"


def _is_widened(key: str) -> bool:
    return WIDENED.search(PARAMETRIZED.sub(r".\1", key)) is not None


def _follows(key: str) -> bool:
    """Whether a tensor is found from the weights: a singular vector, which tricks.spectral_norm finds anew."""
    return ".parametrizations." in key and PARAMETRIZED.search(key) is None


def _is_plain(value: Any) -> bool:
    return isinstance(value, Tensor) and value.layout == torch.strided and not value.is_quantized
