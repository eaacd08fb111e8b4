"""How odd images are, by a checkpoint alone: a row for each, thresholds by normal ones, the worst as a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from gan_runner import rng
from gan_runner.config.errors import ConfigError
from gan_runner.data.containers.inside import Place
from gan_runner.data.decks import Memory
from gan_runner.evaluation.answers import SHOWN_OTHERS, Answering, answers_of, is_shown_others
from gan_runner.evaluation.latent_search import LatentSearch
from gan_runner.files import expanded, replacing
from gan_runner.images.drawing import heat, panel
from gan_runner.images.ranges import to_unit_range
from gan_runner.inference.reading import Reader, parts
from gan_runner.inference.rebuild import choose_device, rebuild
from gan_runner.inference.request import DetectRequest as Request
from gan_runner.inference.table import named, write_table
from gan_runner.inference.thresholds import Normals, kept_in, of_scores
from gan_runner.metrics.oddness import NotFiniteScoresError, scored
from gan_runner.runs import checkpoints
from gan_runner.systems.base import System, evaluating, generate
from gan_runner.systems.capabilities import Translates

NEEDS = (
    "gan-detect needs a run that says how odd an image is (an autoencoder), or a GAN of images and "
    "search_steps=500, which searches each image's latent; with network.conditional=false, since nobody knows the "
    "class of an odd image"
)
WORST = 8
"""Rows of the panel."""


@dataclass
class Found:
    """The scores of all images by name, in the order of files, and those that the panel shows."""

    files: list[Place] = field(default_factory=list)
    scores: dict[str, Tensor] = field(default_factory=dict)
    worst: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    """Bytes (W, C, H, W), the oddest by the first score first."""

    def take(self, files: Sequence[Place], images: Tensor, scores: Mapping[str, Tensor], shown: int) -> None:
        self.files += files
        first = next(iter(scores))
        before = self.scores.get(first, torch.empty(0)).sort(descending=True).values[: len(self.worst)]
        together = torch.cat([before, scores[first]])
        order = together.argsort(descending=True, stable=True)[:shown]
        self.worst = torch.cat([self.worst, images])[order] if len(self.worst) else images[order]
        self.scores = {name: torch.cat([self.scores.get(name, values[:0]), values]) for name, values in scores.items()}


@dataclass(frozen=True)
class Scorer:
    """What a run says of files, by the function that metrics=[anomaly] scores with."""

    answers: list[Answering]
    reader: Reader
    device: torch.device
    batch_size: int
    seed: int

    @property
    def names(self) -> list[str]:
        """What the scores are called."""
        return [name for one in self.answers for name in one.names]

    def look(self, paths: Sequence[Place], skipped: list[str], shown: int = 0) -> Found:
        """At files; those that cannot be read are told in `skipped`, and `shown` of the oddest kept."""
        found = Found()
        for files, images in parts(paths, self.reader, self.batch_size, skipped):
            try:
                found.take(files, images, self._scores(images), shown)
            except NotFiniteScoresError as error:
                raise ValueError(f"{error} from {files[0]} on: training had diverged when this was saved") from error
        if not found.files:
            raise ValueError(f"none of {len(paths)} image(s) could be read: {skipped[-len(paths)]}")
        return found

    def _scores(self, images: Tensor) -> dict[str, Tensor]:
        deck, at = Memory(images), torch.arange(len(images))
        with rng.isolated(self.seed):
            each = [scored(one.answer, deck, at, self.device) for one in self.answers]
        return {name: values for scores in each for name, values in scores.items()}


def detect(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was found."""
    path, output, device = request.checkpoint, request.destination, choose_device(request.accelerator)
    system, batches = rebuild(System, path, NEEDS, request.trust)  # type: ignore[type-abstract]  # any kind
    answers = answers_to(request, system.to(device), path)
    reader = Reader.of(system.origin, request.fit, request.trust)
    reader.check([*request.normals, *request.images])
    scorer = Scorer(answers, reader, device, request.batch_size, request.seed)
    reconstruct = reconstruction(request, system) if request.panel else None
    skipped: list[str] = []
    normals = None if request.false_alarms is None else normal_scores(request, path, scorer, skipped)
    limits = {} if normals is None else {n: one.threshold(request.false_alarms or 0.0) for n, one in normals.items()}
    unread = len(skipped)  # of the normal ones
    found = scorer.look(request.images, skipped, WORST if reconstruct else 0)
    written = write(output, found, limits)
    if reconstruct is not None and request.panel:
        written.append(draw(expanded(request.panel), found.worst, system, reconstruct, device))
    return told(request, found, normals, limits, skipped, unread, batches, written)


# ---- what is asked --------------------------------------------------------------------------------------------------


