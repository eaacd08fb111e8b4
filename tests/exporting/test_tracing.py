"""Programs for batches of any size: a network that fixes its own is refused, by what to write instead."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_runner.exporting.network import Asked, Handed
from gan_runner.exporting.tracing import EXAMPLES, traced


class Frozen(nn.Module):
    """Knows its batch by heart."""

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return source.repeat(1, 32).reshape(len(source), 3, 8, 8)


def of(network: Handed, module: nn.Module) -> Handed:
    """The same with another network inside."""
    return replace(network, module=Asked(module, ["latent"], "__call__", None, False), inputs=network.inputs[:1])


def test_a_batch_of_any_size(plain: Handed) -> None:
    program = traced(plain)
    for size in (EXAMPLES, 1, 7):
        given = plain.examples(size, 0)
        assert torch.equal(program.module()(*given), plain.module(*given))


def test_a_network_that_fixes_its_batch_is_refused(plain: Handed) -> None:
    with pytest.raises(ValueError, match="the generator cannot be exported: its forward fixes the size of the batch"):
        traced(of(plain, Frozen()))


def test_whatever_else_goes_wrong_is_told(plain: Handed) -> None:
    def forward(self: Any, source: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.from_numpy(source.detach().numpy())

    broken: Callable[[], nn.Module] = type("Broken", (nn.Module,), {"forward": forward})
    with pytest.raises(ValueError, match="the generator cannot be exported: ") as told:
        traced(of(plain, broken()))
    assert "\n" not in str(told.value)


def test_no_lines_of_code_are_kept(plain: Handed) -> None:
    assert not any(node.meta.get("stack_trace") for node in traced(plain).graph.nodes)
