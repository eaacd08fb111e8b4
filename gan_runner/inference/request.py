"""What the commands that work from a checkpoint are asked. A mistake in it is found without importing torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from pydantic import BaseModel, ConfigDict, Field

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check_parts, filled
from gan_runner.config.trust import vouched
from gan_runner.files import expanded
from gan_runner.inference.destination import check_place
from gan_runner.inference.false_alarms import place_of
from gan_runner.inference.paths import Job, images_of, jobs
from gan_runner.runs.folder import RunFolder, named
from gan_runner.types import (
    AtLeastTwo,
    Direction,
    Label,
    NaturalInt,
    PathString,
    Positive,
    PositiveInt,
    Seed,
    Share,
    Split,
)

if TYPE_CHECKING:
    from gan_runner.data.containers.inside import Place

FORMS = (
    "<file>.npz or <file>.npy for arrays, <file>.tiff for pages, <file>.png for one picture, <folder>/ for a PNG per "
    "sample"
)


class FromWeights(BaseModel):
    """The keys that the commands share which work from a checkpoint; each adds its own."""

    model_config = ConfigDict(extra="ignore", strict=True)

    run: PathString | None = None
    outputs: PathString = "outputs"
    ckpt: PathString | None = None
    overwrite: bool = False
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    trust: bool = False
    trace: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Raises ConfigError, one sentence that names the key."""
        for key in config:
            if key not in cls.model_fields:
                raise ConfigError(f"unknown key {key}{nearest(key, cls.model_fields)}")
        return filled(cls, config)

    @classmethod
    def from_command(cls, config: DictConfig) -> Self:
        """Of what a command composed. Raises ConfigError, also for trust=true that its own line does not say."""
        request = cls.from_config(plain_config(config))
        if request.trust and HydraConfig.initialized() and not vouched(HydraConfig.get().overrides.task):
            raise ConfigError("trust=true counts on the command line alone: a file cannot vouch for classes")
        return request

    @cached_property
    def checkpoint(self) -> Path:
        """The file to read: ckpt, or the last one of run."""
        return named(self.run, self.ckpt)

    def check(self) -> None:
        """What can be found wrong before anything is read. Raises ConfigError or FileNotFoundError."""
        _ = self.checkpoint


class SampleRequest(FromWeights):
    """The keys of sample.yaml: what to sample, from which weights, and where to."""

    output: PathString | None = None
    num_samples: PositiveInt = 64
    seed: Seed = 0
    label: Label | list[Label] | dict[str, float] | None = None
    truncation: Positive | None = None
    interpolate: bool = False
    between: list[PathString] | None = None
    batch_size: PositiveInt = 64

    def check(self) -> None:
        super().check()
        _ = self.destination
        if self.between is not None:
            self._check_between(self.between)

    def _check_between(self, images: list[str]) -> None:
        """Raises ConfigError for what cannot be walked between, or asks for latents beside it."""
        if len(images) < 2:
            raise ConfigError(f"between={images} is one image, and a walk needs two: give between=[<file>,<file>]")
        if not self.interpolate:
            raise ConfigError("between says what a walk leads through: set interpolate=true too, or leave between out")
        if self.truncation is not None:
            raise ConfigError("truncation is for latents that are drawn; between walks through codes: leave one out")
        if self.num_samples < len(images):
            raise ConfigError(
                f"num_samples={self.num_samples} frames do not reach through the {len(images)} images of between: set "
                f"num_samples={len(images)} or more"
            )
        for image in images:
            if not expanded(image).is_file():
                raise ConfigError(f"between names {image}, and there is no such file: give image files")

    @property
    def destination(self) -> Path:
        """The file or folder to write. Raises ConfigError when something is there that would be lost."""
        path = expanded(self.output or "")
        if self.form == "folder":
            if path.is_file():
                raise ConfigError(f"output={self.output} is a file, not a folder: choose another name")
            taken = [path] if path.is_dir() and any(path.iterdir()) else []
        else:
            files = [path, path.with_suffix(".gif")] if self.form == "picture" and self.interpolate else [path]
            taken = [file for file in files if file.exists()]
        if taken and not self.overwrite:
            raise ConfigError(f"{taken[0]} exists already: choose another output, or set overwrite=true")
        check_place(path, f"output={self.output}")
        return path

    @property
    def form(self) -> Literal["arrays", "pages", "picture", "folder"]:
        """What output asks for. Raises ConfigError when it does not say."""
        if self.output is None:
            raise ConfigError(f"output has no value: give output={FORMS}")
        if self.output.endswith(("/", os.sep)) or expanded(self.output).is_dir():
            return "folder"
        if self.output.endswith((".npz", ".npy")):
            return "arrays"
        if self.output.endswith((".tiff", ".tif")):
            return "pages"
        if self.output.endswith(".png"):
            return "picture"
        raise ConfigError(f"output={self.output} does not say what to write: give {FORMS}")


class DataRequest(FromWeights):
    """What is asked of a run's own data: how many, of which split."""

    num_samples: PositiveInt = 64
    split: Split = "test"
    seed: Seed = 0


