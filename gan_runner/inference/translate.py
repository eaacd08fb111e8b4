"""Images translated by a checkpoint alone: read whatever Pillow reads, write what becomes of it under the same name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gan_runner import rng
from gan_runner.config.errors import ConfigError
from gan_runner.config.labels import listed_classes
from gan_runner.config.schema import class_attribute
from gan_runner.config.trust import check_targets
from gan_runner.data.containers.inside import Place
from gan_runner.data.files.decoding import DecodeError, Decoder, naming, opened
from gan_runner.data.files.deep import ValueRange
from gan_runner.data.files.reading import Reading
from gan_runner.files import replacing
from gan_runner.images.counter_random import Fixed
from gan_runner.images.degrading import Damage, with_holes
from gan_runner.images.drawing import panel
from gan_runner.images.ranges import to_unit_range
from gan_runner.images.writing import write_image
from gan_runner.inference.errors import Errors
from gan_runner.inference.labels import choose_labels
from gan_runner.inference.paths import Job
from gan_runner.inference.rebuild import choose_device, rebuild, weights_of
from gan_runner.inference.request import TranslateRequest as Request
from gan_runner.runs.interruption import AGAIN, NOT_DONE, signals
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Encodes, Translates
from gan_runner.types import OTHER_WAY, Origin, Shape

Bytes = NDArray[np.uint8]
NEEDS = (
    "gan-translate makes images of images, so it needs a run that translates (model=cyclegan, pix2pix, two_stage), "
    "restores them (model=inpainting, super_resolution, …) or brings them back from codes (model=vae, autoencoder, …)"
)
LEAST_SIDE = 8
"""Pixels below which an image is made larger at its border for a network that takes any size."""


@dataclass(frozen=True)
class Translator:
    """The networks that are asked, and what they take: images (B, channels, …), with a hole besides where `holes`.

    damage: done to the images before they are translated, to each by its place in the whole list, whatever the batch.
    """

    forth: nn.Module
    back: nn.Module | None
    channels: int
    holes: bool
    size: tuple[int, int] | None  # None: each image's own
    multiple: int  # of which sides must be, where the size is the image's own
    device: torch.device
    scale: ValueRange = "type"  # of images whose pixels are no bytes: that of the run
    damage: Damage | None = None
    label: int | None = None  # that all images have, of a network that is told
    made: str = "translated"  # what becomes of an image, in a word
    reading: Reading = field(default_factory=Reading)  # of files that hold several images: that of the run

    def read(self, job: Job) -> Bytes:
        """An image, and its hole behind it where there is one: (C, H, W). Raises DecodeError."""
        image = read(job.source, self.channels, self.size, self.scale, self.reading)
        if job.mask is None:
            return image
        mask = read(job.mask, 1, self.size)
        if mask.shape[1:] != image.shape[1:]:
            raise DecodeError(f"{job.source}: {sides(image)} pixels, and its mask {job.mask} has {sides(mask)}")
        return np.concatenate([image, mask])

    def __call__(self, images: Bytes, places: Sequence[int]) -> dict[str, Tensor]:
        """Images (N, C, H, W) of one size to named columns of them, at that size; places: in the whole list."""
        height, width = images.shape[2:]
        there = torch.from_numpy(reflected(images, self.multiple))
        given = to_unit_range(there[:, : self.channels])
        source, columns = given, {"input": given}
        if self.damage is not None:
            source = self.damage(given, Fixed(torch.tensor(places)))
            columns["damaged"] = source
        elif self.holes:
            source = with_holes(given, (there[:, self.channels :] >= 128).float())
            columns["input"] = source[:, : self.channels]
        columns[self.made] = self._made(self.forth, source)
        if self.back is not None:
            columns["reconstructed"] = self._made(self.back, columns[self.made])
        if not all(column.isfinite().all() for column in columns.values()):
            raise ValueError("the translations are not finite: training had diverged when this was saved")
        return {name: column[:, :, :height, :width].cpu() for name, column in columns.items()}

    def _made(self, network: nn.Module, source: Tensor) -> Tensor:
        label = None if self.label is None else torch.full((len(source),), self.label, device=self.device)
        return generate(network, source.to(self.device), label)


def translate(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was done."""
    path, planned = request.checkpoint, request.planned
    device = choose_device(request.accelerator)
    system, batches = rebuild(Translates, path, NEEDS, request.trust)  # type: ignore[type-abstract]  # any that can
    translator = prepare(request, system, device)
    table = Errors(request.table, translator.made) if request.table else None
    with rng.isolated(request.seed):
        skipped = work(translator, planned, request, table)
    done = len(planned) - len(skipped)
    if not done:
        raise ValueError(f"none of {len(planned)} image(s) could be read: {skipped[0]}")
    lines = [f"skipped {reason}" for reason in skipped]
    size = "" if translator.size is None else f" at {translator.size[0]}×{translator.size[1]} pixels"
    own = " (the network's own size)" if translator.size and request.size is None else ""
    images = f"{done} of {len(planned)} images" if skipped else f"{done} image{'s' if done > 1 else ''}"
    weights = weights_of(system.chosen_by(request.direction), system.origin.config.get("tricks") or ())
    what = translator.made if Encodes.of(system) else f"translated {request.direction}"
    lines.append(f"{images} {what}{size}{own} by {weights} after {batches} batches: {request.output}")
    if table is not None:
        table.write()
        lines.append(table.sentence())
    return "\n".join(lines)


