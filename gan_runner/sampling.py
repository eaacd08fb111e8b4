"""Samples from a checkpoint alone: rebuild the players, draw latents, write arrays or pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from gan_runner import checkpoints
from gan_runner.assemble import build_system
from gan_runner.drawing import gif, grid, scatter, to_bytes
from gan_runner.latents import Gaussian
from gan_runner.schema import ConfigError, nearest, validate
from gan_runner.systems.gan import GAN, Prior, generate
from gan_runner.trust import check_targets

Count = Annotated[int, Field(ge=1)]
KINDS = "<file>.npz for arrays, <file>.png for one picture, <folder>/ for a PNG per sample"
FRAMES_PER_LEG = 16
"""Frames between two anchors of a latent walk."""
MOST_IN_A_GRID = 10_000


class Request(BaseModel):
    """The keys of sample.yaml: what to sample, from which weights, and where to."""

    model_config = ConfigDict(extra="ignore", strict=True)

    run: str | None = None
    ckpt: str | None = None
    output: str | None = None
    num_samples: Count = 64
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    label: int | list[int] | None = None
    truncation: Annotated[float, Field(gt=0)] | None = None
    interpolate: bool = False
    overwrite: bool = False
    batch_size: Count = 256
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    trace: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        for key in config:
            if key not in cls.model_fields:
                raise ConfigError(f"unknown key {key}{nearest(key, cls.model_fields)}")
        validate(cls, config, "")
        return cls(**config)

    @property
    def checkpoint(self) -> Path:
        """The file to read: ckpt, or the last one of run."""
        if (self.run is None) == (self.ckpt is None):
            raise ConfigError("give either run=<run folder> or ckpt=<checkpoint file>")
        return checkpoints.last_of(Path(self.run).expanduser()) if self.run else Path(str(self.ckpt)).expanduser()

    @property
    def destination(self) -> Path:
        """The file or folder to write. Raises ConfigError when something is there that would be lost."""
        path = Path(self.output or "").expanduser()
        if self.kind == "folder":
            if path.is_file():
                raise ConfigError(f"output={self.output} is a file, not a folder: choose another name")
            taken = [path] if path.is_dir() and any(path.iterdir()) else []
        else:
            files = [path, path.with_suffix(".gif")] if self.kind == "picture" and self.interpolate else [path]
            taken = [file for file in files if file.exists()]
        if taken and not self.overwrite:
            raise ConfigError(f"{taken[0]} exists already: choose another output, or set overwrite=true")
        return path

    @property
    def kind(self) -> Literal["arrays", "picture", "folder"]:
        """What output asks for. Raises ConfigError when it does not say."""
        if self.output is None:
            raise ConfigError(f"output has no value: give output={KINDS}")
        if self.output.endswith(("/", os.sep)) or Path(self.output).expanduser().is_dir():
            return "folder"
        if self.output.endswith(".npz"):
            return "arrays"
        if self.output.endswith(".png"):
            return "picture"
        raise ConfigError(f"output={self.output} does not say what to write: give {KINDS}")


def sample(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was done."""
    path, output = request.checkpoint, request.destination
    device = choose_device(request.accelerator)
    system, batches = rebuild(path)
    shape, conditional = system.game.shape, bool(system.origin["config"]["network"]["conditional"])
    classes = choose_labels(request.label, system.origin["num_classes"] if conditional else None)
    _check_fit(request, images=len(shape) == 3, rows=max(1, len(classes)) if request.interpolate else 1)

    network, chosen_by = system.game.sampler()
    source, label = deal(request, system.latent, classes)
    draws = draw(network.to(device), source, label, request.batch_size, device)
    output.parent.mkdir(parents=True, exist_ok=True)
    if request.kind == "arrays":
        written = [_write_arrays(output, draws, label)]
    elif request.kind == "picture":
        written = _write_picture(request, output, torch.cat(list(draws)), len(classes))
    else:
        written = [_write_folder(output, draws)]
    weights = "the generator" if chosen_by == "generator" else f"the generator's average (tricks.{chosen_by})"
    where = " and ".join(map(str, written))
    return f"{len(source)} samples of {weights} after {batches} batches, seed {request.seed}: {where}"


def rebuild(path: Path) -> tuple[GAN, int]:
    """The system that a checkpoint holds, on the processor, and the batches it has seen. Needs no data.

    Raises FileNotFoundError or ValueError for a file that is missing, damaged, untrusted or at odds with itself.
    """
    contents = checkpoints.load(path)
    try:
        origin = contents["origin"]
        config, shape, num_classes = dict(origin["config"]), tuple(origin["shape"]), origin["num_classes"]
        check_targets(config)
        system = build_system(config, shape, num_classes)
    except (LookupError, TypeError, AttributeError, RuntimeError) as error:
        raise ValueError(f"checkpoint {path} does not describe a whole experiment ({error})") from error
    if not isinstance(system, GAN):
        raise ValueError(
            f"checkpoint {path} holds a {type(system).__name__}: gan-sample draws from a latent, so it needs a GAN"
        )
    checkpoints.fit(contents["state_dict"], system, path)
    return system, int(contents.get("global_step", 0))


