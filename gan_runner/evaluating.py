"""Measure a checkpoint: rebuild its players and its data, ask the metrics, write what they found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gan_runner import checkpoints
from gan_runner.assemble import build_data, build_judge
from gan_runner.callbacks.evaluation import pictures
from gan_runner.data.base import ImageData
from gan_runner.files import replacing
from gan_runner.judging.report import Report
from gan_runner.rebuilding import choose_device, rebuild
from gan_runner.schema import ConfigError, check_parts, validate
from gan_runner.systems.gan import GAN, drawing_from
from gan_runner.trust import check_targets

NUM_SAMPLES = 2500
"""Where neither the request nor the run says."""


class Request(BaseModel):
    """The keys of evaluate.yaml: which weights, by which metrics, and where to."""

    model_config = ConfigDict(extra="ignore", strict=True)

    run: str | None = None
    ckpt: str | None = None
    metrics: dict[str, Any] = {}
    features: dict[str, Any] | None = None
    evaluation: dict[str, Any] = {}
    num_samples: Annotated[int, Field(ge=2)] | None = None
    root: str | None = None
    output: str | None = None
    overwrite: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    trust: bool = False
    trace: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        validate(cls, config, "")
        return cls(**config)

    @property
    def checkpoint(self) -> Path:
        """The file to read: ckpt, or the last one of run."""
        return checkpoints.named(self.run, self.ckpt)

    def destination(self, checkpoint: Path) -> Path:
        """The file to write. Raises ConfigError when it is there, or no JSON file."""
        if self.output is not None and not self.output.endswith(".json"):
            raise ConfigError(f"output={self.output} does not say what to write: give <file>.json")
        folder = Path(self.run).expanduser() if self.run else checkpoint.parent
        path = Path(self.output).expanduser() if self.output else folder / "metrics.json"
        if path.exists() and not self.overwrite:
            raise ConfigError(f"{path} exists already: choose another output, or set overwrite=true")
        return path


def evaluate(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was found."""
    path = request.checkpoint
    output, device = request.destination(path), choose_device(request.accelerator)
    system, batches = rebuild(path)
    config = parts(request, system.origin["config"])
    if not request.trust:
        check_targets(config, unbuilt=())
    check_parts(config)
    data, judge = build_data(config), build_judge(config, request.seed)
    check_fit(system, data)
    count = config["num_samples"]
    left_out = judge.leave_out(data)
    judge.meet(data)
    data.check()
    report = judge.judge(drawing_from(system.to(device), data), data, count, device)
    written = write(output, report, {"checkpoint": str(path), "batches": batches, "seed": request.seed})
    without = f" (without {', '.join(left_out)}: data.holdout=0)" if left_out else ""
    found = "\n".join(f"  {name:<48} {value:.6g}" for name, value in report.scalars.items())
    return f"{count} samples after {batches} batches{without}:\n{found}\nWritten to {' and '.join(map(str, written))}"


def check_fit(system: GAN, data: ImageData) -> None:
    """Raises ConfigError when the players were made for data of another shape or other labels."""
    conditional = bool(system.origin["config"]["network"]["conditional"])
    made_for = (system.game.shape, system.origin["num_classes"] if conditional else None)
    found = (tuple(data.shape), data.num_classes if conditional else None)
    if made_for != found:
        raise ConfigError(
            f"this run was made for shape {made_for[0]} and {made_for[1] or 'no'} labels, the data has shape "
            f"{found[0]} and {found[1] or 'no'}: it is not the data of this run"
        )


def parts(request: Request, config: Mapping[str, Any]) -> dict[str, Any]:
    """The run's data, metrics and feature net, with what the request puts in their place."""
    data = dict(config["data"]) | ({"root": request.root} if request.root is not None else {})
    metrics, features = request.metrics or config.get("metrics"), request.features or config.get("features")
    if not metrics:
        raise ConfigError("this run has no metrics of its own: give metrics=points, labels or images, or a list")
    settings = {"num_samples": NUM_SAMPLES, **config.get("evaluation", {}), **request.evaluation}
    count = request.num_samples or settings["num_samples"]
    return {"data": data, "metrics": metrics, "features": features, "num_samples": count}


def write(output: Path, report: Report, facts: Mapping[str, Any]) -> list[Path]:
    """<output>, and beside it what there is to look at."""
    output.parent.mkdir(parents=True, exist_ok=True)
    told = {**facts, "fakes": report.fakes, "reals": report.reals, "held_out": report.held_out}
    with replacing(output) as beside:
        beside.write_text(json.dumps(told | {"figures": report.scalars}, indent=2) + "\n")
    written = [output]
    for name, picture in pictures(report).items():
        written.append(output.with_name(f"{output.stem}_{name}.png"))
        picture.save(written[-1])
    return written