def prepare(request: Request, system: Translates, device: torch.device) -> Translator:
    """What translates as requested. Raises ValueError for what this run cannot do."""
    forth = system.translator(request.direction)
    back = None
    if request.cycle:
        if OTHER_WAY[request.direction] not in system.directions:
            raise ConfigError("cycle=true needs a way back, and this run translates a2b alone: leave it out")
        back = system.translator(OTHER_WAY[request.direction]).to(device)
    origin = system.origin
    shape = origin.source_shape if request.direction == "a2b" and origin.source_shape else origin.shape
    damage = _damage(request, system, shape)
    holes = has_holes(origin.config.get("data") or {}, request.trust) and request.direction == "a2b"
    if holes and request.mask is None and damage is None:
        raise ConfigError(
            "this run fills holes: give mask=<file> or mask=<folder>, white where an image has its hole, or "
            "damage=inpaint to make some"
        )
    if request.mask is not None and not holes:
        raise ConfigError("mask is for runs that fill holes (data=degraded data.task=inpaint): leave it out")
    multiple, size = sides_multiple_of(forth), request.wanted_size
    if multiple is None:
        own = (shape[1], shape[2])
        if size not in (None, own):
            raise ConfigError(f"size={request.size}: this run's network takes {own[0]}×{own[1]} alone, leave size out")
        size = own
    scale = scale_of(origin, request.direction)
    channels = origin.shape[0] if damage is not None else shape[0] - holes
    made = "reconstructed" if Encodes.of(system) else "translated"
    return Translator(
        forth.to(device),
        back,
        channels,
        holes,
        size,
        multiple or 1,
        device,
        scale,
        damage,
        _label(request, system),
        made,
        reading_of(origin),
    )


def _damage(request: Request, system: Translates, shape: Shape) -> Damage | None:
    """What is done to images first. Raises ConfigError where this run takes none that are damaged so, and where errors
    are asked for of images that are not what should become of them.
    """
    origin = system.origin
    back_to_itself = Encodes.of(system) is not None or "task" in (origin.config.get("data") or {})
    if request.errors is not None and not (back_to_itself and (request.damage or origin.source_shape is None)):
        raise ConfigError(
            "errors compares an image with what came back of it, and this run makes another of it: leave errors out"
            + (", or give damage=<task>, which begins with whole images" if back_to_itself else "")
        )
    if request.damage is None:
        return None
    if not back_to_itself:
        raise ConfigError("damage is for runs that restore images or bring them back: leave it out")
    try:
        damage = Damage(**{key: value for key, value in request.damage.items() if key != "_target_"})
        damaged = damage.source_shape(origin.shape)
    except ValueError as error:
        raise ConfigError(str(error).replace("data.of.", "the run's data.").replace("data.", "damage.")) from error
    if damaged[0] != shape[0]:
        raise ConfigError(
            f"damage={damage.task} leaves images of {damaged[0]} channel(s), and this run takes {shape[0]}: choose "
            "the damage that it was trained on"
        )
    return damage


def _label(request: Request, system: Translates) -> int | None:
    """The class of all images, which a conditional network is told."""
    origin = system.origin
    names = origin.called if origin.conditional else ()
    if names and request.label is None:
        raise ConfigError(f"this run is told the class of an image: give label=<class>, of {listed_classes(names)}")
    return next(iter(choose_labels(request.label, names)), None)


def scale_of(origin: Origin, direction: str) -> ValueRange:
    """What the run made black and white of the domain that images come from; "type" where its files held bytes.

    A source has no files of its own where images are brought back to themselves, or made of those of other data.
    """
    made = isinstance((origin.config.get("data") or {}).get("of"), Mapping)
    two_domains = origin.source_shape is not None and not made
    found = (origin.scales or {}).get("source" if direction == "a2b" and two_domains else "real")
    return "type" if found is None else (found[0], found[1])


