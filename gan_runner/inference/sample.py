"""Samples from a checkpoint alone: draw latents, write what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from gan_runner.config.errors import ConfigError, listed
from gan_runner.config.labels import in_a_sentence, listed_classes
from gan_runner.images.depths import Depth
from gan_runner.images.drawing import bands_shown, columns_of, in_colour
from gan_runner.images.writing import write_arrays, write_folder, write_pages, write_picture, write_walk
from gan_runner.inference.between import walk_between
from gan_runner.inference.labels import choose_labels, choose_numbers
from gan_runner.inference.rebuild import choose_device, rebuild, weights_of
from gan_runner.inference.request import SampleRequest as Request
from gan_runner.latents import Prior
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Samples
from gan_runner.types import Conditions, Kind

NEEDS = "gan-sample draws from a latent, so it needs a GAN (gan-translate makes images of images)"
FRAMES_PER_LEG = 16
"""Frames between two anchors of a latent walk."""
MOST_IN_A_GRID = 10_000
MOST_COLUMNS = 32


@dataclass(frozen=True)
class Drawn:
    """Samples that are about to be drawn: batches of them (n, *shape), on the processor.

    label: of each, as the data has it: classes (N,), or numbers (N, K); names: of all classes, or of the numbers.
    classes: those that the labels cycle over. depth: that of the files of the run; chosen_by: who chose the network.
    """

    draws: Iterator[Tensor]
    count: int
    label: Tensor | None
    names: Sequence[str]
    classes: Sequence[int]
    depth: Depth | None
    chosen_by: str


def classes_asked(request: Request, system: Samples) -> list[int]:
    """The classes that labels cycle over; none of a run that is told none, or numbers. Raises ConfigError."""
    origin = system.origin
    return choose_labels(request.label, _names(system)) if origin.conditions is None else []


def _names(system: Samples) -> tuple[str, ...]:
    return system.origin.called if system.origin.conditional else ()


def drawn(request: Request, system: Samples, classes: list[int], device: torch.device) -> Drawn:
    """What is requested of the samples of a system, whatever becomes of them. Raises ConfigError."""
    numbers = system.origin.conditions
    network, chosen_by = system.sampler()
    if request.between is None:
        source, label = deal(request, system.latent, classes)
        if numbers is not None:
            label = _numbers(request, numbers, len(source))
    else:
        network, source, label = walk_between(request, system, classes, device)
    draws = draw(network.to(device), source, label, request.batch_size, device)
    depth = Depth.of(system.origin.depth, (system.origin.scales or {}).get("real"))
    given, names = (label, _names(system)) if numbers is None else (_as_given(label, numbers), numbers.names)
    return Drawn(draws, len(source), given, names, classes, depth, chosen_by)


def weights_in_words(system: Samples, chosen_by: str, batches: int) -> str:
    """Which weights samples are of, and how long they were trained."""
    drawn_from = f" ({system.drawn_from})" if system.drawn_from else ""
    return f"{weights_of(chosen_by, system.origin.config.get('tricks') or ())}{drawn_from} after {batches} batches"


def sample(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was done."""
    path, output = request.checkpoint, request.destination
    device = choose_device(request.accelerator)
    system, batches = rebuild(Samples, path, NEEDS, request.trust)  # type: ignore[type-abstract]  # any that can
    kind, numbers = system.origin.kind, system.origin.conditions
    classes = classes_asked(request, system)
    _check_fit(request, kind, rows=max(1, len(classes)) if request.interpolate else 1)
    bands, fourth_is_band = system.origin.shape[0], system.origin.fourth_is_band
    shown = bands_shown(bands, fourth_is_band) if kind == "images" else ""
    if shown and bands != 4 and request.form == "folder":
        raise ConfigError(
            f"this run makes images of {bands} bands, which no PNG holds: give output=<file>.npz or <file>.tiff for "
            f"all of them, or output=<file>.png for a picture of {shown}"
        )

    found = drawn(request, system, classes, device)
    draws, depth = found.draws, found.depth
    output.parent.mkdir(parents=True, exist_ok=True)
    if shown and request.form == "picture":
        draws = (in_colour(samples) for samples in draws)
    written = write(request, output, draws, kind, found.label, found.names, len(classes), depth, fourth_is_band)
    where = " and ".join(map(str, written))
    which = f" ({shown})" if shown and request.form == "picture" else ""
    if depth is not None:
        whole = request.form in ("arrays", "pages")
        which += f" ({depth.told})" if whole else f" (8 bits; output=<file>.tiff or .npz keeps {depth.dtype.name})"
    told = arrangement(request, [found.names[y] for y in classes])
    if numbers is not None:
        told = f" (labels {listed(numbers.names)}: {_whose(request)})"
    if request.between is not None:
        ends = " → ".join(Path(image).name for image in request.between)
        weights = weights_of(found.chosen_by, system.origin.config.get("tricks") or ())
        return f"{found.count} images of {weights} after {batches} batches, by way of {ends}: {where}{which}{told}"
    weights = weights_in_words(system, found.chosen_by, batches)
    return f"{found.count} samples of {weights}, seed {request.seed}: {where}{which}{told}"


