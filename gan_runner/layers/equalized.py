"""Equalized learning rate: every weight is stored at the same size, and scaled where it is used."""

from math import prod, sqrt
from typing import TypeVar

from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized, register_parametrization

Layer = TypeVar("Layer", bound=nn.Linear | nn.Conv2d)


class Equalized(nn.Module):
    """What multiplies is w · gain / √fan_in, what the optimizer moves is w, of variance 1 at the start.

    Adam's steps are about as large as the learning rate whatever the size of a weight: here that is the same share of
    every layer's weights. Registered as a parametrization, so that a layer stays what it is to all who look at it, and
    what is registered later (spectral norm) acts on the weights that multiply.
    Source: Karras et al. 2017, §4.1 (arXiv:1710.10196); gain √2: He et al. 2015 (arXiv:1502.01852).
    """

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def scale(self, weight: Tensor) -> float:
        return self.gain / sqrt(prod(weight.shape[1:]))  # (out, in) or (out, in, 3, 3)

    def forward(self, weight: Tensor) -> Tensor:
        return weight * self.scale(weight)

    def right_inverse(self, weight: Tensor) -> Tensor:
        return weight / self.scale(weight)


def equalize(layer: Layer, gain: float = sqrt(2)) -> Layer:
    """Draw the layer's weights from N(0, 1) and scale them where they are used; biases are 0 and not scaled."""
    equalized = Equalized(gain)
    nn.init.normal_(layer.weight, 0.0, equalized.scale(layer.weight))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    register_parametrization(layer, "weight", equalized)  # which stores them divided by the scale
    return layer


def gain_of(layer: nn.Module) -> float | None:
    """The gain of an equalized layer, None for another."""
    if not is_parametrized(layer, "weight"):
        return None
    parametrizations: nn.ModuleList = layer.parametrizations["weight"]  # type: ignore[assignment, index]
    return next((one.gain for one in parametrizations if isinstance(one, Equalized)), None)


def equalize_as(layer: Layer, other: nn.Module) -> Layer:
    """Store the layer's weights as the other's are; what multiplies does not change."""
    gain = gain_of(other)
    if gain is not None:
        register_parametrization(layer, "weight", Equalized(gain))
    return layer