def choose_device(accelerator: str) -> torch.device:
    """auto: the accelerator where there is one, else the processor. Raises ConfigError for a gpu that is not there."""
    if accelerator != "cpu" and torch.accelerator.is_available():
        return torch.device(torch.accelerator.current_accelerator() or "cpu")
    if accelerator == "gpu":
        raise ConfigError("accelerator=gpu, and torch finds none here: set accelerator=cpu")
    return torch.device("cpu")


def choose_labels(label: int | list[int] | None, num_classes: int | None) -> list[int]:
    """The classes to cycle over: those asked for, else all; none when num_classes is None, an unconditional network."""
    if num_classes is None:
        if label is not None:
            raise ConfigError(f"label={label}, but this network was trained without labels (network.conditional=false)")
        return []
    classes = [label] if isinstance(label, int) else list(range(num_classes)) if label is None else label
    if not classes or not all(0 <= y < num_classes for y in classes):
        raise ConfigError(f"label={label} is not valid: this network knows the labels 0 to {num_classes - 1}")
    return classes


def _check_fit(request: Request, images: bool, rows: int) -> None:
    if not images and (request.interpolate or request.kind == "folder"):
        raise ConfigError("this run makes points: give output=<file>.npz or <file>.png, without interpolate=true")
    count = request.num_samples * rows
    if request.kind == "picture" and images and count > MOST_IN_A_GRID:
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
    path = walk(anchors, count, spherical=isinstance(prior, Gaussian))
    return path.repeat(max(1, len(classes)), 1), torch.tensor(classes).repeat_interleave(count) if classes else None


def walk(anchors: Tensor, frames: int, spherical: bool) -> Tensor:
    """A closed path (frames, Z) through anchors (K, Z), evenly spaced in time.

    spherical: sin((1 − t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b, Ω the angle between a and b, which keeps the length
    typical of Gaussian latents; otherwise (1 − t)a + tb. Source: White 2016, §2 (arXiv:1609.04468).
    """
    time = torch.arange(frames, dtype=torch.float64) * len(anchors) / frames
    leg = time.long()
    t = (time - leg)[:, None]
    a, b = anchors.double()[leg], anchors.double()[(leg + 1) % len(anchors)]
    straight = (1 - t) * a + t * b
    if not spherical:
        return straight.float()
    angle = torch.nn.functional.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin().clamp_min(1e-9)
    return torch.where(angle.sin() > 1e-4, arc, straight).float()  # (anti)parallel anchors span no arc


def draw(
    network: nn.Module, source: Tensor, label: Tensor | None, batch_size: int, device: torch.device
) -> Iterator[Tensor]:
    """Samples (n, *shape), batch by batch, on the processor. Raises ValueError when the weights have diverged."""
    for start in range(0, len(source), batch_size):
        part = slice(start, start + batch_size)
        labels = label[part].to(device) if label is not None else None
        samples = generate(network, source[part].to(device), labels, batch_size)
        if not samples.isfinite().all():
            raise ValueError("the generator's samples are not finite: its training had diverged when this was saved")
        yield samples.cpu()


# ---- writing --------------------------------------------------------------------------------------------------------


def _write_arrays(output: Path, draws: Iterator[Tensor], label: Tensor | None) -> Path:
    parts = [to_bytes(samples) if samples.ndim == 4 else samples for samples in draws]
    arrays = {"images" if parts[0].ndim == 4 else "points": torch.cat(parts).numpy()}
    if label is not None:
        arrays["labels"] = label.numpy()
    with _replacing(output) as beside:
        np.savez(beside, **arrays)  # type: ignore[arg-type]
    return output


def _write_picture(request: Request, output: Path, samples: Tensor, classes: int) -> list[Path]:
    if samples.ndim == 2:
        picture = scatter(None, samples)
    elif request.interpolate:
        picture = grid(samples, columns=request.num_samples)  # one row per class
    else:
        picture = grid(samples, columns=classes if 1 < classes <= 32 else None)  # one column per class
    with _replacing(output) as beside:
        picture.save(beside)
    if not request.interpolate:
        return [output]
    animation = output.with_suffix(".gif")
    frames = [grid(samples[frame :: request.num_samples]) for frame in range(request.num_samples)]
    with _replacing(animation) as beside:
        gif(frames, beside, milliseconds=80)
    return [output, animation]


def _write_folder(output: Path, draws: Iterator[Tensor]) -> Path:
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("[0-9]" * 6 + ".png"):  # overwrite=true: no mixture of two requests
        old.unlink()
    images = (image for samples in draws for image in to_bytes(samples).numpy())
    for index, image in enumerate(images):
        Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(output / f"{index:06d}.png")
    return output


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` that takes its place when the writing is done: no half file is left under it."""
    beside = path.with_name(f".{path.stem}.writing{path.suffix}")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