def _numbers(request: Request, conditions: Conditions, count: int) -> Tensor:
    """Labels (count, K) that are numbers; a walk has the same all the way."""
    generator = torch.Generator().manual_seed(request.seed)
    rows = choose_numbers(request.label, conditions, 1 if request.interpolate else count, generator)
    return rows.expand(count, -1)


def _as_given(label: Tensor | None, conditions: Conditions) -> Tensor:
    """Labels (N, K) as the data has them."""
    assert label is not None
    return label * torch.tensor(conditions.spread) + torch.tensor(conditions.mean)


def _whose(request: Request) -> str:
    if request.label is None:
        return "those of training images"
    return "as asked" + (", the others those of training images" if isinstance(request.label, dict) else "")


def arrangement(request: Request, asked: Sequence[str]) -> str:
    """Where which class lies, in words."""
    if not asked:
        return ""
    if len(asked) == 1:
        return f" (class {in_a_sentence(asked[0])})"
    if request.form in ("arrays", "pages"):
        return f" (classes {listed_classes(asked)}, in turn)"
    if request.form == "folder":
        return f" (a folder for each class: {listed_classes(asked)})"
    if request.interpolate:
        return f" (rows from above: {listed_classes(asked)})"
    if columns(len(asked), request.num_samples) is None:
        return f" (row by row, classes in turn: {listed_classes(asked)})"
    turn = ", in turn" if columns(len(asked), request.num_samples) != len(asked) else ""
    return f" (columns from the left{turn}: {listed_classes(asked, most=MOST_COLUMNS)})"


def columns(classes: int, count: int) -> int | None:
    """Columns for each class, where there are neither one nor too many."""
    return columns_of(classes, count) if 1 < classes <= MOST_COLUMNS else None


def _check_fit(request: Request, kind: Kind, rows: int) -> None:
    if kind == "points" and (request.interpolate or request.form in ("folder", "pages")):
        raise ConfigError("this run makes points: give output=<file>.npz or <file>.png, without interpolate=true")
    count = request.num_samples * rows
    if request.form == "picture" and kind == "images" and count > MOST_IN_A_GRID:
        raise ConfigError(
            f"num_samples={request.num_samples} ({count} images) is too many for one picture: "
            "give output=<file>.npz or <folder>/"
        )


def deal(request: Request, prior: Prior, classes: list[int]) -> tuple[Tensor, Tensor | None]:
    """All latents at once, so that batch_size does not change them, and the labels, which cycle over the classes.

    With interpolate=true each class walks the same path, one class after the other.
    """
    generator = torch.Generator().manual_seed(request.seed)
    count = request.num_samples
    if not request.interpolate:
        source = prior.sample(count, truncation=request.truncation, generator=generator)
        return source, torch.tensor(classes).repeat(-(-count // len(classes)))[:count] if classes else None
    anchors = prior.sample(max(3, count // FRAMES_PER_LEG), truncation=request.truncation, generator=generator)
    path = prior.path(anchors, count)
    return path.repeat(max(1, len(classes)), 1), torch.tensor(classes).repeat_interleave(count) if classes else None


def draw(
    network: nn.Module, source: Tensor, label: Tensor | None, batch_size: int, device: torch.device
) -> Iterator[Tensor]:
    """Samples (n, *shape), batch by batch, on the processor. Raises ValueError when the weights have diverged."""
    for start in range(0, len(source), batch_size):
        part = slice(start, start + batch_size)
        labels = label[part].to(device) if label is not None else None
        samples = generate(network, source[part].to(device), labels, batch_size)
        if not all(end.isfinite() for end in samples.aminmax()):  # NaN is both ends: one pass, where isfinite has five
            raise ValueError("the generator's samples are not finite: its training had diverged when this was saved")
        yield samples.cpu()


def write(
    request: Request,
    output: Path,
    draws: Iterator[Tensor],
    kind: Kind,
    label: Tensor | None,
    names: Sequence[str],
    asked: int,
    depth: Depth | None = None,
    fourth_is_band: bool = False,
) -> list[Path]:
    """The files that hold the samples now. names: of all classes; asked: how many of them the labels cycle over. depth:
    that of the files of the run, which arrays and pages keep.
    """
    if request.form == "arrays":
        return write_arrays(output, draws, kind, label, names, depth)
    if request.form == "pages":
        return write_pages(output, draws, depth, fourth_is_band)
    label = None if label is not None and label.ndim > 1 else label  # a picture has no place for numbers
    if request.form == "folder":
        return write_folder(output, draws, label, names if label is not None else ())
    samples = torch.cat(list(draws))
    if request.interpolate:
        return write_walk(output, samples, request.num_samples)
    across = columns(asked, len(samples))
    above = [names[y] for y in label[:across].tolist()] if across and label is not None else []
    return write_picture(output, samples, kind, across, above)
