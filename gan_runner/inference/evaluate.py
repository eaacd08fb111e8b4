"""Measure a checkpoint: rebuild its players and its data, ask the metrics, write what they found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_runner.assemble import build_data, build_metrics
from gan_runner.config.errors import ConfigError
from gan_runner.config.schema import check_parts
from gan_runner.config.trust import check_targets
from gan_runner.data.base import DataFamily
from gan_runner.evaluation.choosing import AnyJudge, directions_of, is_measured, judge_of, judged, left_by
from gan_runner.evaluation.report import Report, pictures
from gan_runner.files import replacing
from gan_runner.inference.rebuild import choose_device, rebuild
from gan_runner.inference.request import EvaluateRequest as Request
from gan_runner.runs.interruption import signals
from gan_runner.systems.base import System

NEEDS = "gan-evaluate measures runs that make samples or translations"
NUM_SAMPLES = 2500
"""Where neither the request nor the run says."""


def evaluate(request: Request) -> str:
    """Do what is requested; what is wrong with it is found before anything is computed. Returns what was found."""
    path = request.checkpoint
    output, device = request.destination(path), choose_device(request.accelerator)
    system, batches = rebuild(System, path, NEEDS)  # type: ignore[type-abstract]  # any kind
    if not is_measured(system):
        raise ConfigError(f"checkpoint {path} holds a {type(system).__name__}: {NEEDS}")
    config = parts(request, system.origin.config)
    if not request.trust:
        check_targets(config, unbuilt=())
    check_parts(config)
    data = build_data(config)
    check_fit(system, data)
    judge, left_out = make_judge(request, config, system)
    left_out |= judge.leave_out(data)
    judge.meet(data)
    data.check()
    report = judged(judge, system.to(device), data, config["num_samples"])
    with signals.whole():
        written = write(output, report, {"checkpoint": str(path), "batches": batches, "seed": request.seed})
    without = "".join(f" (without {name}: {why})" for name, why in left_out.items())
    found = "\n".join(f"  {name:<48} {value:.6g}" for name, value in report.scalars.items())
    what = "translations" if directions_of(system) else "samples"
    where = " and ".join(map(str, written))
    return f"{report.fakes} {what} after {batches} batches{without}:\n{found}\nWritten to {where}"


def make_judge(request: Request, config: Mapping[str, Any], system: System) -> tuple[AnyJudge, dict[str, str]]:
    """What asks the metrics about this system, and which it asks nothing of, with the reason."""
    metrics, features = build_metrics(config)
    directions = directions_of(system)
    judge, left_out = judge_of(metrics, features, directions, request.seed), left_by(metrics, directions)
    if judge is None:
        name, why = next(iter(left_out.items()))
        raise ConfigError(f"metrics.{name} measures nothing here: {why}")
    return judge, left_out


def check_fit(system: System, data: DataFamily) -> None:
    """Raises ConfigError when the players were made for data of another shape or other labels."""
    origin = system.origin
    labels, found = origin.classes, data.num_classes if origin.conditional else None
    shape = tuple(data.shape)
    if (origin.shape, labels) != (shape, found):
        raise ConfigError(
            f"this run was made for shape {origin.shape} and {labels or 'no'} labels, the data has shape "
            f"{shape} and {found or 'no'}: it is not the data of this run"
        )
    if origin.source_shape is not None and origin.source_shape != data.source_shape:
        raise ConfigError(
            f"this run translates images of shape {origin.source_shape}, the data's have {data.source_shape}: it is "
            "not the data of this run"
        )


def parts(request: Request, config: Mapping[str, Any]) -> dict[str, Any]:
    """The run's data, metrics and feature extractor, with what the request puts in their place."""
    data = dict(config["data"]) | ({"root": request.root} if request.root is not None else {})
    metrics, features = request.metrics or config.get("metrics"), request.features or config.get("features")
    if not metrics:
        raise ConfigError(
            "this run has no metrics of its own: give metrics=points, labels, images or translation, or a list"
        )
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