def answers_to(request: Request, system: System, path: Path) -> list[Answering]:
    """What gives the scores that are asked for. Raises ConfigError where nothing does."""
    asks: dict[str, dict[str, int]] = {"scores": {}}
    if request.search_steps:
        asks["search"] = settings_of(request)
    found = answers_of(system, asks)
    if request.search_steps and "search" not in found:
        try:
            LatentSearch(system, **settings_of(request))
        except ValueError as error:
            raise ConfigError(f"search_steps={request.search_steps}: {error}; leave it out for other runs") from error
    if not found and is_shown_others(system):
        raise ConfigError(f"checkpoint {path} gives no scores: {SHOWN_OTHERS}")
    if not found:
        raise ConfigError(f"checkpoint {path} holds a {type(system).__name__}, which gives no scores: {NEEDS}")
    return list(found.values())


def settings_of(request: Request) -> dict[str, int]:
    """How latents are searched."""
    return {"steps": request.search_steps, "restarts": request.restarts, "seed": request.seed}


def reconstruction(request: Request, system: System) -> Callable[[Tensor], Tensor]:
    """What the run makes of images. Raises ConfigError for one that reconstructs nothing."""
    able = Translates.of(system)
    if able is not None and able.origin.source_shape in (None, able.origin.shape):
        network = able.translator()
        return lambda images: generate(network, images)
    if request.search_steps:
        return LatentSearch(system, **settings_of(request)).reconstruct
    why = f"a {type(system).__name__} makes nothing of them" if able is None else "this one is shown damaged ones"
    raise ConfigError(f"panel={request.panel} shows what a run makes of whole images, and {why}: leave panel out")


def normal_scores(request: Request, path: Path, scorer: Scorer, skipped: list[str]) -> dict[str, Normals]:
    """Of normal images that were not trained on: those given, else those that the run has kept. Raises ConfigError."""
    if request.normal is not None:
        return of_scores(scorer.look(request.normals, skipped).scores)
    kept = kept_in(checkpoints.load(path), scorer.names, request.seed)
    if kept is None:
        raise ConfigError(
            f"checkpoint {path} has no scores of normal images that were kept from training, which thresholds come "
            "from: give normal=<folder of such images>, or false_alarms=null for scores without thresholds (gan-train "
            "keeps them with metrics=[anomaly])"
        )
    return kept


# ---- telling --------------------------------------------------------------------------------------------------------


def write(output: Path, found: Found, limits: Mapping[str, float]) -> list[Path]:
    """A row for each image: its name, its scores and, where there are thresholds, 1 for odd and 0 for normal."""
    output.parent.mkdir(parents=True, exist_ok=True)
    heading = ["image"]
    columns: list[list[str]] = [[named(path) for path in found.files]]
    for name, values in found.scores.items():
        heading.append(name)
        columns.append([f"{value:.7g}" for value in values.tolist()])
        if name in limits:
            heading.append(f"{name}_odd")
            columns.append([str(int(value > limits[name])) for value in values.tolist()])
    write_table(output, heading, zip(*columns, strict=True))
    return [output]


def draw(
    path: Path, worst: Tensor, system: System, reconstruct: Callable[[Tensor], Tensor], device: torch.device
) -> Path:
    """The oddest images beside what the run makes of them and where the two differ."""
    images = to_unit_range(worst).to(device)
    with evaluating(system):
        made = reconstruct(images).clamp(-1, 1)
    error = (made - images).square().mean(1, keepdim=True)
    shown = {"input": images, "reconstructed": made, "squared error": heat(error / error.max().clamp_min(1e-12))}
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        panel({name: column.cpu() for name, column in shown.items()}).save(beside)
    return path


def told(
    request: Request,
    found: Found,
    normals: Mapping[str, Normals] | None,
    limits: Mapping[str, float],
    skipped: Sequence[str],
    unread: int,
    batches: int,
    written: Sequence[Path],
) -> str:
    """What was found, in lines. unread: how many of those that were skipped are normal ones."""
    lines = [f"skipped {reason}" for reason in skipped]
    count, lost = len(found.files), len(skipped) - unread
    images = f"{count} of {count + lost} images" if lost else f"{count} image{'s' if count > 1 else ''}"
    lines.append(f"{images} scored after {batches} batches: {' and '.join(map(str, written))}")
    for name, values in found.scores.items():
        if normals is None:
            lines.append(f"  {name}: {float(values.min()):.4g} to {float(values.max()):.4g}, larger is odder")
            continue
        odd, known = int((values > limits[name]).sum()), normals[name]
        beside = "" if known.training is None else " (in brackets: of as many training images)"
        lines += [
            f"  {name}: {odd} odd, above {limits[name]:.4g} (false_alarms={request.false_alarms:g} of "
            f"{len(known.held_out)} normal images that were kept from training)",
            f"    quantiles of normal images{beside}: {known.row(request.false_alarms or 0.0)}",
        ]
    return "\n".join(lines)