class EvaluateRequest(FromWeights):
    """The keys of evaluate.yaml: which weights, by which metrics, and where to."""

    metrics: dict[str, Any] = Field(default_factory=dict)
    features: dict[str, Any] | None = None
    evaluation: dict[str, Any] = Field(default_factory=dict)
    num_samples: AtLeastTwo | None = None
    root: PathString | None = None
    output: PathString | None = None
    seed: Seed = 0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Raises ConfigError, one sentence that names the key."""
        return filled(cls, config)

    def check(self) -> None:
        super().check()
        self.destination(self.checkpoint)
        self.check_measures()

    def check_measures(self) -> None:
        """What it is measured by, wherever that is written. Raises ConfigError."""
        check_parts({"metrics": self.metrics, "features": self.features}, by_source)

    def destination(self, checkpoint: Path) -> Path:
        """The file to write. Raises ConfigError when it is there, or no JSON file."""
        if self.output is not None and not self.output.endswith(".json"):
            raise ConfigError(f"output={self.output} does not say what to write: give <file>.json")
        folder = expanded(self.run) if self.run else checkpoint.parent
        path = expanded(self.output) if self.output else RunFolder(folder).evaluation
        if path.exists() and not self.overwrite:
            raise ConfigError(f"{path} exists already: choose another output, or set overwrite=true")
        check_place(path, f"output={self.output or path}")
        return path


class TranslateRequest(FromWeights):
    """The keys of translate.yaml: what to translate, by which weights, and where to."""

    input: PathString | None = None
    output: PathString | None = None
    direction: Direction = "a2b"
    size: PositiveInt | Annotated[list[PositiveInt], Field(min_length=2, max_length=2)] | None = None
    mask: PathString | None = None
    cycle: bool = False
    panels: bool = False
    damage: dict[str, Any] | None = None
    errors: PathString | None = None
    label: Label | None = None
    batch_size: PositiveInt = 8
    seed: Seed = 0

    def check(self) -> None:
        super().check()
        self.check_damage()
        _ = self.planned, self.table

    def check_damage(self) -> None:
        """What is done to images first, and what cannot be asked for beside it. Raises ConfigError."""
        if self.damage is not None and self.mask is not None:
            raise ConfigError("mask says where images have their holes, and damage makes holes: give one of them")
        if self.cycle and (self.panels or self.damage is not None or self.errors is not None):
            raise ConfigError("cycle=true shows a way there and back: leave panels, damage and errors out")
        if self.damage is not None:
            check_parts({"damage": self.damage}, by_source)

    @cached_property
    def table(self) -> Path | None:
        """The file that errors are written to. Raises ConfigError when it is there, or no CSV."""
        if self.errors is None:
            return None
        path = expanded(self.errors)
        if path.suffix != ".csv" or path.is_dir():
            raise ConfigError(f"errors={self.errors} does not say what to write: give errors=<file>.csv")
        if path.exists() and not self.overwrite:
            raise ConfigError(f"{path} exists already: choose another, or set overwrite=true")
        check_place(path, f"errors={self.errors}")
        return path

    @cached_property
    def planned(self) -> list[Job]:
        """Which file becomes which."""
        return jobs(self.input, self.output, self.mask, self.overwrite)

    @property
    def wanted_size(self) -> tuple[int, int] | None:
        """(height, width), or None for the images' own."""
        if self.size is None:
            return None
        height, width = [self.size] * 2 if isinstance(self.size, int) else self.size
        return height, width


class DetectRequest(FromWeights):
    """The keys of detect.yaml: which images are looked at, by which weights, and where to."""

    input: PathString | None = None
    output: PathString | None = None
    normal: PathString | None = None
    false_alarms: Share | None = 0.05
    panel: PathString | None = None
    fit: Literal["border", "crop", "pad", "stretch"] | None = None
    search_steps: NaturalInt = 0
    restarts: PositiveInt = 1
    batch_size: PositiveInt = 64
    seed: Seed = 0

    def check(self) -> None:
        super().check()
        _ = self.destination, self.images, self.normals
        if self.false_alarms is None and self.normal is not None:
            raise ConfigError("normal= is for thresholds, and false_alarms=null asks for none: leave one of them out")
        if self.false_alarms is not None and self.normal is not None:
            place_of(len(self.normals), self.false_alarms)  # however many of them can be read
        if self.panel is not None:
            self._check_panel(expanded(self.panel))

    @property
    def destination(self) -> Path:
        """The table to write. Raises ConfigError when something is there that would be lost."""
        if self.output is None:
            raise ConfigError("output has no value: give output=<file>.csv")
        return self._free(expanded(self.output), "output", ".csv")

    @cached_property
    def images(self) -> list[Place]:
        """The files that are looked at."""
        return images_of(self.input, "input")

    @cached_property
    def normals(self) -> list[Place]:
        """The files of normal images, if they are given."""
        return [] if self.normal is None else images_of(self.normal, "normal")

    def _check_panel(self, panel: Path) -> None:
        self._free(panel, "panel", ".png")
        if panel.resolve() in {path.resolve() for path in (*self.images, *self.normals)}:
            raise ConfigError(f"panel={self.panel} would replace an image that is looked at: choose another name")

    def _free(self, path: Path, key: str, suffix: str) -> Path:
        if path.suffix != suffix:
            raise ConfigError(f"{key}={path} does not say what to write: give {key}=<file>{suffix}")
        if path.is_dir() or (path.exists() and not self.overwrite):
            raise ConfigError(f"{path} exists already: choose another {key}, or set overwrite=true")
        check_place(path, f"{key}={path}")
        return path
