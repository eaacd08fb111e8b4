"""Optimizer steps: the same numbers as torch's optimizers, with gradients that finite differences confirm."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from gan_runner.tricks.optimizer_steps import STEPS, root

KINDS = {
    "sgd": partial(SGD, lr=0.1),
    "sgd-momentum": partial(SGD, lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.03),
    "sgd-nesterov": partial(SGD, lr=0.1, momentum=0.9, nesterov=True, maximize=True),
    "sgd-fused": partial(SGD, lr=0.1, momentum=0.5, fused=True),
    "adam": partial(Adam, lr=0.1, betas=(0.5, 0.999)),
    "adam-no-momentum": partial(Adam, lr=0.1, betas=(0.0, 0.9), eps=1e-3),
    "adam-decay": partial(Adam, lr=0.1, weight_decay=0.03, maximize=True),
    "adam-amsgrad": partial(Adam, lr=0.1, betas=(0.5, 0.6), amsgrad=True),
    "adam-fused": partial(Adam, lr=0.1, fused=True),
    "adam-tensor-rate": partial(Adam, lr=torch.tensor(0.1, dtype=torch.float64)),
    "adamw": partial(AdamW, lr=0.1, weight_decay=0.3),
    "rmsprop": partial(RMSprop, lr=0.1),
    "rmsprop-centered": partial(RMSprop, lr=0.1, alpha=0.8, centered=True, momentum=0.5, weight_decay=0.03),
}


def warm(kind: str, steps: int) -> tuple[nn.Parameter, torch.optim.Optimizer]:
    """A weight that `steps` gradients of changing size have moved."""
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(5, dtype=torch.float64))
    optimizer = KINDS[kind]([weight])
    for i in range(steps):
        weight.grad = torch.randn(5, dtype=torch.float64) / (i + 1)
        optimizer.step()
    return weight, optimizer


def played(weight, optimizer, gradients):
    """The weight after some gradients, by the functional step."""
    step, state, w = STEPS[type(optimizer)], optimizer.state.get(weight, {}), weight.detach()
    for gradient in gradients:
        w, state = step(w, gradient, state, optimizer.param_groups[0])
    return w


@pytest.mark.parametrize("steps_before", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_torchs_optimizer(kind, steps_before):
    weight, optimizer = warm(kind, steps_before)
    gradients = list(torch.randn(4, 5, dtype=torch.float64))
    before, kept = weight.detach().clone(), deepcopy(optimizer.state_dict())
    ahead = played(weight, optimizer, gradients)
    assert weight.detach().equal(before)
    for name, value in optimizer.state_dict()["state"].get(0, {}).items():
        assert torch.as_tensor(value).equal(torch.as_tensor(kept["state"][0][name])), name
    for gradient in gradients:
        weight.grad = gradient
        optimizer.step()
    torch.testing.assert_close(ahead, weight.detach(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("steps_before", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_through_three_steps_is_that_of_finite_differences(kind, steps_before):
    weight, optimizer = warm(kind, steps_before)
    gradients = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda g: played(weight, optimizer, g.unbind()), (gradients,), eps=1e-7, atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_weight_that_never_had_a_gradient_answers_with_finite_numbers(kind):
    weight, optimizer = warm(kind, 0)
    gradient = torch.zeros(5, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(played(weight, optimizer, [gradient, gradient]).sum(), gradient)
    assert slope.isfinite().all()


def test_the_root_of_zero_has_no_slope():
    v = torch.tensor([0.0, 4.0], requires_grad=True)
    root(v).sum().backward()
    assert root(v).tolist() == [0, 2]
    assert v.grad.tolist() == [0, 0.25]


def test_adams_first_step_by_hand():
    # m = (1 − β₁) g and v = (1 − β₂) g², both corrected: w − η g / (|g| + ε)
    weight = nn.Parameter(torch.tensor([1.0, 1.0]))
    optimizer = Adam([weight], lr=0.1, eps=1.0)
    w = played(weight, optimizer, [torch.tensor([3.0, -1.0])])
    torch.testing.assert_close(w, torch.tensor([1 - 0.1 * 3 / 4, 1 + 0.1 * 1 / 2]))
