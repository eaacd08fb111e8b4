"""Steps of torch's optimizers as functions: gradients pass through them, and the optimizer they follow stays as it is.

Each takes a weight, its gradient, the weight's state and its group as the optimizer keeps them, and returns the next
weight and the next state. A state that is not there yet counts as zero, as it does for the optimizer.
"""

from collections.abc import Callable, Mapping
from math import inf, log
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

Group = Mapping[str, Any]
State = Mapping[str, Tensor | None]
Step = Callable[[Tensor, Tensor, State, Group], tuple[Tensor, State]]


def sgd(weight: Tensor, gradient: Tensor, state: State, group: Group) -> tuple[Tensor, State]:
    """b ← μ b + (1 − dampening) g, the first b = g;  w ← w − η b, or w − η (g + μ b) with nesterov."""
    gradient = _signed_and_decayed(weight, gradient, group)
    momentum, buffer = group["momentum"], state.get("momentum_buffer")
    if momentum == 0:
        return weight - group["lr"] * gradient, state
    buffer = gradient if buffer is None else momentum * buffer + (1 - group["dampening"]) * gradient
    direction = gradient + momentum * buffer if group["nesterov"] else buffer
    return weight - group["lr"] * direction, {"momentum_buffer": buffer}


def adam(weight: Tensor, gradient: Tensor, state: State, group: Group) -> tuple[Tensor, State]:
    """m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  w ← w − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε).

    Source: Kingma & Ba 2014, algorithm 1 (arXiv:1412.6980); decoupled decay, AdamW: Loshchilov & Hutter 2017,
    algorithm 2 (arXiv:1711.05101); amsgrad, the largest v so far: Reddi et al. 2018, algorithm 2 (arXiv:1904.09237).
    """
    decoupled = group.get("decoupled_weight_decay", False)
    gradient = _signed_and_decayed(weight, gradient, {**group, "weight_decay": 0} if decoupled else group)
    if decoupled:
        weight = weight * (1 - group["lr"] * group["weight_decay"])
    (beta1, beta2), t = group["betas"], _or_zero(state, "step", gradient.new_zeros(())) + 1
    mean = beta1 * _or_zero(state, "exp_avg", gradient) + (1 - beta1) * gradient
    square = beta2 * _or_zero(state, "exp_avg_sq", gradient) + (1 - beta2) * gradient.square()
    after: dict[str, Tensor | None] = {"step": t, "exp_avg": mean, "exp_avg_sq": square}
    if group["amsgrad"]:
        square = torch.maximum(_or_zero(state, "max_exp_avg_sq", gradient), square)
        after["max_exp_avg_sq"] = square
    scale = root(square) / _bias(beta2, t).sqrt() + group["eps"]
    return weight - group["lr"] / _bias(beta1, t) * mean / scale, after


def rmsprop(weight: Tensor, gradient: Tensor, state: State, group: Group) -> tuple[Tensor, State]:
    """v ← α v + (1 − α) g²;  w ← w − η g / (√v + ε). centered: √(v − ḡ²), ḡ the mean of g; momentum as in sgd.

    Source: Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013, eq. 38–41 (arXiv:1308.0850).
    """
    gradient, alpha = _signed_and_decayed(weight, gradient, group), group["alpha"]
    square = alpha * _or_zero(state, "square_avg", gradient) + (1 - alpha) * gradient.square()
    after: dict[str, Tensor | None] = {"square_avg": square}
    if group["centered"]:
        mean = alpha * _or_zero(state, "grad_avg", gradient) + (1 - alpha) * gradient
        square = square - mean.square()
        after["grad_avg"] = mean
    direction = gradient / (root(square) + group["eps"])
    if group["momentum"] > 0:
        direction = group["momentum"] * _or_zero(state, "momentum_buffer", gradient) + direction
        after["momentum_buffer"] = direction
    return weight - group["lr"] * direction, after


STEPS: dict[type[Optimizer], Step] = {SGD: sgd, Adam: adam, AdamW: adam, RMSprop: rmsprop}
"""By exact class: a subclass may step otherwise."""


def root(square: Tensor) -> Tensor:
    """√v whose gradient at v = 0 is 0, not infinite: a weight that never had a gradient must not answer with NaN."""
    positive = square > 0
    return torch.where(positive, torch.where(positive, square, 1.0).sqrt(), 0.0)


def _bias(beta: float, t: Tensor) -> Tensor:
    """1 − βᵗ as −expm1(t ln β): in float32 the difference would lose three digits at β = .999."""
    return -torch.expm1(t * (log(beta) if beta > 0 else -inf))


def _signed_and_decayed(weight: Tensor, gradient: Tensor, group: Group) -> Tensor:
    gradient = -gradient if group["maximize"] else gradient
    return gradient + group["weight_decay"] * weight if group["weight_decay"] else gradient


def _or_zero(state: State, name: str, like: Tensor) -> Tensor:
    value = state.get(name)
    return torch.zeros_like(like) if value is None else value