def reading_of(origin: Origin) -> Reading:
    """Which slice and window the run took of files that have several."""
    data = origin.config.get("data") or {}
    data = data["of"] if isinstance(data.get("of"), Mapping) else data
    return Reading(axis=data.get("axis", "axial"), from_file=data.get("window") == "file")


def has_holes(data: Mapping[str, Any], trust: bool) -> bool:
    """Whether sources have their hole as one more channel. The class of data that has no tasks is not imported."""
    if "task" not in data:
        return False
    if not trust:
        check_targets({"data": {key: data[key] for key in ("_target_",) if key in data}}, unbuilt=())
    return data["task"] in class_attribute(data, "tasks_with_holes", ())


def sides_multiple_of(network: nn.Module) -> int | None:
    """What the sides of images must be multiples of; None for a network that takes one size alone."""
    found = (getattr(module, "sides_multiple_of", None) for module in network.modules())
    return next((number for number in found if number is not None), None)


def work(translator: Translator, planned: list[Job], request: Request, table: Errors | None = None) -> list[str]:
    """Translate and write, images of equal size together. Returns why which file was skipped."""
    skipped: list[str] = []
    done, side_by_side = 0, request.cycle or request.panels
    places = {job: place for place, job in enumerate(planned)}
    signals.word = lambda: _stopped(done, len(planned), request)
    for batch, images in batched(planned, translator, request.batch_size, skipped):
        columns = translator(np.stack(images), [places[job] for job in batch])
        if table is not None:
            table.take([job.source for job in batch], columns)
        for index, job in enumerate(batch):
            shown = {name: column[index : index + 1] for name, column in columns.items()}
            job.target.parent.mkdir(parents=True, exist_ok=True)
            if side_by_side:
                with replacing(job.target) as beside:
                    panel(shown).save(beside)
            else:
                write_image(job.target, shown[translator.made][0])
            done += 1
    return skipped


def _stopped(done: int, count: int, request: Request) -> str:
    """What was translated when it was told to stop."""
    if not done:
        return NOT_DONE
    return f"Stopped after {done} of {count} images, which lie in {request.output}. {AGAIN} with overwrite=true"


def batched(
    planned: list[Job], translator: Translator, batch_size: int, skipped: list[str]
) -> Iterator[tuple[list[Job], list[Bytes]]]:
    """Runs of images of one size; what cannot be read is told in `skipped`."""
    jobs_at_hand: list[Job] = []
    images: list[Bytes] = []
    for job in planned if translator.size else by_size(planned):
        try:
            image = translator.read(job)
        except DecodeError as error:
            skipped.append(str(error))
            continue
        if images and (image.shape != images[0].shape or len(images) == batch_size):
            yield jobs_at_hand, images
            jobs_at_hand, images = [], []
        jobs_at_hand.append(job)
        images.append(image)
    if images:
        yield jobs_at_hand, images


def by_size(planned: list[Job]) -> list[Job]:
    """Images of equal size side by side, by what their headers say; those that have none come first."""

    def size(job: Job) -> tuple[int, int]:
        try:
            with opened(job.source) as (image, deep):
                if image is not None:
                    return image.size
                assert deep is not None
                return deep.sides[1], deep.sides[0]
        except DecodeError:
            return 0, 0

    return sorted(planned, key=size)


class Input(Decoder):
    """Of a file that is asked for by itself, and not of a set."""

    lets_in = "make it smaller first"
    takes_them = "this run was trained on bytes, so make it one of 8 bits"
    pages_key = None
    other_bands = "this run takes images of {1}: make it one of those"


def read(
    path: Place,
    channels: int,
    size: tuple[int, int] | None,
    scale: ValueRange = "type",
    reading: Reading | None = None,
) -> Bytes:
    """An image as bytes (C, H, W), of its own size or scaled to `size` without regard to proportions."""
    decoder = Input(size or (1, 1), channels, "stretch", value_range=scale, reading=reading or Reading())
    if size is not None:
        return decoder(path)
    with naming(path):
        image = decoder.picture(path)
        return replace(decoder, size=(image.height, image.width)).array(image)


def reflected(images: Bytes, multiple: int) -> Bytes:
    """(N, C, H, W) with sides that are multiples, larger by what lies at the lower and right borders, mirrored."""
    least = LEAST_SIDE if multiple > 1 else 1
    more = [max(least, -(-side // multiple) * multiple) - side for side in images.shape[2:]]
    return np.pad(images, [(0, 0), (0, 0), (0, more[0]), (0, more[1])], mode="reflect") if any(more) else images


def sides(image: Bytes) -> str:
    return f"{image.shape[1]}×{image.shape[2]}"
