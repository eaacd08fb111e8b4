"""What is handed on: the network that sampling uses, as one plain module with named inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from gan_runner.config.errors import ConfigError, listed
from gan_runner.exporting.folding import fold
from gan_runner.exporting.pruning import prune
from gan_runner.inference.rebuild import rebuild, weights_of
from gan_runner.inference.translate import sides_multiple_of
from gan_runner.layers.conditioning import drawn_rows, is_conditional
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Encodes, Samples, Translates
from gan_runner.types import Direction, Origin, Shape

Side = int | None
"""None: any number."""


@dataclass(frozen=True)
class Input:
    """What a network is asked with: "latent", "label", "truncation" or "image".

    shape: of one of a batch, with None for sides that are free, of which `multiple` says what they are multiples of;
    batched: False for what a whole batch shares. meaning: a sentence for whoever uses it.
    """

    name: str
    shape: tuple[Side, ...]
    dtype: torch.dtype
    meaning: str
    batched: bool = True
    multiple: int = 1


@dataclass(frozen=True)
class Handed:
    """A network to hand on. module: float32, in evaluation mode, on the processor, its weights plain; its forward takes
    the inputs in their order and gives one tensor.

    output: "image", "points", "latent", "translation" or "reconstruction"; output_shape: of one of a batch; in_bytes:
    whether it is rounded to uint8. weights: which those are, in words. remarks: what is to be known of it, a sentence
    each.
    """

    module: nn.Module
    inputs: tuple[Input, ...]
    output: str
    output_shape: tuple[Side, ...]
    in_bytes: bool
    part: str
    weights: str
    system: System
    batches: int
    checkpoint: Path
    remarks: tuple[str, ...] = ()

    @property
    def origin(self) -> Origin:
        """What the run played with."""
        return self.system.origin

    @property
    def takes_any_side(self) -> bool:
        """Whether images may be of other sizes than those of the run."""
        return None in self.inputs[0].shape

    def examples(self, count: int, seed: int, larger: int = 0) -> tuple[Tensor, ...]:
        """Inputs for `count` outputs, in their order, the same for the same seed: latents as gan-sample draws them, all
        classes in turn, labels that are numbers as training images had them, no truncation; images of noise. larger:
        by how many multiples sides that are free are larger than those of the run.
        """
        return tuple(self._example(one, count, seed, larger) for one in self.inputs)

    def _example(self, one: Input, count: int, seed: int, larger: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        if one.name == "latent":
            return cast(Samples, self.system).latent.sample(count, generator=generator)
        if one.name == "truncation":
            return torch.tensor(torch.inf)
        if one.name == "label" and one.dtype.is_floating_point:
            assert self.origin.conditions is not None
            return drawn_rows(self.origin.conditions, count, generator)
        if one.name == "label":
            return torch.arange(count) % (self.origin.num_classes or 1)
        own = _source_shape(self.system, self.part)
        sides = [
            side if side is not None else own[place] + place * larger * one.multiple
            for place, side in enumerate(one.shape)
        ]
        return torch.rand(count, *sides, generator=generator) * 2 - 1


class Asked(nn.Module):
    """A network whose inputs are given in the order of `names`; in_bytes: what it makes is rounded to bytes."""

    def __init__(
        self,
        network: nn.Module,
        names: Sequence[str],
        method: str,
        within: Callable[..., Tensor] | None = None,
        in_bytes: bool = False,
    ) -> None:
        super().__init__()
        self.network, self.names, self.method = network, tuple(names), method
        self.within, self.in_bytes = within, in_bytes

    def forward(self, *given: Tensor) -> Tensor:
        told = dict(zip(self.names, self._all(given), strict=True))
        source = given[0]
        if self.within is not None:
            source = self.within(source, told["truncation"])
        answer: Tensor = getattr(self.network, self.method)(source, told.get("label"))
        return rounded(answer.float()) if self.in_bytes else answer.float()

    def _all(self, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """With no truncation where none is given. Raises TypeError for inputs that are too few or too many."""
        if len(given) == len(self.names) - 1 and self.names[-1] == "truncation":
            return (*given, given[0].new_tensor(torch.inf))
        if len(given) != len(self.names):
            wanted = listed([f"{name} (may be left out)" if name == "truncation" else name for name in self.names])
            raise TypeError(f"this network takes {wanted}, in this order, and was given {len(given)}")
        return given


def rounded(images: Tensor) -> Tensor:
    """Images in [-1, 1] to uint8, as `images.ranges.to_bytes` does it."""
    return images.clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8)


class Wanted(Protocol):
    """What a request says of the network that it wants."""

    @property
    def checkpoint(self) -> Path: ...

    @property
    def part(self) -> str | None: ...

    @property
    def bytes(self) -> bool: ...

    @property
    def trust(self) -> bool: ...


def handed(request: Wanted) -> Handed:
    """The network that is asked for. Raises ConfigError for a part that the run does not have."""
    system, batches = rebuild(System, request.checkpoint, "", request.trust)  # type: ignore[type-abstract]  # any
    found = of_system(system, _part(request.part, system), request.bytes)
    return replace(found, batches=batches, checkpoint=request.checkpoint)


def of_system(system: System, part: str, in_bytes: bool = False, state: Mapping[str, Any] | None = None) -> Handed:
    """The network of a part, in a copy; of no checkpoint yet. state: what of its state is no tensor, and says what the
    network is, how far it has grown. Raises ConfigError for bytes of what are no images.
    """
    network, chosen_by, method = _network(system, part)
    network = deepcopy(network).cpu().float().eval().requires_grad_(False)
    network.load_state_dict(state or {}, strict=False)
    remarks = _without_dropout(network)
    fold(network)
    _contiguous(network)
    inputs = tuple(_inputs(system, part, network))
    output, shape = _output(system, part, inputs)
    if in_bytes and len(shape) != 3:
        made = "codes" if output == "latent" else "points"
        raise ConfigError(f"bytes=true rounds images, and this network makes {made}: leave it out")
    within = getattr(getattr(system, "latent", None), "within", None)
    within = within if any(one.name == "truncation" for one in inputs) else None
    module = Asked(network, [one.name for one in inputs], method, within).eval()
    weights = weights_of(chosen_by, system.origin.config.get("tricks") or ())
    found = Handed(module, inputs, output, shape, in_bytes, part, weights, system, 0, Path(), remarks)
    prune(module, found.examples(2, 0))
    module.in_bytes = in_bytes
    return found


def parts(system: System) -> list[str]:
    """What a system has that can be handed on, the one that it was trained for first."""
    found = ["generator"] if Samples.of(system) else []
    if Encodes.of(system):
        return [*found, "encoder", "reconstruction"]
    translates = Translates.of(system)
    return [*found, *(translates.directions if translates else ())]


def _part(wanted: str | None, system: System) -> str:
    has = parts(system)
    if not has:
        raise ValueError(
            f"this run ({type(system).__name__}) makes neither samples nor images of images: nothing to hand on"
        )
    if wanted is None:
        return has[0]
    if wanted not in has:
        raise ConfigError(f"part={wanted}, and this run ({type(system).__name__}) has {listed(has)}: give one of those")
    return wanted


def _network(system: Any, part: str) -> tuple[nn.Module, str, str]:
    """The network of a part, who chose it, and the method that is asked."""
    if part == "generator":
        return (*system.sampler(), "__call__")
    if part in ("encoder", "reconstruction"):
        network, chosen_by = system.coder()
        return network, chosen_by, "encode" if part == "encoder" else "__call__"
    direction = cast(Direction, part)
    return system.translator(direction), system.chosen_by(direction), "__call__"


def _without_dropout(network: nn.Module) -> tuple[str, ...]:
    """Switch off what draws at test too: a file that draws could not be repeated."""
    drawing = [one for one in network.modules() if getattr(one, "dropout_at_test", False) and getattr(one, "share", 1)]
    for module in drawing:
        module.dropout_at_test = False  # type: ignore[assignment]
    if not drawing:
        return ()
    return ("its dropout is off, which gan-translate leaves on, so that an image has one translation",)


def _contiguous(network: nn.Module) -> None:
    """Weights that training laid out for the device at hand."""
    for one in (*network.parameters(), *network.buffers()):
        one.data = one.data.contiguous()


def _source_shape(system: System, part: str) -> Shape:
    """Of one of the images that a part starts from."""
    origin = system.origin
    return origin.shape if part == "b2a" else origin.source_shape or origin.shape


def _inputs(system: System, part: str, network: nn.Module) -> list[Input]:
    origin = system.origin
    if part == "generator":
        prior = cast(Samples, system).latent
        found = [Input("latent", (prior.latent_dim,), torch.float32, "Where a sample starts: a draw of the prior.")]
    else:
        found = [_image(system, part, network)]
    if is_conditional(network):
        found.append(_label(origin))
    if part == "generator" and hasattr(prior, "within"):
        meaning = "How far out latents may lie, one number for all (inf: anywhere); what lies further out is drawn in."
        found.append(Input("truncation", (), torch.float32, meaning, batched=False))
    return found


def _image(system: System, part: str, network: nn.Module) -> Input:
    shape: tuple[Side, ...] = _source_shape(system, part)
    if len(shape) == 1:
        return Input("image", shape, torch.float32, "Points.")
    multiple = sides_multiple_of(network)
    sides = "" if multiple is None else f"; sides are multiples of {multiple}"
    shape = shape if multiple is None else (shape[0], None, None)
    fills = part == "a2b" and (system.origin.config.get("data") or {}).get("task") == "inpaint"
    hole = "; the last channel is the hole, 1 where it is, where the others are 0, and 0 elsewhere" if fills else ""
    meaning = f"Images in [-1, 1], channels first{sides}{hole}."
    return Input("image", shape, torch.float32, meaning, multiple=multiple or 1)


def _label(origin: Origin) -> Input:
    if origin.conditions is None:
        return Input("label", (), torch.int64, f"The class, by its place among {listed(origin.called)}.")
    names = origin.conditions.names
    return Input(
        "label", (len(names),), torch.float32, f"Numbers: {listed(names)}, each less its mean over its spread."
    )


def _output(system: Any, part: str, inputs: Sequence[Input]) -> tuple[str, tuple[Side, ...]]:
    origin: Origin = system.origin
    if part == "encoder":
        return "latent", (system.prior.latent_dim,) if hasattr(system, "prior") else (None,)
    sides = inputs[0].shape[1:] if part != "generator" and None in inputs[0].shape else None
    shape: tuple[Side, ...] = _made(origin, part)
    shape = shape if sides is None else (shape[0], *sides)
    if part == "generator":
        return ("points" if origin.kind == "points" else "image"), shape
    return ("reconstruction" if part == "reconstruction" else "translation"), shape


def _made(origin: Origin, part: str) -> Shape:
    return (origin.source_shape or origin.shape) if part == "b2a" else origin.shape
