"""format=html: one page that opens from disk and runs the network in the browser, for whoever has nothing installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from gan_runner.config.errors import ConfigError
from gan_runner.exporting import onnx
from gan_runner.exporting.checking import check
from gan_runner.exporting.document import document, part_of
from gan_runner.exporting.network import Asked, Handed, Input, of_system
from gan_runner.exporting.page_facts import facts
from gan_runner.exporting.runtime import bring, known
from gan_runner.runs.folder import RunFolder
from gan_runner.systems.capabilities import Samples
from gan_runner.systems.mixture import FromMixture
from gan_runner.web.space import Space


@dataclass(frozen=True)
class Walkable(Handed):
    """A generator that is asked with latents as a page walks through them, of a mixture its codes, and with classes."""

    def examples(self, count: int, seed: int, larger: int = 0) -> tuple[Tensor, ...]:
        """As the run's own, its latents those that are walked through."""
        drawn, *others = super().examples(count, seed, larger)
        return self.latents(drawn), *others

    def latents(self, drawn: Tensor) -> Tensor:
        """What is walked through, of what the run draws."""
        mixture = getattr(self.system, "mixture", None)
        return drawn if mixture is None else mixture(drawn).detach()


def prepare(handed: Handed, runtime: str | None = None) -> None:
    """Bring what runs the network in a browser, once it is known that a page can walk through it. runtime: where it
    lies. Raises ConfigError, FileNotFoundError.
    """
    space_of(handed)
    bring(runtime)


def write(handed: Handed, path: Path) -> None:
    """The page. Raises ConfigError or ValueError, one sentence, for a network that no page can walk through."""
    space = space_of(handed)
    models = {"model": _content(walkable(handed, space))}
    if takes_images(space):
        models["encoder"] = _content(of_system(handed.system, "encoder"))
    told = facts(space, RunFolder(handed.checkpoint.parent.parent), "encoder" in models)
    path.write_text(document(told, known() or bring(), models), "utf-8")


def takes_images(space: Space) -> bool:
    """Whether the page can show its encoder images: grey ones, or in colour, of bytes."""
    return space.takes_images and space.origin.shape[0] in (1, 3) and space.origin.depth is None


def _content(network: Handed) -> bytes:
    """An ONNX file of a network, compared with it. Raises ValueError."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        onnx.write(network, file)
        if network.part == "encoder":  # the other is compared as it stands in the page
            check(network, onnx.read(file, network), "onnx")
        return file.read_bytes()


def read(path: Path, handed: Handed) -> Callable[..., Tensor]:
    """What the network in the page computes, by ONNX Runtime in Python."""
    model = part_of(path.read_text("utf-8"), "model")
    inner = walkable(handed, space_of(handed))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(model)
        ask = onnx.read(file, inner)

    def asked(*given: Tensor) -> Tensor:
        told = {one.name: value for one, value in zip(handed.inputs, given, strict=True)}
        told["latent"] = inner.latents(told["latent"])
        return ask(*(told[one.name] for one in inner.inputs))

    return asked


def space_of(handed: Handed) -> Space:
    """Raises ConfigError for what a page cannot walk through."""
    if handed.output != "image" or not isinstance(handed.system, Samples):
        made = "points" if handed.output == "points" else f"a {handed.output}"
        raise ConfigError(
            f"format=html walks through latents to images, and part={handed.part} of this run makes {made}: give "
            "format=onnx"
        )
    if handed.origin.conditions is not None:
        raise ConfigError("format=html asks for classes, and the labels of this run are numbers: give format=onnx")
    if handed.in_bytes:
        raise ConfigError("bytes=true is for programs that ask the file, and nobody asks a page: leave it out")
    return Space(handed.system, handed.batches)


def walkable(handed: Handed, space: Space) -> Walkable:
    """The network behind the latents that a page walks through, without truncation, which the page does itself."""
    whole = handed.module
    assert isinstance(whole, Asked)
    network: nn.Module = whole.network
    network = network.decoding if isinstance(network, FromMixture) else network
    inputs = [one for one in handed.inputs if one.name in ("latent", "label")]
    inputs[0] = Input("latent", (space.size,), torch.float32, inputs[0].meaning)
    module = Asked(network, [one.name for one in inputs], whole.method, None, False).eval()
    known: dict[str, Any] = {one.name: getattr(handed, one.name) for one in fields(handed)}
    return Walkable(**known | {"module": module, "inputs": tuple(inputs)})
