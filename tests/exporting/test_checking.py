"""The check before a file is handed over: what passes, and what each way of being wrong is told as."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from gan_runner.exporting import checking
from gan_runner.exporting.checking import COUNT, SIZES, Checked, check
from gan_runner.exporting.network import Asked, Handed
from gan_runner.exporting.tracing import EXAMPLES


def of(network: Handed, module: nn.Module) -> Handed:
    return replace(network, module=Asked(module, ["latent"], "__call__", None, False), inputs=network.inputs[:1])


def test_what_computes_the_same_passes(conditional: Handed) -> None:
    sizes: set[int] = set()

    def ask(*given: Tensor) -> Tensor:
        sizes.add(len(given[0]))
        return conditional.module(*given)  # type: ignore[no-any-return]

    checked = check(conditional, ask, "onnx")
    assert (checked.count, checked.absolute, checked.different, checked.bytes) == (COUNT, 0.0, 0, COUNT * 128)
    assert sizes >= {*SIZES}
    assert EXAMPLES not in SIZES
    assert "256 compared with PyTorch, largest difference 0.0e+00" in checked.sentence()
    assert "0 of 32,768 bytes differ" in checked.sentence()


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_a_difference_counts_by_the_range_of_the_output(points: Handed, scale: float) -> None:
    large = of(points, Scaled(scale))
    assert check(large, lambda z: scale * (z[:, :2] + 1e-5), "onnx").relative < checking.TOLERANCE
    with pytest.raises(ValueError, match=r"the onnx file differs from the network .*: not handed over"):
        check(large, lambda z: scale * (z[:, :2] + 1e-2), "onnx")


class Scaled(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return self.scale * source[:, :2]


class Drawing(nn.Module):
    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return dropout(source[:, :2], 0.5)


class Diverged(nn.Module):
    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return source[:, :2] * torch.nan


def failing(*given: Tensor) -> Tensor:
    raise RuntimeError("Got invalid dimensions\nfor input: latent")


@pytest.mark.parametrize(
    ("module", "ask", "told"),
    [
        (Scaled(1), lambda z: z.new_zeros(4, 2), "the onnx file makes 4 of a batch of 3: not handed over"),
        (Scaled(1), failing, r"does not take a batch of 3 \(Got invalid dimensions for input: latent\)"),
        (Drawing(), lambda z: z[:, :2], "the network draws random numbers in evaluation mode"),
        (Diverged(), lambda z: z[:, :2], "what the network makes is not finite"),
        (Scaled(1), lambda z: z[:, :2] * torch.nan, "the onnx file differs from the network"),
    ],
)
def test_what_does_not_pass(points: Handed, module: nn.Module, ask: Callable[..., Tensor], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check(of(points, module), ask, "onnx")


def test_bytes_may_differ_where_a_pixel_lies_between_two(plain: Handed, network_of: Callable[..., Handed]) -> None:
    inside = network_of(plain.checkpoint.parents[1], bytes=True)

    def off(by: int, pixels: int) -> Callable[..., Tensor]:
        def ask(*given: Tensor) -> Tensor:
            made: Tensor = inside.module(*given).clone()
            made.flatten()[:pixels] += by
            return made

        return ask

    assert check(inside, off(1, 1), "onnx").different == 32  # batches
    for ask in (off(1, 100), off(2, 1)):
        with pytest.raises(ValueError, match="differs from the network"):
            check(inside, ask, "onnx")


def test_a_slow_network_is_compared_by_fewer(points: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0, 61)
    monkeypatch.setattr(checking.time, "monotonic", lambda: next(clock))
    assert check(points, points.module, "onnx").count == checking.ENOUGH


def test_other_sides_are_asked_too(translators: dict[str, str], network_of: Callable[..., Handed]) -> None:
    network = network_of(translators["cyclegan"])
    shapes: set[tuple[int, ...]] = set()

    def ask(image: Tensor) -> Tensor:
        shapes.add(tuple(image.shape[2:]))
        return network.module(image)  # type: ignore[no-any-return]

    check(network, ask, "onnx")
    assert shapes == {(8, 8), (12, 16)}


def test_a_constant_is_compared_absolutely() -> None:
    assert Checked(1, 0.5, 0.0, 4, None).relative == 0.5
